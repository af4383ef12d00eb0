package provision

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

type row struct {
	bun.BaseModel `bun:"table:requests,alias:r"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	DeviceID      string `bun:"device_id"`
	MAC           string `bun:"mac"`
	At            int64  `bun:"at"`
	LastAt        int64  `bun:"last_at"`
	Count         int64  `bun:"count"`
	Door          string `bun:"door"`
	Address       string `bun:"address"`
	Name          string `bun:"name"`
	UserAgent     string `bun:"user_agent"`
	Verdict       string `bun:"verdict"`
	Reason        string `bun:"reason"`
	Status        int    `bun:"status"`
	Bytes         int64  `bun:"bytes"`
	Revision      string `bun:"revision"`
	Millis        int64  `bun:"millis"`
	Codes         string `bun:"codes"`    // " a b ", to be looked through
	Findings      string `bun:"findings"` // []identity.Finding
	Kind          string `bun:"kind"`
	Shown         string `bun:"shown"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newRow(e Entry) row {
	return row{ID: e.ID, TenantID: e.TenantID, OrgID: e.OrgID, DeviceID: e.DeviceID, MAC: e.MAC, At: clock.Millis(e.At), LastAt: clock.Millis(e.LastAt), Count: e.Count, Door: string(e.Door),
		Address: e.Address, Name: e.Name, UserAgent: e.UserAgent, Verdict: string(e.Verdict), Reason: e.Reason, Status: e.Status, Bytes: e.Bytes, Revision: e.Revision, Millis: e.Took.Milliseconds(),
		Kind: string(e.Kind), Shown: string(e.Shown), Codes: codesOf(e.Findings), Findings: findingsText(e.Findings)}
}

func (r row) entry() Entry {
	return Entry{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, DeviceID: r.DeviceID, MAC: r.MAC, At: clock.FromMillis(r.At), LastAt: clock.FromMillis(r.LastAt), Count: r.Count, Door: vendors.Door(r.Door),
		Address: r.Address, Name: r.Name, UserAgent: r.UserAgent, Verdict: Verdict(r.Verdict), Reason: r.Reason, Status: r.Status, Bytes: r.Bytes, Revision: r.Revision, Took: time.Duration(r.Millis) * time.Millisecond,
		Kind: vendors.FileKind(r.Kind), Shown: Shown(r.Shown), Findings: findingsOf(r.Findings)}
}

// saveEntries writes new rows and brings those written before up to date.
func saveEntries(ctx context.Context, tx *db.Tx, batch []Entry) error {
	if len(batch) == 0 {
		return nil
	}
	rows := make([]row, len(batch))
	for i, e := range batch {
		rows[i] = newRow(e)
	}
	ins := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO UPDATE")
	for _, c := range []string{"last_at", "count", "reason", "bytes", "millis", "user_agent", "codes", "findings"} {
		ins = ins.Set(c + " = EXCLUDED." + c)
	}
	_, err := ins.Exec(ctx)
	return err
}

func listEntries(ctx context.Context, q db.Q, f Filter) (out db.Slice[Entry], err error) {
	var rows []row
	sel := db.Scoped(q.NewSelect().Model(&rows).ColumnExpr("r.*"), scope.From(ctx), "r")
	sel = filtered(device.InSites(ctx, q, sel, "r.device_id"), f)
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"last_at": {Expr: "r.last_at", Number: true}, "at": {Expr: "r.at", Number: true}}, "-last_at", "r.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.entry())
	}
	return out, nil
}

func filtered(sel *bun.SelectQuery, f Filter) *bun.SelectQuery {
	if f.OrgID != "" {
		sel = sel.Where("r.org_id = ?", f.OrgID)
	}
	if f.DeviceID != "" {
		sel = sel.Where("r.device_id = ?", f.DeviceID)
	}
	if f.Verdict != "" {
		sel = sel.Where("r.verdict = ?", string(f.Verdict))
	}
	if len(f.Reasons) > 0 {
		sel = sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
			for _, r := range f.Reasons {
				g = g.WhereOr(`r.codes LIKE ? ESCAPE '\'`, "% "+db.Prefix(string(r)+" "))
			}
			return g
		})
	}
	if !f.Since.IsZero() {
		sel = sel.Where("r.last_at >= ?", clock.Millis(f.Since))
	}
	if f.MAC != "" {
		sel = sel.Where(`r.mac LIKE ? ESCAPE '\'`, "%"+db.Prefix(strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(f.MAC))))
	}
	if f.Address != "" {
		sel = sel.Where(`r.address LIKE ? ESCAPE '\'`, db.Prefix(f.Address))
	}
	if f.Q != "" {
		p := "%" + db.Prefix(strings.ToLower(f.Q))
		sel = sel.Where(`(lower(r.name) LIKE ? ESCAPE '\' OR lower(r.reason) LIKE ? ESCAPE '\' OR lower(r.user_agent) LIKE ? ESCAPE '\' OR r.mac LIKE ? ESCAPE '\')`, p, p, p, p)
	}
	return sel
}

func pruneEntries(ctx context.Context, tx *db.Tx, before int64) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("last_at < ?", before).Exec(ctx)
	return err
}

func codesOf(list []identity.Finding) string {
	if len(list) == 0 {
		return ""
	}
	codes := make([]string, len(list))
	for i, f := range list {
		codes[i] = string(f.Reason)
	}
	return " " + strings.Join(codes, " ") + " "
}

func findingsText(list []identity.Finding) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "[]" // two strings always marshal
	}
	return string(b)
}

func findingsOf(text string) (out []identity.Finding) {
	_ = json.Unmarshal([]byte(text), &out) // written by findingsText alone
	return out
}

// wayRows are the n oldest and the n newest rows of a device and of its MAC as
// long as it was nobody's, by time; of the MAC alone for no device.
func wayRows(ctx context.Context, q db.Q, deviceID, mac string, n int64) (out []Entry, err error) {
	seen := map[string]bool{}
	for _, order := range []string{"r.at, r.id", "r.last_at DESC, r.id DESC"} {
		var rows []row
		sel := db.Scoped(q.NewSelect().Model(&rows).ColumnExpr("r.*").OrderExpr(order).Limit(n), scope.From(ctx), "r")
		if deviceID == "" {
			sel = sel.Where("r.mac = ? AND r.device_id = ''", mac)
		} else {
			sel = sel.Where("(r.device_id = ? OR (r.mac = ? AND r.device_id = ''))", deviceID, mac)
		}
		if err := sel.Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !seen[r.ID] {
				seen[r.ID] = true
				out = append(out, r.entry())
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return a.At.Compare(b.At) })
	return out, nil
}

// ownersAt are the devices whose requests came from an address since a time.
func ownersAt(ctx context.Context, q db.Q, address string, since int64) (rows []row, err error) {
	err = db.Scoped(q.NewSelect().Model(&rows).ColumnExpr("DISTINCT r.device_id, r.tenant_id, r.org_id, r.mac").
		Where("r.address = ? AND r.last_at >= ? AND r.device_id <> '' AND r.verdict <> ?", address, since, string(Handshake)).Limit(2), scope.From(ctx), "r").Scan(ctx)
	return rows, err
}
