package rps

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

type profileRow struct {
	bun.BaseModel `bun:"table:rps_profiles,alias:f"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Number        int    `bun:"number"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	DeletedAt     int64  `bun:"deleted_at"`
	Pending       int    `bun:"pending"`
	Version       int64  `bun:"version"`

	Via       string `bun:"via,scanonly"`
	Path      string `bun:"path,scanonly"`
	User      string `bun:"username,scanonly"`
	Password  string `bun:"password,scanonly"`
	AuthFirst int    `bun:"auth_first,scanonly"`
	Prefix    string `bun:"prefix,scanonly"`
	Postfix   string `bun:"postfix,scanonly"`
	Orgs      int    `bun:"orgs,scanonly"`
	Devices   int    `bun:"devices,scanonly"`
	SortValue string `bun:"sort_value,scanonly"`
}

type versionRow struct {
	bun.BaseModel `bun:"table:rps_versions,alias:n"`
	ProfileID     string `bun:"profile_id,pk"`
	Number        int    `bun:"number,pk"`
	TenantID      string `bun:"tenant_id"`
	Name          string `bun:"name"`
	Via           string `bun:"via"`
	Path          string `bun:"path"`
	User          string `bun:"username"`
	Password      string `bun:"password"`
	AuthFirst     int    `bun:"auth_first"`
	Prefix        string `bun:"prefix"`
	Postfix       string `bun:"postfix"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
}

type assignmentRow struct {
	bun.BaseModel `bun:"table:rps_assignments,alias:a"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	ProfileID     string `bun:"profile_id"`
	DeviceID      string `bun:"device_id"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
	EndedAt       int64  `bun:"ended_at"`
	EndedBy       string `bun:"ended_by"`
	Name          string `bun:"name,scanonly"`
	DeletedAt     int64  `bun:"deleted_at,scanonly"`
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

func newProfileRow(p Profile) *profileRow {
	return &profileRow{ID: p.ID, TenantID: p.TenantID, Name: p.Name, NameKey: strings.ToLower(p.Name), Number: p.Number, CreatedAt: clock.Millis(p.CreatedAt),
		UpdatedAt: clock.Millis(p.UpdatedAt), DeletedAt: clock.Millis(p.DeletedAt), Pending: p.Pending, Version: p.Version}
}

func (r profileRow) profile() Profile {
	return Profile{ID: r.ID, TenantID: r.TenantID, Name: r.Name, Number: r.Number, Orgs: r.Orgs, Devices: r.Devices, CreatedAt: clock.FromMillis(r.CreatedAt),
		UpdatedAt: clock.FromMillis(r.UpdatedAt), DeletedAt: clock.FromMillis(r.DeletedAt), Pending: r.Pending, Version: r.Version,
		Settings: Settings{Via(r.Via), r.Path, r.User, secret.Ref(r.Password), r.AuthFirst == 1, r.Prefix, r.Postfix}}
}

func (r versionRow) state() Version {
	return Version{ProfileID: r.ProfileID, Number: r.Number, Name: r.Name, Author: r.Author, At: clock.FromMillis(r.At),
		Settings: Settings{Via(r.Via), r.Path, r.User, secret.Ref(r.Password), r.AuthFirst == 1, r.Prefix, r.Postfix}}
}

func (r assignmentRow) assignment() Assignment {
	return Assignment{ID: r.ID, OrgID: r.OrgID, ProfileID: r.ProfileID, Profile: r.Name, Deleted: r.DeletedAt > 0, DeviceID: r.DeviceID, Author: r.Author,
		At: clock.FromMillis(r.At), EndedAt: clock.FromMillis(r.EndedAt), EndedBy: r.EndedBy}
}

// selectProfiles reads profiles with their latest settings. The counts are of
// what the scope covers.
func selectProfiles(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	count := func(kind string) *bun.SelectQuery {
		return db.Scoped(q.NewSelect().TableExpr("rps_assignments AS a").ColumnExpr("count(*)").Where("a.profile_id = f.id AND a.ended_at = 0 AND a.device_id "+kind+" ''"), scope.From(ctx), "a")
	}
	sel := q.NewSelect().Model(model).ColumnExpr("f.*").ColumnExpr("n.via, n.path, n.username, n.password, n.auth_first, n.prefix, n.postfix").
		ColumnExpr("(?) AS orgs", count("=")).ColumnExpr("(?) AS devices", count("<>")).
		Join("JOIN rps_versions AS n ON n.profile_id = f.id AND n.number = f.number")
	return db.ScopedTenant(sel, scope.From(ctx), "f")
}

func find(ctx context.Context, q db.Q, id string) (Profile, error) {
	var r profileRow
	err := db.One(ctx, selectProfiles(ctx, q, &r).Where("f.id = ? AND f.deleted_at = 0", id), "redirection profile")
	return r.profile(), err
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Profile], err error) {
	var rows []profileRow
	sel := selectProfiles(ctx, q, &rows).Where("f.tenant_id = ? AND f.deleted_at = 0", f.TenantID)
	if f.Q != "" {
		like := "%" + db.Prefix(strings.ToLower(f.Q))
		sel = sel.Where(`(f.name_key LIKE ? ESCAPE '\' OR lower(n.path) LIKE ? ESCAPE '\')`, like, like)
	}
	if f.OrgID != "" {
		sel = sel.Where("f.id IN (SELECT a.profile_id FROM rps_assignments AS a WHERE a.org_id = ? AND a.ended_at = 0)", f.OrgID)
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	orders := db.Sorts{"name": {Expr: "f.name_key"}, "upgrade_via": {Expr: "n.via"}, "config_server_path": {Expr: "n.path"}, "updated_at": {Expr: "f.updated_at", Number: true}}
	pager, err := db.NewPager(sel, f.Page, orders, "name", "f.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.profile())
	}
	return out, nil
}

// settled clears the mark that a version waits to be delivered.
func settled(ctx context.Context, tx *db.Tx, id string, number int) error {
	_, err := tx.NewUpdate().Model((*profileRow)(nil)).Set("pending = 0").Where("id = ? AND pending = ?", id, number).Exec(ctx)
	return err
}

func countProfiles(ctx context.Context, q db.Q, tenantID string) (int, error) {
	return db.Count(ctx, q.NewSelect().Model((*profileRow)(nil)).Where("tenant_id = ? AND deleted_at = 0", tenantID))
}

func insertVersion(ctx context.Context, tx *db.Tx, p Profile, author string) error {
	return db.Insert(ctx, tx, &versionRow{ProfileID: p.ID, Number: p.Number, TenantID: p.TenantID, Name: p.Name, Via: string(p.Via), Path: p.Path, User: p.User, Password: string(p.Password),
		AuthFirst: flag(p.AuthFirst), Prefix: p.Prefix, Postfix: p.Postfix, Author: author, At: clock.Millis(p.UpdatedAt)})
}

func findVersion(ctx context.Context, q db.Q, id string, number int) (Version, error) {
	var r versionRow
	err := db.One(ctx, db.ScopedTenant(q.NewSelect().Model(&r).Where("n.profile_id = ? AND n.number = ?", id, number), scope.From(ctx), "n"), "version of the redirection profile")
	return r.state(), err
}

func listVersions(ctx context.Context, q db.Q, id string) (out []Version, err error) {
	var rows []versionRow
	if err := db.ScopedTenant(q.NewSelect().Model(&rows).Where("n.profile_id = ?", id).Order("n.number DESC"), scope.From(ctx), "n").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out = append(out, r.state())
	}
	return out, nil
}

func selectAssignments(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := q.NewSelect().Model(model).ColumnExpr("a.*, f.name AS name, f.deleted_at AS deleted_at").Join("JOIN rps_profiles AS f ON f.id = a.profile_id")
	return db.Scoped(sel, scope.From(ctx), "a")
}

func scanAssignments(ctx context.Context, sel *bun.SelectQuery, rows *[]assignmentRow) (out []Assignment, err error) {
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range *rows {
		out = append(out, r.assignment())
	}
	return out, nil
}

// activeFor lists the assignments in force of an organization and, where given,
// of devices.
func activeFor(ctx context.Context, q db.Q, orgID string, devices []string) ([]Assignment, error) {
	var rows []assignmentRow
	sel := selectAssignments(ctx, q, &rows).Where("a.ended_at = 0")
	if len(devices) == 0 {
		return scanAssignments(ctx, sel.Where("a.org_id = ? AND a.device_id = ''", orgID), &rows)
	}
	return scanAssignments(ctx, sel.Where("(a.device_id = '' AND a.org_id = ? OR a.device_id IN (?))", orgID, bun.List(devices)), &rows)
}

// orgsOf lists the organizations of the scope that a profile is assigned to.
func orgsOf(ctx context.Context, q db.Q, profileID string) ([]Assignment, error) {
	var rows []assignmentRow
	return scanAssignments(ctx, selectAssignments(ctx, q, &rows).Where("a.profile_id = ? AND a.ended_at = 0 AND a.device_id = ''", profileID).Order("a.org_id"), &rows)
}

// historyOf lists what a device and its organization were assigned to, newest
// first.
func historyOf(ctx context.Context, q db.Q, orgID, deviceID string, most int) ([]Assignment, error) {
	var rows []assignmentRow
	sel := selectAssignments(ctx, q, &rows).Where("a.device_id = ? OR a.device_id = '' AND a.org_id = ?", deviceID, orgID).Order("a.at DESC", "a.id DESC").Limit(int64(most))
	return scanAssignments(ctx, sel, &rows)
}

// end ends assignments that hold.
func end(ctx context.Context, tx *db.Tx, by string, at int64, where string, args ...any) (int, error) {
	res, err := tx.NewUpdate().Model((*assignmentRow)(nil)).Set("ended_at = ?, ended_by = ?", at, by).Where("ended_at = 0").Where(where, args...).Exec(ctx)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

func insertAssignment(ctx context.Context, tx *db.Tx, tenantID string, a Assignment) error {
	return db.Insert(ctx, tx, &assignmentRow{ID: a.ID, TenantID: tenantID, OrgID: a.OrgID, ProfileID: a.ProfileID, DeviceID: a.DeviceID, Author: a.Author, At: clock.Millis(a.At)})
}

// associated lists the devices of an organization that a profile is for, or that
// are bound to it still; of all organizations of the scope where orgID is "".
func associated(ctx context.Context, q db.Q, orgID, profileID string) (ids []string, err error) {
	sel := q.NewSelect().TableExpr("devices AS d").Column("d.id").Where(`(EXISTS (SELECT 1 FROM rps_assignments AS a WHERE a.profile_id = ? AND a.ended_at = 0 AND a.device_id = d.id)
		OR EXISTS (SELECT 1 FROM bindings AS b WHERE b.device_id = d.id AND b.source_id = ? AND b.layer = 'redirection')
		OR EXISTS (SELECT 1 FROM rps_assignments AS o WHERE o.profile_id = ? AND o.ended_at = 0 AND o.device_id = '' AND o.org_id = d.org_id)
			AND NOT EXISTS (SELECT 1 FROM rps_assignments AS x WHERE x.ended_at = 0 AND x.device_id = d.id))`, profileID, profileID, profileID).Order("d.id")
	if orgID != "" {
		sel = sel.Where("d.org_id = ?", orgID)
	}
	sel = db.Scoped(device.InSites(ctx, q, sel, "d.id"), scope.From(ctx), "d")
	err = sel.Scan(ctx, &ids)
	return ids, err
}

// orgsWith lists the organizations of the scope that have devices for which
// associated holds, or to which the profile is assigned.
func orgsWith(ctx context.Context, q db.Q, profileID string) (ids []string, err error) {
	sel := q.NewSelect().TableExpr("orgs AS o").Column("o.id").Where(`(o.id IN (SELECT a.org_id FROM rps_assignments AS a WHERE a.profile_id = ? AND a.ended_at = 0)
		OR o.id IN (SELECT b.org_id FROM bindings AS b WHERE b.source_id = ? AND b.layer = 'redirection'))`, profileID, profileID).Order("o.id")
	s := scope.From(ctx)
	sel = db.ScopedTenant(sel, s, "o")
	if !s.Platform && !s.AllOrgs {
		sel = sel.Where("o.id IN (?)", bun.List(s.Orgs))
	}
	err = sel.Scan(ctx, &ids)
	return ids, err
}

// DropDevice takes a device's assignments away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Model((*assignmentRow)(nil)).Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

func taken(err error, name string) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "there is a redirection profile %q already", name)
	}
	return err
}
