package secret

import (
	"context"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

type keyRow struct {
	bun.BaseModel `bun:"table:data_keys,alias:k"`

	ID        string `bun:",pk"`
	TenantID  string
	RootID    string
	Wrapped   string
	CreatedAt int64
	RetiredAt int64
}

type secretRow struct {
	bun.BaseModel `bun:"table:secrets,alias:s"`

	ID        string `bun:",pk"`
	Version   int    `bun:",pk"`
	TenantID  string
	OrgID     string
	OwnerKind string
	OwnerID   string
	KeyID     string
	Sealed    string
	CreatedAt int64
}

func (r secretRow) owner() Owner {
	return Owner{TenantID: r.TenantID, OrgID: r.OrgID, Kind: r.OwnerKind, ID: r.OwnerID}
}

// findSecret returns the version that ref names, or the newest.
func findSecret(ctx context.Context, q db.Q, ref Ref) (row secretRow, err error) {
	id, version, err := ref.parse()
	if err != nil {
		return row, err
	}
	sel := db.Scoped(q.NewSelect().Model(&row), scope.From(ctx), "s").Where("s.id = ?", id)
	if version > 0 {
		sel = sel.Where("s.version = ?", version)
	}
	err = db.One(ctx, sel.OrderExpr("s.version DESC").Limit(1), "secret")
	return row, err
}

func findOwned(ctx context.Context, q db.Q, o Owner) (row secretRow, err error) {
	sel := db.Scoped(q.NewSelect().Model(&row), scope.From(ctx), "s").
		Where("s.owner_kind = ? AND s.owner_id = ?", o.Kind, o.ID).
		Where("s.tenant_id = ? AND s.org_id = ?", o.TenantID, o.OrgID).
		OrderExpr("s.created_at DESC, s.id DESC, s.version DESC").Limit(1)
	err = db.One(ctx, sel, "secret")
	return row, err
}

func deleteSecret(ctx context.Context, tx *db.Tx, ref Ref) error {
	row, err := findSecret(ctx, tx, ref)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	del := tx.NewDelete().Model((*secretRow)(nil)).Where("id = ?", row.ID)
	if v := ref.Version(); v > 0 {
		del = del.Where("version = ?", v)
	}
	_, err = del.Exec(ctx)
	return err
}

// secretsNotUnder lists secrets of a tenant that another key than keyID holds.
func secretsNotUnder(ctx context.Context, q db.Q, tenant, keyID string, limit int64) (rows []secretRow, err error) {
	err = q.NewSelect().Model(&rows).Where("s.tenant_id = ? AND s.key_id <> ?", tenant, keyID).
		OrderExpr("s.id, s.version").Limit(limit).Scan(ctx)
	return rows, err
}

// moveSecret writes a secret that was sealed again, unless it changed meanwhile.
func moveSecret(ctx context.Context, tx *db.Tx, row secretRow, oldKey string) error {
	_, err := tx.NewUpdate().Model(&row).Column("key_id", "sealed").WherePK().Where("key_id = ?", oldKey).Exec(ctx)
	return err
}

func countUnderRetired(ctx context.Context, q db.Q, tenant string) (int64, error) {
	return q.NewSelect().Model((*secretRow)(nil)).Where("s.tenant_id = ?", tenant).
		Where("s.key_id IN (?)", q.NewSelect().Model((*keyRow)(nil)).Column("id").
			Where("k.tenant_id = ? AND k.retired_at > 0", tenant)).Count(ctx)
}

// findKey reads one data key. The caller checks that it is the tenant's.
func findKey(ctx context.Context, q db.Q, id string) (row keyRow, err error) {
	err = db.One(ctx, q.NewSelect().Model(&row).Where("k.id = ?", id), "data key")
	return row, err
}

func newestKey(ctx context.Context, q db.Q, tenant string) (row keyRow, err error) {
	err = db.One(ctx, q.NewSelect().Model(&row).
		Where("k.tenant_id = ? AND k.retired_at = 0 AND k.id <> ?", tenant, macKeyID).
		OrderExpr("k.created_at DESC, k.id DESC").Limit(1), "data key")
	return row, err
}

func rootsInUse(ctx context.Context, q db.Q) (ids []string, err error) {
	err = q.NewSelect().Model((*keyRow)(nil)).ColumnExpr("DISTINCT k.root_id").OrderExpr("k.root_id").Scan(ctx, &ids)
	return ids, err
}

func tenantsWithKeys(ctx context.Context, q db.Q) (ids []string, err error) {
	err = q.NewSelect().Model((*keyRow)(nil)).ColumnExpr("DISTINCT k.tenant_id").
		Where("k.id <> ?", macKeyID).OrderExpr("k.tenant_id").Scan(ctx, &ids)
	return ids, err
}

func retireKeys(ctx context.Context, tx *db.Tx, tenant, except string, at int64) error {
	_, err := tx.NewUpdate().Model((*keyRow)(nil)).Set("retired_at = ?", at).
		Where("tenant_id = ? AND id <> ? AND id <> ? AND retired_at = 0", tenant, except, macKeyID).Exec(ctx)
	return err
}

// dropRetired deletes data keys that were retired before then and hold nothing.
func dropRetired(ctx context.Context, tx *db.Tx, tenant string, then int64) error {
	_, err := tx.NewDelete().Model((*keyRow)(nil)).
		Where("tenant_id = ? AND retired_at > 0 AND retired_at < ?", tenant, then).
		Where("NOT EXISTS (?)", tx.NewSelect().Model((*secretRow)(nil)).ColumnExpr("1").Where("s.key_id = k.id")).Exec(ctx)
	return err
}

func keysNotWrappedBy(ctx context.Context, q db.Q, root string) (rows []keyRow, err error) {
	err = q.NewSelect().Model(&rows).Where("k.root_id <> ?", root).OrderExpr("k.id").Scan(ctx)
	return rows, err
}

func rewrapKey(ctx context.Context, tx *db.Tx, row keyRow) error {
	_, err := tx.NewUpdate().Model(&row).Column("root_id", "wrapped").WherePK().Exec(ctx)
	return err
}
