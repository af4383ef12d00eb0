package manager

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:managed,alias:m"`
	DeviceID      string `bun:"device_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Protocol      string `bun:"protocol"`
	Told          string `bun:"told"`
	CallURL       string `bun:"call_url"`
	CallUDP       string `bun:"call_udp"`
	CallAt        int64  `bun:"call_at"`
	CallProblem   string `bun:"call_problem"`
	Seconds       int64  `bun:"every_seconds"`
	BootedAt      int64  `bun:"booted_at"`
	BootReason    string `bun:"boot_reason"`
	Watched       string `bun:"watched"`
	UpdatedAt     int64  `bun:"updated_at"`
}

func (p Phone) row() (row, error) {
	told, err := json.Marshal(p.Told)
	if err != nil {
		return row{}, fmt.Errorf("write down what a phone told: %w", err)
	}
	return row{DeviceID: p.Device.ID, TenantID: p.Device.TenantID, OrgID: p.Device.OrgID, Protocol: string(p.Protocol), Told: string(told), CallURL: p.Call.URL, CallUDP: p.Call.UDP,
		CallAt: clock.Millis(p.Call.At), CallProblem: p.Call.Problem, Seconds: int64(p.Every.Seconds()), BootedAt: clock.Millis(p.Boot.At), BootReason: string(p.Boot.Reason), Watched: p.Watched, UpdatedAt: clock.Millis(p.At)}, nil
}

func (r row) phone() (p Phone, err error) {
	p = Phone{Protocol: Protocol(r.Protocol), Call: Call{URL: r.CallURL, UDP: r.CallUDP, At: clock.FromMillis(r.CallAt), Problem: r.CallProblem}, Every: time.Duration(r.Seconds) * time.Second,
		Boot: Boot{At: clock.FromMillis(r.BootedAt), Reason: BootReason(r.BootReason)}, Watched: r.Watched, At: clock.FromMillis(r.UpdatedAt)}
	if err := json.Unmarshal([]byte(r.Told), &p.Told); err != nil {
		return Phone{}, fmt.Errorf("read what a phone told: %w", err)
	}
	return p, nil
}

func find(ctx context.Context, q db.Q, deviceID string) (Phone, error) {
	var r row
	if err := db.One(ctx, db.Scoped(q.NewSelect().Model(&r).Where("m.device_id = ?", deviceID), scope.From(ctx), "m"), "managed phone"); err != nil {
		return Phone{}, err
	}
	return r.phone()
}

func save(ctx context.Context, tx *db.Tx, p Phone) error {
	r, err := p.row()
	if err != nil {
		return err
	}
	ins := tx.NewInsert().Model(&r).On("CONFLICT (device_id) DO UPDATE")
	for _, c := range []string{"tenant_id", "org_id", "protocol", "told", "call_url", "call_udp", "call_at", "call_problem", "every_seconds", "booted_at", "boot_reason", "watched", "updated_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err = ins.Exec(ctx)
	return err
}

// Moved takes what a device told along to another organization of its tenant.
func Moved(ctx context.Context, tx *db.Tx, _, d device.Device) error {
	if _, err := tx.NewDelete().Table("drift_policies").Where("device_id = ?", d.ID).Exec(ctx); err != nil {
		return err // they were the other organization's word
	}
	return db.Rehome(ctx, tx, d.ID, d.OrgID, "managed", "reported", "drift")
}

// DropDevice forgets what a device told, before the device itself goes.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	for _, table := range []string{"drift_policies", "drift", "reported", "managed"} {
		if _, err := tx.NewDelete().Table(table).Where("device_id = ?", deviceID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func setWatched(ctx context.Context, tx *db.Tx, deviceID, mark string) error {
	_, err := tx.NewUpdate().Model((*row)(nil)).Set("watched = ?", mark).Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

type reportedRow struct {
	bun.BaseModel `bun:"table:reported,alias:r"`
	DeviceID      string `bun:"device_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Told          string `bun:"told"`
	ReadAt        int64  `bun:"read_at"`
	UpdatedAt     int64  `bun:"updated_at"`
}

// findReported reads what a device told; nothing where it told nothing.
func findReported(ctx context.Context, q db.Q, deviceID string) (Reported, error) {
	out := Reported{Words: map[string]Word{}}
	var r reportedRow
	err := db.One(ctx, db.Scoped(q.NewSelect().Model(&r).Where("r.device_id = ?", deviceID), scope.From(ctx), "r"), "values")
	if fault.Is(err, fault.NotFound) {
		return out, nil
	}
	if err == nil {
		out.ReadAt = r.ReadAt
		err = json.Unmarshal([]byte(r.Told), &out.Words)
	}
	return out, err
}

func saveReported(ctx context.Context, tx *db.Tx, d device.Device, r Reported, now int64) error {
	b, err := json.Marshal(r.Words)
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&reportedRow{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, Told: string(b), ReadAt: r.ReadAt, UpdatedAt: now}).On("CONFLICT (device_id) DO UPDATE").
		Set("told = EXCLUDED.told").Set("read_at = EXCLUDED.read_at").Set("updated_at = EXCLUDED.updated_at").Set("org_id = EXCLUDED.org_id").Exec(ctx)
	return err
}

type refusedRow struct {
	bun.BaseModel `bun:"table:refused_names,alias:f"`
	TenantID      string `bun:"tenant_id,pk"`
	Vendor        string `bun:"vendor,pk"`
	Model         string `bun:"model,pk"`
	Firmware      string `bun:"firmware,pk"`
	Name          string `bun:"name,pk"`
	Code          int    `bun:"code"`
	Reason        string `bun:"reason"`
	At            int64  `bun:"at"`
}

// findRefused reads the names that phones of a kind refuse, by name.
func findRefused(ctx context.Context, q db.Q, k kindOf) (map[string]Refusal, error) {
	var rows []refusedRow
	sel := q.NewSelect().Model(&rows).Where("f.tenant_id = ? AND f.vendor = ? AND f.model = ? AND f.firmware = ?", k.tenant, k.vendor, k.model, k.firmware)
	if err := db.ScopedTenant(sel, scope.From(ctx), "f").Scan(ctx); err != nil {
		return nil, err
	}
	out := make(map[string]Refusal, len(rows))
	for _, r := range rows {
		out[r.Name] = Refusal{Name: r.Name, Reason: r.Reason, Code: r.Code, At: clock.FromMillis(r.At)}
	}
	return out, nil
}

// saveRefused adds to them. Of a tenant no more are kept than there is room for; the
// oldest go.
func saveRefused(ctx context.Context, tx *db.Tx, k kindOf, list []Refusal) error {
	rows := make([]refusedRow, len(list))
	for i, f := range list {
		rows[i] = refusedRow{TenantID: k.tenant, Vendor: k.vendor, Model: k.model, Firmware: k.firmware, Name: f.Name, Code: f.Code, Reason: f.Reason, At: clock.Millis(f.At)}
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (tenant_id, vendor, model, firmware, name) DO UPDATE").
		Set("code = EXCLUDED.code").Set("reason = EXCLUDED.reason").Set("at = EXCLUDED.at").Exec(ctx)
	if err != nil {
		return err
	}
	n, err := tx.NewSelect().Model((*refusedRow)(nil)).Where("f.tenant_id = ?", k.tenant).Count(ctx)
	if err != nil || n <= limit.RefusedNames {
		return err
	}
	old := tx.NewSelect().Model((*refusedRow)(nil)).Column("f.at").Where("f.tenant_id = ?", k.tenant).Order("f.at").Offset(n - limit.RefusedNames - 1).Limit(1)
	_, err = tx.NewDelete().Model((*refusedRow)(nil)).Where("tenant_id = ? AND at <= (?)", k.tenant, old).Exec(ctx)
	return err
}

// dropRefused forgets names that a phone of the kind does tell after all.
func dropRefused(ctx context.Context, tx *db.Tx, k kindOf, names []string) error {
	for chunk := range slices.Chunk(names, 500) {
		_, err := tx.NewDelete().Model((*refusedRow)(nil)).Where("tenant_id = ? AND vendor = ? AND model = ? AND firmware = ? AND name IN (?)", k.tenant, k.vendor, k.model, k.firmware, bun.List(chunk)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

type findingRow struct {
	bun.BaseModel `bun:"table:drift,alias:f"`
	DeviceID      string `bun:"device_id,pk"`
	Key           string `bun:"key,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Desired       string `bun:"desired"`
	Reported      string `bun:"reported"`
	Revision      string `bun:"revision"`
	FoundAt       int64  `bun:"found_at"`
	SeenAt        int64  `bun:"seen_at"`
	EnforcedAt    int64  `bun:"enforced_at"`
}

// findings reads a device's drift by key.
func findings(ctx context.Context, q db.Q, deviceID string) (map[param.Key]Finding, error) {
	var rows []findingRow
	if err := db.Scoped(q.NewSelect().Model(&rows).Where("f.device_id = ?", deviceID), scope.From(ctx), "f").Scan(ctx); err != nil {
		return nil, err
	}
	out := make(map[param.Key]Finding, len(rows))
	for _, r := range rows {
		out[param.Key(r.Key)] = Finding{Key: param.Key(r.Key), Desired: r.Desired, Reported: r.Reported, Revision: r.Revision,
			FoundAt: clock.FromMillis(r.FoundAt), SeenAt: clock.FromMillis(r.SeenAt), EnforcedAt: clock.FromMillis(r.EnforcedAt)}
	}
	return out, nil
}

// saveFindings writes what differs and drops what agrees.
func saveFindings(ctx context.Context, tx *db.Tx, d device.Device, differ []Finding, agree []param.Key) error {
	for chunk := range slices.Chunk(agree, 500) {
		if _, err := tx.NewDelete().Model((*findingRow)(nil)).Where("device_id = ? AND key IN (?)", d.ID, bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	if len(differ) == 0 {
		return nil
	}
	rows := make([]findingRow, len(differ))
	for i, f := range differ {
		rows[i] = findingRow{DeviceID: d.ID, Key: string(f.Key), TenantID: d.TenantID, OrgID: d.OrgID, Desired: f.Desired, Reported: f.Reported, Revision: f.Revision,
			FoundAt: clock.Millis(f.FoundAt), SeenAt: clock.Millis(f.SeenAt), EnforcedAt: clock.Millis(f.EnforcedAt)}
	}
	ins := tx.NewInsert().Model(&rows).On("CONFLICT (device_id, key) DO UPDATE")
	for _, c := range []string{"desired", "reported", "revision", "seen_at", "enforced_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err := ins.Exec(ctx)
	return err
}

type ruleRow struct {
	bun.BaseModel `bun:"table:drift_policies,alias:p"`
	OrgID         string `bun:"org_id,pk"`
	DeviceID      string `bun:"device_id,pk"`
	Key           string `bun:"key,pk"`
	TenantID      string `bun:"tenant_id"`
	Policy        string `bun:"policy"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
}

func listRules(ctx context.Context, q db.Q, orgID, deviceID string) ([]Rule, error) {
	var rows []ruleRow
	sel := q.NewSelect().Model(&rows).Where("p.org_id = ? AND p.device_id = ?", orgID, deviceID).Order("p.key")
	err := db.Scoped(sel, scope.From(ctx), "p").Scan(ctx)
	out := make([]Rule, len(rows))
	for i, r := range rows {
		out[i] = Rule{Key: r.Key, Policy: Policy(r.Policy), Author: r.Author, At: clock.FromMillis(r.At)}
	}
	return out, err
}

func saveRules(ctx context.Context, tx *db.Tx, e Extent, rules []Rule) error {
	if _, err := tx.NewDelete().Model((*ruleRow)(nil)).Where("org_id = ? AND device_id = ?", e.Where.OrgID, e.DeviceID).Exec(ctx); err != nil || len(rules) == 0 {
		return err
	}
	rows := make([]ruleRow, len(rules))
	for i, r := range rules {
		rows[i] = ruleRow{OrgID: e.Where.OrgID, DeviceID: e.DeviceID, Key: r.Key, TenantID: e.Where.TenantID, Policy: string(r.Policy), Author: r.Author, At: clock.Millis(r.At)}
	}
	return db.Insert(ctx, tx, &rows)
}
