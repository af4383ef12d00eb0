package identity

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// flushEvery is how often later uses are written down. The first use of a token
// is written at once, since it ends the tokens before it.
const (
	flushEvery = time.Minute
	askedEvery = 500 * time.Millisecond // who asked for a device that is not theirs yet
)

// uses are the tokens used since the last flush.
type uses struct {
	mu sync.Mutex           // guards at
	at map[string]time.Time // by the row's id
}

func newUses() *uses { return &uses{at: map[string]time.Time{}} }

// used notes the use of a token. Where that cannot be written the phone is
// served all the same: the next use tries again.
func (s *Service) used(ctx context.Context, k known) {
	now := s.db.Now()
	if !k.fresh {
		s.uses.mu.Lock()
		defer s.uses.mu.Unlock()
		if _, ok := s.uses.at[k.id]; ok || len(s.uses.at) < limit.FlushRows {
			s.uses.at[k.id] = now
		}
		return
	}
	if err := s.firstUse(ctx, k, now); err != nil {
		s.log.WarnContext(ctx, "first use of a token not written down", "device", k.device.ID, "mac", k.device.MAC, "error", err)
	}
}

// firstUse writes down that a token was used and ends those before it.
func (s *Service) firstUse(ctx context.Context, k known, now time.Time) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "identity."+k.device.ID); err != nil {
			return err
		}
		if err := markUsed(ctx, tx, k.id, now.UnixMilli()); err != nil {
			return err
		}
		before, err := endBefore(ctx, tx, k.device.ID, k.kind, k.id, now.UnixMilli())
		if err != nil {
			return err
		}
		for _, row := range before { // nobody needs to see those again
			if row.SecretRef == "" {
				continue
			}
			if err := s.vault.Delete(ctx, tx, secret.Ref(row.SecretRef).Current()); err != nil {
				return err
			}
		}
		return nil
	})
	s.cache.forget(k.device.ID)
	return err
}

// Run writes down who asked, within half a second, and later uses of tokens, until ctx
// ends, and once more then.
func (s *Service) Run(ctx context.Context) error {
	var flushed time.Time
	for {
		err := s.db.Clock().Sleep(ctx, askedEvery)
		last := context.WithoutCancel(ctx)
		if ferr := s.FlushClaims(last); ferr != nil {
			s.log.WarnContext(last, "claims not written down", "error", ferr)
		}
		if ferr := s.trust.Flush(last); ferr != nil {
			s.log.WarnContext(last, "certificates not written down", "error", ferr)
		}
		if now := s.db.Now(); err != nil || now.Sub(flushed) >= flushEvery {
			flushed = now
			if ferr := s.Flush(last); ferr != nil {
				s.log.WarnContext(last, "uses of tokens not written down", "error", ferr)
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the end of ctx is how it ends
		}
	}
}

// Flush writes down the uses that were noted since the last time, of tokens and of
// legacy flags.
func (s *Service) Flush(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.uses.mu.Lock()
	batch := s.uses.at
	s.uses.at = map[string]time.Time{}
	s.uses.mu.Unlock()
	ctx = scope.AsSystem(ctx, "identity.flush")
	if err := s.flushLegacy(ctx); err != nil || len(batch) == 0 {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		tx.Unnoticed() // nothing is judged by when a token was last used, once it was
		for id, at := range batch {
			if err := touch(ctx, tx, id, clock.Millis(at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write down the use of %d tokens: %w", len(batch), err)
	}
	return nil
}

// Window returns when a device's claim window ends, zero where none was opened.
func (s *Service) Window(ctx context.Context, deviceID string) (until time.Time, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		until, err = windowOf(ctx, q, deviceID)
		return err
	})
	return until, err
}

// LastUse returns when a device last used a proof of its own, zero for never.
func (s *Service) LastUse(ctx context.Context, deviceID string) (at time.Time, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		at, err = lastUse(ctx, q, deviceID)
		return err
	})
	return at, err
}
