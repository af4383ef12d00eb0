package command

import (
	"context"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Moved ends the commands of a device that leaves its organization. A device that
// is frozen there by itself stays: the freeze says that nothing changes it.
func (s *Service) Moved(ctx context.Context, tx *db.Tx, from, _ device.Device) error {
	if err := lock(ctx, tx, from.ID); err != nil {
		return err
	}
	f, ok, err := freezeAt(ctx, tx, Freeze{TenantID: from.TenantID, OrgID: from.OrgID, DeviceID: from.ID})
	if err != nil {
		return err
	}
	if ok {
		return fault.New(fault.Conflict, "it is frozen, by %s: %s", f.Author, f.Reason).WithCode("frozen")
	}
	all, err := openOf(ctx, tx, from.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := s.end(ctx, tx, c, Cancelled, "the phone was moved to another organization"); err != nil {
			return err
		}
	}
	return nil
}
