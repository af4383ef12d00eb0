package device_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

const (
	oldMAC = "02:00:00:00:71:01"
	newMAC = "02-00-00-00-71-02"
)

func TestService_Replace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, err := h.devices.Create(ctx, h.org, device.Input{MAC: oldMAC, Model: "GHP621W", Name: "Room 12", Serial: "A1"})
		ok(t, err)
		other, err := h.devices.Create(ctx, h.org, device.Input{MAC: "020000007109", Model: "GHP621W"})
		ok(t, err)
		for name, in := range map[string]device.Replacement{
			"the same MAC": {MAC: oldMAC}, "no MAC": {MAC: "x"}, "another maker": {MAC: newMAC, Model: "450HD"}, "no model of ours": {MAC: newMAC, Model: "none"},
		} {
			if _, err := h.devices.Replace(ctx, h.org, d.ID, in, d.Version); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.devices.Replace(ctx, h.org, d.ID, device.Replacement{MAC: other.MAC.String()}, d.Version); !fault.Is(err, fault.Conflict) {
			t.Errorf("a MAC that is taken: %v", err)
		}
		steps := 0
		count := func(_ context.Context, _ *db.Tx, got device.Device) error {
			steps++
			if got.ID != d.ID {
				t.Errorf("a step for %s", got.ID)
			}
			return nil
		}
		if _, err := h.devices.Replace(ctx, h.org, d.ID, device.Replacement{MAC: newMAC}, d.Version+1); !fault.Is(err, fault.Conflict) {
			t.Errorf("another version: %v", err)
		}
		got, err := h.devices.Replace(ctx, h.org, d.ID, device.Replacement{MAC: newMAC, Serial: "B2", Model: "GHP620", Then: []device.Creation{count}}, d.Version)
		ok(t, err)
		if got.ID != d.ID || got.MAC != "020000007102" || got.Name != "Room 12" || got.SiteID != d.SiteID || got.Serial != "B2" || got.Model != "GHP620" || got.Version != d.Version+1 || steps != 1 {
			t.Fatalf("replaced: %+v, %d steps", got, steps)
		}
		if _, err := h.devices.Get(ctx, oldMAC); !fault.Is(err, fault.NotFound) {
			t.Errorf("by the old MAC: %v", err)
		}
		if _, err := h.devices.Create(ctx, h.org, device.Input{MAC: oldMAC, Model: "GHP621W"}); err != nil {
			t.Errorf("the old MAC is free: %v", err)
		}
	})
}

// A hundred want one MAC at once, to replace their own phone or to enter it, in
// two tenants: one has it, the others hear a clash that tells no more than it may.
func TestService_one_owner_of_a_MAC(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		tenant, err := h.orgs.CreateTenant(ctx, "Others", "")
		ok(t, err)
		foreign, err := h.orgs.CreateOrg(ctx, tenant.ID, "Theirs", "")
		ok(t, err)
		const wanted = "020000007200"
		var own []device.Device
		for i := range 20 {
			d, err := h.devices.Create(ctx, h.org, device.Input{MAC: fmt.Sprintf("0200000073%02x", i), Model: "GHP621W"})
			ok(t, err)
			own = append(own, d)
		}
		var mu sync.Mutex
		won, wait := 0, sync.WaitGroup{}
		for i := range 100 {
			wait.Go(func() {
				var err error
				switch {
				case i < len(own):
					_, err = h.devices.Replace(ctx, h.org, own[i].ID, device.Replacement{MAC: wanted}, own[i].Version)
				case i%2 == 0:
					_, err = h.devices.Create(ctx, h.org, device.Input{MAC: wanted, Model: "GHP621W", Serial: "wrong"})
				default:
					_, err = h.devices.Create(ctx, foreign, device.Input{MAC: wanted, Model: "GHP621W"})
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "already") && !strings.Contains(err.Error(), "someone else") {
					t.Errorf("the answer: %v", err)
				}
			})
		}
		wait.Wait()
		list, err := h.devices.List(ctx, device.Filter{MACs: []string{wanted}})
		ok(t, err)
		if won != 1 || list.Total != 1 {
			t.Fatalf("%d won, %d rows", won, list.Total)
		}
		loser := h.org
		if list.Items[0].OrgID == h.org.ID {
			loser = foreign
		}
		if _, err := h.devices.Create(ctx, loser, device.Input{MAC: wanted, Model: "GHP621W"}); err == nil || strings.Contains(err.Error(), "Others") || strings.Contains(err.Error(), "Hotels") {
			t.Fatalf("twice: %v", err)
		}
		var told int
		ok(t, h.db.Read(ctx, func(q db.Q) error {
			return q.NewSelect().Table("audit").ColumnExpr("count(*)").Where("action = 'device.wanted_elsewhere' AND tenant_id = ? AND org_id = ?", list.Items[0].TenantID, list.Items[0].OrgID).Scan(ctx, &told)
		}))
		if told == 0 {
			t.Fatal("the owner heard nothing")
		}
	})
}
