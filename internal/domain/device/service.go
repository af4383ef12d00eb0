package device

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Service is the exported face of the inventory. New makes one.
type Service struct {
	db      *db.DB
	access  *access.Service
	audit   *audit.Service
	orgs    *org.Service
	vendors *vendors.Set
	bus     bus.Bus
	twins   *Twins
	created []Creation
	removal []Removal
	moving  []Moving
	gone    []Creation
}

// Creation lets a noun further down give a new device what it needs, in the same
// transaction.
type Creation func(ctx context.Context, tx *db.Tx, d Device) error

// Removal lets a noun further down take its own rows of a device away before
// the device goes, in the same transaction.
type Removal func(ctx context.Context, tx *db.Tx, deviceID string) error

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Access  *access.Service
	Audit   *audit.Service
	Orgs    *org.Service
	Vendors *vendors.Set
	Bus     bus.Bus
	Twins   *Twins
	Created []Creation
	Removal []Removal
	Moving  []Moving
	Gone    []Creation // what else has to be done when a device is deleted, for who needs its record
}

// New returns a service.
func New(d Deps) *Service {
	return &Service{db: d.DB, access: d.Access, audit: d.Audit, orgs: d.Orgs, vendors: d.Vendors, bus: d.Bus, twins: d.Twins, created: d.Created, removal: d.Removal, moving: d.Moving, gone: d.Gone}
}

// Input makes a device.
type Input struct {
	MAC, Model, Name, Serial string
	SiteID                   string // "" is the organization's default site
	Life                     Life   // "" is Adopted
	SyncConfiguration        bool
	Then                     Creation // one more step of the transaction; nil for none
}

// Create adds a device to an organization. A MAC that is taken is a Conflict
// that says where it is within the tenant, and nothing about another tenant.
func (s *Service) Create(ctx context.Context, o org.Org, in Input) (d Device, err error) {
	d, err = s.build(ctx, o, in)
	if err != nil {
		return Device{}, err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Device{}, err
	}
	if err := s.free(ctx, o, d.MAC); err != nil {
		return Device{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := db.Insert(ctx, tx, newRow(d)); err != nil {
			return err
		}
		if err := index(ctx, tx, d, nil); err != nil {
			return err
		}
		if err := dropUnclaimed(ctx, tx, d.MAC); err != nil {
			return err
		}
		for _, give := range s.created {
			if err := give(ctx, tx, d); err != nil {
				return err
			}
		}
		if in.Then != nil {
			if err := in.Then(ctx, tx, d); err != nil {
				return err
			}
		}
		s.Changed(tx, d)
		return s.audit.Record(ctx, tx, entry("device.create", d, nil, d.view()))
	})
	if fault.Is(err, fault.Conflict) { // somebody was quicker
		if clash := s.free(ctx, o, d.MAC); clash != nil {
			err = clash
		}
	}
	if err != nil {
		return Device{}, err
	}
	return s.Get(ctx, d.ID)
}

func (s *Service) build(ctx context.Context, o org.Org, in Input) (Device, error) {
	now := s.db.Now()
	d := Device{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, SiteID: in.SiteID, Name: strings.TrimSpace(in.Name), Serial: strings.TrimSpace(in.Serial), Life: in.Life, SyncConfiguration: in.SyncConfiguration, CreatedAt: now, UpdatedAt: now, Version: 1}
	if d.Life == "" {
		d.Life = Adopted
	}
	wrong := d.check()
	m, err := mac.Parse(in.MAC)
	if err != nil {
		wrong = append(wrong, fault.Field{Path: "mac", Message: err.Error()})
	}
	d.MAC = m
	v, model, ok := s.vendors.ByModel(in.Model)
	if !ok {
		wrong = append(wrong, fault.Field{Path: "model", Message: "this model is not known"})
	}
	if len(wrong) > 0 {
		return Device{}, fault.InvalidFields("device is not valid", wrong...)
	}
	d.Vendor, d.Model = v.Name(), model.Name
	site, err := s.site(ctx, o.ID, in.SiteID)
	if err != nil {
		return Device{}, err
	}
	d.SiteID, d.SitePath = site.ID, site.Path
	return d, nil
}

func (s *Service) site(ctx context.Context, orgID, siteID string) (org.Site, error) {
	if siteID == "" {
		return s.orgs.DefaultSite(ctx, orgID)
	}
	site, err := s.orgs.Site(ctx, siteID)
	if fault.Is(err, fault.NotFound) || err == nil && site.OrgID != orgID {
		return org.Site{}, fault.InvalidFields("device is not valid", fault.Field{Path: "site_id", Message: "there is no such site in this organization"})
	}
	return site, err
}

// Owner is whose a MAC is.
type Owner struct{ DeviceID, TenantID, OrgID string }

// Owners tells whose the MACs are, by MAC; those that nobody has are left out. It
// is for the ledger of the doors. ctx is the system's.
func (s *Service) Owners(ctx context.Context, macs []string) (map[string]Owner, error) {
	out := map[string]Owner{}
	if len(macs) == 0 {
		return out, nil
	}
	err := s.db.Read(ctx, func(q db.Q) error {
		rows, err := owners(ctx, q, macs)
		for _, r := range rows {
			out[r.MAC] = Owner{DeviceID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID}
		}
		return err
	})
	return out, err
}

// Glimpsed notes that somebody came under the name of a device and proved nothing.
func (s *Service) Glimpsed(o Owner, m mac.Address, at time.Time) {
	s.twins.Glimpsed(Report{DeviceID: o.DeviceID, TenantID: o.TenantID, OrgID: o.OrgID, MAC: m, At: at})
}

// free fails with Conflict where the MAC is somebody's already.
func (s *Service) free(ctx context.Context, o org.Org, m mac.Address) error {
	all, err := s.Owners(scope.AsSystem(ctx, "device.free"), []string{m.String()})
	has, taken := all[m.String()]
	switch {
	case err != nil || !taken:
		return err
	case has.TenantID != o.TenantID:
		if err := s.tellOwner(ctx, has.DeviceID); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "%s belongs to someone else", m.Colons()).WithCode("mac_taken")
	}
	return s.taken(ctx, o, m, has.OrgID)
}

// Patch is what Update may change; nil leaves a field as it is.
type Patch struct {
	Name, Serial, SiteID, Model *string
	Life                        *Life
	SyncConfiguration           *bool
	Then                        Creation // one more step of the transaction; nil for none
}

// Update changes a device. version must be the current one (Conflict). Moving to
// another site binds nothing by itself.
func (s *Service) Update(ctx context.Context, id string, p Patch, version int64) (Device, error) {
	d, err := s.Get(ctx, id)
	if err != nil {
		return Device{}, err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Device{}, err
	}
	before := d.view()
	if err := s.patch(ctx, &d, p); err != nil {
		return Device{}, err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Device{}, err
	}
	d.UpdatedAt, d.Version = s.db.Now(), version+1
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := db.UpdateAt(ctx, tx, newRow(d), version, "device"); err != nil {
			return err
		}
		if err := s.reindex(ctx, tx, d); err != nil {
			return err
		}
		if p.Then != nil {
			if err := p.Then(ctx, tx, d); err != nil {
				return err
			}
		}
		s.Changed(tx, d)
		return s.audit.Record(ctx, tx, entry("device.update", d, before, d.view()))
	})
	if err != nil {
		return Device{}, err
	}
	return s.Get(ctx, d.ID)
}

func (s *Service) patch(ctx context.Context, d *Device, p Patch) error {
	if p.Name != nil {
		d.Name = strings.TrimSpace(*p.Name)
	}
	if p.SyncConfiguration != nil {
		d.SyncConfiguration = *p.SyncConfiguration
	}
	if p.Serial != nil {
		d.Serial = strings.TrimSpace(*p.Serial)
	}
	wrong := d.check()
	if p.Model != nil {
		v, m, ok := s.vendors.ByModel(*p.Model)
		if !ok {
			wrong = append(wrong, fault.Field{Path: "model", Message: "this model is not known"})
		} else {
			if d.Model != m.Name {
				d.Firmware = "" // the other model's
			}
			d.Vendor, d.Model = v.Name(), m.Name
		}
	}
	if p.Life != nil {
		if !mayBecome(d.Life, *p.Life) {
			wrong = append(wrong, fault.Field{Path: "life", Message: "a device that is " + string(d.Life) + " cannot become " + string(*p.Life)})
		}
		d.Life = *p.Life
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("device is not valid", wrong...)
	}
	if p.SiteID != nil && *p.SiteID != d.SiteID {
		site, err := s.site(ctx, d.OrgID, *p.SiteID)
		if err != nil {
			return err
		}
		d.SiteID, d.SitePath = site.ID, site.Path
	}
	return nil
}

// Become moves a device to another stage of its life inside a transaction, for a
// reason that is written down. What an operator may do by hand is Update's.
func (s *Service) Become(ctx context.Context, tx *db.Tx, d Device, to Life, reason string) error {
	before := d.view()
	d.Life = to
	d.UpdatedAt, d.Version = s.db.Now(), d.Version+1
	if err := db.UpdateAt(ctx, tx, newRow(d), d.Version-1, "device"); err != nil {
		return err
	}
	s.Changed(tx, d)
	after := d.view()
	after["reason"] = reason
	return s.audit.Record(ctx, tx, entry("device.life", d, before, after))
}

// mayBecome is the life cycle: what may follow what by an operator's hand.
func mayBecome(from, to Life) bool {
	if from == to {
		return true
	}
	switch to {
	case Adopted:
		return from == Waiting || from == Rejected || from == Retired // out of quarantine by a claim's decision alone
	case Rejected:
		return from == Waiting
	case Quarantined:
		return from == Waiting || from == Adopted
	case Retired:
		return from == Adopted || from == Quarantined
	case Waiting:
		return from == Rejected
	}
	return false
}

// Delete takes a device and all that hangs on it away. version must be the
// current one (Conflict).
func (s *Service) Delete(ctx context.Context, id string, version int64) error {
	d, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return err
	}
	ctx = inTenant(ctx, d) // an organization that it was of has rows of it still
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		for _, clean := range s.removal {
			if err := clean(ctx, tx, d.ID); err != nil {
				return err
			}
		}
		for _, end := range s.gone {
			if err := end(ctx, tx, d); err != nil {
				return err
			}
		}
		if err := remove(ctx, tx, d.ID, version); err != nil {
			return err
		}
		s.Changed(tx, d)
		return s.audit.Record(ctx, tx, entry("device.delete", d, d.view(), nil))
	})
	if err != nil {
		return err
	}
	return s.twins.drop(ctx, d.ID)
}

// Reindex writes the words that a device is found by anew; a noun whose words
// count (an extension on a line) calls it in its own transaction.
func (s *Service) Reindex(ctx context.Context, tx *db.Tx, id string) error {
	d, err := find(ctx, tx, selectCore, "d.id = ?", id)
	if err != nil {
		return err
	}
	s.Changed(tx, d)
	return s.reindex(ctx, tx, d)
}

func (s *Service) reindex(ctx context.Context, tx *db.Tx, d Device) error {
	words, err := lineWords(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	return index(ctx, tx, d, words)
}

// Where says where the device stands, for access.
func (d Device) Where() access.Where {
	return access.Where{TenantID: d.TenantID, OrgID: d.OrgID, SitePath: d.SitePath}
}

func (d Device) view() map[string]any {
	return map[string]any{"mac": d.MAC, "model": d.Model, "name": d.Name, "serial": d.Serial, "site_id": d.SiteID, "life": d.Life}
}

func entry(action string, d Device, before, after any) audit.Entry {
	return audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: action, SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(), Before: before, After: after}
}
