package sipd

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/limit"
)

// One asker cannot use up what all have, many that ask again and again take
// nobody's first question, and all together have an end.
func TestRate(t *testing.T) {
	t.Parallel()
	var r rate
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	take := func(at time.Time, host, times int) (n int) {
		for range times {
			if r.take(at, netip.AddrFrom4([4]byte{10, byte(host >> 16), byte(host >> 8), byte(host)})) {
				n++
			}
		}
		return n
	}
	if n := take(now, 1, 1000); n != limit.PnPAsker {
		t.Errorf("one asker had %d", n)
	}
	all, askers := limit.PnPAsker-1, 1
	for askers < 1000 {
		askers++
		n := take(now, askers, 100)
		if n == 0 {
			t.Fatalf("asker %d had no question", askers)
		}
		all += n - 1
	}
	if all != limit.PnPMinute {
		t.Errorf("all had %d further questions in a minute", all)
	}
	for host := range 2 * limit.PnPAskers {
		askers += take(now.Add(30*time.Second), 1001+host, 1)
	}
	if askers != limit.PnPAskers || len(r.by) != limit.PnPAskers {
		t.Errorf("%d askers had a question, and %d are remembered", askers, len(r.by))
	}
	if n := take(now.Add(time.Minute), 1, 1); n != 1 {
		t.Error("the next minute brings nothing")
	}
}

// Only who is on the interface's own network is heard, and not ourselves.
func TestServer_near(t *testing.T) {
	t.Parallel()
	s := New(Config{Link: dial.Link{Nets: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}}})
	for text, want := range map[string]bool{"192.0.2.7": true, "192.0.2.1": false, "198.51.100.7": false, "2001:db8::1": false} {
		if got := s.near(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
