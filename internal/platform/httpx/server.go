// Package httpx is the part that every HTTP server of the program shares: time
// limits, request ids, recovery from a panic, metrics, an orderly end. What is
// served is somebody else's.
package httpx

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/handshake"
	"bellwether/internal/platform/limit"
)

const (
	// drainWait is how long requests go on undisturbed once the server stops.
	drainWait = 2 * time.Second
	// stopWait is how long they may take to notice after that.
	stopWait = 8 * time.Second
)

// Config says how to serve. Handler, Log and Metrics are wanted.
type Config struct {
	Name    string // of the listener in logs and metrics: "admin", "provision_https"
	Handler http.Handler
	TLS     *tls.Config // nil = clear text
	Log     *slog.Logger
	Metrics *Metrics
	Clock   clock.Clock // nil = the machine's
	// Failed answers a request whose handler panicked before it wrote anything,
	// in the listener's own form. Nil = a plain 500 with the request id.
	Failed http.HandlerFunc
	// NoTLS hears of handshakes that came to nothing, in the words of the TLS
	// library. Nil = nobody does.
	NoTLS func(peer netip.Addr, problem string)
	// Conns has requests know the connection that they came on: ConnOf.
	Conns bool
}

// Server serves one kind of listener.
type Server struct {
	cfg  Config
	http *http.Server
	ears *handshake.Ears // what peers say in clear while TLS is agreed
}

// New returns a server.
func New(c Config) *Server {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Failed == nil {
		c.Failed = plainFailed
	}
	s := &Server{cfg: c, ears: &handshake.Ears{}}
	s.http = &http.Server{
		Handler:           s.wrap(c.Handler),
		TLSConfig:         c.TLS.Clone(), // the server adds to it, and doors share theirs
		ReadHeaderTimeout: limit.HeaderTime,
		ReadTimeout:       limit.ReadTime,
		WriteTimeout:      limit.WriteTime,
		IdleTimeout:       limit.IdleTime,
		MaxHeaderBytes:    limit.HeaderBytes,
		ErrorLog:          log.New(complaints{c.Log, c.Name, c.NoTLS, s.ears}, "", 0),
	}
	s.http.ConnContext = withWorker
	if c.Conns {
		s.http.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(withWorker(ctx, c), connKey{}, c)
		}
	}
	return s
}

type connKey struct{}

// ConnOf returns the connection that the request with this context came on, nil
// where the server was not told to keep it.
func ConnOf(ctx context.Context) net.Conn {
	c, _ := ctx.Value(connKey{}).(net.Conn)
	return c
}

// Run serves l until ctx ends and then stops: no new requests; those at work see
// the channel of Stopping closed at once, their contexts cancelled after 2 s, and
// their connections closed after another 8 s. It returns nil after an orderly
// end. A server runs once.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stopping := make(chan struct{})
	s.http.BaseContext = func(net.Listener) context.Context { return context.WithValue(base, stopKey{}, stopping) }

	ended := make(chan error, 1)
	go func() { ended <- s.serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s on %s: %w", s.cfg.Name, l.Addr(), err)
	case <-ctx.Done():
	}
	close(stopping)
	err := s.stop(base, cancel)
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

func (s *Server) serve(l net.Listener) error {
	if s.cfg.TLS != nil {
		return s.http.ServeTLS(s.ears.Listen(l), "", "")
	}
	return s.http.Serve(l)
}

func (s *Server) stop(base context.Context, cancel context.CancelFunc) error {
	timer := time.AfterFunc(drainWait, cancel)
	defer timer.Stop()
	last, done := context.WithTimeout(context.WithoutCancel(base), drainWait+stopWait)
	defer done()
	if err := s.http.Shutdown(last); err != nil {
		return errors.Join(fmt.Errorf("stop %s: %w", s.cfg.Name, err), s.http.Close())
	}
	return nil
}

type stopKey struct{}

// Stopping returns a channel that is closed when the server of the request with
// this context begins to stop. What streams without end watches it.
func Stopping(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(stopKey{}).(chan struct{})
	return c
}

// complaints takes what net/http says about peers that misbehave.
type complaints struct {
	log  *slog.Logger
	name string
	tls  func(peer netip.Addr, problem string)
	ears *handshake.Ears
}

// noTLS takes the peer and the problem out of a complaint about TLS, as net/http
// words it.
func noTLS(line string) (peer netip.AddrPort, problem string, ok bool) {
	rest, ok := strings.CutPrefix(line, "http: TLS handshake error from ")
	if !ok {
		return netip.AddrPort{}, "", false
	}
	from, problem, ok := strings.Cut(rest, ": ")
	ap, err := netip.ParseAddrPort(from)
	return ap, problem, ok && err == nil
}

// Write logs one complaint.
func (c complaints) Write(p []byte) (int, error) {
	line := string(bytes.TrimSpace(p))
	if peer, problem, ok := noTLS(line); ok && c.tls != nil {
		c.tls(peer.Addr(), cmp.Or(c.ears.Alert(peer.String()), problem))
	}
	c.log.Debug("http peer", "listener", c.name, "problem", line)
	return len(p), nil
}
