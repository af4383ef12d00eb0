package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

const (
	alone  = `([0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5})`
	within = `(?:.*[^0-9a-f])?([0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5})(?:[^0-9a-f].*)?`
	sample = mac.Address("00005e0053aa") // of a phone that is nobody's here
)

// trusts uploads a CA and confirms its rule on a sample that was shown. build
// gives the sample where its CN is not the MAC.
func (b bench) trusts(p trust.Place, a *testkit.Authority, r trust.Rule, build ...testkit.Edit) trust.CA {
	b.t.Helper()
	ca, err := b.trust.Add(b.system(), p, "", a.PEM())
	if err != nil {
		b.t.Fatal(err)
	}
	b.fails("a sample", shown(a.Issue(b.t, sample.String(), build...), nobody), "waiting: nobody has confirmed yet")
	if err := b.trust.Flush(b.system()); err != nil {
		b.t.Fatal(err)
	}
	subjects, proposed, err := b.trust.Subjects(b.system(), p, ca.ID)
	if err != nil || len(subjects) != 1 || proposed.Field != r.Field {
		b.t.Fatalf("%d subjects, %+v, %v", len(subjects), proposed, err)
	}
	ca, err = b.trust.Confirm(b.system(), p, ca.ID, subjects[0].ID, r, sample, ca.Version)
	if err != nil {
		b.t.Fatal(err)
	}
	return ca
}

// shown is a fetch over TLS by a phone that shows a certificate.
func shown(c tls.Certificate, name mac.Address) identity.Evidence {
	state := &tls.ConnectionState{Version: tls.VersionTLS12}
	for _, der := range c.Certificate {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err) // the test made it
		}
		state.PeerCertificates = append(state.PeerCertificates, one)
	}
	return identity.Evidence{Door: vendors.HTTPS, MACInName: name, Address: outside, TLS: state}
}

func cn(s string) testkit.Edit {
	return func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: s} }
}

func from(d time.Duration) testkit.Edit {
	return func(c *x509.Certificate) { c.NotBefore = c.NotBefore.Add(365*24*time.Hour + d) }
}

func until(d time.Duration) testkit.Edit {
	return func(c *x509.Certificate) { c.NotAfter = c.NotAfter.Add(-365*24*time.Hour + d) }
}

func usage(u ...x509.ExtKeyUsage) testkit.Edit {
	return func(c *x509.Certificate) { c.ExtKeyUsage = u }
}

func dns(n ...string) testkit.Edit { return func(c *x509.Certificate) { c.DNSNames = n } }

func isCA(c *x509.Certificate) { c.IsCA = true }

func serial(s string) testkit.Edit {
	return func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Phone", SerialNumber: s} }
}

func uri(s string) testkit.Edit {
	return func(c *x509.Certificate) {
		u, err := url.Parse(s)
		if err != nil {
			panic(err)
		}
		c.Subject, c.URIs = pkix.Name{CommonName: "Phone"}, []*url.URL{u}
	}
}

// animal is a certificate of the zoo. why is "" where it proves the lobby's phone.
type animal struct {
	cert tls.Certificate
	why  string
}

// TestService_Authenticate_zoo: each certificate is accepted or refused as
// identity.md says, with the reason that an operator needs.
func TestService_Authenticate_zoo(t *testing.T) {
	t.Parallel()
	b := one(t)
	maker := testkit.Root(t, b.clock.Now(), "Maker CA")
	b.trusts(trust.Place{}, maker, trust.Rule{Field: trust.CommonName, Pattern: alone})
	zoo := map[string]animal{}
	for _, part := range []map[string]animal{good(t, b, maker), fields(t, b), names(t, maker), times(t, maker), chains(t, b, maker), keys(t, maker)} {
		for n, a := range part {
			zoo[n] = a
		}
	}
	if len(zoo) < 40 {
		t.Fatalf("the zoo has %d animals", len(zoo))
	}
	for name, a := range zoo {
		if a.why == "" {
			b.passes(name, shown(a.cert, lobbyMAC), "d1")
			continue
		}
		v := b.fails(name, shown(a.cert, lobbyMAC), a.why)
		if v.Subject == "" || strings.ContainsAny(v.Reason+v.Subject, "\x00\u202e\u200d\n") || len(v.Subject) > 600 {
			t.Errorf("%s: the subject is shown as %q in %q", name, v.Subject, v.Reason)
		}
	}
	t.Logf("%d certificates", len(zoo))
}

func good(t *testing.T, b bench, maker *testkit.Authority) map[string]animal {
	t.Helper()
	own := testkit.Root(t, b.clock.Now(), "One's own CA")
	b.trusts(trust.Place{TenantID: "t1", OrgID: "o1"}, own, trust.Rule{Field: trust.CommonName, Pattern: alone})
	between := maker.Between(t, "Factory 7")
	whole := between.Issue(t, "00005e005301")
	whole.Certificate = append(whole.Certificate, maker.Cert.Raw)
	return map[string]animal{
		"lower case":                  {maker.Issue(t, "00005e005301"), ""},
		"upper case":                  {maker.Issue(t, "00005E005301"), ""},
		"colons":                      {maker.Issue(t, "00:00:5e:00:53:01"), ""},
		"dashes, upper case":          {maker.Issue(t, "00-00-5E-00-53-01"), ""},
		"no purpose":                  {maker.Issue(t, "00005e005301", usage()), ""},
		"any purpose":                 {maker.Issue(t, "00005e005301", usage(x509.ExtKeyUsageAny)), ""},
		"server and client":           {maker.Issue(t, "00005e005301", usage(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)), ""},
		"a CA between":                {between.Issue(t, "00005e005301"), ""},
		"a CA between and the root":   {whole, ""},
		"the organization's own CA":   {own.Issue(t, "00005e005301"), ""},
		"a name that says more":       {maker.Issue(t, "00005e005301", dns("example.org")), ""},
		"begins in four minutes":      {maker.Issue(t, "00005e005301", from(4*time.Minute)), ""},
		"ended four minutes ago":      {maker.Issue(t, "00005e005301", until(-4*time.Minute)), ""},
		"valid for thirty more years": {maker.Issue(t, "00005e005301", until(30*365*24*time.Hour)), ""},
	}
}

func fields(t *testing.T, b bench) map[string]animal {
	t.Helper()
	bySerial, byDNS, byURI := testkit.Root(t, b.clock.Now(), "Serial CA"), testkit.Root(t, b.clock.Now(), "DNS CA"), testkit.Root(t, b.clock.Now(), "URI CA")
	b.trusts(trust.Place{}, bySerial, trust.Rule{Field: trust.SerialNumber, Pattern: within}, serial("GHP621W-"+sample.String()))
	b.trusts(trust.Place{}, byDNS, trust.Rule{Field: trust.DNSName, Pattern: within}, cn("Phone"), dns(sample.String()+".phones.example.org"))
	b.trusts(trust.Place{}, byURI, trust.Rule{Field: trust.URI, Pattern: `urn:dev:mac:([0-9a-f]{12})`}, uri("urn:dev:mac:"+sample.String()))
	return map[string]animal{
		"serialNumber":              {bySerial.Issue(t, "", serial("GHP621W-00005E005301")), ""},
		"DNS name":                  {byDNS.Issue(t, "", cn("Phone"), dns("00-00-5e-00-53-01.phones.example.org")), ""},
		"URI":                       {byURI.Issue(t, "", uri("urn:dev:mac:00005e005301")), ""},
		"URI of another kind":       {byURI.Issue(t, "", uri("urn:dev:ip:00005e005301")), "finds no MAC in its URI"},
		"MAC in the wrong field":    {bySerial.Issue(t, "00005e005301"), "it has no serialNumber"},
		"CN that looks like a rule": {byDNS.Issue(t, "00005e005301"), "it has no DNS name"},
		"two DNS names, two MACs":   {byDNS.Issue(t, "", cn("Phone"), dns("00005e005301.example.org", "00005e005302.example.org")), "more than one MAC"},
		"two MACs in a text":        {bySerial.Issue(t, "", serial("00005e005301 00005e005302")), "more than one MAC"},
	}
}

func names(t *testing.T, maker *testkit.Authority) map[string]animal {
	t.Helper()
	twice := func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "00005e005302", ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "00005e005301"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "00005e005302"}}}
	}
	return map[string]animal{
		"a neighbour's":                    {maker.Issue(t, "00005e005302"), "another device, 00:00:5e:00:53:02, than the one that the file's name"},
		"nobody's":                         {maker.Issue(t, "00005e0053ff"), "another device"},
		"a CN without a MAC":               {maker.Issue(t, "GHP621W"), "finds no MAC in its CN “GHP621W”"},
		"no subject":                       {maker.Issue(t, "", func(c *x509.Certificate) { c.Subject = pkix.Name{} }), "it has no CN"},
		"two CNs":                          {maker.Issue(t, "", twice), "more than one MAC"},
		"full-width digits":                {maker.Issue(t, "00005e0053０1"), "finds no MAC"},
		"a Cyrillic letter":                {maker.Issue(t, "00005е005301"), "finds no MAC"},
		"a joiner of no width":             {maker.Issue(t, "00005e\u200d005301"), "finds no MAC"},
		"text that turns the reading":      {maker.Issue(t, "\u202e103500e50000"), "finds no MAC"},
		"a zero byte":                      {maker.Issue(t, "00005e005301\x00.example.org"), "finds no MAC"},
		"a line's end":                     {maker.Issue(t, "00005e005301\n"), "finds no MAC"},
		"a space":                          {maker.Issue(t, " 00005e005301"), "finds no MAC"},
		"thirteen digits":                  {maker.Issue(t, "00005e0053011"), "finds no MAC"},
		"eleven digits":                    {maker.Issue(t, "00005e00530"), "finds no MAC"},
		"nothing but zeros":                {maker.Issue(t, "000000000000"), "finds no MAC"},
		"broadcast":                        {maker.Issue(t, "ff:ff:ff:ff:ff:ff"), "finds no MAC"},
		"huge":                             {maker.Issue(t, strings.Repeat("00005e005301 ", 3000)), "finds no MAC"},
		"a thousand names":                 {maker.Issue(t, "phone", dns(many(1000)...)), "finds no MAC"},
		"a serial number that is no proof": {maker.Issue(t, "", serial("00005e005301")), "finds no MAC in its CN “Phone”"},
	}
}

func many(n int) (out []string) {
	for range n {
		out = append(out, "00005e005301.example.org")
	}
	return out
}

func times(t *testing.T, maker *testkit.Authority) map[string]animal {
	t.Helper()
	late := maker.Between(t, "Closed factory", until(-time.Hour))
	return map[string]animal{
		"expired":                {maker.Issue(t, "00005e005301", until(-time.Hour)), "it expired on 2026-03-01 07:00 UTC"},
		"expired six minutes":    {maker.Issue(t, "00005e005301", until(-6*time.Minute)), "our clock may be wrong"},
		"not yet valid":          {maker.Issue(t, "00005e005301", from(6*time.Minute)), "it is not valid before 2026-03-01 08:06 UTC, and it is 2026-03-01 08:00 UTC here"},
		"never valid":            {maker.Issue(t, "00005e005301", until(-800*24*time.Hour)), "it expired"},
		"an expired CA between":  {late.Issue(t, "00005e005301"), "a CA on the way has expired"},
		"for servers":            {maker.Issue(t, "00005e005301", usage(x509.ExtKeyUsageServerAuth)), "another purpose"},
		"for signing of code":    {maker.Issue(t, "00005e005301", usage(x509.ExtKeyUsageCodeSigning)), "another purpose"},
		"a CA for servers alone": {maker.Between(t, "Web", usage(x509.ExtKeyUsageServerAuth)).Issue(t, "00005e005301"), "may not sign such a certificate"},
	}
}

func chains(t *testing.T, b bench, maker *testkit.Authority) map[string]animal {
	t.Helper()
	now := b.clock.Now()
	foreign, fresh := testkit.Root(t, now, "Two's own CA"), testkit.Root(t, now, "Fresh CA")
	b.trusts(trust.Place{TenantID: "t2", OrgID: "o2"}, foreign, trust.Rule{Field: trust.CommonName, Pattern: alone})
	if _, err := b.trust.Add(b.system(), trust.Place{}, "", fresh.PEM()); err != nil {
		t.Fatal(err)
	}
	self := testkit.Root(t, now, "00005e005301")
	lost, device := maker.Between(t, "Factory 8").Issue(t, "00005e005301"), maker.Issue(t, "00005e005302")
	lost.Certificate = lost.Certificate[:1]
	fake := &testkit.Authority{Cert: device.Leaf, Key: device.PrivateKey.(*ecdsa.PrivateKey)}
	signed := testkit.Sign(t, &x509.Certificate{SerialNumber: device.Leaf.SerialNumber, Subject: pkix.Name{CommonName: "00005e005301"}, NotBefore: device.Leaf.NotBefore, NotAfter: device.Leaf.NotAfter}, fake.Cert, testkit.Key(t).Public(), fake.Key)
	long := maker
	for range 6 {
		long = long.Between(t, "Deep")
	}
	shallow := maker.Between(t, "Shallow", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	bound := maker.Between(t, "Bound", func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.org"}
	})
	odd := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1}, Critical: true, Value: []byte{5, 0}}}
	}
	return map[string]animal{
		"another organization's own CA": {foreign.Issue(t, "00005e005301"), "one organization's own"},
		"a rule that nobody confirmed":  {fresh.Issue(t, "00005e005301"), "waiting: nobody has confirmed yet"},
		"a CA that nobody knows":        {testkit.Root(t, now, "Stranger CA").Issue(t, "00005e005301"), "its CA is not trusted here: CN=Stranger CA"},
		"a CA of the same name":         {testkit.Root(t, now, "Maker CA").Issue(t, "00005e005301"), "the signature is not the CA's"},
		"signed by itself":              {tls.Certificate{Certificate: [][]byte{self.Cert.Raw}}, "signed by itself"},
		"the CA itself":                 {tls.Certificate{Certificate: [][]byte{maker.Cert.Raw}}, "a CA's certificate, not a device's"},
		"a device that is a CA":         {maker.Issue(t, "00005e005301", isCA), "a CA's certificate, not a device's"},
		"the CA between is missing":     {lost, "its CA is not trusted here: CN=Factory 8"},
		"signed by a device":            {tls.Certificate{Certificate: [][]byte{signed.Raw, device.Certificate[0]}}, "does not chain to the CA Maker CA"},
		"a chain too long":              {long.Issue(t, "00005e005301"), "it comes with 7 certificates"},
		"longer than a CA allows":       {shallow.Between(t, "Below").Issue(t, "00005e005301"), "longer than a CA on the way allows"},
		"a name that the CA may not":    {bound.Issue(t, "00005e005301", dns("example.com")), "may not sign such a certificate"},
		"an extension nobody knows":     {maker.Issue(t, "00005e005301", odd), "critical extension"},
	}
}

func keys(t *testing.T, maker *testkit.Authority) map[string]animal {
	t.Helper()
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak := &rsa.PublicKey{N: new(big.Int).Rsh(strong.N, 1024), E: strong.E} // nobody has to hold it
	old := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }
	return map[string]animal{
		"RSA, 2048 bits":    {maker.IssueTo(t, strong, "00005e005301"), ""},
		"Ed25519":           {maker.IssueTo(t, edwards, "00005e005301"), ""},
		"RSA, 1024 bits":    {maker.IssueTo(t, only{weak}, "00005e005301"), "its RSA key has 1024 bits, which others can break"},
		"ECDSA, 224 bits":   {maker.IssueTo(t, short, "00005e005301"), "its ECDSA key has 224 bits"},
		"signed with SHA-1": {maker.Issue(t, "00005e005301", old), "signed with ECDSA-SHA1, which others can forge"},
		"SHA-1 on the way":  {maker.Between(t, "Old factory", old).Issue(t, "00005e005301"), "the CA between, CN=Old factory"},
	}
}

// only is a public key whose private part nobody has.
type only struct{ key crypto.PublicKey }

func (o only) Public() crypto.PublicKey { return o.key }

func (only) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, io.EOF }
