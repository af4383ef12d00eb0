package rps

import (
	"context"
	"slices"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Orgs lists the organizations of the scope that a profile is assigned to.
func (s *Service) Orgs(ctx context.Context, t org.Tenant, id string) (out []Assignment, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		if _, err := s.in(ctx, q, t, id); err != nil {
			return err
		}
		out, err = orgsOf(ctx, q, id)
		return err
	})
	return out, err
}

// SetOrgs assigns a profile to exactly these organizations, by id or slug, of
// those that the asker may see. An organization has one profile: another one's
// assignment ends. It changes no phone. Each organization that gains or loses the
// profile needs rps.write there.
func (s *Service) SetOrgs(ctx context.Context, t org.Tenant, id string, refs []string) (out []Assignment, err error) {
	if err := s.access.Authorize(ctx, access.RPSWrite, access.Where{TenantID: t.ID, Any: true}); err != nil {
		return nil, err
	}
	wanted, err := s.named(ctx, t, refs)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.in(ctx, tx, t, id)
		if err != nil {
			return err
		}
		have, err := orgsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		has := func(orgID string) bool {
			return slices.ContainsFunc(have, func(a Assignment) bool { return a.OrgID == orgID })
		}
		for _, a := range have {
			if _, stays := wanted[a.OrgID]; !stays {
				if err := s.release(ctx, tx, p, a.OrgID); err != nil {
					return err
				}
			}
		}
		for orgID := range wanted {
			if !has(orgID) {
				if err := s.grant(ctx, tx, p, orgID); err != nil {
					return err
				}
			}
		}
		out, err = orgsOf(ctx, tx, id)
		return err
	})
	return out, err
}

// named resolves organizations of the tenant.
func (s *Service) named(ctx context.Context, t org.Tenant, refs []string) (map[string]org.Org, error) {
	out := map[string]org.Org{}
	for _, ref := range refs {
		o, err := s.orgs.Org(scope.AsSystem(ctx, "rps"), ref)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err != nil || o.TenantID != t.ID || !scope.From(ctx).MayOrg(t.ID, o.ID) {
			return nil, fault.InvalidFields("redirection profile is not assigned", fault.Field{Path: "orgs", Message: ref + " is no organization of this tenant"})
		}
		out[o.ID] = o
	}
	return out, nil
}

func (s *Service) release(ctx context.Context, tx *db.Tx, p Profile, orgID string) error {
	if err := s.access.Authorize(ctx, access.RPSWrite, access.Where{TenantID: p.TenantID, OrgID: orgID}); err != nil {
		return err
	}
	if _, err := end(ctx, tx, scope.From(ctx).Actor.Name, s.db.Now().UnixMilli(), "org_id = ? AND device_id = '' AND profile_id = ?", orgID, p.ID); err != nil {
		return err
	}
	e := entry("rps.unassign", p, map[string]any{"org": orgID}, nil)
	e.OrgID = orgID
	return s.audit.Record(ctx, tx, e)
}

func (s *Service) grant(ctx context.Context, tx *db.Tx, p Profile, orgID string) error {
	if err := s.access.Authorize(ctx, access.RPSWrite, access.Where{TenantID: p.TenantID, OrgID: orgID}); err != nil {
		return err
	}
	who, now := scope.From(ctx).Actor.Name, s.db.Now()
	if _, err := end(ctx, tx, who, now.UnixMilli(), "org_id = ? AND device_id = ''", orgID); err != nil {
		return err
	}
	if err := insertAssignment(ctx, tx, p.TenantID, Assignment{ID: s.db.NewID(), OrgID: orgID, ProfileID: p.ID, Author: who, At: now}); err != nil {
		return err
	}
	e := entry("rps.assign", p, nil, map[string]any{"org": orgID})
	e.OrgID = orgID
	return s.audit.Record(ctx, tx, e)
}

// SetDevices assigns a profile to devices by themselves, and takes it from others,
// each by id or MAC. A device has one assignment of its own: another one ends. It
// changes no phone. It returns the devices that it was about; each needs
// device.write.
func (s *Service) SetDevices(ctx context.Context, t org.Tenant, id string, add, remove []string) (out []device.Device, err error) {
	if err := s.access.Authorize(ctx, access.DeviceWrite, access.Where{TenantID: t.ID, Any: true}); err != nil {
		return nil, err
	}
	if len(add)+len(remove) > limit.PlanDevices {
		return nil, fault.InvalidFields("redirection profile is not assigned", fault.Field{Path: "devices", Message: "too many devices at once"})
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.in(ctx, tx, t, id)
		if err != nil {
			return err
		}
		for i, ref := range slices.Concat(remove, add) {
			d, err := s.devices.GetIn(ctx, tx, ref)
			if err == nil && d.TenantID != t.ID {
				err = fault.New(fault.NotFound, "device not found")
			}
			if err != nil {
				return err
			}
			if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
				return err
			}
			if err := s.setDevice(ctx, tx, p, d, i >= len(remove)); err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

// setDevice gives or takes one device's own assignment; one that stands as it
// should is left alone.
func (s *Service) setDevice(ctx context.Context, tx *db.Tx, p Profile, d device.Device, assign bool) error {
	active, err := activeFor(ctx, tx, d.OrgID, []string{d.ID})
	if err != nil {
		return err
	}
	mine := slices.ContainsFunc(active, func(a Assignment) bool { return a.DeviceID == d.ID && a.ProfileID == p.ID })
	if mine == assign {
		return nil
	}
	who, now := scope.From(ctx).Actor.Name, s.db.Now()
	if _, err := end(ctx, tx, who, now.UnixMilli(), "device_id = ?", d.ID); err != nil {
		return err
	}
	e := entry("rps.unassign", p, map[string]any{"device": d.MAC.String()}, nil)
	if assign {
		if err := insertAssignment(ctx, tx, p.TenantID, Assignment{ID: s.db.NewID(), OrgID: d.OrgID, ProfileID: p.ID, DeviceID: d.ID, Author: who, At: now}); err != nil {
			return err
		}
		e = entry("rps.assign", p, nil, map[string]any{"device": d.MAC.String()})
	}
	e.OrgID = d.OrgID
	return s.audit.Record(ctx, tx, e)
}

// For says which profile each of some devices should have: its own, else that of
// its organization; none is left out.
func (s *Service) For(ctx context.Context, q db.Q, devices []device.Device) (map[string]Profile, error) {
	byOrg := map[string][]string{}
	for _, d := range devices {
		byOrg[d.OrgID] = append(byOrg[d.OrgID], d.ID)
	}
	out, profiles := map[string]Profile{}, map[string]Profile{}
	for orgID, ids := range byOrg {
		for chunk := range slices.Chunk(ids, 500) {
			active, err := activeFor(ctx, q, orgID, chunk)
			if err != nil {
				return nil, err
			}
			if err := s.settle(ctx, q, active, chunk, profiles, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (s *Service) settle(ctx context.Context, q db.Q, active []Assignment, ids []string, profiles, out map[string]Profile) (err error) {
	own, common := map[string]string{}, ""
	for _, a := range active {
		if _, read := profiles[a.ProfileID]; !read {
			if profiles[a.ProfileID], err = find(ctx, q, a.ProfileID); err != nil {
				return err
			}
		}
		if a.DeviceID == "" {
			common = a.ProfileID
		} else {
			own[a.DeviceID] = a.ProfileID
		}
	}
	for _, id := range ids {
		profile := own[id]
		if profile == "" {
			profile = common
		}
		if profile != "" {
			out[id] = profiles[profile]
		}
	}
	return nil
}

// AssociatedIn lists the devices of an organization that a profile is for, or
// that still have what it pushed to them; of the whole scope where orgID is "".
func (s *Service) AssociatedIn(ctx context.Context, q db.Q, orgID, profileID string) ([]string, error) {
	return associated(ctx, q, orgID, profileID)
}

// Associated is AssociatedIn by itself, with the devices.
func (s *Service) Associated(ctx context.Context, t org.Tenant, id string) (out []device.Device, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		if _, err := s.in(ctx, q, t, id); err != nil {
			return err
		}
		ids, err := associated(ctx, q, "", id)
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(ids, 500) {
			ds, err := s.devices.AllIn(ctx, q, device.Filter{IDs: chunk})
			if err != nil {
				return err
			}
			out = append(out, ds...)
		}
		return nil
	})
	return out, err
}

// OrgsWith lists the ids of the organizations of the scope whose devices a
// profile concerns.
func (s *Service) OrgsWith(ctx context.Context, profileID string) (ids []string, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		ids, err = orgsWith(ctx, q, profileID)
		return err
	})
	return ids, err
}

// History lists what a device and its organization were assigned to, newest
// first; the first that holds for the device itself, else for the organization,
// counts.
func (s *Service) History(ctx context.Context, d device.Device) (out []Assignment, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = historyOf(ctx, q, d.OrgID, d.ID, limit.ListDefault)
		return err
	})
	return out, err
}
