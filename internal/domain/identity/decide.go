package identity

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Claims lists who asked for an organization's devices, or for one, without any
// proof: contested claims first, then those that wait, then the latest.
func (s *Service) Claims(ctx context.Context, orgID, deviceID string) (out []Claim, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listClaims(ctx, q, orgID, deviceID)
		return err
	})
	return out, err
}

// Claim returns one claim, or NotFound.
func (s *Service) Claim(ctx context.Context, id string) (c Claim, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		row, err := findClaim(ctx, q, id)
		c = row.claim()
		return err
	})
	return c, err
}

// Approve gives a device to the party that made a claim: it gets the
// configuration and the permanent token at its next request. A device that waits
// or is quarantined is adopted. Whoever else had the device loses it at once. The
// caller has checked that the actor may change the device.
func (s *Service) Approve(ctx context.Context, d device.Device, claimID string) error {
	return s.decideOn(ctx, d, claimID, func(tx *db.Tx, d device.Device, mine *claimRow, others []claimRow) error {
		return s.give(ctx, tx, d, mine, others)
	})
}

// give makes a claim the one that gets the device.
func (s *Service) give(ctx context.Context, tx *db.Tx, d device.Device, mine *claimRow, others []claimRow) error {
	mine.State, mine.TakenAt = string(ClaimApproved), 0
	taken := false
	for _, o := range others {
		if st := ClaimState(o.State); st == ClaimTaken || st == ClaimContested || st == ClaimApproved {
			taken = taken || o.TakenAt > 0
			o.State, o.DecidedBy, o.DecidedAt = string(ClaimRejected), mine.DecidedBy, mine.DecidedAt
			if err := saveClaim(ctx, tx, o); err != nil {
				return err
			}
		}
	}
	if taken {
		if err := s.renew(ctx, tx, d); err != nil {
			return err
		}
	}
	if d.Life == device.Waiting || d.Life == device.Quarantined {
		return s.devices.Become(ctx, tx, d, device.Adopted, "its claim from "+mine.Address+" was approved")
	}
	return nil
}

// ApproveOnly approves the claim on a device where exactly one waits; else it
// does nothing. The caller has checked that the actor may change the device.
func (s *Service) ApproveOnly(ctx context.Context, d device.Device) error {
	list, err := s.Claims(ctx, d.OrgID, d.ID)
	if err != nil {
		return err
	}
	if len(list) == 1 && list[0].State == ClaimOpen {
		return s.Approve(ctx, d, list[0].ID)
	}
	return nil
}

// Reject refuses a party a device for good. Where it has the device already, its
// token ends at once. A quarantined device whose last contested claim is refused
// is in service again, with a new token. The caller has checked that the actor may change it.
func (s *Service) Reject(ctx context.Context, d device.Device, claimID string) error {
	return s.decideOn(ctx, d, claimID, func(tx *db.Tx, d device.Device, mine *claimRow, others []claimRow) error {
		had := mine.TakenAt > 0
		mine.State = string(ClaimRejected)
		contested := slices.ContainsFunc(others, func(o claimRow) bool { return o.State == string(ClaimContested) })
		if had || d.Life == device.Quarantined && !contested {
			if err := s.renew(ctx, tx, d); err != nil {
				return err
			}
		}
		if d.Life == device.Quarantined && !contested {
			return s.devices.Become(ctx, tx, d, device.Adopted, "every party that asked for it was refused")
		}
		return nil
	})
}

func (s *Service) decideOn(ctx context.Context, d device.Device, claimID string, do func(tx *db.Tx, d device.Device, mine *claimRow, others []claimRow) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
			return err
		}
		rows, err := claimsOf(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		var mine *claimRow
		var others []claimRow
		for i := range rows {
			if rows[i].ID == claimID {
				mine = &rows[i]
				continue
			}
			others = append(others, rows[i])
		}
		if mine == nil {
			return fault.New(fault.NotFound, "claim not found")
		}
		before := mine.State
		mine.DecidedBy, mine.DecidedAt = scope.From(ctx).Actor.Name, s.db.Now().UnixMilli()
		if d, err = s.devices.GetIn(ctx, tx, d.ID); err != nil {
			return err
		}
		if err := do(tx, d, mine, others); err != nil {
			return err
		}
		if err := saveClaim(ctx, tx, *mine); err != nil {
			return err
		}
		s.devices.Changed(tx, d)
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "claim." + mine.State, SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			Before: map[string]string{"state": before}, After: map[string]string{"state": mine.State, "address": mine.Address}})
	})
}

// renew ends every token of a device at once and gives it another one: somebody
// else may know those.
func (s *Service) renew(ctx context.Context, tx *db.Tx, d device.Device) error {
	if err := endAll(ctx, tx, d.ID, s.db.Now().UnixMilli()); err != nil {
		return fmt.Errorf("end a device's tokens: %w", err)
	}
	tx.AfterCommit(func() { s.cache.forget(d.ID) })
	if err := s.addManager(ctx, tx, d, s.db.NewID()); err != nil {
		return err
	}
	if err := s.addReport(ctx, tx, d, s.db.NewID()); err != nil {
		return err
	}
	return s.add(ctx, tx, d)
}

// OpenClaims opens a device's claim window again for at most ClaimWindow. The
// caller has checked that the actor may change the device.
func (s *Service) OpenClaims(ctx context.Context, d device.Device, length time.Duration) (until time.Time, err error) {
	if length <= 0 || length > ClaimWindow {
		return until, fault.InvalidFields("the claim window is not opened", fault.Field{Path: "hours", Message: "1 to 24"})
	}
	until = s.db.Now().Add(length)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := openWindow(ctx, tx, windowRow{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, Until: until.UnixMilli()}); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "claim.window", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			After: map[string]string{"until": until.UTC().Format(time.RFC3339)}})
	})
	return until, err
}

// PartyApproved is a step that approves a party by its address on a device that
// is just made, before it asks again: an operator saw its request among those of
// strangers. No address names nobody, and adds nothing; one that cannot be read is
// Invalid.
func (s *Service) PartyApproved(address, subject string) device.Creation {
	return func(ctx context.Context, tx *db.Tx, d device.Device) error {
		if address == "" {
			return nil
		}
		a, err := netip.ParseAddr(address)
		if err != nil {
			return fault.InvalidFields("the approval is not valid", fault.Field{Path: "address", Message: "an IP address is needed"})
		}
		now := s.db.Now().UnixMilli()
		c := claimRow{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Address: a.Unmap().WithZone("").String(), State: string(ClaimApproved), Subject: subject,
			FirstAt: now, LastAt: now, Requests: 1, DecidedBy: scope.From(ctx).Actor.Name, DecidedAt: now}
		if err := saveClaim(ctx, tx, c); err != nil {
			return fmt.Errorf("approve a stranger's request: %w", err)
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "claim." + c.State, SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			After: map[string]string{"state": c.State, "address": c.Address}})
	}
}
