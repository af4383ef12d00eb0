package api_test

import (
	"io"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/lesson"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/resource"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/task"
	"bellwether/internal/domain/template"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/dial"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

const unknown = "01970000-0000-7000-8000-000000000000"

// stock is one organization's things, by what the path calls them.
type stock struct {
	spot
	org                                   orgs.Org
	device, site                          string
	sitePath                              []string
	template, account, server, task, plan string
	group, placeholder, claim             string
	image, file, ca, alarm, command       string
	adoption                              string
}

func ptr[T any](v T) *T { return &v }

// fill makes one thing of each kind in three organizations, and has each phone
// fetch its file.
func (c *cast) fill() {
	c.t.Helper()
	w := c.w
	c.stock, c.claims, c.commands = map[string]stock{}, map[string]string{}, map[string]string{}
	for _, p := range append([]testkit.Phone{w.Waiting, w.SisterPhone, w.ForeignPhone}, w.Phones...) {
		_, err := c.Revisions.FirstContact(testkit.System(), p.Device)
		c.must(err)
		c.fetch(p)
	}
	for _, x := range []struct {
		org   orgs.Org
		phone testkit.Phone
	}{{w.Org, w.Phones[1]}, {w.Sister, w.SisterPhone}, {w.Foreign, w.ForeignPhone}} {
		d, err := c.Devices.Get(testkit.System(), x.phone.ID)
		c.must(err)
		s := stock{spot: spot{tenant: x.org.TenantID, org: x.org.ID}, org: x.org, device: d.ID, site: d.SiteID, sitePath: d.SitePath, account: x.phone.Account.ID, server: x.phone.Account.ServerID}
		more := []string{d.ID}
		if x.org.ID == w.Org.ID {
			more = append(more, w.Phones[2].ID)
		}
		src, err := c.Templates.Create(testkit.System(), x.org, template.Input{Kind: template.Model, Name: ptr("Stock"), Vendor: ptr("grandstream"), Model: ptr(testkit.Model), Draft: ptr(testkit.Items(map[string]string{"audio.volume.ring": "5"}))})
		c.must(err)
		_, err = c.Templates.SaveVersion(testkit.System(), src.ID, "", src.Version)
		c.must(err)
		s.template = src.ID
		s.task = c.push(x.org, src.ID, 1, more...).ID
		p, err := c.Revisions.Plan(testkit.System(), x.org, revision.Targets{All: true}, revision.Move{Templates: []revision.TemplateVersion{{ID: src.ID, Version: 1}}}, "matrix")
		c.must(err)
		s.plan = p.Hash
		for _, id := range more {
			c.claim(id)
			c.commands[id] = c.command(id)
		}
		s.claim, s.command = c.claims[d.ID], c.commands[d.ID]
		c.sources(&s, more)
		c.stock[x.org.ID] = s
	}
}

// sources makes a group, placeholders and config files of some devices.
func (c *cast) sources(s *stock, devices []string) {
	c.t.Helper()
	g, err := c.Groups.Create(testkit.System(), s.org, group.Input{Name: ptr("Stock"), Members: &devices})
	c.must(err)
	p, err := c.Holders.Create(testkit.System(), s.org, placeholder.Input{Level: placeholder.System, Name: ptr("Stock"), Value: ptr("1")})
	c.must(err)
	s.group, s.placeholder = g.ID, p.ID
	s.adoption = c.adoption(s.org)
	s.ca = c.ca(trust.Place{TenantID: s.org.TenantID, OrgID: s.org.ID})
	first, err := c.Devices.Get(testkit.System(), s.device)
	c.must(err)
	s.alarm = c.raise(alarm.Place{TenantID: first.TenantID, OrgID: first.OrgID, SiteID: first.SiteID}, alarm.Subject{Kind: "device", ID: first.ID, Name: first.MAC.Colons()})
	s.image, s.file = c.stored(s.org, resource.Firmware), c.stored(s.org, resource.Ringtone)
	for _, id := range devices {
		d, err := c.Devices.Get(testkit.System(), id)
		c.must(err)
		for level, key := range map[placeholder.Level]string{placeholder.Device: d.ID, placeholder.Site: d.SiteID} {
			_, err := c.Holders.Create(testkit.System(), s.org, placeholder.Input{Level: level, ScopeKey: key, Name: ptr("Stock"), Value: ptr("%ITCS_Stock%")})
			c.must(err)
		}
		_, err = c.Templates.SetOverrides(testkit.System(), d, testkit.Items(map[string]string{"datetime.ntp.server.2": "%ITCS_Stock%"}), 0)
		c.must(err)
		_, err = c.Templates.UploadConfigFile(testkit.System(), s.org, d.MAC.String()+".xml", configXML("", "audio.volume.ring", "6"))
		c.must(err)
	}
}

// raise opens an alarm and returns its id.
func (c *cast) raise(p alarm.Place, sub alarm.Subject) string {
	c.t.Helper()
	k := alarm.Key{Place: p, Subject: sub, Code: alarm.DiskFull}
	c.must(c.DB.Write(testkit.System(), func(tx *db.Tx) error { return c.Alarms.Raise(testkit.System(), tx, alarm.Cause{Key: k}) }))
	list, err := c.Alarms.List(testkit.System(), alarm.Filter{OrgID: p.OrgID, SubjectKind: sub.Kind, SubjectID: sub.ID})
	c.must(err)
	return list.Items[0].ID
}

// command makes something for a device to do.
func (c *cast) command(id string) string {
	c.t.Helper()
	d, err := c.Devices.Get(testkit.System(), id)
	c.must(err)
	var made command.Command
	c.must(c.DB.Write(testkit.System(), func(tx *db.Tx) (err error) {
		made, err = c.Commands.Deliver(testkit.System(), tx, d, "matrix", "", c.Clock.Now().Add(time.Hour))
		return err
	}))
	return made.ID
}

// claim has somebody ask for a device with a bootstrap token alone.
func (c *cast) claim(id string) {
	c.t.Helper()
	d, err := c.Devices.Get(testkit.System(), id)
	c.must(err)
	from := netip.MustParseAddr("203.0.113.9")
	token := c.Identity.Bootstrap(d.MAC, vendors.HTTPS, from)
	_, v := c.Identity.Authenticate(testkit.System(), identity.Evidence{Door: vendors.HTTPS, Token: token, MACInName: d.MAC, Address: from})
	c.must(v.Err)
	c.must(c.Identity.FlushClaims(testkit.System()))
	list, err := c.Identity.Claims(testkit.System(), d.OrgID, d.ID)
	c.must(err)
	if len(list) != 1 {
		c.t.Fatalf("%d claims of %s: %+v", len(list), d.MAC, v)
	}
	c.claims[id] = list[0].ID
}

// ca makes a trusted CA and returns its id.
func (c *cast) ca(p trust.Place) string {
	c.t.Helper()
	ca, err := c.Trust.Add(testkit.System(), p, c.name("CA"), testkit.Root(c.t, c.Clock.Now(), "CA").PEM())
	c.must(err)
	return ca.ID
}

// stored makes a file of an organization and returns its id.
func (c *cast) stored(o orgs.Org, k resource.Kind) string {
	c.t.Helper()
	t, err := c.Resources.Take(testkit.System(), o, strings.NewReader("bytes of "+string(k)), k.MaxBytes())
	c.must(err)
	r, err := c.Resources.Create(testkit.System(), o, resource.Input{Kind: k, Name: "stock.bin", Models: &[]string{testkit.Model}}, t)
	c.must(err)
	return r.ID
}

// configXML is a config file of names and values.
func configXML(mac string, kv ...string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><gs_provision version="1">`)
	if mac != "" {
		b.WriteString("<mac>" + mac + "</mac>")
	}
	b.WriteString(`<config version="2">`)
	for i := 0; i < len(kv); i += 2 {
		b.WriteString(`<item name="` + kv[i] + `">` + kv[i+1] + `</item>`)
	}
	return []byte(b.String() + `</config></gs_provision>`)
}

// push makes a task of moving a template's version to some devices.
func (c *cast) push(o orgs.Org, templateID string, version int, devices ...string) task.Task {
	c.t.Helper()
	p, err := c.Revisions.Plan(testkit.System(), o, revision.Targets{Devices: devices}, revision.Move{Templates: []revision.TemplateVersion{{ID: templateID, Version: version}}}, "")
	c.must(err)
	t, err := c.Tasks.Push(testkit.System(), o, p.Hash, task.Consent{Undeliverable: true})
	c.must(err)
	return t
}

// fetch asks for a phone's file as the phone does, so that the ledger has rows.
func (c *cast) fetch(p testkit.Phone) {
	c.t.Helper()
	transport := dial.Transport(c.Net)
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = c.TLS(c.t)
	transport.TLSClientConfig.ServerName = ""
	resp, err := (&http.Client{Transport: transport}).Get(p.URL + p.File())
	c.must(err)
	_, err = io.Copy(io.Discard, resp.Body)
	c.must(err)
	c.must(resp.Body.Close())
}

// targets lists what an operation is tried on.
func (c *cast) targets(r rule) []target {
	switch r.on {
	case tenant:
		return c.tenants()
	case lessons:
		return c.lessons()
	case profiles:
		return c.profiles()
	case makers:
		return []target{{name: "own", exists: true, path: map[string]string{"id": c.ca(trust.Place{})}}, {name: "unknown id", path: map[string]string{"id": unknown}}, {name: "an organization's", path: map[string]string{"id": c.stock[c.w.Org.ID].ca}}}
	case operator, grant:
		return c.operators(r.on)
	case role:
		return c.roles()
	case token, session:
		return c.possessions(r.on)
	case ownAlarm:
		return []target{{name: "it", exists: true, path: map[string]string{"id": c.raise(alarm.Place{}, alarm.Subject{Kind: "disk"})}}, {name: "of an organization", path: map[string]string{"id": c.stock[c.w.Org.ID].alarm}}, {name: "unknown", path: map[string]string{"id": unknown}}}
	case placed:
		return c.places()
	case open, signedIn, platform:
		return []target{{name: "it", exists: true, path: map[string]string{"token": "no-such-link"}}}
	}
	return c.inOrgs(r.on)
}

// inOrgs are an organization of one's own, one of the same tenant, one of
// another, and none; of things inside also one in another site, one of another
// organization under the own path, and none.
func (c *cast) inOrgs(on subject) (out []target) {
	w := c.w
	for _, x := range []struct {
		name string
		org  orgs.Org
	}{{"own", w.Org}, {"other organization", w.Sister}, {"other tenant", w.Foreign}} {
		out = append(out, c.stock[x.org.ID].target(x.name, on))
	}
	none := target{name: "unknown organization", path: maps.Clone(out[0].path), in: spot{tenant: unknown, org: unknown}, at: spot{tenant: unknown, org: unknown}}
	none.path["org"] = unknown
	out = append(out, none)
	if on == org {
		return out
	}
	own := out[0]
	if on == device || on == site || on == siting || on == alarms {
		there := own
		there.name, there.path = "other site", maps.Clone(own.path)
		there.at.sites = []string{w.Hotel.ID, w.Floor2.ID}
		if on == device {
			there.path["device"], there.path["id"], there.path["command"] = w.Phones[2].ID, c.claims[w.Phones[2].ID], c.commands[w.Phones[2].ID]
		}
		if on == alarms {
			d := w.Phones[2]
			there.path["id"] = c.raise(alarm.Place{TenantID: d.TenantID, OrgID: d.OrgID}, alarm.Subject{Kind: "device", ID: d.ID, Name: d.MAC.Colons()})
		}
		if on == site {
			there.path["id"] = w.Floor2.ID
		}
		out = append(out, there)
	}
	if on == siting {
		return out
	}
	crossed, lost := own, own
	crossed.name, crossed.exists, crossed.path = "of another tenant under the own path", false, maps.Clone(out[2].path)
	crossed.path["org"] = own.path["org"]
	lost.name, lost.exists, lost.path = "unknown id", false, maps.Clone(own.path)
	for _, k := range []string{"device", "id", "hash", "command"} {
		if lost.path[k] != "" {
			lost.path[k] = unknown
		}
	}
	return append(out, crossed, lost)
}

// target is one of the organization's things.
func (s stock) target(name string, on subject) target {
	t := target{name: name, in: s.spot, at: s.spot, exists: true, path: map[string]string{"org": s.org.ID, "line": "5", "seq": "1"}}
	switch on {
	case device:
		t.path["device"], t.path["hash"], t.path["id"], t.path["command"], t.at.sites = s.device, s.plan, s.claim, s.command, s.sitePath
	case site, siting:
		t.path["id"], t.at.sites = s.site, s.sitePath
	case tmpl:
		t.path["id"] = s.template
	case groups:
		t.path["id"] = s.group
	case adoptions:
		t.path["id"] = s.adoption
	case holder:
		t.path["id"] = s.placeholder
	case alarms:
		t.path["id"], t.at.sites = s.alarm, s.sitePath
	case images:
		t.path["id"] = s.image
	case files:
		t.path["id"] = s.file
	case cas:
		t.path["id"] = s.ca
	case account:
		t.path["id"] = s.account
	case sipServer:
		t.path["id"] = s.server
	case tasks:
		t.path["id"] = s.task
	case plan:
		t.path["hash"] = s.plan
	}
	return t
}

func (c *cast) tenants() []target {
	own, other := spot{tenant: c.w.Tenant.ID}, spot{tenant: c.w.OtherTenant.ID}
	return []target{
		{name: "own", path: map[string]string{"tenant": own.tenant}, in: own, at: own, exists: true},
		{name: "other tenant", path: map[string]string{"tenant": other.tenant}, in: other, at: other, exists: true},
		{name: "unknown", path: map[string]string{"tenant": unknown}, in: spot{tenant: unknown}, at: spot{tenant: unknown}},
	}
}

func newProfile(name string) object {
	return object{"name": name, "upgrade_via": "HTTPS", "config_server_path": "fm.example.org/gs"}
}

// profiles are one of each tenant, one under the wrong tenant's path, and none.
func (c *cast) profiles() []target {
	out := c.tenants()
	for i := range out[:2] {
		t := orgs.Tenant{ID: out[i].path["tenant"]}
		p, err := c.Redirects.Create(testkit.System(), t, rps.Input{Name: ptr(c.name("Redirection")), Via: ptr("HTTPS"), Path: ptr("fm.example.org/gs")})
		c.must(err)
		out[i].path["id"] = p.ID
	}
	return c.crossed(out)
}

// lessons are one of each tenant, one under the wrong tenant's path, and none.
func (c *cast) lessons() []target {
	out := c.tenants()
	for i := range out[:2] {
		t := orgs.Tenant{ID: out[i].path["tenant"]}
		l, err := c.Lessons.Learn(testkit.System(), t, lesson.Input{Name: "grp2614.txt", Data: []byte(`[{"pvalue":"99999","alias":"brand.newThing"}]`), Model: "GRP2614"})
		c.must(err)
		out[i].path["id"] = l.ID
	}
	return c.crossed(out)
}

// crossed adds to what lies under tenants one under the wrong tenant's path, and
// none.
func (c *cast) crossed(out []target) []target {
	out[2].path["id"] = out[0].path["id"]
	crossed, lost := out[0], out[0]
	crossed.name, crossed.exists, crossed.path = "of another tenant under the own path", false, map[string]string{"tenant": out[0].path["tenant"], "id": out[1].path["id"]}
	lost.name, lost.exists, lost.path = "unknown id", false, map[string]string{"tenant": out[0].path["tenant"], "id": unknown}
	return append(out, crossed, lost)
}

// places are where something is to be made whose body names the place.
func (c *cast) places() []target {
	return []target{
		{name: "own", at: c.own, exists: true},
		{name: "own tenant", at: spot{tenant: c.w.Tenant.ID}, exists: true},
		{name: "other organization", at: c.stock[c.w.Sister.ID].spot, exists: true},
		{name: "other tenant", at: c.stock[c.w.Foreign.ID].spot, exists: true},
		{name: "platform", exists: true},
	}
}

// operators are people with rights in each place; for a grant that grant goes
// with them, fresh for each request.
func (c *cast) operators(on subject) (out []target) {
	site := spot{c.own.tenant, c.own.org, []string{c.w.Hotel.ID, c.w.Floor1.ID}}
	for name, on := range map[string][]held{
		"clerk":                       {{access.RoleOperator, c.own}},
		"clerk of the site":           {{access.RoleOperator, site}},
		"administrator":               {{access.RoleAdministrator, c.own}},
		"owner":                       {{access.RoleOwner, c.own}},
		"owner of the tenant":         {{access.RoleOwner, spot{tenant: c.own.tenant}}},
		"clerk of other organization": {{access.RoleOperator, c.stock[c.w.Sister.ID].spot}},
		"clerk of two tenants":        {{access.RoleOperator, c.own}, {access.RoleOperator, c.stock[c.w.Foreign.ID].spot}},
		"owner of other tenant":       {{access.RoleOwner, spot{tenant: c.w.OtherTenant.ID}}},
		"platform owner":              {{access.RolePlatformOwner, spot{}}},
	} {
		id := c.operator(on...)
		out = append(out, target{name: name, exists: true, path: map[string]string{"id": id, "grant": unknown}, owner: id, on: on})
	}
	if on == operator {
		out = append(out, target{name: "unknown", path: map[string]string{"id": unknown}, on: []held{{access.RoleReadOnly, c.own}}})
	}
	return out
}

func (c *cast) roles() (out []target) {
	for name, at := range map[string]spot{"own tenant": {tenant: c.own.tenant}, "other tenant": {tenant: c.w.OtherTenant.ID}, "everywhere": {}} {
		r, err := c.Access.CreateRole(testkit.System(), access.Role{TenantID: at.tenant, Name: c.name("Role"), Permissions: access.SetOf(access.DeviceRead)})
		c.must(err)
		out = append(out, target{name: name, exists: true, at: at, path: map[string]string{"id": r.ID}})
	}
	return append(out, target{name: "unknown", path: map[string]string{"id": unknown}, at: spot{tenant: c.own.tenant}})
}

// possessions are tokens or sessions of people in each place.
func (c *cast) possessions(on subject) []target {
	out := c.operators(on)
	for i := range out {
		out[i].path = map[string]string{"id": unknown}
	}
	return append(out, target{name: "unknown", path: map[string]string{"id": unknown}})
}
