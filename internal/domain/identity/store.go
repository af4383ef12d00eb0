package identity

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

type tokenRow struct {
	bun.BaseModel `bun:"table:device_secrets,alias:s"`

	ID        string `bun:",pk"`
	TenantID  string
	OrgID     string
	DeviceID  string
	Kind      string
	Lookup    string
	SecretRef string
	State     string
	CreatedAt int64
	UsedAt    int64
	EndsAt    int64
}

// scoped selects proofs of a kind, of every kind for "".
func scoped(ctx context.Context, q db.Q, model any, kind string) *bun.SelectQuery {
	sel := db.Scoped(q.NewSelect().Model(model), scope.From(ctx), "s")
	if kind != "" {
		sel = sel.Where("s.kind = ?", kind)
	}
	return sel
}

func findToken(ctx context.Context, q db.Q, kind, lookup string) (row tokenRow, err error) {
	err = db.One(ctx, scoped(ctx, q, &row, kind).Where("s.lookup = ?", lookup), "token")
	return row, err
}

// currentOf is the proof of a kind that a device is to use from now on.
func currentOf(ctx context.Context, q db.Q, deviceID, kind string) (row tokenRow, err error) {
	err = db.One(ctx, scoped(ctx, q, &row, kind).Where("s.device_id = ? AND s.state = ?", deviceID, string(current)).OrderExpr("s.id DESC").Limit(1), kind)
	return row, err
}

// proofsOf are the proofs of a kind that a device has, of every kind for "".
func proofsOf(ctx context.Context, q db.Q, deviceID, kind string) (rows []tokenRow, err error) {
	err = scoped(ctx, q, &rows, kind).Where("s.device_id = ?", deviceID).OrderExpr("s.id").Scan(ctx)
	return rows, err
}

// supersede makes the current proof of a kind a previous one that ends then.
func supersede(ctx context.Context, tx *db.Tx, deviceID, kind string, then int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("state = ?", string(previous)).Set("ends_at = ?", then).
		Where("device_id = ? AND kind = ? AND state = ?", deviceID, kind, string(current))
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

// markUsed writes the first use of a token; later ones are touch's.
func markUsed(ctx context.Context, tx *db.Tx, id string, at int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = ?", at).Where("id = ? AND used_at = 0", id)
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

// endBefore ends a device's proofs of a kind that are older than id, and returns
// those that it ended as they were.
func endBefore(ctx context.Context, tx *db.Tx, deviceID, kind, id string, at int64) (rows []tokenRow, err error) {
	err = scoped(ctx, tx, &rows, kind).Where("s.device_id = ? AND s.id < ? AND s.state <> ?", deviceID, id, string(old)).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("state = ?", string(old)).Set("ends_at = ?", at).Set("secret_ref = ''").
		Where("device_id = ? AND kind = ? AND id < ? AND state <> ?", deviceID, kind, id, string(old))
	_, err = db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return rows, err
}

func touch(ctx context.Context, tx *db.Tx, id string, at int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = ?", at).Where("id = ? AND used_at < ?", id, at)
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

func deleteTokens(ctx context.Context, tx *db.Tx, deviceID string) error {
	del := tx.NewDelete().Model((*tokenRow)(nil)).Where("device_id = ?", deviceID)
	_, err := db.ScopedDelete(del, scope.From(ctx), "s").Exec(ctx)
	return err
}

type claimRow struct {
	bun.BaseModel `bun:"table:claims,alias:c"`
	ID            string `bun:",pk"`
	TenantID      string
	OrgID         string
	DeviceID      string
	Address       string
	State         string
	Agent         string
	Subject       string
	FirstAt       int64
	LastAt        int64
	Requests      int64
	TakenAt       int64
	DecidedBy     string
	DecidedAt     int64
}

func (r claimRow) claim() Claim {
	return Claim{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, DeviceID: r.DeviceID, Address: r.Address, Agent: r.Agent, Subject: r.Subject, State: ClaimState(r.State), FirstAt: clock.FromMillis(r.FirstAt), LastAt: clock.FromMillis(r.LastAt),
		Requests: r.Requests, TakenAt: clock.FromMillis(r.TakenAt), DecidedBy: r.DecidedBy, DecidedAt: clock.FromMillis(r.DecidedAt)}
}

type windowRow struct {
	bun.BaseModel `bun:"table:claim_windows,alias:w"`
	DeviceID      string `bun:",pk"`
	TenantID      string
	OrgID         string
	Until         int64
}

func claimsOf(ctx context.Context, q db.Q, deviceID string) (rows []claimRow, err error) {
	err = db.Scoped(q.NewSelect().Model(&rows).Where("c.device_id = ?", deviceID).Order("c.id"), scope.From(ctx), "c").Scan(ctx)
	return rows, err
}

func findClaim(ctx context.Context, q db.Q, id string) (row claimRow, err error) {
	err = db.One(ctx, db.Scoped(q.NewSelect().Model(&row).Where("c.id = ?", id), scope.From(ctx), "c"), "claim")
	return row, err
}

// listClaims lists an organization's claims, those that wait first, then the
// latest.
func listClaims(ctx context.Context, q db.Q, orgID, deviceID string) (out []Claim, err error) {
	var rows []claimRow
	sel := db.Scoped(q.NewSelect().Model(&rows).Where("c.org_id = ?", orgID), scope.From(ctx), "c").
		OrderExpr("CASE c.state WHEN ? THEN 0 WHEN ? THEN 1 ELSE 2 END, c.last_at DESC", string(ClaimContested), string(ClaimOpen)).Limit(limit.ListMax)
	if deviceID != "" {
		sel = sel.Where("c.device_id = ?", deviceID)
	}
	if err := device.InSites(ctx, q, sel, "c.device_id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out = append(out, r.claim())
	}
	return out, nil
}

func saveClaim(ctx context.Context, tx *db.Tx, r claimRow) error {
	ins := tx.NewInsert().Model(&r).On("CONFLICT (id) DO UPDATE")
	for _, c := range []string{"state", "agent", "subject", "last_at", "requests", "taken_at", "decided_by", "decided_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err := ins.Exec(ctx)
	return err
}

func deleteClaims(ctx context.Context, tx *db.Tx, deviceID string) error {
	for _, table := range []string{"claims", "claim_windows", "legacy_uses"} {
		if _, err := tx.NewDelete().Table(table).Where("device_id = ?", deviceID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func openWindow(ctx context.Context, tx *db.Tx, r windowRow) error {
	_, err := tx.NewInsert().Model(&r).On("CONFLICT (device_id) DO UPDATE").Set("until = EXCLUDED.until").Exec(ctx)
	return err
}

// windowOf returns when a device's claim window ends, zero for never opened.
func windowOf(ctx context.Context, q db.Q, deviceID string) (time.Time, error) {
	var r windowRow
	err := db.One(ctx, db.Scoped(q.NewSelect().Model(&r).Where("w.device_id = ?", deviceID), scope.From(ctx), "w"), "claim window")
	if fault.Is(err, fault.NotFound) {
		return time.Time{}, nil
	}
	return clock.FromMillis(r.Until), err
}

// lastUse returns when a device last used a proof of its own, as far as it
// is written down.
func lastUse(ctx context.Context, q db.Q, deviceID string) (time.Time, error) {
	var at int64
	err := scoped(ctx, q, (*tokenRow)(nil), "").ColumnExpr("COALESCE(max(s.used_at), 0)").Where("s.device_id = ?", deviceID).Scan(ctx, &at)
	return clock.FromMillis(at), err
}

// endAll ends every proof of a device at once.
func endAll(ctx context.Context, tx *db.Tx, deviceID string, at int64) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("state = ?", string(old)).Set("ends_at = ?", at).Where("device_id = ? AND state <> ?", deviceID, string(old))
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

// glanceRow is what a refused claim is judged by.
type glanceRow struct {
	MAC        string `bun:"mac"`
	ID         string `bun:"id"`
	TenantID   string `bun:"tenant_id"`
	OrgID      string `bun:"org_id"`
	SiteID     string `bun:"site_id"`
	Life       string `bun:"life"`
	MineState  string `bun:"mine_state"` // "" where the party has not asked yet
	MineTaken  int64  `bun:"mine_taken"`
	Parties    int    `bun:"parties"`
	Rivals     int    `bun:"rivals"`
	UsedAt     int64  `bun:"used_at"`
	Until      int64  `bun:"until"`
	Proved     int    `bun:"proved"` // itself by a certificate
	StickerRef string `bun:"sticker_ref"`
	Day        string `bun:"day"`
	Wrong      int    `bun:"wrong"`
}

// glanceAt reads how a party at an address stands to the device with a MAC, or,
// where nobody has that MAC, to some other device; the zero value where there is
// none at all.
func glanceAt(ctx context.Context, q db.Q, m mac.Address, address string) (r glanceRow, err error) {
	sel := q.NewSelect().TableExpr("devices AS d").ColumnExpr("d.mac, d.id, d.tenant_id, d.org_id, d.site_id, d.life").
		ColumnExpr("COALESCE(c.state, '') AS mine_state, COALESCE(c.taken_at, 0) AS mine_taken").
		ColumnExpr("(SELECT count(*) FROM claims AS o WHERE o.device_id = d.id) AS parties").
		ColumnExpr("(SELECT count(*) FROM claims AS o WHERE o.device_id = d.id AND o.address <> ? AND o.state = ?) AS rivals", address, string(ClaimTaken)).
		ColumnExpr("(SELECT COALESCE(max(s.used_at), 0) FROM device_secrets AS s WHERE s.device_id = d.id) AS used_at").
		ColumnExpr("(SELECT count(*) FROM certificate_uses AS x WHERE x.device_id = d.id) AS proved").
		ColumnExpr("COALESCE(w.until, 0) AS until, COALESCE(l.sticker_ref, '') AS sticker_ref, COALESCE(l.day, '') AS day, COALESCE(l.wrong, 0) AS wrong").
		Join("LEFT JOIN claims AS c ON c.device_id = d.id AND c.address = ?", address).
		Join("LEFT JOIN claim_windows AS w ON w.device_id = d.id").Join("LEFT JOIN device_labels AS l ON l.device_id = d.id").
		Where("d.id = COALESCE((SELECT k.id FROM devices AS k WHERE k.mac = ?), (SELECT min(k.id) FROM devices AS k))", m.String())
	err = db.Scoped(sel, scope.From(ctx), "d").Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return glanceRow{}, nil
	}
	return r, err
}

// wordsOf are the proofs of a kind that the device with a MAC has, newest first. For
// a MAC that nobody has, the same steps are taken for the device of a decoy: what
// comes back then is the decoy itself, marked as one. Where there is nothing it is
// one empty row, so that as much comes back.
func wordsOf(ctx context.Context, q db.Q, m mac.Address, kind string, decoy tokenRow) (rows []wordRow, err error) {
	err = q.NewSelect().
		TableExpr("(SELECT COALESCE(d.id, ?) AS id, CASE WHEN d.id IS NULL THEN 1 ELSE 0 END AS decoy FROM (SELECT ? AS mac) AS n LEFT JOIN devices AS d ON d.mac = n.mac) AS w", decoy.DeviceID, m.String()).
		ColumnExpr("w.decoy, COALESCE(s.id, '') AS id, COALESCE(s.device_id, '') AS device_id, COALESCE(s.secret_ref, '') AS secret_ref, COALESCE(s.state, '') AS state, COALESCE(s.used_at, 0) AS used_at, COALESCE(s.ends_at, 0) AS ends_at").
		Join("LEFT JOIN device_secrets AS s ON s.device_id = w.id AND (w.decoy = 0 AND s.kind = ? AND (s.secret_ref <> '' OR s.lookup = s.id) OR w.decoy = 1 AND s.id = ?)", kind, decoy.ID).
		OrderExpr("s.id DESC").Scan(ctx, &rows)
	return rows, err
}

// decoys are secrets of some devices.
func decoys(ctx context.Context, q db.Q, n int) (rows []tokenRow, err error) {
	sel := scoped(ctx, q, &rows, "").ColumnExpr("s.id, s.device_id, s.secret_ref").Where("s.state = ? AND s.secret_ref <> ''", string(current)).OrderExpr("s.id DESC").Limit(int64(n))
	return rows, sel.Scan(ctx)
}

type labelRow struct {
	bun.BaseModel `bun:"table:device_labels,alias:l"`
	DeviceID      string `bun:",pk"`
	TenantID      string
	OrgID         string
	StickerRef    string
	Day           string
	Wrong         int
}

// labelOf is a device's label, the zero value where nothing is known of it.
func labelOf(ctx context.Context, q db.Q, deviceID string) (r labelRow, err error) {
	err = db.One(ctx, db.Scoped(q.NewSelect().Model(&r).Where("l.device_id = ?", deviceID), scope.From(ctx), "l"), "label")
	if fault.Is(err, fault.NotFound) {
		return labelRow{}, nil
	}
	return r, err
}

func saveLabel(ctx context.Context, tx *db.Tx, r labelRow) error {
	_, err := tx.NewInsert().Model(&r).On("CONFLICT (device_id) DO UPDATE").Set("sticker_ref = EXCLUDED.sticker_ref, day = EXCLUDED.day, wrong = EXCLUDED.wrong").Exec(ctx)
	return err
}

func deleteLabel(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Table("device_labels").Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

// forgetUses makes the tokens that ended count as never used: other hardware
// used them.
func forgetUses(ctx context.Context, tx *db.Tx, deviceID string) error {
	up := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = 0").Where("device_id = ? AND state = ?", deviceID, string(old))
	_, err := db.ScopedUpdate(up, scope.From(ctx), "s").Exec(ctx)
	return err
}

type legacyRow struct {
	bun.BaseModel `bun:"table:legacy_uses,alias:u"`
	DeviceID      string `bun:",pk"`
	TenantID      string
	OrgID         string
	Proof         string
	Door          string
	Address       string
	LastAt        int64
	SafeAt        int64
}

// saveLegacy writes down what phones came with. Devices that are gone are left out.
func saveLegacy(ctx context.Context, tx *db.Tx, batch map[string]legacyNote) error {
	used, safe := map[string]legacyNote{}, []string(nil)
	latest := int64(0)
	for id, n := range batch {
		if n.at.IsZero() {
			safe, latest = append(safe, id), max(latest, n.safe.UnixMilli())
			continue
		}
		used[id] = n
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(used)), legacyChunk) {
		if err := insertLegacy(ctx, tx, part, used); err != nil {
			return err
		}
	}
	there, err := tx.NewSelect().Model((*legacyRow)(nil)).Limit(1).Exists(ctx)
	if err != nil || !there {
		return err
	}
	slices.Sort(safe)
	for part := range slices.Chunk(safe, legacyChunk) {
		up := tx.NewUpdate().Model((*legacyRow)(nil)).Set("safe_at = ?", latest).Where("device_id IN (?)", bun.List(part)).Where("safe_at < ?", latest)
		if _, err := up.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// legacyChunk is how many devices one statement names.
const legacyChunk = 500

func insertLegacy(ctx context.Context, tx *db.Tx, ids []string, notes map[string]legacyNote) error {
	var there []struct{ ID, TenantID, OrgID string }
	if err := tx.NewSelect().Table("devices").Column("id", "tenant_id", "org_id").Where("id IN (?)", bun.List(ids)).Scan(ctx, &there); err != nil || len(there) == 0 {
		return err
	}
	rows := make([]legacyRow, len(there))
	for i, d := range there {
		n := notes[d.ID]
		rows[i] = legacyRow{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, Proof: string(n.proof), Door: n.door, Address: n.address, LastAt: n.at.UnixMilli(), SafeAt: clock.Millis(n.safe)}
	}
	ins := tx.NewInsert().Model(&rows).On("CONFLICT (device_id) DO UPDATE")
	for _, c := range []string{"proof", "door", "address", "last_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err := ins.Set("safe_at = CASE WHEN EXCLUDED.safe_at > u.safe_at THEN EXCLUDED.safe_at ELSE u.safe_at END").Exec(ctx)
	return err
}

// breaks is the condition of a phone that needs the flag still.
const breaks = "d.life = 'adopted' AND u.last_at > u.safe_at AND u.last_at >= ?"

func legacyOf(ctx context.Context, q db.Q, model any, siteID string) *bun.SelectQuery {
	return db.Scoped(q.NewSelect().Model(model), scope.From(ctx), "u").Join("JOIN devices AS d ON d.id = u.device_id").Where("d.site_id = ?", siteID)
}

func countBreaking(ctx context.Context, q db.Q, siteID string, since time.Time) (int, error) {
	return db.Count(ctx, legacyOf(ctx, q, (*legacyRow)(nil), siteID).Where(breaks, since.UnixMilli()))
}

func countLetIn(ctx context.Context, q db.Q, siteID string, since time.Time) (int, error) {
	return db.Count(ctx, legacyOf(ctx, q, (*legacyRow)(nil), siteID).Where("u.last_at >= ?", since.UnixMilli()))
}

func listLegacy(ctx context.Context, q db.Q, siteID string, since time.Time) (out []LegacyUse, err error) {
	var rows []struct {
		legacyRow `bun:",extend"`
		Breaks    int `bun:"breaks,scanonly"`
	}
	sel := legacyOf(ctx, q, &rows, siteID).ColumnExpr("u.*").ColumnExpr("CASE WHEN "+breaks+" THEN 1 ELSE 0 END AS breaks", since.UnixMilli()).
		OrderExpr("breaks DESC, u.last_at DESC, u.device_id").Limit(limit.LegacyShown)
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out = append(out, LegacyUse{DeviceID: r.DeviceID, Proof: Proof(r.Proof), Door: r.Door, Address: r.Address, LastAt: clock.FromMillis(r.LastAt), SafeAt: clock.FromMillis(r.SafeAt), Breaks: r.Breaks == 1})
	}
	return out, nil
}
