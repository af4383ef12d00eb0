package httpd

import (
	"crypto/tls"
	"log/slog"

	"bellwether/internal/platform/httpx"
	"bellwether/internal/vendors"
)

// Config is what a door must be told.
type Config struct {
	TLS     *tls.Config // nil: the clear door
	Files   Opener
	Log     *slog.Logger
	Metrics *httpx.Metrics
}

// New returns one door's server; each of its listeners needs its own.
func New(c Config) *httpx.Server {
	door, name := vendors.HTTP, "provision_http"
	if c.TLS != nil {
		door, name = vendors.HTTPS, "provision_https"
	}
	return httpx.New(httpx.Config{Name: name, Handler: &Handler{Door: door, Files: c.Files}, TLS: c.TLS, Log: c.Log, Metrics: c.Metrics})
}
