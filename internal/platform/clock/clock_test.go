package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/clock"
)

func TestSystem_Sleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock.System
		start := c.Now()
		if err := c.Sleep(t.Context(), time.Hour); err != nil || c.Now().Sub(start) != time.Hour {
			t.Errorf("Sleep = %v after %v", err, c.Now().Sub(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || c.Now().Sub(start) != time.Hour+time.Minute {
			t.Errorf("Sleep = %v after %v", err, c.Now().Sub(start))
		}
		if err := c.Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sleep of nothing = %v", err)
		}
		if c.Now().Location() != time.UTC {
			t.Error("Now is not in UTC")
		}
	})
}

func TestFake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		c := clock.NewFake(start)
		woken := make(chan time.Duration, 3)
		for _, d := range []time.Duration{2 * time.Second, time.Second, time.Minute} {
			go func() {
				if c.Sleep(t.Context(), d) == nil {
					woken <- d
				}
			}()
		}
		synctest.Wait()
		c.Advance(time.Second)
		synctest.Wait()
		if got := <-woken; got != time.Second || len(woken) > 0 {
			t.Errorf("after a second %v woke, and %d more", got, len(woken))
		}
		c.Advance(time.Second)
		if got := <-woken; got != 2*time.Second {
			t.Errorf("after two seconds %v woke", got)
		}
		if now := c.Now(); !now.Equal(start.Add(2 * time.Second)) {
			t.Errorf("Now = %v", now)
		}
		c.Advance(time.Hour)
		<-woken
	})
}

func TestMillis(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 7_000_000, time.FixedZone("x", 3600))
	if got := clock.FromMillis(clock.Millis(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("there and back: %v", got)
	}
	if clock.Millis(time.Time{}) != 0 || !clock.FromMillis(0).IsZero() {
		t.Error("the zero time is not 0")
	}
}
