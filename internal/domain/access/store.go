package access

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Everything here runs in a scope of the platform: who may see which row is
// decided by the service, not by the tenant wall.

type operatorRow struct {
	bun.BaseModel `bun:"table:operators,alias:o"`

	ID           string `bun:",pk"`
	Login        string
	LoginKey     string
	Name         string
	Email        string
	PasswordHash string
	Disabled     int
	CreatedAt    int64
	UpdatedAt    int64
	Version      int64

	SortValue string `bun:",scanonly"`
}

type roleRow struct {
	bun.BaseModel `bun:"table:roles,alias:r"`

	ID          string `bun:",pk"`
	TenantID    string
	Name        string
	NameKey     string
	Permissions string
	CreatedAt   int64
	UpdatedAt   int64
	Version     int64
}

type grantRow struct {
	bun.BaseModel `bun:"table:grants,alias:g"`

	ID         string `bun:",pk"`
	OperatorID string
	RoleID     string
	TenantID   string
	OrgID      string
	SiteID     string
	CreatedAt  int64

	RoleName    string `bun:",scanonly"` // of a custom role
	Permissions string `bun:",scanonly"`
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`

	ID         string `bun:",pk"`
	OperatorID string
	TokenHash  string
	Address    string
	UserAgent  string
	CreatedAt  int64
	SeenAt     int64
	ExpiresAt  int64
}

type tokenRow struct {
	bun.BaseModel `bun:"table:api_tokens,alias:t"`

	ID         string `bun:",pk"`
	OperatorID string
	TenantID   string
	OrgID      string
	RoleID     string
	Name       string
	TokenHash  string
	CreatedAt  int64
	ExpiresAt  int64
	UsedAt     int64

	Login string `bun:",scanonly"`
}

type setupRow struct {
	bun.BaseModel `bun:"table:setup_links,alias:l"`

	TokenHash  string `bun:",pk"`
	OperatorID string
	Kind       string
	CreatedAt  int64
	ExpiresAt  int64
	UsedAt     int64
}

type failureRow struct {
	bun.BaseModel `bun:"table:login_failures,alias:f"`

	Subject     string `bun:",pk"`
	Failures    int
	FirstAt     int64
	LastAt      int64
	LockedUntil int64
}

// find reads the one row where column is v; a missing one is fault.NotFound.
func find[T any](ctx context.Context, q db.Q, what, where, v string) (row T, err error) {
	err = db.One(ctx, q.NewSelect().Model(&row).Where(where, v), what)
	return row, err
}

// remove deletes the row with that id from row's table.
func remove(ctx context.Context, tx *db.Tx, row any, id string) error {
	_, err := tx.NewDelete().Model(row).Where("id = ?", id).Exec(ctx)
	return err
}

func findOperator(ctx context.Context, q db.Q, v string) (operatorRow, error) {
	return find[operatorRow](ctx, q, "operator", "o.id = ?", v)
}

func findOperatorByLogin(ctx context.Context, q db.Q, v string) (operatorRow, error) {
	return find[operatorRow](ctx, q, "operator", "o.login_key = ?", v)
}

func rehash(ctx context.Context, tx *db.Tx, id, old, fresh string) error {
	_, err := tx.NewUpdate().Model((*operatorRow)(nil)).Set("password_hash = ?", fresh).Where("id = ? AND password_hash = ?", id, old).Exec(ctx)
	return err
}

var operatorSorts = db.Sorts{"login": {Expr: "o.login_key"}, "name": {Expr: "lower(o.name)"}}

// listOperators narrows to who and to those who hold something where who may
// read operators, unless it may see all.
func listOperators(ctx context.Context, q db.Q, f OperatorFilter, who Principal, all bool) (out db.Slice[operatorRow], err error) {
	sel := q.NewSelect().Model(&out.Items)
	if !all {
		sel.WhereGroup(" AND ", func(sel *bun.SelectQuery) *bun.SelectQuery {
			sel.Where("o.id = ?", who.OperatorID)
			for _, w := range who.places(OperatorRead) {
				held := q.NewSelect().Model((*grantRow)(nil)).ColumnExpr("1").Where("g.operator_id = o.id AND g.tenant_id = ?", w.TenantID)
				if w.OrgID != "" {
					held.Where("g.org_id = ?", w.OrgID)
				}
				sel.WhereOr("EXISTS (?)", held)
			}
			return sel
		})
	}
	for _, word := range strings.Fields(strings.ToLower(f.Query)) {
		like := "%" + db.Prefix(word)
		sel.Where(`(o.login_key LIKE ? ESCAPE '\' OR lower(o.name) LIKE ? ESCAPE '\' OR lower(o.email) LIKE ? ESCAPE '\')`, like, like, like)
	}
	if out.Total, err = db.Count(ctx, sel); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel.Column("o.*"), f.Page, operatorSorts, "login", "o.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	keep, next := pager.Cut(len(out.Items), func(i int) (string, string) { return out.Items[i].SortValue, out.Items[i].ID })
	out.Items, out.Next = out.Items[:keep], next
	return out, nil
}

func grants(q db.Q, rows *[]grantRow) *bun.SelectQuery {
	return q.NewSelect().Model(rows).Column("g.*").ColumnExpr("COALESCE(r.name, '') AS role_name, COALESCE(r.permissions, '[]') AS permissions").
		Join("LEFT JOIN roles AS r ON r.id = g.role_id")
}

func grantsOf(ctx context.Context, q db.Q, operatorID string) (rows []grantRow, err error) {
	err = grants(q, &rows).Where("g.operator_id = ?", operatorID).OrderExpr("g.created_at, g.id").Scan(ctx)
	return rows, err
}

func findGrant(ctx context.Context, q db.Q, operatorID, id string) (grantRow, error) {
	var rows []grantRow
	err := grants(q, &rows).Where("g.operator_id = ? AND g.id = ?", operatorID, id).Scan(ctx)
	if err == nil && len(rows) == 0 {
		err = hidden("grant")
	}
	if err != nil {
		return grantRow{}, err
	}
	return rows[0], nil
}

func insertGrant(ctx context.Context, tx *db.Tx, g Grant) error {
	row := grantRow{ID: g.ID, OperatorID: g.OperatorID, RoleID: g.RoleID, TenantID: g.TenantID, OrgID: g.OrgID, SiteID: g.SiteID, CreatedAt: g.CreatedAt.UnixMilli()}
	err := db.Map(db.Insert(ctx, tx, &row))
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "the operator holds that role there already")
	}
	return err
}

// countOwners counts the enabled operators who hold the platform.
func countOwners(ctx context.Context, q db.Q) (int64, error) {
	return q.NewSelect().Model((*operatorRow)(nil)).Where("o.disabled = 0").
		Where("EXISTS (?)", q.NewSelect().Model((*grantRow)(nil)).ColumnExpr("1").
			Where("g.operator_id = o.id AND g.role_id = ? AND g.tenant_id = ''", RolePlatformOwner)).Count(ctx)
}

// placeOf checks that a grant's place exists and returns it. One that does not
// is fault.Invalid.
func placeOf(ctx context.Context, q db.Q, g Grant) (Where, error) {
	w := Where{TenantID: g.TenantID, OrgID: g.OrgID}
	wrong := func(path string) error {
		return fault.InvalidFields("place is not valid", fault.Field{Path: path, Message: "there is no such thing there"})
	}
	if g.OrgID != "" && g.TenantID == "" || g.SiteID != "" && g.OrgID == "" {
		return w, wrong("tenant_id")
	}
	table, id, path := q.NewSelect().TableExpr("tenants AS x"), g.TenantID, "tenant_id"
	switch {
	case g.TenantID == "":
		return w, nil
	case g.SiteID != "":
		table, id, path = q.NewSelect().TableExpr("sites AS x").Where("x.tenant_id = ? AND x.org_id = ?", g.TenantID, g.OrgID), g.SiteID, "site_id"
	case g.OrgID != "":
		table, id, path = q.NewSelect().TableExpr("orgs AS x").Where("x.tenant_id = ?", g.TenantID), g.OrgID, "org_id"
	}
	column := "x.id"
	if g.SiteID != "" {
		column = "x.path" // the ids from the top to the site, between slashes
	}
	var found string
	err := db.Map(table.ColumnExpr(column).Where("x.id = ?", id).Scan(ctx, &found))
	if fault.Is(err, fault.NotFound) {
		return w, wrong(path)
	}
	if g.SiteID != "" {
		w.SitePath = strings.Split(strings.Trim(found, "/"), "/")
	}
	return w, err
}

func listRoles(ctx context.Context, q db.Q) (rows []roleRow, err error) {
	err = q.NewSelect().Model(&rows).OrderExpr("r.name_key, r.id").Scan(ctx)
	return rows, err
}

func findRole(ctx context.Context, q db.Q, v string) (roleRow, error) {
	return find[roleRow](ctx, q, "role", "r.id = ?", v)
}

func deleteRole(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.NewDelete().Model((*roleRow)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "role")
}

func countHolders(ctx context.Context, q db.Q, roleID string) (int64, error) {
	n, err := q.NewSelect().Model((*grantRow)(nil)).Where("g.role_id = ?", roleID).Count(ctx)
	if err != nil {
		return 0, err
	}
	m, err := q.NewSelect().Model((*tokenRow)(nil)).Where("t.role_id = ?", roleID).Count(ctx)
	return n + m, err
}

func findSession(ctx context.Context, q db.Q, v string) (sessionRow, error) {
	return find[sessionRow](ctx, q, "session", "s.token_hash = ?", v)
}

func findSessionByID(ctx context.Context, q db.Q, v string) (sessionRow, error) {
	return find[sessionRow](ctx, q, "session", "s.id = ?", v)
}

func sessionsOf(ctx context.Context, q db.Q, operatorID string, now int64) (rows []sessionRow, err error) {
	err = q.NewSelect().Model(&rows).Where("s.operator_id = ? AND s.expires_at > ?", operatorID, now).
		OrderExpr("s.created_at DESC, s.id DESC").Limit(limit.ListMax).Scan(ctx)
	return rows, err
}

func touchSession(ctx context.Context, tx *db.Tx, id string, at int64) error {
	_, err := tx.NewUpdate().Model((*sessionRow)(nil)).Set("seen_at = ?", at).Where("id = ? AND seen_at < ?", id, at).Exec(ctx)
	return err
}

func deleteSessionsOf(ctx context.Context, tx *db.Tx, operatorID, except string) error {
	_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("operator_id = ? AND id <> ?", operatorID, except).Exec(ctx)
	return err
}

func tokens(q db.Q, rows any) *bun.SelectQuery {
	return q.NewSelect().Model(rows).Column("t.*").ColumnExpr("o.login AS login").Join("JOIN operators AS o ON o.id = t.operator_id")
}

func findToken(ctx context.Context, q db.Q, hash string) (row tokenRow, err error) {
	err = db.One(ctx, tokens(q, &row).Where("t.token_hash = ?", hash), "token")
	return row, err
}

func findTokenByID(ctx context.Context, q db.Q, id string) (row tokenRow, err error) {
	err = db.One(ctx, tokens(q, &row).Where("t.id = ?", id), "token")
	return row, err
}

func tokensOf(ctx context.Context, q db.Q, operatorID string) (rows []tokenRow, err error) {
	err = tokens(q, &rows).Where("t.operator_id = ?", operatorID).OrderExpr("t.created_at DESC, t.id DESC").Limit(limit.ListMax).Scan(ctx)
	return rows, err
}

func touchToken(ctx context.Context, tx *db.Tx, id string, at int64) error {
	_, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = ?", at).Where("id = ? AND used_at < ?", id, at).Exec(ctx)
	return err
}

func findSetup(ctx context.Context, q db.Q, v string) (setupRow, error) {
	return find[setupRow](ctx, q, "set-up link", "l.token_hash = ?", v)
}

// useSetup marks a link as used and reports whether it was still good.
func useSetup(ctx context.Context, tx *db.Tx, hash string, now int64) (bool, error) {
	res, err := tx.NewUpdate().Model((*setupRow)(nil)).Set("used_at = ?", now).
		Where("token_hash = ? AND used_at = 0 AND expires_at > ?", hash, now).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// findFailures returns a zero row where there are none.
func findFailures(ctx context.Context, q db.Q, subject string) (row failureRow, err error) {
	err = db.One(ctx, q.NewSelect().Model(&row).Where("f.subject = ?", subject), "failures")
	if fault.Is(err, fault.NotFound) {
		return failureRow{Subject: subject}, nil
	}
	return row, err
}

func putFailures(ctx context.Context, tx *db.Tx, row failureRow) error {
	_, err := tx.NewInsert().Model(&row).On("CONFLICT (subject) DO UPDATE").Set("failures = EXCLUDED.failures").
		Set("first_at = EXCLUDED.first_at").Set("last_at = EXCLUDED.last_at").Set("locked_until = EXCLUDED.locked_until").Exec(ctx)
	return err
}

func dropFailures(ctx context.Context, tx *db.Tx, subject string) error {
	_, err := tx.NewDelete().Model((*failureRow)(nil)).Where("subject = ?", subject).Exec(ctx)
	return err
}

func sweep(ctx context.Context, tx *db.Tx, now time.Time, idle time.Duration) error {
	ms := now.UnixMilli()
	_, err1 := tx.NewDelete().Model((*sessionRow)(nil)).Where("expires_at <= ? OR seen_at <= ?", ms, now.Add(-idle).UnixMilli()).Exec(ctx)
	_, err2 := tx.NewDelete().Model((*setupRow)(nil)).Where("expires_at <= ?", ms).Exec(ctx)
	_, err3 := tx.NewDelete().Model((*tokenRow)(nil)).Where("expires_at > 0 AND expires_at <= ?", now.Add(-30*24*time.Hour).UnixMilli()).Exec(ctx)
	_, err4 := tx.NewDelete().Model((*failureRow)(nil)).Where("last_at <= ? AND locked_until <= ?", now.Add(-limit.LoginWindow).UnixMilli(), ms).Exec(ctx)
	return errors.Join(err1, err2, err3, err4)
}

type orgRow struct {
	bun.BaseModel `bun:"table:orgs,alias:x"`

	ID       string
	TenantID string
}

func listOrgs(ctx context.Context, q db.Q) (rows []orgRow, err error) {
	err = q.NewSelect().Model(&rows).OrderExpr("x.slug").Limit(10_000).Scan(ctx)
	return rows, err
}
