package testkit

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/platform/secret"
)

// World is a house that somebody lives in: one organization with a tree of
// sites, phones with lines, and an operator of each role; beside it another
// organization of the tenant and another tenant, each with a phone.
type World struct {
	Tenant, OtherTenant                org.Tenant
	Org, Sister, Foreign               org.Org // Sister is of the same tenant, Foreign of the other one
	Hotel, Lobby, Floor1, Floor2       org.Site
	Server                             account.Server
	Template, FloorTemplate            template.Source
	Phones                             []Phone // adopted, in Org
	Waiting, SisterPhone, ForeignPhone Phone
	Operators                          map[string]Operator // by role; of Org, but "platform-owner"
}

// Phone is a device with all that its own virtual phone needs.
type Phone struct {
	device.Device
	Account  account.Account
	Password string // of its line
	URL      string // its secret folder at the HTTPS door
	Token    string
}

// File is the name of the phone's own file.
func (p Phone) File() string { return "cfg" + p.MAC.String() + ".xml" }

// Operator is somebody who is signed in.
type Operator struct {
	access.Operator
	Session string
}

// phonesInWorld is how many phones the organization has.
const phonesInWorld = 4

// World builds the fixtures, the first time that it is called.
func (h *House) World(t testing.TB) *World {
	t.Helper()
	h.world.Do(func() { h.built = h.build(t) })
	if h.built == nil {
		t.Fatal("the house has no world")
	}
	return h.built
}

func (h *House) build(t testing.TB) *World {
	t.Helper()
	b := builder{t: t, h: h}
	w := &World{Operators: map[string]Operator{}}
	w.Tenant, w.OtherTenant = b.tenant("Example Hotels"), b.tenant("Another Customer")
	w.Org, w.Sister, w.Foreign = b.org(w.Tenant, "Seaside"), b.org(w.Tenant, "Mountain"), b.org(w.OtherTenant, "Elsewhere")
	w.Hotel = b.site(w.Org, "", "Hotel", "127.0.0.0/8")
	w.Lobby = b.site(w.Org, w.Hotel.ID, "Lobby", "192.0.2.0/26")
	w.Floor1 = b.site(w.Org, w.Hotel.ID, "Floor 1", "192.0.2.64/26")
	w.Floor2 = b.site(w.Org, w.Hotel.ID, "Floor 2", "192.0.2.128/26")
	w.Server = b.server(w.Org)
	w.Template = b.template(w.Org, template.Input{Kind: template.Model, Model: ptr(Model)},
		"Every room", map[string]string{"datetime.ntp.server.1": "192.0.2.10", "provisioning.auto.mode": "YesUpgradeMin", "provisioning.auto.minute": "60", "audio.volume.ring": "4"})
	w.FloorTemplate = b.template(w.Org, template.Input{Kind: template.Site, SiteID: &w.Floor2.ID},
		"Quiet floor", map[string]string{"audio.volume.ring": "2"})
	sites := []org.Site{w.Lobby, w.Floor1, w.Floor2, w.Floor2}
	for i := range phonesInWorld {
		w.Phones = append(w.Phones, b.phone(w.Org, w.Server, i, sites[i], device.Adopted))
	}
	w.Waiting = b.phone(w.Org, w.Server, 10, w.Lobby, device.Waiting)
	w.SisterPhone = b.phone(w.Sister, b.server(w.Sister), 11, org.Site{}, device.Adopted)
	w.ForeignPhone = b.phone(w.Foreign, b.server(w.Foreign), 12, org.Site{}, device.Adopted)
	for _, role := range []string{access.RoleOwner, access.RoleAdministrator, access.RoleOperator, access.RoleReadOnly} {
		w.Operators[role] = b.operator(role, access.Grant{RoleID: role, TenantID: w.Tenant.ID, OrgID: w.Org.ID})
	}
	w.Operators[access.RolePlatformOwner] = b.operator(access.RolePlatformOwner, access.Grant{RoleID: access.RolePlatformOwner})
	return w
}

// Model is the model of every phone in a World.
const Model = "GHP621W"

// builder makes fixtures through the services; a failure ends the test.
type builder struct {
	t testing.TB
	h *House
}

func must[T any](b builder, what string) func(T, error) T {
	b.t.Helper()
	return func(v T, err error) T {
		b.t.Helper()
		if err != nil {
			b.t.Fatalf("make the %s: %v", what, err)
		}
		return v
	}
}

func ptr[T any](v T) *T { return &v }

func (b builder) tenant(name string) org.Tenant {
	return must[org.Tenant](b, "tenant")(b.h.Orgs.CreateTenant(System(), name, org.Business))
}

func (b builder) org(t org.Tenant, name string) org.Org {
	return must[org.Org](b, "organization")(b.h.Orgs.CreateOrg(System(), t.ID, name, ""))
}

func (b builder) site(o org.Org, parent, name, cidr string) org.Site {
	nets := []org.Subnet{{CIDR: netip.MustParsePrefix(cidr)}}
	return must[org.Site](b, "site")(b.h.Orgs.CreateSite(System(), o, org.SiteInput{ParentID: &parent, Name: &name, Subnets: &nets}))
}

func (b builder) server(o org.Org) account.Server {
	return must[account.Server](b, "SIP server")(b.h.Accounts.CreateServer(System(), o, account.ServerInput{Name: ptr("PBX"), Address: ptr("pbx.example.org")}))
}

func (b builder) template(o org.Org, in template.Input, name string, values map[string]string) template.Source {
	items := Items(values)
	in.Name, in.Draft = &name, &items
	src := must[template.Source](b, "template")(b.h.Templates.Create(System(), o, in))
	must[template.Version](b, "template's version")(b.h.Templates.SaveVersion(System(), src.ID, "", src.Version))
	return must[template.Source](b, "template")(b.h.Templates.Get(System(), src.ID))
}

// phone makes phone number i with an account of its own on line 1.
func (b builder) phone(o org.Org, s account.Server, i int, site org.Site, life device.Life) Phone {
	p := Phone{Password: fmt.Sprintf("line-secret-%d-%s", i, secret.RandomText(16).Reveal())}
	pass := secret.NewString(p.Password)
	user := fmt.Sprint(201 + i)
	p.Account = must[account.Account](b, "account")(b.h.Accounts.Create(System(), o, account.Input{ServerID: &s.ID, UserID: &user, Name: ptr("Room " + user), Password: &pass}))
	p.Device = must[device.Device](b, "device")(b.h.Devices.Create(System(), o, device.Input{MAC: phone.FleetMAC(i).String(), Model: Model, Name: "Room " + user, SiteID: site.ID, Life: life}))
	if err := b.h.Accounts.SetLine(System(), p.Device, 1, p.Account.ID, "test"); err != nil {
		b.t.Fatalf("put an account onto the line: %v", err)
	}
	url, _, err := b.h.Provision.Address(System(), p.Device)
	if err != nil {
		b.t.Fatalf("take the device's address: %v", err)
	}
	p.URL = url
	_, p.Token, _ = strings.Cut(strings.TrimSuffix(url, "/"), "/p/")
	return p
}

// operator makes somebody with a role, who signs in by a link.
func (b builder) operator(login string, g access.Grant) Operator {
	o := must[access.Operator](b, "operator")(b.h.Access.CreateOperator(System(), access.NewOperator{Login: login, Name: "The " + login, Grants: []access.Grant{g}}))
	link := must[secret.String](b, "link")(b.h.Access.NewSetupLink(System(), access.SignIn, o.ID))
	session, _, err := b.h.Access.RedeemSetup(System(), link, access.SetupInput{}, "192.0.2.1", "test")
	if err != nil {
		b.t.Fatalf("sign %s in: %v", login, err)
	}
	return Operator{Operator: o, Session: session.Reveal()}
}
