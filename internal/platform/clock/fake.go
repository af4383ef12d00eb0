package clock

import (
	"context"
	"sync"
	"time"
)

// Fake is a clock that stands still until Advance moves it. It is for tests;
// its zero value is not useful, NewFake makes one.
type Fake struct {
	mu      sync.Mutex // guards now, sleepers
	now     time.Time
	sleeper []sleeper
}

type sleeper struct {
	at   time.Time
	done chan struct{}
}

var _ Clock = (*Fake)(nil)

// NewFake returns a clock that shows t.
func NewFake(t time.Time) *Fake { return &Fake{now: t.UTC()} }

// Now returns the time last set.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Sleep waits until Advance has moved the clock by d, or until ctx ends.
func (f *Fake) Sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	s := sleeper{at: f.now.Add(d), done: make(chan struct{})}
	if d <= 0 {
		f.mu.Unlock()
		return ctx.Err()
	}
	f.sleeper = append(f.sleeper, s)
	f.mu.Unlock()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Advance moves the clock by d and wakes whoever slept until then.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	left := f.sleeper[:0]
	for _, s := range f.sleeper {
		if s.at.After(f.now) {
			left = append(left, s)
			continue
		}
		close(s.done)
	}
	f.sleeper = left
}
