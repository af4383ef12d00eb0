package httpd_test

import (
	"crypto/tls"
	"net"
	"testing"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

// So many go to each of the two doors of HTTP in a test that is to end in seconds:
// each costs some lookups in the database.
const guesses = 10_000

func TestGuess_HTTP(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(guesses), func(_ testing.TB, h *testkit.House) doortest.Asker {
		return doortest.Kept(func(t testing.TB) net.Conn { return call(t, h, "provision_http") })
	})
}

func TestGuess_HTTPS(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(guesses), func(t testing.TB, h *testkit.House) doortest.Asker { return doortest.Secure(t, h) })
}

func TestGuess_oldTLS(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(guesses/5), func(_ testing.TB, h *testkit.House) doortest.Asker {
		return doortest.Kept(func(t testing.TB) net.Conn {
			cfg := h.TLS(t)
			cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			return tls.Client(call(t, h, "provision_https_legacy"), cfg)
		})
	}, testkit.InMemory(), testkit.WithDoors("provision_https_legacy"))
}
