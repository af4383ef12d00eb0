package api_test

import (
	"net/http"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// TestFreeze holds a virtual phone back while a push is on its way to it: it
// fetches and keeps what it has, and gets the change when the switch is lifted.
func TestFreeze(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.w.Phones[0]
	path := d.org + "/devices/" + p.ID
	s := set{Device: testkit.Call[api.Device](t, d.c, http.MethodGet, path, nil)}
	v := d.Virtual(t, p)
	testkit.SwitchOn(t, v)
	same(t, "before", v.Settings()[ntp2], "")

	f := testkit.Call[api.Freeze](t, d.c, http.MethodPut, d.org+"/freeze", object{"reason": "a bad template is on its way"})
	same(t, "covers", f.Covers, "organization")
	held := testkit.Call[testkit.List[api.Freeze]](t, d.c, http.MethodGet, path+"/freezes", nil)
	if len(held.Items) != 1 || held.Items[0].Author == "" || held.Items[0].Reason != "a bad template is on its way" {
		t.Fatalf("who holds the phone back is told as %+v", held.Items)
	}
	testkit.Wait(t, "every node knows", func() bool {
		dev, err := d.Devices.Get(testkit.System(), p.ID)
		return err == nil && d.Commands.Frozen(dev)
	})
	d.override(s, ntp2, "own.example.org")
	tk := d.push(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}))
	testkit.Refetch(t, v)
	same(t, "while it is frozen", v.Settings()[ntp2], "")
	same(t, "no run succeeded", testkit.Call[api.Task](t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID, nil).Counts["success"], 0)

	testkit.Call[struct{}](t, d.c, http.MethodDelete, d.org+"/freeze", nil)
	testkit.Wait(t, "the phone is let go", func() bool {
		dev, err := d.Devices.Get(testkit.System(), p.ID)
		return err == nil && !d.Commands.Frozen(dev)
	})
	testkit.Refetch(t, v)
	same(t, "after it was lifted", v.Settings()[ntp2], "own.example.org")
}

// TestCommands says of a phone without a channel why nothing can be commanded.
func TestCommands(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := d.org + "/devices/" + d.w.Phones[0].ID
	for _, o := range testkit.Call[testkit.List[api.CommandOption]](t, d.c, http.MethodGet, path+"/command-options", nil).Items {
		if (o.Channel != "") != (o.Kind == "deliver_revision") || o.Why == "" {
			t.Errorf("%+v", o)
		}
	}
	if got := d.c.Do(t, http.MethodPost, path+"/commands", object{"kind": "reboot"}).Status; got != http.StatusConflict {
		t.Errorf("a command that no channel carries: %d", got)
	}
	if got := d.c.Do(t, http.MethodPost, path+"/commands", object{"kind": "ping", "args": object{"host": "a;b"}}).Status; got != http.StatusUnprocessableEntity {
		t.Errorf("a host for a shell: %d", got)
	}
}
