package org

import (
	"context"
	"net/netip"
	"time"

	"bellwether/internal/platform/db"
)

// LegacyState is where a site's legacy flag is in its life.
type LegacyState string

// The states. Under all but off and over the flag serves.
const (
	LegacyOff    LegacyState = "off"    // never set, taken away, or over no subnet
	LegacyOn     LegacyState = "on"     // its end is more than LegacyAhead away
	LegacyEnding LegacyState = "ending" // it ends within LegacyAhead
	LegacyGrace  LegacyState = "grace"  // its end date has passed; it serves for LegacyGraceTime yet
	LegacyOver   LegacyState = "over"   // phones get a bootstrap alone
)

// What identity.md fixes of the flag's life.
const (
	LegacyAhead     = 30 * 24 * time.Hour // how long ahead of its end the phones that will break are listed
	LegacyGraceTime = 14 * 24 * time.Hour // how long it serves after its end date, with a warning each day
)

// Serves reports whether phones get their configuration under a flag in this
// state.
func (st LegacyState) Serves() bool {
	return st == LegacyOn || st == LegacyEnding || st == LegacyGrace
}

// Legacy is a site's legacy flag at some time.
type Legacy struct {
	State   LegacyState
	Until   time.Time // its end date, zero where it is off
	Ends    time.Time // when it serves no longer: the end of the warning
	Subnets []netip.Prefix
}

// LegacyAt tells how the site's flag stands at a time.
func (site Site) LegacyAt(now time.Time) Legacy {
	out := Legacy{State: LegacyOff}
	for _, n := range site.Subnets {
		if n.Legacy {
			out.Subnets = append(out.Subnets, n.CIDR)
		}
	}
	if site.LegacyUntil.IsZero() || len(out.Subnets) == 0 {
		return out
	}
	out.Until, out.Ends = site.LegacyUntil, site.LegacyUntil.Add(LegacyGraceTime)
	switch {
	case !out.Ends.After(now):
		out.State = LegacyOver
	case !out.Until.After(now):
		out.State = LegacyGrace
	case !out.Until.After(now.Add(LegacyAhead)):
		out.State = LegacyEnding
	default:
		out.State = LegacyOn
	}
	return out
}

// Legacy tells how the legacy flag of a device's site stands to an address; off
// where no flagged subnet holds it. Where the state serves, the device may have its
// configuration in clear text from there (identity.md, "Legacy flag"). It is
// NotFound for a site that is not there.
func (s *Service) Legacy(ctx context.Context, siteID string, address netip.Addr) (out Legacy, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		site, err := findSite(ctx, q, siteID)
		if err != nil {
			return err
		}
		out = Legacy{State: LegacyOff}
		if _, covered := site.Covers(address); covered {
			out = site.LegacyAt(s.db.Now())
		}
		return nil
	})
	return out, err
}

// WatchedSites lists every site that has a legacy flag or trusts its network, also
// where either has ended. It is for sweeps, so ctx is the system's.
func (s *Service) WatchedSites(ctx context.Context, q db.Q) ([]Site, error) {
	return watchedSites(ctx, q)
}

// SiteChange lets a noun further down act on a site that has changed, in the
// same transaction. After is the zero value where the site goes.
type SiteChange func(ctx context.Context, tx *db.Tx, before, after Site) error

// OnSite has fn called for each change of a site. It is called before the
// service is used.
func (s *Service) OnSite(fn SiteChange) { s.onSite = append(s.onSite, fn) }

func (s *Service) tell(ctx context.Context, tx *db.Tx, before, after Site) error {
	for _, fn := range s.onSite {
		if err := fn(ctx, tx, before, after); err != nil {
			return err
		}
	}
	return nil
}
