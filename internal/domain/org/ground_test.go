package org

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrounds_At(t *testing.T) {
	t.Parallel()
	g := Grounds{nets: []groundNet{
		{Ground{"t1", "o1", "wide"}, netip.MustParsePrefix("10.0.0.0/8")},
		{Ground{"t1", "o1", "floor"}, netip.MustParsePrefix("10.1.2.0/24")},
		{Ground{"t1", "o2", "branch"}, netip.MustParsePrefix("10.1.0.0/16")},
		{Ground{"t1", "o1", "house"}, netip.MustParsePrefix("192.168.0.0/16")},
		{Ground{"t2", "o3", "house"}, netip.MustParsePrefix("192.168.1.0/24")},
	}}
	for name, tc := range map[string]struct {
		address string
		want    []Ground
	}{
		"the narrowest of each organization": {"10.1.2.3", []Ground{{"t1", "o1", "floor"}, {"t1", "o2", "branch"}}},
		"mapped into IPv6":                   {"::ffff:10.2.0.1", []Ground{{"t1", "o1", "wide"}}},
		"of one tenant":                      {"192.168.2.1", []Ground{{"t1", "o1", "house"}}},
		"of two tenants":                     {"192.168.1.1", nil},
		"nobody's":                           {"203.0.113.1", nil},
		"no address":                         {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, g.At(tc.address)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	for cidr, want := range map[string]bool{
		"10.0.0.0/8": true, "0.0.0.0/0": false, "203.0.0.0/8": false, "203.0.113.0/24": true, "fd00::/8": true, "::/0": false, "2001:db8::/32": true, "2001::/16": false,
	} {
		if got := narrow(netip.MustParsePrefix(cidr)); got != want {
			t.Errorf("%s: %v", cidr, got)
		}
	}
}
