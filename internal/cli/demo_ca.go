package cli

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

const (
	demoCAName = "The demo's own CA"
	demoCAFile = "phones-ca.pem" // in the demo's folder: the CA and its key
	demoCALife = 10 * 365 * 24 * time.Hour
)

// byCertificate reports whether phone number i has no address of its own and proves
// itself by a certificate instead, as a maker's phones would.
func byCertificate(i int) bool { return i%3 == 2 }

// phonesCA signs the certificates of the demo's phones. It is no maker's.
type phonesCA struct {
	cert *x509.Certificate
	key  crypto.Signer
	now  time.Time
}

// openCA reads the demo's CA, or makes it.
func openCA(dir string, now time.Time) (*phonesCA, error) {
	file := filepath.Join(dir, demoCAFile)
	b, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		if b, err = newCA(now); err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
	}
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fault.New(fault.Internal, "%s holds no key that signs", file)
	}
	return &phonesCA{pair.Leaf, key, now}, nil
}

// newCA makes a CA and returns it with its key, as PEM.
func newCA(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: demoCAName, Organization: []string{"Bellwether demo, no maker of phones"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(demoCALife), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), nil
}

// serial is one that nobody has; the source never fails.
func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return new(big.Int).SetBytes(b[:])
}

// issue makes a phone's certificate; its common name is the phone's MAC.
func (c *phonesCA) issue(m mac.Address) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: m.Colons(), Organization: c.cert.Subject.Organization},
		NotBefore: c.now.Add(-time.Hour), NotAfter: c.cert.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, c.cert, key.Public(), c.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	out := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	out.Leaf, err = x509.ParseCertificate(der)
	return out, err
}

// trusted has the platform trust the CA, as its owner would: the CA is taken in, a
// phone shows a certificate, and the rule that reads its MAC is confirmed on it.
func (c *phonesCA) trusted(ctx context.Context, a *app.App, m mac.Address) error {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw}))
	list, err := a.Trust.List(ctx, trust.Place{})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(have trust.CA) bool { return have.Name == demoCAName })
	if at >= 0 && list[at].PEM == text {
		return nil // what people made of it stays
	}
	if at >= 0 { // its key is lost
		if err := a.Trust.Delete(ctx, trust.Place{}, list[at].ID, list[at].Version); err != nil {
			return err
		}
	}
	ca, err := a.Trust.Add(ctx, trust.Place{}, demoCAName, text)
	if err != nil {
		return err
	}
	sample, err := c.issue(m)
	if err != nil {
		return err
	}
	shown := identity.Evidence{Door: vendors.HTTPS, Address: netip.AddrFrom4([4]byte{127, 0, 0, 1}), TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{sample.Leaf}}}
	if _, v := a.Identity.Authenticate(ctx, shown); v.Err != nil {
		return v.Err
	}
	if err := a.Trust.Flush(ctx); err != nil {
		return err
	}
	seen, rule, err := a.Trust.Subjects(ctx, trust.Place{}, ca.ID)
	if err != nil {
		return err
	}
	if len(seen) == 0 {
		return fault.New(fault.Internal, "the sample of %s was not seen", demoCAName)
	}
	_, err = a.Trust.Confirm(ctx, trust.Place{}, ca.ID, seen[0].ID, rule, m, ca.Version)
	return err
}
