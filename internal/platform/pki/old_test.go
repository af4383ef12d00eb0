package pki_test

import (
	"crypto/rsa"
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
// same root and for the same time as any other.
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
		if !ok || key.N.BitLen() != 2048 || leaf.KeyUsage&x509.KeyUsageKeyEncipherment == 0 {
			t.Errorf("the key is %T for %b", leaf.PublicKey, leaf.KeyUsage)
		}
		if got := leaf.NotAfter.Sub(start); got != pki.ServerValid {
			t.Errorf("it is valid for %s", got)
		}
	}, dbtest.WithClock(fake))
}
