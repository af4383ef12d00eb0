package access_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

var (
	all      = access.SetOf(access.Permissions()...)
	reads    = access.SetOf(access.DeviceRead, access.OrgRead)
	lobby    = []string{"hotel", "floor1", "lobby"}
	onDevice = access.Where{TenantID: "t1", OrgID: "o1", SitePath: lobby}
)

func signedIn(t *testing.T, limit *access.Held, grants ...access.Held) context.Context {
	t.Helper()
	return access.With(t.Context(), access.Principal{OperatorID: "op", Login: "op", Grants: grants, Limit: limit})
}

func TestService_Authorize(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		perm access.Permission
		at   access.Where
		want fault.Kind // Internal: allowed
	}{
		"nobody":                         {t.Context(), access.DeviceRead, onDevice, fault.Denied},
		"the system":                     {scope.AsSystem(t.Context(), "job"), access.DeviceWrite, onDevice, fault.Internal},
		"platform":                       {signedIn(t, nil, access.Held{Permissions: all}), access.DeviceWrite, onDevice, fault.Internal},
		"tenant":                         {signedIn(t, nil, access.Held{TenantID: "t1", Permissions: all}), access.DeviceWrite, onDevice, fault.Internal},
		"organization":                   {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o1", Permissions: all}), access.DeviceWrite, onDevice, fault.Internal},
		"site itself":                    {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o1", SiteID: "lobby", Permissions: all}), access.DeviceWrite, onDevice, fault.Internal},
		"site above":                     {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o1", SiteID: "hotel", Permissions: all}), access.DeviceWrite, onDevice, fault.Internal},
		"other site":                     {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o1", SiteID: "bar", Permissions: all}), access.DeviceWrite, onDevice, fault.NotFound},
		"other organization":             {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o2", Permissions: all}), access.DeviceRead, onDevice, fault.NotFound},
		"same organization, other wall":  {signedIn(t, nil, access.Held{TenantID: "t2", OrgID: "o1", Permissions: all}), access.DeviceRead, onDevice, fault.NotFound},
		"sees but may not":               {signedIn(t, nil, access.Held{TenantID: "t1", Permissions: reads}), access.DeviceWrite, onDevice, fault.Denied},
		"site, for the organization":     {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o1", SiteID: "lobby", Permissions: all}), access.DeviceRead, access.Where{TenantID: "t1", OrgID: "o1"}, fault.Denied},
		"site, anywhere in it":           {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o1", SiteID: "lobby", Permissions: all}), access.DeviceRead, access.Where{TenantID: "t1", OrgID: "o1", Any: true}, fault.Internal},
		"tenant, for the platform":       {signedIn(t, nil, access.Held{TenantID: "t1", Permissions: all}), access.SystemRead, access.Where{}, fault.Denied},
		"no grant at all":                {signedIn(t, nil), access.DeviceRead, onDevice, fault.NotFound},
		"token of another organization":  {signedIn(t, &access.Held{TenantID: "t1", OrgID: "o2", Permissions: all}, access.Held{Permissions: all}), access.DeviceRead, onDevice, fault.NotFound},
		"token with a smaller role":      {signedIn(t, &access.Held{TenantID: "t1", OrgID: "o1", Permissions: reads}, access.Held{Permissions: all}), access.DeviceWrite, onDevice, fault.Denied},
		"token, within role and place":   {signedIn(t, &access.Held{TenantID: "t1", OrgID: "o1", Permissions: reads}, access.Held{Permissions: all}), access.DeviceRead, onDevice, fault.Internal},
		"token above what operator has":  {signedIn(t, &access.Held{Permissions: all}, access.Held{TenantID: "t1", Permissions: reads}), access.DeviceWrite, onDevice, fault.Denied},
		"two grants that do not combine": {signedIn(t, nil, access.Held{TenantID: "t1", OrgID: "o2", Permissions: all}, access.Held{TenantID: "t1", OrgID: "o1", Permissions: reads}), access.DeviceWrite, onDevice, fault.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := new(access.Service).Authorize(tc.ctx, tc.perm, tc.at)
			if got := kindOf(err); got != tc.want {
				t.Fatalf("Authorize = %v, want kind %v", err, tc.want)
			}
		})
	}
}

// kindOf is Internal for no error.
func kindOf(err error) fault.Kind { return fault.KindOf(err) }

func TestService_Enter(t *testing.T) {
	t.Parallel()
	site := access.Held{TenantID: "t1", OrgID: "o1", SiteID: "lobby", Permissions: all}
	elsewhere := access.Held{TenantID: "t1", OrgID: "o2", Permissions: reads}
	org := access.Where{TenantID: "t1", OrgID: "o1", Any: true}
	for name, tc := range map[string]struct {
		ctx  context.Context
		at   access.Where
		want scope.Scope
	}{
		"platform":             {signedIn(t, nil, access.Held{Permissions: all}), access.Where{}, scope.Scope{Platform: true}},
		"platform in an org":   {signedIn(t, nil, access.Held{Permissions: all}), org, scope.Scope{Tenant: "t1", Orgs: []string{"o1"}}},
		"platform in a tenant": {signedIn(t, nil, access.Held{Permissions: all}), access.Where{TenantID: "t1"}, scope.Scope{Tenant: "t1", AllOrgs: true}},
		"site":                 {signedIn(t, nil, site), org, scope.Scope{Tenant: "t1", Orgs: []string{"o1"}, Sites: []string{"lobby"}}},
		"site and the whole":   {signedIn(t, nil, site, access.Held{TenantID: "t1", OrgID: "o1", Permissions: reads}), org, scope.Scope{Tenant: "t1", Orgs: []string{"o1"}}},
		"part of a tenant":     {signedIn(t, nil, site, elsewhere), access.Where{TenantID: "t1", Any: true}, scope.Scope{Tenant: "t1", Orgs: []string{"o1", "o2"}}},
		"token in a tenant":    {signedIn(t, &access.Held{TenantID: "t1", OrgID: "o2", Permissions: all}, access.Held{TenantID: "t1", Permissions: all}), access.Where{TenantID: "t1", Any: true}, scope.Scope{Tenant: "t1", Orgs: []string{"o2"}}},
		"any on the platform":  {signedIn(t, nil, site), access.Where{Any: true}, scope.Scope{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, err := new(access.Service).Enter(tc.ctx, access.DeviceRead, tc.at)
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Actor = scope.Actor{Kind: scope.Operator, ID: "op", Name: "op"}
			if diff := cmp.Diff(tc.want, scope.From(ctx)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("the system", func(t *testing.T) {
		t.Parallel()
		ctx, err := new(access.Service).Enter(scope.AsSystem(t.Context(), "job"), access.DeviceRead, org)
		if s := scope.From(ctx); err != nil || s.Platform || s.Tenant != "t1" || !slices.Equal(s.Orgs, []string{"o1"}) || s.Sites != nil {
			t.Fatalf("%+v, %v", scope.From(ctx), err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		before := signedIn(t, nil, site)
		ctx, err := new(access.Service).Enter(before, access.DeviceRead, access.Where{TenantID: "t2"})
		if !fault.Is(err, fault.NotFound) || scope.From(ctx).Tenant != "" {
			t.Fatalf("%+v, %v", scope.From(ctx), err)
		}
	})
}

func genHeld(rt *rapid.T, label string) access.Held {
	h := access.Held{Permissions: access.Set(rapid.Uint64().Draw(rt, label+" set")) & all}
	depth := rapid.IntRange(0, 3).Draw(rt, label+" depth")
	if depth > 0 {
		h.TenantID = rapid.SampledFrom([]string{"t1", "t2"}).Draw(rt, label+" tenant")
	}
	if depth > 1 {
		h.OrgID = h.TenantID + rapid.SampledFrom([]string{"o1", "o2"}).Draw(rt, label+" org")
	}
	if depth > 2 {
		h.SiteID = h.OrgID + rapid.SampledFrom([]string{"s1", "s2"}).Draw(rt, label+" site")
	}
	return h
}

// A token never may what its operator may not, and no scope that Enter gives
// reaches further than single permissions on what lies in it.
func TestPrincipal_properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		operator := access.Principal{OperatorID: "op"}
		for range rapid.IntRange(0, 4).Draw(rt, "grants") {
			operator.Grants = append(operator.Grants, genHeld(rt, "grant"))
		}
		token := operator
		limit := genHeld(rt, "limit")
		limit.SiteID = ""
		token.Limit = &limit
		perm := rapid.SampledFrom(access.Permissions()).Draw(rt, "permission")
		place := genHeld(rt, "place")
		w := access.Where{TenantID: place.TenantID, OrgID: place.OrgID, Any: rapid.Bool().Draw(rt, "any")}
		if place.SiteID != "" {
			w.SitePath = []string{place.OrgID + "top", place.SiteID}
		}
		if token.May(perm, w) && !operator.May(perm, w) {
			rt.Fatalf("the token may %s at %+v, its operator may not", perm, w)
		}
		if !w.Any && token.May(perm, w) != token.At(w).Has(perm) {
			rt.Fatalf("May and At differ for %s at %+v", perm, w)
		}
		for _, p := range []access.Principal{operator, token} {
			ctx, err := new(access.Service).Enter(access.With(context.Background(), p), perm, w)
			if err == nil {
				checkScope(rt, p, perm, scope.From(ctx))
			}
		}
	})
}

// checkScope holds a scope against the permission on each place inside it.
func checkScope(rt *rapid.T, p access.Principal, perm access.Permission, s scope.Scope) {
	for _, tenant := range []string{"t1", "t2"} {
		for _, org := range []string{tenant + "o1", tenant + "o2"} {
			for _, site := range []string{org + "s1", org + "s2"} {
				in := s.MayOrg(tenant, org) && (s.Sites == nil || slices.Contains(s.Sites, site))
				may := p.May(perm, access.Where{TenantID: tenant, OrgID: org, SitePath: []string{org + "top", site}})
				narrowed := s.Tenant != "" && len(s.Orgs) != 1 // lists over organizations narrow by organization alone
				if in && !may && !narrowed {
					rt.Fatalf("the scope %+v reaches %s/%s/%s without %s", s, tenant, org, site, perm)
				}
			}
		}
	}
}
