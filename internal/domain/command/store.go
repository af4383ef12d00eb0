package command

import (
	"context"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:commands,alias:c"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	DeviceID      string `bun:"device_id"`
	Kind          string `bun:"kind"`
	Payload       string `bun:"payload"`
	State         string `bun:"state"`
	Reason        string `bun:"reason"`
	RunID         string `bun:"run_id"`
	CreatedAt     int64  `bun:"created_at"`
	Deadline      int64  `bun:"deadline"`
	SentAt        int64  `bun:"sent_at"`
	DeliveredAt   int64  `bun:"delivered_at"`
	EndedAt       int64  `bun:"ended_at"`
}

func newRow(c Command) *row {
	return &row{ID: c.ID, TenantID: c.TenantID, OrgID: c.OrgID, DeviceID: c.DeviceID, Kind: string(c.Kind), Payload: c.Revision, State: string(c.State), Reason: c.Reason, RunID: c.RunID,
		CreatedAt: clock.Millis(c.CreatedAt), Deadline: clock.Millis(c.Deadline), DeliveredAt: clock.Millis(c.DeliveredAt), EndedAt: clock.Millis(c.EndedAt)}
}

func (r row) command() Command {
	return Command{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, DeviceID: r.DeviceID, Kind: Kind(r.Kind), Revision: r.Payload, State: State(r.State), Reason: r.Reason, RunID: r.RunID,
		CreatedAt: clock.FromMillis(r.CreatedAt), Deadline: clock.FromMillis(r.Deadline), DeliveredAt: clock.FromMillis(r.DeliveredAt), EndedAt: clock.FromMillis(r.EndedAt)}
}

func scoped(ctx context.Context, q db.Q, rows *[]row) *bun.SelectQuery {
	return db.Scoped(q.NewSelect().Model(rows), scope.From(ctx), "c")
}

// open lists a device's commands of a kind that have not ended, oldest first.
func open(ctx context.Context, q db.Q, deviceID string, kind Kind) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.device_id = ? AND c.kind = ? AND c.state IN (?)", deviceID, string(kind), bun.List([]string{string(Queued), string(Sent), string(Delivered)})).Order("c.id").Scan(ctx)
	return commands(rows), err
}

// hasOpen tells whether a device has any command that waits for bytes.
func hasOpen(ctx context.Context, q db.Q, deviceID, revision string) (bool, error) {
	sel := q.NewSelect().TableExpr("commands AS c").ColumnExpr("1").Where("c.device_id = ? AND c.payload = ? AND c.state IN (?)", deviceID, revision, bun.List([]string{string(Queued), string(Sent)}))
	return db.Scoped(sel, scope.From(ctx), "c").Exists(ctx)
}

// overdue lists commands whose deadline has passed, at most n.
func overdue(ctx context.Context, q db.Q, now int64, n int) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.state IN (?) AND c.deadline < ?", bun.List([]string{string(Queued), string(Sent), string(Delivered)}), now).Order("c.deadline").Limit(int64(n)).Scan(ctx)
	return commands(rows), err
}

func forRun(ctx context.Context, q db.Q, runIDs []string) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.run_id IN (?)", bun.List(runIDs)).Order("c.id").Scan(ctx)
	return commands(rows), err
}

func commands(rows []row) []Command {
	out := make([]Command, len(rows))
	for i, r := range rows {
		out[i] = r.command()
	}
	return out
}

func save(ctx context.Context, tx *db.Tx, c Command) error {
	_, err := tx.NewUpdate().Model(newRow(c)).Column("state", "reason", "delivered_at", "ended_at").WherePK().Exec(ctx)
	return err
}

// DropDevice takes a device's commands away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Table("commands").Where("device_id = ?", deviceID).Exec(ctx)
	return err
}
