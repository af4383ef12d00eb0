package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/phone"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/testkit"
)

type object = map[string]any

func fixed(body any) func(*cast, target) any { return func(*cast, target) any { return body } }

func cut(s string) (method, rest string, ok bool) { return strings.Cut(s, " ") }

func number(n int) string { return strconv.Itoa(n) }

func (c *cast) name(kind string) string {
	c.made++
	return kind + " " + number(c.made)
}

// target is one thing to ask for.
type target struct {
	name   string
	path   map[string]string // what stands in the path's braces
	in     spot              // the organization or tenant that the path names; its org is "" where there is none
	at     spot              // where the thing stands
	exists bool              // it does, and lies where the path says
	owner  string            // of a token or session: the operator
	on     []held            // of an operator: what it holds
}

func newOperator(c *cast, t target) any {
	return object{"login": strings.ReplaceAll(c.name("made"), " ", "-"), "grants": []object{{"role_id": access.RoleReadOnly, "tenant_id": t.at.tenant, "org_id": t.at.org}}}
}

func newGrant(c *cast, t target) any {
	h := t.on[0]
	g := object{"role_id": access.RoleReadOnly, "tenant_id": h.tenant, "org_id": h.org}
	if h.org == "" {
		g["role_id"] = h.role
	}
	return g
}

func newRole(c *cast, t target) any {
	return object{"tenant_id": t.at.tenant, "name": c.name("Role"), "permissions": []access.Permission{access.DeviceRead}}
}

func newToken(_ *cast, t target) any {
	return object{"tenant_id": t.at.tenant, "org_id": t.at.org}
}

func newTemplate(c *cast, _ target) any {
	return object{"kind": "model", "name": c.name("Template"), "vendor": "grandstream", "model": testkit.Model}
}

func newAccount(c *cast, t target) any {
	return object{"server_id": c.stock[t.in.org].server, "user_id": number(5000 + c.made), "name": c.name("Account")}
}

func newDevice(c *cast, t target) any {
	c.made++
	body := object{"mac": phone.FleetMAC(10_000 + c.made).String(), "model": testkit.Model}
	if n := len(t.at.sites); n > 0 {
		body["site_id"] = t.at.sites[n-1]
	}
	return body
}

func newPlaceholder(c *cast, _ target) any {
	c.made++
	return object{"level": "system", "name": "Matrix." + number(c.made), "value": "x"}
}

// newConfigFile is a file for the device that stands where the target does.
func newConfigFile(c *cast, t target) any {
	f := testkit.File{Field: "file", Name: "020000fffffe.xml", Data: configXML("", "audio.volume.ring", "6")}
	for _, p := range append([]testkit.Phone{c.w.SisterPhone, c.w.ForeignPhone}, c.w.Phones...) {
		if n := len(t.at.sites); p.OrgID == t.in.org && n > 0 && p.SiteID == t.at.sites[n-1] {
			f.Name = p.MAC.String() + ".xml"
		}
	}
	return f
}

// newCA is a CA that nobody has yet.
func newCA(c *cast, _ target) any {
	return object{"name": c.name("CA"), "pem": testkit.Root(c.t, c.Clock.Now(), "CA").PEM()}
}

// newLesson is a file that tells something new each time.
func newLesson(c *cast, _ target) any {
	name := strings.ToLower(strings.ReplaceAll(c.name("lesson"), " ", ""))
	return testkit.File{Field: "file", Name: "names.json", Data: []byte(`[{"pvalue":"","alias":"brand.new.` + name + `"}]`), Fields: map[string]string{"model": "GRP2614"}}
}

// newFile is a stored file of other bytes each time.
func newFile(c *cast, _ target) any {
	return testkit.File{Field: "file", Name: "ring1.bin", Data: []byte(c.name("bytes")), Fields: map[string]string{"models": testkit.Model, "vendor": "grandstream", "kind": "ringtone"}}
}

func newPhonebook(c *cast, _ target) any {
	return object{"model": testkit.Model, "contacts": []object{{"last_name": c.name("Contact"), "phones": []object{{"number": "201"}}}}}
}

// newSite is where a site lies that is yet to be made: at the top.
func newSite(s spot) spot { return spot{s.tenant, s.org, []string{"new"}} }

// TestAuthorization tries every operation of the API as everybody on everything,
// and looks in every answer for what its reader may not see.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); matrix(newCast(t)) })
	t.Run(db.Postgres, func(t *testing.T) { t.Parallel(); matrix(newCast(t, testkit.OnDatabase(dbtest.URL(t)))) })
}

func matrix(c *cast) {
	t := c.t
	t.Helper()
	rules := policy()
	for _, o := range api.New(api.Deps{}).Operations() {
		name := o.Method + " " + strings.TrimPrefix(o.Path, api.Base)
		r, ok := rules[name]
		if !ok {
			t.Errorf("%s is not in the policy", name)
			continue
		}
		delete(rules, name)
		for _, tg := range c.targets(r) {
			for _, a := range c.askers {
				c.try(name, r, a, tg)
			}
		}
	}
	for name := range rules {
		t.Errorf("the policy names %s, which the API does not offer", name)
	}
}

// The outcomes that the matrix tells apart.
const (
	allowed = 0
	noLogin = http.StatusUnauthorized
	denied  = http.StatusForbidden
	missing = http.StatusNotFound
)

func (c *cast) try(name string, r rule, a asker, tg target) {
	c.t.Helper()
	tg, a = c.refresh(name, r, tg, a)
	want := c.expect(r, a, tg)
	status, body, sent := c.send(name, r, a, tg)
	got := status
	if status != noLogin && status != denied && status != missing && status < 500 {
		got = allowed
	}
	if r.on == open && status == noLogin && strings.Contains(body, access.CodeBadCredentials) || r.on == open && status == missing {
		got = allowed // it looked at what it was given
	}
	if r.on == siting && status == http.StatusUnprocessableEntity {
		got = missing // the body names a site that is not there for the asker
	}
	if got != want {
		c.t.Errorf("%s by the %s on %q: %d, want %d: %.200s", name, a.name, tg.name, status, want, body)
	}
	c.look(name, a, tg, body, sent)
}

// refresh makes anew what a request may use up.
func (c *cast) refresh(name string, r rule, tg target, a asker) (target, asker) {
	c.t.Helper()
	switch {
	case name == "DELETE /session" && a.id != "" && a.token == "":
		a.session = c.session(a.id)
	case r.on == grant:
		tg.path = map[string]string{"id": c.operator(tg.on...)}
		o, err := c.Access.GetOperator(testkit.System(), tg.path["id"])
		c.must(err)
		tg.owner, tg.path["grant"] = o.ID, o.Grants[0].ID
	case r.on == token && tg.exists:
		_, id := c.token(tg.owner, held{})
		tg.path = map[string]string{"id": id}
	case r.on == session && tg.exists:
		c.session(tg.owner)
		list, err := c.Access.Sessions(testkit.System(), tg.owner)
		c.must(err)
		tg.path = map[string]string{"id": list[0].ID}
	}
	return tg, a
}

// send makes the request. Of a stream only the beginning is read.
func (c *cast) send(name string, r rule, a asker, tg target) (status int, body, sent string) {
	c.t.Helper()
	method, path, _ := cut(name)
	for k, v := range tg.path {
		path = strings.ReplaceAll(path, "{"+k+"}", v)
	}
	payload, kind := c.payload(r, tg)
	path += r.query
	sent = path + string(payload)
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Addr(c.t, "admin")+api.Base+path, bytes.NewReader(payload))
	c.must(err)
	if r.body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if r.match != "" {
		req.Header.Set("If-Match", r.match)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	if a.session != "" {
		req.AddCookie(&http.Cookie{Name: "bellwether_session", Value: a.session})
	}
	resp, err := c.http.Do(req)
	c.must(err)
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		return resp.StatusCode, "", sent
	}
	b, err := io.ReadAll(resp.Body)
	c.must(err)
	return resp.StatusCode, string(b), sent
}

// payload is what a request carries, and its media type.
func (c *cast) payload(r rule, tg target) (payload []byte, kind string) {
	c.t.Helper()
	if r.body == nil {
		return nil, ""
	}
	body := r.body(c, tg)
	if f, ok := body.(testkit.File); ok {
		return f.Form(c.t)
	}
	payload, err := json.Marshal(body)
	c.must(err)
	return payload, "application/json"
}

// look searches an answer for devices, organizations and tenants that its
// reader may not see.
func (c *cast) look(name string, a asker, tg target, body, sent string) {
	c.t.Helper()
	for word, at := range c.canaries {
		visible := a.sees(at)
		if len(at.sites) > 0 {
			visible = a.may(access.DeviceRead, at)
		}
		if strings.Contains(sent, "/templates") && len(at.sites) > 0 && at.sites[len(at.sites)-1] == word {
			continue // templates are the organization's, and a site's template names its site
		}
		if !visible && !strings.Contains(sent, word) && strings.Contains(body, word) {
			c.t.Errorf("%s by the %s on %q shows %s of %+v", name, a.name, tg.name, word, at)
			return
		}
	}
}

// expect is what should come of it.
func (c *cast) expect(r rule, a asker, tg target) int {
	switch {
	case r.on == open:
		return allowed
	case a.id == "":
		return noLogin
	case r.on == signedIn:
		return when(r.need == "" || a.limit == nil || a.over(a.grants), denied)
	case r.on == ownAlarm && !tg.exists && a.may(r.need, spot{}):
		return missing
	case r.on == platform || r.on == ownAlarm:
		return when(a.may(r.need, spot{}), denied)
	case r.on == operator || r.on == grant || r.on == token || r.on == session:
		return c.expectOperator(r, a, tg)
	case r.on == role:
		return expectRole(r, a, tg)
	case r.on == placed:
		return expectPlaced(r, a, tg)
	}
	at := tg.at
	if r.in != nil {
		at = r.in(at)
	}
	switch {
	case !a.sees(tg.in):
		return missing
	case !a.anywhere(r.enter, tg.in):
		return denied
	case !tg.exists || (r.on == device || r.on == site || r.on == alarms) && !a.may(r.enter, at):
		return missing
	case r.need == "" || r.any && a.anywhere(r.need, at) || a.may(r.need, at):
		return allowed
	case a.sees(at):
		return denied
	}
	return missing
}

func when(ok bool, otherwise int) int {
	if ok {
		return allowed
	}
	return otherwise
}

// over reports whether the asker could give and take away what somebody holds.
func (a asker) over(on []held) bool {
	for _, h := range on {
		if !a.may(access.OperatorWrite, h.spot) {
			return false
		}
		for p, who := range roles() {
			for _, role := range who {
				if role == h.role && !a.may(p, h.spot) {
					return false
				}
			}
		}
	}
	return true
}

func (c *cast) expectOperator(r rule, a asker, tg target) int {
	seen := a.may(access.OperatorRead, spot{}) || a.id == tg.owner
	for _, h := range tg.on {
		seen = seen || a.may(access.OperatorRead, h.spot)
	}
	switch {
	case !tg.exists || !seen:
		return missing
	case r.on == token || r.on == session:
		return when(a.over(tg.on), missing)
	case r.need == "":
		return allowed
	case r.on == grant:
		return c.expectGive(a, tg.on[0])
	case r.body != nil && r.match == "": // a new grant where the first one lies
		h := tg.on[0]
		if h.org != "" {
			h.role = access.RoleReadOnly
		}
		h.sites = nil
		return c.expectGive(a, h)
	}
	return when(a.over(tg.on), denied)
}

func (c *cast) expectGive(a asker, h held) int {
	switch {
	case a.over([]held{h}):
		return allowed
	case a.sees(h.spot):
		return denied
	}
	return missing
}

func expectRole(r rule, a asker, tg target) int {
	switch {
	case !tg.exists || tg.at.tenant != "" && !a.anywhere(access.RoleRead, tg.at):
		return missing
	case a.may(r.need, tg.at):
		return allowed
	}
	return denied
}

func expectPlaced(r rule, a asker, tg target) int {
	at := tg.at
	ok := false
	switch r.need {
	case access.OperatorWrite:
		ok = a.over([]held{{access.RoleReadOnly, at}})
	case access.RoleWrite:
		at = spot{tenant: at.tenant}
		ok = a.may(access.RoleWrite, at) && a.may(access.DeviceRead, at)
	case access.TokenWrite:
		ok = a.anywhere(access.TokenWrite, at) && (a.limit == nil || a.limit.around(at))
	}
	if ok {
		return allowed
	}
	if a.sees(at) {
		return denied
	}
	return missing
}
