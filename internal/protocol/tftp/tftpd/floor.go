package tftpd

import (
	"container/list"
	"net/netip"
	"sync"

	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/slots"
)

// floor has the places for transfers. Who has said nothing since it asked is half
// open; where there is no place left, the one that is so the longest gives its own
// to the next who asks.
type floor struct {
	metrics *Metrics

	mu     sync.Mutex // guards what follows
	slots  *slots.Slots
	places map[netip.AddrPort]*place
	half   list.List // of places whose transfer is half open, the oldest first
}

// place is one transfer's.
type place struct {
	peer netip.AddrPort

	transfer *transfer     // guarded by the floor's mu; nil before it begins
	half     *list.Element // guarded by it too; nil where it is not half open
}

func newFloor(most int, m *Metrics) *floor {
	return &floor{metrics: m, slots: slots.New(most, limit.TFTPPerAddress), places: map[netip.AddrPort]*place{}}
}

// admit gives a peer a place, or says why not.
func (f *floor) admit(peer netip.AddrPort) (p *place, why string) {
	peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
	p, out, why := f.take(peer)
	if out != nil {
		f.metrics.dropped.WithLabelValues("half open").Inc()
		out.hub.drop(out, errCrowded)
	}
	return p, why
}

// take is admit; out is the transfer whose place it was.
func (f *floor) take(peer netip.AddrPort) (p *place, out *transfer, why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.places[peer] != nil {
		return nil, nil, "repeated"
	}
	if !f.slots.Take(peer.Addr()) {
		victim := f.oldest(peer.Addr())
		if victim == nil {
			return nil, nil, "busy"
		}
		out = victim.transfer
		f.leave(victim)
		f.slots.Take(peer.Addr())
	}
	p = &place{peer: peer}
	f.places[peer] = p
	f.metrics.running.Inc()
	return p, out, ""
}

// oldest is the place that is half open the longest and whose end makes room for
// an address, nil where there is none.
func (f *floor) oldest(a netip.Addr) *place {
	own := f.slots.Of(a) >= limit.TFTPPerAddress
	for e := f.half.Front(); e != nil; e = e.Next() {
		if p := e.Value.(*place); !own || p.peer.Addr() == a { //nolint:forcetypeassert // nothing else is put in
			return p
		}
	}
	return nil
}

// begun notes that a place's transfer waits for its peer's first word.
func (f *floor) begun(p *place, t *transfer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.transfer, p.half = t, f.half.PushBack(p)
}

// spoke notes that the peer has said something: the transfer is no longer half open.
func (f *floor) spoke(p *place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.whole(p)
}

// release gives a place back.
func (f *floor) release(p *place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leave(p)
}

func (f *floor) whole(p *place) {
	if p.half != nil {
		f.half.Remove(p.half)
		p.half = nil
	}
}

func (f *floor) leave(p *place) {
	f.whole(p)
	if f.places[p.peer] == p {
		delete(f.places, p.peer)
		f.slots.Give(p.peer.Addr())
		f.metrics.running.Dec()
	}
}
