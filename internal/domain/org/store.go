package org

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

type tenantRow struct {
	bun.BaseModel `bun:"table:tenants"`
	ID            string `bun:"id,pk"`
	Slug          string `bun:"slug"`
	Name          string `bun:"name"`
	Kind          string `bun:"kind"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
}

func (r tenantRow) tenant() Tenant {
	return Tenant{ID: r.ID, Slug: r.Slug, Name: r.Name, Kind: TenantKind(r.Kind), Version: r.Version,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt)}
}

func newTenantRow(t Tenant) *tenantRow {
	return &tenantRow{ID: t.ID, Slug: t.Slug, Name: t.Name, Kind: string(t.Kind), Version: t.Version,
		CreatedAt: clock.Millis(t.CreatedAt), UpdatedAt: clock.Millis(t.UpdatedAt)}
}

type orgRow struct {
	bun.BaseModel `bun:"table:orgs"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	Slug          string `bun:"slug"`
	Name          string `bun:"name"`
	Description   string `bun:"description"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
}

func (r orgRow) org() Org {
	return Org{ID: r.ID, TenantID: r.TenantID, Slug: r.Slug, Name: r.Name, Description: r.Description, Version: r.Version,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt)}
}

func newOrgRow(o Org) *orgRow {
	return &orgRow{ID: o.ID, TenantID: o.TenantID, Slug: o.Slug, Name: o.Name, Description: o.Description, Version: o.Version,
		CreatedAt: clock.Millis(o.CreatedAt), UpdatedAt: clock.Millis(o.UpdatedAt)}
}

type siteRow struct {
	bun.BaseModel `bun:"table:sites"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	ParentID      string `bun:"parent_id"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Description   string `bun:"description"`
	Depth         int    `bun:"depth"`
	Path          string `bun:"path"`
	IsDefault     int    `bun:"is_default"`
	LegacyUntil   int64  `bun:"legacy_until"`
	TrustedUntil  int64  `bun:"trusted_until"`
	TrustedNets   string `bun:"trusted_nets"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
}

func (r siteRow) site() Site {
	return Site{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, ParentID: r.ParentID, Name: r.Name, Description: r.Description,
		Depth: r.Depth, Path: strings.Split(r.Path, "/"), IsDefault: r.IsDefault == 1, LegacyUntil: clock.FromMillis(r.LegacyUntil),
		TrustedUntil: clock.FromMillis(r.TrustedUntil), TrustedNets: networks(r.TrustedNets),
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
}

func newSiteRow(s Site) *siteRow {
	r := &siteRow{ID: s.ID, TenantID: s.TenantID, OrgID: s.OrgID, ParentID: s.ParentID, Name: s.Name, NameKey: strings.ToLower(s.Name),
		Description: s.Description, Depth: s.Depth, Path: strings.Join(s.Path, "/"), LegacyUntil: clock.Millis(s.LegacyUntil),
		TrustedUntil: clock.Millis(s.TrustedUntil), TrustedNets: strings.Join(texts(s.TrustedNets), " "),
		CreatedAt: clock.Millis(s.CreatedAt), UpdatedAt: clock.Millis(s.UpdatedAt), Version: s.Version}
	if s.IsDefault {
		r.IsDefault = 1
	}
	return r
}

func texts(nets []netip.Prefix) (out []string) {
	for _, n := range nets {
		out = append(out, n.String())
	}
	return out
}

// networks reads what texts wrote.
func networks(s string) (out []netip.Prefix) {
	for _, f := range strings.Fields(s) {
		if p, err := netip.ParsePrefix(f); err == nil {
			out = append(out, p)
		}
	}
	return out
}

type subnetRow struct {
	bun.BaseModel `bun:"table:site_subnets"`
	SiteID        string `bun:"site_id,pk"`
	CIDR          string `bun:"cidr,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Legacy        int    `bun:"legacy"`
}

func listTenants(ctx context.Context, q db.Q) ([]Tenant, error) {
	var rows []tenantRow
	sel := q.NewSelect().Model(&rows).Order("slug")
	if s := scope.From(ctx); !s.Platform {
		sel = sel.Where("id = ?", s.Tenant)
	}
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Tenant, len(rows))
	for i, r := range rows {
		out[i] = r.tenant()
	}
	return out, nil
}

func findTenant(ctx context.Context, q db.Q, idOrSlug string) (Tenant, error) {
	var r tenantRow
	sel := q.NewSelect().Model(&r).Where("(id = ? OR slug = ?)", idOrSlug, idOrSlug)
	if s := scope.From(ctx); !s.Platform {
		sel = sel.Where("id = ?", s.Tenant)
	}
	if err := db.One(ctx, sel, "tenant"); err != nil {
		return Tenant{}, err
	}
	return r.tenant(), nil
}

func listOrgs(ctx context.Context, q db.Q, tenantID string) ([]Org, error) {
	var rows []orgRow
	sel := visibleOrgs(ctx, q.NewSelect().Model(&rows)).Order("slug")
	if tenantID != "" {
		sel = sel.Where("tenant_id = ?", tenantID)
	}
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Org, len(rows))
	for i, r := range rows {
		out[i] = r.org()
	}
	return out, nil
}

func findOrg(ctx context.Context, q db.Q, idOrSlug string) (Org, error) {
	var r orgRow
	sel := visibleOrgs(ctx, q.NewSelect().Model(&r)).Where("(id = ? OR slug = ?)", idOrSlug, idOrSlug)
	if err := db.One(ctx, sel, "organization"); err != nil {
		return Org{}, err
	}
	return r.org(), nil
}

func slugTaken(ctx context.Context, q db.Q, table, slug string) (bool, error) {
	return q.NewSelect().Table(table).ColumnExpr("1").Where("slug = ?", slug).Exists(ctx)
}

// visibleOrgs narrows a query on orgs to those in the scope.
func visibleOrgs(ctx context.Context, sel *bun.SelectQuery) *bun.SelectQuery {
	s := scope.From(ctx)
	if s.Platform {
		return sel
	}
	sel = sel.Where("tenant_id = ?", s.Tenant)
	if !s.AllOrgs {
		sel = sel.Where("id IN (?)", bun.List(append([]string{""}, s.Orgs...)))
	}
	return sel
}

func findSite(ctx context.Context, q db.Q, id string) (Site, error) {
	var r siteRow
	sel := db.Scoped(q.NewSelect().Model(&r), scope.From(ctx), "site_row").Where("id = ?", id)
	err := db.One(ctx, sel, "site")
	if err == nil && !inScope(scope.From(ctx), r.site()) {
		err = fault.New(fault.NotFound, "site not found")
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Site{}, err
	}
	// Where there is no such site its subnets are looked for all the same: the doors
	// ask for strangers too, whom the time is not to tell from known devices.
	all, failed := fillSites(ctx, q, []Site{r.site()})
	if failed = cmp.Or(err, failed); failed != nil {
		return Site{}, failed
	}
	return all[0], nil
}

func listSites(ctx context.Context, q db.Q, orgID string) ([]Site, error) {
	var rows []siteRow
	sel := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "site_row").Where("org_id = ?", orgID).Order("path")
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	all := make([]Site, len(rows))
	above := map[string]bool{} // what lies above the scope's sites: the tree needs its names
	for i, r := range rows {
		all[i] = r.site()
		for _, id := range all[i].Path {
			above[id] = above[id] || slices.Contains(scope.From(ctx).Sites, r.ID)
		}
	}
	out := slices.DeleteFunc(all, func(s Site) bool { return !inScope(scope.From(ctx), s) && !above[s.ID] })
	return fillSites(ctx, q, out)
}

// inScope reports whether a site is one of the scope's sites or lies below one.
func inScope(s scope.Scope, site Site) bool {
	return s.Sites == nil || slices.ContainsFunc(site.Path, func(id string) bool { return slices.Contains(s.Sites, id) })
}

// defaultSite returns the organization's undeletable site.
func defaultSite(ctx context.Context, q db.Q, orgID string) (Site, error) {
	var r siteRow
	sel := db.Scoped(q.NewSelect().Model(&r), scope.From(ctx), "site_row").Where("org_id = ? AND is_default = 1", orgID)
	if err := db.One(ctx, sel, "default site"); err != nil {
		return Site{}, err
	}
	return findSite(ctx, q, r.ID)
}

// fillSites adds names of the ancestors and subnets.
func fillSites(ctx context.Context, q db.Q, sites []Site) ([]Site, error) {
	if len(sites) == 0 {
		return sites, nil
	}
	var ids, ancestors []string
	for _, s := range sites {
		ids = append(ids, s.ID)
		ancestors = append(ancestors, s.Path...)
	}
	names, err := siteNames(ctx, q, ancestors)
	if err != nil {
		return nil, err
	}
	nets, err := siteSubnets(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	for i, s := range sites {
		for _, id := range s.Path {
			sites[i].Names = append(sites[i].Names, names[id])
		}
		sites[i].Subnets = nets[s.ID]
	}
	return sites, nil
}

func siteNames(ctx context.Context, q db.Q, ids []string) (map[string]string, error) {
	var rows []struct{ ID, Name string }
	err := q.NewSelect().Table("sites").Column("id", "name").Where("id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Name
	}
	return out, err
}

func siteSubnets(ctx context.Context, q db.Q, ids []string) (map[string][]Subnet, error) {
	var rows []subnetRow
	if err := q.NewSelect().Model(&rows).Where("site_id IN (?)", bun.List(ids)).Order("site_id", "cidr").Scan(ctx); err != nil {
		return nil, err
	}
	out := map[string][]Subnet{}
	for _, r := range rows {
		p, err := netip.ParsePrefix(r.CIDR)
		if err != nil {
			return nil, err
		}
		out[r.SiteID] = append(out[r.SiteID], Subnet{CIDR: p, Legacy: r.Legacy == 1})
	}
	return out, nil
}

type netRow struct {
	SiteID      string `bun:"site_id"`
	CIDR        string `bun:"cidr"`
	Legacy      int    `bun:"legacy"`
	LegacyUntil int64  `bun:"legacy_until"`

	TrustedUntil int64  `bun:"trusted_until"`
	TrustedNets  string `bun:"trusted_nets"`
}

// everyNet are the subnets of all sites with the end of their site's legacy flag,
// and what of them is trusted.
func everyNet(ctx context.Context, q db.Q) (rows []netRow, err error) {
	err = q.NewSelect().TableExpr("site_subnets AS n").ColumnExpr("n.site_id, n.cidr, n.legacy, p.legacy_until, p.trusted_until, p.trusted_nets").Join("JOIN sites AS p ON p.id = n.site_id").Scan(ctx, &rows)
	return rows, err
}

func saveSubnets(ctx context.Context, tx *db.Tx, s Site) error {
	if _, err := tx.NewDelete().Model((*subnetRow)(nil)).Where("site_id = ?", s.ID).Exec(ctx); err != nil {
		return err
	}
	if len(s.Subnets) == 0 {
		return nil
	}
	rows := make([]subnetRow, len(s.Subnets))
	for i, n := range s.Subnets {
		rows[i] = subnetRow{SiteID: s.ID, TenantID: s.TenantID, OrgID: s.OrgID, CIDR: n.CIDR.String()}
		if n.Legacy {
			rows[i].Legacy = 1
		}
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// deviceCounts returns how many devices stand in each site of an organization.
func deviceCounts(ctx context.Context, q db.Q, orgID string) (map[string]int, error) {
	var rows []struct {
		SiteID string
		N      int
	}
	err := q.NewSelect().Table("devices").ColumnExpr("site_id, count(*) AS n").Where("org_id = ?", orgID).Group("site_id").Scan(ctx, &rows)
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.SiteID] = r.N
	}
	return out, err
}

func childCount(ctx context.Context, q db.Q, siteID string) (int, error) {
	return db.Count(ctx, q.NewSelect().Table("sites").Where("parent_id = ?", siteID))
}

func deleteSite(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.NewDelete().Model((*siteRow)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "site")
}

// parsePrefix reads a CIDR, or a bare address as its own /32 or /128.
func parsePrefix(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(strings.TrimSpace(s)); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return netip.Prefix{}, fault.New(fault.Invalid, "%q is not a network: something like 192.0.2.0/24 is wanted", s)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// subnetsAnywhere lists the networks of all sites.
func subnetsAnywhere(ctx context.Context, q db.Q) (list []string, err error) {
	err = q.NewSelect().Model((*subnetRow)(nil)).Distinct().Column("cidr").Scan(ctx, &list)
	return list, err
}

// watchedSites lists the sites that have a legacy flag or trust their network, or did.
func watchedSites(ctx context.Context, q db.Q) ([]Site, error) {
	var rows []siteRow
	sel := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "site_row").Where("legacy_until > 0 OR trusted_until > 0").Order("id")
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Site, len(rows))
	for i, r := range rows {
		out[i] = r.site()
	}
	return fillSites(ctx, q, out)
}
