package org

import (
	"context"
	"net/netip"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Standing is how an address stands to a site.
type Standing struct {
	Subnets bool // the site has subnets at all
	Inside  bool // the address lies in one of them
	Legacy  bool // the legacy flag covers the address and serves now
	Ended   bool // it did, and its warning is over too
}

// Stands tells how an address stands to a site; to one that is not there, as to
// one without subnets. It is for the doors, so ctx is the system's.
func (s *Service) Stands(ctx context.Context, siteID string, address netip.Addr) (out Standing, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		site, err := findSite(ctx, q, siteID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		in, legacy := site.Covers(address)
		state := site.LegacyAt(s.db.Now()).State
		out = Standing{Subnets: len(site.Subnets) > 0, Inside: in, Legacy: legacy && state.Serves(), Ended: legacy && state == LegacyOver}
		return nil
	})
	return out, err
}
