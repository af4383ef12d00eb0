package provision

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/platform/limit"
)

func TestThrottle(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	g := newThrottle()
	guesser, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::1")
	for i := range limit.MissBurst {
		if !g.take(guesser, Refused, now) {
			t.Fatalf("stopped after %d", i)
		}
	}
	for what, tc := range map[string]struct {
		from netip.Addr
		told Verdict
		want bool
	}{
		"once more":              {guesser, Refused, false},
		"the same /64":           {netip.MustParseAddr("2001:db8::ffff:1"), Refused, false},
		"another /64":            {other, Refused, true},
		"something else":         {guesser, Bootstrap, true},
		"the door knows no peer": {netip.Addr{}, Refused, true},
	} {
		if got := g.take(tc.from, tc.told, now); got != tc.want {
			t.Errorf("%s: %t", what, got)
		}
	}
	later := now.Add(time.Second)
	for i := range limit.MissSecond {
		if !g.take(guesser, Refused, later) {
			t.Fatalf("a second later it is stopped after %d", i)
		}
	}
	if g.take(guesser, Refused, later) {
		t.Error("a second fills more than it should")
	}
	if g.take(guesser, Refused, now) {
		t.Error("a clock that goes back fills the bucket")
	}
}

// TestThrottle_memory: addresses without end take no memory without end, and take
// nothing away from those that are known.
func TestThrottle_memory(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	g := newThrottle()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	refused := 0
	for i := range limit.MissNetworks + limit.MissBurst + 500 {
		if !g.take(at(i), Refused, now) {
			refused++
		}
	}
	if len(g.buckets) > limit.MissNetworks+1 || refused != 500 {
		t.Errorf("%d buckets, %d refused", len(g.buckets), refused)
	}
	if !g.take(at(1), Refused, now) {
		t.Error("an address that is known is stopped by the many")
	}
	later := now.Add(time.Minute)
	if !g.take(at(1<<20), Refused, later) || len(g.buckets) > 2 {
		t.Errorf("a minute later %d buckets are left", len(g.buckets))
	}
}
