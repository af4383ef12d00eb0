package revision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

func millis(ms int64) time.Time { return clock.FromMillis(ms) }

type bindingRow struct {
	bun.BaseModel `bun:"table:bindings,alias:b"`
	DeviceID      string `bun:"device_id,pk"`
	SourceID      string `bun:"source_id,pk"`
	Number        int    `bun:"number"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Layer         string `bun:"layer"`
	Position      int    `bun:"position"`
	Author        string `bun:"author"`
	At            int64  `bun:"at"`
}

// binding is which version of a source a device has; it is what a plan freezes.
type binding struct {
	SourceID string `json:"source"`
	Number   int    `json:"number"`
	Layer    Layer  `json:"layer"`
	Position int    `json:"position"`
	Author   string `json:"author,omitempty"`
}

type stateRow struct {
	bun.BaseModel `bun:"table:device_states,alias:s"`
	DeviceID      string `bun:"device_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Lines         string `bun:"lines"`
	Placeholders  string `bun:"placeholders"`
	Ever          string `bun:"ever"`
	Seq           int    `bun:"seq"`
	Epoch         int    `bun:"epoch"`
	Firmware      string `bun:"firmware"`
	Desired       string `bun:"desired"`
	Delivered     string `bun:"delivered"`
	Confirmed     string `bun:"confirmed"`
	DeliveredAt   int64  `bun:"delivered_at"`
	ConfirmedAt   int64  `bun:"confirmed_at"`
	Problem       string `bun:"problem"`
	FilePassword  string `bun:"file_password"`
	Promised      string `bun:"promised"` // the template that first contact binds besides; "" none
	UpdatedAt     int64  `bun:"updated_at"`
}

// loadStates reads the states and bindings of devices by id.
func loadStates(ctx context.Context, q db.Q, ids []string) (map[string]state, error) {
	out := make(map[string]state, len(ids))
	for chunk := range slices.Chunk(ids, 500) {
		var rows []stateRow
		if err := db.Scoped(q.NewSelect().Model(&rows).Where("s.device_id IN (?)", bun.List(chunk)), scope.From(ctx), "s").Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			s, err := rows[i].read()
			if err != nil {
				return nil, err
			}
			out[s.DeviceID] = s
		}
		var bound []bindingRow
		err := db.Scoped(q.NewSelect().Model(&bound).Where("b.device_id IN (?)", bun.List(chunk)).Order("b.device_id", "b.position"), scope.From(ctx), "b").Scan(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range bound {
			s := out[b.DeviceID]
			s.bindings = append(s.bindings, binding{b.SourceID, b.Number, Layer(b.Layer), b.Position, b.Author})
			out[b.DeviceID] = s
		}
	}
	return out, nil
}

// everTold returns a device's state with its row alone and, where the device was
// ever told one of the keys, everything that it was told.
func everTold(ctx context.Context, q db.Q, deviceID string, keys ...param.Key) (state, error) {
	var r stateRow
	sel := db.Scoped(q.NewSelect().Model(&r).Column("device_id", "ever", "file_password").Where("s.device_id = ?", deviceID), scope.From(ctx), "s")
	if err := db.One(ctx, sel, "state"); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return state{}, err
	}
	out := state{stateRow: r}
	told := func(k param.Key) bool { return strings.Contains(r.Ever, `"`+string(k)+`"`) }
	if !slices.ContainsFunc(keys, told) { // to read all of it takes as long as the query
		return out, nil
	}
	if err := json.Unmarshal([]byte(r.Ever), &out.ever); err != nil {
		return state{}, fmt.Errorf("read what %s was ever told: %w", deviceID, err)
	}
	return out, nil
}

// saveState writes a device's state and replaces its bindings.
func saveState(ctx context.Context, tx *db.Tx, s state, at int64) error {
	var err error
	if s.Lines, err = text(s.lines); err != nil {
		return err
	}
	if s.Placeholders, err = text(s.placeholders); err != nil {
		return err
	}
	if s.Ever, err = text(s.ever); err != nil {
		return err
	}
	s.UpdatedAt = at
	if _, err := tx.NewDelete().Model((*bindingRow)(nil)).Where("device_id = ?", s.DeviceID).Exec(ctx); err != nil {
		return err
	}
	rows := make([]bindingRow, len(s.bindings))
	for i, b := range s.bindings {
		rows[i] = bindingRow{DeviceID: s.DeviceID, SourceID: b.SourceID, Number: b.Number, TenantID: s.TenantID, OrgID: s.OrgID, Layer: string(b.Layer), Position: i, Author: b.Author, At: at}
	}
	if len(rows) > 0 {
		if err := db.Insert(ctx, tx, &rows); err != nil {
			return err
		}
	}
	ins := tx.NewInsert().Model(&s.stateRow).On("CONFLICT (device_id) DO UPDATE")
	for _, c := range []string{"lines", "placeholders", "ever", "seq", "epoch", "firmware", "desired", "delivered", "confirmed", "delivered_at", "confirmed_at", "problem", "file_password", "updated_at"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err = ins.Exec(ctx)
	return err
}

type revisionRow struct {
	bun.BaseModel `bun:"table:revisions,alias:r"`
	DeviceID      string `bun:"device_id,pk"`
	Seq           int    `bun:"seq,pk"`
	ID            string `bun:"id"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Epoch         int    `bun:"epoch"`
	Dialect       string `bun:"dialect"`
	Family        string `bun:"family"`
	Firmware      string `bun:"firmware"`
	SharedID      string `bun:"shared_id"`
	Content       string `bun:"content"`
	Bindings      string `bun:"bindings"`
	Plan          string `bun:"plan"`
	Author        string `bun:"author"`
	Reason        string `bun:"reason"`
	Pinned        int    `bun:"pinned"`
	CreatedAt     int64  `bun:"created_at"`
	Kept          int    `bun:"kept"`
	DeliveredAt   int64  `bun:"delivered_at"`
	Placeholders  string `bun:"placeholders"`
	Shared        string `bun:"shared,scanonly"`
	MAC           string `bun:"mac,scanonly"`
	Vendor        string `bun:"vendor,scanonly"`
	Model         string `bun:"model,scanonly"`
}

type partRow struct {
	bun.BaseModel `bun:"table:revision_parts"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Content       string `bun:"content"`
}

func (r revisionRow) revision() (Revision, error) { return r.with(&parts{}) }

// with reads the row; its shared half may be known already.
func (r revisionRow) with(p *parts) (Revision, error) {
	var own, shared []Entry
	err := json.Unmarshal([]byte(r.Content), &own)
	if err == nil && r.Shared != "" {
		shared, err = p.read(r.SharedID, r.Shared)
	}
	if err != nil {
		return Revision{}, fmt.Errorf("read revision %s: %w", r.ID, err)
	}
	return Revision{ID: r.ID, DeviceID: r.DeviceID, OrgID: r.OrgID, MAC: macOf(r.MAC), Vendor: r.Vendor, Seq: r.Seq, Epoch: r.Epoch,
		Target:  param.Target{Dialect: r.Dialect, Family: r.Family, Model: r.Model, Firmware: r.Firmware},
		Entries: merge(shared, own), Author: r.Author, Reason: r.Reason, Plan: r.Plan, CreatedAt: clock.FromMillis(r.CreatedAt), DeliveredAt: clock.FromMillis(r.DeliveredAt), Kept: r.Kept == 1, Pinned: r.Pinned == 1}, nil
}

func selectRevisions(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := q.NewSelect().Model(model).ColumnExpr("r.*, COALESCE(p.content, '') AS shared, d.mac AS mac, d.vendor AS vendor, d.model AS model").
		Join("LEFT JOIN revision_parts AS p ON p.id = r.shared_id").Join("JOIN devices AS d ON d.id = r.device_id")
	return db.Scoped(sel, scope.From(ctx), "r")
}

// desired returns the revision that a device should have, or NotFound.
func desired(ctx context.Context, q db.Q, p *parts, deviceID string) (Revision, error) {
	var r revisionRow
	sel := selectRevisions(ctx, q, &r).Join("JOIN device_states AS s ON s.device_id = r.device_id AND s.desired = r.id").
		Where("r.device_id = ?", deviceID).Order("r.seq DESC").Limit(1)
	if err := db.One(ctx, sel, "revision"); err != nil {
		return Revision{}, err
	}
	return r.with(p)
}

func findRevision(ctx context.Context, q db.Q, deviceID, id string) (Revision, error) {
	var r revisionRow
	sel := selectRevisions(ctx, q, &r).Where("r.device_id = ? AND r.id = ?", deviceID, id).Order("r.seq DESC").Limit(1)
	if err := db.One(ctx, sel, "revision"); err != nil {
		return Revision{}, err
	}
	return r.revision()
}

func numbered(ctx context.Context, q db.Q, deviceID string, seq int) (Revision, error) {
	var r revisionRow
	if err := db.One(ctx, selectRevisions(ctx, q, &r).Where("r.device_id = ? AND r.seq = ?", deviceID, seq), "revision"); err != nil {
		return Revision{}, err
	}
	return r.revision()
}

func listRevisions(ctx context.Context, q db.Q, deviceID string) (out []Revision, err error) {
	var rows []revisionRow
	if err := selectRevisions(ctx, q, &rows).Where("r.device_id = ?", deviceID).Order("r.seq DESC").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		rev, err := r.revision()
		if err != nil {
			return nil, err
		}
		out = append(out, rev)
	}
	return out, nil
}

// insertRevision writes a revision; its shared half once for all devices.
func insertRevision(ctx context.Context, tx *db.Tx, row *revisionRow, shared partRow) error {
	if row.SharedID != "" {
		if _, err := tx.NewInsert().Model(&shared).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return db.Insert(ctx, tx, row)
}

// prune drops the content of a device's revisions that are neither in use, pinned
// nor among the last limit.RevisionsKept. That they were, when and by which plan,
// is told for ever.
func prune(ctx context.Context, tx *db.Tx, s state) error {
	_, err := tx.NewUpdate().Model((*revisionRow)(nil)).Set("kept = 0, content = '[]', shared_id = '', bindings = '[]', placeholders = '{}'").
		Where("device_id = ? AND seq <= ? AND pinned = 0 AND kept = 1 AND id NOT IN (?)", s.DeviceID, s.Seq-limit.RevisionsKept, bun.List([]string{s.Desired, s.Delivered, s.Confirmed})).Exec(ctx)
	return err
}

// dropParts removes shared halves that no revision holds any more.
func dropParts(ctx context.Context, tx *db.Tx) error {
	_, err := tx.NewDelete().Model((*partRow)(nil)).Where("id NOT IN (SELECT shared_id FROM revisions)").Exec(ctx)
	return err
}

func noteDelivered(ctx context.Context, tx *db.Tx, deviceID string, seq int, at int64) error {
	_, err := tx.NewUpdate().Model((*revisionRow)(nil)).Set("delivered_at = ?", at).Where("device_id = ? AND seq = ? AND delivered_at = 0", deviceID, seq).Exec(ctx)
	return err
}

// setConfirmed fails with Conflict where the device has not taken the revision.
func setConfirmed(ctx context.Context, tx *db.Tx, deviceID, id string, at int64) error {
	res, err := tx.NewUpdate().Model((*stateRow)(nil)).Set("confirmed = ?, confirmed_at = ?", id, at).Where("device_id = ? AND delivered = ?", deviceID, id).Exec(ctx)
	return db.AtVersion(res, err, "revision")
}

func setPinned(ctx context.Context, tx *db.Tx, deviceID string, seq, pinned int) error {
	res, err := tx.NewUpdate().Model((*revisionRow)(nil)).Set("pinned = ?", pinned).Where("device_id = ? AND seq = ? AND kept = 1", deviceID, seq).Exec(ctx)
	if err = db.AtVersion(res, err, "revision"); fault.CodeOf(err) == "version" {
		return fault.New(fault.NotFound, "there is no such revision, or its content is no longer kept")
	}
	return err
}

// findBindings reads what a kept revision was made from.
func findBindings(ctx context.Context, q db.Q, deviceID, id string) (state, error) {
	var r revisionRow
	sel := selectRevisions(ctx, q, &r).Where("r.device_id = ? AND r.id = ?", deviceID, id).Order("r.seq DESC").Limit(1)
	if err := db.One(ctx, sel, "revision"); err != nil {
		return state{}, err
	}
	if r.Kept == 0 {
		return state{}, fault.New(fault.Conflict, "the content of revision %d is no longer kept", r.Seq)
	}
	var s state
	err := errors.Join(json.Unmarshal([]byte(r.Bindings), &s.bindings), json.Unmarshal([]byte(r.Placeholders), &s.placeholders))
	if err != nil {
		return state{}, fmt.Errorf("read the bindings of revision %s: %w", id, err)
	}
	return s, nil
}

// inForce returns the revision that a device had at a time: the last one that
// was delivered until then.
func inForce(ctx context.Context, q db.Q, deviceID string, at int64) (Revision, error) {
	var r revisionRow
	sel := selectRevisions(ctx, q, &r).Where("r.device_id = ? AND r.delivered_at > 0 AND r.delivered_at <= ?", deviceID, at).Order("r.delivered_at DESC", "r.seq DESC").Limit(1)
	if err := db.One(ctx, sel, "revision"); err != nil {
		return Revision{}, err
	}
	return r.revision()
}

type planRow struct {
	bun.BaseModel `bun:"table:plans,alias:p"`
	Hash          string `bun:"hash,pk"`
	OrgID         string `bun:"org_id,pk"`
	TenantID      string `bun:"tenant_id"`
	Body          string `bun:"body"`
	Author        string `bun:"author"`
	CreatedAt     int64  `bun:"created_at"`
	TaskID        string `bun:"task_id"`
}

func savePlan(ctx context.Context, tx *db.Tx, p Plan) error {
	body, err := json.Marshal(p.Frozen)
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&planRow{Hash: p.Hash, OrgID: p.OrgID, TenantID: p.TenantID, Body: string(body), Author: p.Author, CreatedAt: clock.Millis(p.CreatedAt)}).
		On("CONFLICT (org_id, hash) DO UPDATE").Set("body = EXCLUDED.body, author = EXCLUDED.author, created_at = EXCLUDED.created_at").Where("p.task_id = ''").Exec(ctx)
	return err
}

func findPlan(ctx context.Context, q db.Q, orgID, hash string) (Plan, string, error) {
	var r planRow
	sel := db.Scoped(q.NewSelect().Model(&r).Where("p.org_id = ? AND p.hash = ?", orgID, hash), scope.From(ctx), "p")
	if err := db.One(ctx, sel, "plan"); err != nil {
		return Plan{}, "", err
	}
	p := Plan{Hash: r.Hash, OrgID: r.OrgID, TenantID: r.TenantID, Author: r.Author, CreatedAt: clock.FromMillis(r.CreatedAt)}
	if err := json.Unmarshal([]byte(r.Body), &p.Frozen); err != nil {
		return Plan{}, "", fmt.Errorf("read plan %s: %w", hash, err)
	}
	return p, r.TaskID, nil
}

// takePlan marks a plan as executed by a task; a plan is executed once.
func takePlan(ctx context.Context, tx *db.Tx, orgID, hash, taskID string) error {
	res, err := tx.NewUpdate().Model((*planRow)(nil)).Set("task_id = ?", taskID).Where("org_id = ? AND hash = ? AND task_id = ''", orgID, hash).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.Conflict, "this plan has been pushed already").WithCode("plan_used")
}

// DropDevice takes a device's revisions and bindings away; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	for _, table := range []string{"bindings", "revisions", "device_states"} {
		if _, err := tx.NewDelete().Table(table).Where("device_id = ?", deviceID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
