package report

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// chunk is how many devices one statement names.
const chunk = 500

type wordRow struct {
	bun.BaseModel `bun:"table:hot.told,alias:o"`
	DeviceID      string `bun:"device_id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	Subject       string `bun:"subject,pk"`
	State         string `bun:"state"`
	At            int64  `bun:"at"`
}

type eventRow struct {
	bun.BaseModel `bun:"table:hot.events,alias:e"`
	ID            string `bun:"id,pk"`
	TenantID      string `bun:"tenant_id"`
	OrgID         string `bun:"org_id"`
	DeviceID      string `bun:"device_id"`
	At            int64  `bun:"at"`
	Event         string `bun:"event"`
	Line          int    `bun:"line"`
	Number        string `bun:"number"`
	Address       string `bun:"address"`
}

func (e Event) row() eventRow {
	return eventRow{ID: e.ID, TenantID: e.TenantID, OrgID: e.OrgID, DeviceID: e.DeviceID, At: clock.Millis(e.At), Event: string(e.Event), Line: e.Line, Number: e.Number, Address: e.Address}
}

func (r eventRow) event() Event {
	return Event{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, DeviceID: r.DeviceID, At: clock.FromMillis(r.At), Event: vendors.Event(r.Event), Line: r.Line, Number: r.Number, Address: r.Address}
}

// wordsOf are the last words of some devices, by their ids.
func wordsOf(ctx context.Context, q db.Q, ids []string) (map[string]Words, error) {
	out := map[string]Words{}
	for some := range slices.Chunk(ids, chunk) {
		var rows []wordRow
		sel := db.Scoped(q.NewSelect().Model(&rows).Where("o.device_id IN (?)", bun.List(some)), scope.From(ctx), "o")
		if err := sel.Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			if out[r.DeviceID] == nil {
				out[r.DeviceID] = Words{}
			}
			out[r.DeviceID][Subject(r.Subject)] = Word{State(r.State), clock.FromMillis(r.At)}
		}
	}
	return out, nil
}

// save writes events and the last words of their devices, of which the later stay,
// and drops the oldest events of the same devices.
func save(ctx context.Context, q db.Q, events []Event, words map[string]Words) error {
	of := map[string]Event{}
	var ids []string
	rows := make([]eventRow, len(events))
	for i, e := range events {
		rows[i] = e.row()
		if of[e.DeviceID].ID == "" {
			ids = append(ids, e.DeviceID)
		}
		of[e.DeviceID] = e
	}
	if _, err := q.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return err
	}
	var said []wordRow
	for _, id := range ids {
		for s, w := range words[id] {
			said = append(said, wordRow{DeviceID: id, TenantID: of[id].TenantID, OrgID: of[id].OrgID, Subject: string(s), State: string(w.State), At: clock.Millis(w.At)})
		}
	}
	for some := range slices.Chunk(said, chunk) {
		if err := saveWords(ctx, q, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(ids, chunk) {
		_, err := q.NewDelete().TableExpr("hot.events").
			Where("id IN (SELECT x.id FROM (SELECT id, row_number() OVER (PARTITION BY device_id ORDER BY id DESC) AS n FROM hot.events WHERE device_id IN (?)) AS x WHERE x.n > ?)", bun.List(some), limit.EventsDevice).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func saveWords(ctx context.Context, q db.Q, rows []wordRow) error {
	ins := q.NewInsert().Model(&rows).On("CONFLICT (device_id, subject) DO UPDATE").Set("org_id = EXCLUDED.org_id")
	for _, col := range []string{"state", "at"} {
		ins = ins.Set(col + " = CASE WHEN EXCLUDED.at >= o.at THEN EXCLUDED." + col + " ELSE o." + col + " END")
	}
	_, err := ins.Exec(ctx)
	return err
}

func eventsOf(ctx context.Context, q db.Q, deviceID string, since int64) (out []Event, err error) {
	var rows []eventRow
	sel := db.Scoped(q.NewSelect().Model(&rows).Where("e.device_id = ? AND e.at >= ?", deviceID, since).OrderExpr("e.id DESC").Limit(limit.EventsDevice), scope.From(ctx), "e")
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out = append(out, r.event())
	}
	return out, nil
}

// dropOldEvents drops the events before a time.
func dropOldEvents(ctx context.Context, q db.Q, before int64) error {
	_, err := q.NewDelete().TableExpr("hot.events").Where("at < ?", before).Exec(ctx)
	return err
}

// dropTold removes all that a device told.
func dropTold(ctx context.Context, q db.Q, deviceID string) error {
	for _, table := range []string{"hot.events", "hot.told"} {
		if _, err := q.NewDelete().TableExpr(table).Where("device_id = ?", deviceID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
