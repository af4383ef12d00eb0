package alarm

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:alarms,alias:a"`
	ID            string `bun:"id,pk"`
	TenantID      string
	OrgID         string
	SiteID        string
	SubjectKind   string
	SubjectID     string
	SubjectName   string
	Code          string
	Name          string
	Severity      string
	SeverityRank  int
	State         string
	Source        string
	Body          string
	Remedy        string
	OID           string `bun:"oid"`
	EventType     string
	ProbableCause string
	Info          string
	Address       string
	Words         string
	Times         int64
	FirstAt       int64
	LastAt        int64
	ChangedAt     int64
	AckBy         string
	AckAt         int64
	MaskBy        string
	MaskUntil     int64
	ClearedBy     string
	ClearedAt     int64
	ClearReason   string
	SitePath      string `bun:"site_path,scanonly"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newRow(a Alarm) *row {
	return &row{ID: a.ID, TenantID: a.Place.TenantID, OrgID: a.Place.OrgID, SiteID: a.Place.SiteID, SubjectKind: a.Subject.Kind, SubjectID: a.Subject.ID, SubjectName: a.Subject.Name,
		Code: a.Code, Name: a.Name, Severity: string(a.Severity), SeverityRank: a.Severity.Rank(), State: string(a.State), Source: a.Source, Body: a.Text, Remedy: a.Remedy, OID: a.OID,
		EventType: a.Type, ProbableCause: a.Probable, Info: a.Info, Address: a.Address, Words: a.words(), Times: a.Count, FirstAt: clock.Millis(a.FirstAt), LastAt: clock.Millis(a.LastAt), ChangedAt: clock.Millis(a.ChangedAt),
		AckBy: a.AckBy, AckAt: clock.Millis(a.AckAt), MaskBy: a.MaskBy, MaskUntil: clock.Millis(a.MaskUntil), ClearedBy: a.ClearedBy, ClearedAt: clock.Millis(a.ClearedAt), ClearReason: a.ClearReason}
}

func (r row) alarm() Alarm {
	a := Alarm{ID: r.ID, Key: Key{Place{r.TenantID, r.OrgID, r.SiteID}, Subject{r.SubjectKind, r.SubjectID, r.SubjectName}, r.Code}, Name: r.Name, Severity: Severity(r.Severity),
		State: State(r.State), Source: r.Source, Text: r.Body, Remedy: r.Remedy, OID: r.OID, Type: r.EventType, Probable: r.ProbableCause, Info: r.Info, Address: r.Address, Count: r.Times, FirstAt: clock.FromMillis(r.FirstAt),
		LastAt: clock.FromMillis(r.LastAt), ChangedAt: clock.FromMillis(r.ChangedAt), AckBy: r.AckBy, AckAt: clock.FromMillis(r.AckAt), MaskBy: r.MaskBy,
		MaskUntil: clock.FromMillis(r.MaskUntil), ClearedBy: r.ClearedBy, ClearedAt: clock.FromMillis(r.ClearedAt), ClearReason: r.ClearReason}
	if r.SitePath != "" {
		a.SitePath = strings.Split(r.SitePath, "/")
	}
	return a
}

func alarms(rows []row) []Alarm {
	out := make([]Alarm, len(rows))
	for i, r := range rows {
		out[i] = r.alarm()
	}
	return out
}

type noteRow struct {
	bun.BaseModel `bun:"table:alarm_notes,alias:n"`
	ID            string `bun:"id,pk"`
	AlarmID       string
	TenantID      string
	OrgID         string
	At            int64
	Author        string
	Body          string
}

func newNoteRow(a Alarm, n Note) *noteRow {
	return &noteRow{ID: n.ID, AlarmID: a.ID, TenantID: a.Place.TenantID, OrgID: a.Place.OrgID, At: clock.Millis(n.At), Author: n.Author, Body: n.Text}
}

// selectAlarms reads alarms with the path of the site that the subject stands in
// now: a device's own, else the one that the alarm was raised for. It is
// narrowed to the scope, its sites included.
func selectAlarms(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	s := scope.From(ctx)
	sel := q.NewSelect().Model(model).ColumnExpr("a.*").ColumnExpr("COALESCE(p.path, '') AS site_path").
		Join("LEFT JOIN devices AS d ON a.subject_kind = 'device' AND d.id = a.subject_id AND d.org_id = a.org_id").
		Join("LEFT JOIN sites AS p ON p.id = COALESCE(d.site_id, a.site_id)")
	sel = db.Scoped(sel, s, "a")
	if s.Sites == nil {
		return sel
	}
	return sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
		g = g.Where("1 = 0")
		for _, id := range s.Sites {
			g = g.WhereOr("p.id = ?", id).WhereOr("p.path LIKE ?", "%"+id+"/%")
		}
		return g
	})
}

func find(ctx context.Context, q db.Q, id string) (Alarm, error) {
	var r row
	if err := db.One(ctx, selectAlarms(ctx, q, &r).Where("a.id = ?", id), "alarm"); err != nil {
		return Alarm{}, err
	}
	return r.alarm(), nil
}

// findOpen finds the open alarm of a key. The key names the place, so that the
// scope's sites do not count.
func findOpen(ctx context.Context, q db.Q, k Key) (Alarm, error) {
	var r row
	sel := db.Scoped(q.NewSelect().Model(&r), scope.From(ctx), "a").Where("a.tenant_id = ? AND a.org_id = ?", k.Place.TenantID, k.Place.OrgID).
		Where("a.subject_kind = ? AND a.subject_id = ? AND a.code = ? AND a.state <> 'cleared'", k.Subject.Kind, k.Subject.ID, k.Code)
	if err := db.One(ctx, sel, "alarm"); err != nil {
		return Alarm{}, err
	}
	return r.alarm(), nil
}

func openOf(ctx context.Context, q db.Q, p Place, sub Subject) ([]Alarm, error) {
	var rows []row
	err := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "a").Where("a.tenant_id = ? AND a.org_id = ?", p.TenantID, p.OrgID).
		Where("a.subject_kind = ? AND a.subject_id = ? AND a.state <> 'cleared'", sub.Kind, sub.ID).Order("a.id").Scan(ctx)
	return alarms(rows), err
}

func save(ctx context.Context, tx *db.Tx, a Alarm) error {
	_, err := tx.NewUpdate().Model(newRow(a)).WherePK().Exec(ctx)
	return err
}

var sorts = db.Sorts{
	"last_at": {Expr: "a.last_at", Number: true}, "first_at": {Expr: "a.first_at", Number: true}, "changed_at": {Expr: "a.changed_at", Number: true},
	"severity": {Expr: "a.severity_rank", Number: true}, "count": {Expr: "a.times", Number: true}, "name": {Expr: "lower(a.name)"}, "subject": {Expr: "lower(a.subject_name)"},
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Alarm], err error) {
	var rows []row
	sel := selectAlarms(ctx, q, &rows).Where("a.org_id = ?", f.OrgID)
	if len(f.States) == 0 {
		sel = sel.Where("a.state <> ?", string(Cleared))
	} else {
		sel = sel.Where("a.state IN (?)", bun.List(f.States))
	}
	for _, c := range []struct{ column, value string }{{"severity", string(f.Severity)}, {"subject_kind", f.SubjectKind}, {"subject_id", f.SubjectID}, {"code", f.Code}} {
		if c.value != "" {
			sel = sel.Where("? = ?", bun.Ident("a."+c.column), c.value)
		}
	}
	if !f.Since.IsZero() {
		sel = sel.Where("a.last_at >= ?", clock.Millis(f.Since))
	}
	for _, w := range strings.Fields(strings.ToLower(f.Q)) {
		sel = sel.Where(`a.words LIKE ? ESCAPE '\'`, "%"+db.Prefix(w))
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, sorts, "-last_at", "a.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Items, out.Next = alarms(rows[:n]), next
	return out, nil
}

func counts(ctx context.Context, q db.Q, orgID string) (map[Severity]int, error) {
	var rows []struct {
		Severity string
		N        int
	}
	in := selectAlarms(ctx, q, (*row)(nil)).Where("a.org_id = ? AND a.state = ?", orgID, string(Active))
	err := q.NewSelect().TableExpr("(?) AS x", in).ColumnExpr("x.severity, count(*) AS n").Group("x.severity").Scan(ctx, &rows)
	out := map[Severity]int{}
	for _, r := range rows {
		out[Severity(r.Severity)] = r.N
	}
	return out, err
}

func notesOf(ctx context.Context, q db.Q, alarmID string) ([]Note, error) {
	var rows []noteRow
	err := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "n").Where("n.alarm_id = ?", alarmID).Order("n.id").Scan(ctx)
	out := make([]Note, len(rows))
	for i, r := range rows {
		out[i] = Note{ID: r.ID, Author: r.Author, Text: r.Body, At: clock.FromMillis(r.At)}
	}
	return out, err
}

func noteCount(ctx context.Context, q db.Q, alarmID string) (int, error) {
	return db.Count(ctx, q.NewSelect().Model((*noteRow)(nil)).Where("n.alarm_id = ?", alarmID))
}

// lapsed finds masked alarms whose mask has ended.
func lapsed(ctx context.Context, q db.Q, now time.Time, most int) ([]Alarm, error) {
	var rows []row
	err := q.NewSelect().Model(&rows).Where("a.state = ? AND a.mask_until <= ?", string(Masked), clock.Millis(now)).Order("a.id").Limit(int64(most)).Scan(ctx)
	return alarms(rows), err
}

// beyond finds open alarms of an organization that has more than most of them,
// those raised longest ago first.
func beyond(ctx context.Context, q db.Q, most, chunk int) ([]Alarm, error) {
	var full []struct {
		OrgID string
		N     int
	}
	err := q.NewSelect().TableExpr("alarms AS a").ColumnExpr("a.org_id, count(*) AS n").Where("a.state <> ?", string(Cleared)).Group("a.org_id").Having("count(*) > ?", most).Limit(1).Scan(ctx, &full)
	if err != nil || len(full) == 0 {
		return nil, err
	}
	var rows []row
	err = q.NewSelect().Model(&rows).Where("a.org_id = ? AND a.state <> ?", full[0].OrgID, string(Cleared)).OrderExpr("a.last_at, a.id").Limit(int64(min(full[0].N-most, chunk))).Scan(ctx)
	return alarms(rows), err
}

// dropOld deletes up to chunk cleared alarms that are older than a time or
// beyond the newest most, with their notes.
func dropOld(ctx context.Context, tx *db.Tx, before time.Time, most, chunk int) (int, error) {
	var ids []string
	old := tx.NewSelect().Model((*row)(nil)).Column("a.id").Where("a.state = ?", string(Cleared))
	if err := old.Clone().Where("a.cleared_at < ?", clock.Millis(before)).Limit(int64(chunk)).Scan(ctx, &ids); err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		if err := old.Clone().OrderExpr("a.cleared_at DESC, a.id DESC").Offset(int64(most)).Limit(int64(chunk)).Scan(ctx, &ids); err != nil || len(ids) == 0 {
			return 0, err
		}
	}
	if _, err := tx.NewDelete().Model((*noteRow)(nil)).Where("alarm_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
		return 0, err
	}
	_, err := tx.NewDelete().Model((*row)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return len(ids), err
}
