package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/testkit"
)

// hold gives a placeholder a value on a level.
func (d *desk) hold(level, scope, name, value string) api.Placeholder {
	d.t.Helper()
	return testkit.Call[api.Placeholder](d.t, d.c, http.MethodPost, d.org+"/placeholders", object{"level": level, "scope": scope, "name": name, "value": value})
}

func TestPlaceholders_reach_phones(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, ntp2, "%ITCS_Prefix%-%ITCS_Primary_NTP%.example.org")
	d.hold("system", "", "Prefix", "ntp")
	d.hold("system", "", "%ITCS_Primary_NTP%", "system")
	s, got := d.phone(d.w.Floor1.ID)
	push := func() { d.push(d.plan(object{"devices": []string{s.MAC}}, object{"placeholders": true})) }
	t.Run("%ITCS_Name% in a template stands for its value", func(t *testing.T) {
		same(t, "value", got[ntp2], "ntp-system.example.org")
		same(t, "names in the template", strings.Join(d.reload(tpl).Placeholders, " "), "Prefix Primary_NTP")
	})
	t.Run("on four levels, the device before the site before the model before the system", func(t *testing.T) {
		for _, l := range []struct{ level, scope, want string }{
			{"model", testkit.Model, "model"}, {"site", d.w.Hotel.ID, "site"}, {"site", d.w.Floor1.ID, "floor"}, {"device", s.MAC, "device"},
		} {
			before := d.fetch(s)[ntp2]
			p := d.hold(l.level, l.scope, "Primary_NTP", l.want)
			if p.Level != l.level || p.ScopeName == "" {
				t.Fatalf("placeholder %+v", p)
			}
			same(t, "a new value before the push", d.fetch(s)[ntp2], before)
			push()
			same(t, "after it", d.fetch(s)[ntp2], "ntp-"+l.want+".example.org")
		}
	})
	t.Run("a changed value waits for its push, and the plan shows it", func(t *testing.T) {
		own := d.find("level=device&device=" + s.MAC[6:])[0]
		testkit.Call[api.Placeholder](t, d.c, http.MethodPatch, d.org+"/placeholders/"+own.ID, object{"value": "overwritten"}, match(own.Version))
		same(t, "before the push", d.fetch(s)[ntp2], "ntp-device.example.org")
		p := d.plan(object{"devices": []string{s.MAC}}, object{"placeholders": true})
		if c, _ := change(p, ntp2, "change"); c.Old != "ntp-device.example.org" || c.New != "ntp-overwritten.example.org" {
			t.Fatalf("change %+v", c)
		}
		d.push(p)
		same(t, "after it", d.fetch(s)[ntp2], "ntp-overwritten.example.org")
	})
	t.Run("one that is deleted uncovers the level below", func(t *testing.T) {
		own := d.find("level=device&scope=" + s.ID)[0]
		if a := d.c.Do(t, http.MethodDelete, d.org+"/placeholders/"+own.ID, nil, match(own.Version)); a.Status != http.StatusNoContent {
			t.Fatalf("delete: %d %s", a.Status, a.Body)
		}
		push()
		same(t, "value", d.fetch(s)[ntp2], "ntp-floor.example.org")
	})
	t.Run("one without a value, or in a circle, fails that phone alone", func(t *testing.T) {
		other, _ := d.phone("")
		for _, value := range []string{"%ITCS_Nobody%", "%ITCS_Circle%"} {
			circle := d.hold("device", other.MAC, "Primary_NTP", value)
			if value == "%ITCS_Circle%" {
				d.hold("device", other.MAC, "Circle", "%ITCS_Primary_NTP%")
			}
			p := d.plan(object{"devices": []string{other.MAC, s.MAC}}, object{"placeholders": true})
			if len(p.Failed) != 1 || p.Failed[0].MAC != other.MAC || !strings.Contains(p.Failed[0].Problem, "placeholder") {
				t.Fatalf("%s: failed %+v", value, p.Failed)
			}
			d.c.Do(t, http.MethodDelete, d.org+"/placeholders/"+circle.ID, nil, match(circle.Version))
		}
		same(t, "the last published value stays", d.fetch(other)[ntp2], "ntp-model.example.org")
	})
}

// find lists placeholders.
func (d *desk) find(query string) []api.Placeholder {
	d.t.Helper()
	return testkit.Call[testkit.List[api.Placeholder]](d.t, d.c, http.MethodGet, d.org+"/placeholders?"+query, nil).Items
}

func TestPlaceholders_are_kept_in_order(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	phone := d.w.Phones[1]
	t.Run("name, value and description, added, changed and deleted", func(t *testing.T) {
		p := testkit.Call[api.Placeholder](t, d.c, http.MethodPost, d.org+"/placeholders", object{"level": "model", "scope": strings.ToLower(testkit.Model), "name": "SipDigitMap", "value": "**xxxx", "description": "What is dialled"})
		if p.Scope != testkit.Model || p.Name != "SipDigitMap" || p.Value != "**xxxx" || p.Description != "What is dialled" {
			t.Fatalf("placeholder %+v", p)
		}
		p = testkit.Call[api.Placeholder](t, d.c, http.MethodPatch, d.org+"/placeholders/"+p.ID, object{"name": "DigitMap", "description": ""}, match(p.Version))
		same(t, "name", p.Name, "DigitMap")
		same(t, "value", p.Value, "**xxxx")
		d.refused(http.MethodPatch, "/placeholders/"+p.ID, object{"value": "x"}, http.StatusPreconditionRequired)
		d.refused(http.MethodPatch, "/placeholders/"+p.ID, object{"value": "x"}, http.StatusPreconditionFailed, match(p.Version-1))
		if a := d.c.Do(t, http.MethodDelete, d.org+"/placeholders/"+p.ID, nil, match(p.Version)); a.Status != http.StatusNoContent {
			t.Fatalf("delete: %d %s", a.Status, a.Body)
		}
		d.refused(http.MethodGet, "/placeholders/"+p.ID, nil, http.StatusNotFound)
	})
	t.Run("of a region: a site with all below it", func(t *testing.T) {
		p := d.hold("site", d.w.Hotel.ID, "KeepActivePeriod", "60")
		same(t, "its name for people", p.ScopeName, "Hotel")
	})
	t.Run("of a device, found by its name or extension", func(t *testing.T) {
		p := d.hold("device", phone.MAC.Colons(), "KeepActivePeriod", "5")
		same(t, "scope", p.Scope, phone.ID)
		for _, q := range []string{"device=" + phone.Account.UserID, "device=Room%20" + phone.Account.UserID, "device=" + phone.MAC.String(), "scope=" + phone.ID, "level=device&q=active"} {
			if got := d.find(q); len(got) != 1 || got[0].ID != p.ID || got[0].ScopeName != phone.Name {
				t.Fatalf("%s: %+v", q, got)
			}
		}
		same(t, "of a device that is not there", len(d.find("device=nobody")), 0)
	})
	t.Run("refused with the field", func(t *testing.T) {
		for name, tc := range map[string]struct {
			body  object
			field string
		}{
			"no name":            {object{"level": "system", "value": "x"}, "body.name"},
			"a name of 65":       {object{"level": "system", "name": strings.Repeat("x", 65), "value": "x"}, "body.name"},
			"a name with blanks": {object{"level": "system", "name": "a b", "value": "x"}, "body.name"},
			"two lines":          {object{"level": "system", "name": "A", "value": "x\ny"}, "body.value"},
			"too long":           {object{"level": "system", "name": "A", "value": strings.Repeat("x", 4097)}, "body.value"},
			"an unknown model":   {object{"level": "model", "scope": "GXP9999", "name": "A"}, "body.scope"},
			"an unknown site":    {object{"level": "site", "scope": unknown, "name": "A"}, "body.scope"},
			"a foreign device":   {object{"level": "device", "scope": d.w.ForeignPhone.MAC.String(), "name": "A"}, "body.scope"},
			"a fifth level":      {object{"level": "planet", "name": "A"}, "body.level"},
		} {
			t.Run(name, func(t *testing.T) {
				says(t, d.refused(http.MethodPost, "/placeholders", tc.body, http.StatusUnprocessableEntity), tc.field)
			})
		}
		d.refused(http.MethodPost, "/placeholders", object{"level": "device", "scope": phone.ID, "name": "KeepActivePeriod", "value": "6"}, http.StatusConflict)
	})
	t.Run("it is shown where each is used", func(t *testing.T) {
		p := d.hold("system", "", "Used", "x")
		tpl := d.template(object{"model": testkit.Model, "name": "User"}, ntp, "%ITCS_Used%.example.org")
		d.template(object{"model": testkit.Model, "name": "Other"}, ntp, "%ITCS_used%.example.org")
		d.hold("system", "", "Inside", "a%ITCS_Used%")
		for _, other := range []string{phone.MAC.String(), d.w.Phones[2].MAC.String()} {
			testkit.Call[api.Overrides](t, d.c, http.MethodPut, d.org+"/devices/"+other+"/overrides", object{"items": draft(ntp2, "%ITCS_Used%")})
		}
		uses := testkit.Call[testkit.List[api.Use]](t, d.c, http.MethodGet, d.org+"/placeholders/"+p.ID+"/uses", nil).Items
		var got []string
		for _, u := range uses {
			got = append(got, u.Kind+" "+u.Name)
		}
		slices.Sort(got)
		same(t, "uses", strings.Join(got, ", "), "model User, override "+phone.Name+", override "+d.w.Phones[2].Name+", placeholder Inside")
		if uses[0].ID != tpl.ID {
			t.Fatalf("first use %+v", uses[0])
		}
		t.Run("but not on devices of sites that one does not see", func(t *testing.T) {
			op, err := d.Access.CreateOperator(testkit.System(), access.NewOperator{Login: "floor", Grants: []access.Grant{{RoleID: access.RoleReadOnly, TenantID: d.w.Tenant.ID, OrgID: d.w.Org.ID, SiteID: d.w.Floor1.ID}}})
			if err != nil {
				t.Fatal(err)
			}
			floor := d.API(t, "")
			floor.Session = d.signIn(t, op.ID)
			same(t, "uses", len(testkit.Call[testkit.List[api.Use]](t, floor, http.MethodGet, d.org+"/placeholders/"+p.ID+"/uses", nil).Items), 3)
		})
	})
}
