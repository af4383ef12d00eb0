package placeholder

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:placeholders,alias:h"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Level         string `bun:"level"`
	ScopeKey      string `bun:"scope_key"`
	Name          string `bun:"name"`
	Value         string `bun:"value"`
	Description   string `bun:"description"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newRow(p Placeholder) *row {
	return &row{ID: p.ID, TenantID: p.TenantID, OrgID: p.OrgID, Level: string(p.Level), ScopeKey: p.ScopeKey, Name: p.Name, Value: p.Value, Description: p.Description,
		CreatedAt: clock.Millis(p.CreatedAt), UpdatedAt: clock.Millis(p.UpdatedAt), Version: p.Version}
}

func (r row) placeholder() Placeholder {
	return Placeholder{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Level: Level(r.Level), ScopeKey: r.ScopeKey, Name: r.Name, Value: r.Value, Description: r.Description,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
}

// visible narrows to the placeholders of sites and devices that lie in the sites
// of the context's scope.
func visible(ctx context.Context, q db.Q, sel *bun.SelectQuery) *bun.SelectQuery {
	s := scope.From(ctx)
	sel = db.Scoped(sel, s, "h")
	if s.Sites == nil {
		return sel
	}
	devices := device.InSites(ctx, q, q.NewSelect().TableExpr("devices AS v").Column("v.id"), "v.id")
	return sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
		g = g.Where("h.level NOT IN (?)", bun.List([]string{string(Site), string(Device)})).
			WhereOr("h.level = ? AND h.scope_key IN (?)", string(Device), devices)
		for _, id := range s.Sites {
			g = g.WhereOr("h.level = ? AND h.scope_key IN (SELECT p.id FROM sites AS p WHERE p.id = ? OR p.path LIKE ?)", string(Site), id, "%"+id+"/%")
		}
		return g
	})
}

func find(ctx context.Context, q db.Q, id string) (Placeholder, error) {
	var r row
	sel := visible(ctx, q, q.NewSelect().Model(&r).Where("h.id = ?", id))
	if err := db.One(ctx, sel, "placeholder"); err != nil {
		return Placeholder{}, err
	}
	return r.placeholder(), nil
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Placeholder], err error) {
	var rows []row
	sel := visible(ctx, q, q.NewSelect().Model(&rows).ColumnExpr("h.*").Where("h.org_id = ?", f.OrgID))
	if f.Level != "" {
		sel = sel.Where("h.level = ?", string(f.Level))
	}
	if f.ScopeKeys != nil {
		sel = sel.Where("h.scope_key IN (?)", bun.List(append([]string{"-"}, f.ScopeKeys...)))
	}
	if f.Q != "" {
		sel = sel.Where(`lower(h.name) LIKE ? ESCAPE '\'`, "%"+db.Prefix(strings.ToLower(f.Q)))
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"name": {Expr: "h.name"}, "level": {Expr: "h.level"}}, "name", "h.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.placeholder())
	}
	return out, nil
}

// holding lists the placeholders whose values hold a text.
func holding(ctx context.Context, q db.Q, orgID, text string) (out []Placeholder, err error) {
	var rows []row
	sel := visible(ctx, q, q.NewSelect().Model(&rows).Where(`h.org_id = ? AND h.value LIKE ? ESCAPE '\'`, orgID, "%"+db.Prefix(text)))
	if err := sel.Order("h.name", "h.id").Limit(limit.ListMax).Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out = append(out, r.placeholder())
	}
	return out, nil
}

// all reads every placeholder of an organization, for resolving.
func all(ctx context.Context, q db.Q, orgID string) ([]Placeholder, error) {
	var rows []row
	if err := db.Scoped(q.NewSelect().Model(&rows).Where("h.org_id = ?", orgID).Order("h.id"), scope.From(ctx), "h").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Placeholder, len(rows))
	for i, r := range rows {
		out[i] = r.placeholder()
	}
	return out, nil
}

func remove(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.NewDelete().Model((*row)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "placeholder")
}

// DropDevice takes a device's own placeholders away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("level = ? AND scope_key = ?", string(Device), deviceID).Exec(ctx)
	return err
}
