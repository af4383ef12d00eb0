package provision

import (
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/platform/limit"
)

// gate bounds what parties without proof fetch of images: per address, and all
// together. An IPv6 address counts by its /64.
type gate struct {
	mu     sync.Mutex // guards what follows
	minute time.Time
	begun  map[netip.Prefix]int // in this minute
	now    map[netip.Prefix]int // under way
	all    int                  // under way
}

func newGate() *gate {
	return &gate{begun: map[netip.Prefix]int{}, now: map[netip.Prefix]int{}}
}

// enter reports whether one more fetch may begin. leave, to be called once, ends
// it.
func (g *gate) enter(from netip.Addr, at time.Time) (leave func(), ok bool) {
	p := network(from)
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := at.Truncate(time.Minute); !m.Equal(g.minute) {
		g.minute = m
		clear(g.begun)
	}
	// begun holds at most one entry per fetch that was let in, so that refused
	// addresses cost no memory, and a bound on all fetches bounds the map.
	if g.all >= limit.ImagesAtOnce || g.now[p] >= limit.ImagesAddress || g.begun[p] >= limit.ImagesMinute || len(g.begun) >= limit.ImagesNetworks && g.begun[p] == 0 {
		return nil, false
	}
	g.begun[p]++
	g.now[p]++
	g.all++
	return sync.OnceFunc(func() { g.leave(p) }), true
}

func (g *gate) leave(p netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.now[p]--; g.now[p] == 0 {
		delete(g.now, p)
	}
}

func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil { // the zero address, of a door that knows none
		return netip.Prefix{}
	}
	return p
}
