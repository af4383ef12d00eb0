package httpd_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/provision"
	"bellwether/internal/testkit"
)

// ask fetches a path over a TLS of the test's choice.
func ask(t *testing.T, h *testkit.House, door, path string, cfg *tls.Config) (int, string, tls.ConnectionState) {
	t.Helper()
	return askOn(t, tls.Client(call(t, h, door), cfg), path)
}

// askOn fetches a path as HTTP/1.0 on a connection, and ends it.
func askOn(t *testing.T, c *tls.Conn, path string) (int, string, tls.ConnectionState) {
	t.Helper()
	defer c.Close()
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatalf("ask over TLS: %v", err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body), c.ConnectionState()
}

// TestOldTLS_suites: what old phones speak is understood, with an RSA key, and the
// ordinary door speaks none of it.
func TestOldTLS_suites(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory(), testkit.WithDoors("provision_https_legacy"))
	p := h.World(t).Phones[0]
	path := "/p/" + p.Token + "/" + p.File()
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12} {
		for _, suite := range []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA} {
			cfg := h.TLS(t)
			cfg.MinVersion, cfg.MaxVersion, cfg.CipherSuites = version, version, []uint16{suite}
			code, body, state := ask(t, h, "provision_https_legacy", path, cfg)
			if code != http.StatusOK || !strings.Contains(body, p.Password) || state.CipherSuite != suite {
				t.Errorf("%s, %s: %d", tls.VersionName(version), tls.CipherSuiteName(suite), code)
			}
			if k := state.PeerCertificates[0].PublicKeyAlgorithm; k != x509.RSA {
				t.Errorf("the key is %s, want RSA", k)
			}
		}
		cfg := h.TLS(t)
		cfg.MinVersion, cfg.MaxVersion = version, version
		c := tls.Client(call(t, h, "provision_https"), cfg)
		if err := c.Handshake(); (err == nil) != (version == tls.VersionTLS12) {
			t.Errorf("the ordinary door and %s: %v", tls.VersionName(version), err)
		}
		_ = c.Close()
		if name := tls.VersionName(version); told(t, h, "over "+name) == (version == tls.VersionTLS12) {
			t.Errorf("%s is old for the ledger: %t", name, version == tls.VersionTLS12)
		}
	}
}

// told reports whether a reason in the ledger holds a text.
func told(t *testing.T, h *testkit.House, text string) bool {
	t.Helper()
	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := h.Ledger.List(testkit.System(), provision.Filter{Q: text})
	if err != nil {
		t.Fatal(err)
	}
	return len(list.Items) > 0
}

// TestTLS_anyCertificate: a certificate that nobody knows, out of date or of
// another purpose, is no reason to hang up: who shows it gets what anybody gets.
func TestTLS_anyCertificate(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory(), testkit.WithDoors("provision_https_legacy"))
	p := h.World(t).Phones[0]
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for what, tmpl := range map[string]x509.Certificate{
		"self-made":   {NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
		"out of date": {NotAfter: time.Now().Add(-time.Hour)},
		"a server's":  {NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true},
	} {
		tmpl.SerialNumber, tmpl.Subject = big.NewInt(1), pkix.Name{CommonName: p.MAC.Colons()}
		der, err := x509.CreateCertificate(rand.Reader, &tmpl, &tmpl, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, door := range []string{"provision_https", "provision_https_legacy"} {
			cfg := h.TLS(t)
			cfg.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
			code, body, _ := ask(t, h, door, "/"+p.File(), cfg)
			if strings.Contains(body, p.Password) {
				t.Errorf("%s, %s: a certificate that anybody can make opened a configuration", what, door)
			}
			if code != http.StatusOK && code != http.StatusNotFound {
				t.Errorf("%s, %s: %d", what, door, code)
			}
		}
	}
}

// TestReal_openssl: openssl speaks TLS 1.0 and 1.1 where it is told to.
func TestReal_openssl(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.WithDoors("provision_https_legacy"))
	p := h.World(t).Phones[0]
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, flag := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
		cmd := exec.CommandContext(ctx, "openssl", "s_client", flag, "-cipher", "ALL:@SECLEVEL=0", "-ign_eof", "-connect", h.Addr(t, "provision_https_legacy"))
		cmd.Stdin = strings.NewReader("GET /p/" + p.Token + "/" + p.File() + " HTTP/1.0\r\n\r\n")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), p.Password) || !strings.Contains(string(out), "New, ") {
			t.Errorf("%s: %v\n%s", flag, err, out)
		}
	}
	// A whole chain by RSA, on both doors, for a phone that checks no other.
	for door, suite := range map[string]string{"provision_https": "ECDHE-RSA-AES128-GCM-SHA256", "provision_https_legacy": "AES128-SHA"} {
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, h.CA.Roots(), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(ctx, "openssl", "s_client", "-tls1_2", "-cipher", suite, "-sigalgs", "RSA+SHA256", "-CAfile", ca, "-verify_return_error", "-ign_eof", "-connect", h.Addr(t, door))
		cmd.Stdin = strings.NewReader("GET /p/" + p.Token + "/" + p.File() + " HTTP/1.0\r\n\r\n")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), p.Password) || !strings.Contains(string(out), "Verify return code: 0") {
			t.Errorf("%s by RSA: %v\n%s", door, err, out)
		}
	}
	cmd := exec.CommandContext(ctx, "openssl", "s_client", "-tls1", "-cipher", "ALL:@SECLEVEL=0", "-connect", h.Addr(t, "provision_https"))
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("the ordinary door speaks TLS 1.0:\n%s", out)
	}
}
