package identity

import (
	"sync"
	"time"

	"bellwether/internal/platform/clock"
)

// cache holds tokens that were found lately, so that the five files of a boot
// cost one query. It is short-lived: another node may have changed the row.
type cache struct {
	clock clock.Clock
	mu    sync.Mutex // guards found, of
	found map[string]cached
	of    map[string][]string // a device's keys in found
}

type cached struct {
	known
	until time.Time
}

const (
	cacheLife = 10 * time.Second
	cacheSize = 50_000
)

func newCache(c clock.Clock) *cache {
	return &cache{clock: c, found: map[string]cached{}, of: map[string][]string{}}
}

func (c *cache) get(lookup string) (known, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.found[lookup]
	return e.known, ok && e.until.After(c.clock.Now())
}

func (c *cache) put(lookup string, k known) {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.found) >= cacheSize {
		c.shrink(now)
	}
	if _, ok := c.found[lookup]; !ok {
		c.of[k.device.ID] = append(c.of[k.device.ID], lookup)
	}
	c.found[lookup] = cached{known: k, until: now.Add(cacheLife)}
}

// shrink drops what is too old, or everything where nothing is.
func (c *cache) shrink(now time.Time) {
	found := c.found
	c.found, c.of = map[string]cached{}, map[string][]string{}
	for l, e := range found {
		if e.until.After(now) {
			c.found[l] = e
			c.of[e.device.ID] = append(c.of[e.device.ID], l)
		}
	}
	if len(c.found) >= cacheSize {
		clear(c.found)
		clear(c.of)
	}
}

func (c *cache) forget(deviceID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.of[deviceID] {
		delete(c.found, l)
	}
	delete(c.of, deviceID)
}
