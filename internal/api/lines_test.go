package api_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/phone"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/allsim"
	"bellwether/internal/vendors/grandstream/sim"

	"github.com/google/go-cmp/cmp"
)

// accounts is a list of them.
type accounts struct {
	Items []api.Account
	Total int
}

// exchange is a SIP server with accounts, by extension.
func (d *desk) exchange(name, address string, users ...string) map[string]api.Account {
	d.t.Helper()
	srv := testkit.Call[api.SIPServer](d.t, d.c, http.MethodPost, d.org+"/sip-servers", object{"name": name, "address": address})
	out := map[string]api.Account{}
	for _, u := range users {
		out[u] = testkit.Call[api.Account](d.t, d.c, http.MethodPost, d.org+"/accounts", object{"server_id": srv.ID, "user_id": u, "password": "secret-of-" + u})
	}
	return out
}

func (d *desk) lines(mac string) api.LineTable {
	d.t.Helper()
	return testkit.Call[api.LineTable](d.t, d.c, http.MethodGet, d.org+"/devices/"+mac+"/lines", nil)
}

func (d *desk) setLine(mac string, n int, body object) {
	d.t.Helper()
	testkit.Call[api.Device](d.t, d.c, http.MethodPut, d.org+"/devices/"+mac+"/lines/"+strconv.Itoa(n), body)
}

// apply is "save and apply": what is on the lines goes out at once.
func (d *desk) apply(mac string) api.Task {
	d.t.Helper()
	return d.push(d.plan(object{"devices": []string{mac}}, object{"lines": true}))
}

func (d *desk) succeeds(tk api.Task) {
	d.t.Helper()
	testkit.Wait(d.t, "the run succeeds", func() bool {
		return testkit.Call[api.Task](d.t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID, nil).Counts["success"] == 1
	})
}

// play makes a virtual phone of a device that the API added.
func (d *desk) play(m, model string) *phone.Phone {
	d.t.Helper()
	all, err := allsim.New()
	if err != nil {
		d.t.Fatal(err)
	}
	persona, label, _ := all.Find("", model)
	roots := d.TLS(d.t)
	roots.ServerName = ""
	url := testkit.Call[api.Provisioning](d.t, d.c, http.MethodGet, d.org+"/devices/"+m+"/provisioning", nil).URL
	v, err := phone.New(phone.Config{MAC: mac.Address(m), Model: label, Persona: persona, ServerURL: url, Network: d.Net, TLS: roots, Clock: d.Clock,
		Log: slog.New(slog.NewTextHandler(d.Log, nil))})
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// TestLines goes through the accounts of a phone that is no base.
func TestLines(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	pbx := d.exchange("Front desk", "192.0.2.20", "6112", "6113")
	const m = "00005e0053e1"
	testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": m, "model": testkit.Model, "life": "adopted"})
	v := d.play(m, testkit.Model)

	t.Run("GD-SIP-001 table", func(t *testing.T) {
		d.setLine(m, 1, object{"account_id": pbx["6112"].ID})
		want := []api.LineSlot{
			{Line: api.Line{Line: 1, AccountID: pbx["6112"].ID, UserID: "6112"}, ServerName: "Front desk", ServerAddress: "192.0.2.20"},
			{Line: api.Line{Line: 2}, ServerAddress: "0.0.0.0"},
		}
		if diff := cmp.Diff(want, d.lines(m).Lines); diff != "" {
			t.Fatal(diff)
		}
	})
	t.Run("GD-SIP-002 pick", func(t *testing.T) {
		d.refused(http.MethodPut, "/devices/"+m+"/lines/2", object{"account_id": "nobody"}, http.StatusUnprocessableEntity)
		d.refused(http.MethodPut, "/devices/"+m+"/lines/3", object{"account_id": pbx["6113"].ID}, http.StatusUnprocessableEntity)
		d.setLine(m, 2, object{"account_id": pbx["6113"].ID})
		same(t, "line 2", d.lines(m).Lines[1].UserID, "6113")
	})
	testkit.SwitchOn(t, v)
	user := func(n int) string { return v.Settings()["account."+strconv.Itoa(n)+".sip.userid"] }
	active := func(n int) string { return v.Settings()["account."+strconv.Itoa(n)+".enable"] }
	same(t, "the phone's first account", user(1), "6112")

	t.Run("GD-SIP-003 replace or delete", func(t *testing.T) {
		d.setLine(m, 1, object{"account_id": pbx["6113"].ID})
		d.setLine(m, 2, object{"account_id": ""})
		same(t, "line 2", d.lines(m).Lines[1].ServerAddress, "0.0.0.0")
		same(t, "the phone has it only when it is applied", user(1), "6112")
	})
	t.Run("GD-SIP-004 save and apply", func(t *testing.T) {
		tk := d.apply(m)
		testkit.Refetch(t, v)
		d.succeeds(tk)
		same(t, "first account", user(1), "6113")
		same(t, "second account is on", active(2), "No")
	})
	t.Run("GD-SIP-005 offline", func(t *testing.T) {
		d.setLine(m, 2, object{"account_id": pbx["6112"].ID})
		tk := d.apply(m) // the phone is away: it has no timer and is not asked
		same(t, "before it comes", testkit.Call[api.Task](t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID, nil).Counts["running"], 1)
		same(t, "second account", active(2), "No")
		fetches := v.Status().Fetches
		v.Reboot()
		testkit.Wait(t, "the phone is back", func() bool { return v.Status().Fetches > fetches })
		d.succeeds(tk)
		same(t, "second account", user(2)+active(2), "6112Yes")
	})
	t.Run("GD-SIP-006 set elsewhere", func(t *testing.T) {
		before := d.lines(m)
		v.Set("account.1.sip.userid", "9999")
		testkit.Refetch(t, v)
		if diff := cmp.Diff(before, d.lines(m)); diff != "" {
			t.Fatalf("what was set at the phone came to us:\n%s", diff)
		}
		same(t, "accounts 9999", testkit.Call[accounts](t, d.c, http.MethodGet, d.org+"/accounts?q=9999", nil).Total, 0)
	})
}

// TestLines_base goes through the accounts and handsets of a DECT base.
func TestLines_base(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	east, west := d.exchange("East", "east.example.org", "201", "202"), d.exchange("West", "west.example.org", "301")
	const m = "000b8253e002"
	testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": m, "model": "DP750", "life": "adopted"})
	v := d.play(m, "DP750")
	testkit.SwitchOn(t, v)
	apply := func() {
		t.Helper()
		tk := d.apply(m)
		testkit.Refetch(t, v)
		d.succeeds(tk)
	}

	t.Run("GD-DP-001 allocated", func(t *testing.T) {
		state := func() map[string]string {
			out := map[string]string{}
			for _, q := range []string{"allocated", "unallocated"} {
				for _, a := range testkit.Call[accounts](t, d.c, http.MethodGet, d.org+"/accounts?limit=500&state="+q, nil).Items {
					if a.State != q {
						t.Errorf("%s is listed as %s and says %s", a.UserID, q, a.State)
					}
					out[a.UserID] = a.State
				}
			}
			return out
		}
		same(t, "201 before", state()["201"], "unallocated")
		d.setLine(m, 1, object{"account_id": east["201"].ID})
		same(t, "201", state()["201"], "allocated")
		same(t, "202", state()["202"], "unallocated")
	})
	t.Run("GD-DP-002 profiles", func(t *testing.T) {
		says(t, d.refused(http.MethodPut, "/devices/"+m+"/lines/2", object{"account_id": west["301"].ID, "profile": 1}, http.StatusUnprocessableEntity),
			"body.profile", "east.example.org", "different servers")
		d.setLine(m, 2, object{"account_id": west["301"].ID, "profile": 3, "mode": "linear"})
		d.setLine(m, 3, object{"account_id": east["202"].ID, "profile": 1, "mode": "hs2"})
		apply()
		want := []sim.BaseAccount{{Number: 1, User: "201", Server: "east.example.org", Rings: "circular"}, {Number: 2, User: "301", Server: "west.example.org", Rings: "linear"},
			{Number: 3, User: "202", Server: "east.example.org", Rings: "HS2"}}
		if diff := cmp.Diff(want, sim.Accounts(v.Settings())); diff != "" {
			t.Fatal(diff)
		}
	})
	t.Run("GD-DP-003 circular", func(t *testing.T) {
		table := d.lines(m)
		same(t, "mode of line 1", table.Lines[0].Mode, "")
		same(t, "default mode", table.Modes[0], "circular")
		same(t, "at the base", v.Settings()["P27080"], "101")
	})
	t.Run("GD-DP-004 line table", func(t *testing.T) {
		says(t, d.refused(http.MethodPut, "/devices/"+m+"/handsets", object{"table": []object{{"handset": 1, "line": 1, "use": 4}}}, http.StatusUnprocessableEntity), "line 4 of the base")
		got := testkit.Call[api.LineTable](t, d.c, http.MethodPut, d.org+"/devices/"+m+"/handsets",
			object{"table": []object{{"handset": 2, "line": 1, "use": 3}, {"handset": 1, "line": 1, "use": 1}, {"handset": 1, "line": 2, "use": 2}}})
		want := []api.HandsetLine{{Handset: 1, Line: 1, Use: 1}, {Handset: 1, Line: 2, Use: 2}, {Handset: 2, Line: 1, Use: 3}}
		if diff := cmp.Diff(want, got.Table); diff != "" {
			t.Fatal(diff)
		}
		same(t, "handsets and their lines", [2]int{got.Handsets, got.HandsetLines}, [2]int{5, 10})
		apply()
		for n, first := range map[int][]int{1: {1, 2, 0}, 2: {3, 0, 0}, 5: {0, 0, 0}} {
			if got := sim.Handset(v.Settings(), n)[:3]; !slices.Equal(got, first) {
				t.Errorf("handset %d has %v, want %v", n, got, first)
			}
		}
	})
	t.Run("GD-DP-005 offline and elsewhere", func(t *testing.T) {
		v.Set("P4062", "9999")
		d.setLine(m, 2, object{"account_id": ""})
		tk := d.apply(m)
		same(t, "before it comes", len(sim.Accounts(v.Settings())), 3)
		fetches := v.Status().Fetches
		v.Reboot()
		testkit.Wait(t, "the base is back", func() bool { return v.Status().Fetches > fetches })
		d.succeeds(tk)
		table := d.lines(m)
		same(t, "line 3 is what was put there", table.Lines[2].UserID, "202")
		same(t, "at the base", len(sim.Accounts(v.Settings())), 2)
		same(t, "handset 1, line 2", sim.Handset(v.Settings(), 1)[1], 0)
	})
}
