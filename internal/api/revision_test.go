package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/api"
	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
)

func (d *desk) revisions(s set) []api.Revision {
	d.t.Helper()
	return testkit.Call[testkit.List[api.Revision]](d.t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC+"/revisions", nil).Items
}

func (d *desk) revision(s set, seq int) api.RevisionContent {
	d.t.Helper()
	return testkit.Call[api.RevisionContent](d.t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC+"/revisions/"+strconv.Itoa(seq), nil)
}

// own makes a value the device's own, pushes it and has the phone fetch.
func (d *desk) own(s set, kv ...string) map[string]string {
	d.t.Helper()
	d.override(s, kv...)
	d.push(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}))
	return d.fetch(s)
}

func entryAt(r api.RevisionContent, key string) api.RevisionEntry {
	for _, e := range r.Entries {
		if e.Key == key {
			return e
		}
	}
	return api.RevisionEntry{}
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s, _ := d.phone("")
	at := "/devices/" + s.MAC + "/revisions"
	d.own(s, ntp2, "one.example.org", password, "canary-rev-1")
	d.own(s, ntp2, "two.example.org", ring, "7", password, "canary-rev-2")
	between := time.Now().UTC()
	d.own(s, ntp2, "three.example.org")
	t.Run("the history tells who, when, why and by which plan", func(t *testing.T) {
		all := d.revisions(s)
		same(t, "revisions", len(all), 4)
		if r := all[0]; r.Seq != 4 || !r.Desired || !r.Delivered || r.Confirmed || r.DeliveredAt == nil || r.Plan == "" || r.Author != "administrator" || !r.Kept || r.Pinned {
			t.Fatalf("newest %+v", r)
		}
		same(t, "reason of the first", all[3].Reason, "first contact")
	})
	t.Run("the content of one, a secret as its version", func(t *testing.T) {
		r := d.revision(s, 3)
		if e := entryAt(r, ntp2); e.Value != "two.example.org" || e.Name != ntp2 || e.State != "set" || e.Label == "" || e.Secret {
			t.Fatalf("entry %+v", e)
		}
		if e := entryAt(r, password); !e.Secret || !strings.HasPrefix(e.Value, "***") {
			t.Fatalf("secret %+v", e)
		}
		if e := entryAt(d.revision(s, 4), ring); e.State != "set" || e.Value != "4" {
			t.Fatalf("the template's value after the own one went: %+v", e)
		}
		if e := entryAt(d.revision(s, 4), password); e.State != "residue" || e.Name != "" || !e.Secret {
			t.Fatalf("residue %+v", e)
		}
		d.refused(http.MethodGet, at+"/9", nil, http.StatusNotFound)
		d.refused(http.MethodGet, at+"/zero", nil, http.StatusUnprocessableEntity)
	})
	t.Run("what one has otherwise than another", func(t *testing.T) {
		changes := testkit.Call[testkit.List[api.RevisionChange]](t, d.c, http.MethodGet, d.org+at+"/3/diff?with=2", nil).Items
		same(t, "changes", len(changes), 3)
		before := testkit.Call[testkit.List[api.RevisionChange]](t, d.c, http.MethodGet, d.org+at+"/3/diff", nil).Items
		same(t, "changes against the one before", len(before), 3)
		for _, c := range changes {
			if c.Key == ntp2 && (c.Old.Value != "one.example.org" || c.New.Value != "two.example.org") {
				t.Fatalf("change %+v", c)
			}
		}
		d.refused(http.MethodGet, at+"/3/diff?with=9", nil, http.StatusNotFound)
	})
	t.Run("what the phone had at a time", func(t *testing.T) {
		when := func(t time.Time) string { return at + "/at?time=" + url.QueryEscape(t.Format(time.RFC3339Nano)) }
		then := testkit.Call[api.RevisionContent](t, d.c, http.MethodGet, d.org+when(between), nil)
		same(t, "number", then.Seq, 3)
		same(t, "value", entryAt(then, ntp2).Value, "two.example.org")
		same(t, "now", testkit.Call[api.RevisionContent](t, d.c, http.MethodGet, d.org+when(time.Now()), nil).Seq, 4)
		d.refused(http.MethodGet, when(between.AddDate(-1, 0, 0)), nil, http.StatusNotFound)
		d.refused(http.MethodGet, at+"/at", nil, http.StatusUnprocessableEntity)
		d.refused(http.MethodGet, at+"/at?time=yesterday", nil, http.StatusUnprocessableEntity)
	})
	t.Run("an earlier one is restored by a plan, for one phone alone", func(t *testing.T) {
		old := d.revisions(s)[2]
		p := d.plan(object{"devices": []string{s.MAC}}, object{"restore": old.ID})
		if c, _ := change(p, ntp2, "change"); c.Old != "three.example.org" || c.New != "one.example.org" {
			t.Fatalf("change %+v", c)
		}
		d.push(p)
		got := d.fetch(s)
		same(t, "value", got[ntp2], "one.example.org")
		same(t, "secret", got[password], "canary-rev-1")
		other, _ := d.phone("")
		for _, targets := range []object{{"devices": []string{s.MAC, other.MAC}}, {"all": true}} {
			says(t, d.refused(http.MethodPost, "/plans", object{"targets": targets, "move": object{"restore": old.ID}}, http.StatusUnprocessableEntity), "body.move.restore", "one device")
		}
		d.refused(http.MethodPost, "/plans", object{"targets": object{"devices": []string{other.MAC}}, "move": object{"restore": old.ID}}, http.StatusNotFound)
	})
	t.Run("a pinned one keeps its content, the others leave a line", func(t *testing.T) {
		pin := func(seq int, pinned bool) testkit.Answer {
			return d.c.Do(t, http.MethodPut, d.org+at+"/"+strconv.Itoa(seq)+"/pin", object{"pinned": pinned})
		}
		if a := pin(3, true); a.Status != http.StatusOK {
			t.Fatalf("pin: %d %s", a.Status, a.Body)
		}
		for i := range limit.RevisionsKept + 1 {
			d.own(s, ntp2, "n"+strconv.Itoa(i)+".example.org")
		}
		if r := d.revision(s, 3); !r.Pinned || !r.Kept || entryAt(r, ntp2).Value != "two.example.org" {
			t.Fatalf("pinned %+v", r.Revision)
		}
		gone := d.revision(s, 2)
		if gone.Kept || len(gone.Entries) != 0 || gone.Plan == "" || gone.DeliveredAt == nil {
			t.Fatalf("an old one %+v", gone.Revision)
		}
		d.refused(http.MethodGet, at+"/3/diff?with=2", nil, http.StatusConflict)
		same(t, "pinning what is gone", pin(2, true).Status, http.StatusNotFound)
		p := d.plan(object{"devices": []string{s.MAC}}, object{"restore": gone.ID})
		if len(p.Failed) != 1 || !strings.Contains(p.Failed[0].Problem, "no longer kept") {
			t.Fatalf("restoring what is gone: %+v", p.Failed)
		}
		same(t, "letting it go", pin(3, false).Status, http.StatusOK)
		d.own(s, ntp2, "last.example.org")
		same(t, "kept after that", d.revision(s, 3).Kept, false)
	})
}

func TestAccounts_a_change_names_the_phones_that_it_touches(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.w.Phones[1]
	s := set{Device: testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil), file: p.URL + p.File()}
	d.fetch(s)
	path := d.org + "/accounts/" + p.Account.ID
	cur := testkit.Call[api.Account](t, d.c, http.MethodGet, path, nil)
	got := testkit.Call[api.ChangedAccount](t, d.c, http.MethodPatch, path, object{"password": "canary-account-2"}, match(cur.Version))
	if len(got.Touches) != 1 || got.Touches[0].ID != p.ID || got.Touches[0].MAC != p.MAC.String() || got.Touches[0].Name != p.Name {
		t.Fatalf("touches %+v", got.Touches)
	}
	same(t, "the phone before the push", d.fetch(s)["account.1.sip.subscriber.password"], p.Password)
	plan := d.plan(object{"accounts": []string{p.Account.ID}}, object{"lines": true})
	c, _ := change(plan, "account.1.sip.subscriber.password", "change")
	if plan.Devices != 1 || c.Old != "*** (version 1)" || c.New != "*** (version 2)" {
		t.Fatalf("plan for %d, change %+v", plan.Devices, c)
	}
	d.push(plan)
	same(t, "the phone", d.fetch(s)["account.1.sip.subscriber.password"], "canary-account-2")
	free := testkit.Call[api.Account](t, d.c, http.MethodPost, d.org+"/accounts", object{"server_id": cur.ServerID, "user_id": "999"})
	same(t, "one on no line", len(testkit.Call[api.ChangedAccount](t, d.c, http.MethodPatch, d.org+"/accounts/"+free.ID, object{"name": "Nobody"}, match(free.Version)).Touches), 0)
	same(t, "its plan", d.plan(object{"accounts": []string{free.ID}}, object{"lines": true}).Devices, 0)
	d.refused(http.MethodPost, "/plans", object{"targets": object{"accounts": []string{unknown}}, "move": object{"lines": true}}, http.StatusNotFound)
}

func TestSIPServers_a_change_names_the_phones_that_it_touches(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.w.Phones[1]
	s := set{Device: testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil), file: p.URL + p.File()}
	d.fetch(s)
	path := d.org + "/sip-servers/" + p.Account.ServerID
	cur := testkit.Call[api.SIPServer](t, d.c, http.MethodGet, path, nil)
	got := testkit.Call[api.ChangedSIPServer](t, d.c, http.MethodPatch, path, object{"address": "moved.example.org:5070"}, match(cur.Version))
	if got.TouchesTotal != len(got.Touches) || !slices.ContainsFunc(got.Touches, func(n api.NamedDevice) bool { return n.ID == p.ID && n.MAC == p.MAC.String() }) {
		t.Fatalf("touches %+v", got.Touches)
	}
	for _, n := range got.Touches {
		lines := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+n.MAC, nil).Lines
		if len(lines) == 0 {
			t.Fatalf("%s has no line at the server", n.MAC)
		}
	}
	same(t, "the phone before the push", d.fetch(s)["account.1.sip.server.1.address"], cur.Address)
	plan := d.plan(object{"servers": []string{cur.ID}}, object{"lines": true})
	c, _ := change(plan, "account.1.sip.server.1.address", "change")
	same(t, "new server", c.New, "moved.example.org:5070")
	files := testkit.Call[api.PlanFiles](t, d.c, http.MethodGet, d.org+"/plans/"+plan.Hash+"/files/"+s.MAC, nil)
	says(t, files.Before, cur.Address)
	says(t, files.After, "moved.example.org:5070", "***")
	if strings.Contains(files.Before+files.After, p.Password) {
		t.Fatal("a plan's files show a password")
	}
	d.push(plan)
	same(t, "the phone", d.fetch(s)["account.1.sip.server.1.address"], "moved.example.org:5070")
	free := testkit.Call[api.SIPServer](t, d.c, http.MethodPost, d.org+"/sip-servers", object{"name": "Spare", "address": "spare.example.org"})
	same(t, "one that nobody uses", testkit.Call[api.ChangedSIPServer](t, d.c, http.MethodPatch, d.org+"/sip-servers/"+free.ID, object{"name": "Spare 2"}, match(free.Version)).TouchesTotal, 0)
	d.refused(http.MethodPost, "/plans", object{"targets": object{"servers": []string{unknown}}, "move": object{"lines": true}}, http.StatusNotFound)
}
