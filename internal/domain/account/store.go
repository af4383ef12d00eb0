package account

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

type serverRow struct {
	bun.BaseModel `bun:"table:sip_servers,alias:v"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Address       string `bun:"address"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newServerRow(s Server) *serverRow {
	return &serverRow{ID: s.ID, TenantID: s.TenantID, OrgID: s.OrgID, Name: s.Name, NameKey: strings.ToLower(s.Name), Address: s.Address,
		CreatedAt: clock.Millis(s.CreatedAt), UpdatedAt: clock.Millis(s.UpdatedAt), Version: s.Version}
}

func (r serverRow) server() Server {
	return Server{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Name: r.Name, Address: r.Address,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
}

type accountRow struct {
	bun.BaseModel `bun:"table:accounts,alias:a"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	ServerID      string `bun:"server_id"`
	UserID        string `bun:"user_id"`
	AuthID        string `bun:"auth_id"`
	Name          string `bun:"name"`
	SecretRef     string `bun:"secret_ref"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
	Address       string `bun:"address,scanonly"`
	ServerName    string `bun:"server_name,scanonly"`
	Allocated     bool   `bun:"allocated,scanonly"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newAccountRow(a Account) *accountRow {
	return &accountRow{ID: a.ID, TenantID: a.TenantID, OrgID: a.OrgID, ServerID: a.ServerID, UserID: a.UserID, AuthID: a.AuthID, Name: a.Name, SecretRef: string(a.Password),
		CreatedAt: clock.Millis(a.CreatedAt), UpdatedAt: clock.Millis(a.UpdatedAt), Version: a.Version}
}

func (r accountRow) account() Account {
	return Account{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, ServerID: r.ServerID, ServerName: r.ServerName, ServerAddress: r.Address, UserID: r.UserID, AuthID: r.AuthID, Name: r.Name,
		Password: secret.Ref(r.SecretRef), Allocated: r.Allocated, CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
}

func selectServers(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	return db.Scoped(q.NewSelect().Model(model).ColumnExpr("v.*"), scope.From(ctx), "v")
}

func findServer(ctx context.Context, q db.Q, id string) (Server, error) {
	var r serverRow
	if err := db.One(ctx, selectServers(ctx, q, &r).Where("v.id = ?", id), "SIP server"); err != nil {
		return Server{}, err
	}
	return r.server(), nil
}

// serverAt finds the oldest server of an organization at an address, in any case.
func serverAt(ctx context.Context, q db.Q, orgID, address string) (Server, error) {
	var r serverRow
	if err := db.One(ctx, selectServers(ctx, q, &r).Where("v.org_id = ? AND lower(v.address) = lower(?)", orgID, address).Order("v.id").Limit(1), "SIP server"); err != nil {
		return Server{}, err
	}
	return r.server(), nil
}

func listServers(ctx context.Context, q db.Q, orgID string, p db.Page) (out db.Slice[Server], err error) {
	var rows []serverRow
	sel := selectServers(ctx, q, &rows).Where("v.org_id = ?", orgID)
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, p, db.Sorts{"name": {Expr: "v.name_key"}, "address": {Expr: "v.address"}}, "name", "v.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.server())
	}
	return out, nil
}

func deleteServer(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.NewDelete().Model((*serverRow)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "SIP server")
}

func countAccounts(ctx context.Context, q db.Q, serverID string) (int, error) {
	return db.Count(ctx, q.NewSelect().Table("accounts").Where("server_id = ?", serverID))
}

// allocated asks for a line of any device with the account.
const allocated = "SELECT 1 FROM device_lines AS dl WHERE dl.account_id = a.id"

func selectAccounts(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := q.NewSelect().Model(model).ColumnExpr("a.*, v.address AS address, v.name AS server_name, EXISTS (" + allocated + ") AS allocated").Join("JOIN sip_servers AS v ON v.id = a.server_id")
	return db.Scoped(sel, scope.From(ctx), "a")
}

func findAccount(ctx context.Context, q db.Q, id string) (Account, error) {
	var r accountRow
	if err := db.One(ctx, selectAccounts(ctx, q, &r).Where("a.id = ?", id), "account"); err != nil {
		return Account{}, err
	}
	all, err := withDevices(ctx, q, []Account{r.account()})
	if err != nil {
		return Account{}, err
	}
	return all[0], nil
}

func listAccounts(ctx context.Context, q db.Q, f Filter) (out db.Slice[Account], err error) {
	var rows []accountRow
	sel := selectAccounts(ctx, q, &rows).Where("a.org_id = ?", f.OrgID)
	if f.Q != "" {
		p := db.Prefix(strings.ToLower(f.Q))
		sel = sel.Where(`(lower(a.user_id) LIKE ? ESCAPE '\' OR lower(a.name) LIKE ? ESCAPE '\')`, p, p)
	}
	if f.ServerID != "" {
		sel = sel.Where("a.server_id = ?", f.ServerID)
	}
	if f.Allocated != nil {
		sel = sel.Where("EXISTS ("+allocated+") = ?", *f.Allocated)
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"user_id": {Expr: "a.user_id"}, "name": {Expr: "a.name"}}, "user_id", "a.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.account())
	}
	out.Items, err = withDevices(ctx, q, out.Items)
	return out, err
}

// withDevices fills in which devices of the scope carry each account.
func withDevices(ctx context.Context, q db.Q, accounts []Account) ([]Account, error) {
	if len(accounts) == 0 {
		return accounts, nil
	}
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	var rows []struct{ AccountID, DeviceID string }
	sel := q.NewSelect().TableExpr("device_lines AS l").Column("l.account_id", "l.device_id").Where("l.account_id IN (?)", bun.List(ids))
	err := device.InSites(ctx, q, sel, "l.device_id").Order("l.device_id").Scan(ctx, &rows)
	for _, r := range rows {
		for i := range accounts {
			if accounts[i].ID == r.AccountID {
				accounts[i].Devices = append(accounts[i].Devices, r.DeviceID)
			}
		}
	}
	return accounts, err
}

// servedBy lists the devices of the scope that carry an account of a server.
func servedBy(ctx context.Context, q db.Q, serverID string) (ids []string, err error) {
	sel := q.NewSelect().TableExpr("device_lines AS l").ColumnExpr("DISTINCT l.device_id").Join("JOIN accounts AS a ON a.id = l.account_id").Where("a.server_id = ?", serverID)
	err = device.InSites(ctx, q, db.Scoped(sel, scope.From(ctx), "l"), "l.device_id").OrderExpr("l.device_id").Scan(ctx, &ids)
	return ids, err
}

func deleteAccount(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.NewDelete().Model((*accountRow)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "account")
}

type lineRow struct {
	bun.BaseModel `bun:"table:device_lines,alias:l"`
	DeviceID      string `bun:"device_id,pk"`
	Line          int    `bun:"line,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	AccountID     string `bun:"account_id"`
	Profile       int    `bun:"profile"`
	Mode          string `bun:"mode"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
}

type handsetRow struct {
	bun.BaseModel `bun:"table:handset_lines,alias:h"`
	DeviceID      string `bun:"device_id,pk"`
	Handset       int    `bun:"handset,pk"`
	HandsetLine   int    `bun:"handset_line,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Line          int    `bun:"line"`
}

func linesOf(ctx context.Context, q db.Q, deviceIDs []string) (map[string][]Line, error) {
	if len(deviceIDs) == 0 {
		return nil, nil
	}
	var rows []struct {
		accountRow
		DeviceID string `bun:"device_id"`
		Line     int    `bun:"line"`
		Profile  int    `bun:"profile"`
		Mode     string `bun:"mode"`
		Author   string `bun:"author"`
		At       int64  `bun:"at"`
	}
	sel := q.NewSelect().TableExpr("device_lines AS l").ColumnExpr("a.*, v.address AS address, v.name AS server_name, TRUE AS allocated, l.device_id, l.line, l.profile, l.mode, l.author, l.at").
		Join("JOIN accounts AS a ON a.id = l.account_id").Join("JOIN sip_servers AS v ON v.id = a.server_id").
		Where("l.device_id IN (?)", bun.List(deviceIDs)).Order("l.device_id", "l.line")
	if err := db.Scoped(sel, scope.From(ctx), "l").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[string][]Line{}
	for _, r := range rows {
		out[r.DeviceID] = append(out[r.DeviceID], Line{DeviceID: r.DeviceID, N: r.Line, Account: r.account(), Author: r.Author, At: clock.FromMillis(r.At), Profile: r.Profile, Mode: r.Mode})
	}
	return out, withHandsets(ctx, q, deviceIDs, out)
}

// withHandsets fills in which handsets' lines use each line.
func withHandsets(ctx context.Context, q db.Q, deviceIDs []string, lines map[string][]Line) error {
	var rows []handsetRow
	sel := q.NewSelect().Model(&rows).Where("h.device_id IN (?)", bun.List(deviceIDs)).Order("h.device_id", "h.handset", "h.handset_line")
	if err := db.Scoped(sel, scope.From(ctx), "h").Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		for i := range lines[r.DeviceID] {
			if l := &lines[r.DeviceID][i]; l.N == r.Line {
				l.Handsets = append(l.Handsets, HandsetLine{r.Handset, r.HandsetLine})
			}
		}
	}
	return nil
}

// dropHandsets frees the handsets' lines that use a line.
func dropHandsets(ctx context.Context, tx *db.Tx, deviceID string, line int) error {
	_, err := tx.NewDelete().Model((*handsetRow)(nil)).Where("device_id = ? AND line = ?", deviceID, line).Exec(ctx)
	return err
}

func replaceHandsets(ctx context.Context, tx *db.Tx, d device.Device, table []Cell) error {
	if _, err := tx.NewDelete().Model((*handsetRow)(nil)).Where("device_id = ?", d.ID).Exec(ctx); err != nil {
		return err
	}
	for _, c := range table {
		if err := db.Insert(ctx, tx, &handsetRow{DeviceID: d.ID, Handset: c.Handset, HandsetLine: c.Line, TenantID: d.TenantID, OrgID: d.OrgID, Line: c.Use}); err != nil {
			return err
		}
	}
	return nil
}

// clash is a device on which an account shares a profile with one of another
// server.
type clash struct {
	MAC, Model string
	Profile    int
}

// profileClashes looks at every device of the organization, seen or not.
func profileClashes(ctx context.Context, q db.Q, a Account) (out []clash, err error) {
	sel := q.NewSelect().TableExpr("device_lines AS l").ColumnExpr("d.mac, d.model, l.profile").
		Join("JOIN device_lines AS m ON m.device_id = l.device_id AND m.line <> l.line AND m.profile = l.profile").
		Join("JOIN accounts AS o ON o.id = m.account_id").Join("JOIN devices AS d ON d.id = l.device_id").
		Where("l.account_id = ? AND m.account_id <> ? AND o.server_id <> ? AND l.profile > 0", a.ID, a.ID, a.ServerID).Order("d.mac")
	return out, sel.Scan(ctx, &out)
}

func dropLine(ctx context.Context, tx *db.Tx, deviceID string, n int) error {
	_, err := tx.NewDelete().Model((*lineRow)(nil)).Where("device_id = ? AND line = ?", deviceID, n).Exec(ctx)
	return err
}

// DropDevice takes a device's lines away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	if _, err := tx.NewDelete().Model((*handsetRow)(nil)).Where("device_id = ?", deviceID).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewDelete().Model((*lineRow)(nil)).Where("device_id = ?", deviceID).Exec(ctx)
	return err
}
