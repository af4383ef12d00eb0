package idem

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

type row struct {
	bun.BaseModel `bun:"table:idempotency"`
	Owner         string `bun:"owner,pk"`
	Key           string `bun:"idem_key,pk"`
	BodyHash      string `bun:"body_hash"`
	Status        int    `bun:"status"`
	Response      string `bun:"response"`
	CreatedAt     int64  `bun:"created_at"`
}

func (r row) answer() (a Answer, err error) {
	if err := json.Unmarshal([]byte(r.Response), &a); err != nil {
		return a, fmt.Errorf("read a remembered answer: %w", err)
	}
	return a, nil
}

func find(ctx context.Context, q db.Q, owner, key string) (r row, found bool, err error) {
	err = db.One(ctx, q.NewSelect().Model(&r).Where("owner = ? AND idem_key = ?", owner, key), "key")
	if fault.Is(err, fault.NotFound) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

func put(ctx context.Context, tx *db.Tx, owner, key, hash string, at int64) error {
	_, err := tx.NewInsert().Model(&row{Owner: owner, Key: key, BodyHash: hash, CreatedAt: at}).
		On("CONFLICT (owner, idem_key) DO UPDATE").Set("body_hash = EXCLUDED.body_hash, status = 0, response = '', created_at = EXCLUDED.created_at").Exec(ctx)
	return err
}

func end(ctx context.Context, tx *db.Tx, owner, key string, a Answer) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model((*row)(nil)).Set("status = ?, response = ?", a.Status, string(b)).Where("owner = ? AND idem_key = ?", owner, key).Exec(ctx)
	return err
}

func drop(ctx context.Context, tx *db.Tx, owner, key string) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("owner = ? AND idem_key = ?", owner, key).Exec(ctx)
	return err
}

func prune(ctx context.Context, tx *db.Tx, before int64) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("created_at < ?", before).Exec(ctx)
	return err
}
