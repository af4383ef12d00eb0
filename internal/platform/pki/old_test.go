package pki_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"testing"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/pki"
)

// TestCA_OldServer: old phones meet an RSA key that may be encrypted to, under the
// root by RSA and for the same time as any other.
func TestCA_OldServer(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ca, _ := newCA(t, d)
		s, err := ca.OldServer(t.Context(), slog.New(slog.DiscardHandler), []string{"phones.example.org"}, []net.IP{net.IPv4(192, 0, 2, 1)})
		if err != nil {
			t.Fatal(err)
		}
		roots, _ := pool(t, ca.Roots())
		leaf, err := handshake(t, fake, roots, "phones.example.org", s.GetCertificate)
		if err != nil {
			t.Fatal(err)
		}
		key, ok := leaf.PublicKey.(*rsa.PublicKey)
		if leaf.SignatureAlgorithm != x509.SHA256WithRSA {
			t.Errorf("signed by %s", leaf.SignatureAlgorithm)
		}
		if !ok || key.N.BitLen() != 2048 || leaf.KeyUsage&x509.KeyUsageKeyEncipherment == 0 {
			t.Errorf("the key is %T for %b", leaf.PublicKey, leaf.KeyUsage)
		}
		if got := leaf.NotAfter.Sub(start); got != pki.ServerValid {
			t.Errorf("it is valid for %s", got)
		}
	}, dbtest.WithClock(fake))
}

// TestServer_for_each_client: the same listener gives its certificate by ECDSA to
// whoever takes it, and the other to a client without, each under a root that Roots
// gives; a roll-over renews both.
func TestServer_for_each_client(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ca, _ := newCA(t, d)
		s, err := ca.Server(t.Context(), slog.New(slog.DiscardHandler), []string{"phones.example.org"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		meet := func(suites ...uint16) *x509.Certificate {
			t.Helper()
			roots, _ := pool(t, ca.Roots())
			leaf, err := handshakeWith(t, fake, &tls.Config{RootCAs: roots, ServerName: "phones.example.org", Time: fake.Now, MaxVersion: tls.VersionTLS12, CipherSuites: suites}, s.GetCertificate)
			if err != nil {
				t.Fatal(err)
			}
			return leaf
		}
		var serials []string
		for _, step := range []func() error{func() error { return nil }, func() error { return ca.StartRollover(t.Context()) }, func() error { return ca.FinishRollover(t.Context()) }} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
			if leaf := meet(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256); !isECDSA(leaf) {
				t.Errorf("a client that takes both met %T", leaf.PublicKey)
			}
			leaf := meet(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
			if isECDSA(leaf) || leaf.SignatureAlgorithm != x509.SHA256WithRSA {
				t.Errorf("a client without ECDSA met %T, signed by %s", leaf.PublicKey, leaf.SignatureAlgorithm)
			}
			serials = append(serials, leaf.SerialNumber.String())
		}
		if serials[0] != serials[1] || serials[1] == serials[2] {
			t.Errorf("serials %v: kept until the root changes, and no longer", serials)
		}
	}, dbtest.WithClock(fake))
}

func isECDSA(c *x509.Certificate) bool {
	_, ok := c.PublicKey.(*ecdsa.PublicKey)
	return ok
}
