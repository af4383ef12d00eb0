package placeholder

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
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

func find(ctx context.Context, q db.Q, id string) (Placeholder, error) {
	var r row
	sel := db.Scoped(q.NewSelect().Model(&r).Where("h.id = ?", id), scope.From(ctx), "h")
	if err := db.One(ctx, sel, "placeholder"); err != nil {
		return Placeholder{}, err
	}
	return r.placeholder(), nil
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Placeholder], err error) {
	var rows []row
	sel := db.Scoped(q.NewSelect().Model(&rows).ColumnExpr("h.*").Where("h.org_id = ?", f.OrgID), scope.From(ctx), "h")
	if f.Level != "" {
		sel = sel.Where("h.level = ?", string(f.Level))
	}
	if f.ScopeKey != "" {
		sel = sel.Where("h.scope_key = ?", f.ScopeKey)
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
