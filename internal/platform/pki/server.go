package pki

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"time"
)

// retryRenewal is how long a renewal that failed waits before the next try.
const retryRenewal = time.Minute

// Server holds the certificate of one TLS listener and renews it when two
// thirds of its life are over, or when the root changed. It is safe for
// concurrent use.
type Server struct {
	ca    *CA
	names []string
	ips   []net.IP
	log   *slog.Logger
	sign  func(context.Context, []string, []net.IP) (tls.Certificate, error)

	mu     sync.Mutex // guards the rest
	cert   *tls.Certificate
	issuer string    // common name of the root that signed cert
	renew  time.Time // when cert is to be renewed
}

// Server issues the first certificate for those names and addresses and keeps
// it fresh. Every node issues its own.
func (c *CA) Server(ctx context.Context, log *slog.Logger, names []string, ips []net.IP) (*Server, error) {
	return c.serve(ctx, &Server{ca: c, names: names, ips: ips, log: log, sign: c.IssueServer})
}

// OldServer is Server with the RSA key that old phones want.
func (c *CA) OldServer(ctx context.Context, log *slog.Logger, names []string, ips []net.IP) (*Server, error) {
	return c.serve(ctx, &Server{ca: c, names: names, ips: ips, log: log, sign: c.IssueOldServer})
}

func (c *CA) serve(ctx context.Context, s *Server) (*Server, error) {
	if err := s.issue(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// GetCertificate is for tls.Config. Where a renewal fails the old certificate
// is given for as long as it lasts, and the failure is logged.
func (s *Server) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.ca.clock.Now()
	if now.Before(s.renew) && s.issuer == s.ca.issuer() {
		return s.cert, nil
	}
	// The renewal outlives the handshake that met it.
	ctx := context.WithoutCancel(hello.Context())
	if err := s.issue(ctx); err != nil {
		s.log.ErrorContext(ctx, "server certificate not renewed", "error", err, "expires_at", s.cert.Leaf.NotAfter)
		s.renew, s.issuer = now.Add(retryRenewal), s.ca.issuer()
	}
	return s.cert, nil
}

func (s *Server) issue(ctx context.Context) error {
	cert, err := s.sign(ctx, s.names, s.ips)
	if err != nil {
		return err
	}
	life := cert.Leaf.NotAfter.Sub(s.ca.clock.Now())
	s.cert, s.issuer, s.renew = &cert, cert.Leaf.Issuer.CommonName, s.ca.clock.Now().Add(life*2/3)
	return nil
}

// issuer returns the common name of the root in use, "" before Ensure.
func (c *CA) issuer() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if len(c.roots) == 0 {
		return ""
	}
	return c.roots[0].cert.Subject.CommonName
}
