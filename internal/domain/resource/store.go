package resource

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/blob"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:resources,alias:f"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Kind          string `bun:"kind"`
	Name          string `bun:"name"`
	Description   string `bun:"description"`
	Vendor        string `bun:"vendor"`
	Models        string `bun:"models"`
	FileVersion   string `bun:"file_version"`
	Names         string `bun:"names"`
	Hash          string `bun:"hash"`
	Size          int64  `bun:"size"`
	Served        int    `bun:"served"`
	Anyone        int    `bun:"anyone"`
	Author        string `bun:"author"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
	SortValue     string `bun:"sort_value,scanonly"`
}

type nameRow struct {
	bun.BaseModel `bun:"table:resource_names,alias:k"`
	ResourceID    string `bun:"resource_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Name          string `bun:"name,pk"`
}

type anyoneRow struct {
	bun.BaseModel `bun:"table:anyone_names,alias:a"`
	Name          string `bun:"name,pk"`
	ResourceID    string `bun:"resource_id"`
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func newRow(r Resource) (*row, error) {
	models, err := json.Marshal(append([]string{}, r.Models...))
	if err != nil {
		return nil, err
	}
	names, err := json.Marshal(append([]string{}, r.Names...))
	return &row{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Kind: string(r.Kind), Name: r.Name, Description: r.Description, Vendor: r.Vendor, Models: string(models),
		FileVersion: r.FileVersion, Names: string(names), Hash: string(r.Hash), Size: r.Size, Served: flag(r.Served), Anyone: flag(r.Anyone), Author: r.Author,
		CreatedAt: clock.Millis(r.CreatedAt), UpdatedAt: clock.Millis(r.UpdatedAt), Version: r.Version}, err
}

func (r row) resource() (Resource, error) {
	out := Resource{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Kind: Kind(r.Kind), Name: r.Name, Description: r.Description, Vendor: r.Vendor, FileVersion: r.FileVersion,
		Hash: blob.Hash(r.Hash), Size: r.Size, Served: r.Served == 1, Anyone: r.Anyone == 1, Author: r.Author,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
	if err := json.Unmarshal([]byte(r.Models), &out.Models); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(r.Names), &out.Names)
}

func resources(rows []row) ([]Resource, error) {
	out := make([]Resource, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.resource(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func find(ctx context.Context, q db.Q, id string) (Resource, error) {
	var r row
	if err := db.One(ctx, db.Scoped(q.NewSelect().Model(&r).Where("f.id = ?", id), scope.From(ctx), "f"), "file"); err != nil {
		return Resource{}, err
	}
	return r.resource()
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Resource], err error) {
	var rows []row
	kinds := make([]string, len(f.Kinds))
	for i, k := range f.Kinds {
		kinds[i] = string(k)
	}
	sel := db.Scoped(q.NewSelect().Model(&rows).ColumnExpr("f.*").Where("f.org_id = ? AND f.kind IN (?)", f.OrgID, bun.List(kinds)), scope.From(ctx), "f")
	if f.Vendor != "" {
		sel = sel.Where("f.vendor = ?", f.Vendor)
	}
	if f.Q != "" {
		like := "%" + db.Prefix(strings.ToLower(f.Q))
		sel = sel.Where(`(lower(f.name) LIKE ? ESCAPE '\' OR lower(f.names) LIKE ? ESCAPE '\' OR lower(f.description) LIKE ? ESCAPE '\')`, like, like, like)
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"name": {Expr: "f.name"}, "kind": {Expr: "f.kind"}, "created_at": {Expr: "f.created_at", Number: true}, "size": {Expr: "f.size", Number: true}}, "-created_at", "f.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	out.Items, err = resources(rows[:n])
	return out, err
}

func count(ctx context.Context, q db.Q, orgID string) (int, error) {
	n, err := q.NewSelect().Model((*row)(nil)).Where("f.org_id = ?", orgID).Count(ctx)
	return int(n), err
}

// byName lists an organization's served files of a name, newest first.
func byName(ctx context.Context, q db.Q, orgID, name string, images bool) ([]Resource, error) {
	var rows []row
	sel := q.NewSelect().Model(&rows).Where("f.org_id = ? AND f.served = 1", orgID).
		Where("f.id IN (SELECT k.resource_id FROM resource_names AS k WHERE k.name = ? AND k.org_id = ?)", name, orgID)
	if images {
		sel = sel.Where("f.kind = ?", string(Firmware))
	} else {
		sel = sel.Where("f.kind <> ?", string(Firmware))
	}
	if err := db.Scoped(sel, scope.From(ctx), "f").Order("f.created_at DESC", "f.id DESC").Limit(limit.ListMax).Scan(ctx); err != nil {
		return nil, err
	}
	return resources(rows)
}

// forAnyone finds the image that is for anyone under a name. The scope is the
// platform's.
func forAnyone(ctx context.Context, q db.Q, name string) (Resource, error) {
	var r row
	sel := q.NewSelect().Model(&r).Where("f.served = 1 AND f.id = (SELECT a.resource_id FROM anyone_names AS a WHERE a.name = ?)", name)
	if err := db.One(ctx, db.Scoped(sel, scope.From(ctx), "f"), "image"); err != nil {
		return Resource{}, err
	}
	return r.resource()
}

// nameIt replaces the names that a file is found by.
func nameIt(ctx context.Context, tx *db.Tx, r Resource) error {
	if err := unname(ctx, tx, r.ID); err != nil {
		return err
	}
	if len(r.Names) == 0 {
		return nil
	}
	names, all := make([]nameRow, len(r.Names)), make([]anyoneRow, len(r.Names))
	for i, n := range r.Names {
		names[i] = nameRow{ResourceID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Name: n}
		all[i] = anyoneRow{Name: n, ResourceID: r.ID}
	}
	if err := db.Insert(ctx, tx, &names); err != nil || !r.Anyone {
		return err
	}
	return db.Insert(ctx, tx, &all)
}

func unname(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := tx.NewDelete().Model((*anyoneRow)(nil)).Where("resource_id = ?", id).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewDelete().Model((*nameRow)(nil)).Where("resource_id = ?", id).Exec(ctx)
	return err
}

func remove(ctx context.Context, tx *db.Tx, id string, version int64) error {
	if err := unname(ctx, tx, id); err != nil {
		return err
	}
	res, err := tx.NewDelete().Model((*row)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "file")
}

// use counts a blob's users up or down and returns how many there are now. The
// row stays locked until the transaction ends.
func use(ctx context.Context, tx *db.Tx, h blob.Hash, by int) (uses int, err error) {
	_, err = tx.NewRaw(`INSERT INTO blob_uses (hash, uses) VALUES (?, ?) ON CONFLICT (hash) DO UPDATE SET uses = blob_uses.uses + ?`, string(h), by, by).Exec(ctx)
	if err != nil {
		return 0, err
	}
	err = tx.NewRaw(`SELECT uses FROM blob_uses WHERE hash = ?`, string(h)).Scan(ctx, &uses)
	if err == nil && uses <= 0 {
		_, err = tx.NewRaw(`DELETE FROM blob_uses WHERE hash = ?`, string(h)).Exec(ctx)
	}
	return uses, err
}
