package identity

import (
	"context"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type tokenRow struct {
	bun.BaseModel `bun:"table:device_secrets,alias:s"`

	ID        string `bun:",pk"`
	TenantID  string
	OrgID     string
	DeviceID  string
	Kind      string
	Lookup    string
	SecretRef string
	State     string
	CreatedAt int64
	UsedAt    int64
	EndsAt    int64
}

func scoped(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	return db.Scoped(q.NewSelect().Model(model), scope.From(ctx), "s").Where("s.kind = ?", kindPath)
}

func findToken(ctx context.Context, q db.Q, lookup string) (row tokenRow, err error) {
	err = db.One(ctx, scoped(ctx, q, &row).Where("s.lookup = ?", lookup), "token")
	return row, err
}

func currentToken(ctx context.Context, q db.Q, deviceID string) (row tokenRow, err error) {
	err = db.One(ctx, scoped(ctx, q, &row).Where("s.device_id = ? AND s.state = ?", deviceID, string(current)).OrderExpr("s.id DESC").Limit(1), "path token")
	return row, err
}

func tokensOf(ctx context.Context, q db.Q, deviceID string) (rows []tokenRow, err error) {
	err = scoped(ctx, q, &rows).Where("s.device_id = ?", deviceID).OrderExpr("s.id").Scan(ctx)
	return rows, err
}

// supersede makes the current token a previous one that ends then.
func supersede(ctx context.Context, tx *db.Tx, deviceID string, then int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("state = ?", string(previous)).Set("ends_at = ?", then).
		Where("device_id = ? AND kind = ? AND state = ?", deviceID, kindPath, string(current))
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

// markUsed writes the first use of a token; later ones are touch's.
func markUsed(ctx context.Context, tx *db.Tx, id string, at int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = ?", at).Where("id = ? AND used_at = 0", id)
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

// endBefore ends a device's tokens that are older than id, and returns those
// that it ended as they were.
func endBefore(ctx context.Context, tx *db.Tx, deviceID, id string, at int64) (rows []tokenRow, err error) {
	err = scoped(ctx, tx, &rows).Where("s.device_id = ? AND s.id < ? AND s.state <> ?", deviceID, id, string(old)).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("state = ?", string(old)).Set("ends_at = ?", at).Set("secret_ref = ''").
		Where("device_id = ? AND kind = ? AND id < ? AND state <> ?", deviceID, kindPath, id, string(old))
	_, err = db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return rows, err
}

func touch(ctx context.Context, tx *db.Tx, id string, at int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = ?", at).Where("id = ? AND used_at < ?", id, at)
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

func deleteTokens(ctx context.Context, tx *db.Tx, deviceID string) error {
	del := tx.NewDelete().Model((*tokenRow)(nil)).Where("device_id = ?", deviceID)
	_, err := db.ScopedDelete(del, scope.From(ctx), "s").Exec(ctx)
	return err
}
