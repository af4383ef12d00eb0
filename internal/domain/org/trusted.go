package org

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Trusts reports whether a site's network is trusted at a time and an address lies
// in the part that is. It counts no more for a subnet that the site has lost.
func (site Site) Trusts(address netip.Addr, now time.Time) bool {
	address = address.Unmap().WithZone("")
	holds := func(p netip.Prefix) bool { return p.Contains(address) }
	in, _ := site.Covers(address)
	return in && site.TrustedUntil.After(now) && slices.ContainsFunc(site.TrustedNets, holds)
}

// Trusts reports whether a site's network is trusted now where an address lies, as
// it stands in text.
func (s *Service) Trusts(site Site, address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && site.Trusts(a, s.db.Now())
}

// TrustLAN trusts private networks of a site for a while: the phones of the record
// that were never claimed get in from there without approval (identity.md, "Claim
// window"). Without nets it is every private subnet of the site. It fails with
// Invalid for more than limit.TrustedLAN, for a public network and for one that
// lies in none of the site's subnets; then nothing changes.
func (s *Service) TrustLAN(ctx context.Context, id string, nets []netip.Prefix, length time.Duration) (site Site, err error) {
	if length <= 0 || length > limit.TrustedLAN {
		return site, fault.InvalidFields("the network is not trusted", fault.Field{Path: "hours", Message: "1 to 24"})
	}
	return s.trust(ctx, id, "site.trust", func(site *Site) error {
		if nets, err = site.mayTrust(nets); err != nil {
			return err
		}
		site.TrustedUntil, site.TrustedNets = s.db.Now().Add(length), nets
		return nil
	})
}

// DistrustLAN ends that before its time. Where nothing is trusted it does nothing.
func (s *Service) DistrustLAN(ctx context.Context, id string) (Site, error) {
	return s.trust(ctx, id, "site.distrust", func(site *Site) error {
		site.TrustedUntil, site.TrustedNets = time.Time{}, nil
		return nil
	})
}

func (s *Service) trust(ctx context.Context, id, action string, set func(*Site) error) (site Site, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if site, err = findSite(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.DeviceWrite, site.Where()); err != nil {
			return err
		}
		was := site
		if err := set(&site); err != nil {
			return err
		}
		if was.TrustedUntil.IsZero() && site.TrustedUntil.IsZero() {
			return nil
		}
		site.UpdatedAt, site.Version = s.db.Now(), was.Version+1
		if err := db.UpdateAt(ctx, tx, newSiteRow(site), was.Version, "site"); err != nil {
			return err
		}
		s.changed(tx)
		if err := s.tell(ctx, tx, was, site); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: site.TenantID, OrgID: site.OrgID, Action: action, SubjectKind: "site", SubjectID: site.ID, SubjectName: site.Name,
			Before: trustView(was), After: trustView(site)})
	})
	return site, err
}

func trustView(site Site) view {
	return view{"trusted_until": site.TrustedUntil, "trusted_subnets": texts(site.TrustedNets)}
}

// mayTrust checks the networks that an operator names, or finds the site's own.
func (site Site) mayTrust(nets []netip.Prefix) ([]netip.Prefix, error) {
	bad := func(text string) error {
		return fault.InvalidFields("the network is not trusted", fault.Field{Path: "subnets", Message: text})
	}
	if len(nets) > limit.SiteSubnets {
		return nil, bad("at most " + strconv.Itoa(limit.SiteSubnets) + " subnets")
	}
	if len(nets) == 0 {
		for _, n := range site.Subnets {
			if private(n.CIDR) {
				nets = append(nets, n.CIDR)
			}
		}
		if len(nets) == 0 {
			return nil, bad("the site has no private subnet: on a public network anybody could ask for its phones")
		}
		return nets, nil
	}
	for i, p := range nets {
		inside := func(n Subnet) bool { return n.CIDR.Overlaps(p) && n.CIDR.Bits() <= p.Bits() }
		switch {
		case !p.IsValid():
			return nil, bad("each must be a network such as 10.0.0.0/24")
		case !private(p):
			return nil, bad(p.String() + " is public: anybody could ask for the site's phones from there")
		case !slices.ContainsFunc(site.Subnets, inside):
			return nil, bad(p.String() + " lies in no subnet of the site")
		}
		nets[i] = p.Masked()
	}
	return nets, nil
}

// private reports whether a whole network is one that no stranger reaches from
// outside: RFC 1918, RFC 4193, this link or this machine.
func private(p netip.Prefix) bool {
	for _, s := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"} {
		n := netip.MustParsePrefix(s)
		if n.Overlaps(p) && n.Bits() <= p.Bits() {
			return true
		}
	}
	return false
}
