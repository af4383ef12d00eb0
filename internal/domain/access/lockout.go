package access

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
)

// A sign-in is counted as failed before it is judged, and taken back when it
// was right. So guesses that come side by side cannot outrun the count.

// counter is one of the two things that failures are counted by.
type counter struct {
	subject string
	free    int           // failures without a lock
	window  time.Duration // without a failure, after which the count begins anew
}

// counters are those of a sign-in. An unknown login is counted like a known
// one. It is kept as a keyed hash: people type passwords into the wrong field.
func (s *Service) counters(key, address string) []counter {
	return []counter{
		{"account:" + s.vault.MAC("login", key)[:32], s.cfg.Attempts, limit.LoginWindow},
		{"address:" + network(address), limit.AddressFailures, limit.AddressWindow},
	}
}

// reserve counts an attempt, or fails with CodeLocked without counting where
// the account or the address is locked.
func (s *Service) reserve(ctx context.Context, counters []counter) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		now := s.db.Now()
		for _, c := range counters { // always in this order, so that two never wait for each other
			if err := tx.Lock(ctx, c.subject); err != nil {
				return err
			}
			row, err := findFailures(ctx, tx, c.subject)
			if err != nil {
				return err
			}
			if until := clock.FromMillis(row.LockedUntil); until.After(now) {
				return lockedFor(until.Sub(now))
			}
			if row.Failures == 0 || now.Sub(clock.FromMillis(row.LastAt)) > c.window {
				row = failureRow{Subject: c.subject, FirstAt: now.UnixMilli()}
			}
			row.Failures++
			row.LastAt = now.UnixMilli()
			row.LockedUntil = clock.Millis(now.Add(lockFor(row.Failures, c.free)))
			if err := putFailures(ctx, tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockFor is how long the failure number n locks: nothing below the free ones,
// then a minute, doubling up to an hour, and never for good.
func lockFor(n, free int) time.Duration {
	if n < free {
		return 0
	}
	d := limit.LoginLock
	for i := free; i < n && d < limit.LoginLockMax; i++ {
		d *= 2
	}
	return min(d, limit.LoginLockMax)
}

// forgive takes an attempt back that was right. The account's count begins
// anew; the address loses only this attempt, or whoever has an account of its
// own could guess at others' for ever.
func forgive(ctx context.Context, tx *db.Tx, counters []counter) error {
	if err := dropFailures(ctx, tx, counters[0].subject); err != nil {
		return err
	}
	row, err := findFailures(ctx, tx, counters[1].subject)
	if err != nil || row.Failures == 0 {
		return err
	}
	row.Failures--
	row.LockedUntil = 0
	if err := putFailures(ctx, tx, row); err != nil {
		return fmt.Errorf("take a failed sign-in back: %w", err)
	}
	return nil
}
