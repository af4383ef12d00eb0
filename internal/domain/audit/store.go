package audit

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type auditRow struct {
	bun.BaseModel `bun:"table:audit,alias:a"`

	ID          string `bun:",pk"`
	TenantID    string
	OrgID       string
	At          int64
	ActorKind   string
	ActorID     string
	ActorName   string
	Address     string
	Action      string
	SubjectKind string
	SubjectID   string
	SubjectName string
	Before      string
	After       string
	SealSeq     int64

	SortValue string `bun:",scanonly"`
}

type sealRow struct {
	bun.BaseModel `bun:"table:audit_seals,alias:s"`

	Seq        int64 `bun:",pk"`
	FromID     string
	ToID       string
	RowsSealed int64
	PrevHash   string
	Hash       string
	Signature  string
	KeyID      string
	SealedAt   int64
}

func (r auditRow) row() Row {
	return Row{
		ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, At: clock.FromMillis(r.At),
		ActorKind: scope.ActorKind(r.ActorKind), ActorID: r.ActorID, ActorName: r.ActorName, Address: r.Address,
		Action: r.Action, SubjectKind: r.SubjectKind, SubjectID: r.SubjectID, SubjectName: r.SubjectName,
		Before: r.Before, After: r.After, Sealed: r.SealSeq > 0,
	}
}

// sorts: ids are made in the order of time.
var sorts = db.Sorts{"at": {Expr: "a.id"}}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Row], err error) {
	var rows []auditRow
	sel := filtered(q.NewSelect().Model(&rows), scope.From(ctx), f)
	if out.Total, err = db.Count(ctx, sel); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel.Column("a.*"), f.Page, sorts, "-at", "a.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	keep, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:keep] {
		out.Items = append(out.Items, r.row())
	}
	return out, nil
}

func filtered(sel *bun.SelectQuery, s scope.Scope, f Filter) *bun.SelectQuery {
	sel = db.Scoped(sel, s, "a")
	if !s.Platform && !s.AllOrgs {
		sel = sel.Where("a.org_id <> ''")
	}
	for column, value := range map[string]string{
		"org_id": f.OrgID, "actor_id": f.Actor, "subject_kind": f.SubjectKind, "subject_id": f.SubjectID,
	} {
		if value != "" {
			sel = sel.Where("a.? = ?", bun.Ident(column), value)
		}
	}
	if noun, verb, ok := strings.Cut(f.Action, "."); ok && verb != "" {
		sel = sel.Where("a.action = ?", f.Action)
	} else if f.Action != "" {
		sel = sel.Where(`a.action LIKE ? ESCAPE '\'`, db.Prefix(noun+"."))
	}
	if !f.From.IsZero() {
		sel = sel.Where("a.at >= ?", clock.Millis(f.From))
	}
	if !f.To.IsZero() {
		sel = sel.Where("a.at < ?", clock.Millis(f.To))
	}
	for _, word := range strings.Fields(strings.ToLower(f.Query)) {
		like := "%" + db.Prefix(word)
		sel = sel.Where(`(lower(a.subject_name) LIKE ? ESCAPE '\' OR lower(a.actor_name) LIKE ? ESCAPE '\' OR a.action LIKE ? ESCAPE '\' OR a.subject_id = ?)`,
			like, like, like, word)
	}
	return sel
}

// unsealed returns rows that no seal covers, in the order of their ids. A row
// whose transaction was slow to commit may have an older id than rows that are
// sealed already; it is found all the same.
func unsealed(ctx context.Context, q db.Q, limit int64) (rows []auditRow, err error) {
	err = q.NewSelect().Model(&rows).Where("a.seal_seq = 0").OrderExpr("a.id").Limit(limit).Scan(ctx)
	return rows, err
}

// markSealed puts exactly those rows under the seal and returns how many it hit.
func markSealed(ctx context.Context, tx *db.Tx, rows []auditRow, seq int64) (int64, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	res, err := tx.NewUpdate().Model((*auditRow)(nil)).Set("seal_seq = ?", seq).
		Where("seal_seq = 0 AND id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func sealedBy(ctx context.Context, q db.Q, seq int64) (rows []auditRow, err error) {
	err = q.NewSelect().Model(&rows).Where("a.seal_seq = ?", seq).OrderExpr("a.id").Scan(ctx)
	return rows, err
}

func countRows(ctx context.Context, q db.Q, sealed bool) (int64, error) {
	sel := q.NewSelect().Model((*auditRow)(nil))
	if sealed {
		return sel.Where("a.seal_seq <> 0").Count(ctx)
	}
	return sel.Where("a.seal_seq = 0").Count(ctx)
}

// lastSeal fails with fault.NotFound before the first one.
func lastSeal(ctx context.Context, q db.Q) (row sealRow, err error) {
	err = db.One(ctx, q.NewSelect().Model(&row).OrderExpr("s.seq DESC").Limit(1), "seal")
	return row, err
}

func sealsAfter(ctx context.Context, q db.Q, seq, limit int64) (rows []sealRow, err error) {
	err = q.NewSelect().Model(&rows).Where("s.seq > ?", seq).OrderExpr("s.seq").Limit(limit).Scan(ctx)
	return rows, err
}
