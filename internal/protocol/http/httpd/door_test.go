package httpd_test

import (
	"crypto/tls"
	"net"
	"testing"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

func TestDoor_HTTP(t *testing.T) {
	t.Parallel()
	doortest.HTTP(t, vendors.HTTP, func(t testing.TB, h *testkit.House) net.Conn {
		return call(t, h, "provision_http")
	})
}

func TestDoor_HTTPS(t *testing.T) {
	t.Parallel()
	doortest.HTTP(t, vendors.HTTPS, func(t testing.TB, h *testkit.House) net.Conn {
		return tls.Client(call(t, h, "provision_https"), h.TLS(t))
	})
}

// TestDoor_old_TLS: the door for old phones is the HTTPS door in all but its TLS,
// and the ledger says which.
func TestDoor_old_TLS(t *testing.T) {
	t.Parallel()
	old := func(t testing.TB, h *testkit.House) net.Conn {
		cfg := h.TLS(t)
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
		return tls.Client(call(t, h, "provision_https_legacy"), cfg)
	}
	doortest.HTTP(t, vendors.HTTPS, old, testkit.WithDoors("provision_https_legacy"))
}

func call(t testing.TB, h *testkit.House, door string) net.Conn {
	t.Helper()
	c, err := h.Net.Dial(t.Context(), "tcp", h.Addr(t, door))
	if err != nil {
		t.Fatalf("call the door: %v", err)
	}
	return c
}
