package command

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
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
	Author        string `bun:"author"`
	Channel       string `bun:"channel"`
	Attempts      int    `bun:"attempts"`
	Result        string `bun:"result"`
	Late          string `bun:"late"`
	CreatedAt     int64  `bun:"created_at"`
	NotBefore     int64  `bun:"not_before"`
	Deadline      int64  `bun:"deadline"`
	SentAt        int64  `bun:"sent_at"`
	AnswerBy      int64  `bun:"answer_by"`
	DeliveredAt   int64  `bun:"delivered_at"`
	EndedAt       int64  `bun:"ended_at"`
	WakeAt        int64  `bun:"wake_at"`
	Wakes         int    `bun:"wakes"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newRow(c Command) (*row, error) {
	r := &row{ID: c.ID, TenantID: c.TenantID, OrgID: c.OrgID, DeviceID: c.DeviceID, Kind: string(c.Kind), Payload: c.Revision, State: string(c.State), Reason: c.Reason, RunID: c.RunID,
		Author: c.Author, Channel: c.Channel, Attempts: c.Attempts, Late: string(c.Late), CreatedAt: clock.Millis(c.CreatedAt), NotBefore: clock.Millis(c.NotBefore), Deadline: clock.Millis(c.Deadline),
		SentAt: clock.Millis(c.SentAt), AnswerBy: clock.Millis(c.AnswerBy), DeliveredAt: clock.Millis(c.DeliveredAt), EndedAt: clock.Millis(c.EndedAt)}
	if c.Kind != DeliverRevision {
		b, err := json.Marshal(c.Args)
		if err != nil {
			return nil, fault.New(fault.Internal, "write down a command's arguments")
		}
		r.Payload = string(b)
	}
	if c.Result.Values != nil || c.Result.Text != "" || c.Result.Blob != "" {
		b, err := json.Marshal(c.Result)
		if err != nil {
			return nil, fault.New(fault.Internal, "write down a command's result")
		}
		r.Result = string(b)
	}
	return r, nil
}

func (r row) command() Command {
	c := Command{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, DeviceID: r.DeviceID, Kind: Kind(r.Kind), State: State(r.State), Reason: r.Reason, RunID: r.RunID,
		Author: r.Author, Channel: r.Channel, Attempts: r.Attempts, Late: State(r.Late), CreatedAt: clock.FromMillis(r.CreatedAt), NotBefore: clock.FromMillis(r.NotBefore), Deadline: clock.FromMillis(r.Deadline),
		SentAt: clock.FromMillis(r.SentAt), AnswerBy: clock.FromMillis(r.AnswerBy), DeliveredAt: clock.FromMillis(r.DeliveredAt), EndedAt: clock.FromMillis(r.EndedAt)}
	if c.Kind == DeliverRevision {
		c.Revision = r.Payload
	} else {
		_ = json.Unmarshal([]byte(r.Payload), &c.Args) // what was written here; an unreadable one has no arguments and fails at its channel
	}
	if r.Result != "" {
		_ = json.Unmarshal([]byte(r.Result), &c.Result)
	}
	return c
}

// living are the states that have not ended.
func living() []string { return []string{string(Queued), string(Sent), string(Delivered)} }

func scoped(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	return db.Scoped(q.NewSelect().Model(model), scope.From(ctx), "c")
}

// open lists a device's commands of a kind that have not ended, oldest first.
func open(ctx context.Context, q db.Q, deviceID string, kind Kind) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.device_id = ? AND c.kind = ? AND c.state IN (?)", deviceID, string(kind), bun.List(living())).Order("c.id").Scan(ctx)
	return commands(rows), err
}

// openOf lists all of a device's commands that have not ended, oldest first.
func openOf(ctx context.Context, q db.Q, deviceID string) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.device_id = ? AND c.state IN (?)", deviceID, bun.List(living())).Order("c.id").Scan(ctx)
	return commands(rows), err
}

func countOpen(ctx context.Context, q db.Q, deviceID string) (int, error) {
	return db.Count(ctx, scoped(ctx, q, (*row)(nil)).Where("c.device_id = ? AND c.kind <> ? AND c.state IN (?)", deviceID, string(DeliverRevision), bun.List(living())))
}

func find(ctx context.Context, q db.Q, id string) (Command, error) {
	var r row
	if err := db.One(ctx, visible(ctx, q, &r).Where("c.id = ?", id), "command"); err != nil {
		return Command{}, err
	}
	return r.command(), nil
}

// visible narrows further to the sites that the asker may see.
func visible(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := scoped(ctx, q, model).ColumnExpr("c.*")
	if scope.From(ctx).Sites == nil {
		return sel
	}
	return sel.Where("c.id IN (?)", device.InSites(ctx, q, q.NewSelect().TableExpr("commands AS m").ColumnExpr("m.id"), "m.device_id"))
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Command], err error) {
	var rows []row
	sel := visible(ctx, q, &rows).Where("c.org_id = ?", f.OrgID)
	if f.DeviceID != "" {
		sel.Where("c.device_id = ?", f.DeviceID)
	}
	if f.State != "" {
		sel.Where("c.state = ?", string(f.State))
	}
	if f.Kind != "" {
		sel.Where("c.kind = ?", string(f.Kind))
	}
	if out.Total, err = db.Count(ctx, sel); err != nil {
		return out, err
	}
	p, err := db.NewPager(sel, f.Page, db.Sorts{"created_at": {Expr: "c.created_at", Number: true}}, "-created_at", "c.id")
	if err != nil {
		return out, err
	}
	if err = sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := p.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Items, out.Next = commands(rows[:n]), next
	return out, nil
}

// hasOpen tells whether a device has any command that waits for bytes.
func hasOpen(ctx context.Context, q db.Q, deviceID, revision string) (bool, error) {
	sel := q.NewSelect().TableExpr("commands AS c").ColumnExpr("1").Where("c.device_id = ? AND c.payload = ? AND c.state IN (?)", deviceID, revision, bun.List([]string{string(Queued), string(Sent)}))
	return db.Scoped(sel, scope.From(ctx), "c").Exists(ctx)
}

// overdue lists commands whose deadline has passed, at most n.
func overdue(ctx context.Context, q db.Q, now int64, n int) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.state IN (?) AND c.deadline < ?", bun.List(living()), now).Order("c.deadline").Limit(int64(n)).Scan(ctx)
	return commands(rows), err
}

// unanswered lists sent commands whose answer is overdue, at most n.
func unanswered(ctx context.Context, q db.Q, now int64, n int) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.state = ? AND c.answer_by < ?", string(Sent), now).Order("c.answer_by").Limit(int64(n)).Scan(ctx)
	return commands(rows), err
}

func forRun(ctx context.Context, q db.Q, runIDs []string) ([]Command, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.run_id IN (?)", bun.List(runIDs)).Order("c.id").Scan(ctx)
	return commands(rows), err
}

func latestSent(ctx context.Context, q db.Q, deviceID string, k Kind) (Command, bool, error) {
	var rows []row
	err := scoped(ctx, q, &rows).Where("c.device_id = ? AND c.kind = ? AND c.sent_at > 0", deviceID, string(k)).Order("c.id DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return Command{}, false, err
	}
	return rows[0].command(), true, nil
}

func commands(rows []row) []Command {
	out := make([]Command, len(rows))
	for i, r := range rows {
		out[i] = r.command()
	}
	return out
}

func save(ctx context.Context, tx *db.Tx, c Command) error {
	r, err := newRow(c)
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model(r).Column("state", "reason", "channel", "attempts", "result", "late", "sent_at", "answer_by", "delivered_at", "ended_at").WherePK().Exec(ctx)
	return err
}

// queuedSince lists the devices of commands that are queued and came since.
func queuedSince(ctx context.Context, q db.Q, since int64) (ids []string, err error) {
	err = scoped(ctx, q, (*row)(nil)).ColumnExpr("DISTINCT c.device_id").Where("c.state = ? AND c.created_at >= ?", string(Queued), since).Scan(ctx, &ids)
	return ids, err
}

// toWake lists the devices whose next wake is due, at most n.
func toWake(ctx context.Context, q db.Q, now int64, n int) (ids []string, err error) {
	err = scoped(ctx, q, (*row)(nil)).ColumnExpr("DISTINCT c.device_id").Where("c.state = ? AND c.wake_at > 0 AND c.wake_at <= ?", string(Queued), now).Limit(int64(n)).Scan(ctx, &ids)
	return ids, err
}

// dueToWake returns a device's first queued command whose wake is due, or
// NotFound.
func dueToWake(ctx context.Context, q db.Q, deviceID string, now int64) (Command, error) {
	var r row
	err := db.One(ctx, scoped(ctx, q, &r).Where("c.device_id = ? AND c.state = ? AND c.wake_at > 0 AND c.wake_at <= ?", deviceID, string(Queued), now).Order("c.id").Limit(1), "command")
	return r.command(), err
}

// takeWake moves the next try of a queued command on, and reports whether it was
// this caller who did.
func takeWake(ctx context.Context, tx *db.Tx, id string, now time.Time) (bool, error) {
	var r row
	err := db.One(ctx, scoped(ctx, tx, &r).Where("c.id = ? AND c.state = ? AND c.wake_at > 0 AND c.wake_at <= ?", id, string(Queued), now.UnixMilli()), "command")
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	res, err := tx.NewUpdate().Model((*row)(nil)).Set("wake_at = ?", now.Add(backoff(r.Wakes)).UnixMilli()).Set("wakes = ?", r.Wakes+1).
		Where("id = ? AND wake_at = ? AND state = ?", id, r.WakeAt, string(Queued)).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// wakeAt sets when a command's next wake is due.
func wakeAt(ctx context.Context, tx *db.Tx, id string, at int64) error {
	_, err := tx.NewUpdate().Model((*row)(nil)).Set("wake_at = ?", at).Set("wakes = 0").Where("id = ?", id).Exec(ctx)
	return err
}

// DropDevice takes a device's commands away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	if _, err := tx.NewDelete().Table("freezes").Where("device_id = ?", deviceID).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewDelete().Table("commands").Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

type freezeRow struct {
	bun.BaseModel `bun:"table:freezes,alias:z"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	DeviceID      string `bun:"device_id"`
	Reason        string `bun:"reason"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
}

func insertFreeze(ctx context.Context, tx *db.Tx, f Freeze) error {
	return db.Insert(ctx, tx, &freezeRow{ID: f.ID, TenantID: f.TenantID, OrgID: f.OrgID, DeviceID: f.DeviceID, Reason: f.Reason, Author: f.Author, At: clock.Millis(f.At)})
}

func deleteFreeze(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.NewDelete().Table("freezes").Where("id = ?", id).Exec(ctx)
	return err
}

func freezeAt(ctx context.Context, q db.Q, f Freeze) (Freeze, bool, error) {
	var r freezeRow
	err := db.One(ctx, q.NewSelect().Model(&r).Where("z.tenant_id = ? AND z.org_id = ? AND z.device_id = ?", f.TenantID, f.OrgID, f.DeviceID), "freeze")
	if fault.Is(err, fault.NotFound) {
		return Freeze{}, false, nil
	}
	return r.freeze(), err == nil, err
}

// over narrows to the freezes that hold a device, an organization or a tenant.
func over(sel *bun.SelectQuery, tenantID, orgID, deviceID string) *bun.SelectQuery {
	return sel.Where("(z.tenant_id = '' OR z.tenant_id = ? AND (z.org_id = '' OR z.org_id = ? AND (z.device_id = '' OR z.device_id = ?)))", tenantID, orgID, deviceID)
}

func freezesOver(ctx context.Context, q db.Q, tenantID, orgID, deviceID string) ([]Freeze, error) {
	var rows []freezeRow
	err := over(q.NewSelect().Model(&rows), tenantID, orgID, deviceID).OrderExpr("z.tenant_id, z.org_id, z.device_id").Scan(ctx)
	return freezes(rows), err
}

// frozenIn reports whether a command's device is held; the caller sees all.
func frozenIn(ctx context.Context, q db.Q, c Command) (bool, error) {
	return over(q.NewSelect().Model((*freezeRow)(nil)), c.TenantID, c.OrgID, c.DeviceID).Exists(ctx)
}

func allFreezes(ctx context.Context, q db.Q) ([]Freeze, error) {
	var rows []freezeRow
	err := q.NewSelect().Model(&rows).Scan(ctx)
	return freezes(rows), err
}

func freezes(rows []freezeRow) []Freeze {
	out := make([]Freeze, len(rows))
	for i, r := range rows {
		out[i] = r.freeze()
	}
	return out
}
