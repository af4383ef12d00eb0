package device

import (
	"context"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Unclaimed is a machine that asked at a door and belongs to nobody. Everything
// in it is hearsay.
type Unclaimed struct {
	MAC           mac.Address
	Vendor, Model string
	Firmware      string
	Address, Door string
	FirstAt       time.Time
	LastAt        time.Time
	Requests      int64
	Subject       string // of the certificate that it showed last; "" none
}

// Unclaimed lists the pool, the newest first. It belongs to the platform.
func (s *Service) Unclaimed(ctx context.Context, p db.Page) (out db.Slice[Unclaimed], err error) {
	if err := s.access.Authorize(ctx, access.UnclaimedRead, access.Where{}); err != nil {
		return out, err
	}
	ctx = scope.AsSystem(ctx, "device.unclaimed")
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listUnclaimed(ctx, q, p)
		return err
	})
	return out, err
}

// NoteStranger puts a machine into the pool or counts it once more. The pool
// holds at most limit.Unclaimed; the one not seen for longest goes first.
func (s *Service) NoteStranger(ctx context.Context, u Unclaimed) error {
	ctx = scope.AsSystem(ctx, "device.unclaimed")
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := saveUnclaimed(ctx, tx, u); err != nil {
			return err
		}
		return trimUnclaimed(ctx, tx, limit.Unclaimed)
	})
}
