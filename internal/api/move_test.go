package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/testkit"
)

// as is a client of somebody with a role in an organization.
func (d *desk) as(login, role string, o orgs.Org) *testkit.Client {
	d.t.Helper()
	op, err := d.Access.CreateOperator(testkit.System(), access.NewOperator{Login: login, Grants: []access.Grant{{RoleID: role, TenantID: o.TenantID, OrgID: o.ID}}})
	if err != nil {
		d.t.Fatal(err)
	}
	c := d.API(d.t, "")
	c.Session = d.signIn(d.t, op.ID)
	return c
}

// clash adds a phone to an organization that has it not, and returns the refusal.
func (d *desk) clash(c *testkit.Client, o orgs.Org, mac string) (p api.Problem) {
	d.t.Helper()
	a := c.Do(d.t, http.MethodPost, "/orgs/"+o.ID+"/devices", object{"mac": mac, "model": testkit.Model})
	if err := json.Unmarshal(a.Body, &p); err != nil || a.Status != http.StatusConflict {
		d.t.Fatalf("adding %s: %d %s", mac, a.Status, a.Body)
	}
	return p
}

func both(t *testing.T, body func(t *testing.T, d *desk)) {
	t.Helper()
	for name, options := range map[string]func(*testing.T) []testkit.Option{
		"sqlite":   func(*testing.T) []testkit.Option { return nil },
		"postgres": func(t *testing.T) []testkit.Option { return []testkit.Option{testkit.OnDatabase(dbtest.URL(t))} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body(t, newDesk(t, options(t)...))
		})
	}
}

// TestClash: whoever adds a phone that stands elsewhere is told where, and how it is
// moved, as far as they may see and do it; another tenant's owner hears of it.
func TestClash(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d *desk) {
		p := d.w.Phones[0]
		mac := p.MAC.Colons()
		owner, sister, foreign := d.as("both", access.RoleOwner, orgs.Org{TenantID: d.w.Tenant.ID}), d.as("sister", access.RoleAdministrator, d.w.Sister), d.as("foreign", access.RoleAdministrator, d.w.Foreign)

		got := d.clash(owner, d.w.Sister, mac)
		says(t, got.Detail, mac, "Seaside", "Lobby", p.Name)
		same(t, "the code", got.Code, "mac_elsewhere")
		want := api.Clash{DeviceID: p.ID, MAC: p.MAC.String(), Name: p.Name, OrgID: d.w.Org.ID, Org: "Seaside", SiteID: d.w.Lobby.ID, Site: "Lobby", Version: got.Clash.Version,
			Move: "/api/v1/orgs/" + d.w.Org.ID + "/devices/" + p.ID + "/move"}
		same(t, "who may do all is told", *got.Clash, want)

		got = d.clash(sister, d.w.Sister, mac)
		same(t, "who may not look there", got.Detail, mac+" is in the organization Seaside already")
		same(t, "is told no more", got.Clash == nil, true)

		got = d.clash(foreign, d.w.Foreign, mac)
		same(t, "another tenant", got.Detail, mac+" belongs to someone else")
		same(t, "is told no more", got.Clash == nil, true)
		log := testkit.Call[testkit.List[api.AuditRow]](t, d.c, http.MethodGet, d.org+"/audit?action=device.wanted_elsewhere", nil).Items
		if len(log) != 1 || log[0].SubjectID != p.ID {
			t.Fatalf("the owner's log %+v", log)
		}

		got = d.clash(d.c, d.w.Org, mac)
		says(t, got.Detail, "in this organization", "Lobby", p.Name)
		same(t, "in one's own organization", got.Clash.Move, want.Move)
		decided := testkit.Call[testkit.List[api.Decided]](t, owner, http.MethodPost, "/orgs/"+d.w.Sister.ID+"/devices/approve", object{"devices": []object{{"device": mac, "model": testkit.Model}}}).Items[0]
		if decided.Done || decided.Clash == nil || decided.Clash.Org != "Seaside" {
			t.Fatalf("approved elsewhere %+v", decided)
		}
		other := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+d.w.Phones[1].ID, nil)
		a := d.c.Do(t, http.MethodPost, d.org+"/devices/"+other.ID+"/replace", object{"mac": mac}, match(other.Version))
		if err := json.Unmarshal(a.Body, &got); err != nil || a.Status != http.StatusConflict || got.Clash == nil || got.Clash.DeviceID != p.ID {
			t.Fatalf("in another's place: %d %s", a.Status, a.Body)
		}
	})
}

// TestMove: a phone goes to another organization of its tenant by who may change it
// at both ends, keeps what it can show, and gets what the new one has for it.
func TestMove(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d *desk) {
		p := d.w.Phones[0]
		s := set{Device: testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil), file: p.URL + p.File()}
		testkit.Call[api.Group](t, d.c, http.MethodPost, d.org+"/groups", object{"name": "Guests", "members": []string{p.ID}})
		testkit.Call[any](t, d.c, http.MethodPatch, d.org+"/devices/"+p.ID, object{"sticker_secret": "from the label"}, match(s.Version))
		d.override(s, ntp2, "own.example.org")
		before := d.fetch(s)
		same(t, "before", before["account.1.sip.userid"] != "" && before[ntp2] == "own.example.org", true)
		testkit.Call[api.Overrides](t, d.c, http.MethodPut, d.org+"/devices/"+p.ID+"/overrides", object{"items": draft(ntp2, "own.example.org", ring, "8")}, "If-Match: *")
		tk := d.push(d.plan(object{"devices": []string{p.ID}}, object{"overrides": true}))
		k := alarm.Key{Code: "test.alarm", Place: alarm.Place{TenantID: p.TenantID, OrgID: p.OrgID, SiteID: p.SiteID}, Subject: alarm.Subject{Kind: "device", ID: p.ID, Name: p.Name}}
		if err := d.Alarms.Set(testkit.System(), k, &alarm.Cause{Key: k, Severity: alarm.Major, Name: "Test", Text: "Something"}, ""); err != nil {
			t.Fatal(err)
		}
		if err := d.Twins.Flush(testkit.System(), true); err != nil {
			t.Fatal(err)
		}
		s.Device = testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil)

		owner, sister := d.as("both", access.RoleOwner, orgs.Org{TenantID: d.w.Tenant.ID}), d.as("sister", access.RoleAdministrator, d.w.Sister)
		path, there := d.org+"/devices/"+p.ID+"/move", "/orgs/"+d.w.Sister.ID
		to := object{"org": d.w.Sister.ID}
		problem(t, sister.Do(t, http.MethodPost, path, to, match(s.Version)), http.StatusNotFound)
		problem(t, d.c.Do(t, http.MethodPost, path, to, match(s.Version)), http.StatusNotFound)
		problem(t, owner.Do(t, http.MethodPost, path, object{"org": d.w.Foreign.ID}, match(s.Version)), http.StatusNotFound)
		problem(t, owner.Do(t, http.MethodPost, path, to, match(s.Version-1)), http.StatusPreconditionFailed)
		problem(t, owner.Do(t, http.MethodPost, path, object{"org": d.w.Sister.ID, "site_id": d.w.Lobby.ID}, match(s.Version)), http.StatusUnprocessableEntity)
		same(t, "until then it stays", testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil).SiteID, d.w.Lobby.ID)

		moved := testkit.Call[api.Device](t, owner, http.MethodPost, path, to, match(s.Version))
		if moved.ID != p.ID || moved.Name != p.Name || moved.State != "none" || len(moved.Lines) != 0 || moved.SiteID == d.w.Lobby.ID || moved.Reach != s.Reach || moved.Address != s.Address {
			t.Fatalf("moved %+v", moved)
		}
		problem(t, d.c.Do(t, http.MethodGet, d.org+"/devices/"+p.ID, nil), http.StatusNotFound)
		same(t, "its address", testkit.Call[api.Provisioning](t, sister, http.MethodGet, there+"/devices/"+p.ID+"/provisioning", nil).URL, p.URL)
		after := d.fetch(s)
		same(t, "its line", after["account.1.sip.userid"], "")
		same(t, "what it holds and nobody says any more is told of", testkit.Call[api.Config](t, sister, http.MethodGet, there+"/devices/"+p.ID+"/config", nil).Revision != "", true)
		residue := map[string]string{}
		for _, it := range testkit.Call[api.Config](t, sister, http.MethodGet, there+"/devices/"+p.ID+"/config", nil).Items {
			residue[it.Key] = it.State
		}
		same(t, "the old organization's time server stays on the phone", residue[ntp2], "residue")
		for _, c := range []struct {
			client *testkit.Client
			org    string
		}{{d.c, d.org}, {sister, there}} {
			log := testkit.Call[testkit.List[api.AuditRow]](t, c.client, http.MethodGet, c.org+"/audit?action=device.move", nil).Items
			if len(log) != 1 || log[0].SubjectID != p.ID || log[0].ActorName != "both" {
				t.Fatalf("%s's log %+v", c.org, log)
			}
		}
		for _, a := range testkit.Call[testkit.List[api.Alarm]](t, d.c, http.MethodGet, d.org+"/alarms?state=cleared", nil).Items {
			same(t, "its alarm", a.ClearReason, "the phone was moved to another organization")
		}
		same(t, "open alarms", len(testkit.Call[testkit.List[api.Alarm]](t, d.c, http.MethodGet, d.org+"/alarms?code=test.alarm", nil).Items), 0)
		testkit.Wait(t, "the task of the old organization ends", func() bool {
			return testkit.Call[api.Task](t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID, nil).State != "running"
		})
		testkit.Call[testkit.List[api.Run]](t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID+"/runs", nil)
		moved = testkit.Call[api.Device](t, sister, http.MethodGet, there+"/devices/"+p.ID, nil)
		if a := sister.Do(t, http.MethodDelete, there+"/devices/"+p.ID, nil, match(moved.Version)); a.Status != http.StatusNoContent {
			t.Fatalf("deleted there: %d %s", a.Status, a.Body)
		}
	})
}

// TestMove_within: within its organization a phone goes to another site, and one
// that is frozen by itself stays in its organization.
func TestMove_within(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.as("both", access.RoleOwner, orgs.Org{TenantID: d.w.Tenant.ID})
	s, _ := d.phone(d.w.Lobby.ID)
	moved := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices/"+s.ID+"/move", object{"site_id": d.w.Floor1.ID}, match(s.Version))
	if moved.SiteID != d.w.Floor1.ID || moved.State != "delivered" && moved.State != "confirmed" {
		t.Fatalf("moved %+v", moved)
	}
	testkit.Call[any](t, owner, http.MethodPut, d.org+"/devices/"+s.ID+"/freeze", object{"reason": "a conference"})
	a := owner.Do(t, http.MethodPost, d.org+"/devices/"+s.ID+"/move", object{"org": d.w.Sister.ID}, match(moved.Version))
	if a.Status != http.StatusConflict {
		t.Fatalf("a frozen phone: %d %s", a.Status, a.Body)
	}
	says(t, string(a.Body), "a conference")
}
