package bucket_test

import (
	"testing"
	"time"

	"bellwether/internal/platform/bucket"
)

func take(s *bucket.Set[string], k string, now time.Time, n int) (got int) {
	for range n {
		if s.Take(k, now) {
			got++
		}
	}
	return got
}

func TestSet(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	s := bucket.New[string](5, 2, 3)
	if got := take(s, "a", now, 9); got != 5 {
		t.Errorf("%d at once, want 5", got)
	}
	if got := take(s, "b", now, 9); got != 5 {
		t.Errorf("another key gets %d, want 5", got)
	}
	if got := take(s, "a", now.Add(time.Second), 9); got != 2 {
		t.Errorf("%d after a second, want 2", got)
	}
	if got := take(s, "a", now.Add(-time.Hour), 9); got != 0 {
		t.Errorf("a clock that is set back gives %d", got)
	}
	if got := take(s, "a", now.Add(time.Hour), 9); got != 5 {
		t.Errorf("%d after an hour, want 5", got)
	}
}

func TestSet_is_full(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	s := bucket.New[string](5, 2, 2)
	take(s, "a", now, 5)
	take(s, "b", now, 5)
	if got := take(s, "c", now, 4) + take(s, "d", now, 4); got != 5 {
		t.Errorf("the keys without room get %d together, want 5", got)
	}
	if got := take(s, "e", now.Add(time.Minute), 9); got != 5 {
		t.Errorf("where the others are full again there is room: %d, want 5", got)
	}
}
