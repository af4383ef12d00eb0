package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// ReadCAs reads what an operator uploads: PEM with one or several certificates
// of CAs, in any order, at most limit.CABytes and limit.CACerts. It fails with
// fault.Invalid, and says why, for anything else in it: a key, a certificate of a
// device or a server, one that is out of date at now, rubbish.
func ReadCAs(text string, now time.Time) ([]*x509.Certificate, error) {
	if len(text) > limit.CABytes {
		return nil, notTaken("it is larger than %d bytes", limit.CABytes)
	}
	rest := bytes.TrimSpace([]byte(text))
	if len(rest) == 0 {
		return nil, notTaken("it is empty: a certificate in PEM form begins with -----BEGIN CERTIFICATE-----")
	}
	var out []*x509.Certificate
	seen := map[string]bool{}
	for len(rest) > 0 {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		rest = bytes.TrimSpace(after)
		c, err := readCA(block, len(out)+1, now)
		if err != nil {
			return nil, err
		}
		if seen[string(c.Raw)] {
			continue
		}
		seen[string(c.Raw)] = true
		if out = append(out, c); len(out) > limit.CACerts {
			return nil, notTaken("it holds more than %d certificates", limit.CACerts)
		}
	}
	switch {
	case len(out) == 0 && isDER([]byte(text)):
		return nil, notTaken("it is a certificate in binary form (DER); the text form (PEM) is wanted: openssl x509 -inform der -in FILE")
	case len(out) == 0 || bytes.Contains(rest, []byte("-----BEGIN")):
		return nil, notTaken("it holds something that is no certificate in PEM form, or a damaged one")
	}
	return out, nil
}

func readCA(b *pem.Block, n int, now time.Time) (*x509.Certificate, error) {
	switch {
	case strings.Contains(b.Type, "KEY"):
		return nil, notTaken("it holds a private or public key (%s): a CA's certificate alone is wanted. Keep the key where nobody else can read it", plain(b.Type, 40))
	case b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE" && b.Type != "TRUSTED CERTIFICATE":
		return nil, notTaken("part %d is a %s, not a certificate", n, plain(b.Type, 40))
	}
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		return nil, notTaken("certificate %d cannot be read: %s", n, plain(strings.TrimPrefix(err.Error(), "x509: "), 120))
	}
	who := plain(c.Subject.String(), limit.CertSubject)
	old := c.Version < 3 && bytes.Equal(c.RawIssuer, c.RawSubject)
	switch {
	case !old && (!c.BasicConstraintsValid || !c.IsCA):
		return nil, notTaken("certificate %d (%s) is not a CA's: it is that of a device or a server, and may sign nothing", n, who)
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return nil, notTaken("certificate %d (%s) may not sign certificates", n, who)
	case now.After(c.NotAfter):
		return nil, notTaken("certificate %d (%s) expired on %s", n, who, day(c.NotAfter))
	case c.NotBefore.After(now.Add(Skew)):
		return nil, notTaken("certificate %d (%s) is not valid before %s", n, who, day(c.NotBefore))
	}
	if why := weakKey(c); why != "" {
		return nil, notTaken("certificate %d (%s): %s", n, who, why)
	}
	return c, nil
}

func isDER(b []byte) bool {
	_, err := x509.ParseCertificate(b)
	return err == nil
}

func notTaken(format string, args ...any) error {
	return fault.InvalidFields("the CA is not taken", fault.Field{Path: "pem", Message: fault.New(fault.Invalid, format, args...).Error()})
}

// encode writes certificates as PEM without anything else.
func encode(list []*x509.Certificate) string {
	var b strings.Builder
	for _, c := range list {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.String()
}

// decode reads what encode wrote.
func decode(text string) (out []*x509.Certificate, err error) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "read a stored certificate")
		}
		out = append(out, c)
	}
	return out, nil
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
