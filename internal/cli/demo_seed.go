package cli

import (
	"context"
	"net/netip"
	"slices"
	"strconv"

	"bellwether/internal/app"
	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/page"
	"bellwether/internal/platform/secret"
)

const (
	demoName  = "Demo"
	demoLogin = "demo"
	demoModel = "GHP621W"
	firstRoom = 201
)

// hotel is what the demo is about.
type hotel struct {
	operator access.Operator
	rooms    []room
}

// room is a phone with its own secret address.
type room struct {
	device.Device
	url string
}

// seeder fills a database through the services. Every step first looks whether
// its thing is there, so that a second start finds what the first one made and
// what people made of it.
type seeder struct {
	*app.App
	org   org.Org
	voice netip.AddrPort // the registrar
}

// seed makes the hotel, or finds it.
func seed(ctx context.Context, a *app.App, phones int, voice netip.AddrPort) (h hotel, err error) {
	s := &seeder{App: a, voice: voice}
	if s.org, err = s.organization(ctx); err != nil {
		return h, err
	}
	if h.operator, err = s.operator(ctx); err != nil {
		return h, err
	}
	places, err := s.sites(ctx)
	if err != nil {
		return h, err
	}
	if err := s.templates(ctx, places); err != nil {
		return h, err
	}
	server, err := s.server(ctx)
	if err != nil {
		return h, err
	}
	for i := range phones {
		r, err := s.room(ctx, i, server, places[roomSite(i)])
		if err != nil {
			return h, err
		}
		h.rooms = append(h.rooms, r)
	}
	return h, nil
}

// missing tells whether a look-up found nothing, and passes other errors on.
func missing(err error) (bool, error) {
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}

func (s *seeder) organization(ctx context.Context) (org.Org, error) {
	o, err := s.Orgs.Org(ctx, demoLogin)
	if none, err := missing(err); err != nil || !none {
		return o, err
	}
	t, err := s.Orgs.Tenant(ctx, demoLogin)
	none, err := missing(err)
	if none {
		t, err = s.Orgs.CreateTenant(ctx, demoName, org.Business)
	}
	if err != nil {
		return o, err
	}
	return s.Orgs.CreateOrg(ctx, t.ID, demoName, "A small hotel to look around in")
}

func (s *seeder) operator(ctx context.Context) (access.Operator, error) {
	o, err := s.Access.FindOperator(ctx, demoLogin)
	if none, err := missing(err); err != nil || !none {
		return o, err
	}
	return s.Access.CreateOperator(ctx, access.NewOperator{Login: demoLogin, Name: "Demo operator", Grants: []access.Grant{{RoleID: access.RoleOwner, TenantID: s.org.TenantID}}})
}

// The sites of the hotel.
const (
	siteHotel  = "Hotel Bellwether"
	siteLobby  = "Lobby"
	siteFloor1 = "Floor 1"
	siteFloor2 = "Floor 2"
)

// roomSite says where phone number i stands.
func roomSite(i int) string {
	return []string{siteFloor2, siteFloor2, siteFloor2, siteFloor1, siteFloor1, siteLobby}[i%6]
}

func (s *seeder) sites(ctx context.Context) (map[string]org.Site, error) {
	list, err := s.Orgs.Sites(ctx, s.org.ID)
	if err != nil {
		return nil, err
	}
	found := map[string]org.Site{}
	for _, site := range list.Sites {
		found[site.Name] = site
	}
	for _, want := range []struct{ name, parent, cidr string }{
		{siteHotel, "", "127.0.0.0/16"}, {siteLobby, siteHotel, "192.0.2.0/26"}, {siteFloor1, siteHotel, "192.0.2.64/26"}, {siteFloor2, siteHotel, "192.0.2.128/26"},
	} {
		if _, there := found[want.name]; there {
			continue
		}
		parent := found[want.parent].ID
		nets := []org.Subnet{{CIDR: netip.MustParsePrefix(want.cidr)}}
		site, err := s.Orgs.CreateSite(ctx, s.org, org.SiteInput{ParentID: &parent, Name: &want.name, Subnets: &nets})
		if err != nil {
			return nil, err
		}
		found[want.name] = site
	}
	return found, nil
}

// templates makes one for every phone and one for the floor that sleeps longer.
func (s *seeder) templates(ctx context.Context, places map[string]org.Site) error {
	model, floor := demoModel, places[siteFloor2].ID
	err := s.template(ctx, template.Model, "GHP621W hotel standard", template.Input{Model: &model}, map[string]string{
		"datetime.ntp.server.1":               "ntp.example.org",
		"datetime.timezone":                   "customize",
		"datetime.timezone.custom":            "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00",
		"provisioning.auto.mode":              "YesUpgradeMin",
		"provisioning.auto.minute":            strconv.Itoa(demoEvery),
		"security.validate.servercertificate": "yes",
		"audio.volume.ring":                   "5",
		"audio.handset.sidetone.volume":       "10",
		"account.1.sip.voicemail.number":      "*97",
		"pks.mpk.11.keymode":                  "SpeedDial",
		"pks.mpk.11.account":                  "Account1",
		"pks.mpk.11.description":              "Front desk",
		"pks.mpk.11.value":                    "200",
		"pks.mpk.12.keymode":                  "SpeedDial",
		"pks.mpk.12.account":                  "Account1",
		"pks.mpk.12.description":              "Room service",
		"pks.mpk.12.value":                    "210",
		"pks.mpk.13.keymode":                  "SpeedDial",
		"pks.mpk.13.account":                  "Account1",
		"pks.mpk.13.description":              "Emergency",
		"pks.mpk.13.value":                    "112",
	})
	if err != nil {
		return err
	}
	return s.template(ctx, template.Site, "Quiet floor", template.Input{SiteID: &floor}, map[string]string{"audio.volume.ring": "2"})
}

func (s *seeder) template(ctx context.Context, kind template.Kind, name string, in template.Input, values map[string]string) error {
	list, err := s.Templates.List(ctx, template.Filter{OrgID: s.org.ID, Kind: kind, Q: name})
	if err != nil || slices.ContainsFunc(list.Items, func(t template.Source) bool { return t.Name == name }) {
		return err
	}
	var draft []template.Item
	for k, v := range values {
		draft = append(draft, template.Item{Key: param.Key(k), Value: v})
	}
	in.Kind, in.Name, in.Draft = kind, &name, &draft
	src, err := s.Templates.Create(ctx, s.org, in)
	if err != nil {
		return err
	}
	_, err = s.Templates.SaveVersion(ctx, src.ID, "as the demo began", src.Version)
	return err
}

func (s *seeder) server(ctx context.Context) (account.Server, error) {
	const name = "Hotel PBX"
	list, err := s.Accounts.Servers(ctx, s.org.ID, page.Page{})
	if err != nil {
		return account.Server{}, err
	}
	address, label := s.voice.String(), name
	if i := slices.IndexFunc(list.Items, func(v account.Server) bool { return v.Name == name }); i >= 0 {
		return s.moved(ctx, list.Items[i], address)
	}
	return s.Accounts.CreateServer(ctx, s.org, account.ServerInput{Name: &label, Address: &address})
}

// moved tells a server of an earlier start where the registrar is now. Phones
// that were told another address hear of it by the next push.
func (s *seeder) moved(ctx context.Context, v account.Server, address string) (account.Server, error) {
	at, err := netip.ParseAddrPort(v.Address)
	if ours := err == nil && at.Addr().IsLoopback(); !ours || v.Address == address {
		return v, nil // what people typed in stays
	}
	return s.Accounts.UpdateServer(ctx, v.ID, account.ServerInput{Address: &address}, v.Version)
}

// room makes phone number i, with an account of its own on line 1.
func (s *seeder) room(ctx context.Context, i int, server account.Server, site org.Site) (r room, err error) {
	name := "Room " + strconv.Itoa(firstRoom+i)
	r.Device, err = s.Devices.Get(ctx, phone.FleetMAC(i).String())
	none, err := missing(err)
	if none {
		r.Device, err = s.Devices.Create(ctx, s.org, device.Input{MAC: phone.FleetMAC(i).String(), Model: demoModel, Name: name, SiteID: site.ID})
	}
	if err != nil {
		return r, err
	}
	if err := s.line(ctx, r.Device, server, strconv.Itoa(firstRoom+i), name); err != nil {
		return r, err
	}
	r.url, _, err = s.Provision.Address(ctx, r.Device)
	return r, err
}

// line puts an account onto a phone that never had a configuration.
func (s *seeder) line(ctx context.Context, d device.Device, server account.Server, user, name string) error {
	lines, err := s.Accounts.Lines(ctx, d.ID)
	if err != nil || len(lines[d.ID]) > 0 || d.Config.Desired != "" {
		return err
	}
	list, err := s.Accounts.List(ctx, account.Filter{OrgID: s.org.ID, ServerID: server.ID, Q: user})
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(list.Items, func(c account.Account) bool { return c.UserID == user }); i >= 0 {
		return s.Accounts.SetLine(ctx, d, 1, list.Items[i].ID, demoLogin)
	}
	password := secret.RandomText(16)
	c, err := s.Accounts.Create(ctx, s.org, account.Input{ServerID: &server.ID, UserID: &user, Name: &name, Password: &password})
	if err != nil {
		return err
	}
	return s.Accounts.SetLine(ctx, d, 1, c.ID, demoLogin)
}
