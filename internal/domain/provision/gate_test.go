package provision

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/platform/limit"
)

func TestGate(t *testing.T) {
	t.Parallel()
	g, at := newGate(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	var leave []func()
	for range limit.ImagesAddress {
		l, ok := g.enter(one, at)
		if !ok {
			t.Fatalf("refused after %d", len(leave))
		}
		leave = append(leave, l)
	}
	if _, ok := g.enter(netip.MustParseAddr("::ffff:192.0.2.1"), at); ok {
		t.Error("one address fetches more at once than it may")
	}
	other, ok := g.enter(two, at)
	if !ok {
		t.Fatal("another address waits for the first")
	}
	other()
	other() // once counts
	for range limit.ImagesMinute - limit.ImagesAddress {
		leave[0]()
		l, ok := g.enter(one, at)
		if !ok {
			t.Fatal("refused within the minute's measure")
		}
		leave[0] = l
	}
	leave[0]()
	if _, ok := g.enter(one, at.Add(30*time.Second)); ok {
		t.Error("one address begins more in a minute than it may")
	}
	last, ok := g.enter(one, at.Add(time.Minute))
	if !ok {
		t.Fatal("a new minute changes nothing")
	}
	for _, l := range append(leave[1:], last) {
		l()
	}
	if g.all != 0 || len(g.now) != 0 {
		t.Errorf("after all have left %d are under way at %d addresses", g.all, len(g.now))
	}
}

// TestGate_all: many addresses together are bounded, and a /64 counts as one.
func TestGate_all(t *testing.T) {
	t.Parallel()
	g, at := newGate(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a := netip.MustParseAddr("198.18.0.0")
	in := 0
	for range 2 * limit.ImagesAtOnce {
		a = a.Next()
		if _, ok := g.enter(a, at); ok {
			in++
		}
	}
	if in != limit.ImagesAtOnce {
		t.Errorf("%d fetch at once", in)
	}
	if len(g.begun) != limit.ImagesAtOnce {
		t.Errorf("refused addresses are remembered: %d", len(g.begun))
	}
	g = newGate()
	for i := range limit.ImagesAddress + 1 {
		from := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(i)})
		if _, ok := g.enter(from, at); ok != (i < limit.ImagesAddress) {
			t.Errorf("address %d of one network: %t", i, ok)
		}
	}
}
