package testkit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/trust"
	"bellwether/internal/vendors"
)

// Authority is a CA of a test's own, such as a maker of phones has one. Root
// makes one, Between one below it.
type Authority struct {
	Cert  *x509.Certificate
	Key   crypto.Signer
	above []*x509.Certificate // the CAs between it and the root, itself first; empty for a root
	now   time.Time
}

// Edit changes a certificate before it is signed.
type Edit func(*x509.Certificate)

// authorityValid is how long a test's CA and certificates are valid.
const authorityValid = 365 * 24 * time.Hour

// Key makes a key for a certificate.
func Key(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("make a key: %v", err)
	}
	return k
}

// Root makes a CA that is valid around now.
func Root(t testing.TB, now time.Time, name string, edits ...Edit) *Authority {
	t.Helper()
	a := &Authority{Key: Key(t), now: now}
	tmpl := a.template(name)
	tmpl.IsCA, tmpl.KeyUsage, tmpl.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	a.Cert = Sign(t, tmpl, tmpl, a.Key.Public(), a.Key, edits...)
	return a
}

// Between makes a CA below this one.
func (a *Authority) Between(t testing.TB, name string, edits ...Edit) *Authority {
	t.Helper()
	b := &Authority{Key: Key(t), now: a.now}
	tmpl := b.template(name)
	tmpl.IsCA, tmpl.KeyUsage, tmpl.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	b.Cert = Sign(t, tmpl, a.Cert, b.Key.Public(), a.Key, edits...)
	b.above = append([]*x509.Certificate{b.Cert}, a.above...)
	return b
}

// Issue makes a device's certificate with a common name and a key of its own,
// and sends the CAs between along.
func (a *Authority) Issue(t testing.TB, name string, edits ...Edit) tls.Certificate {
	t.Helper()
	return a.IssueTo(t, Key(t), name, edits...)
}

// IssueTo is Issue for a key that is there.
func (a *Authority) IssueTo(t testing.TB, key crypto.Signer, name string, edits ...Edit) tls.Certificate {
	t.Helper()
	leaf := Sign(t, a.template(name), a.Cert, key.Public(), a.Key, edits...)
	out := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	for _, c := range a.above {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out
}

// PEM is the CA's own certificate.
func (a *Authority) PEM() string { return CertPEM(a.Cert) }

// CertPEM writes certificates as PEM.
func CertPEM(certs ...*x509.Certificate) string {
	var b strings.Builder
	for _, c := range certs {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.String()
}

func (a *Authority) template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}}, NotBefore: a.now.Add(-authorityValid), NotAfter: a.now.Add(authorityValid),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// Sign signs a certificate with a key, after the edits.
func Sign(t testing.TB, tmpl, by *x509.Certificate, pub crypto.PublicKey, key crypto.Signer, edits ...Edit) *x509.Certificate {
	t.Helper()
	for _, e := range edits {
		e(tmpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, by, pub, key)
	if err != nil {
		t.Fatalf("sign a certificate: %v", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("read a certificate: %v", err)
	}
	return c
}

// TrustCA has the house trust a CA whose certificates have the MAC as their common
// name, as an operator does: on a sample that a phone showed.
func (h *House) TrustCA(t testing.TB, p trust.Place, a *Authority) trust.CA {
	t.Helper()
	ca, err := h.Trust.Add(System(), p, "", a.PEM())
	if err != nil {
		t.Fatalf("trust a CA: %v", err)
	}
	sample := a.Issue(t, "020000000fff")
	shown := identity.Evidence{Door: vendors.HTTPS, Address: netip.MustParseAddr("127.0.0.1"), TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{sample.Leaf}}}
	if _, v := h.Identity.Authenticate(System(), shown); v.Err != nil {
		t.Fatalf("show a sample: %v", v.Err)
	}
	if err := h.Trust.Flush(System()); err != nil {
		t.Fatalf("write the sample: %v", err)
	}
	list, rule, err := h.Trust.Subjects(System(), p, ca.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d subjects were seen: %v", len(list), err)
	}
	if ca, err = h.Trust.Confirm(System(), p, ca.ID, list[0].ID, rule, "020000000fff", ca.Version); err != nil {
		t.Fatalf("confirm the rule: %v", err)
	}
	return ca
}
