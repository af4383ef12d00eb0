package lesson

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:lessons,alias:n"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	Name          string `bun:"name"`
	Vendor        string `bun:"vendor"`
	Model         string `bun:"model"`
	Firmware      string `bun:"firmware"`
	Factory       int    `bun:"factory"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
	Defaults      int    `bun:"defaults"`
	Content       string `bun:"content"`
}

func (r row) lesson() (Lesson, error) {
	l := Lesson{ID: r.ID, TenantID: r.TenantID, Name: r.Name, Vendor: r.Vendor, Model: r.Model, Firmware: r.Firmware, Factory: r.Factory == 1, Author: r.Author, At: clock.FromMillis(r.At), Defaults: r.Defaults}
	if err := json.Unmarshal([]byte(r.Content), &l.rows); err != nil {
		return Lesson{}, fmt.Errorf("read lesson %s: %w", r.ID, err)
	}
	l.Names = len(l.rows)
	return l, nil
}

// stampOf is another text whenever a tenant's lessons are others, "" for none.
func stampOf(ctx context.Context, q db.Q, tenantID string) (string, error) {
	var r struct {
		N    int
		Last string
	}
	sel := q.NewSelect().TableExpr("lessons AS n").ColumnExpr("count(*) AS n, COALESCE(max(n.id), '') AS last").Where("n.tenant_id = ?", tenantID)
	if err := db.ScopedTenant(sel, scope.From(ctx), "n").Scan(ctx, &r); err != nil || r.N == 0 {
		return "", err
	}
	return strconv.Itoa(r.N) + " " + r.Last, nil
}

// lessons lists a tenant's lessons, oldest first.
func lessons(ctx context.Context, q db.Q, tenantID string) (out []Lesson, err error) {
	var rows []row
	if err := db.ScopedTenant(q.NewSelect().Model(&rows).Where("n.tenant_id = ?", tenantID).Order("n.id"), scope.From(ctx), "n").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		l, err := r.lesson()
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func find(ctx context.Context, q db.Q, tenantID, id string) (Lesson, error) {
	var r row
	if err := db.One(ctx, db.ScopedTenant(q.NewSelect().Model(&r).Where("n.tenant_id = ? AND n.id = ?", tenantID, id), scope.From(ctx), "n"), "lesson"); err != nil {
		return Lesson{}, err
	}
	return r.lesson()
}

func insert(ctx context.Context, tx *db.Tx, l Lesson) error {
	b, err := json.Marshal(l.rows)
	if err != nil {
		return err
	}
	r := &row{ID: l.ID, TenantID: l.TenantID, Name: l.Name, Vendor: l.Vendor, Model: l.Model, Firmware: l.Firmware, Author: l.Author, At: clock.Millis(l.At), Defaults: l.Defaults, Content: string(b)}
	if l.Factory {
		r.Factory = 1
	}
	return db.Insert(ctx, tx, r)
}

func drop(ctx context.Context, tx *db.Tx, tenantID, id string) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("tenant_id = ? AND id = ?", tenantID, id).Exec(ctx)
	return err
}
