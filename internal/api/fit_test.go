package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

const (
	wifiKey    = "network.wifi.ssid.1.psk"
	wifiSecret = "wifi-Xk39-secret"
	grpNTP2    = "dateTime.ntp.server.2" // as a GRP writes ntp2
)

// fit is what the dry run of a replacement answers.
func (d *desk) fit(mac string, body object) api.Fit {
	d.t.Helper()
	a := d.c.Do(d.t, http.MethodPost, d.org+"/devices/"+mac+"/replace/dry-run", body)
	var f api.Fit
	if err := json.Unmarshal(a.Body, &f); err != nil || a.Status != http.StatusOK || strings.Contains(string(a.Body), wifiSecret) {
		d.t.Fatalf("dry run: %d %s", a.Status, a.Body)
	}
	return f
}

// swap replaces a phone, and returns the record with the new hardware's address.
func (d *desk) swap(mac, next, model string) (set, api.Fit) {
	d.t.Helper()
	now := testkit.Call[api.Device](d.t, d.c, http.MethodGet, d.org+"/devices/"+mac, nil)
	r := testkit.Call[api.Replaced](d.t, d.c, http.MethodPost, d.org+"/devices/"+mac+"/replace", object{"mac": next, "model": model}, match(now.Version))
	same(d.t, "the model", r.Model, model)
	return set{Device: r.Device, file: testkit.Call[api.Provisioning](d.t, d.c, http.MethodGet, d.org+"/devices/"+next+"/provisioning", nil).URL + "cfg" + next + ".xml"}, r.Fit
}

func (d *desk) shown(mac, key string) api.ConfigItem {
	d.t.Helper()
	for _, it := range testkit.Call[api.Config](d.t, d.c, http.MethodGet, d.org+"/devices/"+mac+"/config", nil).Items {
		if it.Key == key {
			return it
		}
	}
	d.t.Fatalf("%s is not shown", key)
	return api.ConfigItem{}
}

// unfit finds a setting that stays behind.
func unfit(f api.Fit, key string) (out api.Unfit) {
	if i := slices.IndexFunc(f.Undeliverable, func(u api.Unfit) bool { return u.Key == key }); i >= 0 {
		return f.Undeliverable[i]
	}
	return out
}

// TestReplace_by_another_model: what the new model does not take is told before it
// is done, is told again when it is, stays bound, and comes back with a model that
// takes it.
func TestReplace_by_another_model(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d *desk) {
		const next, last = "020000009402", "020000009403"
		s, _ := d.phone("")
		d.override(s, ring, "8", wifiKey, wifiSecret, ntp2, "%ITCS_MAC%.example.org")
		second := d.w.Phones[1].Account
		testkit.Call[api.Device](t, d.c, http.MethodPut, d.org+"/devices/"+s.MAC+"/lines/2", object{"account_id": second.ID})
		d.push(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true, "lines": true}))
		same(t, "before", d.fetch(s)[ring], "8")
		before := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC, nil)

		told := d.fit(s.MAC, object{"mac": next, "model": "GRP2614"})
		same(t, "becomes", told.Becomes, api.FitModel{Model: "GRP2614", Family: "grp26xx", Dialect: "gs-alias", Lines: 4})
		got := unfit(told, ring)
		want := api.Unfit{FitKey: api.FitKey{Key: ring, Label: got.Label, Value: "8", Layer: "override", Source: "this device", SourceID: got.SourceID, SourceVersion: 1}, Why: "this phone has no word for this value; it takes 0..7"}
		same(t, "a value out of range", got, want)
		got = unfit(told, wifiKey)
		same(t, "a secret that it does not know", got.Value+got.Why, "*** (version 1)this phone has no such setting")
		same(t, "what it takes is not named", unfit(told, ntp2).Key, "")
		same(t, "it has the line", len(told.LinesBeyond), 0)
		if told.Delivered == 0 || len(told.Defaults) == 0 || told.Problem != "" {
			t.Fatalf("the rest: %+v", told)
		}
		same(t, "by the model alone", cmp.Diff(told, d.fit(s.MAC, object{"model": "GRP2614"})), "")
		small := d.fit(s.MAC, object{"model": "GXP1610"})
		if len(small.LinesBeyond) != 1 || small.LinesBeyond[0].Line != 2 || small.LinesBeyond[0].UserID != second.UserID || len(small.LinesBeyond[0].Keys) == 0 || small.Becomes.Dialect != "gs-p" || small.Respelled == 0 || told.Respelled == 0 {
			t.Fatalf("on a phone with one line: %+v", small)
		}
		if none := d.fit(s.MAC, object{}); len(none.Undeliverable)+len(none.LinesBeyond)+len(none.Defaults)+none.Respelled != 0 {
			t.Fatalf("by the same model: %+v", none)
		}
		after := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC, nil)
		same(t, "asking changes nothing", after.Version == before.Version && after.Desired == before.Desired && d.fetch(s)[ring] == "8", true)
		same(t, "and is no replacement", len(testkit.Call[testkit.List[api.AuditRow]](t, d.c, http.MethodGet, d.org+"/audit?action=device.replace", nil).Items), 0)

		n, done := d.swap(s.MAC, next, "GRP2614")
		same(t, "the answer is what was told", cmp.Diff(told, done), "")
		log := testkit.Call[testkit.List[api.AuditRow]](t, d.c, http.MethodGet, d.org+"/audit?action=device.replace", nil).Items
		counts, err := json.Marshal(log[0].After)
		if err != nil || len(log) != 1 {
			t.Fatalf("the operation log: %+v, %v", log, err)
		}
		says(t, string(counts), `"undeliverable":2`, `"lines_beyond":0`, `"model":"GRP2614"`)
		file := d.fetch(n)
		_, delivered := file[ring]
		same(t, "it is not delivered", delivered || strings.Contains(fmt.Sprint(file), wifiSecret), false)
		same(t, "what it takes is, for the new hardware", file[grpNTP2], next+".example.org")
		same(t, "the account is", file["account.2.sip.userid"], second.UserID)
		it := d.shown(next, ring)
		same(t, "it is shown", it.Undeliverable && it.Value == "8" && it.Layer == "override" && it.Why == want.Why, true)

		n, done = d.swap(next, last, testkit.Model)
		if len(done.Back) != 2 || done.Back[0].Key != ring || done.Back[1].Value != "*** (version 1)" || len(done.Undeliverable) != 0 {
			t.Fatalf("a model that knows them: %+v", done)
		}
		same(t, "it comes back", d.fetch(n)[ring], "8")
	})
}

// TestReplace_refused: the dry run refuses what the replacement does.
func TestReplace_refused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p, other := d.w.Phones[0], d.w.Phones[1]
	version := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil).Version
	for name, tc := range map[string]struct {
		body   object
		status int
		word   string
	}{
		"no model of ours":  {object{"mac": "020000009501", "model": "none"}, http.StatusUnprocessableEntity, "this model is not known"},
		"another maker":     {object{"mac": "020000009501", "model": "450HD"}, http.StatusUnprocessableEntity, "of the same maker"},
		"the same MAC":      {object{"mac": p.MAC.Colons()}, http.StatusUnprocessableEntity, "the phone that it has already"},
		"no MAC":            {object{"mac": "x"}, http.StatusUnprocessableEntity, "mac"},
		"a MAC in use":      {object{"mac": other.MAC.Colons()}, http.StatusConflict, other.Name},
		"a foreign MAC":     {object{"mac": d.w.ForeignPhone.MAC.Colons()}, http.StatusConflict, "belongs to someone else"},
		"too long a serial": {object{"mac": "020000009501", "serial": strings.Repeat("9", 65)}, http.StatusUnprocessableEntity, "serial"},
	} {
		says(t, name+": "+d.refused(http.MethodPost, "/devices/"+p.ID+"/replace/dry-run", tc.body, tc.status), tc.word)
		says(t, name+": "+d.refused(http.MethodPost, "/devices/"+p.ID+"/replace", tc.body, tc.status, match(version)), tc.word)
	}
}

// TestUpdate_another_model: where a record's model is put right, the answer says
// what that model does not take, of another maker's too.
func TestUpdate_another_model(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s, _ := d.phone("")
	d.override(s, ring, "8")
	d.push(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}))
	patch := func(body object) (u api.Updated) {
		version := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC, nil).Version
		return testkit.Call[api.Updated](t, d.c, http.MethodPatch, d.org+"/devices/"+s.MAC, body, match(version))
	}
	same(t, "nothing is told of another change", patch(object{"name": "Desk"}).Fit == nil, true)
	told := d.fit(s.MAC, object{"model": "GRP2614"})
	got := patch(object{"model": "GRP2614"})
	same(t, "the same is told", cmp.Diff(told, *got.Fit), "")
	says(t, unfit(*got.Fit, ring).Why, "0..7")
	got = patch(object{"model": "450HD"})
	same(t, "of another maker", unfit(*got.Fit, ring).Value, "8")
}

// TestReplace_too_few_lines: accounts on lines that the new phone does not have
// stay on the record, do not reach it, and can be taken off.
func TestReplace_too_few_lines(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const next = "020000009602"
	s, _ := d.phone("")
	for i, n := range []string{"1", "2"} {
		testkit.Call[api.Device](t, d.c, http.MethodPut, d.org+"/devices/"+s.MAC+"/lines/"+n, object{"account_id": d.w.Phones[i].Account.ID})
	}
	d.push(d.plan(object{"devices": []string{s.MAC}}, object{"lines": true}))
	n, f := d.swap(s.MAC, next, "GXP1610")
	same(t, "beyond", len(f.LinesBeyond), 1)
	for name, v := range d.fetch(n) {
		if v == d.w.Phones[1].Account.UserID {
			t.Errorf("the second account is in the file, as %s", name)
		}
	}
	it := d.shown(next, "account.2.sip.userid")
	same(t, "it is shown", it.Undeliverable && it.Why == "this phone has one line alone", true)
	line := "/devices/" + next + "/lines/2"
	says(t, d.refused(http.MethodPut, line, object{"account_id": d.w.Phones[2].Account.ID}, http.StatusUnprocessableEntity), "no such line")
	off := testkit.Call[api.Device](t, d.c, http.MethodPut, d.org+line, object{"account_id": ""})
	same(t, "taken off", len(off.Lines), 1)
}

// TestReplace_that_does_not_compile: hardware that nothing can be published for
// gets nothing, not what was written for the other model, until a push mends it.
func TestReplace_that_does_not_compile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const next = "020000009702"
	d.hold("model", testkit.Model, "Clock", "clock.example.org")
	s, _ := d.phone("")
	d.override(s, ntp2, "%ITCS_Clock%")
	d.push(d.plan(object{"devices": []string{s.MAC}}, object{"latest": true}))
	same(t, "before", d.fetch(s)[ntp2], "clock.example.org")
	says(t, d.fit(s.MAC, object{"model": "GRP2614"}).Problem, "Clock")

	n, f := d.swap(s.MAC, next, "GRP2614")
	says(t, f.Problem, "Clock")
	status, _ := d.knock(n.file[strings.Index(n.file, "/p/"):])
	same(t, "it gets nothing", status, http.StatusNotFound)
	now := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+next, nil)
	same(t, "and says so", now.State == "failed" && strings.Contains(now.Problem, "Clock") && now.Desired == "", true)
	d.hold("model", "GRP2614", "Clock", "clock.example.org")
	d.push(d.plan(object{"devices": []string{next}}, object{"latest": true}))
	same(t, "mended", d.fetch(n)[grpNTP2], "clock.example.org")
}
