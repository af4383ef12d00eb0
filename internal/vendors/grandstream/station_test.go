package grandstream_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

// station is a network in memory with a provisioning server, on which a virtual
// hotel phone is told settings by our own keys. It is for use inside a synctest
// bubble.
type station struct {
	t     *testing.T
	mem   *dial.MemNet
	cert  tls.Certificate // of prov.example.org
	roots string          // PEM of its CA

	mu   sync.Mutex // guards what follows
	file []byte
	udp  map[string]func(net.Conn) // servers by address; others are silent
	seen []*x509.Certificate       // of those who fetched by HTTPS
	from string                    // who fetched last
}

const (
	stationAddr = "192.0.2.77"
	stationMA   = "00005e0053c1"

	phoneAddr6  = "2001:db8::77" // the same two by IPv6
	serverAddr6 = "2001:db8::1"
)

func newStation(t *testing.T) *station {
	t.Helper()
	s := &station{t: t, mem: dial.NewMemNet(), udp: map[string]func(net.Conn){}}
	s.mem.Name("prov.example.org", netip.MustParseAddr("192.0.2.1"))
	s.cert, s.roots = issue(t, "prov.example.org")
	s.listen(":80", nil)
	s.listen(":443", &tls.Config{Certificates: []tls.Certificate{s.cert}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS10})
	return s
}

func (s *station) listen(addr string, conf *tls.Config) { s.t.Helper(); s.listenOn(s.mem, addr, conf) }

func (s *station) listenOn(n dial.Network, addr string, conf *tls.Config) (end func()) {
	s.t.Helper()
	l, err := n.Listen(s.t.Context(), "tcp", addr)
	if err != nil {
		s.t.Fatal(err)
	}
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	end = func() {
		_ = srv.Close()
		<-done
	}
	s.t.Cleanup(end)
	return end
}

func (s *station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = r.RemoteAddr
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		s.seen = append(s.seen, r.TLS.PeerCertificates[0])
	}
	if !strings.HasSuffix(r.URL.Path, "/cfg"+stationMA+".xml") {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(s.file)
}

// tell writes settings, by our own keys, into the phone's file: spelled and
// rendered as a revision would be.
func (s *station) tell(kv ...string) {
	s.t.Helper()
	to := toAlias("GHP621W")
	d := vendors.Document{Kind: vendors.Config, MAC: stationMA, Target: to, Epoch: 1}
	c := vendor(s.t).Catalog()
	for i := 0; i < len(kv); i += 2 {
		v, err := c.Normalize(param.Key(kv[i]), kv[i+1])
		if err != nil {
			s.t.Fatalf("%s: %v", kv[i], err)
		}
		name, value, ok := c.Spell(param.Key(kv[i]), v, to)
		if !ok {
			s.t.Fatalf("%s=%s cannot be told", kv[i], v)
		}
		d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: value})
	}
	vendors.SortValues(d.Values)
	b, err := vendor(s.t).Render(d)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file = b
}

// server answers at a UDP address.
func (s *station) server(addr string, serve func(net.Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.udp[addr] = serve
}

// Dial is the phone's network: TCP in memory, datagrams to the servers of the
// test.
func (s *station) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	switch network {
	case "tcp6":
		_, port, _ := net.SplitHostPort(addr)
		return s.host(phoneAddr6).Dial(ctx, "tcp", net.JoinHostPort(serverAddr6, port))
	case "tcp", "tcp4":
		return s.host(stationAddr).Dial(ctx, network, addr)
	}
	near, far := net.Pipe()
	s.mu.Lock()
	serve := s.udp[addr]
	s.mu.Unlock()
	if serve == nil {
		serve = func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	}
	go func() {
		defer far.Close()
		serve(far)
	}()
	return near, nil
}

func (s *station) host(ip string) dial.Network { return s.mem.Host(netip.MustParseAddr(ip)) }

// phone switches a phone on.
func (s *station) phone(change func(*phone.Config)) *phone.Phone {
	s.t.Helper()
	c := phone.Config{MAC: mac.Address(stationMA), Model: "GHP621W", Persona: virtual(s.t), ServerURL: "http://prov.example.org/", Network: s, Beside: true, Web: s.host(stationAddr)}
	if change != nil {
		change(&c)
	}
	p, err := phone.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, off := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	s.t.Cleanup(func() {
		off()
		<-done
	})
	return p
}

// browser looks at the phone's pages from an address, and trusts any
// certificate.
type browser struct {
	*http.Client
	t *testing.T
}

func (s *station) browser(from string, conf *tls.Config) browser {
	tr := dial.Transport(s.host(from))
	if tr.TLSClientConfig = conf; conf == nil {
		tr.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the phone's own certificate
	}
	tr.DisableKeepAlives = true
	return browser{&http.Client{Transport: tr, Jar: &jar{}}, s.t}
}

// get returns the status of a page, 0 where nobody answers.
func (b browser) get(url string) int { code, _ := b.look(url); return code }

func (b browser) look(url string) (int, http.Header) {
	b.t.Helper()
	r, err := b.Get(url)
	if err != nil {
		return 0, nil
	}
	_ = r.Body.Close()
	return r.StatusCode, r.Header
}

func (b browser) post(to string, kv ...string) int {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	r, err := b.PostForm(to, form)
	if err != nil {
		return 0
	}
	_ = r.Body.Close()
	return r.StatusCode
}

// jar keeps the cookies of the one host that a browser looks at.
type jar struct{ cookies []*http.Cookie }

func (j *jar) SetCookies(_ *url.URL, cs []*http.Cookie) { j.cookies = cs }
func (j *jar) Cookies(*url.URL) []*http.Cookie          { return j.cookies }

// issue makes a CA and a certificate of it for a name.
func issue(t *testing.T, name string) (tls.Certificate, string) {
	t.Helper()
	now := time.Now()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0)}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}))
}

// keyed is a certificate with its key, as a setting holds it.
func keyed(t *testing.T, c tls.Certificate) string {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}
