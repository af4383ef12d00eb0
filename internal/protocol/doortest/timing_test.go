package doortest_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"bellwether/internal/protocol/doortest"
)

const measured = 20 // times of each sort

// TestDiffer holds the comparison of times against times that were made up: a
// difference of 50 µs is seen on a quiet and on a busy machine, and none is seen
// where there is none.
func TestDiffer(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		noise, late time.Duration // of each request, and of one in ten
		planted     time.Duration
		atLeast     int // measurements that have to see it
		atMost      int
	}{
		"quiet, the same":      {60 * time.Microsecond, time.Millisecond, 0, 0, 0},
		"busy, the same":       {150 * time.Microsecond, 20 * time.Millisecond, 0, 0, 1},
		"quiet, 50 µs slower":  {60 * time.Microsecond, time.Millisecond, 50 * time.Microsecond, measured, measured},
		"busy, 50 µs slower":   {150 * time.Microsecond, 20 * time.Millisecond, 50 * time.Microsecond, measured, measured},
		"quiet, 50 µs quicker": {60 * time.Microsecond, time.Millisecond, -50 * time.Microsecond, measured, measured},
	} {
		dice, seen := rand.New(rand.NewPCG(1, 2)), 0
		for range measured {
			var pairs []doortest.Pair
			took := func() time.Duration {
				d := 400*time.Microsecond + time.Duration(dice.Int64N(int64(tc.noise)))*2
				if dice.IntN(10) == 0 {
					d += time.Duration(dice.Int64N(int64(tc.late)))
				}
				return d
			}
			for range rounds {
				pairs = append(pairs, doortest.Pair{Known: took() + tc.planted, Unknown: took()})
			}
			if _, differ := doortest.Differ(pairs, doortest.Tolerate, dice); differ {
				seen++
			}
		}
		if seen < tc.atLeast || seen > tc.atMost {
			t.Errorf("%s: %d of %d measurements see a difference", what, seen, measured)
		}
	}
}
