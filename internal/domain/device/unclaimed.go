package device

import (
	"context"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Unclaimed is a machine that asked at a door and belongs to nobody. Everything
// in it is hearsay.
type Unclaimed struct {
	MAC           mac.Address
	Vendor, Model string
	Firmware      string
	Address, Door string
	FirstAt       time.Time
	LastAt        time.Time
	Requests      int64
	Subject       string // of the certificate that it showed last; "" none
	Proved        bool   // that certificate is good and tells this MAC: no hearsay
}

// Unclaimed lists the pool, the newest first. It belongs to the platform.
func (s *Service) Unclaimed(ctx context.Context, p db.Page) (out db.Slice[Unclaimed], err error) {
	if err := s.access.Authorize(ctx, access.UnclaimedRead, access.Where{}); err != nil {
		return out, err
	}
	ctx = scope.AsSystem(ctx, "device.unclaimed")
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listUnclaimed(ctx, q, p)
		return err
	})
	return out, err
}

// NoteStrangers puts machines into the pool or counts them once more, and tells
// the organizations whose subnets they asked from. The pool holds at most
// limit.Unclaimed; the one not seen for longest goes first.
func (s *Service) NoteStrangers(ctx context.Context, list []Unclaimed) error {
	if len(list) == 0 {
		return nil
	}
	ctx = scope.AsSystem(ctx, "device.unclaimed")
	return s.db.Write(ctx, func(tx *db.Tx) error {
		grounds, err := s.orgs.Grounds(ctx, tx)
		if err != nil {
			return err
		}
		told := map[string]bool{}
		for _, u := range list {
			if err := saveUnclaimed(ctx, tx, u); err != nil {
				return err
			}
			for _, g := range grounds.At(u.Address) {
				if !told[g.OrgID] {
					told[g.OrgID] = true
					tx.AfterCommit(func() { bus.Announce(s.bus, g.OrgID, "unclaimed", u.MAC.String()) })
				}
			}
		}
		return trimUnclaimed(ctx, tx, limit.Unclaimed)
	})
}

// Stranger is a machine of the pool as an organization sees it: it asked from a
// subnet of one of its sites.
type Stranger struct {
	Unclaimed
	Site org.Site // whose subnet it is, and where it would be put
}

// Strangers lists the machines of the pool that asked from the subnets of an
// organization's sites, the newest first, at most limit.StrangersShown: those of
// sites that the actor may see (org.Grounds).
func (s *Service) Strangers(ctx context.Context, o org.Org) ([]Stranger, error) {
	return s.strangers(ctx, o, "")
}

// Stranger returns one machine of the pool. Whoever may not see the pool finds
// only those of Strangers; the others are NotFound, as those that are not there.
func (s *Service) Stranger(ctx context.Context, o org.Org, m mac.Address) (Stranger, error) {
	list, err := s.strangers(ctx, o, m)
	switch {
	case err != nil:
		return Stranger{}, err
	case len(list) == 1:
		return list[0], nil
	case s.access.Authorize(ctx, access.UnclaimedRead, access.Where{}) != nil:
		return Stranger{}, fault.New(fault.NotFound, "device not found")
	}
	var u []Unclaimed
	system := scope.AsSystem(ctx, "device.unclaimed")
	err = s.db.Read(system, func(q db.Q) (err error) {
		u, err = everyUnclaimed(system, q, m)
		return err
	})
	if err == nil && len(u) == 0 {
		err = fault.New(fault.NotFound, "device not found")
	}
	if err != nil {
		return Stranger{}, err
	}
	site, err := s.orgs.DefaultSite(ctx, o.ID)
	return Stranger{Unclaimed: u[0], Site: site}, err
}

func (s *Service) strangers(ctx context.Context, o org.Org, only mac.Address) (out []Stranger, err error) {
	var pool []Unclaimed
	var grounds org.Grounds
	system := scope.AsSystem(ctx, "device.unclaimed")
	err = s.db.Read(system, func(q db.Q) (err error) {
		if pool, err = everyUnclaimed(system, q, only); err == nil {
			grounds, err = s.orgs.Grounds(system, q)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	sites := map[string]org.Site{}
	for _, u := range pool {
		for _, g := range grounds.At(u.Address) {
			if g.OrgID != o.ID || len(out) == limit.StrangersShown {
				continue
			}
			site, ok := sites[g.SiteID]
			if !ok {
				if site, err = s.orgs.Site(system, g.SiteID); err != nil {
					return nil, err
				}
				sites[g.SiteID] = site
			}
			if s.access.Authorize(ctx, access.DeviceRead, access.Where{TenantID: o.TenantID, OrgID: o.ID, SitePath: site.Path}) == nil {
				out = append(out, Stranger{Unclaimed: u, Site: site})
			}
		}
	}
	return out, nil
}

// KnowsModel reports whether a catalog knows a model.
func (s *Service) KnowsModel(model string) bool {
	_, _, ok := s.vendors.ByModel(model)
	return ok
}

// everyUnclaimed reads the pool, the newest first, or one machine of it.
func everyUnclaimed(ctx context.Context, q db.Q, only mac.Address) (out []Unclaimed, err error) {
	var rows []strangerRow
	sel := q.NewSelect().Model(&rows).Order("u.last_at DESC", "u.mac")
	if only != "" {
		sel = sel.Where("u.mac = ?", only.String())
	}
	if err := sel.Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out = append(out, r.unclaimed())
	}
	return out, nil
}

func (r strangerRow) unclaimed() Unclaimed {
	return Unclaimed{MAC: mac.Address(r.MAC), Vendor: r.Vendor, Model: r.Model, Firmware: r.Firmware, Address: r.Address, Door: r.Door,
		FirstAt: clock.FromMillis(r.FirstAt), LastAt: clock.FromMillis(r.LastAt), Requests: r.Requests, Subject: r.Subject, Proved: r.Proved == 1}
}
