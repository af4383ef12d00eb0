package ippd_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/testkit"
)

// alert is a message of one alarm, as the captures have it.
func alert(m mac.Address, name string, severity ipp.Severity, id string) []byte {
	return ipp.AppendAlerts(nil, ipp.Alerts{Session: "1a2b3c4d", User: "system", List: []ipp.Alarm{{ID: id, Name: name, Text: "as the phone says", Date: "2026-03-01T08:00:00", Severity: severity, Source: "IPPhone/" + m.String(), Type: 1, Cause: 5}}}, "00")
}

// rows are what the ledger has of a MAC, the newest first.
func (d desk) rows(t testing.TB, m mac.Address) []provision.Entry {
	t.Helper()
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	s, err := d.Ledger.List(testkit.System(), provision.Filter{MAC: m.String()})
	if err != nil {
		t.Fatal(err)
	}
	return s.Items
}

func (d desk) open(t testing.TB) []alarm.Alarm {
	t.Helper()
	s, err := d.Alarms.List(testkit.System(), alarm.Filter{OrgID: d.w.Org.ID, SubjectKind: "device", Page: db.Page{Limit: 500}})
	if err != nil {
		t.Fatal(err)
	}
	return s.Items
}

// operations are all that a phone can ask for, each with a body that names a MAC.
func operations() map[ipp.Operation]func(mac.Address) []byte {
	report := func(m mac.Address) []byte { return message(m, "status=registered") }
	return map[ipp.Operation]func(mac.Address) []byte{ipp.Init: report, ipp.KeepAlive: report, ipp.Alert: func(m mac.Address) []byte { return alert(m, alarm.RegisterFailure, ipp.Critical, "1") }}
}

// TestServer_strangers: whoever shows no token, a wrong one or another's changes
// nothing of the phone that it names, and is told the same for every name. The ledger
// says why.
func TestServer_strangers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	victim := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	other := d.phone(t, "00908f0000a2", d.w.Org, device.Adopted)
	foreign := d.phone(t, "00908f0000a3", d.w.Foreign, device.Adopted)
	waiting, err := d.Devices.Create(testkit.System(), d.w.Org, device.Input{MAC: "00908f0000a4", Model: "430HD", Life: device.Waiting})
	if err != nil {
		t.Fatal(err)
	}
	d.alive(t, victim, "status=unregistered", "fw=UC_1.0.0.1")
	before := d.now(t, victim.ID)
	c := d.ask(t, victim.ID, command.Order{Kind: command.Reboot})
	base := victim.reports[:strings.Index(victim.reports, "/p/")]
	_, files, _ := strings.Cut(strings.Trim(victim.folder, "/"), "/p/")
	flipped := victim.token[:len(victim.token)-2] + strings.Map(func(r rune) rune { return map[bool]rune{true: 'b', false: 'a'}[r == 'a'] }, victim.token[len(victim.token)-2:])
	for op, body := range operations() {
		for name, tc := range map[string]struct {
			path   string
			status int
			reason identity.Reason
		}{
			"no token":            {"", http.StatusOK, identity.NoProof},
			"made up":             {"/p/" + strings.Repeat("a", 52), http.StatusNotFound, identity.UnknownToken},
			"half of one":         {"/p/" + victim.token[:26], http.StatusNotFound, identity.UnknownToken},
			"the last bits other": {"/p/" + flipped, http.StatusNotFound, identity.UnknownToken},
			"that for files":      {"/p/" + files, http.StatusNotFound, identity.UnknownToken},
			"in capitals":         {"/p/" + strings.ToUpper(victim.token), http.StatusNotFound, identity.UnknownToken},
			"a neighbour's":       {"/p/" + other.token, http.StatusNotFound, identity.TokenOfOther},
			"another tenant's":    {"/p/" + foreign.token, http.StatusNotFound, identity.TokenOfOther},
		} {
			t.Run(string(op)+"/"+name, func(t *testing.T) {
				at := base + tc.path + "/rest/v1/" + string(op)
				status, said := d.post(t, at, body(victim.MAC))
				if status != tc.status {
					t.Errorf("it is answered with %d %s", status, said)
				}
				for _, m := range []mac.Address{"00908f00ffff", waiting.MAC, foreign.MAC} {
					if m == foreign.MAC && name == "another tenant's" {
						continue // there it is its own
					}
					if s, b := d.post(t, at, body(m)); s != status || b != said {
						t.Errorf("for %s the answer is %d %s, for the phone %d %s", m, s, b, status, said)
					}
				}
				rows := d.rows(t, victim.MAC)
				if len(rows) == 0 || len(rows[0].Findings) == 0 || !has(rows[0], tc.reason) || rows[0].Reason == "" || rows[0].Name != string(op) {
					t.Errorf("the ledger says %+v", rows[:min(1, len(rows))])
				}
			})
		}
	}
	after := d.now(t, victim.ID)
	if !after.Hot.LastSeen.After(before.Hot.LastSeen) {
		t.Errorf("it was last seen at %v, before the strangers at %v", after.Hot.LastSeen, before.Hot.LastSeen)
	}
	after.Hot.LastSeen = before.Hot.LastSeen
	if after.Hot != before.Hot {
		t.Errorf("strangers made the twin\n%+v of\n%+v", after.Hot, before.Hot)
	}
	if got := d.command(t, c.ID); got.State != command.Queued {
		t.Errorf("the command is %s", got.State)
	}
	if open := d.open(t); len(open) != 0 {
		t.Errorf("strangers raised %+v", open)
	}
	if h := d.now(t, waiting.ID).Hot; h.LastSeen.IsZero() || h.Reach != device.Offline || h.Firmware != "" {
		t.Errorf("of the phone that waits is known %+v", h)
	}
}

func has(e provision.Entry, r identity.Reason) bool {
	for _, f := range e.Findings {
		if f.Reason == r {
			return true
		}
	}
	return false
}

// TestServer_agent: all that comes with a token has to speak of its device.
func TestServer_agent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	at := a.reports + "rest/v1/" + string(ipp.KeepAlive)
	for agent, want := range map[string]int{agentPlain: http.StatusOK, agentUC: http.StatusOK, "curl/8": http.StatusOK, "AUDC-IPPhone/2.2.16.142.46 (430HD; 00908F0000A2)": http.StatusNotFound} {
		if got, body := d.post(t, at, message(a.MAC, "fw="), "User-Agent: "+agent); got != want {
			t.Errorf("%s is answered with %d %s", agent, got, body)
		}
	}
	if status, _ := d.post(t, at, message("", "mac=")); status != http.StatusOK {
		t.Errorf("without a MAC it is answered with %d", status)
	}
}

// TestServer_rotated: a replaced token counts until its successor was used, and says
// so then.
func TestServer_rotated(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(t, a)
	if err := d.DB.Write(testkit.System(), func(tx *db.Tx) error { return d.Identity.RotateManager(testkit.System(), tx, a.Device) }); err != nil {
		t.Fatal(err)
	}
	d.alive(t, a)
	next := a
	if next.reports = d.reports(t, a); next.reports == a.reports {
		t.Fatal("the file tells the old address")
	}
	d.alive(t, a)
	d.alive(t, next)
	if status, _ := d.post(t, a.reports+"rest/v1/"+string(ipp.KeepAlive), message(a.MAC)); status != http.StatusNotFound {
		t.Errorf("the old token is answered with %d", status)
	}
	if rows := d.rows(t, a.MAC); !has(rows[0], identity.OldToken) {
		t.Errorf("the ledger says %+v", rows[0])
	}
	if err := d.Identity.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
}

// TestServer_system_user: the user that every phone of the make has at first lets in
// where the site's legacy flag covers the address, and nowhere else.
func TestServer_system_user(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	bare := a
	bare.reports = a.reports[:strings.Index(a.reports, "/p/")] + "/"
	at := bare.reports + "rest/v1/" + string(ipp.KeepAlive)
	basic := func(password string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("system", password)
		return "Authorization: " + r.Header.Get("Authorization")
	}
	if status, _ := d.post(t, at, message(a.MAC, "status=registered"), basic("system")); status != http.StatusOK {
		t.Errorf("without the flag it is answered with %d", status)
	}
	if h := d.now(t, a.ID).Hot; h.Status != "" {
		t.Fatalf("without the flag the twin holds %+v", h)
	}
	until := d.DB.Now().Add(24 * time.Hour)
	nets := []org.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/24"), Legacy: true}}
	site, err := d.Orgs.Site(testkit.System(), a.SiteID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{LegacyUntil: &until, Subnets: &nets}, site.Version); err != nil {
		t.Fatal(err)
	}
	if status, said := d.post(t, at, message(a.MAC, "status=registered"), basic("wrong")); status != http.StatusOK || said != `{"requests":[]}` {
		t.Errorf("a wrong password is answered with %d %s", status, said)
	}
	if h := d.now(t, a.ID).Hot; h.Status != "" || !has(d.rows(t, a.MAC)[0], identity.WrongPassword) {
		t.Fatalf("by a wrong password the twin holds %+v, and the ledger says %+v", h, d.rows(t, a.MAC)[0])
	}
	d.alive(t, bare, "status=registered")
	if h := d.now(t, a.ID).Hot; h.Status != device.Registered {
		t.Errorf("under the flag the twin holds %+v", h)
	}
	d.ask(t, a.ID, command.Order{Kind: command.Reboot})
	if todo := d.alive(t, bare, "status=registered", "user=alan"); len(todo) != 1 {
		t.Errorf("the phone is told to do %v", todo)
	}
	if todo := d.alive(t, bare, "mac=00908f00ffff", "status=registered"); len(todo) != 0 {
		t.Errorf("nobody's phone is told to do %v", todo)
	}
}
