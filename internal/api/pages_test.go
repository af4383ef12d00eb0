package api_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	macs "bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/allsim"
)

// A phone that waits among strangers is claimed over the network by its own
// password, shows how it was, and is given back.
func TestPages_claimed_over_the_network_and_given_back(t *testing.T) {
	t.Parallel()
	d := newDesk(t, testkit.OnLAN())
	const mac = "020000000941"
	p := d.plugged(mac, "192.0.2.30")
	word := p.Settings()["users.admin.password"]
	claim, body := d.org+"/devices/claim-over-lan", object{"device": mac, "password": word, "name": "Room 9", "model": testkit.Model}

	problem(t, d.c.Do(t, http.MethodPost, claim, object{"device": mac, "password": "", "name": "Room 9"}), http.StatusUnprocessableEntity)
	problem(t, d.c.Do(t, http.MethodPost, claim, object{"device": "nobody", "password": "x"}), http.StatusNotFound)
	problem(t, d.API(t, access.RoleReadOnly).Do(t, http.MethodPost, claim, body), http.StatusForbidden)
	if _, err := d.Devices.Get(testkit.System(), mac); err == nil {
		t.Fatal("a record was made")
	}
	led := testkit.Call[api.Led](t, d.c, http.MethodPost, claim, body)
	same(t, "name", led.Device.Name, "Room 9")
	same(t, "address", led.Address, "192.0.2.30")
	same(t, "restarted", led.Restarted, true)
	testkit.Wait(t, "it takes its own configuration", func() bool {
		return testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+mac, nil).Delivered != ""
	})

	was := d.c.Do(t, http.MethodGet, d.org+"/devices/"+mac+"/as-it-was", nil)
	says(t, string(was.Body), `"kept":true`, `"way":"page"`, `"value":"old.example.org/gs/"`, `"done":true`)
	other := testkit.Call[api.AsItWas](t, d.c, http.MethodGet, d.org+"/devices/"+d.w.Phones[0].MAC.String()+"/as-it-was", nil)
	same(t, "of a phone that came by itself", other.Kept, false)
	a := d.c.Do(t, http.MethodPost, d.org+"/devices/"+d.w.Phones[0].MAC.String()+"/give-back", object{"password": "x"})
	problem(t, a, http.StatusConflict)
	says(t, string(a.Body), "factory settings", "not_kept")

	testkit.Wait(t, "its pages are open", func() bool { return len(p.Status().Pages) > 0 })
	given := testkit.Call[api.Given](t, d.c, http.MethodPost, d.org+"/devices/"+mac+"/give-back", object{"password": word})
	same(t, "life", given.Device.Life, "retired")
	same(t, "looks at", p.Settings()["provisioning.config.serverpath"], "old.example.org/gs/")
	for what, text := range map[string]string{"what was kept": string(was.Body), "the log": d.Log.String(), "the operation log": string(d.c.Do(t, http.MethodGet, d.org+"/audit", nil).Body)} {
		if strings.Contains(text, word) {
			t.Errorf("the phone's password stands in %s", what)
		}
	}
}

// plugged is a phone that somebody else has set up, whose MAC a door has seen.
func (d *desk) plugged(mac, address string) *phone.Phone {
	d.t.Helper()
	all, err := allsim.New()
	if err != nil {
		d.t.Fatal(err)
	}
	persona, label, _ := all.Find("", testkit.Model)
	host := d.Net.(*dial.MemNet).Host(netip.MustParseAddr(address))
	roots := d.TLS(d.t)
	roots.ServerName = ""
	p, err := phone.New(phone.Config{MAC: macs.Address(mac), Model: label, Persona: persona, ServerURL: "https://old.example.org/gs/", Network: host, Web: host, TLS: roots})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, off := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) }) // it ends with the test
	d.t.Cleanup(func() {
		off()
		running.Wait()
	})
	tr := dial.Transport(host)
	defer tr.CloseIdleConnections()
	tr.TLSClientConfig = roots
	resp, err := (&http.Client{Transport: tr}).Get("https://192.0.2.1:9443/cfg" + mac + ".xml")
	if err != nil {
		d.t.Fatal(err)
	}
	resp.Body.Close()
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		d.t.Fatal(err)
	}
	testkit.Wait(d.t, "the phone shows its pages", func() bool { return len(p.Status().Pages) > 0 })
	return p
}

// An operator cannot have this program call itself: its own ports are no phone's,
// wherever a door has seen one.
func TestPages_own_ports(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const mac = "020000000942"
	name := "Here"
	if _, err := d.Orgs.CreateSite(testkit.System(), d.w.Org, orgs.SiteInput{Name: &name, Subnets: &[]orgs.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/16")}}}); err != nil {
		t.Fatal(err)
	}
	d.knock("/cfg" + mac + ".xml")
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	for _, door := range []string{"admin", "metrics", "provision_https"} {
		port := netip.MustParseAddrPort(d.Addr(t, door)).Port()
		a := d.c.Do(t, http.MethodPost, d.org+"/devices/claim-over-lan", object{"device": mac, "model": testkit.Model, "password": "x", "port": port, "clear": true})
		problem(t, a, http.StatusForbidden)
	}
	if d.API(t, access.RoleOwner).Do(t, http.MethodGet, d.org+"/devices/"+mac, nil).Status != http.StatusNotFound {
		t.Error("a record was made")
	}
}
