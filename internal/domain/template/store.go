package template

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

type sourceRow struct {
	bun.BaseModel `bun:"table:sources,alias:c"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Kind          string `bun:"kind"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Description   string `bun:"description"`
	Vendor        string `bun:"vendor"`
	Model         string `bun:"model"`
	SiteID        string `bun:"site_id"`
	DeviceID      string `bun:"device_id"`
	GroupID       string `bun:"group_id"`
	Auto          string `bun:"auto"`
	AutoSites     string `bun:"auto_sites"`
	Server        string `bun:"server"`
	Include       int    `bun:"include"`
	Follow        int    `bun:"follow"`
	Draft         string `bun:"draft"`
	Latest        int    `bun:"latest"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
	Devices       int    `bun:"devices,scanonly"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newSourceRow(s Source) (*sourceRow, error) {
	draft, err := encode(s.Draft)
	if err != nil {
		return nil, err
	}
	sites, err := json.Marshal(append([]string{}, s.AutoSites...))
	if err != nil {
		return nil, err
	}
	return &sourceRow{ID: s.ID, TenantID: s.TenantID, OrgID: s.OrgID, Kind: string(s.Kind), Name: s.Name, NameKey: strings.ToLower(s.Name), Description: s.Description,
		Vendor: s.Vendor, Model: s.Model, SiteID: s.SiteID, GroupID: s.GroupID, DeviceID: s.DeviceID, Auto: string(s.Auto), AutoSites: string(sites), Server: s.Server, Include: flag(s.Include), Follow: flag(s.Follow), Draft: draft, Latest: s.Latest,
		CreatedAt: clock.Millis(s.CreatedAt), UpdatedAt: clock.Millis(s.UpdatedAt), Version: s.Version}, nil
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

func (r sourceRow) source() (Source, error) {
	s := Source{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Kind: Kind(r.Kind), Name: r.Name, Description: r.Description, Vendor: r.Vendor, Model: r.Model,
		SiteID: r.SiteID, GroupID: r.GroupID, DeviceID: r.DeviceID, Auto: Auto(r.Auto), Server: r.Server, Include: r.Include == 1, Follow: r.Follow == 1, Latest: r.Latest, Devices: r.Devices,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
	if err := json.Unmarshal([]byte(r.AutoSites), &s.AutoSites); err != nil {
		return s, fmt.Errorf("read the sites of a template: %w", err)
	}
	var err error
	s.Draft, err = decode(r.Draft)
	return s, err
}

func encode(items []Item) (string, error) {
	if items == nil {
		items = []Item{}
	}
	b, err := json.Marshal(items)
	return string(b), err
}

func decode(text string) (items []Item, err error) {
	if err := json.Unmarshal([]byte(text), &items); err != nil {
		return nil, fmt.Errorf("read the values of a source: %w", err)
	}
	return items, nil
}

func selectSources(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := q.NewSelect().Model(model).ColumnExpr("c.*").ColumnExpr("(SELECT count(*) FROM bindings AS b WHERE b.source_id = c.id) AS devices")
	return db.Scoped(sel, scope.From(ctx), "c")
}

func findSource(ctx context.Context, q db.Q, where string, args ...any) (Source, error) {
	var r sourceRow
	if err := db.One(ctx, selectSources(ctx, q, &r).Where(where, args...), "template"); err != nil {
		return Source{}, err
	}
	return r.source()
}

func listSources(ctx context.Context, q db.Q, f Filter) (out db.Slice[Source], err error) {
	var rows []sourceRow
	sel := selectSources(ctx, q, &rows).Where("c.org_id = ?", f.OrgID)
	switch {
	case f.Kind == ConfigFile:
		sel = device.InSites(ctx, q, sel.Where("c.kind = ? AND c.draft <> '[]'", string(f.Kind)), "c.device_id")
	case f.Kind != "":
		sel = sel.Where("c.kind = ?", string(f.Kind))
	default:
		sel = sel.Where("c.kind NOT IN (?)", bun.List([]string{string(Override), string(ConfigFile)}))
	}
	if f.Q != "" {
		sel = sel.Where(`c.name_key LIKE ? ESCAPE '\'`, "%"+db.Prefix(strings.ToLower(f.Q)))
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"name": {Expr: "c.name_key"}, "kind": {Expr: "c.kind"}, "updated_at": {Expr: "c.updated_at", Number: true}}, "name", "c.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		s, err := r.source()
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, s)
	}
	return out, nil
}

// scoped lists the sources of an organization that have a version and an
// automatic scope.
func scoped(ctx context.Context, q db.Q, orgID string) (out []Source, err error) {
	var rows []sourceRow
	if err := selectSources(ctx, q, &rows).Where("c.org_id = ? AND c.latest > 0 AND c.kind IN ('model', 'site', 'group')", orgID).Order("c.id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		s, err := r.source()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func deleteSource(ctx context.Context, tx *db.Tx, id string, version int64) error {
	if _, err := tx.NewDelete().Table("source_versions").Where("source_id = ?", id).Exec(ctx); err != nil {
		return err
	}
	res, err := tx.NewDelete().Model((*sourceRow)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "template")
}

// sourcesWith lists the sources whose draft holds a text, for where-used.
func sourcesWith(ctx context.Context, q db.Q, orgID, text string) (out []Source, err error) {
	var rows []sourceRow
	pattern := "%" + db.Prefix(text)
	sel := selectSources(ctx, q, &rows).Where(`c.org_id = ? AND c.draft LIKE ? ESCAPE '\'`, orgID, pattern).Order("c.kind", "c.name_key").Limit(limit.ListMax)
	if scope.From(ctx).Sites != nil {
		sel = sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
			own := device.InSites(ctx, q, q.NewSelect().TableExpr("devices AS v").Column("v.id"), "v.id")
			return g.Where("c.device_id = ''").WhereOr("c.device_id IN (?)", own)
		})
	}
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		s, err := r.source()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// boundDevices lists the devices that a source is bound to.
func boundDevices(ctx context.Context, q db.Q, sourceID string) (ids []string, err error) {
	sel := q.NewSelect().TableExpr("bindings AS b").Column("b.device_id").Where("b.source_id = ?", sourceID).Order("b.device_id")
	err = db.Scoped(sel, scope.From(ctx), "b").Scan(ctx, &ids)
	return ids, err
}

// DropDevice takes a device's overrides and config file away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	if _, err := tx.NewDelete().Table("source_versions").Where("source_id IN (SELECT id FROM sources WHERE device_id = ?)", deviceID).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewDelete().Model((*sourceRow)(nil)).Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

type versionRow struct {
	bun.BaseModel `bun:"table:source_versions,alias:n"`
	SourceID      string `bun:"source_id,pk"`
	Number        int    `bun:"number,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Items         string `bun:"items"`
	Note          string `bun:"note"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
	Include       int    `bun:"include"`
	Original      string `bun:"original"`
	Size          int64  `bun:"size"`
}

func insertVersion(ctx context.Context, tx *db.Tx, s Source, v Version) error {
	items, err := encode(v.Items)
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, &versionRow{SourceID: v.SourceID, Number: v.Number, TenantID: s.TenantID, OrgID: s.OrgID, Items: items, Note: v.Note, Author: v.Author, At: clock.Millis(v.At), Include: flag(v.Include), Original: v.Original, Size: v.Size})
}

func (r versionRow) version() (Version, error) {
	items, err := decode(r.Items)
	return Version{SourceID: r.SourceID, Number: r.Number, Items: items, Note: r.Note, Author: r.Author, At: clock.FromMillis(r.At), Include: r.Include == 1, Original: r.Original, Size: r.Size}, err
}

func listVersions(ctx context.Context, q db.Q, sourceID string) (out []Version, err error) {
	var rows []versionRow
	sel := db.Scoped(q.NewSelect().Model(&rows).Where("n.source_id = ?", sourceID).Order("n.number DESC"), scope.From(ctx), "n")
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		v, err := r.version()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func findVersion(ctx context.Context, q db.Q, sourceID string, number int) (Version, error) {
	var r versionRow
	sel := db.Scoped(q.NewSelect().Model(&r).Where("n.source_id = ? AND n.number = ?", sourceID, number), scope.From(ctx), "n")
	if err := db.One(ctx, sel, "version of the template"); err != nil {
		return Version{}, err
	}
	return r.version()
}
