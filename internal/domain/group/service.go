package group

import (
	"context"
	"slices"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	access  *access.Service
	audit   *audit.Service
	devices *device.Service
}

// New returns a service.
func New(d *db.DB, ac *access.Service, au *audit.Service, dev *device.Service) *Service {
	return &Service{db: d, access: ac, audit: au, devices: dev}
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	db.Page
	OrgID    string
	DeviceID string // groups that hold this device
	Q        string // part of the name
}

// List lists an organization's groups.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Group], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns one group, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (g Group, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		g, err = find(ctx, q, id)
		return err
	})
	return g, err
}

// GetIn is Get inside a transaction.
func (s *Service) GetIn(ctx context.Context, q db.Q, id string) (Group, error) {
	return find(ctx, q, id)
}

// AddIn puts a device of the group's organization into a group, in the transaction
// that makes the device. It is NotFound for a group that is not there.
func (s *Service) AddIn(ctx context.Context, tx *db.Tx, id string, d device.Device) error {
	g, err := find(ctx, tx, id)
	if err == nil && g.OrgID != d.OrgID {
		err = fault.New(fault.NotFound, "group not found")
	}
	if err != nil {
		return err
	}
	return addMember(ctx, tx, g, d.ID)
}

// Members lists the devices of a group that the asker may see, without their hot
// state.
func (s *Service) Members(ctx context.Context, id string) (out []device.Device, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		ids, err := s.MembersIn(ctx, q, id)
		if err != nil || len(ids) == 0 {
			return err
		}
		out, err = s.devices.AllIn(ctx, q, device.Filter{IDs: ids})
		return err
	})
	return out, err
}

// MemberIDs is MembersIn by itself.
func (s *Service) MemberIDs(ctx context.Context, id string) (out []string, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = s.MembersIn(ctx, q, id)
		return err
	})
	return out, err
}

// MembersIn lists the ids of a group's devices that the asker may see, inside a
// transaction; NotFound for an unknown group.
func (s *Service) MembersIn(ctx context.Context, q db.Q, id string) ([]string, error) {
	if _, err := find(ctx, q, id); err != nil {
		return nil, err
	}
	return members(ctx, q, id)
}

// OfIn lists the groups of some devices, by device, inside a transaction.
func (s *Service) OfIn(ctx context.Context, q db.Q, deviceIDs []string) (map[string][]string, error) {
	return of(ctx, q, deviceIDs)
}

// Create makes a group.
func (s *Service) Create(ctx context.Context, o org.Org, in Input) (Group, error) {
	now := s.db.Now()
	g := Group{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := s.access.Authorize(ctx, access.DeviceWrite, g.Where()); err != nil {
		return Group{}, err
	}
	if in.Name == nil {
		in.Name = new(string)
	}
	if err := g.apply(in); err != nil {
		return Group{}, err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := db.Insert(ctx, tx, newRow(g)); err != nil {
			return taken(err, g.Name)
		}
		return s.finish(ctx, tx, &g, in.Members, "group.create", nil)
	})
	return g, err
}

// Update changes a group. version must be the current one (Conflict). New members
// get nothing by themselves.
func (s *Service) Update(ctx context.Context, id string, in Input, version int64) (g Group, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if g, err = find(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.DeviceWrite, g.Where()); err != nil {
			return err
		}
		before := g.view()
		if err := g.apply(in); err != nil {
			return err
		}
		g.UpdatedAt, g.Version = s.db.Now(), version+1
		if err := taken(db.UpdateAt(ctx, tx, newRow(g), version, "group"), g.Name); err != nil {
			return err
		}
		return s.finish(ctx, tx, &g, in.Members, "group.update", before)
	})
	return g, err
}

// finish writes the members and the audit row.
func (s *Service) finish(ctx context.Context, tx *db.Tx, g *Group, ids *[]string, action string, before any) error {
	if ids != nil {
		found, err := s.resolve(ctx, tx, g.OrgID, *ids)
		if err != nil {
			return err
		}
		if err := setMembers(ctx, tx, *g, found); err != nil {
			return err
		}
		g.Members = len(found)
	}
	return s.audit.Record(ctx, tx, audit.Entry{TenantID: g.TenantID, OrgID: g.OrgID, Action: action, SubjectKind: "group", SubjectID: g.ID, SubjectName: g.Name, Before: before, After: g.view()})
}

// resolve finds devices of an organization that are named by id or by MAC; one
// that is named twice counts once.
func (s *Service) resolve(ctx context.Context, tx *db.Tx, orgID string, refs []string) ([]string, error) {
	byID, byMAC := device.Filter{OrgID: orgID}, device.Filter{OrgID: orgID}
	for _, ref := range refs {
		if m, err := mac.Parse(ref); err == nil {
			byMAC.MACs = append(byMAC.MACs, m.String())
			continue
		}
		byID.IDs = append(byID.IDs, ref)
	}
	found, named := []string{}, map[string]bool{}
	for _, f := range []device.Filter{byID, byMAC} {
		if len(f.IDs)+len(f.MACs) == 0 {
			continue
		}
		all, err := s.devices.AllIn(ctx, tx, f)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			named[d.ID], named[d.MAC.String()] = true, true
			found = append(found, d.ID)
		}
	}
	for _, ref := range append(byID.IDs, byMAC.MACs...) {
		if !named[ref] {
			return nil, fault.InvalidFields("group is not valid", fault.Field{Path: "members", Message: ref + " is no device of this organization"})
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// Delete removes a group; its devices stay. A template that was made for it
// stays too, and can be pushed by hand.
func (s *Service) Delete(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		g, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.DeviceWrite, g.Where()); err != nil {
			return err
		}
		if err := remove(ctx, tx, id, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: g.TenantID, OrgID: g.OrgID, Action: "group.delete", SubjectKind: "group", SubjectID: g.ID, SubjectName: g.Name, Before: g.view()})
	})
}

func taken(err error, name string) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "there is a group %q already", name)
	}
	return err
}
