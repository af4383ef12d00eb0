package lesson

import (
	"context"
	"sync"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/vendors"
)

// Catalogs are the vendors' catalogs as a tenant has them. They never change.
type Catalogs struct {
	set *vendors.Set
	own map[string]*param.Catalog // of vendors with lessons, by name
}

// Of returns a vendor's catalog, nil for an unknown vendor.
func (c Catalogs) Of(vendor string) *param.Catalog {
	if cat, ok := c.own[vendor]; ok {
		return cat
	}
	if v, ok := c.set.Get(vendor); ok {
		return v.Catalog()
	}
	return nil
}

// All returns the catalogs of a vendor, or of every vendor for "" and a name that
// is none, in the vendors' order.
func (c Catalogs) All(vendor string) []*param.Catalog {
	if cat := c.Of(vendor); cat != nil {
		return []*param.Catalog{cat}
	}
	var out []*param.Catalog
	for _, v := range c.set.All() {
		out = append(out, c.Of(v.Name()))
	}
	return out
}

// cached bounds how many tenants' catalogs are kept; one takes about 3 MB for
// each vendor with lessons.
const cached = 32

// cache keeps catalogs by tenant as long as its lessons stay the same.
type cache struct {
	mu   sync.Mutex // guards held
	held map[string]kept
}

type kept struct {
	stamp    string // of the lessons that they are made from
	catalogs Catalogs
}

func (c *cache) get(tenant, stamp string) (Catalogs, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.held[tenant]
	return k.catalogs, ok && k.stamp == stamp
}

func (c *cache) put(tenant, stamp string, cats Catalogs) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for other := range c.held {
		if len(c.held) < cached {
			break
		}
		delete(c.held, other)
	}
	c.held[tenant] = kept{stamp, cats}
}

// In returns the catalogs of a tenant inside a transaction.
func (s *Service) In(ctx context.Context, q db.Q, tenantID string) (Catalogs, error) {
	stamp, err := stampOf(ctx, q, tenantID)
	if err != nil || stamp == "" {
		return Catalogs{set: s.vendors}, err
	}
	if cats, ok := s.cache.get(tenantID, stamp); ok {
		return cats, nil
	}
	list, err := lessons(ctx, q, tenantID)
	if err != nil {
		return Catalogs{}, err
	}
	cats, err := s.build(list)
	if err == nil {
		s.cache.put(tenantID, stamp, cats)
	}
	return cats, err
}

// Of is In in a transaction of its own.
func (s *Service) Of(ctx context.Context, tenantID string) (cats Catalogs, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		cats, err = s.In(ctx, q, tenantID)
		return err
	})
	return cats, err
}

// Base returns the vendors' catalogs without any lessons.
func (s *Service) Base() Catalogs { return Catalogs{set: s.vendors} }

func (s *Service) build(list []Lesson) (Catalogs, error) {
	rows := map[string][]param.Learned{}
	for _, l := range list {
		rows[l.Vendor] = append(rows[l.Vendor], l.rows...)
	}
	out := Catalogs{set: s.vendors, own: map[string]*param.Catalog{}}
	for name, learned := range rows {
		v, ok := s.vendors.Get(name)
		if !ok {
			continue // a vendor that this version no longer has
		}
		cat, err := v.Catalog().With(learned)
		if err != nil {
			return Catalogs{}, err
		}
		out.own[name] = cat
	}
	return out, nil
}
