package provision

import (
	"cmp"
	"context"
	"slices"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Waterfall tells a device's way from its first packet on, and where it stands.
// What asked with its MAC before anybody had entered it counts where it came from
// an address that the device has come from since, or from its organization's own
// subnets. The caller has checked that the actor may see the device and the
// ledger.
func (s *Service) Waterfall(ctx context.Context, d device.Device) (Waterfall, error) {
	ev := evidence{mac: d.MAC.String(), device: d, firmware: cmp.Or(d.Hot.Firmware, d.Firmware), now: s.DB.Now()}
	near, err := s.near(ctx, d.OrgID)
	if err != nil {
		return Waterfall{}, err
	}
	if ev.rows, err = s.way(ctx, d.ID, d.MAC); err != nil {
		return Waterfall{}, err
	}
	known := map[string]bool{}
	for _, r := range ev.rows {
		known[r.Address] = known[r.Address] || r.DeviceID != ""
	}
	ev.rows = slices.DeleteFunc(ev.rows, func(r Entry) bool {
		return r.Name == ActionName || r.DeviceID == "" && !known[r.Address] && !near(r.Address)
	})
	if ev.claims, err = s.Identity.Claims(ctx, d.OrgID, d.ID); err != nil {
		return Waterfall{}, err
	}
	if ev.window, err = s.Identity.Window(ctx, d.ID); err != nil {
		return Waterfall{}, err
	}
	if ev.status, err = s.Revisions.Status(ctx, d.ID); err != nil {
		return Waterfall{}, err
	}
	lines, err := s.Accounts.Lines(ctx, d.ID)
	ev.lines = lines[d.ID]
	return ev.waterfall(), err
}

// StrangerWaterfall is Waterfall for a machine that is nobody's: as far as it
// asked from the subnets of an organization, or wholly where none is named. The
// caller has checked that the actor may see it.
func (s *Service) StrangerWaterfall(ctx context.Context, orgID string, m mac.Address) (Waterfall, error) {
	ev := evidence{mac: m.String(), now: s.DB.Now()}
	rows, err := s.way(ctx, "", m)
	if err != nil {
		return Waterfall{}, err
	}
	if orgID != "" {
		near, err := s.near(ctx, orgID)
		if err != nil {
			return Waterfall{}, err
		}
		rows = slices.DeleteFunc(rows, func(r Entry) bool { return !near(r.Address) })
	}
	ev.rows = rows
	return ev.waterfall(), nil
}

// Unheard is the way of a machine that nothing was heard of, or nothing that the
// asker may see.
func Unheard(m mac.Address) Waterfall { return evidence{mac: m.String()}.waterfall() }

// way reads the oldest and the newest rows of a device, and of its MAC as long as
// it was nobody's.
func (s *Service) way(ctx context.Context, deviceID string, m mac.Address) (rows []Entry, err error) {
	ctx = scope.AsSystem(ctx, "provision.waterfall")
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err = wayRows(ctx, q, deviceID, m.String(), limit.WaterfallRows)
		return err
	})
	return rows, err
}

// near reports of an address whether it lies in the subnets of an organization.
func (s *Service) near(ctx context.Context, orgID string) (func(address string) bool, error) {
	ctx = scope.AsSystem(ctx, "provision.waterfall")
	var grounds org.Grounds
	err := s.DB.Read(ctx, func(q db.Q) (err error) {
		grounds, err = s.Orgs.Grounds(ctx, q)
		return err
	})
	return func(address string) bool {
		return slices.ContainsFunc(grounds.At(address), func(g org.Ground) bool { return g.OrgID == orgID })
	}, err
}
