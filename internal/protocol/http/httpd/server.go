package httpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"

	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Config is what a Server must be told.
type Config struct {
	Listeners []net.Listener // already open; the server closes them
	TLS       *tls.Config    // nil: the clear door
	Files     Opener
	Log       *slog.Logger
}

// Server is one door on its listeners. New makes one.
type Server struct {
	cfg  Config
	http *http.Server
}

// New returns a server that does not serve yet.
func New(c Config) *Server {
	door := vendors.HTTP
	if c.TLS != nil {
		door = vendors.HTTPS
	}
	return &Server{cfg: c, http: &http.Server{
		Handler:           &Handler{Door: door, Files: c.Files},
		TLSConfig:         c.TLS,
		ReadHeaderTimeout: limit.HeaderTime,
		ReadTimeout:       limit.ReadTime,
		WriteTimeout:      limit.WriteTime,
		IdleTimeout:       limit.IdleTime,
		MaxHeaderBytes:    limit.HeaderBytes,
		ErrorLog:          log.New(lineLog{c.Log, string(door)}, "", 0),
		// Phones speak HTTP/1 only; the other protocols are switched off.
		Protocols: http1(),
	}}
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// Run serves until ctx ends, and then lets the requests under way finish.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, len(s.cfg.Listeners))
	for _, l := range s.cfg.Listeners {
		if s.cfg.TLS != nil {
			l = tls.NewListener(l, s.cfg.TLS)
		}
		go func() { failed <- s.http.Serve(l) }()
	}
	var err error
	running := len(s.cfg.Listeners)
	select {
	case <-ctx.Done():
	case err = <-failed:
		running--
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit.ReadTime)
	defer cancel()
	down := s.http.Shutdown(stop)
	for range running {
		<-failed
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if err = errors.Join(err, down); err != nil {
		return fmt.Errorf("provisioning door: %w", err)
	}
	return nil
}

// lineLog takes net/http's own complaints (a broken handshake, a malformed
// request line) as log events.
type lineLog struct {
	log  *slog.Logger
	door string
}

// Write logs one line.
func (l lineLog) Write(p []byte) (int, error) {
	l.log.Debug("connection refused", "door", l.door, "reason", string(p))
	return len(p), nil
}
