package phone_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/vendors/grandstream/sim"
)

// macA is the phone that most tests are about.
const macA = "00005e005301"

// world is a network in memory with a provisioning server on it: HTTP on port
// 80, HTTPS on 443 of prov.example.org. It is for use inside a synctest bubble.
type world struct {
	ctx   context.Context
	net   *dial.MemNet
	roots string // PEM of the server's CA
	pool  *x509.CertPool

	mu    sync.Mutex // guards what follows
	files map[string]string
	seen  []string // "GET https /p/t/cfg.xml" in order
	agent string
	hook  func(http.ResponseWriter, *http.Request) bool // true: it has answered
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{ctx: t.Context(), net: dial.NewMemNet(), files: map[string]string{}, pool: x509.NewCertPool()}
	w.net.Name("prov.example.org", netip.MustParseAddr("192.0.2.1"))
	cert, roots := authority(t, "prov.example.org")
	w.roots = roots
	w.pool.AppendCertsFromPEM([]byte(roots))
	w.serve(t, ":80", nil)
	w.serve(t, ":443", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	return w
}

func (w *world) serve(t *testing.T, addr string, conf *tls.Config) {
	t.Helper()
	l, err := w.net.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	srv := &http.Server{Handler: w, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	w.mu.Lock()
	w.seen = append(w.seen, scheme+" "+r.URL.Path)
	w.agent = r.UserAgent()
	body, ok := w.files[r.URL.Path]
	hook := w.hook
	w.mu.Unlock()
	if hook != nil && hook(rw, r) {
		return
	}
	if !ok {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = rw.Write([]byte(body))
}

// put publishes a file of settings, written "name=value".
func (w *world) put(path string, settings ...string) { w.putRaw(path, config(macA, settings...)) }

func (w *world) putRaw(path, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files[path] = body
}

func (w *world) answer(hook func(http.ResponseWriter, *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hook = hook
}

// requests returns what was asked since the last call.
func (w *world) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.seen
	w.seen = nil
	return out
}

func config(mac string, settings ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><gs_provision version="1">`)
	if mac != "" {
		b.WriteString("<mac>" + mac + "</mac>")
	}
	b.WriteString(`<config version="2">`)
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		fmt.Fprintf(&b, `<item name="%s">%s</item>`, name, value)
	}
	return b.String() + "</config></gs_provision>"
}

// phone makes one and switches it on; the test's end switches it off.
func (w *world) phone(t *testing.T, change func(*phone.Config)) *phone.Phone {
	t.Helper()
	c := phone.Config{
		MAC: macA, Model: "GHP621W", Persona: persona(t), ServerURL: "https://prov.example.org/p/t/",
		Network: w.net.Host(netip.MustParseAddr("192.0.2.77")), TLS: &tls.Config{RootCAs: w.pool, MinVersion: tls.VersionTLS12},
	}
	if change != nil {
		change(&c)
	}
	p, err := phone.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
	return p
}

func persona(t testing.TB) phone.Persona {
	t.Helper()
	p, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// authority makes a CA and a server certificate for a name or an address.
func authority(t *testing.T, name string) (tls.Certificate, string) {
	t.Helper()
	now := time.Now()
	caKey, key := newKey(t), newKey(t)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{name}
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(roots)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
