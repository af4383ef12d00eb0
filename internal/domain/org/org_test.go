package org_test

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// each runs body with a service and one organization on both databases.
func each(t *testing.T, body func(t *testing.T, ctx context.Context, s *org.Service, o org.Org)) {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := scope.AsSystem(context.Background(), "test")
		root, err := secret.LoadRoot(filepath.Join(t.TempDir(), "root.key"), func() (bool, error) { return false, nil })
		ok(t, err)
		v, err := secret.New(ctx, d, root)
		ok(t, err)
		au := audit.New(d, v)
		s := org.New(d, access.New(d, v, au, access.Config{}), au)
		tn, err := s.CreateTenant(ctx, "Hotels", "")
		ok(t, err)
		o, err := s.CreateOrg(ctx, tn.ID, "Default", "")
		ok(t, err)
		body(t, ctx, s, o)
	}, dbtest.WithClock(fake))
}

func text(s string) *string { return &s }

func TestService_CreateOrg(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, s *org.Service, o org.Org) {
		again, err := s.CreateOrg(ctx, o.TenantID, "Default", "")
		ok(t, err)
		if o.Slug != "default" || again.Slug != "default-2" {
			t.Fatalf("slugs %q and %q", o.Slug, again.Slug)
		}
		site, err := s.DefaultSite(ctx, o.ID)
		ok(t, err)
		if site.Name != org.DefaultSiteName || !site.IsDefault {
			t.Fatalf("default site %+v", site)
		}
		for name, bad := range map[string]string{"empty": " ", "too long": strings.Repeat("ä", 65), "control": "a\x00b"} {
			if _, err := s.CreateOrg(ctx, o.TenantID, bad, ""); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s name: %v", name, err)
			}
		}
		inside := scope.With(ctx, scope.Scope{Tenant: o.TenantID, Orgs: []string{o.ID}})
		seen, err := s.Orgs(inside, "")
		ok(t, err)
		if len(seen) != 1 || seen[0].ID != o.ID {
			t.Fatalf("a scope of one organization sees %d", len(seen))
		}
		if _, err := s.Org(inside, again.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("a sister organization: %v", err)
		}
	})
}

func TestService_sites(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, s *org.Service, o org.Org) {
		parent := ""
		var last org.Site
		for level := 1; level <= limit.SiteDepth; level++ {
			var err error
			last, err = s.CreateSite(ctx, o, org.SiteInput{ParentID: text(parent), Name: text(fmt.Sprint("Level ", level))})
			ok(t, err)
			if last.Depth != level || len(last.Names) != level {
				t.Fatalf("level %d came out at %d: %v", level, last.Depth, last.Names)
			}
			parent = last.ID
		}
		if _, err := s.CreateSite(ctx, o, org.SiteInput{ParentID: text(parent), Name: text("Level 8")}); !fault.Is(err, fault.Invalid) {
			t.Fatalf("an eighth level: %v", err)
		}
		if _, err := s.CreateSite(ctx, o, org.SiteInput{Name: text("LEVEL 1")}); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a sibling of the same name: %v", err)
		}
		if _, err := s.CreateSite(ctx, o, org.SiteInput{Name: text("default")}); err == nil {
			t.Fatal("a second default site")
		}
		def, err := s.DefaultSite(ctx, o.ID)
		ok(t, err)
		if err := s.DeleteSite(ctx, def.ID, def.Version); !fault.Is(err, fault.Conflict) {
			t.Fatalf("deleting the default site: %v", err)
		}
		top, err := s.Site(ctx, last.Path[0])
		ok(t, err)
		if err := s.DeleteSite(ctx, top.ID, top.Version); !fault.Is(err, fault.Conflict) {
			t.Fatalf("deleting a site with sites below: %v", err)
		}
		if err := s.DeleteSite(ctx, last.ID, last.Version+1); fault.CodeOf(err) != "version" {
			t.Fatalf("deleting from a stale version: %v", err)
		}
		ok(t, s.DeleteSite(ctx, last.ID, last.Version))
	})
}

func TestService_Legacy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, s *org.Service, o org.Org) {
		until := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		nets := []org.Subnet{{CIDR: netip.MustParsePrefix("192.0.2.0/25"), Legacy: true}, {CIDR: netip.MustParsePrefix("192.0.2.128/25")}}
		site, err := s.CreateSite(ctx, o, org.SiteInput{Name: text("Old wing"), Subnets: &nets, LegacyUntil: &until})
		ok(t, err)
		for addr, want := range map[string]bool{"192.0.2.5": true, "192.0.2.200": false, "198.51.100.1": false, "::ffff:192.0.2.5": true} {
			got, err := s.Legacy(ctx, site.ID, netip.MustParseAddr(addr))
			ok(t, err)
			if got.State.Serves() != want {
				t.Errorf("%s: %v, want %v", addr, got, want)
			}
		}
		past := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		site, err = s.UpdateSite(ctx, site.ID, org.SiteInput{LegacyUntil: &past}, site.Version)
		ok(t, err)
		if got, err := s.Legacy(ctx, site.ID, netip.MustParseAddr("192.0.2.5")); err != nil || got.State != org.LegacyOver {
			t.Fatalf("two weeks and more after its end date the flag is %v, %v", got, err)
		}
		far := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
		if _, err := s.UpdateSite(ctx, site.ID, org.SiteInput{LegacyUntil: &far}, site.Version); !fault.Is(err, fault.Invalid) {
			t.Fatalf("a flag for two years: %v", err)
		}
	})
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"Seaside Hotel": "seaside-hotel", "  --A&B--  ": "a-b", "Ünïcode": "n-code", "日本": "org", "": "org"} {
		if got := org.Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestService_Covered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, s *org.Service, o org.Org) {
		nets := []org.Subnet{{CIDR: netip.MustParsePrefix("192.0.2.0/26")}}
		_, err := s.CreateSite(ctx, o, org.SiteInput{Name: text("Lobby"), Subnets: &nets})
		ok(t, err)
		for address, want := range map[string]bool{"192.0.2.7": true, "::ffff:192.0.2.7": true, "192.0.2.64": false, "2001:db8::1": false} {
			if got, err := s.Covered(ctx, netip.MustParseAddr(address)); err != nil || got != want {
				t.Errorf("%s: %v, %v", address, got, err)
			}
		}
	})
}
