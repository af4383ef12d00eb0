package api_test

import (
	"net/http"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// TestTakingAway goes the whole way with a virtual phone that keeps what a newer
// file no longer mentions: own values are set, pushed and taken away; a known
// default comes back to the phone, what has none stays on it and is shown.
func TestTakingAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.w.Phones[0]
	s := set{Device: testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil)}
	const transport = "account.1.sip.transport" // its default, UDP, is evidenced; none is of ntp2
	v := d.Virtual(t, p)
	testkit.SwitchOn(t, v)
	same(t, "before", v.Settings()[ntp2], "")

	push := func() api.Plan {
		plan := d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true})
		tk := d.push(plan)
		testkit.Refetch(t, v)
		testkit.Wait(t, "the run succeeds", func() bool {
			return testkit.Call[api.Task](t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID, nil).Counts["success"] == 1
		})
		return plan
	}
	item := func(key string) api.ConfigItem {
		for _, it := range testkit.Call[api.Config](t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC+"/config", nil).Items {
			if it.Key == key {
				return it
			}
		}
		t.Fatalf("%s is not shown", key)
		return api.ConfigItem{}
	}

	d.override(s, transport, "TCP", ntp2, "own.example.org", ring, "8")
	push()
	same(t, "pushed, transport", v.Settings()[transport], "TCP")
	same(t, "pushed, time server", v.Settings()[ntp2], "own.example.org")
	same(t, "pushed, ring", v.Settings()[ring], "8")

	d.override(s)
	plan := push()
	for key, kind := range map[string]string{transport: "reset", ntp2: "residue", ring: "change"} {
		if _, ok := change(plan, key, kind); !ok {
			t.Errorf("the plan does not call %s a %s: %+v", key, kind, plan.Groups)
		}
	}
	same(t, "warns", warns(plan, "residue"), true)
	same(t, "taken away, with a known default", v.Settings()[transport], "UDP")
	same(t, "taken away, with a template below", v.Settings()[ring], "4")
	same(t, "taken away, without a known default", v.Settings()[ntp2], "own.example.org")
	if it := item(transport); it.State != "reset" || it.Value != "UDP" || it.Layer != "default" {
		t.Errorf("shown %+v", it)
	}
	if it := item(ntp2); it.State != "residue" || it.Value != "own.example.org" {
		t.Errorf("shown %+v", it)
	}
	if e := entryAt(d.revision(s, d.revisions(s)[0].Seq), ntp2); e.State != "residue" || e.Name != "" {
		t.Errorf("in the revision %+v", e)
	}

	d.override(s, ntp2, "again.example.org")
	push()
	same(t, "set again", v.Settings()[ntp2], "again.example.org")
	same(t, "set again, shown", item(ntp2).State, "set")
}
