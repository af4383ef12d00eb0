package pki

import (
	"context"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
)

type rootRow struct {
	bun.BaseModel `bun:"table:pki_roots,alias:r"`

	ID        string `bun:",pk"`
	Kind      string
	Cert      string
	KeySecret string
	State     string
	CreatedAt int64
	ExpiresAt int64
}

// insertRoot fails with fault.Conflict where a root of the kind has that state already: a
// unique index holds that rule for every node.
func insertRoot(ctx context.Context, tx *db.Tx, row rootRow) error {
	return db.Insert(ctx, tx, &row)
}

// liveRoots returns the roots in use: "active" sorts before "next", "ecdsa" before
// "rsa".
func liveRoots(ctx context.Context, q db.Q) (rows []rootRow, err error) {
	err = q.NewSelect().Model(&rows).Where("r.state IN (?, ?)", string(active), string(next)).OrderExpr("r.state, r.kind").Scan(ctx)
	return rows, err
}

func moveState(ctx context.Context, tx *db.Tx, from, to state) (int64, error) {
	res, err := tx.NewUpdate().Model((*rootRow)(nil)).Set("state = ?", string(to)).Where("state = ?", string(from)).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
