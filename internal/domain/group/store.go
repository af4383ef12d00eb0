package group

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:device_groups,alias:g"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Description   string `bun:"description"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Version       int64  `bun:"version"`
	Members       int    `bun:"members,scanonly"`
	SortValue     string `bun:"sort_value,scanonly"`
}

func newRow(g Group) *row {
	return &row{ID: g.ID, TenantID: g.TenantID, OrgID: g.OrgID, Name: g.Name, NameKey: strings.ToLower(g.Name), Description: g.Description,
		CreatedAt: clock.Millis(g.CreatedAt), UpdatedAt: clock.Millis(g.UpdatedAt), Version: g.Version}
}

func (r row) group() Group {
	return Group{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Name: r.Name, Description: r.Description, Members: r.Members,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
}

type memberRow struct {
	bun.BaseModel `bun:"table:group_members,alias:m"`
	GroupID       string `bun:"group_id,pk"`
	DeviceID      string `bun:"device_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
}

func selectGroups(ctx context.Context, q db.Q, model any) *bun.SelectQuery {
	sel := q.NewSelect().Model(model).ColumnExpr("g.*").ColumnExpr("(SELECT count(*) FROM group_members AS m WHERE m.group_id = g.id) AS members")
	return db.Scoped(sel, scope.From(ctx), "g")
}

func find(ctx context.Context, q db.Q, id string) (Group, error) {
	var r row
	if err := db.One(ctx, selectGroups(ctx, q, &r).Where("g.id = ?", id), "group"); err != nil {
		return Group{}, err
	}
	return r.group(), nil
}

func list(ctx context.Context, q db.Q, f Filter) (out db.Slice[Group], err error) {
	var rows []row
	sel := selectGroups(ctx, q, &rows).Where("g.org_id = ?", f.OrgID)
	if f.Q != "" {
		sel = sel.Where(`g.name_key LIKE ? ESCAPE '\'`, "%"+db.Prefix(strings.ToLower(f.Q)))
	}
	if f.DeviceID != "" {
		sel = sel.Where("g.id IN (SELECT m.group_id FROM group_members AS m WHERE m.device_id = ?)", f.DeviceID)
	}
	if out.Total, err = db.Count(ctx, sel.Clone()); err != nil {
		return out, err
	}
	pager, err := db.NewPager(sel, f.Page, db.Sorts{"name": {Expr: "g.name_key"}}, "name", "g.id")
	if err != nil {
		return out, err
	}
	if err := sel.Scan(ctx); err != nil {
		return out, err
	}
	n, next := pager.Cut(len(rows), func(i int) (string, string) { return rows[i].SortValue, rows[i].ID })
	out.Next = next
	for _, r := range rows[:n] {
		out.Items = append(out.Items, r.group())
	}
	return out, nil
}

func members(ctx context.Context, q db.Q, groupID string) (ids []string, err error) {
	sel := q.NewSelect().TableExpr("group_members AS m").Column("m.device_id").Where("m.group_id = ?", groupID).Order("m.device_id")
	err = device.InSites(ctx, q, db.Scoped(sel, scope.From(ctx), "m"), "m.device_id").Scan(ctx, &ids)
	return ids, err
}

// of lists the groups of some devices.
func of(ctx context.Context, q db.Q, deviceIDs []string) (map[string][]string, error) {
	out := map[string][]string{}
	for chunk := range slices.Chunk(deviceIDs, 500) {
		var rows []memberRow
		sel := q.NewSelect().Model(&rows).Where("m.device_id IN (?)", bun.List(chunk)).Order("m.device_id", "m.group_id")
		if err := db.Scoped(sel, scope.From(ctx), "m").Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.DeviceID] = append(out[r.DeviceID], r.GroupID)
		}
	}
	return out, nil
}

// setMembers replaces a group's members; the ids are sorted and distinct.
func setMembers(ctx context.Context, tx *db.Tx, g Group, ids []string) error {
	if _, err := tx.NewDelete().Model((*memberRow)(nil)).Where("group_id = ?", g.ID).Exec(ctx); err != nil {
		return err
	}
	var rows []memberRow
	for _, id := range ids {
		rows = append(rows, memberRow{GroupID: g.ID, DeviceID: id, TenantID: g.TenantID, OrgID: g.OrgID})
	}
	for chunk := range slices.Chunk(rows, 500) {
		if err := db.Insert(ctx, tx, &chunk); err != nil {
			return err
		}
	}
	return nil
}

func remove(ctx context.Context, tx *db.Tx, id string, version int64) error {
	if _, err := tx.NewDelete().Model((*memberRow)(nil)).Where("group_id = ?", id).Exec(ctx); err != nil {
		return err
	}
	res, err := tx.NewDelete().Model((*row)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "group")
}

// DropDevice takes a device out of its groups; see device.Removal.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	_, err := tx.NewDelete().Model((*memberRow)(nil)).Where("device_id = ?", deviceID).Exec(ctx)
	return err
}

func addMember(ctx context.Context, tx *db.Tx, g Group, deviceID string) error {
	_, err := tx.NewInsert().Model(&memberRow{GroupID: g.ID, DeviceID: deviceID, TenantID: g.TenantID, OrgID: g.OrgID}).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}
