package org

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// SiteInput is what makes or changes a site; nil leaves a field as it is.
type SiteInput struct {
	ParentID    *string
	Name        *string
	Description *string
	Subnets     *[]Subnet
	LegacyUntil *time.Time
}

// SiteList is an organization's tree in path order with the number of devices
// that stand in each site itself.
type SiteList struct {
	Sites   []Site
	Devices map[string]int
}

// Sites lists an organization's sites.
func (s *Service) Sites(ctx context.Context, orgID string) (out SiteList, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		if out.Sites, err = listSites(ctx, q, orgID); err != nil {
			return err
		}
		out.Devices, err = deviceCounts(ctx, q, orgID)
		return err
	})
	return out, err
}

// Site returns one site, or NotFound.
func (s *Service) Site(ctx context.Context, id string) (site Site, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		site, err = findSite(ctx, q, id)
		return err
	})
	return site, err
}

// SiteIn is Site inside a transaction.
func (s *Service) SiteIn(ctx context.Context, q db.Q, id string) (Site, error) {
	return findSite(ctx, q, id)
}

// DefaultSite returns the organization's default site.
func (s *Service) DefaultSite(ctx context.Context, orgID string) (site Site, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		site, err = defaultSite(ctx, q, orgID)
		return err
	})
	return site, err
}

// CreateSite makes a site below in.ParentID, or at the top.
func (s *Service) CreateSite(ctx context.Context, o Org, in SiteInput) (site Site, err error) {
	now := s.db.Now()
	site = Site{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, CreatedAt: now, UpdatedAt: now, Version: 1}
	if in.ParentID != nil {
		site.ParentID = *in.ParentID
	}
	if in.Name == nil {
		in.Name = new(string)
	}
	if err := site.apply(in, now); err != nil {
		return Site{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.place(ctx, tx, &site); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.SiteWrite, site.Where()); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, newSiteRow(site)); err != nil {
			return siblings(err, site.Name)
		}
		if err := saveSubnets(ctx, tx, site); err != nil {
			return err
		}
		s.changed(tx)
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: o.TenantID, OrgID: o.ID, Action: "site.create", SubjectKind: "site", SubjectID: site.ID, SubjectName: site.Name, After: site.view()})
	})
	if err != nil {
		return Site{}, err
	}
	return s.Site(ctx, site.ID)
}

// UpdateSite changes a site. version must be the current one (Conflict). A site
// keeps its parent: moving is a change of tree that a later verb makes.
func (s *Service) UpdateSite(ctx context.Context, id string, in SiteInput, version int64) (site Site, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if site, err = findSite(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.SiteWrite, site.Where()); err != nil {
			return err
		}
		if in.ParentID != nil && *in.ParentID != site.ParentID {
			return fault.New(fault.Invalid, "a site cannot be moved below another one yet")
		}
		was, before := site, site.view()
		if err := site.apply(in, s.db.Now()); err != nil {
			return err
		}
		site.UpdatedAt, site.Version = s.db.Now(), version+1
		if err := siblings(db.UpdateAt(ctx, tx, newSiteRow(site), version, "site"), site.Name); err != nil {
			return err
		}
		if err := saveSubnets(ctx, tx, site); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, was, site); err != nil {
			return err
		}
		s.changed(tx)
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: site.TenantID, OrgID: site.OrgID, Action: "site.update", SubjectKind: "site", SubjectID: site.ID, SubjectName: site.Name, Before: before, After: site.view()})
	})
	if err != nil {
		return Site{}, err
	}
	return s.Site(ctx, id)
}

// DeleteSite removes an empty site. The default site, one with devices and one
// with sites below are refused with the reason.
func (s *Service) DeleteSite(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		site, err := findSite(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.SiteWrite, site.Where()); err != nil {
			return err
		}
		if err := s.removable(ctx, tx, site); err != nil {
			return err
		}
		site.Subnets = nil
		if err := saveSubnets(ctx, tx, site); err != nil {
			return err
		}
		s.changed(tx)
		if err := deleteSite(ctx, tx, id, version); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, site, Site{}); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: site.TenantID, OrgID: site.OrgID, Action: "site.delete", SubjectKind: "site", SubjectID: site.ID, SubjectName: site.Name, Before: site.view()})
	})
}

func (s *Service) removable(ctx context.Context, tx *db.Tx, site Site) error {
	if site.IsDefault {
		return fault.New(fault.Conflict, "the default site cannot be deleted")
	}
	counts, err := deviceCounts(ctx, tx, site.OrgID)
	if err != nil {
		return err
	}
	if n := counts[site.ID]; n > 0 {
		return fault.New(fault.Conflict, "%d devices stand in %s; move them first", n, site.Name)
	}
	n, err := childCount(ctx, tx, site.ID)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "%d sites lie below %s; delete them first", n, site.Name)
	}
	return err
}

// place fills depth and path from the parent.
func (s *Service) place(ctx context.Context, tx *db.Tx, site *Site) error {
	site.Depth, site.Path = 1, []string{site.ID}
	if site.ParentID == "" {
		return nil
	}
	parent, err := findSite(ctx, tx, site.ParentID)
	if fault.Is(err, fault.NotFound) || err == nil && parent.OrgID != site.OrgID {
		return fault.InvalidFields("site is not valid", fault.Field{Path: "parent_id", Message: "there is no such site in this organization"})
	}
	if err != nil {
		return err
	}
	if parent.Depth >= limit.SiteDepth {
		return fault.InvalidFields("site is not valid", fault.Field{Path: "parent_id", Message: "sites go at most 7 levels deep"})
	}
	site.Depth, site.Path = parent.Depth+1, append(slices.Clone(parent.Path), site.ID)
	return nil
}

// apply checks the input and writes it onto the site.
func (site *Site) apply(in SiteInput, now time.Time) error {
	var wrong []fault.Field
	if in.Name != nil {
		wrong = append(wrong, checkName("name", *in.Name)...)
		if strings.EqualFold(strings.TrimSpace(*in.Name), DefaultSiteName) != site.IsDefault && !site.IsDefault && site.ParentID == "" {
			wrong = append(wrong, fault.Field{Path: "name", Message: "the name of the default site is taken"})
		}
		site.Name = strings.TrimSpace(*in.Name)
	}
	if in.Description != nil {
		wrong = append(wrong, checkDescription("description", *in.Description)...)
		site.Description = *in.Description
	}
	if in.Subnets != nil {
		wrong = append(wrong, checkSubnets(*in.Subnets)...)
		site.Subnets = *in.Subnets
	}
	if in.LegacyUntil != nil {
		if in.LegacyUntil.After(now.Add(maxLegacy)) {
			wrong = append(wrong, fault.Field{Path: "legacy_until", Message: "at most a year ahead"})
		}
		site.LegacyUntil = *in.LegacyUntil
	}
	return invalid("site", wrong)
}

func checkSubnets(nets []Subnet) []fault.Field {
	if len(nets) > limit.SiteSubnets {
		return []fault.Field{{Path: "subnets", Message: "too many subnets"}}
	}
	seen := map[netip.Prefix]bool{}
	for _, n := range nets {
		if !n.CIDR.IsValid() || seen[n.CIDR] {
			return []fault.Field{{Path: "subnets", Message: "each subnet must be a network such as 192.0.2.0/24, and stand once"}}
		}
		seen[n.CIDR] = true
	}
	return nil
}

// ParseSubnet reads a network; a bare address is its own network. It fails with
// Invalid.
func ParseSubnet(cidr string, legacy bool) (Subnet, error) {
	p, err := parsePrefix(cidr)
	return Subnet{CIDR: p, Legacy: legacy}, err
}

// Where says where the site lies, for access.
func (site Site) Where() access.Where {
	return access.Where{TenantID: site.TenantID, OrgID: site.OrgID, SitePath: site.Path}
}

func (site Site) view() view {
	nets := make([]string, len(site.Subnets))
	for i, n := range site.Subnets {
		nets[i] = n.CIDR.String()
		if n.Legacy {
			nets[i] += " (legacy)"
		}
	}
	return view{"name": site.Name, "description": site.Description, "parent_id": site.ParentID, "subnets": nets, "legacy_until": site.LegacyUntil}
}

func siblings(err error, name string) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "there is a site %q here already", name)
	}
	return err
}
