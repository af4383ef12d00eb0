package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/testkit"
)

func TestTemplates_are_made_and_changed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	add := func(body object) api.Template {
		return testkit.Call[api.Template](t, d.c, http.MethodPost, d.org+"/templates", body)
	}
	t.Run("of four kinds: model, site, group and a file for one device", func(t *testing.T) {
		g := testkit.Call[api.Group](t, d.c, http.MethodPost, d.org+"/groups", object{"name": "Kinds"})
		for kind, body := range map[string]object{"model": {"model": testkit.Model}, "site": {"site_id": d.w.Lobby.ID}, "group": {"group_id": g.ID}} {
			body["kind"], body["name"] = kind, "Of a "+kind
			same(t, "kind", add(body).Kind, kind)
		}
		up := testkit.Call[api.UploadedFile](t, d.c, http.MethodPost, d.org+"/config-files", testkit.File{Field: "file", Name: d.w.Phones[0].MAC.String() + ".xml", Data: configXML("", ring, "3")})
		same(t, "values of the file", up.Values, 1)
	})
	t.Run("a name is unique and has 64 characters at most", func(t *testing.T) {
		long := strings.Repeat("ä", 64)
		same(t, "name", add(object{"kind": "model", "name": long, "model": testkit.Model}).Name, long)
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": long + "b", "model": testkit.Model}, http.StatusUnprocessableEntity), "body.name", "64")
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": " ", "model": testkit.Model}, http.StatusUnprocessableEntity), "body.name")
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "two\nlines", "model": testkit.Model}, http.StatusUnprocessableEntity), "body.name")
		add(object{"kind": "model", "name": "Same", "model": testkit.Model})
		d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "sAME", "model": testkit.Model}, http.StatusConflict)
	})
	t.Run("for one model, written as the catalog does", func(t *testing.T) {
		tpl := add(object{"kind": "model", "name": "One model", "model": strings.ToLower(testkit.Model)})
		same(t, "model", tpl.Model, testkit.Model)
		same(t, "vendor", tpl.Vendor, "grandstream")
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "No model"}, http.StatusUnprocessableEntity), "body.vendor")
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "X", "model": "GXP9999"}, http.StatusUnprocessableEntity), "body.model")
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "site", "name": "X", "site_id": d.w.Lobby.ID, "vendor": "nobody"}, http.StatusUnprocessableEntity), "body.vendor")
	})
	t.Run("with a description of 256 characters at most", func(t *testing.T) {
		same(t, "description", add(object{"kind": "model", "name": "Described", "model": testkit.Model, "description": "For rooms"}).Description, "For rooms")
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "X", "model": testkit.Model, "description": strings.Repeat("x", 257)}, http.StatusUnprocessableEntity), "body.description")
	})
	t.Run("name, sites and description are edited apart from the values", func(t *testing.T) {
		tpl := d.template(object{"model": testkit.Model}, ntp2, "a.example.org")
		tpl = d.patch(tpl, object{"name": "Renamed", "description": "New words", "auto": "sites", "auto_sites": []string{d.w.Lobby.ID}})
		if tpl.Name != "Renamed" || tpl.Description != "New words" || tpl.Auto != "sites" || len(tpl.AutoSites) != 1 || len(tpl.Draft) != 1 || tpl.Latest != 1 {
			t.Fatalf("template %+v", tpl)
		}
		says(t, d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"auto_sites": []string{unknown}}, http.StatusUnprocessableEntity, match(tpl.Version)), "body.auto_sites")
		d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"auto": "everywhere"}, http.StatusUnprocessableEntity, match(tpl.Version))
		d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"name": "Late"}, http.StatusPreconditionFailed, match(tpl.Version-1))
	})
	t.Run("values are checked against the catalog, unknown keys are kept", func(t *testing.T) {
		tpl := add(object{"kind": "model", "name": "Checked", "model": testkit.Model})
		says(t, d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"draft": draft(ntpEvery, "4")}, http.StatusUnprocessableEntity, match(tpl.Version)), "body.draft.0.value", "5", "1440")
		says(t, d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"draft": draft("account.1.sip.userid", "201")}, http.StatusUnprocessableEntity, match(tpl.Version)), "line")
		says(t, d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"draft": draft(ntp, "a.example.org", ntp, "b.example.org")}, http.StatusUnprocessableEntity, match(tpl.Version)), "twice")
		says(t, d.refused(http.MethodPatch, "/templates/"+tpl.ID, object{"draft": draft(password, "***")}, http.StatusUnprocessableEntity, match(tpl.Version)), password)
		tpl = d.patch(tpl, object{"draft": draft("P99999", "x")})
		same(t, "unknown key", tpl.Draft[0].Key, "P99999")
	})
}

func TestTemplates_the_parameters_differ_per_model(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	list := func(query string) map[string]api.CatalogRow {
		out := map[string]api.CatalogRow{}
		for _, r := range testkit.Call[testkit.List[api.CatalogRow]](t, d.c, http.MethodGet, "/parameters?"+query, nil).Items {
			out[r.Pattern] = r
		}
		return out
	}
	wired, wireless := list("model=GHP621"), list("model=GHP621W")
	only := 0
	for k := range wireless {
		if _, both := wired[k]; !both {
			only++
		}
	}
	if only == 0 || len(wired) == 0 {
		t.Fatalf("%d settings of the wired model, %d of the one with Wi-Fi, %d of that one alone", len(wired), len(wireless), only)
	}
	same(t, "lines of the model", wired["account.{n}.sip.userid"].Count, 2)
	if a := d.c.Do(t, http.MethodGet, "/parameters?model=GXP9999", nil); a.Status != http.StatusNotFound {
		t.Fatalf("an unknown model: %d", a.Status)
	}
}

func TestTemplates_reach_phones(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	t.Run("at the first contact alone, and by a push after that", func(t *testing.T) {
		early, got := d.phone("")
		same(t, "before there is a template", got[ntp2], "")
		tpl := d.template(object{"model": testkit.Model}, ntp2, "one.example.org")
		same(t, "a phone of the platform, after a new template", d.fetch(early)[ntp2], "")
		late, got := d.phone("")
		same(t, "a new phone", got[ntp2], "one.example.org")
		tpl = d.save(tpl, ntp2, "two.example.org")
		same(t, "after an edit", d.fetch(late)[ntp2], "one.example.org")
		_, got = d.phone("")
		same(t, "a phone that came after the edit", got[ntp2], "two.example.org")
		d.push(d.plan(object{"devices": []string{early.MAC}}, object{"templates": []object{{"id": tpl.ID}}}))
		same(t, "after a push", d.fetch(early)[ntp2], "two.example.org")
		d.patch(tpl, object{"auto": "none"})
	})
	t.Run("in all sites, in chosen ones with those below, or by hand only", func(t *testing.T) {
		tpl := d.template(object{"model": testkit.Model, "auto": "sites", "auto_sites": []string{d.w.Hotel.ID}}, "datetime.ntp.enableauth", "yes")
		_, got := d.phone(d.w.Floor1.ID)
		same(t, "below a chosen site", got["datetime.ntp.enableauth"], "Yes")
		_, got = d.phone("")
		same(t, "elsewhere", got["datetime.ntp.enableauth"], "")
		tpl = d.patch(tpl, object{"auto": "none"})
		by, got := d.phone(d.w.Floor1.ID)
		same(t, "by hand only", got["datetime.ntp.enableauth"], "")
		d.push(d.plan(object{"devices": []string{by.ID}}, object{"templates": []object{{"id": tpl.ID}}}))
		same(t, "by hand", d.fetch(by)["datetime.ntp.enableauth"], "Yes")
		d.patch(tpl, object{"auto": "all"})
		_, got = d.phone("")
		same(t, "in all sites", got["datetime.ntp.enableauth"], "Yes")
		d.patch(tpl, object{"auto": "none"})
	})
	t.Run("otherwise per site, where each has its own", func(t *testing.T) {
		a := d.template(object{"model": testkit.Model, "auto": "sites", "auto_sites": []string{d.w.Floor1.ID}}, ntp2, "a.example.org")
		b := d.template(object{"model": testkit.Model, "auto": "sites", "auto_sites": []string{d.w.Floor2.ID}}, ntp2, "b.example.org")
		_, got := d.phone(d.w.Floor1.ID)
		same(t, "floor 1", got[ntp2], "a.example.org")
		_, got = d.phone(d.w.Floor2.ID)
		same(t, "floor 2", got[ntp2], "b.example.org")
		d.patch(a, object{"auto": "none"})
		d.patch(b, object{"auto": "none"})
	})
	t.Run("what was set on the device wins, and the plan says so", func(t *testing.T) {
		tpl := d.template(object{"model": testkit.Model, "auto": "none"}, ntp2, "template.example.org")
		s, _ := d.phone("")
		d.override(s, ntp2, "own.example.org")
		d.push(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}))
		p := d.plan(object{"devices": []string{s.MAC}}, object{"templates": []object{{"id": tpl.ID}}})
		same(t, "phones that would change", p.Devices, 0)
		same(t, "warns", warns(p, "shadowed"), true)
		same(t, "value", d.fetch(s)[ntp2], "own.example.org")
	})
}

func TestTemplates_follow_mode(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, ntp2, "one.example.org", ring, "5")
	plain, _ := d.phone("")
	own, _ := d.phone("")
	d.override(own, ntp2, "own.example.org")
	d.push(d.plan(object{"devices": []string{own.MAC}}, object{"overrides": true}))
	d.fetch(own)
	if d.reload(tpl).Follow {
		t.Fatal("a template follows without being told to")
	}
	d.patch(tpl, object{"follow": true})
	d.save(tpl, ntp2, "two.example.org", ring, "6")
	testkit.Wait(t, "the phones that follow get the new version", func() bool { return d.fetch(plain)[ntp2] == "two.example.org" && d.fetch(own)[ring] == "6" })
	same(t, "what was set on the device", d.fetch(own)[ntp2], "own.example.org")
	d.patch(tpl, object{"follow": false})
	d.save(tpl, ntp2, "three.example.org", ring, "6")
	same(t, "after follow mode", d.fetch(plain)[ntp2], "two.example.org")
}

func TestTemplates_are_pushed_to_chosen_phones_or_to_all(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, ntp2, "one.example.org")
	one, _ := d.phone("")
	two, _ := d.phone("")
	tpl = d.save(tpl, ntp2, "two.example.org")
	move := object{"templates": []object{{"id": tpl.ID, "version": 2}}}
	chosen := d.plan(object{"devices": []string{one.MAC}}, move)
	same(t, "phones of the plan", chosen.Devices, 1)
	if c, ok := change(chosen, ntp2, "change"); !ok || c.Old != "one.example.org" || c.New != "two.example.org" || c.Layer != "model" {
		t.Fatalf("change %+v of %+v", c, chosen.Groups)
	}
	tpl = d.save(tpl, ntp2, "three.example.org")
	d.push(chosen)
	same(t, "a push of the version that was planned", d.fetch(one)[ntp2], "two.example.org")
	same(t, "the other phone", d.fetch(two)[ntp2], "one.example.org")
	bound := d.plan(object{"templates": []string{tpl.ID}}, object{"templates": []object{{"id": tpl.ID}}})
	same(t, "phones that have values from it", bound.Devices, d.reload(tpl).Devices)
	same(t, "phones that the list of devices gives", testkit.Call[testkit.List[api.Device]](t, d.c, http.MethodGet, d.org+"/devices?template="+tpl.ID, nil).Total, bound.Devices)
	d.push(bound)
	same(t, "all, one", d.fetch(one)[ntp2], "three.example.org")
	same(t, "all, two", d.fetch(two)[ntp2], "three.example.org")
	if p := problem(t, d.c.Do(t, http.MethodPost, d.org+"/plans/"+chosen.Hash+"/push", object{}), http.StatusConflict); p.Code != "plan_used" && p.Code != "stale_plan" {
		t.Fatalf("code %q", p.Code)
	}
	d.refused(http.MethodPost, "/plans", object{"targets": object{}, "move": move}, http.StatusUnprocessableEntity)
	d.refused(http.MethodPost, "/plans", object{"targets": object{"templates": []string{unknown}}, "move": move}, http.StatusNotFound)
	says(t, d.refused(http.MethodDelete, "/templates/"+tpl.ID, nil, http.StatusConflict, match(d.reload(tpl).Version)), "2 devices")
	d.push(d.plan(object{"templates": []string{tpl.ID}}, object{"unbind": []string{tpl.ID}}))
	if a := d.c.Do(t, http.MethodDelete, d.org+"/templates/"+tpl.ID, nil, match(d.reload(tpl).Version)); a.Status != http.StatusNoContent {
		t.Fatalf("delete: %d %s", a.Status, a.Body)
	}
}

func TestTemplates_are_copied_into_another_organization(t *testing.T) {
	t.Parallel()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); copies(t, newDesk(t)) })
	t.Run(db.Postgres, func(t *testing.T) { t.Parallel(); copies(t, newDesk(t, testkit.OnDatabase(dbtest.URL(t)))) })
}

func copies(t *testing.T, d *desk) {
	t.Helper()
	owner := d.API(t, "")
	owner.Session = d.session(t, "tenant-owner", d.w.Tenant.ID)
	tpl := d.template(object{"model": testkit.Model, "name": "Rooms", "description": "All rooms"}, ntp2, "one.example.org", password, "canary-copy-1")
	path := d.org + "/templates/" + tpl.ID + "/copy"
	for _, tc := range []struct {
		name, auto string
		body       object
	}{
		{"Rooms_Copy", "none", object{"org": d.w.Sister.Slug}},
		{"Rooms_Copy2", "all", object{"org": d.w.Sister.ID, "auto": "all"}},
		{"Rooms_Copy3", "sites", object{"org": d.w.Sister.ID, "auto": "sites", "auto_sites": []string{d.w.SisterPhone.SiteID}}},
	} {
		made := testkit.Call[api.Template](t, owner, http.MethodPost, path, tc.body)
		if made.Name != tc.name || made.Auto != tc.auto || made.Description != "All rooms" || len(made.Draft) != 2 || made.Latest != 0 {
			t.Fatalf("copy %+v", made)
		}
		there := testkit.Call[api.Template](t, owner, http.MethodGet, "/orgs/"+d.w.Sister.ID+"/templates/"+made.ID, nil)
		if there.Draft[1].Key != password || there.Draft[1].Value != "***" {
			t.Fatalf("the copy's secret %+v", there.Draft)
		}
	}
	same(t, "into the same organization", testkit.Call[api.Template](t, owner, http.MethodPost, path, object{"org": d.w.Org.ID}).Name, "Rooms_Copy")
	t.Run("not where one may not write, nor into another tenant", func(t *testing.T) {
		d.refused(http.MethodPost, "/templates/"+tpl.ID+"/copy", object{"org": d.w.Sister.ID}, http.StatusNotFound)
		d.refused(http.MethodPost, "/templates/"+tpl.ID+"/copy", object{"org": d.w.Foreign.ID}, http.StatusNotFound)
		platform := d.API(t, "platform-owner")
		problem(t, platform.Do(t, http.MethodPost, path, object{"org": d.w.Foreign.ID}), http.StatusUnprocessableEntity)
		problem(t, owner.Do(t, http.MethodPost, path, object{"org": d.w.Sister.ID, "auto": "sites", "auto_sites": []string{d.w.Lobby.ID}}), http.StatusUnprocessableEntity)
	})
	t.Run("the copy's secret reaches the phones there", func(t *testing.T) {
		made := testkit.Call[api.Template](t, owner, http.MethodPost, path, object{"org": d.w.Sister.ID})
		at := "/orgs/" + d.w.Sister.ID
		testkit.Call[api.TemplateVersion](t, owner, http.MethodPost, at+"/templates/"+made.ID+"/versions", object{})
		there := &desk{House: d.House, t: t, w: d.w, c: owner, org: at}
		s := set{Device: testkit.Call[api.Device](t, owner, http.MethodGet, at+"/devices/"+d.w.SisterPhone.ID, nil), file: d.w.SisterPhone.URL + d.w.SisterPhone.File()}
		there.fetch(s)
		there.push(there.plan(object{"devices": []string{s.MAC}}, object{"templates": []object{{"id": made.ID}}}))
		same(t, "password", there.fetch(s)[password], "canary-copy-1")
	})
}

func TestTemplates_defaults_are_written_out(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const transport, mwi = "account.1.sip.transport", "account.1.sip.subscribe.formwi"
	tpl := d.template(object{"model": testkit.Model}, transport, "TCP", ntp, "a.example.org")
	reset := func(body object) api.TakenDraft {
		return testkit.Call[api.TakenDraft](t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/defaults", body)
	}
	value := func(tpl api.TakenDraft, key string) string {
		for _, it := range tpl.Draft {
			if it.Key == key {
				return it.Value
			}
		}
		return "absent"
	}
	got := reset(object{"keys": []string{mwi, "not.known"}})
	same(t, "a key that was not there", value(got, mwi), "no")
	same(t, "a key that was not named", value(got, transport), "TCP")
	same(t, "warnings", strings.Join(got.Warnings, ";"), "no default is known of not.known")
	got = reset(object{})
	same(t, "all keys of the draft", value(got, transport), "UDP")
	same(t, "one without a known default", value(got, ntp), "a.example.org")
	says(t, strings.Join(got.Warnings, ";"), ntp)
	same(t, "version of the record", got.Version, d.reload(tpl).Version)
	site := d.template(object{"kind": "site", "site_id": d.w.Lobby.ID}, ntp, "a.example.org")
	d.refused(http.MethodPost, "/templates/"+site.ID+"/defaults", object{}, http.StatusConflict)
}

func TestTemplates_versions_are_compared(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, ntp, "a.example.org", ring, "3", password, "canary-diff-1")
	tpl = d.save(tpl, ntp, "b.example.org", ntp2, "c.example.org", password, "canary-diff-2")
	d.patch(tpl, object{"draft": draft(ntp, "b.example.org")})
	diff := func(query string) map[string][2]string {
		out := map[string][2]string{}
		for _, c := range testkit.Call[testkit.List[api.Difference]](t, d.c, http.MethodGet, d.org+"/templates/"+tpl.ID+"/diff?"+query, nil).Items {
			var v [2]string
			if c.Old != nil {
				v[0] = c.Old.Value
			}
			if c.New != nil {
				v[1] = c.New.Value
			}
			out[c.Key] = v
		}
		return out
	}
	got := diff("from=1&to=2")
	for k, want := range map[string][2]string{ntp: {"a.example.org", "b.example.org"}, ring: {"3", ""}, ntp2: {"", "c.example.org"}, password: {"***", "***"}} {
		same(t, k, got[k], want)
	}
	same(t, "against the draft", len(diff("from=2&to=0")), 2)
	same(t, "against itself", len(diff("from=2&to=2")), 0)
	d.refused(http.MethodGet, "/templates/"+tpl.ID+"/diff?from=7&to=0", nil, http.StatusNotFound)
}
