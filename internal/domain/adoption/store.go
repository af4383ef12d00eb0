package adoption

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

type row struct {
	bun.BaseModel `bun:"table:adoption_rules,alias:r"`
	ID            string `bun:",pk"`
	TenantID      string
	OrgID         string
	Name          string
	NameKey       string
	Position      int
	Enabled       int
	Action        string
	Matches       string
	SiteID        string
	GroupID       string
	TemplateID    string
	Hits          int64
	LastHit       int64
	CreatedAt     int64
	UpdatedAt     int64
	Version       int64
}

func newRow(r Rule) *row {
	match, _ := json.Marshal(r.Match) //nolint:errchkjson // texts and a flag
	out := &row{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Name: r.Name, NameKey: strings.ToLower(r.Name), Position: r.Position, Action: string(r.Action), Matches: string(match),
		SiteID: r.SiteID, GroupID: r.GroupID, TemplateID: r.TemplateID, Hits: r.Hits, LastHit: clock.Millis(r.LastHit), CreatedAt: clock.Millis(r.CreatedAt), UpdatedAt: clock.Millis(r.UpdatedAt), Version: r.Version}
	if r.Enabled {
		out.Enabled = 1
	}
	return out
}

func (r row) rule() (Rule, error) {
	out := Rule{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, Name: r.Name, Position: r.Position, Enabled: r.Enabled == 1, Action: Action(r.Action), SiteID: r.SiteID, GroupID: r.GroupID, TemplateID: r.TemplateID,
		Hits: r.Hits, LastHit: clock.FromMillis(r.LastHit), CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt), Version: r.Version}
	if err := json.Unmarshal([]byte(r.Matches), &out.Match); err != nil {
		return Rule{}, fmt.Errorf("read the adoption rule %s: %w", r.ID, err)
	}
	return out, nil
}

func list(ctx context.Context, q db.Q, orgID string) ([]Rule, error) {
	var rows []row
	sel := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "r").Where("r.org_id = ?", orgID).Order("r.position", "r.id")
	return scan(ctx, sel, &rows)
}

// enabled lists the rules in force, of one organization or of all.
func enabled(ctx context.Context, q db.Q, orgID string) ([]Rule, error) {
	var rows []row
	sel := db.Scoped(q.NewSelect().Model(&rows), scope.From(ctx), "r").Where("r.enabled = 1").Order("r.org_id", "r.position", "r.id")
	if orgID != "" {
		sel = sel.Where("r.org_id = ?", orgID)
	}
	return scan(ctx, sel, &rows)
}

func scan(ctx context.Context, sel *bun.SelectQuery, rows *[]row) (out []Rule, err error) {
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range *rows {
		rule, err := r.rule()
		if err != nil {
			return nil, err
		}
		out = append(out, rule)
	}
	return out, nil
}

func find(ctx context.Context, q db.Q, orgID, id string) (Rule, error) {
	var r row
	if err := db.One(ctx, db.Scoped(q.NewSelect().Model(&r), scope.From(ctx), "r").Where("r.id = ? AND r.org_id = ?", id, orgID), "adoption rule"); err != nil {
		return Rule{}, err
	}
	return r.rule()
}

// update writes what an operator changes; the hits are counted beside it.
func update(ctx context.Context, tx *db.Tx, r Rule, version int64) error {
	res, err := tx.NewUpdate().Model(newRow(r)).ExcludeColumn("hits", "last_hit").WherePK().Where("version = ?", version).Exec(ctx)
	return db.AtVersion(res, err, "adoption rule")
}

func remove(ctx context.Context, tx *db.Tx, id string, version int64) error {
	res, err := tx.NewDelete().Model((*row)(nil)).Where("id = ? AND version = ?", id, version).Exec(ctx)
	return db.AtVersion(res, err, "adoption rule")
}

func hit(ctx context.Context, tx *db.Tx, id string, at time.Time) error {
	up := tx.NewUpdate().Model((*row)(nil)).Set("hits = hits + 1").Set("last_hit = ?", clock.Millis(at)).Where("id = ?", id)
	_, err := db.ScopedUpdate(up, scope.From(ctx), "r").Exec(ctx)
	return err
}
