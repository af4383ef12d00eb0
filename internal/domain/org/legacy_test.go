package org_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
)

func TestSite_LegacyAt(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	flagged := []org.Subnet{{CIDR: netip.MustParsePrefix("192.0.2.0/25"), Legacy: true}, {CIDR: netip.MustParsePrefix("192.0.2.128/25")}}
	for name, tc := range map[string]struct {
		ends   time.Duration
		nets   []org.Subnet
		want   org.LegacyState
		serves bool
	}{
		"more than a month ahead": {30*day + 1, flagged, org.LegacyOn, true},
		"a month ahead":           {30 * day, flagged, org.LegacyEnding, true},
		"a moment ahead":          {1, flagged, org.LegacyEnding, true},
		"at its end":              {0, flagged, org.LegacyGrace, true},
		"two weeks later, nearly": {1 - 14*day, flagged, org.LegacyGrace, true},
		"two weeks later":         {-14 * day, flagged, org.LegacyOver, false},
		"over no subnet":          {30 * day, flagged[1:], org.LegacyOff, false},
	} {
		got := org.Site{Subnets: tc.nets, LegacyUntil: now.Add(tc.ends)}.LegacyAt(now)
		if got.State != tc.want || got.State.Serves() != tc.serves {
			t.Errorf("%s: %+v", name, got)
		}
		if tc.want != org.LegacyOff && (!got.Ends.Equal(got.Until.Add(14*day)) || len(got.Subnets) != 1 || got.Subnets[0] != flagged[0].CIDR) {
			t.Errorf("%s: ends %v, subnets %v", name, got.Ends, got.Subnets)
		}
	}
	if got := (org.Site{Subnets: flagged}).LegacyAt(now); got.State != org.LegacyOff || !got.Ends.IsZero() {
		t.Errorf("never set: %+v", got)
	}
}

func TestService_TrustLAN(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, s *org.Service, o org.Org) {
		var nets []org.Subnet
		for _, c := range []string{"10.1.0.0/16", "fd00:1::/64", "203.0.113.0/24"} {
			nets = append(nets, org.Subnet{CIDR: netip.MustParsePrefix(c)})
		}
		site, err := s.CreateSite(ctx, o, org.SiteInput{Name: text("Lobby"), Subnets: &nets})
		ok(t, err)
		public := nets[2:]
		street, err := s.CreateSite(ctx, o, org.SiteInput{Name: text("Street"), Subnets: &public})
		ok(t, err)
		for name, tc := range map[string]struct {
			site  string
			nets  string
			hours int
			want  string // of the networks; "" it is refused
		}{
			"every private subnet":   {site.ID, "", 24, "10.1.0.0/16 fd00:1::/64"},
			"a part of one":          {site.ID, "10.1.2.7/24", 1, "10.1.2.0/24"},
			"wider than the site's":  {site.ID, "10.0.0.0/8", 1, ""},
			"private, and elsewhere": {site.ID, "192.168.0.0/24", 1, ""},
			"public":                 {site.ID, "203.0.113.0/24", 1, ""},
			"private and more":       {site.ID, "172.0.0.0/8", 1, ""},
			"a site on the street":   {street.ID, "", 1, ""},
			"no time":                {site.ID, "", 0, ""},
			"too long":               {site.ID, "", 25, ""},
		} {
			var list []netip.Prefix
			for _, f := range strings.Fields(tc.nets) {
				list = append(list, netip.MustParsePrefix(f))
			}
			got, err := s.TrustLAN(ctx, tc.site, list, time.Duration(tc.hours)*time.Hour)
			if tc.want == "" {
				if !fault.Is(err, fault.Invalid) {
					t.Errorf("%s: %+v, %v", name, got.TrustedNets, err)
				}
				continue
			}
			ok(t, err)
			back, err := s.Site(ctx, tc.site)
			ok(t, err)
			var words []string
			for _, n := range back.TrustedNets {
				words = append(words, n.String())
			}
			if strings.Join(words, " ") != tc.want || !back.TrustedUntil.Equal(got.TrustedUntil) || back.Version != got.Version {
				t.Errorf("%s: %+v", name, back)
			}
		}
		again, err := s.DistrustLAN(ctx, site.ID)
		ok(t, err)
		if twice, err := s.DistrustLAN(ctx, site.ID); err != nil || twice.Version != again.Version || !twice.TrustedUntil.IsZero() {
			t.Errorf("ended twice: %+v, %v", twice, err)
		}
	})
}
