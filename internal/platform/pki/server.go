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

// Server holds the certificates of one TLS listener and renews each when two
// thirds of its life are over, or when its root changed. It is safe for concurrent
// use.
type Server struct {
	own *leaf // by ECDSA; nil where the listener is for old phones alone
	old *leaf // by RSA
}

// leaf is one of a listener's certificates.
type leaf struct {
	ca    *CA
	kind  string // of its root
	names []string
	ips   []net.IP
	log   *slog.Logger
	sign  func(context.Context, []string, []net.IP) (tls.Certificate, error)

	mu     sync.Mutex // guards the rest
	cert   *tls.Certificate
	issuer string    // common name of the root that signed cert
	renew  time.Time // when cert is to be renewed
}

// Server issues the first certificate for those names and addresses and keeps it
// fresh. A second one, by RSA, is made when the first client comes that takes no
// other. Every node issues its own.
func (c *CA) Server(ctx context.Context, log *slog.Logger, names []string, ips []net.IP) (*Server, error) {
	s := &Server{
		own: &leaf{ca: c, kind: ecdsaKey().name, names: names, ips: ips, log: log, sign: c.IssueServer},
		old: c.oldLeaf(log, names, ips),
	}
	return s, s.own.issue(ctx)
}

// OldServer is Server with the RSA key alone.
func (c *CA) OldServer(ctx context.Context, log *slog.Logger, names []string, ips []net.IP) (*Server, error) {
	s := &Server{old: c.oldLeaf(log, names, ips)}
	return s, s.old.issue(ctx)
}

func (c *CA) oldLeaf(log *slog.Logger, names []string, ips []net.IP) *leaf {
	return &leaf{ca: c, kind: rsaKey().name, names: names, ips: ips, log: log, sign: c.IssueOldServer}
}

// GetCertificate is for tls.Config. Where a renewal fails the old certificate
// is given for as long as it lasts, and the failure is logged.
func (s *Server) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	// A renewal outlives the handshake that met it.
	ctx := context.WithoutCancel(hello.Context())
	if s.own == nil {
		return s.old.get(ctx)
	}
	cert, err := s.own.get(ctx)
	if err == nil && !takes(hello, cert) {
		return s.old.get(ctx)
	}
	return cert, err
}

// takes reports whether a client can use a certificate, whatever name it asked
// for: phones ask for addresses and for names of a load balancer.
func takes(hello *tls.ClientHelloInfo, cert *tls.Certificate) bool {
	h := *hello
	h.ServerName = ""
	return h.SupportsCertificate(cert) == nil
}

func (l *leaf) get(ctx context.Context) (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.ca.clock.Now()
	if l.cert != nil && now.Before(l.renew) && l.issuer == l.ca.issuer(l.kind) {
		return l.cert, nil
	}
	if err := l.issue(ctx); err != nil {
		if l.cert == nil {
			return nil, err
		}
		l.log.ErrorContext(ctx, "server certificate not renewed", "error", err, "expires_at", l.cert.Leaf.NotAfter)
		l.renew, l.issuer = now.Add(retryRenewal), l.ca.issuer(l.kind)
	}
	return l.cert, nil
}

func (l *leaf) issue(ctx context.Context) error {
	cert, err := l.sign(ctx, l.names, l.ips)
	if err != nil {
		return err
	}
	life := cert.Leaf.NotAfter.Sub(l.ca.clock.Now())
	l.cert, l.issuer, l.renew = &cert, cert.Leaf.Issuer.CommonName, l.ca.clock.Now().Add(life*2/3)
	return nil
}

// issuer returns the common name of the root of a kind that is in use, "" before
// Ensure.
func (c *CA) issuer(kind string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, ok := signing(c.roots, kind)
	if !ok {
		return ""
	}
	return r.cert.Subject.CommonName
}
