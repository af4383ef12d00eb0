package revision

import (
	"context"
	"fmt"
	"maps"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

// Replacing is the step of a replacement that is Replaced. It fills f, and noted
// with what the operation log keeps of it.
func (s *Service) Replacing(f *Fit, noted map[string]any) device.Moving {
	return func(ctx context.Context, tx *db.Tx, was, now device.Device) (err error) {
		if *f, err = s.Replaced(ctx, tx, was, now); err == nil {
			maps.Copy(noted, f.counts())
		}
		return err
	}
}

// Replaced is for hardware that takes a device's place: what the old one took is
// forgotten, and what the device has by its bindings is published for the new one
// where that comes out otherwise. Nothing is moved: what the new model does not
// know stays bound, and reaches a later one that knows it. Where nothing can be
// published for another model the device has no revision until a push gives it
// one. The caller has checked that the actor may change the
// device.
func (s *Service) Replaced(ctx context.Context, tx *db.Tx, was, now device.Device) (Fit, error) {
	w, err := s.load(ctx, tx, []device.Device{was})
	if err != nil {
		return Fit{}, err
	}
	f, next, err := w.fit(ctx, tx, was, now)
	if err != nil {
		return Fit{}, err
	}
	if err := s.ResetIn(ctx, tx, now); err != nil || !w.states[now.ID].isBound() {
		return f, err
	}
	states, err := loadStates(ctx, tx, []string{now.ID})
	if err != nil {
		return Fit{}, err
	}
	st := states[now.ID].of(now)
	st.placeholders, st.Firmware, st.Epoch = next.placeholders, "", next.Epoch
	return f, s.refit(ctx, tx, w, now, st, f)
}

func (s *Service) refit(ctx context.Context, tx *db.Tx, w *world, d device.Device, st state, f Fit) error {
	at := s.db.Now().UnixMilli()
	if f.Problem != "" {
		st.Problem = f.Problem
		if f.Was.Name != f.Will.Name {
			st.Desired = "" // it is written for the old model
		}
		return saveState(ctx, tx, st, at)
	}
	eff, err := w.compiled(ctx, tx, d, st)
	if err != nil {
		return err
	}
	if s.revisionID(d, st.Epoch, eff) == st.Desired {
		return saveState(ctx, tx, st, at)
	}
	r, err := s.publish(ctx, tx, w, d, st, publication{author: scope.From(ctx).Actor.Name, reason: "its hardware was replaced"})
	if err != nil {
		return fmt.Errorf("publish for the new hardware: %w", err)
	}
	return s.audit.Record(ctx, tx, published(d, r))
}
