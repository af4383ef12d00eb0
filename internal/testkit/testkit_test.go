package testkit_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/phone"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/testkit"
)

// TestHouse runs the main job through the whole program in one process, on both
// databases: a phone boots, a value is changed, planned and pushed, the phone
// has it; the value is taken away, and the phone shows what that means.
func TestHouse(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); mainJob(t, testkit.New(t, testkit.InMemory())) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		mainJob(t, testkit.New(t, testkit.InMemory(), testkit.OnDatabase(dbtest.URL(t))))
	})
}

const (
	ring  = "audio.volume.ring"                      // no default is known
	check = "account.1.sip.validate.useridforinvite" // no
)

func mainJob(t *testing.T, h *testkit.House) {
	w := h.World(t)
	me, other := w.Phones[0], w.Phones[1]
	c := h.API(t, access.RoleOperator)
	mine, theirs := h.Virtual(t, me), h.Virtual(t, other)
	testkit.SwitchOn(t, mine)
	testkit.SwitchOn(t, theirs)
	if got := mine.Settings(); got["account.1.sip.subscriber.password"] != me.Password || got[ring] != "4" {
		t.Fatalf("at first contact the phone has ring %q", got[ring])
	}
	quiet := h.Virtual(t, w.Phones[2])
	testkit.SwitchOn(t, quiet)
	if got := quiet.Settings()[ring]; got != "2" {
		t.Errorf("on the quiet floor the phone has ring %q, want its site's 2", got)
	}
	move(t, c, mine, me, map[string]string{ring: "7", check: "yes"}, map[string]string{ring: "change", check: "set"})
	if got := mine.Settings(); got[ring] != "7" || got[check] != "Yes" {
		t.Errorf("after the push the phone has ring %q and check %q", got[ring], got[check])
	}
	move(t, c, mine, me, nil, map[string]string{ring: "change", check: "reset"})
	if got := mine.Settings(); got[ring] != "4" || got[check] != "No" {
		t.Errorf("after it was taken away the phone has ring %q and check %q", got[ring], got[check])
	}
	testkit.Refetch(t, theirs)
	if got := theirs.Status(); got.Changed != 0 || theirs.Settings()[ring] != "4" {
		t.Errorf("another phone changed %d settings", got.Changed)
	}
	if logged := h.Log.String(); strings.Contains(logged, me.Password) || strings.Contains(logged, me.Token) {
		t.Error("the log holds a secret")
	}
}

type change struct{ Key, Kind string }

type plan struct {
	Hash    string
	Devices int
	Groups  []struct{ Changes []change }
}

// move sets a phone's own values, pushes them and has it fetch.
func move(t *testing.T, c *testkit.Client, v *phone.Phone, p testkit.Phone, values, want map[string]string) {
	t.Helper()
	org := "/orgs/" + p.OrgID
	items := []map[string]string{}
	for k, value := range values {
		items = append(items, map[string]string{"key": k, "value": value})
	}
	testkit.Call[any](t, c, http.MethodPut, org+"/devices/"+p.MAC.String()+"/overrides", map[string]any{"items": items}, "If-Match: *")
	pl := testkit.Call[plan](t, c, http.MethodPost, org+"/plans", map[string]any{"targets": map[string]any{"devices": []string{p.ID}}, "move": map[string]bool{"overrides": true}})
	got := map[string]string{}
	for _, g := range pl.Groups {
		for _, ch := range g.Changes {
			got[ch.Key] = ch.Kind
		}
	}
	if len(got) != len(want) || got[ring] != want[ring] || got[check] != want[check] {
		t.Errorf("the plan has %v, want %v", got, want)
	}
	type task struct{ ID, State string }
	made := testkit.Call[task](t, c, http.MethodPost, org+"/plans/"+pl.Hash+"/push", map[string]any{})
	type device struct {
		Desired   string `json:"desired_revision"`
		Delivered string `json:"delivered_revision"`
	}
	testkit.Wait(t, "the revision is published", func() bool {
		d := testkit.Call[device](t, c, http.MethodGet, org+"/devices/"+p.ID, nil)
		return d.Desired != d.Delivered
	})
	testkit.Refetch(t, v)
	testkit.Wait(t, "the task has succeeded", func() bool {
		return testkit.Call[task](t, c, http.MethodGet, org+"/tasks/"+made.ID, nil).State == "success"
	})
}

// TestHouse_again: a house in the folder of another goes on with its data.
func TestHouse_again(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var token string
	t.Run("first", func(t *testing.T) { token = testkit.New(t, testkit.InDir(dir)).World(t).Phones[0].Token })
	t.Run("second", func(t *testing.T) {
		h := testkit.New(t, testkit.InDir(dir))
		d, err := h.Devices.Get(testkit.System(), phone.FleetMAC(0).String())
		if err != nil {
			t.Fatal(err)
		}
		url, state, err := h.Provision.Address(testkit.System(), d)
		if err != nil || state != "unused" || !strings.HasSuffix(url, "/p/"+token+"/") {
			t.Errorf("the phone's address is %s, %s, %v", url, state, err)
		}
	})
}
