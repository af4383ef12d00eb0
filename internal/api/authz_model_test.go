package api_test

import (
	"net/http"
	"slices"
	"testing"

	"bellwether/internal/domain/access"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
)

// The matrix holds every operation against an independent reading of the rules:
// who holds what is written down here by hand, not asked of domain/access.

// roles lists for each permission the built-in roles that hold it.
func roles() map[access.Permission][]string {
	const (
		platform = access.RolePlatformOwner
		owner    = access.RoleOwner
		admin    = access.RoleAdministrator
		operator = access.RoleOperator
		reader   = access.RoleReadOnly
	)
	looks := []string{platform, owner, admin, operator, reader}
	works := []string{platform, owner, admin, operator}
	runs := []string{platform, owner, admin}
	return map[access.Permission][]string{
		access.OrgRead: looks, access.SiteRead: looks, access.DeviceRead: looks, access.TemplateRead: looks,
		access.AccountRead: looks, access.ResourceRead: looks, access.ResourceWrite: works, access.RPSRead: looks, access.TaskRead: looks, access.RequestRead: looks, access.AlarmRead: looks, access.AlarmWrite: works,
		access.DeviceWrite: works, access.DeviceCommand: works, access.FreezeWrite: works, access.ClaimProve: works, access.TemplateWrite: works, access.AccountWrite: works, access.PlanPush: works, access.TaskWrite: works,
		access.TenantRead: runs, access.OrgWrite: runs, access.SiteWrite: runs, access.RPSWrite: runs, access.AuditRead: runs, access.SecretReveal: runs,
		access.OperatorRead: runs, access.OperatorWrite: runs, access.RoleRead: runs, access.TokenWrite: runs,
		access.TenantWrite: {platform, owner}, access.RoleWrite: {platform, owner},
		access.UnclaimedRead: {platform}, access.SystemRead: {platform},
	}
}

// spot is a place: the platform, a tenant, an organization, or a path of sites
// in it.
type spot struct {
	tenant, org string
	sites       []string
}

// held is a role on a spot; of a site only the last id counts.
type held struct {
	role string
	spot
}

// asker is somebody who calls the API.
type asker struct {
	name    string
	session string
	token   string
	id      string // of the operator
	grants  []held
	limit   *held // of a token
}

func has(role string, p access.Permission) bool { return slices.Contains(roles()[p], role) }

// around reports whether a grant's spot lies on s or around it.
func (h held) around(s spot) bool {
	switch {
	case h.tenant == "":
		return true
	case h.tenant != s.tenant || h.org != "" && h.org != s.org:
		return false
	}
	return len(h.sites) == 0 || slices.Contains(s.sites, h.sites[len(h.sites)-1])
}

// within reports whether a grant's spot lies inside s.
func (h held) within(s spot) bool {
	return s.tenant == "" || h.tenant == s.tenant && (s.org == "" || h.org == s.org && len(s.sites) == 0)
}

// may reports whether the asker holds p on all of s.
func (a asker) may(p access.Permission, s spot) bool {
	ok := slices.ContainsFunc(a.grants, func(h held) bool { return has(h.role, p) && h.around(s) })
	return ok && (a.limit == nil || has(a.limit.role, p) && a.limit.around(s))
}

// anywhere reports whether the asker holds p on s or somewhere inside it.
func (a asker) anywhere(p access.Permission, s spot) bool {
	near := func(h held) bool { return has(h.role, p) && (h.around(s) || h.within(s)) }
	return slices.ContainsFunc(a.grants, near) && (a.limit == nil || near(*a.limit))
}

// sees reports whether the asker holds anything on s, around it or inside it.
func (a asker) sees(s spot) bool {
	near := func(h held) bool { return h.around(s) || h.within(s) }
	return a.id != "" && (s.tenant == "" || slices.ContainsFunc(a.grants, near) && (a.limit == nil || near(*a.limit)))
}

// cast is the house with everybody who asks and everything that is asked for.
type cast struct {
	*testkit.House
	t        *testing.T
	w        *testkit.World
	askers   []asker
	own      spot
	stock    map[string]stock  // by organization
	claims   map[string]string // by device
	commands map[string]string // by device
	http     *http.Client
	// canaries are words that may stand only in answers to who sees that spot.
	canaries map[string]spot
	made     int
}

func newCast(t *testing.T, options ...testkit.Option) *cast {
	t.Helper()
	h := testkit.New(t, options...)
	c := &cast{House: h, t: t, w: h.World(t)}
	w := c.w
	c.own = spot{tenant: w.Tenant.ID, org: w.Org.ID}
	floor := spot{w.Tenant.ID, w.Org.ID, []string{w.Hotel.ID, w.Floor1.ID}}
	c.askers = []asker{
		{name: "nobody"},
		c.signIn("platform owner", held{access.RolePlatformOwner, spot{}}),
		c.signIn("tenant owner", held{access.RoleOwner, spot{tenant: w.Tenant.ID}}),
		c.signIn("owner", held{access.RoleOwner, c.own}),
		c.signIn("administrator", held{access.RoleAdministrator, c.own}),
		c.signIn("operator", held{access.RoleOperator, c.own}),
		c.signIn("read-only", held{access.RoleReadOnly, c.own}),
		c.signIn("site administrator", held{access.RoleAdministrator, floor}),
		c.signIn("site reader", held{access.RoleReadOnly, floor}),
		c.signIn("sister's owner", held{access.RoleOwner, spot{tenant: w.Tenant.ID, org: w.Sister.ID}}),
		c.signIn("foreign owner", held{access.RoleOwner, spot{tenant: w.OtherTenant.ID}}),
		c.signIn("reseller", held{access.RoleReadOnly, spot{tenant: w.Tenant.ID}}, held{access.RoleOwner, spot{tenant: w.OtherTenant.ID}}),
		c.signIn("no grant"),
	}
	c.fill()
	c.setCanaries()
	c.askers = append(c.askers,
		c.byToken("token of the platform owner", c.askers[1], held{access.RoleOperator, c.own}),
		c.byToken("token of the reseller", c.askers[11], held{access.RoleReadOnly, spot{tenant: w.Tenant.ID}}))
	return c
}

func (c *cast) setCanaries() {
	w := c.w
	transport := dial.Transport(c.Net)
	c.t.Cleanup(transport.CloseIdleConnections)
	c.http = &http.Client{Transport: transport}
	c.canaries = map[string]spot{w.OtherTenant.ID: {tenant: w.OtherTenant.ID}, w.Foreign.ID: {w.OtherTenant.ID, w.Foreign.ID, nil}, w.Sister.ID: {w.Tenant.ID, w.Sister.ID, nil}, w.Tenant.ID: {tenant: w.Tenant.ID}, w.Org.ID: c.own}
	for _, s := range []orgs.Site{w.Lobby, w.Floor2} {
		c.canaries[s.ID] = spot{s.TenantID, s.OrgID, s.Path}
	}
	for _, p := range append([]testkit.Phone{w.Waiting, w.SisterPhone, w.ForeignPhone}, w.Phones...) {
		at := spot{p.TenantID, p.OrgID, p.SitePath}
		c.canaries[p.ID], c.canaries[p.MAC.String()], c.canaries[p.Token] = at, at, at
	}
}

func (h held) grant() access.Grant {
	g := access.Grant{RoleID: h.role, TenantID: h.tenant, OrgID: h.org}
	if len(h.sites) > 0 {
		g.SiteID = h.sites[len(h.sites)-1]
	}
	return g
}

// signIn makes an operator who is signed in.
func (c *cast) signIn(name string, grants ...held) asker {
	c.t.Helper()
	id := c.operator(grants...)
	return asker{name: name, id: id, session: c.session(id), grants: grants}
}

func (c *cast) operator(grants ...held) string {
	c.t.Helper()
	c.made++
	in := access.NewOperator{Login: "asker-" + number(c.made)}
	for _, h := range grants {
		in.Grants = append(in.Grants, h.grant())
	}
	o, err := c.Access.CreateOperator(testkit.System(), in)
	c.must(err)
	return o.ID
}

func (c *cast) session(operatorID string) string {
	c.t.Helper()
	link, err := c.Access.NewSetupLink(testkit.System(), access.SignIn, operatorID)
	c.must(err)
	s, _, err := c.Access.RedeemSetup(testkit.System(), link, access.SetupInput{}, "192.0.2.1", "matrix")
	c.must(err)
	return s.Reveal()
}

// byToken is an operator who calls with a token that holds less.
func (c *cast) byToken(name string, a asker, limit held) asker {
	c.t.Helper()
	text, _ := c.token(a.id, limit)
	return asker{name: name, id: a.id, token: text.Reveal(), grants: a.grants, limit: &limit}
}

func (c *cast) token(operatorID string, h held) (secret.String, string) {
	c.t.Helper()
	text, t, err := c.Access.CreateToken(testkit.System(), access.Token{OperatorID: operatorID, TenantID: h.tenant, OrgID: h.org, RoleID: h.role}, 0)
	c.must(err)
	return text, t.ID
}

func (c *cast) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}
