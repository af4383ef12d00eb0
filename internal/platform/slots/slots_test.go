package slots_test

import (
	"net/netip"
	"testing"

	"bellwether/internal/platform/slots"
)

func TestSlots(t *testing.T) {
	t.Parallel()
	s := slots.New(3, 2)
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	if !s.Take(a) || !s.Take(netip.MustParseAddr("::ffff:192.0.2.1")) {
		t.Fatal("the first two places were not given")
	}
	if s.Take(a) {
		t.Error("one address has a third place")
	}
	if !s.Take(b) || s.Take(c) {
		t.Error("three places are not three")
	}
	s.Give(c) // nobody's place
	s.Give(a)
	if s.Used() != 2 || !s.Take(c) {
		t.Error("a place that was given back is not free")
	}
	for _, x := range []netip.Addr{a, b, c} {
		s.Give(x)
	}
	if s.Used() != 0 {
		t.Errorf("%d places are left over", s.Used())
	}
}
