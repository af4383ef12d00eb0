package httpd_test

import (
	"bufio"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/testkit"
)

// TestKept: a file that was made once is given again, and whatever changes what it
// was made of counts with the very next request.
func TestKept(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	p, c, ctx := w.Phones[0], h.API(t, access.RoleAdministrator), testkit.System()
	cfg := h.TLS(t)
	gets := func(what string, want ...string) {
		t.Helper()
		for range 3 { // delivered, kept, kept
			_, body, _ := ask(t, h, "provision_https", "/p/"+p.Token+"/"+p.File(), cfg)
			for _, text := range want {
				if !strings.Contains(body, text) {
					t.Fatalf("%s: no %s in\n%s", what, text, body)
				}
			}
			if len(want) == 0 && strings.Contains(body, p.Password) {
				t.Fatalf("%s: it gets its configuration", what)
			}
		}
	}
	life := func(l device.Life) {
		t.Helper()
		d, err := h.Devices.Get(ctx, p.ID)
		if err == nil {
			_, err = h.Devices.Update(ctx, p.ID, device.Patch{Life: &l}, d.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	push := func(volume string) {
		t.Helper()
		type made struct{ Hash string }
		orgs := "/orgs/" + w.Org.ID
		testkit.Call[any](t, c, http.MethodPut, orgs+"/devices/"+p.MAC.String()+"/overrides", map[string]any{"items": []map[string]string{{"key": "audio.volume.ring", "value": volume}}}, "If-Match: *")
		plan := testkit.Call[made](t, c, http.MethodPost, orgs+"/plans", map[string]any{"targets": map[string]any{"devices": []string{p.ID}}, "move": map[string]bool{"overrides": true}})
		testkit.Call[made](t, c, http.MethodPost, orgs+"/plans/"+plan.Hash+"/push", map[string]any{})
	}
	volume := func(n string) string { return `<item name="audio.volume.ring">` + n + `</item>` }

	gets("at first", p.Password, volume("4"))
	push("6")
	testkit.Wait(t, "the new revision is published", func() bool {
		_, body, _ := ask(t, h, "provision_https", "/p/"+p.Token+"/"+p.File(), cfg)
		return strings.Contains(body, volume("6"))
	})
	gets("after a push", volume("6"))
	life(device.Retired)
	gets("while it is retired")
	life(device.Adopted)
	gets("when it is adopted again", volume("6"))

	where := access.Where{TenantID: w.Tenant.ID, OrgID: w.Org.ID}
	if _, err := h.Commands.Freeze(ctx, command.Extent{Where: where}, "a test"); err != nil {
		t.Fatal(err)
	}
	gets("frozen", volume("6"))
	if err := h.Commands.Thaw(ctx, command.Extent{Where: where}); err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Write(ctx, func(tx *db.Tx) error { return h.Identity.Rotate(ctx, tx, p.Device) }); err != nil {
		t.Fatal(err)
	}
	url, _, err := h.Provision.Address(ctx, p.Device)
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(strings.TrimSuffix(url, "/"), "/p/")
	gets("with a new token on its way", "/p/"+token+"/")
	p.Token = token
	gets("with the new token", "/p/"+token+"/")
	d, err := h.Devices.Get(ctx, p.ID)
	if err == nil {
		err = h.Devices.Delete(ctx, p.ID, d.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
	gets("after it was deleted")
}

// TestKept_legacy: a flag that is taken away counts at once for files that were
// given under it.
func TestKept_legacy(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	p, ctx := w.Phones[0], testkit.System()
	flag := func(until time.Time) {
		t.Helper()
		site, err := h.Orgs.Site(ctx, w.Lobby.ID)
		if err == nil {
			nets := []org.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/8"), Legacy: true}}
			_, err = h.Orgs.UpdateSite(ctx, site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []bool{true, false, true} {
		until := time.Time{}
		if want {
			until = h.Clock.Now().Add(time.Hour)
		}
		flag(until)
		for range 3 {
			res, body := plain(t, h, "/"+p.File())
			if res != http.StatusOK || strings.Contains(body, p.Password) != want {
				t.Fatalf("flag %t: %d, %d bytes", want, res, len(body))
			}
		}
	}
}

// plain fetches a path at the door in clear text.
func plain(t *testing.T, h *testkit.House, path string) (int, string) {
	t.Helper()
	c := call(t, h, "provision_http")
	defer c.Close()
	return again(t, c, bufio.NewReader(c), path)
}
