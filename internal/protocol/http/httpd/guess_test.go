package httpd_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"testing"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

const guesses = 50_000 // at each of the two doors, 100,000 at both

func TestGuess_HTTP(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(guesses), func(_ testing.TB, h *testkit.House, from netip.Addr) doortest.Asker {
		return doortest.Kept(func(t testing.TB) net.Conn { return doortest.Call(t, h, "provision_http", from) })
	})
}

func TestGuess_HTTPS(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(guesses), doortest.Secure)
}

func TestGuess_oldTLS(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(5000), func(_ testing.TB, h *testkit.House, from netip.Addr) doortest.Asker {
		return doortest.Kept(func(t testing.TB) net.Conn {
			cfg := h.TLS(t)
			cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			return tls.Client(doortest.Call(t, h, "provision_https_legacy", from), cfg)
		})
	}, testkit.WithDoors("provision_https_legacy"))
}
