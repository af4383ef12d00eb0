package httpd_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/trust"
	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// with opens a door for a phone that shows a certificate.
func with(name string, change func(*tls.Config)) doortest.Shows {
	return func(t testing.TB, h *testkit.House, c tls.Certificate) doortest.Door {
		return doortest.HTTPDoor(vendors.HTTPS, func(t testing.TB) net.Conn { return tls.Client(call(t, h, name), showing(t, h, c, change)) })
	}
}

func showing(t testing.TB, h *testkit.House, c tls.Certificate, change func(*tls.Config)) *tls.Config {
	cfg := h.TLS(t)
	if c.Certificate != nil {
		cfg.Certificates = []tls.Certificate{c}
	}
	if change != nil {
		change(cfg)
	}
	return cfg
}

func TestCertificates_HTTPS(t *testing.T) {
	t.Parallel()
	doortest.Certificates(t, with("provision_https", nil), testkit.InMemory())
}

// TestCertificates_TLS12: old phones know no TLS 1.3, where certificates are
// shown in another way.
func TestCertificates_TLS12(t *testing.T) {
	t.Parallel()
	doortest.Certificates(t, with("provision_https", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }), testkit.InMemory())
}

func TestCertificates_old_TLS(t *testing.T) {
	t.Parallel()
	doortest.Certificates(t, with("provision_https_legacy", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }), testkit.InMemory(), testkit.WithDoors("provision_https_legacy"))
}

// TestCertificate_open_connection: the judgement is made with each request, so
// that what is taken back counts on connections that are open, and on sessions
// that are resumed. HTTP/1.0 gets the same.
func TestCertificate_open_connection(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory())
	p := h.World(t).Phones[0]
	maker := testkit.Root(t, h.Clock.Now(), "Maker CA")
	ca := h.TrustCA(t, trust.Place{}, maker)
	cfg := showing(t, h, maker.Issue(t, p.MAC.String()), nil)
	cfg.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	c := tls.Client(call(t, h, "provision_https"), cfg)
	defer c.Close()
	in := bufio.NewReader(c)
	gets := func(what string, want bool) {
		t.Helper()
		if _, body := again(t, c, in, "/"+p.File()); strings.Contains(body, p.Password) != want {
			t.Errorf("%s: it gets its configuration: %t, want %t", what, !want, want)
		}
	}
	gets("the first request", true)
	gets("the second on the same connection", true)
	resumed := func() *tls.Conn {
		t.Helper()
		r := tls.Client(call(t, h, "provision_https"), cfg)
		if err := r.Handshake(); err != nil || !r.ConnectionState().DidResume {
			t.Fatalf("the session is not resumed: %v", err)
		}
		t.Cleanup(func() { _ = r.Close() })
		return r
	}
	if code, body, state := askOn(t, resumed(), "/"+p.File()); code != http.StatusOK || !strings.Contains(body, p.Password) || !state.DidResume {
		t.Errorf("HTTP/1.0 in a resumed session: %d", code)
	}
	late := resumed()
	if err := h.Trust.Delete(testkit.System(), trust.Place{}, ca.ID, ca.Version); err != nil {
		t.Fatal(err)
	}
	gets("after the CA was deleted", false)
	if _, body, _ := askOn(t, late, "/"+p.File()); strings.Contains(body, p.Password) {
		t.Error("a resumed session outlives the trust in its CA")
	}
}

// again sends one more request on a connection.
func again(t *testing.T, c net.Conn, in *bufio.Reader, path string) (int, string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// TestCertificate_neighbours: phones that each show their neighbour's certificate,
// over the wire.
func TestCertificate_neighbours(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory())
	w := h.World(t)
	maker := testkit.Root(t, h.Clock.Now(), "Maker CA")
	h.TrustCA(t, trust.Place{}, maker)
	for i, p := range w.Phones {
		next := w.Phones[(i+1)%len(w.Phones)]
		c := tls.Client(call(t, h, "provision_https"), showing(t, h, maker.Issue(t, next.MAC.String()), nil))
		code, body, _ := askOn(t, c, "/"+p.File())
		if code != http.StatusNotFound || strings.Contains(body, p.Password) || strings.Contains(body, next.Password) {
			t.Errorf("%s with the certificate of %s: %d", p.Name, next.Name, code)
		}
	}
	if !told(t, h, "the certificate is that of another device") {
		t.Error("the ledger does not say why")
	}
}

// TestReal_certificate: curl and openssl show a certificate.
func TestReal_certificate(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	p := h.World(t).Phones[0]
	maker := testkit.Root(t, h.Clock.Now(), "Maker CA")
	h.TrustCA(t, trust.Place{}, maker)
	cert := maker.Between(t, "Factory").Issue(t, p.MAC.Colons())
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	both := ""
	for _, der := range cert.Certificate {
		both += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	for name, text := range map[string]string{"cert.pem": both, "key.pem": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})), "ca.pem": string(h.CA.Roots())} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, port, _ := strings.Cut(h.Addr(t, "provision_https"), ":")
	for _, flags := range [][]string{{"--tls-max", "1.2"}, {"--tlsv1.3"}, {"--http1.0"}} {
		args := append(flags, "-4sS", "--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem", "https://localhost:"+port+"/"+p.File())
		cmd := exec.CommandContext(ctx, "curl", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), p.Password) {
			t.Errorf("curl %s: %v\n%s", flags, err, out)
		}
	}
	for _, flag := range []string{"-tls1_2", "-tls1_3"} {
		cmd := exec.CommandContext(ctx, "openssl", "s_client", flag, "-ign_eof", "-cert", "cert.pem", "-cert_chain", "cert.pem", "-key", "key.pem", "-connect", h.Addr(t, "provision_https"))
		cmd.Dir, cmd.Stdin = dir, strings.NewReader("GET /"+p.File()+" HTTP/1.0\r\n\r\n")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), p.Password) {
			t.Errorf("openssl %s: %v\n%s", flag, err, out)
		}
	}
}
