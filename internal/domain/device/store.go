package device

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:devices,alias:d"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	SiteID        string `bun:"site_id"`
	MAC           string `bun:"mac"`
	Vendor        string `bun:"vendor"`
	Model         string `bun:"model"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Serial        string `bun:"serial"`
	Life          string `bun:"life"`
	Sync          int64  `bun:"sync_configuration"`
	Told          string `bun:"told_firmware"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
}

func newRow(d Device) *row {
	return &row{ID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, SiteID: d.SiteID, MAC: d.MAC.String(), Vendor: d.Vendor, Model: d.Model,
		Name: d.Name, NameKey: strings.ToLower(d.Name), Serial: d.Serial, Life: string(d.Life), Told: d.Firmware, Sync: flag(d.SyncConfiguration),
		CreatedAt: clock.Millis(d.CreatedAt), UpdatedAt: clock.Millis(d.UpdatedAt), Version: d.Version}
}

// selectCore is the query that devices are read by in a transaction that
// writes, narrowed to the scope. It leaves the hot half out: no transaction
// touches both database files.
func selectCore(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	s := scope.From(ctx)
	sel := q.NewSelect().Model(model).ColumnExpr("d.*").
		ColumnExpr("p.path AS site_path, p.name AS site_name").
		ColumnExpr("COALESCE(s.desired, '') AS desired, COALESCE(s.delivered, '') AS delivered, COALESCE(s.confirmed, '') AS confirmed, COALESCE(s.delivered_at, 0) AS delivered_at, COALESCE(s.problem, '') AS problem").
		Join("JOIN sites AS p ON p.id = d.site_id").
		Join("LEFT JOIN device_states AS s ON s.device_id = d.id")
	return inSites(db.Scoped(sel, s, "d"), s.Sites)
}

// selectDevices is selectCore with the hot half, for reading.
func selectDevices(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	return selectCore(ctx, q, model).
		ColumnExpr(reachExpr + " AS reach, COALESCE(t.reach_at, 0) AS reach_at, COALESCE(t.expected_by, 0) AS expected_by, " + seenExpr + " AS last_seen").
		ColumnExpr("COALESCE(t.address, '') AS address, COALESCE(t.door, '') AS door, COALESCE(t.user_agent, '') AS user_agent, COALESCE(t.firmware, '') AS firmware, COALESCE(t.model, '') AS told_model, " + statusExpr + " AS status, COALESCE(t.status_at, 0) AS status_at").
		Join("LEFT JOIN hot.twins AS t ON t.device_id = d.id")
}

// inSites narrows a query that has sites joined as p to some sites and what
// lies below them.
func inSites(sel *bun.SelectQuery, sites []string) *bun.SelectQuery {
	if sites == nil {
		return sel
	}
	return sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
		g = g.Where("1 = 0")
		for _, id := range sites {
			g = g.WhereOr("p.id = ?", id).WhereOr("p.path LIKE ?", "%"+id+"/%")
		}
		return g
	})
}

// InSites narrows a query over rows that name a device in column to the devices
// that stand in the sites of the context's scope.
func InSites(ctx context.Context, q db.Q, sel *bun.SelectQuery, column string) *bun.SelectQuery {
	sites := scope.From(ctx).Sites
	if sites == nil {
		return sel
	}
	devices := q.NewSelect().TableExpr("devices AS d").ColumnExpr("d.id").Join("JOIN sites AS p ON p.id = d.site_id")
	return sel.Where("? IN (?)", bun.Ident(column), inSites(devices, sites))
}

// find reads one device; sel is selectCore or selectDevices.
func find(ctx context.Context, q db.Q, sel func(context.Context, db.Q, any) *bun.SelectQuery, where string, args ...any) (Device, error) {
	var r listRow
	if err := db.One(ctx, sel(ctx, q, &r).Where(where, args...), "device"); err != nil {
		return Device{}, err
	}
	return r.device(), nil
}

// findAt reads the device with a MAC that stands in one of the sites.
func findAt(ctx context.Context, q db.Q, m mac.Address, siteIDs []string) (Device, error) {
	return find(ctx, q, selectCore, "d.mac = ? AND d.site_id IN (?)", m.String(), bun.List(siteIDs))
}

func list(ctx context.Context, q db.Q, f Filter) (db.Slice[Device], error) {
	var rows []listRow
	sel := filtered(selectDevices(ctx, q, &rows), f)
	total, err := db.Count(ctx, sel.Clone())
	if err != nil {
		return db.Slice[Device]{}, err
	}
	pager, err := db.NewPager(sel, f.Page, sorts, "mac", "d.id")
	if err != nil {
		return db.Slice[Device]{}, err
	}
	if err := sel.Scan(ctx); err != nil {
		return db.Slice[Device]{}, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return *rows[i].SortValue, rows[i].ID })
	out := db.Slice[Device]{Items: make([]Device, n), Next: next, Total: total}
	for i := range n {
		out.Items[i] = rows[i].device()
	}
	return out, nil
}

func all(ctx context.Context, q db.Q, f Filter) ([]Device, error) {
	var rows []listRow
	if err := filtered(selectCore(ctx, q, &rows), f).Order("d.id").Limit(limit.PlanDevices + 1).Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Device, len(rows))
	for i, r := range rows {
		out[i] = r.device()
	}
	return out, nil
}

func filtered(sel *bun.SelectQuery, f Filter) *bun.SelectQuery {
	if f.OrgID != "" {
		sel = sel.Where("d.org_id = ?", f.OrgID)
	}
	for expr, v := range map[string]string{"d.model": f.Model, "d.life": string(f.Life), reachExpr: string(f.Reach), statusExpr: string(f.Status), configExpr: f.ConfigState} {
		if v != "" {
			sel = sel.Where(expr+" = ?", v)
		}
	}
	if f.SiteID != "" {
		sel = inSites(sel, []string{f.SiteID})
	}
	if len(f.IDs) > 0 {
		sel = sel.Where("d.id IN (?)", bun.List(f.IDs))
	}
	if len(f.MACs) > 0 {
		sel = sel.Where("d.mac IN (?)", bun.List(f.MACs))
	}
	if q := searchWord(f.Q); q != "" {
		sel = sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
			return g.Where(`d.id IN (SELECT w.device_id FROM device_tokens AS w WHERE w.word LIKE ? ESCAPE '\')`, db.Prefix(q)).
				WhereOr(`t.address LIKE ? ESCAPE '\'`, db.Prefix(strings.TrimSpace(f.Q)))
		})
	}
	return sel
}

// searchWord brings what a person typed to the form of the stored words: a MAC
// or a part of one loses its separators.
func searchWord(q string) string {
	q = strings.ToLower(strings.TrimSpace(q))
	bare := strings.NewReplacer(":", "", "-", "", ".", "").Replace(q)
	hex := bare != "" && strings.Trim(bare, "0123456789abcdef") == ""
	if hex && strings.ContainsAny(q, ":-") || hex && len(bare) == 12 {
		return bare
	}
	return q
}

type wordRow struct {
	bun.BaseModel `bun:"table:device_tokens"`
	DeviceID      string `bun:"device_id,pk"`
	Word          string `bun:"word,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
}

// index writes the words that a device is found by.
func index(ctx context.Context, tx *db.Tx, d Device, more []string) error {
	if _, err := tx.NewDelete().Model((*wordRow)(nil)).Where("device_id = ?", d.ID).Exec(ctx); err != nil {
		return err
	}
	words := append(d.words(), more...)
	slices.Sort(words)
	var rows []wordRow
	for _, w := range slices.Compact(words) {
		if w != "" {
			rows = append(rows, wordRow{DeviceID: d.ID, Word: w, TenantID: d.TenantID, OrgID: d.OrgID})
		}
	}
	return db.Insert(ctx, tx, &rows)
}

// lineWords are the user ids on a device's lines.
func lineWords(ctx context.Context, q db.Q, deviceID string) (out []string, err error) {
	err = q.NewSelect().TableExpr("device_lines AS l").ColumnExpr("lower(a.user_id)").Join("JOIN accounts AS a ON a.id = l.account_id").
		Where("l.device_id = ?", deviceID).Scan(ctx, &out)
	return out, err
}

// remove deletes a device and its words; rows of other rooms must be gone.
func remove(ctx context.Context, tx *db.Tx, id string, version int64) error {
	if _, err := tx.NewDelete().Model((*wordRow)(nil)).Where("device_id = ?", id).Exec(ctx); err != nil {
		return err
	}
	res, err := tx.NewDelete().Model((*row)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "device")
}

func counts(ctx context.Context, q db.Q, orgID string) (Counts, error) {
	var rows []struct {
		Life, Reach, Config string
		N                   int
	}
	s := scope.From(ctx)
	sel := q.NewSelect().TableExpr("devices AS d").ColumnExpr("d.life AS life, "+reachExpr+" AS reach, "+configExpr+" AS config, count(*) AS n").
		Join("JOIN sites AS p ON p.id = d.site_id").Join("LEFT JOIN hot.twins AS t ON t.device_id = d.id").Join("LEFT JOIN device_states AS s ON s.device_id = d.id").
		Where("d.org_id = ?", orgID).GroupExpr("1, 2, 3")
	err := inSites(db.Scoped(sel, s, "d"), s.Sites).Scan(ctx, &rows)
	var c Counts
	for _, r := range rows {
		c.add(Life(r.Life), Reach(r.Reach), r.Config, r.N)
	}
	return c, err
}

// owners tells whose the MACs are that somebody has, across every wall.
func owners(ctx context.Context, q db.Q, macs []string) (rows []ownerRow, err error) {
	err = q.NewSelect().TableExpr("devices AS d").ColumnExpr("d.mac, d.tenant_id, d.org_id, d.id").Where("d.mac IN (?)", bun.List(macs)).Scan(ctx, &rows)
	return rows, err
}

type ownerRow struct{ MAC, ID, TenantID, OrgID string }

type strangerRow struct {
	bun.BaseModel `bun:"table:unclaimed,alias:u"`
	MAC           string `bun:"mac,pk"`
	Vendor        string `bun:"vendor"`
	Model         string `bun:"model"`
	Firmware      string `bun:"firmware"`
	Address       string `bun:"address"`
	Door          string `bun:"door"`
	FirstAt       int64  `bun:"first_at"`
	LastAt        int64  `bun:"last_at"`
	Requests      int64  `bun:"requests"`
	Subject       string `bun:"subject"`
	Proved        int    `bun:"proved"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func listUnclaimed(ctx context.Context, q db.Q, p db.Page) (out db.Slice[Unclaimed], err error) {
	var rows []strangerRow
	sel := q.NewSelect().Model(&rows).ColumnExpr("u.*")
	if out.Total, err = db.Count(ctx, q.NewSelect().Table("unclaimed")); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, p, db.Sorts{"last_at": {Expr: "u.last_at", Number: true}, "mac": {Expr: "u.mac"}}, "-last_at", "u.mac")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].MAC })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.unclaimed())
	}
	return out, nil
}

func saveUnclaimed(ctx context.Context, tx *db.Tx, u Unclaimed) error {
	at := clock.Millis(u.LastAt)
	_, err := tx.NewInsert().Model(&strangerRow{MAC: u.MAC.String(), Vendor: u.Vendor, Model: u.Model, Firmware: u.Firmware, Address: u.Address, Door: u.Door, FirstAt: at, LastAt: at, Requests: max(u.Requests, 1), Subject: u.Subject, Proved: map[bool]int{true: 1}[u.Proved]}).
		On("CONFLICT (mac) DO UPDATE").Set("model = EXCLUDED.model, firmware = EXCLUDED.firmware, address = EXCLUDED.address, door = EXCLUDED.door, subject = EXCLUDED.subject, proved = EXCLUDED.proved, last_at = EXCLUDED.last_at").
		Set("requests = u.requests + EXCLUDED.requests").Exec(ctx)
	return err
}

func trimUnclaimed(ctx context.Context, tx *db.Tx, keep int) error {
	n, err := db.Count(ctx, tx.NewSelect().Table("unclaimed"))
	if err != nil || n <= keep {
		return err
	}
	_, err = tx.NewDelete().Table("unclaimed").Where("mac IN (SELECT mac FROM unclaimed ORDER BY last_at LIMIT ?)", n-keep).Exec(ctx)
	return err
}

func dropUnclaimed(ctx context.Context, tx *db.Tx, m mac.Address) error {
	_, err := tx.NewDelete().Table("unclaimed").Where("mac = ?", m.String()).Exec(ctx)
	return err
}

type twinRow struct {
	bun.BaseModel `bun:"table:hot.twins,alias:t"`
	DeviceID      string `bun:"device_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	MAC           string `bun:"mac"`
	Reach         string `bun:"reach"`
	ReachAt       int64  `bun:"reach_at"`
	ExpectedBy    int64  `bun:"expected_by"`
	LastSeen      int64  `bun:"last_seen"`
	Address       string `bun:"address"`
	AddressAt     int64  `bun:"address_at"`
	Door          string `bun:"door"`
	UserAgent     string `bun:"user_agent"`
	Firmware      string `bun:"firmware"`
	FirmwareAt    int64  `bun:"firmware_at"`
	Model         string `bun:"model"`
	ModelAt       int64  `bun:"model_at"`
	Status        string `bun:"status"`
	StatusAt      int64  `bun:"status_at"`
	GlimpsedAt    int64  `bun:"glimpsed_at"`
	news          bool   // the firmware is another one than before
}

func (w *twin) row(id string) twinRow {
	return twinRow{DeviceID: id, TenantID: w.tenant.Value(), OrgID: w.org.Value(), MAC: w.mac.String(), Reach: cmp.Or(string(w.reach), string(Offline)), ReachAt: w.reachAt,
		ExpectedBy: w.expectedBy, LastSeen: w.lastSeen, Address: w.address, AddressAt: w.addressAt, Door: w.door.Value(), UserAgent: w.agent.Value(),
		Firmware: w.firmware.Value(), FirmwareAt: w.firmwareAt, Model: w.model.Value(), ModelAt: w.modelAt, Status: w.status.Value(), StatusAt: w.statusAt, GlimpsedAt: w.glimpsed}
}

// mergeTwins upserts rows field by field: of two sightings the newer one wins.
func mergeTwins(ctx context.Context, q db.Q, rows []twinRow) error {
	ins := q.NewInsert().Model(&rows).On("CONFLICT (device_id) DO UPDATE").
		Set("last_seen = CASE WHEN EXCLUDED.last_seen > t.last_seen THEN EXCLUDED.last_seen ELSE t.last_seen END").
		Set("glimpsed_at = CASE WHEN EXCLUDED.glimpsed_at > t.glimpsed_at THEN EXCLUDED.glimpsed_at ELSE t.glimpsed_at END").
		Set("org_id = EXCLUDED.org_id")
	for _, col := range []string{"reach", "address", "firmware", "model", "status"} {
		ins = ins.Set(newer(col, col+"_at")).Set(newer(col+"_at", col+"_at"))
	}
	for _, col := range []string{"expected_by", "door", "user_agent"} {
		ins = ins.Set(newer(col, "last_seen"))
	}
	_, err := ins.Exec(ctx)
	return err
}

func newer(col, at string) string {
	return col + " = CASE WHEN EXCLUDED." + at + " >= t." + at + " THEN EXCLUDED." + col + " ELSE t." + col + " END"
}

// toldFirmware writes what devices told of their firmware, where that is news.
func toldFirmware(ctx context.Context, d *db.DB, rows []twinRow) error {
	told := make(map[string]string, len(rows))
	for _, r := range rows {
		if r.Firmware != "" {
			told[r.DeviceID] = r.Firmware
		}
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(told)), 500) {
		var known []row
		err := d.Read(ctx, func(q db.Q) error {
			return q.NewSelect().Model(&known).Column("id", "told_firmware").Where("d.id IN (?)", bun.List(chunk)).Scan(ctx)
		})
		if err != nil {
			return err
		}
		known = slices.DeleteFunc(known, func(r row) bool { return r.Told == told[r.ID] })
		if len(known) == 0 {
			continue
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			for _, r := range known {
				if _, err := tx.NewUpdate().Model((*row)(nil)).Set("told_firmware = ?", told[r.ID]).Where("id = ?", r.ID).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// markOverdue sets those offline that should have reported before now.
func markOverdue(ctx context.Context, q db.Q, now int64) ([]twinRow, error) {
	var rows []twinRow
	_, err := q.NewUpdate().Model(&rows).ModelTableExpr("hot.twins AS t").Set("reach = ?", string(Offline)).Set("reach_at = ?", now).
		Where("t.reach <> ? AND t.expected_by > 0 AND t.expected_by < ?", string(Offline), now).Returning("device_id, org_id").Exec(ctx, &rows)
	return rows, err
}

// dropTwin removes a device's hot row.
func dropTwin(ctx context.Context, q db.Q, id string) error {
	_, err := q.NewDelete().TableExpr("hot.twins").Where("device_id = ?", id).Exec(ctx)
	return err
}
