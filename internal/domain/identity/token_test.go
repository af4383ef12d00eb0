package identity_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

func TestService_Bootstrap(t *testing.T) {
	t.Parallel()
	b := one(t)
	token := b.Bootstrap(nobody, vendors.HTTP, outside)
	if token != b.Bootstrap(nobody, vendors.HTTP, netip.MustParseAddr("::ffff:198.51.100.20")) {
		t.Error("the mapped form of the address gives another token")
	}
	if known := b.Bootstrap(lobbyMAC, vendors.HTTP, outside); len(known) != len(token) || known == token {
		t.Errorf("%q for a known MAC, %q for an unknown one", known, token)
	}
	check := func(what, token string, m mac.Address, from netip.Addr, want bool) {
		t.Helper()
		if ok, reason := b.CheckBootstrap(token, m, from); ok != want || reason.Text == "" {
			t.Errorf("%s: %v, %q", what, ok, reason)
		}
	}
	check("itself", token, nobody, outside, true)
	check("another MAC", token, lobbyMAC, outside, false)
	check("another address", token, nobody, inside, false)
	check("another door", strings.Replace(token, "1h", "1s", 1), nobody, outside, false)
	check("another expiry", token[:2]+"ffffffff"+token[10:], nobody, outside, false)
	check("upper case", strings.ToUpper(token), nobody, outside, false)
	check("cut", token[:len(token)-1], nobody, outside, false)
	check("a path token", b.token("d1"), lobbyMAC, outside, false)

	v := b.fails("with its token alone", identity.Evidence{Door: vendors.HTTPS, Token: token, MACInName: nobody, Address: outside}, "waits for its claim")
	if !v.Waiting {
		t.Errorf("%+v", v)
	}
	b.clock.Advance(59 * time.Minute)
	if b.Bootstrap(nobody, vendors.HTTP, outside) != token {
		t.Error("it changed within the hour")
	}
	b.clock.Advance(22 * time.Hour)
	check("after 23 hours", token, nobody, outside, true)
	b.clock.Advance(62 * time.Minute)
	check("after a day", token, nobody, outside, false)
	if v := b.fails("late", identity.Evidence{Door: vendors.HTTPS, Token: token, MACInName: nobody, Address: outside}, "expired"); v.Waiting {
		t.Errorf("%+v", v)
	}
}

// Nothing that stands in a path makes the parser stumble or passes for a token.
func FuzzAuthenticate(f *testing.F) {
	for _, s := range []string{"", "a", "1", "1s", strings.Repeat("a", 26), strings.Repeat("1", 42), "1h69a5e1c0" + strings.Repeat("0", 32), "..", "%2e%2e", "aaaaaaaaaaaaaaaaaaaaaaaaa\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		path, boot := identity.Kind(s)
		if path && boot {
			t.Fatalf("%q is both", s)
		}
		if (path || boot) && strings.ContainsAny(s, "/\\.%\x00 ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Fatalf("%q passes for a token", s)
		}
	})
}
