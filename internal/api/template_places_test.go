package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/testkit"
)

func TestSiteTemplates(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	t.Run("have a name, a site and a description, and are edited apart from their values", func(t *testing.T) {
		tpl := d.template(object{"kind": "site", "site_id": d.w.Lobby.ID, "name": "Lobby", "description": "By the door"}, ntp2, "lobby.example.org")
		tpl = d.patch(tpl, object{"name": "Entrance", "site_id": d.w.Floor1.ID})
		if tpl.Name != "Entrance" || tpl.SiteID != d.w.Floor1.ID || tpl.Description != "By the door" || tpl.Draft[0].Value != "lobby.example.org" {
			t.Fatalf("template %+v", tpl)
		}
		tpl = d.patch(tpl, object{"draft": draft(ntp2, "entrance.example.org")})
		same(t, "name", tpl.Name, "Entrance")
		same(t, "values", tpl.Draft[0].Value, "entrance.example.org")
		d.refused(http.MethodPost, "/templates", object{"kind": "site", "name": "X", "site_id": unknown}, http.StatusUnprocessableEntity)
		d.refused(http.MethodPost, "/templates", object{"kind": "site", "name": "X"}, http.StatusUnprocessableEntity)
		d.patch(tpl, object{"site_id": d.w.Lobby.ID})
	})
	t.Run("reach new phones of the site and below it, the leaf before the root", func(t *testing.T) {
		d.template(object{"kind": "site", "site_id": d.w.Hotel.ID}, ntp2, "hotel.example.org", ring, "3")
		d.template(object{"kind": "site", "site_id": d.w.Floor1.ID}, ntp2, "floor.example.org")
		_, got := d.phone(d.w.Floor1.ID)
		same(t, "on the floor, of the floor", got[ntp2], "floor.example.org")
		same(t, "on the floor, of the hotel", got[ring], "3")
		_, got = d.phone(d.w.Lobby.ID)
		same(t, "in the lobby, of the hotel", got[ring], "3")
		s, got := d.phone("")
		same(t, "elsewhere", got[ntp2], "")
		testkit.Call[api.Device](t, d.c, http.MethodPatch, d.org+"/devices/"+s.MAC, object{"site_id": d.w.Floor1.ID}, match(s.Version))
		same(t, "after it moved", d.fetch(s)[ntp2], "")
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, _ := d.phone("")
	b, _ := d.phone("")
	get := func(id string) api.GroupDevices {
		return testkit.Call[api.GroupDevices](t, d.c, http.MethodGet, d.org+"/groups/"+id, nil)
	}
	g := testkit.Call[api.Group](t, d.c, http.MethodPost, d.org+"/groups", object{"name": "Night shift", "description": "Phones of the night", "members": []string{strings.ToUpper(a.MAC), d.w.Phones[0].ID, a.ID}})
	t.Run("name, description and members, by id or by typed MAC", func(t *testing.T) {
		got := get(g.ID)
		if got.Name != "Night shift" || got.Description != "Phones of the night" || got.Members != 2 || len(got.Devices) != 2 {
			t.Fatalf("group %+v", got)
		}
		same(t, "list of devices by group", testkit.Call[testkit.List[api.Device]](t, d.c, http.MethodGet, d.org+"/devices?group="+g.ID, nil).Total, 2)
		same(t, "groups of a device", testkit.Call[testkit.List[api.Group]](t, d.c, http.MethodGet, d.org+"/groups?device="+a.MAC, nil).Total, 1)
		same(t, "groups of another device", testkit.Call[testkit.List[api.Group]](t, d.c, http.MethodGet, d.org+"/groups?device="+b.MAC, nil).Total, 0)
	})
	t.Run("a name is unique and has 64 characters at most", func(t *testing.T) {
		says(t, d.refused(http.MethodPost, "/groups", object{"name": strings.Repeat("x", 65)}, http.StatusUnprocessableEntity), "body.name", "64")
		d.refused(http.MethodPost, "/groups", object{"name": "night SHIFT"}, http.StatusConflict)
		says(t, d.refused(http.MethodPost, "/groups", object{"name": "X", "members": []string{d.w.ForeignPhone.MAC.String()}}, http.StatusUnprocessableEntity), "body.members")
		says(t, d.refused(http.MethodPost, "/groups", object{"name": "X", "members": []string{unknown}}, http.StatusUnprocessableEntity), "body.members")
		d.refused(http.MethodPatch, "/groups/"+g.ID, object{"name": "Y"}, http.StatusPreconditionRequired)
	})
	tpl := d.template(object{"kind": "group", "group_id": g.ID}, ntp2, "night.example.org")
	move := object{"templates": []object{{"id": tpl.ID}}}
	t.Run("a template of a group changes no member by itself", func(t *testing.T) {
		same(t, "a member", d.fetch(a)[ntp2], "")
	})
	t.Run("it is pushed to all members, to some, or to phones that are none", func(t *testing.T) {
		p := d.plan(object{"groups": []string{g.ID}}, move)
		same(t, "members", p.Devices, 2)
		if c, _ := change(p, ntp2, ""); c.Layer != "group" {
			t.Fatalf("change %+v", c)
		}
		d.push(d.plan(object{"devices": []string{a.MAC}}, move))
		same(t, "a chosen member", d.fetch(a)[ntp2], "night.example.org")
		d.push(d.plan(object{"devices": []string{b.MAC}}, move))
		same(t, "one that is no member", d.fetch(b)[ntp2], "night.example.org")
		d.refused(http.MethodPost, "/plans", object{"targets": object{"groups": []string{unknown}}, "move": move}, http.StatusNotFound)
	})
	t.Run("a new member gets nothing by joining", func(t *testing.T) {
		c, _ := d.phone("")
		g = testkit.Call[api.Group](t, d.c, http.MethodPatch, d.org+"/groups/"+g.ID, object{"members": []string{a.ID, c.ID}, "name": "Late shift"}, match(g.Version))
		same(t, "name", g.Name, "Late shift")
		same(t, "members", g.Members, 2)
		same(t, "the new member", d.fetch(c)[ntp2], "")
		d.push(d.plan(object{"groups": []string{g.ID}}, move))
		same(t, "after a push", d.fetch(c)[ntp2], "night.example.org")
	})
	t.Run("whoever sees one site sees that site's members", func(t *testing.T) {
		g := testkit.Call[api.Group](t, d.c, http.MethodPost, d.org+"/groups", object{"name": "All floors", "members": []string{d.w.Phones[1].ID, d.w.Phones[2].ID}})
		op, err := d.Access.CreateOperator(testkit.System(), access.NewOperator{Login: "floor", Grants: []access.Grant{{RoleID: access.RoleAdministrator, TenantID: d.w.Tenant.ID, OrgID: d.w.Org.ID, SiteID: d.w.Floor1.ID}}})
		if err != nil {
			t.Fatal(err)
		}
		floor := d.API(t, "")
		floor.Session = d.signIn(t, op.ID)
		got := testkit.Call[api.GroupDevices](t, floor, http.MethodGet, d.org+"/groups/"+g.ID, nil)
		if got.Members != 2 || len(got.Devices) != 1 || got.Devices[0].ID != d.w.Phones[1].ID {
			t.Fatalf("group %+v", got)
		}
		problem(t, floor.Do(t, http.MethodPatch, d.org+"/groups/"+g.ID, object{"name": "Mine"}, match(g.Version)), http.StatusForbidden)
	})
	t.Run("the values of its template are edited, downloaded and copied like any", func(t *testing.T) {
		tpl := d.save(tpl, ntp2, "late.example.org")
		says(t, string(d.c.Do(t, http.MethodGet, d.org+"/templates/"+tpl.ID+"/download", nil).Body), ntp2+"=late.example.org")
		made := testkit.Call[api.Template](t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/copy", object{"org": d.w.Org.ID})
		same(t, "copy", made.Name, tpl.Name+"_Copy")
		same(t, "group of the copy", made.GroupID, g.ID)
	})
	t.Run("deleted, it leaves its phones and its template as they are", func(t *testing.T) {
		if a := d.c.Do(t, http.MethodDelete, d.org+"/groups/"+g.ID, nil, match(g.Version)); a.Status != http.StatusNoContent {
			t.Fatalf("delete: %d %s", a.Status, a.Body)
		}
		same(t, "a member", d.fetch(a)[ntp2], "night.example.org")
		same(t, "its template", d.patch(tpl, object{"description": "Of a group that was"}).Description, "Of a group that was")
		d.push(d.plan(object{"devices": []string{a.MAC}}, move))
		same(t, "its template, pushed by hand", d.fetch(a)[ntp2], "late.example.org")
		d.refused(http.MethodGet, "/groups/"+g.ID, nil, http.StatusNotFound)
	})
}
