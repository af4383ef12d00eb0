package identity

import (
	"context"
	"fmt"
	"sync"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// asked are the requests of parties that wait, since they were last written.
type asked struct {
	mu   sync.Mutex // guards rows
	rows map[[2]string]claimRow
}

func newAsked() *asked { return &asked{rows: map[[2]string]claimRow{}} }

func (a *asked) add(r claimRow) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := [2]string{r.DeviceID, r.Address}
	if have, ok := a.rows[k]; ok {
		have.LastAt, have.Agent, have.Subject = r.LastAt, r.Agent, r.Subject
		have.Requests++
		a.rows[k] = have
		return
	}
	if len(a.rows) < limit.FlushRows {
		r.Requests = 1
		a.rows[k] = r
	}
}

func (a *asked) take() []claimRow {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]claimRow, 0, len(a.rows))
	for _, r := range a.rows {
		out = append(out, r)
	}
	clear(a.rows)
	return out
}

// FlushClaims writes down who asked since the last time.
func (s *Service) FlushClaims(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	ctx = scope.AsSystem(ctx, "identity.claims")
	if err := s.flushTries(ctx); err != nil {
		return fmt.Errorf("write down wrong stickers and old tokens: %w", err)
	}
	batch := s.asked.take()
	if len(batch) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		for _, r := range batch {
			if err := s.noteAsked(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write down who asked for %d devices: %w", len(batch), err)
	}
	return nil
}

func (s *Service) noteAsked(ctx context.Context, tx *db.Tx, r claimRow) error {
	rows, err := claimsOf(ctx, tx, r.DeviceID)
	if err != nil {
		return err
	}
	for _, have := range rows {
		if have.Address == r.Address {
			have.LastAt, have.Agent, have.Subject, have.Requests = max(have.LastAt, r.LastAt), r.Agent, r.Subject, have.Requests+r.Requests
			return saveClaim(ctx, tx, have)
		}
	}
	if len(rows) >= limit.ClaimParties {
		return nil
	}
	d, err := s.devices.GetIn(ctx, tx, r.DeviceID)
	if err != nil {
		return nil //nolint:nilerr // it was deleted meanwhile
	}
	s.devices.Changed(tx, d)
	return saveClaim(ctx, tx, r)
}
