package access

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Where is the place of what is touched. The zero value is the platform itself.
type Where struct {
	TenantID string
	OrgID    string   // "" = the tenant as a whole
	SitePath []string // sites from the top down to where it stands; nil = in no site
	// Any asks for the permission somewhere inside instead of on the whole:
	// for lists, which then show only what lies there.
	Any bool
}

// Held is a set of permissions held on a place: on the platform (no tenant), a
// tenant, an organization or a site with what lies below it.
type Held struct {
	TenantID, OrgID, SiteID string
	Permissions             Set
}

// Principal is an operator who proved who it is, with what it holds.
type Principal struct {
	OperatorID string
	Login      string
	Name       string
	Email      string
	SessionID  string // "" for an API token
	TokenID    string // "" for a session
	Address    string
	ExpiresAt  time.Time // of the session or token, zero = never
	Grants     []Held
	Limit      *Held // an API token holds no more than this, wherever the operator does
}

type key struct{}

// With puts p into the context, and p as the actor into its scope. The scope
// sees no rows until Enter.
func With(ctx context.Context, p Principal) context.Context {
	return scope.With(context.WithValue(ctx, key{}, p), scope.Scope{Actor: p.actor()})
}

// From returns the principal in ctx, and false where nobody signed in.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(key{}).(Principal)
	return p, ok
}

func (p Principal) actor() scope.Actor {
	a := scope.Actor{Kind: scope.Operator, ID: p.OperatorID, Name: p.Login, Address: p.Address}
	if p.TokenID != "" {
		a.Kind = scope.Token
	}
	return a
}

// Authorize fails unless the context's principal holds perm on w: with
// fault.NotFound where it may not even know of that place, else with
// fault.Denied. It reads no database and may be called inside a transaction.
// Work of the system itself (scope.AsSystem) may do everything.
func (s *Service) Authorize(ctx context.Context, perm Permission, w Where) error {
	if scope.From(ctx).Actor.Kind == scope.System {
		return nil
	}
	p, ok := From(ctx)
	switch {
	case !ok:
		return notSignedIn()
	case p.May(perm, w):
		return nil
	case p.sees(w):
		return fault.New(fault.Denied, "this needs the permission %s here", perm)
	}
	return fault.New(fault.NotFound, "there is no such thing, or you may not see it")
}

// Enter is Authorize, and returns a context whose scope is narrowed to w and,
// where the permission is held on sites alone, to those.
func (s *Service) Enter(ctx context.Context, perm Permission, w Where) (context.Context, error) {
	if err := s.Authorize(ctx, perm, w); err != nil {
		return ctx, err
	}
	p, _ := From(ctx)
	sc := scope.Scope{Actor: scope.From(ctx).Actor, Tenant: w.TenantID}
	system := sc.Actor.Kind == scope.System
	switch {
	case w.TenantID == "":
		sc.Platform = system || p.May(perm, Where{})
	case w.OrgID != "":
		sc.Orgs = []string{w.OrgID}
		if !system {
			sc.Sites = p.sitesOf(perm, w)
		}
	case system || p.May(perm, Where{TenantID: w.TenantID}):
		sc.AllOrgs = true
	default:
		sc.Orgs = p.orgsOf(perm, w.TenantID)
		if len(sc.Orgs) == 1 {
			sc.Sites = p.sitesOf(perm, Where{TenantID: w.TenantID, OrgID: sc.Orgs[0]})
		}
	}
	return scope.With(ctx, sc), nil
}

// May reports whether p holds perm on w.
func (p Principal) May(perm Permission, w Where) bool {
	reaches := Held.covers
	if w.Any {
		reaches = Held.touches
	}
	if p.Limit != nil && (!p.Limit.Permissions.Has(perm) || !reaches(*p.Limit, w)) {
		return false
	}
	for _, h := range p.Grants {
		if h.Permissions.Has(perm) && reaches(h, w) {
			return true
		}
	}
	return false
}

// At returns everything that p holds on w.
func (p Principal) At(w Where) (s Set) {
	for _, h := range p.Grants {
		if w.Any && h.touches(w) || h.covers(w) {
			s |= h.Permissions
		}
	}
	if p.Limit == nil {
		return s
	}
	if w.Any && p.Limit.touches(w) || p.Limit.covers(w) {
		return s & p.Limit.Permissions
	}
	return 0
}

// sees reports whether p holds anything at all on w, around it or inside it. That
// there is a platform everybody knows.
func (p Principal) sees(w Where) bool {
	if p.Limit != nil && !p.Limit.touches(w) {
		return false
	}
	return w.TenantID == "" || slices.ContainsFunc(p.Grants, func(h Held) bool { return h.touches(w) })
}

// covers reports whether h lies on w or around it.
func (h Held) covers(w Where) bool {
	switch {
	case h.TenantID == "":
		return true
	case h.TenantID != w.TenantID:
		return false
	case h.OrgID == "":
		return true
	case h.OrgID != w.OrgID:
		return false
	}
	return h.SiteID == "" || slices.Contains(w.SitePath, h.SiteID)
}

// touches reports whether h covers w or lies inside it.
func (h Held) touches(w Where) bool {
	switch {
	case h.covers(w) || w.TenantID == "":
		return true
	case h.TenantID != w.TenantID:
		return false
	}
	return w.OrgID == "" || h.OrgID == w.OrgID && len(w.SitePath) == 0
}

// sitesOf lists the sites of an organization on which p holds perm; nil where
// it holds it on all of them.
func (p Principal) sitesOf(perm Permission, w Where) []string {
	if p.May(perm, Where{TenantID: w.TenantID, OrgID: w.OrgID}) {
		return nil
	}
	out := []string{}
	for _, h := range p.Grants {
		if h.Permissions.Has(perm) && h.TenantID == w.TenantID && h.OrgID == w.OrgID && h.SiteID != "" {
			out = append(out, h.SiteID)
		}
	}
	return out
}

// orgsOf lists the organizations of a tenant in which p holds perm somewhere.
func (p Principal) orgsOf(perm Permission, tenant string) (out []string) {
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, h := range p.Grants {
		if !h.Permissions.Has(perm) || h.TenantID != tenant && h.TenantID != "" {
			continue
		}
		if p.Limit == nil || p.Limit.OrgID == "" || p.Limit.OrgID == h.OrgID {
			add(h.OrgID)
		} else if h.OrgID == "" { // held on all of them, and the token on one
			add(p.Limit.OrgID)
		}
	}
	return out
}

func notSignedIn() error {
	return fault.New(fault.Denied, "sign in first").WithCode(CodeNotSignedIn)
}
