package scope_test

import (
	"context"
	"testing"

	"bellwether/internal/platform/scope"
)

func TestScope_MayOrg(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		s           scope.Scope
		tenant, org string
		want        bool
	}{
		"nobody":                    {scope.Scope{}, "t", "o", false},
		"nobody and no tenant":      {scope.Scope{AllOrgs: true}, "", "o", false},
		"platform":                  {scope.Scope{Platform: true}, "t", "o", true},
		"tenant":                    {scope.Scope{Tenant: "t", AllOrgs: true}, "t", "o", true},
		"other tenant":              {scope.Scope{Tenant: "t", AllOrgs: true}, "u", "o", false},
		"its organization":          {scope.Scope{Tenant: "t", Orgs: []string{"o"}}, "t", "o", true},
		"another one":               {scope.Scope{Tenant: "t", Orgs: []string{"o"}}, "t", "p", false},
		"same id in another tenant": {scope.Scope{Tenant: "t", Orgs: []string{"o"}}, "u", "o", false},
	} {
		if got := tc.s.MayOrg(tc.tenant, tc.org); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestInOrg_takes_the_platform_away(t *testing.T) {
	t.Parallel()
	ctx := scope.InOrg(scope.AsSystem(context.Background(), "job:x"), "t", "o")
	s := scope.From(ctx)
	if s.Platform || s.AllOrgs || s.Sites != nil || !s.MayOrg("t", "o") || s.MayOrg("t", "p") {
		t.Errorf("scope %+v", s)
	}
	if s.Actor.Name != "job:x" || s.Actor.Kind != scope.System {
		t.Errorf("actor %+v, want it kept", s.Actor)
	}
	if scope.From(context.Background()).MayOrg("t", "o") {
		t.Error("a context without a scope sees something")
	}
}
