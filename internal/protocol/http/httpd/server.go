package httpd

import (
	"crypto/tls"
	"log/slog"
	"net/netip"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/vendors"
)

// Config is what a door must be told.
type Config struct {
	Name    string      // of the listener in logs and metrics
	TLS     *tls.Config // nil: the clear door
	Files   Opener
	Events  Taker // nil for none
	Nonces  httpx.Sealer
	Clock   clock.Clock
	Log     *slog.Logger
	Metrics *httpx.Metrics
}

// New returns one door's server; each of its listeners needs its own.
func New(c Config) *httpx.Server {
	door := vendors.HTTP
	if c.TLS != nil {
		door = vendors.HTTPS
	}
	h := &Handler{Door: door, Files: c.Files, Events: c.Events, Nonces: c.Nonces, Clock: c.Clock}
	broken := func(peer netip.Addr, problem string) { c.Files.Broken(door, peer, problem) }
	return httpx.New(httpx.Config{NoTLS: broken, Name: c.Name, Handler: h, TLS: c.TLS, Log: c.Log, Metrics: c.Metrics, Clock: c.Clock})
}
