package org

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bellwether/internal/platform/db"
)

// netsLife is how long the subnets of all sites are remembered: another node may
// have changed them. A change on this node counts at once.
const netsLife = 5 * time.Second

// nets are the subnets of all sites, in memory: the doors ask of every stranger's
// address, and the time that the answer takes must not depend on the name that was
// asked for.
type nets struct {
	mu     sync.Mutex // guards what follows; held while they are read, so that one reads for all
	read   time.Time  // zero: to be read anew
	sites  map[string][]netip.Prefix
	legacy []legacyNet
	trusts map[string]trusting
}

// trusting is what of a site's network is trusted.
type trusting struct {
	nets  []netip.Prefix
	until time.Time
}

type legacyNet struct {
	site string
	net  netip.Prefix
	ends time.Time // of its warning too
}

// LegacySites are the sites whose legacy flag covers an address now, as this node
// last read them: what it names is to be asked again (Legacy). ctx is the system's.
func (s *Service) LegacySites(ctx context.Context, address netip.Addr) (out []string, err error) {
	address = address.Unmap()
	err = s.withNets(ctx, func(n *nets) {
		now := s.db.Now()
		for _, l := range n.legacy {
			if l.net.Contains(address) && l.ends.After(now) {
				out = append(out, l.site)
			}
		}
	})
	return out, err
}

// Near are the sites with a subnet that holds an address, as this node last read
// them: what it names is to be asked again (Covers). ctx is the system's.
type Near struct {
	all     map[string][]netip.Prefix // never changed
	trusts  map[string]trusting       // never changed
	address netip.Addr
	at      time.Time
}

// Near tells what is near an address.
func (s *Service) Near(ctx context.Context, address netip.Addr) (out Near, err error) {
	err = s.withNets(ctx, func(n *nets) { out = Near{n.sites, n.trusts, address.Unmap().WithZone(""), s.db.Now()} })
	return out, err
}

// Covers reports whether one of a site's subnets holds the address.
func (n Near) Covers(siteID string) bool {
	for _, p := range n.all[siteID] {
		if p.Contains(n.address) {
			return true
		}
	}
	return false
}

// Trusts reports whether one does and lies in a part of the site's network that is
// trusted now.
func (n Near) Trusts(siteID string) bool {
	t := n.trusts[siteID]
	holds := func(p netip.Prefix) bool { return p.Contains(n.address) }
	return n.Covers(siteID) && t.until.After(n.at) && slices.ContainsFunc(t.nets, holds)
}

func (s *Service) withNets(ctx context.Context, use func(*nets)) error {
	n := &s.nets
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := s.db.Now(); n.read.IsZero() || now.Sub(n.read) >= netsLife || now.Before(n.read) {
		var rows []netRow
		err := s.db.Read(ctx, func(q db.Q) (err error) {
			rows, err = everyNet(ctx, q)
			return err
		})
		if err != nil {
			return err
		}
		n.take(rows, now)
	}
	use(n)
	return nil
}

func (n *nets) take(rows []netRow, now time.Time) {
	n.read, n.sites, n.legacy = now, make(map[string][]netip.Prefix, len(rows)), nil
	n.trusts = map[string]trusting{}
	for _, r := range rows {
		p, err := netip.ParsePrefix(r.CIDR)
		if err != nil {
			continue // written from a prefix
		}
		n.sites[r.SiteID] = append(n.sites[r.SiteID], p)
		if r.TrustedUntil > 0 {
			n.trusts[r.SiteID] = trusting{networks(r.TrustedNets), time.UnixMilli(r.TrustedUntil)}
		}
		if r.Legacy == 1 && r.LegacyUntil > 0 {
			n.legacy = append(n.legacy, legacyNet{r.SiteID, p, time.UnixMilli(r.LegacyUntil).Add(LegacyGraceTime)})
		}
	}
}

// changed has what a transaction changes count at once.
func (s *Service) changed(tx *db.Tx) {
	tx.AfterCommit(func() {
		s.nets.mu.Lock()
		defer s.nets.mu.Unlock()
		s.nets.read = time.Time{}
	})
}
