package org

import (
	"context"
	"net/netip"

	"bellwether/internal/platform/db"
)

// Ground is a site whose subnet an address lies in.
type Ground struct{ TenantID, OrgID, SiteID string }

// Grounds are the subnets of all sites, as far as what asks from them is an
// organization's to see. Organizations write their own subnets, so a subnet that
// covers a large part of the world's addresses counts for nothing, and an address
// that two tenants lay claim to is neither's.
type Grounds struct{ nets []groundNet }

type groundNet struct {
	Ground
	net netip.Prefix
}

// Grounds reads them. ctx is the system's.
func (s *Service) Grounds(ctx context.Context, q db.Q) (out Grounds, err error) {
	var rows []subnetRow
	if err := q.NewSelect().Model(&rows).Order("site_id", "cidr").Scan(ctx); err != nil {
		return out, err
	}
	for _, r := range rows {
		if p, err := netip.ParsePrefix(r.CIDR); err == nil && narrow(p) {
			out.nets = append(out.nets, groundNet{Ground{r.TenantID, r.OrgID, r.SiteID}, p})
		}
	}
	return out, nil
}

// narrow reports whether a subnet is no wider than somebody may own: /8 of the
// private addresses, and of the others /16 in IPv4 and /32 in IPv6.
func narrow(p netip.Prefix) bool {
	switch {
	case p.Addr().IsPrivate():
		return p.Bits() >= 8
	case p.Addr().Is4():
		return p.Bits() >= 16
	}
	return p.Bits() >= 32
}

// At returns, of each organization, the site with the narrowest subnet that holds
// an address; none where sites of two tenants hold it, or for no address.
func (g Grounds) At(address string) (out []Ground) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	a = a.Unmap().WithZone("")
	best := map[string]int{} // index in out by organization
	bits := map[string]int{}
	for _, n := range g.nets {
		if !n.net.Contains(a) {
			continue
		}
		i, seen := best[n.OrgID]
		switch {
		case len(out) > 0 && out[0].TenantID != n.TenantID:
			return nil
		case !seen:
			best[n.OrgID], bits[n.OrgID] = len(out), n.net.Bits()
			out = append(out, n.Ground)
		case n.net.Bits() > bits[n.OrgID]:
			bits[n.OrgID], out[i] = n.net.Bits(), n.Ground
		}
	}
	return out
}
