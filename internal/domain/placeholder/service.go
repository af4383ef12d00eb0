package placeholder

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	access  *access.Service
	audit   *audit.Service
	orgs    *org.Service
	devices *device.Service
	vendors *vendors.Set
}

// New returns a service.
func New(d *db.DB, ac *access.Service, au *audit.Service, o *org.Service, dev *device.Service, vs *vendors.Set) *Service {
	return &Service{db: d, access: ac, audit: au, orgs: o, devices: dev, vendors: vs}
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	db.Page
	OrgID     string
	Level     Level
	ScopeKeys []string // of one of these; nil narrows nothing
	Q         string   // part of the name
}

// List lists an organization's placeholders. Those of sites and devices that the
// asker does not see are not among them.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Placeholder], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns one placeholder, or NotFound, also for one of a site or a device
// that the asker does not see.
func (s *Service) Get(ctx context.Context, id string) (p Placeholder, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		p, err = find(ctx, q, id)
		return err
	})
	return p, err
}

// Uses lists the placeholders whose values hold another one.
func (s *Service) Uses(ctx context.Context, orgID, name string) (out []Placeholder, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = holding(ctx, q, orgID, Open+name+Close)
		return err
	})
	other := func(p Placeholder) bool { return !slices.Contains(Names(p.Value), name) } // another case of the letters
	return slices.DeleteFunc(out, other), err
}

// Create makes a placeholder on a level of an organization.
func (s *Service) Create(ctx context.Context, o org.Org, in Input) (Placeholder, error) {
	now := s.db.Now()
	p := Placeholder{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, Level: in.Level, ScopeKey: in.ScopeKey, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := s.access.Authorize(ctx, access.TemplateWrite, p.Where()); err != nil {
		return Placeholder{}, err
	}
	if in.Name == nil {
		in.Name = new(string)
	}
	if err := p.apply(in); err != nil {
		return Placeholder{}, err
	}
	if err := s.checkScope(ctx, &p); err != nil {
		return Placeholder{}, err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := db.Insert(ctx, tx, newRow(p)); err != nil {
			return taken(err, p)
		}
		return s.audit.Record(ctx, tx, entry("placeholder.create", p, nil, p.view()))
	})
	return p, err
}

// checkScope brings the scope to its canonical form: a model by its name, a site
// and a device by id.
func (s *Service) checkScope(ctx context.Context, p *Placeholder) error {
	bad := func(path, msg string) error {
		return fault.InvalidFields("placeholder is not valid", fault.Field{Path: path, Message: msg})
	}
	switch p.Level {
	case System:
		p.ScopeKey = ""
	case Model:
		_, m, ok := s.vendors.ByModel(p.ScopeKey)
		if !ok {
			return bad("scope", "this model is not known")
		}
		p.ScopeKey = m.Name
	case Site:
		site, err := s.orgs.Site(ctx, p.ScopeKey)
		if err != nil || site.OrgID != p.OrgID {
			return bad("scope", "there is no such site in this organization")
		}
	case Device:
		d, err := s.devices.Get(ctx, p.ScopeKey)
		if err != nil || d.OrgID != p.OrgID {
			return bad("scope", "there is no such device in this organization")
		}
		p.ScopeKey = d.ID
	default:
		return bad("level", "system, model, site or device")
	}
	return nil
}

// Update changes a placeholder's name, value or description. version must be the
// current one (Conflict). Phones learn of it by a push of their placeholders.
func (s *Service) Update(ctx context.Context, id string, in Input, version int64) (p Placeholder, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if p, err = find(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.TemplateWrite, p.Where()); err != nil {
			return err
		}
		before := p.view()
		if err := p.apply(in); err != nil {
			return err
		}
		p.UpdatedAt, p.Version = s.db.Now(), version+1
		if err := taken(db.UpdateAt(ctx, tx, newRow(p), version, "placeholder"), p); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("placeholder.update", p, before, p.view()))
	})
	return p, err
}

// Delete removes a placeholder. A config that still needs it keeps the value of
// its last push, and fails at the next one.
func (s *Service) Delete(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.TemplateWrite, p.Where()); err != nil {
			return err
		}
		if err := remove(ctx, tx, id, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("placeholder.delete", p, p.view(), nil))
	})
}

// Book is an organization's placeholders, loaded once to resolve many devices.
type Book struct {
	all      []Placeholder
	defaults map[string]map[string]string // by vendor and name
}

// BookIn loads an organization's placeholders inside a transaction.
func (s *Service) BookIn(ctx context.Context, q db.Q, orgID string) (Book, error) {
	ps, err := all(ctx, q, orgID)
	return Book{ps, s.defaults()}, err
}

// For resolves the placeholders of one device: the most specific level wins, and
// of the sites the one nearest to the device. Weaker than all levels are the
// maker's defaults. Every device has MAC, DeviceName, Model and SiteName by
// itself.
func (b Book) For(d device.Device) map[string]string {
	out := map[string]string{"MAC": d.MAC.String(), "DeviceName": d.Name, "Model": d.Model, "SiteName": d.SiteName}
	for name, value := range b.defaults[d.Vendor] {
		out[name] = value
	}
	won := map[string]int{}
	for _, p := range b.all {
		rank := p.rank(d)
		if rank > won[p.Name] {
			out[p.Name], won[p.Name] = p.Value, rank
		}
	}
	return out
}

// rank is how specific a placeholder is for a device, 0 where it does not hold.
func (p Placeholder) rank(d device.Device) int {
	switch p.Level {
	case System:
		return 1
	case Model:
		if strings.EqualFold(p.ScopeKey, d.Model) {
			return 2
		}
	case Site:
		for depth, id := range d.SitePath {
			if id == p.ScopeKey {
				return 3 + depth
			}
		}
	case Device:
		if p.ScopeKey == d.ID {
			return 1000
		}
	}
	return 0
}

func entry(action string, p Placeholder, before, after any) audit.Entry {
	return audit.Entry{TenantID: p.TenantID, OrgID: p.OrgID, Action: action, SubjectKind: "placeholder", SubjectID: p.ID, SubjectName: p.Name, Before: before, After: after}
}

func taken(err error, p Placeholder) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "%s%s%s has a value on this level already", Open, p.Name, Close)
	}
	return err
}
