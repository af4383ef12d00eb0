package trust

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Skew is how wrong a clock may be: a certificate counts this long before and
// after its time.
const Skew = 5 * time.Minute

// The weakest keys that count.
const (
	rsaBits   = 2048
	curveBits = 256
)

// Shown is a certificate as a device showed it, judged. The zero value is none.
type Shown struct {
	Subject string  // the full one with the alternative names; "" none was shown
	Holders []Found // the CAs that it chains to
	Reason  string  // why it chains to none, or why it counts for nothing
	leaf    *x509.Certificate
}

// Found is a CA that a certificate chains to.
type Found struct {
	CA     CA
	MAC    mac.Address // that its confirmed rule reads; "" none
	Reason string      // why it reads none: also that the rule is not confirmed
}

// Judge judges the certificates that a device showed in TLS, its own first: does
// it chain to CAs that are trusted now, and which MAC do their rules read? TLS has
// seen to it that the device holds the key. No judgement is remembered from one call
// to the next, so that a CA that was deleted counts no more from the next request
// on. It fails only where the CAs cannot be read. It may not be called inside a
// transaction.
func (s *Service) Judge(ctx context.Context, shown []*x509.Certificate) (Shown, error) {
	if len(shown) == 0 {
		return Shown{}, nil
	}
	leaf := shown[0]
	out := Shown{Subject: subjectOf(leaf), leaf: leaf}
	if len(shown) > limit.CertChain {
		out.Reason = "it comes with " + strconv.Itoa(len(shown)) + " certificates, and at most " + strconv.Itoa(limit.CertChain) + " are looked at"
		return out, nil
	}
	names := make([]string, 0, len(shown))
	for _, c := range shown {
		names = append(names, nameHash(c.RawIssuer))
	}
	cas, err := s.named(ctx, names)
	if err != nil {
		return Shown{}, err
	}
	if len(cas) == 0 {
		out.Reason = stranger(leaf)
		return out, nil
	}
	if out.Reason = s.wrong(shown); out.Reason != "" {
		return out, nil
	}
	for _, ca := range cas {
		if why := s.chain(shown, ca); why != "" {
			out.Reason = why
			continue
		}
		out.Holders = append(out.Holders, found(ca.CA, leaf))
	}
	if len(out.Holders) > 0 {
		out.Reason = ""
	}
	return out, nil
}

// anchored is a CA with its certificates, ready to verify with.
type anchored struct {
	CA
	roots *x509.CertPool
}

// named are the CAs that have a certificate under one of those names.
func (s *Service) named(ctx context.Context, hashes []string) ([]anchored, error) {
	ctx = scope.AsSystem(ctx, "trust")
	return s.anchors.Read(ctx, strings.Join(hashes, " "), func(q db.Q) ([]anchored, error) {
		cas, err := casByName(ctx, q, hashes)
		if err != nil {
			return nil, err
		}
		out := make([]anchored, len(cas))
		for i, ca := range cas {
			certs, err := decode(ca.PEM)
			if err != nil {
				return nil, err
			}
			out[i] = anchored{ca, x509.NewCertPool()}
			for _, c := range certs {
				out[i].roots.AddCert(c)
			}
		}
		return out, nil
	})
}

// found applies a CA's rule.
func found(ca CA, leaf *x509.Certificate) Found {
	f := Found{CA: ca}
	if !ca.Confirmed() {
		f.Reason = "waiting: nobody has confirmed yet how to read a MAC in certificates of the CA " + ca.Name
		return f
	}
	f.MAC, f.Reason = ca.Rule.read(leaf)
	return f
}

func stranger(leaf *x509.Certificate) string {
	if bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
		return "it is signed by itself, and no CA vouches for it"
	}
	return "its CA is not trusted here: " + plain(leaf.Issuer.String(), limit.CertSubject)
}

// wrong says why a certificate counts for nothing, whoever signed it.
func (s *Service) wrong(shown []*x509.Certificate) string {
	leaf, now := shown[0], s.db.Now()
	switch {
	case leaf.IsCA:
		return "it is a CA's certificate, not a device's"
	case now.Add(Skew).Before(leaf.NotBefore):
		return "it is not valid before " + day(leaf.NotBefore) + ", and it is " + day(now) + " here: the clock of whoever issued it or ours may be wrong"
	case now.Add(-Skew).After(leaf.NotAfter):
		return "it expired on " + day(leaf.NotAfter) + ", and it is " + day(now) + " here: if it should be valid still, our clock may be wrong"
	case len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny):
		return "it is for another purpose than to prove a client (extended key usage)"
	}
	for i, c := range shown {
		why := weakKey(c)
		if why == "" && !bytes.Equal(c.RawIssuer, c.RawSubject) { // nobody relies on a root's own signature
			why = weakSignature(c)
		}
		if why != "" && i > 0 {
			why = "the CA between, " + plain(c.Subject.String(), limit.CertSubject) + ": " + why
		}
		if why != "" {
			return why
		}
	}
	return ""
}

// weakKey says why a key does not count.
func weakKey(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < rsaBits {
			return "its RSA key has " + strconv.Itoa(n) + " bits, which others can break; at least " + strconv.Itoa(rsaBits) + " are wanted"
		}
	case *ecdsa.PublicKey:
		if n := k.Curve.Params().BitSize; n < curveBits {
			return "its ECDSA key has " + strconv.Itoa(n) + " bits, which is too short; at least " + strconv.Itoa(curveBits) + " are wanted"
		}
	case ed25519.PublicKey:
	default:
		return "its key is of a kind that is not understood: " + c.PublicKeyAlgorithm.String()
	}
	return ""
}

// weakSignature says why a signature does not count.
func weakSignature(c *x509.Certificate) string {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return "it is signed with " + c.SignatureAlgorithm.String() + ", which others can forge"
	}
	return ""
}

// chain says why a certificate does not chain to a CA; "" means that it does.
// Time has been looked at with Skew: within it the certificate's nearest valid
// moment is taken.
func (s *Service) chain(shown []*x509.Certificate, ca anchored) string {
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	at := s.db.Now()
	if at.Before(shown[0].NotBefore) {
		at = shown[0].NotBefore
	}
	if at.After(shown[0].NotAfter) {
		at = shown[0].NotAfter
	}
	_, bad := shown[0].Verify(x509.VerifyOptions{Roots: ca.roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if bad == nil {
		return ""
	}
	return "it does not chain to the CA " + ca.Name + ": " + reason(bad)
}

// reason tells what the library found, as a sentence.
func reason(err error) string {
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var critical x509.UnhandledCriticalExtension
	switch {
	case errors.As(err, &authority):
		return "the signature is not the CA's, or a CA between is missing"
	case errors.As(err, &critical):
		return "it has a critical extension that is not understood"
	case errors.As(err, &invalid):
		switch invalid.Reason {
		case x509.Expired:
			return "a CA on the way has expired or is not valid yet"
		case x509.TooManyIntermediates:
			return "the chain is longer than a CA on the way allows"
		case x509.NotAuthorizedToSign:
			return "a certificate on the way may not sign others"
		case x509.CANotAuthorizedForThisName, x509.CANotAuthorizedForExtKeyUsage, x509.IncompatibleUsage:
			return "a CA on the way may not sign such a certificate"
		}
	}
	return plain(strings.TrimPrefix(err.Error(), "x509: "), 160)
}

// subjectOf is a certificate's subject with its alternative names, for people.
func subjectOf(c *x509.Certificate) string {
	parts := []string{c.Subject.String()}
	for _, f := range []Field{DNSName, URI, Email} {
		for _, t := range texts(c, f) {
			parts = append(parts, f.name()+" "+t)
		}
	}
	text := plain(strings.TrimPrefix(strings.Join(parts, "; "), "; "), limit.CertSubject)
	if text == "" {
		return "(no subject)"
	}
	return text
}
