package task

import (
	"context"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type taskRow struct {
	bun.BaseModel `bun:"table:tasks,alias:k"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Kind          string `bun:"kind"`
	Name          string `bun:"name"`
	State         string `bun:"state"`
	Plan          string `bun:"plan"`
	Author        string `bun:"author"`
	CreatedAt     int64  `bun:"created_at"`
	StartedAt     int64  `bun:"started_at"`
	EndedAt       int64  `bun:"ended_at"`
	Deadline      int64  `bun:"deadline"`
	Version       int64  `bun:"version"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newTaskRow(t Task) *taskRow {
	return &taskRow{ID: t.ID, TenantID: t.TenantID, OrgID: t.OrgID, Kind: string(t.Kind), Name: t.Name, State: string(t.State), Plan: t.Plan, Author: t.Author,
		CreatedAt: clock.Millis(t.CreatedAt), StartedAt: clock.Millis(t.StartedAt), EndedAt: clock.Millis(t.EndedAt), Deadline: clock.Millis(t.Deadline), Version: t.Version}
}

func (r taskRow) task() Task {
	return Task{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Kind: Kind(r.Kind), Name: r.Name, State: State(r.State), Plan: r.Plan, Author: r.Author,
		CreatedAt: clock.FromMillis(r.CreatedAt), StartedAt: clock.FromMillis(r.StartedAt), EndedAt: clock.FromMillis(r.EndedAt), Deadline: clock.FromMillis(r.Deadline), Version: r.Version}
}

type runRow struct {
	bun.BaseModel `bun:"table:runs,alias:u"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	TaskID        string `bun:"task_id"`
	DeviceID      string `bun:"device_id"`
	State         string `bun:"state"`
	Reason        string `bun:"reason"`
	FromRevision  string `bun:"from_revision"`
	ToRevision    string `bun:"to_revision"`
	CreatedAt     int64  `bun:"created_at"`
	StartedAt     int64  `bun:"started_at"`
	EndedAt       int64  `bun:"ended_at"`
	MAC           string `bun:"mac,scanonly"`
	DeviceName    string `bun:"device_name,scanonly"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newRunRow(r Run) runRow {
	return runRow{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, TaskID: r.TaskID, DeviceID: r.DeviceID, State: string(r.State), Reason: r.Reason, FromRevision: r.From, ToRevision: r.To,
		CreatedAt: clock.Millis(r.CreatedAt), StartedAt: clock.Millis(r.StartedAt), EndedAt: clock.Millis(r.EndedAt)}
}

func (r runRow) run() Run {
	return Run{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, TaskID: r.TaskID, DeviceID: r.DeviceID, MAC: r.MAC, DeviceName: r.DeviceName, State: RunState(r.State), Reason: r.Reason,
		From: r.FromRevision, To: r.ToRevision, CreatedAt: clock.FromMillis(r.CreatedAt), StartedAt: clock.FromMillis(r.StartedAt), EndedAt: clock.FromMillis(r.EndedAt)}
}

func selectTasks(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := db.Scoped(q.NewSelect().Model(model).ColumnExpr("k.*"), scope.From(ctx), "k")
	if scope.From(ctx).Sites == nil {
		return sel
	}
	runs := q.NewSelect().TableExpr("runs AS u").ColumnExpr("u.task_id")
	return sel.Where("k.id IN (?)", device.InSites(ctx, q, runs, "u.device_id"))
}

func findTask(ctx context.Context, q db.Q, id string) (Task, error) {
	var r taskRow
	if err := db.One(ctx, selectTasks(ctx, q, &r).Where("k.id = ?", id), "task"); err != nil {
		return Task{}, err
	}
	all, err := withCounts(ctx, q, []Task{r.task()})
	if err != nil {
		return Task{}, err
	}
	return all[0], nil
}

func listTasks(ctx context.Context, q db.Q, f Filter) (out db.Slice[Task], err error) {
	var rows []taskRow
	sel := selectTasks(ctx, q, &rows).Where("k.org_id = ?", f.OrgID)
	if f.State != "" {
		sel = sel.Where("k.state = ?", string(f.State))
	}
	if f.DeviceID != "" {
		sel = sel.Where("k.id IN (SELECT u.task_id FROM runs AS u WHERE u.device_id = ?)", f.DeviceID)
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"created_at": {Expr: "k.created_at", Number: true}, "state": {Expr: "k.state"}, "name": {Expr: "k.name"}}, "-created_at", "k.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.task())
	}
	out.Items, err = withCounts(ctx, q, out.Items)
	return out, err
}

func withCounts(ctx context.Context, q db.Q, tasks []Task) ([]Task, error) {
	if len(tasks) == 0 {
		return tasks, nil
	}
	at := make(map[string]int, len(tasks))
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i], at[t.ID] = t.ID, i
		tasks[i].Counts = map[RunState]int{}
	}
	var rows []struct {
		TaskID, State string
		N             int
	}
	err := q.NewSelect().TableExpr("runs AS u").ColumnExpr("u.task_id, u.state, count(*) AS n").Where("u.task_id IN (?)", bun.List(ids)).GroupExpr("u.task_id, u.state").Scan(ctx, &rows)
	for _, r := range rows {
		tasks[at[r.TaskID]].Counts[RunState(r.State)] = r.N
	}
	return tasks, err
}

func selectRuns(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := q.NewSelect().Model(model).ColumnExpr("u.*, COALESCE(d.mac, '') AS mac, COALESCE(d.name, '') AS device_name").Join("LEFT JOIN devices AS d ON d.id = u.device_id")
	return device.InSites(ctx, q, db.Scoped(sel, scope.From(ctx), "u"), "u.device_id")
}

func listRuns(ctx context.Context, q db.Q, taskID string, state RunState, p db.Page) (out db.Slice[Run], err error) {
	var rows []runRow
	sel := selectRuns(ctx, q, &rows).Where("u.task_id = ?", taskID)
	if state != "" {
		sel = sel.Where("u.state = ?", string(state))
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, p, db.Sorts{"mac": {Expr: "COALESCE(d.mac, '')"}, "state": {Expr: "u.state"}, "ended_at": {Expr: "u.ended_at", Number: true}}, "mac", "u.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.run())
	}
	return out, nil
}

func runsIn(ctx context.Context, q db.Q, taskID string, n int, states ...RunState) ([]Run, error) {
	var rows []runRow
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	if err := selectRuns(ctx, q, &rows).Where("u.task_id = ? AND u.state IN (?)", taskID, bun.List(words)).Order("u.id").Limit(int64(n)).Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Run, len(rows))
	for i, r := range rows {
		out[i] = r.run()
	}
	return out, nil
}

func findRun(ctx context.Context, q db.Q, id string) (Run, error) {
	var r runRow
	if err := db.One(ctx, selectRuns(ctx, q, &r).Where("u.id = ?", id), "run"); err != nil {
		return Run{}, err
	}
	return r.run(), nil
}

func saveRun(ctx context.Context, tx *db.Tx, r Run) error {
	row := newRunRow(r)
	_, err := tx.NewUpdate().Model(&row).Column("state", "reason", "to_revision", "started_at", "ended_at").WherePK().Exec(ctx)
	return err
}

func saveTask(ctx context.Context, tx *db.Tx, t Task) error {
	_, err := tx.NewUpdate().Model(newTaskRow(t)).Column("state", "started_at", "ended_at", "version").WherePK().Exec(ctx)
	return err
}

// overdue lists running tasks whose start deadline has passed.
func overdue(ctx context.Context, q db.Q, now int64) (ids []string, err error) {
	err = q.NewSelect().TableExpr("tasks AS k").Column("k.id").Where("k.state = ? AND k.deadline > 0 AND k.deadline < ?", string(Running), now).Order("k.id").Limit(100).Scan(ctx, &ids)
	return ids, err
}

// DropDevice takes a device's runs away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Table("runs").Where("device_id = ?", deviceID).Exec(ctx)
	return err
}
