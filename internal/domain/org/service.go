package org

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db     *db.DB
	access *access.Service
	audit  *audit.Service
	nets   nets
	onSite []SiteChange
}

// New returns a service on d.
func New(d *db.DB, ac *access.Service, au *audit.Service) *Service {
	return &Service{db: d, access: ac, audit: au}
}

// Tenants lists the tenants in the scope, by slug.
func (s *Service) Tenants(ctx context.Context) (out []Tenant, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listTenants(ctx, q)
		return err
	})
	return out, err
}

// Tenant returns one tenant by id or slug, or NotFound.
func (s *Service) Tenant(ctx context.Context, idOrSlug string) (t Tenant, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		t, err = findTenant(ctx, q, idOrSlug)
		return err
	})
	return t, err
}

// CreateTenant makes a tenant; its slug comes from the name and is made unique.
func (s *Service) CreateTenant(ctx context.Context, name string, kind TenantKind) (t Tenant, err error) {
	if err := s.access.Authorize(ctx, access.TenantWrite, access.Where{}); err != nil {
		return Tenant{}, err
	}
	if err := invalid("tenant", checkName("name", name)); err != nil {
		return Tenant{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		t, err = s.createTenant(ctx, tx, name, kind)
		return err
	})
	return t, err
}

func (s *Service) createTenant(ctx context.Context, tx *db.Tx, name string, kind TenantKind) (Tenant, error) {
	if kind == "" {
		kind = Business
	}
	slug, err := freeSlug(ctx, tx, "tenants", name)
	if err != nil {
		return Tenant{}, err
	}
	now := s.db.Now()
	t := Tenant{ID: s.db.NewID(), Slug: slug, Name: strings.TrimSpace(name), Kind: kind, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := db.Insert(ctx, tx, newTenantRow(t)); err != nil {
		return Tenant{}, err
	}
	return t, s.audit.Record(ctx, tx, audit.Entry{TenantID: t.ID, Action: "tenant.create", SubjectKind: "tenant", SubjectID: t.ID, SubjectName: t.Name, After: view{"name": t.Name, "kind": t.Kind}})
}

// Found makes the tenant and the organization that a new installation begins
// with, both called "Default", in the transaction that makes its first operator.
// Where there is a tenant already it makes nothing.
func (s *Service) Found(ctx context.Context, tx *db.Tx) error {
	if there, err := listTenants(ctx, tx); err != nil || len(there) > 0 {
		return err
	}
	t, err := s.createTenant(ctx, tx, "Default", Business)
	if err != nil {
		return err
	}
	_, err = s.createOrg(ctx, tx, t.ID, "Default", "")
	return err
}

type view = map[string]any

// RenameTenant changes the name. version must be the current one (Conflict).
func (s *Service) RenameTenant(ctx context.Context, id, name string, version int64) (t Tenant, err error) {
	if err := s.access.Authorize(ctx, access.TenantWrite, access.Where{TenantID: id}); err != nil {
		return Tenant{}, err
	}
	if err := invalid("tenant", checkName("name", name)); err != nil {
		return Tenant{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if t, err = findTenant(ctx, tx, id); err != nil {
			return err
		}
		before := t.Name
		t.Name, t.UpdatedAt, t.Version = strings.TrimSpace(name), s.db.Now(), version+1
		if err := db.UpdateAt(ctx, tx, newTenantRow(t), version, "tenant"); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: t.ID, Action: "tenant.update", SubjectKind: "tenant", SubjectID: t.ID, SubjectName: t.Name, Before: view{"name": before}, After: view{"name": t.Name}})
	})
	return t, err
}

// Orgs lists the organizations in the scope, by slug; of one tenant where
// tenantID is not empty.
func (s *Service) Orgs(ctx context.Context, tenantID string) (out []Org, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listOrgs(ctx, q, tenantID)
		return err
	})
	return out, err
}

// Org returns one organization by id or slug, or NotFound.
func (s *Service) Org(ctx context.Context, idOrSlug string) (o Org, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		o, err = findOrg(ctx, q, idOrSlug)
		return err
	})
	return o, err
}

// CreateOrg makes an organization with its default site.
func (s *Service) CreateOrg(ctx context.Context, tenantID, name, description string) (o Org, err error) {
	if err := s.access.Authorize(ctx, access.OrgWrite, access.Where{TenantID: tenantID}); err != nil {
		return Org{}, err
	}
	if err := invalid("organization", slices.Concat(checkName("name", name), checkDescription("description", description))); err != nil {
		return Org{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := findTenant(ctx, tx, tenantID); err != nil {
			return err
		}
		o, err = s.createOrg(ctx, tx, tenantID, name, description)
		return err
	})
	return o, err
}

func (s *Service) createOrg(ctx context.Context, tx *db.Tx, tenantID, name, description string) (Org, error) {
	slug, err := freeSlug(ctx, tx, "orgs", name)
	if err != nil {
		return Org{}, err
	}
	now := s.db.Now()
	o := Org{ID: s.db.NewID(), TenantID: tenantID, Slug: slug, Name: strings.TrimSpace(name), Description: description, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := db.Insert(ctx, tx, newOrgRow(o)); err != nil {
		return Org{}, err
	}
	site := Site{ID: s.db.NewID(), TenantID: tenantID, OrgID: o.ID, Name: DefaultSiteName, Depth: 1, IsDefault: true, CreatedAt: now, UpdatedAt: now, Version: 1}
	site.Path = []string{site.ID}
	if err := db.Insert(ctx, tx, newSiteRow(site)); err != nil {
		return Org{}, err
	}
	return o, s.audit.Record(ctx, tx, audit.Entry{TenantID: tenantID, OrgID: o.ID, Action: "organization.create", SubjectKind: "organization", SubjectID: o.ID, SubjectName: o.Name, After: view{"name": o.Name, "slug": o.Slug}})
}

// OrgPatch is what UpdateOrg may change; nil leaves a field as it is.
type OrgPatch struct{ Name, Description *string }

// UpdateOrg changes an organization. version must be the current one (Conflict).
func (s *Service) UpdateOrg(ctx context.Context, o Org, p OrgPatch, version int64) (Org, error) {
	if err := s.access.Authorize(ctx, access.OrgWrite, access.Where{TenantID: o.TenantID, OrgID: o.ID}); err != nil {
		return Org{}, err
	}
	before := view{"name": o.Name, "description": o.Description}
	if p.Name != nil {
		o.Name = strings.TrimSpace(*p.Name)
	}
	if p.Description != nil {
		o.Description = *p.Description
	}
	if err := invalid("organization", slices.Concat(checkName("name", o.Name), checkDescription("description", o.Description))); err != nil {
		return Org{}, err
	}
	o.UpdatedAt, o.Version = s.db.Now(), version+1
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := db.UpdateAt(ctx, tx, newOrgRow(o), version, "organization"); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: o.TenantID, OrgID: o.ID, Action: "organization.update", SubjectKind: "organization", SubjectID: o.ID, SubjectName: o.Name, Before: before, After: view{"name": o.Name, "description": o.Description}})
	})
	return o, err
}

// freeSlug makes a slug that no row of the table has: "default", "default-2", …
func freeSlug(ctx context.Context, tx *db.Tx, table, name string) (string, error) {
	base := Slug(name)
	for n := 1; n <= maxSlugTries; n++ {
		slug := base
		if n > 1 {
			slug = base + "-" + strconv.Itoa(n)
		}
		taken, err := slugTaken(ctx, tx, table, slug)
		if err != nil {
			return "", err
		}
		if !taken {
			return slug, nil
		}
	}
	return "", fault.New(fault.Conflict, "too many names like %q; choose another", name)
}

// Covers reports whether an address lies in one of a site's subnets, and whether
// that network is trusted now, inside a transaction. A site without subnets covers
// none.
func (s *Service) Covers(ctx context.Context, q db.Q, siteID string, address netip.Addr) (inside, trusted bool, err error) {
	site, err := findSite(ctx, q, siteID)
	if fault.Is(err, fault.NotFound) {
		return false, false, nil
	}
	in, _ := site.Covers(address)
	return in, site.Trusts(address, s.db.Now()), err
}

// Covered reports whether an address lies in a subnet of any site. It is for the
// doors, so ctx is the system's.
func (s *Service) Covered(ctx context.Context, address netip.Addr) (ok bool, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		list, err := subnetsAnywhere(ctx, q)
		for _, cidr := range list {
			if p, err := netip.ParsePrefix(cidr); err == nil && p.Contains(address.Unmap()) {
				ok = true
			}
		}
		return err
	})
	return ok, err
}

// maxSlugTries bounds the search for a free slug.
const maxSlugTries = 1000

// maxLegacy is how far ahead a legacy flag may end.
const maxLegacy = 366 * 24 * time.Hour
