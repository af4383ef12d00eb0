package identity

import (
	"context"
	"fmt"
	"net/netip"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Invite approves a party by its address on a device, before it asks: an operator
// showed that very phone's own password at its web page, which told the device's
// MAC. As to the device's life and to whoever else had it, it is like Approve. The
// caller has checked that the actor may change the device.
func (s *Service) Invite(ctx context.Context, tx *db.Tx, d device.Device, address netip.Addr) error {
	if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
		return err
	}
	rows, err := claimsOf(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	if d, err = s.devices.GetIn(ctx, tx, d.ID); err != nil {
		return err
	}
	now, at := s.db.Now().UnixMilli(), address.Unmap().WithZone("").String()
	mine := claimRow{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Address: at, FirstAt: now, LastAt: now, Requests: 1}
	var others []claimRow
	for _, r := range rows {
		if r.Address == at {
			mine = r
			continue
		}
		others = append(others, r)
	}
	before := mine.State
	mine.DecidedBy, mine.DecidedAt = scope.From(ctx).Actor.Name, now
	if err := s.give(ctx, tx, d, &mine, others); err != nil {
		return err
	}
	if err := saveClaim(ctx, tx, mine); err != nil {
		return fmt.Errorf("approve a phone at its address: %w", err)
	}
	s.devices.Changed(tx, d)
	return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "claim." + mine.State, SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
		Before: map[string]string{"state": before}, After: map[string]string{"state": mine.State, "address": mine.Address}})
}

// InviteFolder is where an invited phone looks: under a bootstrap token for its
// address, which proves nothing to anybody else.
func (s *Service) InviteFolder(base string, m mac.Address, address netip.Addr) string {
	return base + "/p/" + s.Bootstrap(m, vendors.HTTPS, address) + "/"
}

// GivenBack ends all that a device could show, and its claims: the phone is
// somebody else's from now on. Its record stays, out of service.
func (s *Service) GivenBack(ctx context.Context, tx *db.Tx, d device.Device) error {
	if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
		return err
	}
	if err := deleteClaims(ctx, tx, d.ID); err != nil { // with its window
		return fmt.Errorf("close the claims on a phone that is given back: %w", err)
	}
	if err := s.dropSticker(ctx, tx, d.ID); err != nil {
		return err
	}
	if err := trust.DropDevice(ctx, tx, d.ID); err != nil {
		return fmt.Errorf("drop the certificate of a phone that is given back: %w", err)
	}
	if err := s.renew(ctx, tx, d); err != nil {
		return err
	}
	if err := forgetUses(ctx, tx, d.ID); err != nil {
		return fmt.Errorf("forget what a phone used that is given back: %w", err)
	}
	if d.Life == device.Retired {
		return nil
	}
	return s.devices.Become(ctx, tx, d, device.Retired, "it was given back as it was")
}
