package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/fault"
	"bellwether/internal/testkit"
)

var now = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// TestReadCAs: what is not a CA is refused with a sentence that says what it is.
func TestReadCAs(t *testing.T) {
	t.Parallel()
	root := testkit.Root(t, now, "Maker CA")
	leaf := root.Issue(t, "00005e005301")
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	over := func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) }
	early := func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }
	many := ""
	for range 17 {
		many += testkit.Root(t, now, "One of many").PEM()
	}
	for name, tc := range map[string]struct {
		text string
		n    int
		why  string
	}{
		"one":                      {root.PEM(), 1, ""},
		"two and a comment":        {"# our maker\n" + root.PEM() + "and another\n" + testkit.Root(t, now, "Second CA").PEM() + "\n", 2, ""},
		"twice the same":           {root.PEM() + root.PEM(), 1, ""},
		"with a line's end of DOS": {strings.ReplaceAll(root.PEM(), "\n", "\r\n"), 1, ""},
		"nothing":                  {" \n", 0, "it is empty"},
		"rubbish":                  {"hello", 0, "no certificate in PEM form"},
		"a damaged one behind":     {root.PEM() + "-----BEGIN CERTIFICATE-----\n????\n", 0, "damaged"},
		"not a certificate":        {block("CERTIFICATE", []byte("hello")), 0, "certificate 1 cannot be read"},
		"binary":                   {string(root.Cert.Raw), 0, "binary form (DER)"},
		"a key beside it":          {root.PEM() + block("PRIVATE KEY", key), 0, "it holds a private or public key (PRIVATE KEY)"},
		"a request":                {block("CERTIFICATE REQUEST", []byte{1}), 0, "part 1 is a CERTIFICATE REQUEST"},
		"a phone's":                {testkit.CertPEM(leaf.Leaf), 0, "certificate 1 (CN=00005e005301,O=Example) is not a CA's"},
		"a phone's behind":         {root.PEM() + testkit.CertPEM(leaf.Leaf), 0, "certificate 2"},
		"expired":                  {testkit.Root(t, now, "Old CA", over).PEM(), 0, "expired on 2026-03-01 07:00 UTC"},
		"not valid yet":            {testkit.Root(t, now, "New CA", early).PEM(), 0, "is not valid before 2026-03-01 09:00 UTC"},
		"may not sign":             {testkit.Root(t, now, "Mute CA", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }).PEM(), 0, "may not sign certificates"},
		"too many":                 {many, 0, "more than 16 certificates"},
		"too large":                {strings.Repeat(root.PEM(), 200), 0, "larger than 65536 bytes"},
		"a name that is no text":   {testkit.Root(t, now, "x", func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "\u202eevil"} }).PEM(), 1, ""},
	} {
		certs, err := trust.ReadCAs(tc.text, now)
		if tc.why == "" {
			if err != nil || len(certs) != tc.n {
				t.Errorf("%s: %d certificates, %v", name, len(certs), err)
			}
			continue
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(reasons(err), tc.why) {
			t.Errorf("%s: %v %s; want %q", name, err, reasons(err), tc.why)
		}
	}
}

func FuzzReadCAs(f *testing.F) {
	root := testkit.Root(f, now, "Maker CA")
	for _, s := range []string{"", "-----BEGIN CERTIFICATE-----", root.PEM(), string(root.Cert.Raw), root.PEM() + root.PEM()[:80]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		certs, err := trust.ReadCAs(text, now)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v", err)
		}
		if err == nil && len(certs) == 0 {
			t.Fatal("nothing was read and nothing was wrong")
		}
		if err == nil {
			if again, err := trust.ReadCAs(testkit.CertPEM(certs...), now); err != nil || len(again) != len(certs) {
				t.Fatalf("what was read is not read again: %v", err)
			}
		}
	})
}
