package device

import (
	"context"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Moving lets a noun further down take its rows of a device along to another
// organization of the tenant, or leave them behind, in the same transaction. It may
// refuse. Both states of the record are given.
type Moving func(ctx context.Context, tx *db.Tx, from, to Device) error

// Move puts a device into a site of an organization of its tenant; siteID "" is the
// default site. It takes the right to change the device where it is and where it
// goes. Within its organization that is Update. In another one it starts anew: id,
// name, serial number and what it can show stay; lines, own settings, groups and
// revisions, which are of the organization that it leaves, do not. At its next
// request it gets what the new organization has for it. version must be the current
// one (Conflict); a device in quarantine stays (Conflict).
func (s *Service) Move(ctx context.Context, id string, to org.Org, siteID string, version int64) (Device, error) {
	d, err := s.Get(ctx, id)
	if err != nil {
		return Device{}, err
	}
	if d.OrgID == to.ID {
		return s.Update(ctx, d.ID, Patch{SiteID: &siteID}, version)
	}
	if d.TenantID != to.TenantID {
		return Device{}, fault.New(fault.NotFound, "organization not found")
	}
	next := d
	next.OrgID, next.UpdatedAt, next.Version = to.ID, s.db.Now(), version+1
	site, err := s.site(scope.InOrg(ctx, to.TenantID, to.ID), to.ID, siteID)
	if err != nil {
		return Device{}, err
	}
	next.SiteID, next.SitePath, next.SiteName = site.ID, site.Path, site.Name
	for _, where := range []access.Where{d.Where(), next.Where()} {
		if err := s.access.Authorize(ctx, access.DeviceWrite, where); err != nil {
			return Device{}, err
		}
	}
	if d.Life == Quarantined {
		return Device{}, fault.New(fault.Conflict, "a quarantined device stays where it is: decide on it first").WithCode("quarantined")
	}
	both := inTenant(ctx, d)
	if err := s.db.Write(both, func(tx *db.Tx) error { return s.move(both, tx, d, next) }); err != nil {
		return Device{}, err
	}
	if err := s.twins.Moved(both, next); err != nil {
		return Device{}, err
	}
	return s.Get(scope.InOrg(ctx, to.TenantID, to.ID), d.ID)
}

func (s *Service) move(ctx context.Context, tx *db.Tx, d, next Device) error {
	if err := db.UpdateAt(ctx, tx, newRow(next), next.Version-1, "device"); err != nil {
		return err
	}
	for _, take := range s.moving {
		if err := take(ctx, tx, d, next); err != nil {
			return err
		}
	}
	if err := s.reindex(ctx, tx, next); err != nil {
		return err
	}
	s.Changed(tx, d)
	s.Changed(tx, next)
	before, after := d.view(), next.view()
	before["org_id"], after["org_id"] = d.OrgID, next.OrgID
	for _, where := range []Device{d, next} { // each organization reads its own log
		if err := s.audit.Record(ctx, tx, entry("device.move", where, before, after)); err != nil {
			return err
		}
	}
	return nil
}

// Moved says which organization a device is of now.
func (t *Twins) Moved(ctx context.Context, d Device) error {
	t.Forget(d.ID)
	if err := t.db.WriteHot(scope.AsSystem(ctx, "device.move"), func(q db.Q) error {
		_, err := q.NewUpdate().TableExpr("hot.twins").Set("org_id = ?", d.OrgID).Where("device_id = ?", d.ID).Exec(ctx)
		return err
	}); err != nil {
		return err
	}
	bus.Announce(t.bus, d.OrgID, "devices", d.ID)
	return t.leave(scope.AsSystem(ctx, "device.move"), d.ID)
}

// Clash is where the device stands that has a MAC already, as far as who asked may
// see it.
type Clash struct {
	Device   Device
	Org      org.Org
	Moveable bool // who asked may change it there
}

// inTenant is a context that reaches all organizations of a device's tenant.
func inTenant(ctx context.Context, d Device) context.Context {
	return scope.With(ctx, scope.Scope{Actor: scope.From(ctx).Actor, Tenant: d.TenantID, AllOrgs: true})
}

// Clash finds the device that has a MAC in an organization's tenant; false where
// nobody has, where another tenant has, or where the actor may not see it.
func (s *Service) Clash(ctx context.Context, o org.Org, m mac.Address) (c Clash, found bool, err error) {
	c.Device, err = s.Get(inTenant(ctx, Device{TenantID: o.TenantID}), m.String())
	if fault.Is(err, fault.NotFound) {
		return Clash{}, false, nil
	}
	may := func(p access.Permission) bool { return s.access.Authorize(ctx, p, c.Device.Where()) == nil }
	if err != nil || !may(access.DeviceRead) {
		return Clash{}, false, err
	}
	c.Org, err = s.orgs.Org(scope.AsSystem(ctx, "device.clash"), c.Device.OrgID)
	c.Moveable = err == nil && may(access.DeviceWrite)
	return c, err == nil, err
}

// taken says of a MAC of the tenant where it is: the organization to anybody of the
// tenant (identity.md, "Ownership"), site and name as far as the actor may see them.
func (s *Service) taken(ctx context.Context, o org.Org, m mac.Address, orgID string) error {
	code, place := "mac_taken", "in this organization"
	if orgID != o.ID {
		elsewhere, err := s.orgs.Org(scope.AsSystem(ctx, "device.clash"), orgID)
		if err != nil {
			return err
		}
		code, place = "mac_elsewhere", "in the organization "+elsewhere.Name
	}
	c, found, err := s.Clash(ctx, o, m)
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Conflict, "%s is %s already", m.Colons(), place).WithCode(code)
	}
	name := ""
	if c.Device.Name != "" {
		name = " as " + c.Device.Name
	}
	return fault.New(fault.Conflict, "%s is %s already, in the site %s%s", m.Colons(), place, c.Device.SiteName, name).WithCode(code)
}
