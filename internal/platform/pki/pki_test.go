package pki_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/pki"
	"bellwether/internal/platform/secret"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func newCA(t *testing.T, d *db.DB) (*pki.CA, *secret.Vault) {
	t.Helper()
	root, err := secret.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	v, err := secret.New(t.Context(), d, root)
	if err != nil {
		t.Fatal(err)
	}
	return ensured(t, d, v), v
}

func ensured(t *testing.T, d *db.DB, v *secret.Vault) *pki.CA {
	t.Helper()
	ca := pki.New(d, v)
	if err := ca.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ca
}

// handshake connects a client that trusts roots to a server with get.
func handshake(t *testing.T, clk clock.Clock, roots *x509.CertPool, name string, get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (*x509.Certificate, error) {
	t.Helper()
	return handshakeWith(t, clk, &tls.Config{RootCAs: roots, ServerName: name, Time: clk.Now}, get)
}

func handshakeWith(t *testing.T, clk clock.Clock, cfg *tls.Config, get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (*x509.Certificate, error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan error, 1)
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			err = tls.Server(conn, &tls.Config{GetCertificate: get, Time: clk.Now}).Handshake()
			_ = conn.Close()
		}
		done <- err
	}()
	client, err := tls.Dial("tcp", ln.Addr().String(), cfg)
	serverErr := <-done
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if serverErr != nil {
		t.Fatal(serverErr)
	}
	return client.ConnectionState().PeerCertificates[0], nil
}

func pool(t *testing.T, bundle []byte) (*x509.CertPool, int) {
	t.Helper()
	p, n := x509.NewCertPool(), 0
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		p.AddCert(cert)
		n++
	}
	return p, n
}

func TestCA_IssueServer(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ca, v := newCA(t, d)
		roots, n := pool(t, ca.Roots())
		if n != 2 {
			t.Fatalf("%d roots", n)
		}
		again, _ := pool(t, ensured(t, d, v).Roots())
		if !again.Equal(roots) {
			t.Fatal("the next start has another root")
		}
		cert, err := ca.IssueServer(t.Context(), []string{"phones.example.org"}, []net.IP{net.IPv4(192, 0, 2, 1)})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := cert.PrivateKey.(*ecdsa.PrivateKey); !ok || cert.Leaf.NotAfter.Sub(start) != pki.ServerValid {
			t.Fatalf("key %T, valid to %s", cert.PrivateKey, cert.Leaf.NotAfter)
		}
		for _, name := range []string{"phones.example.org", "192.0.2.1"} {
			if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: start}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: start, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
			t.Error("a server certificate passes for a client's")
		}
	}, dbtest.WithClock(fake))
}

func TestCA_IssueServer_refuses(t *testing.T) {
	t.Parallel()
	ca, _ := newCA(t, dbtest.New(t))
	for name, names := range map[string][]string{
		"no name": nil, "a MAC": {"00005e005301"}, "a MAC's host": {"00-00-5e-00-53-01.example.org"},
		"a path": {"example.org/x"}, "empty": {""}, "too many": make([]string, 65),
	} {
		if _, err := ca.IssueServer(t.Context(), names, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCA_IssueClient(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	ca, _ := newCA(t, dbtest.New(t, dbtest.WithClock(fake)))
	cert, err := ca.IssueClient(t.Context(), "00005e005301", "tenant")
	if err != nil {
		t.Fatal(err)
	}
	_, err = cert.Leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), CurrentTime: start, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil || cert.Leaf.Subject.CommonName != "00005e005301" || cert.Leaf.Subject.Organization[0] != "tenant" {
		t.Fatalf("subject %s, %v", cert.Leaf.Subject, err)
	}
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), CurrentTime: start}); err == nil {
		t.Error("a client certificate passes for a server's")
	}
	if _, err := ca.IssueClient(t.Context(), "Bellwether", "tenant"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a name that is no MAC: %v", err)
	}
}

func TestServer_renews(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	ca, _ := newCA(t, dbtest.New(t, dbtest.WithClock(fake)))
	s, err := ca.Server(t.Context(), slog.New(slog.DiscardHandler), []string{"phones.example.org"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	get := func() string {
		t.Helper()
		cert, err := handshake(t, fake, ca.Pool(), "phones.example.org", s.GetCertificate)
		if err != nil {
			t.Fatal(err)
		}
		return cert.SerialNumber.String()
	}
	first := get()
	fake.Advance(59 * 24 * time.Hour)
	if get() != first {
		t.Error("renewed before two thirds of its life")
	}
	fake.Advance(2 * 24 * time.Hour)
	if get() == first {
		t.Error("not renewed after two thirds of its life")
	}
}

// Whoever trusts what Roots gave at any step connects at that step and the next.
func TestCA_rollover(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ca, v := newCA(t, d)
		if err := ca.FinishRollover(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Fatalf("finish before start: %v", err)
		}
		s, err := ca.Server(t.Context(), slog.New(slog.DiscardHandler), []string{"phones.example.org"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		check := func(step string, bundle []byte, want bool) {
			t.Helper()
			roots, _ := pool(t, bundle)
			if _, err := handshake(t, fake, roots, "phones.example.org", s.GetCertificate); (err == nil) != want {
				t.Errorf("%s: %v", step, err)
			}
		}
		old := ca.Roots()
		if err := ca.StartRollover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := ca.StartRollover(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a second start: %v", err)
		}
		both := ca.Roots()
		if _, n := pool(t, both); n != 4 {
			t.Fatalf("%d roots during the roll-over", n)
		}
		check("old phone during", old, true)
		check("new phone during", both, true)
		if err := ca.FinishRollover(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("phone that fetched both", both, true)
		check("new phone after", ca.Roots(), true)
		check("phone that never came", old, false)
		if _, n := pool(t, ensured(t, d, v).Roots()); n != 2 {
			t.Errorf("%d roots after the roll-over", n)
		}
	}, dbtest.WithClock(fake))
}
