package identity

import (
	"context"
	"fmt"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
)

// Replaced ends at once what the hardware before could show: every token and
// password, the sticker secret and all claims. The new hardware gets a token of
// its own and a claim window, as a new device does.
func (s *Service) Replaced(ctx context.Context, tx *db.Tx, d device.Device) error {
	if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
		return err
	}
	if err := deleteClaims(ctx, tx, d.ID); err != nil {
		return fmt.Errorf("close a replaced device's claims: %w", err)
	}
	if err := s.dropSticker(ctx, tx, d.ID); err != nil {
		return err
	}
	if err := trust.DropDevice(ctx, tx, d.ID); err != nil {
		return fmt.Errorf("drop a replaced device's certificate: %w", err)
	}
	if err := s.renew(ctx, tx, d); err != nil {
		return err
	}
	if err := forgetUses(ctx, tx, d.ID); err != nil {
		return fmt.Errorf("forget what a replaced device used: %w", err)
	}
	return openWindow(ctx, tx, windowRow{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, Until: s.db.Now().Add(ClaimWindow).UnixMilli()})
}

// Release puts a quarantined device that no two parties contest in service again.
// It reports whether it did. The caller has checked that the actor may change it.
func (s *Service) Release(ctx context.Context, d device.Device) (done bool, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
			return err
		}
		d, err := s.devices.GetIn(ctx, tx, d.ID)
		if err != nil || d.Life != device.Quarantined {
			return err
		}
		rows, err := claimsOf(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.State == string(ClaimContested) {
				return nil
			}
		}
		done = true
		tx.AfterCommit(func() { s.cache.forget(d.ID) })
		return s.devices.Become(ctx, tx, d, device.Adopted, "an operator put it in service again")
	})
	return done, err
}
