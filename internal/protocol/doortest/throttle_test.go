package doortest_test

import (
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

// TestThrottle: who guesses on and on is told to come later, with the reason in
// the ledger. Behind the same address a phone with its token and one with its
// password get in all the same, a phone from the box is told where to come back,
// and at another address nothing changes.
func TestThrottle(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	p := h.World(t).Phones[0]
	user, password, err := h.Identity.NewPassword(testkit.System(), p.Device)
	if err != nil {
		t.Fatal(err)
	}
	address, beside := netip.MustParseAddr("127.5.0.1"), netip.MustParseAddr("127.5.0.2")
	at := func(from netip.Addr) doortest.Asker {
		return doortest.Kept(func(t testing.TB) net.Conn { return doortest.Call(t, h, "provision_http", from) })
	}
	guesser, path := at(address), "p/aaaaaaaaaaaaaaaaaaaaaaaaaa/"+p.File()
	plain, n := guesser(t, path, ""), 1
	last := plain
	for ; n < 10*limit.MissBurst && last.Kind == doortest.Nothing; n++ {
		last = guesser(t, path, "")
	}
	if n < limit.MissBurst || last.Kind != doortest.Trouble || !strings.Contains(last.Shape, "503") || !strings.Contains(last.Shape, "Retry-After") {
		t.Fatalf("after %d guesses: %s\n%s", n, last.Kind, last.Shape)
	}
	if again := guesser(t, "p/aaaaaaaaaaaaaaaaaaaaaaaaaa/cfg02ffffffffff.xml", ""); again.Shape != last.Shape && again.Shape != plain.Shape {
		t.Errorf("an unknown name is told apart:\n%s\n%s", again.Shape, last.Shape)
	}
	secure := doortest.Secure(t, h, address)
	if a := secure(t, "p/"+p.Token+"/"+p.File(), ""); a.Kind != doortest.File || !strings.Contains(string(a.Body), p.Password) {
		t.Errorf("the phone with its token gets %s\n%s", a.Kind, a.Shape)
	}
	if a := guesser(t, p.File(), ""); a.Kind != doortest.File || !strings.Contains(string(a.Body), "/p/1") {
		t.Errorf("the phone from the box gets %s\n%s", a.Kind, a.Shape)
	}
	if a := at(beside)(t, path, ""); a.Shape != plain.Shape {
		t.Errorf("at another address: %s", a.Shape)
	}
	out, err := exec.CommandContext(t.Context(), "curl", "--silent", "--show-error", "--insecure", "--interface", address.String(), "--digest", "--user", user+":"+password.Reveal(),
		"https://"+h.Addr(t, "provision_https")+"/d/"+p.File()).Output()
	if err != nil || !strings.Contains(string(out), p.Password) {
		t.Errorf("the phone with its password gets %s: %v", out, err)
	}
	limited(t, h, address)
}

// limited: the ledger says why.
func limited(t *testing.T, h *testkit.House, address netip.Addr) {
	t.Helper()
	if err := h.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	rows, err := h.Ledger.List(testkit.System(), provision.Filter{Reasons: []identity.Reason{identity.RateLimited}, Address: address.String()})
	if err != nil || len(rows.Items) == 0 || rows.Items[0].Verdict != provision.Busy || !strings.HasPrefix(rows.Items[0].Reason, "rate limited") {
		t.Errorf("the ledger: %+v, %v", rows.Items, err)
	}
}
