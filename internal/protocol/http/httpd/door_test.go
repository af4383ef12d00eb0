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

func call(t testing.TB, h *testkit.House, door string) net.Conn {
	t.Helper()
	c, err := h.Net.Dial(t.Context(), "tcp", h.Addr(t, door))
	if err != nil {
		t.Fatalf("call the door: %v", err)
	}
	return c
}
