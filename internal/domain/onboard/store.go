package onboard

import (
	"context"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// keptRow is what a device's phone held. KeptRef is the sealed list of it.
type keptRow struct {
	bun.BaseModel `bun:"table:page_kept,alias:k"`
	DeviceID      string `bun:",pk"`
	TenantID      string
	OrgID         string
	MAC           string `bun:"mac"`
	Address       string
	Port          int
	KeptRef       string
	Author        string
	At            int64
	DoneAt        int64 // when the phone had taken ours, 0 for not known
}

// tryRow is a password that was shown to a page.
type tryRow struct {
	bun.BaseModel `bun:"table:page_tries,alias:t"`
	OrgID         string `bun:",pk"`
	Subject       string `bun:",pk"`
	TenantID      string
	At            int64
}

// findKept returns the zero row where there is none.
func findKept(ctx context.Context, q db.Q, deviceID string) (row keptRow, err error) {
	err = db.One(ctx, db.Scoped(q.NewSelect().Model(&row).Where("k.device_id = ?", deviceID), scope.From(ctx), "k"), "kept settings")
	if fault.Is(err, fault.NotFound) {
		return keptRow{}, nil
	}
	return row, err
}

func saveKept(ctx context.Context, tx *db.Tx, r keptRow) error {
	ins := tx.NewInsert().Model(&r).On("CONFLICT (device_id) DO UPDATE")
	for _, c := range []string{"mac", "address", "port", "kept_ref", "author", "at", "done_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err := ins.Exec(ctx)
	return err
}

func markDone(ctx context.Context, tx *db.Tx, deviceID string, at int64) error {
	up := tx.NewUpdate().Model((*keptRow)(nil)).Set("done_at = ?", at).Where("device_id = ?", deviceID)
	_, err := db.ScopedUpdate(up, scope.From(ctx), "k").Exec(ctx)
	return err
}

func deleteKept(ctx context.Context, tx *db.Tx, deviceID string) error {
	del := tx.NewDelete().Model((*keptRow)(nil)).Where("device_id = ?", deviceID)
	_, err := db.ScopedDelete(del, scope.From(ctx), "k").Exec(ctx)
	return err
}

// lastTry returns when a password was last shown to one of the subjects and not
// taken, 0 for never.
func lastTry(ctx context.Context, q db.Q, orgID string, subjects []string) (at int64, err error) {
	var rows []tryRow
	sel := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "t").Where("t.org_id = ?", orgID).Where("t.subject IN (?)", bun.List(subjects))
	if err := sel.Scan(ctx); err != nil {
		return 0, err
	}
	for _, r := range rows {
		at = max(at, r.At)
	}
	return at, nil
}

func saveTry(ctx context.Context, tx *db.Tx, r tryRow) error {
	_, err := tx.NewInsert().Model(&r).On("CONFLICT (org_id, subject) DO UPDATE").Set("at = EXCLUDED.at").Exec(ctx)
	return err
}

func deleteTries(ctx context.Context, tx *db.Tx, orgID string, subjects []string) error {
	del := tx.NewDelete().Model((*tryRow)(nil)).Where("org_id = ?", orgID).Where("subject IN (?)", bun.List(subjects))
	_, err := db.ScopedDelete(del, scope.From(ctx), "t").Exec(ctx)
	return err
}

// pruneTries takes away those that count no more.
func pruneTries(ctx context.Context, tx *db.Tx, before int64) error {
	_, err := db.ScopedDelete(tx.NewDelete().Model((*tryRow)(nil)).Where("at < ?", before), scope.From(ctx), "t").Exec(ctx)
	return err
}
