package cwmpd_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/testkit"
)

func synced(t *testing.T, h *testkit.House, p testkit.Phone) onboard.SyncPlan {
	t.Helper()
	c, err := h.Manager.AskAll(testkit.System(), deviceOf(t, h, p))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Wait(t, "the phone told what it holds", func() bool {
		c, err = h.Commands.Get(testkit.System(), c.ID)
		return err != nil || c.State.Terminal()
	})
	plan, err := h.Onboard.Sync(testkit.System(), deviceOf(t, h, p))
	if err != nil || c.State != command.Confirmed {
		t.Fatalf("%s (%s), %v", c.State, c.Reason, err)
	}
	return plan
}

// TestSync_virtual: what a phone holds otherwise than it should is shown before it is
// taken over, becomes its own values with where they came from, and leaves templates
// alone; its accounts come along where that is wanted, with servers that are new; and
// what is taken over is what was looked at, of a phone that is there.
func TestSync_virtual(t *testing.T) {
	t.Parallel()
	const proxy = "account.1.sip.outboundproxy.1.address"
	h, w := driftHouse(t)
	p := w.Phones[0]
	if _, err := h.Manager.AskAll(testkit.System(), deviceOf(t, h, p)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a phone that never reported is asked: %v", err)
	}
	v := managedAt(t, h, p, phone.CWMP{Address: netip.MustParseAddr("127.0.0.88")}, 100*time.Millisecond)
	if plan := synced(t, h, p); len(plan.Values) != 0 || len(plan.Accounts) != 0 {
		t.Fatalf("a phone that holds what it should: %+v %+v", plan.Values, plan.Accounts)
	}
	before, err := h.Templates.List(testkit.System(), template.Filter{OrgID: p.OrgID})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{proxy: "sbc.example.net", "account.2.enable": "Yes", "account.2.sip.userid": "777", "account.2.sip.subscriber.userid": "auth777", "account.2.sip.server.1.address": "new.example.net", "account.2.sip.subscriber.name": "Bar"} {
		here(t, v, name, value)
	}
	plan := synced(t, h, p)
	if len(plan.Values) != 1 || plan.Values[0].Key != proxy || plan.Values[0].Theirs != "sbc.example.net" || len(plan.Accounts) != 1 {
		t.Fatalf("it would take over %+v and %+v", plan.Values, plan.Accounts)
	}
	if a := plan.Accounts[0]; a.Line != 2 || a.UserID != "777" || a.AuthID != "auth777" || a.Server != "new.example.net" || a.ServerID != "" || a.AccountID != "" || a.Problem != "" || a.Name != "Bar" {
		t.Errorf("the account: %+v", a)
	}
	if _, err := h.Onboard.TakeOver(testkit.System(), w.Org, deviceOf(t, h, p), "0123", onboard.TakeAccounts); fault.CodeOf(err) != "stale" {
		t.Errorf("another plan: %v", err)
	}
	gone := deviceOf(t, h, p)
	gone.Hot.Reach = device.Offline
	if _, err := h.Onboard.TakeOver(testkit.System(), w.Org, gone, plan.Hash, onboard.TakeAccounts); fault.CodeOf(err) != "offline" {
		t.Errorf("a phone that is offline: %v", err)
	}
	done, err := h.Onboard.TakeOver(testkit.System(), w.Org, deviceOf(t, h, p), plan.Hash, onboard.LeaveAccounts)
	if err != nil || done.Values != 1 || done.Accounts != 0 {
		t.Fatalf("without accounts: %+v, %v", done, err)
	}
	own, err := h.Templates.Overrides(testkit.System(), deviceOf(t, h, p))
	i := slices.IndexFunc(own.Draft, func(it template.Item) bool { return it.Key == param.Key(proxy) })
	if err != nil || i < 0 || own.Draft[i].Value != "sbc.example.net" || own.Draft[i].Author != template.ImportedBy || !own.Draft[i].At.Equal(plan.ReadAt.Truncate(time.Millisecond)) {
		t.Fatalf("its own values: %+v, %v, read at %v", own.Draft, err, plan.ReadAt)
	}
	plan = synced(t, h, p)
	done, err = h.Onboard.TakeOver(testkit.System(), w.Org, deviceOf(t, h, p), plan.Hash, onboard.TakeAccounts)
	if err != nil || done.Accounts != 1 || !slices.Equal(done.Made, []string{"new.example.net", "777"}) {
		t.Fatalf("with accounts: %+v, %v", done, err)
	}
	lines, err := h.Accounts.Lines(testkit.System(), p.ID)
	if err != nil || len(lines[p.ID]) != 2 || lines[p.ID][1].Account.UserID != "777" || lines[p.ID][1].Account.ServerAddress != "new.example.net" || lines[p.ID][1].Account.AuthID != "auth777" {
		t.Errorf("its lines: %+v, %v", lines[p.ID], err)
	}
	if plan = synced(t, h, p); len(plan.Accounts) != 0 {
		t.Errorf("once taken over: %+v", plan.Accounts)
	}
	after, err := h.Templates.List(testkit.System(), template.Filter{OrgID: p.OrgID})
	if err != nil || len(after.Items) != len(before.Items) {
		t.Fatal("the templates changed")
	}
	for i, src := range after.Items {
		if src.Version != before.Items[i].Version {
			t.Errorf("the template %s changed", src.Name)
		}
	}
}
