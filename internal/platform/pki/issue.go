package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"strings"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// maxNames is how many names and addresses one certificate may carry: what an
// old phone's TLS stack still reads.
const maxNames = 64

// IssueServer signs a certificate for a TLS server under those DNS names and
// addresses, with a key of its own. It is valid for ServerValid. A name that
// reads as a MAC is refused, so that no server certificate of ours can ever
// pass for a device.
func (c *CA) IssueServer(ctx context.Context, names []string, ips []net.IP) (tls.Certificate, error) {
	return c.issueServer(ctx, names, ips, ecdsaKey())
}

// IssueOldServer signs a certificate as IssueServer does, with an RSA key under the
// root by RSA and the use that old phones want: those that exchange keys by RSA
// encrypt to it.
func (c *CA) IssueOldServer(ctx context.Context, names []string, ips []net.IP) (tls.Certificate, error) {
	return c.issueServer(ctx, names, ips, rsaKey())
}

func (c *CA) issueServer(ctx context.Context, names []string, ips []net.IP, k keyKind) (tls.Certificate, error) {
	if len(names)+len(ips) == 0 || len(names)+len(ips) > maxNames {
		return tls.Certificate{}, fault.New(fault.Invalid, "a server certificate needs 1 to %d names and addresses", maxNames)
	}
	for _, n := range names {
		if err := checkName(n); err != nil {
			return tls.Certificate{}, err
		}
	}
	tmpl := &x509.Certificate{
		Subject:  pkix.Name{CommonName: commonName(names, ips)},
		DNSNames: names, IPAddresses: ips,
		KeyUsage:    k.usage,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := c.issue(ctx, tmpl, ServerValid, k)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a server certificate: %w", err)
	}
	return cert, nil
}

// IssueClient signs a certificate for one device. Its common name is the MAC in
// canonical form and nothing else, and organization is the tenant's id, so that
// a rule can bind it to that tenant. It is valid for ClientValid.
func (c *CA) IssueClient(ctx context.Context, device mac.Address, tenantID string) (tls.Certificate, error) {
	if _, err := mac.Parse(device.String()); err != nil || tenantID == "" {
		return tls.Certificate{}, fault.New(fault.Invalid, "a client certificate needs a MAC address and a tenant")
	}
	tmpl := &x509.Certificate{
		Subject:     pkix.Name{CommonName: device.String(), Organization: []string{tenantID}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	cert, err := c.issue(ctx, tmpl, ClientValid, ecdsaKey())
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a client certificate: %w", err)
	}
	return cert, nil
}

// keyKind is a kind of key with what a server's certificate says that it is for.
type keyKind struct {
	name  string
	make  func() (crypto.Signer, error)
	usage x509.KeyUsage
}

func keyKinds() []keyKind { return []keyKind{ecdsaKey(), rsaKey()} }

func ecdsaKey() keyKind {
	return keyKind{"ecdsa", func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }, x509.KeyUsageDigitalSignature}
}

// oldBits is the size of an RSA key: what old phones still compute in time.
const oldBits = 2048

func rsaKey() keyKind {
	return keyKind{"rsa", func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, oldBits) }, x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
}

func (c *CA) issue(ctx context.Context, tmpl *x509.Certificate, valid time.Duration, k keyKind) (tls.Certificate, error) {
	signer, ca, err := c.signer(ctx, k.name)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := k.make()
	if err != nil {
		return tls.Certificate{}, err
	}
	now := c.clock.Now()
	tmpl.SerialNumber = newSerial()
	tmpl.NotBefore, tmpl.NotAfter = now.Add(-Backdate), now.Add(valid)
	if tmpl.NotAfter.After(ca.NotAfter) {
		tmpl.NotAfter = ca.NotAfter
	}
	tmpl.BasicConstraintsValid = true
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// signer opens the key of the root of a kind that is in use. It is not kept in
// memory.
func (c *CA) signer(ctx context.Context, kind string) (crypto.Signer, *x509.Certificate, error) {
	c.mu.RLock()
	r, ready := signing(c.roots, kind)
	c.mu.RUnlock()
	if !ready {
		return nil, nil, fault.New(fault.Internal, "the certificate authority is not prepared")
	}
	ctx = scope.AsSystem(ctx, "pki")
	var der secret.String
	err := c.db.Read(ctx, func(q db.Q) (err error) {
		der, err = c.vault.Open(ctx, q, r.key, secret.ForPKI())
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey([]byte(der.Reveal()))
	if err != nil {
		return nil, nil, fmt.Errorf("read the key of root %s: %w", r.id, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, fault.New(fault.Internal, "the key of root %s cannot sign", r.id)
	}
	return signer, r.cert, nil
}

func checkName(n string) error {
	first, _, _ := strings.Cut(n, ".")
	if _, err := mac.Parse(first); err == nil {
		return fault.New(fault.Invalid, "%q reads as a device's MAC and cannot be a server's name", n)
	}
	if n == "" || len(n) > 253 || strings.ContainsAny(n, " /:@\\\x00") {
		return fault.New(fault.Invalid, "%q is not a host name", n)
	}
	return nil
}

func commonName(names []string, ips []net.IP) string {
	var cn string
	if len(names) > 0 {
		cn = names[0]
	} else {
		cn = ips[0].String()
	}
	if len(cn) > 64 { // the most that X.520 allows
		return ""
	}
	return cn
}
