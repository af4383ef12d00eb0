// Package clock is where time comes from. Everything that waits or dates
// something takes a Clock, so that a test (or a fleet in testing/synctest) owns
// the time. No other package calls time.Now or time.Sleep.
package clock

import (
	"context"
	"time"
)

// Clock tells and passes time.
type Clock interface {
	// Now returns the current time in UTC.
	Now() time.Time
	// Sleep waits for d or until ctx ends, and then returns ctx's error.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the machine's clock. Inside testing/synctest it is the bubble's.
type System struct{}

var _ Clock = System{}

// Now returns the machine's time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Sleep waits on the machine's monotonic clock.
func (System) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Millis returns t as the database keeps it: milliseconds since 1970 in UTC,
// and 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMillis is the inverse of Millis.
func FromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
