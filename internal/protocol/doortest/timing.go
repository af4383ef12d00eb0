package doortest

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Pair are the times of two requests that were made one right after the other:
// for a known name, and for an unknown one.
type Pair struct{ Known, Unknown time.Duration }

// Tolerate is how much difference is usually let pass: on a network it drowns in the
// noise.
const Tolerate = 15 * time.Microsecond

// shuffles is how often the pairs are shuffled, to see what chance does.
const shuffles = 500

// Differ reports whether the times of known names differ from those of unknown
// ones: by more than is tolerated, and by more than chance gives where each pair is
// swapped or not by the toss of a coin. by is how much longer the known take.
//
// A machine that is busy makes single requests late and none early. So the middle
// half of the quick ones is what is compared.
func Differ(pairs []Pair, tolerate time.Duration, dice *rand.Rand) (by time.Duration, differ bool) {
	a, b := make([]time.Duration, len(pairs)), make([]time.Duration, len(pairs))
	gap := func(swap func() bool) time.Duration {
		for i, p := range pairs {
			if a[i], b[i] = p.Known, p.Unknown; swap() {
				a[i], b[i] = b[i], a[i]
			}
		}
		return quick(a) - quick(b)
	}
	by = gap(func() bool { return false })
	if by.Abs() <= tolerate {
		return by, false
	}
	for range shuffles {
		if gap(func() bool { return dice.IntN(2) == 0 }).Abs() >= by.Abs() {
			return by, false
		}
	}
	return by, true
}

// quick is the mean of the times between the tenth and the sixtieth of a hundred.
func quick(list []time.Duration) time.Duration {
	slices.Sort(list)
	list = list[len(list)/10 : max(len(list)*6/10, len(list)/10+1)]
	sum := time.Duration(0)
	for _, d := range list {
		sum += d
	}
	return sum / time.Duration(len(list))
}
