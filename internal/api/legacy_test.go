package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/platform/clock"
	"bellwether/internal/testkit"
)

// ages is a desk whose time the test moves, with a token that outlasts it.
func ages(t *testing.T) (*desk, *clock.Fake) {
	t.Helper()
	fake := clock.NewFake((clock.System{}).Now())
	d := newDesk(t, testkit.WithClock(fake), testkit.InMemory())
	token, _, err := d.Access.CreateToken(testkit.System(), access.Token{OperatorID: d.w.Operators[access.RoleAdministrator].ID, TenantID: d.w.Tenant.ID, OrgID: d.w.Org.ID, RoleID: access.RoleAdministrator}, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.c.Session, d.c.Token = "", token.Reveal()
	return d, fake
}

// plainly asks the clear-text door for a file and returns what comes.
func (d *desk) plainly(name string) string {
	d.t.Helper()
	c, err := d.Net.Dial(d.t.Context(), "tcp", d.Addr(d.t, "provision_http"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET /" + name + " HTTP/1.1\r\nHost: phones.example.org\r\nConnection: close\r\n\r\n")); err != nil {
		d.t.Fatal(err)
	}
	var out strings.Builder
	for lines := bufio.NewScanner(c); lines.Scan(); {
		out.WriteString(lines.Text() + "\n")
	}
	return out.String()
}

// swept lets the sweep of flags run, and returns the open alarms on a site.
func (d *desk) swept(site string) map[string]api.Alarm {
	d.t.Helper()
	if err := d.Identity.HandleLegacy(testkit.System(), json.RawMessage(`{}`)); err != nil {
		d.t.Fatal(err)
	}
	out := map[string]api.Alarm{}
	for _, a := range testkit.Call[testkit.List[api.Alarm]](d.t, d.c, http.MethodGet, d.org+"/alarms?subject_kind=site&subject="+site, nil).Items {
		out[a.Code] = a
	}
	return out
}

// TestLegacy_life: through the door a bare name gets the configuration until the
// flag's end and for two weeks more, then a bootstrap; what breaks is listed a month
// ahead, and each day of the warning is told.
func TestLegacy_life(t *testing.T) {
	t.Parallel()
	d, fake := ages(t)
	site, p := d.w.Lobby.ID, d.w.Phones[2]
	path := d.org + "/sites/" + site
	const day = 24 * time.Hour
	flag := func(body object) api.Site {
		t.Helper()
		s := d.c.Do(t, http.MethodGet, path, nil)
		return testkit.Call[api.Site](t, d.c, http.MethodPatch, path, body, "If-Match: "+s.Header.Get("ETag"))
	}
	s := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": "02:00:00:00:93:01", "model": testkit.Model, "site_id": site})
	name := "cfg" + s.MAC + ".xml"
	gets := func(when string, config bool) {
		t.Helper()
		if got := d.plainly(name); strings.Contains(got, `"datetime.ntp.server.1">192.0.2.10`) != config {
			t.Fatalf("%s the phone gets\n%s", when, got)
		}
	}
	state := func(when, want string, breaking int) api.LegacyFlag {
		t.Helper()
		if err := d.Identity.Flush(testkit.System()); err != nil {
			t.Fatal(err)
		}
		f := testkit.Call[api.LegacyFlag](t, d.c, http.MethodGet, path+"/legacy", nil)
		if got := testkit.Call[api.Site](t, d.c, http.MethodGet, path, nil).LegacyState; f.State != want || got != want || f.Breaking != breaking {
			t.Fatalf("%s: %s, %+v; want %s and %d phones", when, got, f, want, breaking)
		}
		return f
	}
	gets("before the flag", false)
	state("before the flag", "off", 0)
	end := fake.Now().Add(31 * day).UTC()
	flag(object{"subnets": []object{{"cidr": "192.0.2.0/26", "legacy": true}}, "legacy_until": end})
	gets("under the flag", true)
	f := state("under the flag", "on", 1)
	if u := f.Devices[0]; u.Device.MAC != s.MAC || !u.Breaks || u.Door != "http" || u.Proof != "name alone" || len(f.Subnets) != 1 || !f.Ends.Equal(f.Until.Add(14*day)) {
		t.Fatalf("the phones that break: %+v", f)
	}
	same(t, "alarms", len(d.swept(site)), 0)
	fake.Advance(2 * day)
	state("a month ahead", "ending", 1)
	says(t, d.swept(site)[alarm.LegacyEnding].Text, "1 phone needs it", end.Format("2006-01-02"))
	fake.Advance(29 * day)
	gets("past the end date", true)
	state("past the end date", "grace", 1)
	first := d.swept(site)
	if _, both := first[alarm.LegacyEnding]; both || len(first) != 1 {
		t.Fatalf("alarms %+v", first)
	}
	same(t, "told", first[alarm.LegacyGrace].Count, 1)
	same(t, "told again within the day", d.swept(site)[alarm.LegacyGrace].Count, 1)
	fake.Advance(day)
	same(t, "told the next day", d.swept(site)[alarm.LegacyGrace].Count, 2)
	flag(object{"legacy_until": end.Add(60 * day)})
	same(t, "alarms once it was extended", len(d.swept(site)), 0)
	flag(object{"legacy_until": end})
	same(t, "alarms once that was taken back", len(d.swept(site)), 1)
	fake.Advance(13 * day)
	gets("after the warning", false)
	state("after the warning", "over", 1)
	same(t, "alarms after the warning", len(d.swept(site)), 0)
	if got := d.plainly(p.File()); strings.Contains(got, p.Password) {
		t.Fatalf("a phone of another site gets\n%s", got)
	}
}

// TestTrustLAN: while the network is trusted a phone that waits in the record gets
// in by its name from there, and one that nobody entered goes on waiting.
func TestTrustLAN(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	site := d.loopSite()
	path := d.org + "/sites/" + site.ID + "/trust-lan"
	phone := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": "02:00:00:00:93:02", "model": testkit.Model, "site_id": site.ID, "life": "waiting"})
	const stranger = "020000009303"
	asks := func(mac string) int {
		t.Helper()
		_, boot := d.knock("/cfg" + mac + ".xml")
		status, _ := d.knock(sent(t, boot) + "cfg" + mac + ".xml")
		return status
	}
	same(t, "a phone that waits", asks(phone.MAC), http.StatusNotFound)
	problem(t, d.c.Do(t, http.MethodPost, path, object{"hours": 1, "subnets": []string{"203.0.113.0/24"}}), http.StatusUnprocessableEntity)
	problem(t, d.c.Do(t, http.MethodPost, path, object{"hours": 25}), http.StatusUnprocessableEntity)
	s := testkit.Call[api.Site](t, d.c, http.MethodPost, path, object{"hours": 2})
	if s.TrustedUntil == nil || len(s.TrustedSubnets) != 1 || s.TrustedSubnets[0] != "127.0.0.1/32" {
		t.Fatalf("trusted: %+v", s)
	}
	same(t, "a phone that waited", asks(phone.MAC), http.StatusOK)
	same(t, "a phone that nobody entered", asks(stranger), http.StatusNotFound)
	same(t, "its life", testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+phone.MAC, nil).Life, "adopted")
	says(t, d.swept(site.ID)[alarm.LanTrusted].Text, "127.0.0.1/32")
	if s = testkit.Call[api.Site](t, d.c, http.MethodDelete, path, nil); s.TrustedUntil != nil || len(s.TrustedSubnets) != 0 {
		t.Fatalf("ended: %+v", s)
	}
	same(t, "alarms after its end", len(d.swept(site.ID)), 0)
}
