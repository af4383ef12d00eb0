package api_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// The keys that the scenarios set; none but ntpEvery has an evidenced default.
const (
	ntp      = "datetime.ntp.server.1"
	ntp2     = "datetime.ntp.server.2"
	ntpEvery = "datetime.ntp.updateinterval"
	ring     = "audio.volume.ring"
	password = "provisioning.config.password"
)

// desk is an administrator at work in an organization of a house.
type desk struct {
	*testkit.House
	t    testing.TB
	w    *testkit.World
	c    *testkit.Client
	org  string
	made int
}

func newDesk(t *testing.T, options ...testkit.Option) *desk {
	t.Helper()
	h := testkit.New(t, options...)
	return &desk{House: h, t: t, w: h.World(t), c: h.API(t, access.RoleAdministrator), org: place(h, t)}
}

// set is a phone of the desk: its record and the address of its own file.
type set struct {
	api.Device
	file string
}

// phone adds an adopted device and has it fetch for the first time. It may stand
// in a site.
func (d *desk) phone(site string) (set, map[string]string) {
	d.t.Helper()
	d.made++
	body := object{"mac": phone.FleetMAC(700 + d.made).String(), "model": testkit.Model, "life": "adopted"}
	if site != "" {
		body["site_id"] = site
	}
	s := set{Device: testkit.Call[api.Device](d.t, d.c, http.MethodPost, d.org+"/devices", body)}
	s.file = testkit.Call[api.Provisioning](d.t, d.c, http.MethodGet, d.org+"/devices/"+s.MAC+"/provisioning", nil).URL + "cfg" + s.MAC + ".xml"
	return s, d.fetch(s)
}

// fetch is what a phone gets that asks for its file, by name.
func (d *desk) fetch(s set) map[string]string {
	d.t.Helper()
	transport := dial.Transport(d.Net)
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = d.TLS(d.t)
	transport.TLSClientConfig.ServerName = ""
	resp, err := (&http.Client{Transport: transport}).Get(s.file)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("%s asks for its file: %d %s %v", s.MAC, resp.StatusCode, b, err)
	}
	v, _ := d.Vendors.Get("grandstream")
	doc, err := v.Parse(vendors.Config, b)
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string]string{}
	for _, sv := range doc.Values {
		out[sv.Name] = sv.Value
	}
	return out
}

// draft is a list of values for a body.
func draft(kv ...string) []object {
	out := []object{}
	for i := 0; i < len(kv); i += 2 {
		out = append(out, object{"key": kv[i], "value": kv[i+1]})
	}
	return out
}

// template makes a template with a saved version; body may say more than its
// kind and name.
func (d *desk) template(body object, kv ...string) api.Template {
	d.t.Helper()
	all := object{"kind": "model", "vendor": "grandstream", "draft": draft(kv...)}
	d.made++
	all["name"] = fmt.Sprintf("Template %d", d.made)
	for k, v := range body {
		all[k] = v
	}
	if all["kind"] != "model" {
		delete(all, "vendor")
	}
	tpl := testkit.Call[api.Template](d.t, d.c, http.MethodPost, d.org+"/templates", all)
	testkit.Call[api.TemplateVersion](d.t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/versions", object{})
	return d.reload(tpl)
}

func (d *desk) reload(tpl api.Template) api.Template {
	d.t.Helper()
	return testkit.Call[api.Template](d.t, d.c, http.MethodGet, d.org+"/templates/"+tpl.ID, nil)
}

// patch changes a template.
func (d *desk) patch(tpl api.Template, body object) api.Template {
	d.t.Helper()
	return testkit.Call[api.Template](d.t, d.c, http.MethodPatch, d.org+"/templates/"+tpl.ID, body, match(d.reload(tpl).Version))
}

// save makes values a template's next version.
func (d *desk) save(tpl api.Template, kv ...string) api.Template {
	d.t.Helper()
	d.patch(tpl, object{"draft": draft(kv...)})
	testkit.Call[api.TemplateVersion](d.t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/versions", object{})
	return d.reload(tpl)
}

func match(version int64) string { return "If-Match: " + strconv.Quote(strconv.FormatInt(version, 10)) }

// override makes values a device's own.
func (d *desk) override(s set, kv ...string) {
	d.t.Helper()
	testkit.Call[api.Overrides](d.t, d.c, http.MethodPut, d.org+"/devices/"+s.MAC+"/overrides", object{"items": draft(kv...)}, "If-Match: *")
}

func (d *desk) plan(targets, move object) api.Plan {
	d.t.Helper()
	return testkit.Call[api.Plan](d.t, d.c, http.MethodPost, d.org+"/plans", object{"targets": targets, "move": move})
}

// push pushes a plan and waits until it is published.
func (d *desk) push(p api.Plan) api.Task {
	d.t.Helper()
	tk := testkit.Call[api.Task](d.t, d.c, http.MethodPost, d.org+"/plans/"+p.Hash+"/push", object{"confirm_undeliverable": true})
	testkit.Wait(d.t, "the push is published", func() bool {
		tk = testkit.Call[api.Task](d.t, d.c, http.MethodGet, d.org+"/tasks/"+tk.ID, nil)
		return tk.Counts["pending"] == 0
	})
	return tk
}

// change finds what a plan does about a key.
func change(p api.Plan, key, kind string) (api.PlanChange, bool) {
	for _, g := range p.Groups {
		for _, c := range g.Changes {
			if c.Key == key && (kind == "" || c.Kind == kind) {
				return c, true
			}
		}
	}
	return api.PlanChange{}, false
}

// warns reports whether a plan warns of something.
func warns(p api.Plan, code string) bool {
	return slices.ContainsFunc(p.Warnings, func(w api.PlanWarning) bool { return w.Code == code })
}

// refused expects a request to be refused and returns the reason with its fields.
func (d *desk) refused(method, path string, body any, status int, headers ...string) string {
	d.t.Helper()
	p := problem(d.t, d.c.Do(d.t, method, d.org+path, body, headers...), status)
	out := p.Detail
	for _, e := range p.Errors {
		out += "\n" + e.Location + ": " + e.Message
	}
	return out
}

// same fails where two values differ.
func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// says fails where a text lacks a word.
func says(t testing.TB, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Fatalf("%q does not say %q", text, w)
		}
	}
}

// session signs in a new operator who owns a tenant.
func (d *desk) session(t testing.TB, login, tenant string) string {
	t.Helper()
	op, err := d.Access.CreateOperator(testkit.System(), access.NewOperator{Login: login, Grants: []access.Grant{{RoleID: access.RoleOwner, TenantID: tenant}}})
	if err != nil {
		t.Fatal(err)
	}
	return d.signIn(t, op.ID)
}

func (d *desk) signIn(t testing.TB, operator string) string {
	t.Helper()
	link, err := d.Access.NewSetupLink(testkit.System(), access.SignIn, operator)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := d.Access.RedeemSetup(testkit.System(), link, access.SetupInput{}, "192.0.2.1", "test")
	if err != nil {
		t.Fatal(err)
	}
	return s.Reveal()
}
