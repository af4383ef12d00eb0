// Package testkit is the whole program in a test's own folder: a real database,
// the real services and doors on free ports or on a network in memory, with
// fixtures, a typed API client and virtual phones. Nothing of ours is replaced
// by a stand-in.
//
// Only tests import it. Start at New and House.World.
package testkit

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/scope"
)

// House is the program while a test runs. New makes one; it is stopped with the
// test.
type House struct {
	*app.App
	Dir   string
	Clock clock.Clock
	Net   dial.Network // as phones and operators reach it
	Log   *Log

	world sync.Once
	built *World
}

// Option changes how a house is made.
type Option func(*app.Options)

// WithClock gives the house a clock of the test's own. Doors and jobs of the
// libraries beneath keep the machine's.
func WithClock(c clock.Clock) Option { return func(o *app.Options) { o.Clock = c } }

// InMemory has the house listen on a network in memory instead of the machine's.
func InMemory() Option { return func(o *app.Options) { o.Network = dial.NewMemNet() } }

// OnLAN is InMemory where phones of other addresses find the house: at 192.0.2.1, by
// HTTPS at port 9443 and by HTTP at 9080.
func OnLAN() Option {
	return func(o *app.Options) {
		InMemory()(o)
		o.Config.Listen.ProvisionHTTPS, o.Config.Listen.ProvisionHTTP = []string{":9443"}, []string{":9080"}
		o.Config.PhoneURLs.HTTPS = "https://192.0.2.1:9443"
	}
}

// InDir keeps the data in a folder that outlives the house.
func InDir(dir string) Option { return func(o *app.Options) { o.Config.DataDir = dir } }

// Seeking opens plug and play at all interfaces: for a test in a network of its
// own.
func Seeking() Option { return func(o *app.Options) { o.Config.PnP.Interfaces = []string{"*"} } }

// OnDatabase uses another database than SQLite in the folder.
func OnDatabase(url string) Option { return func(o *app.Options) { o.Config.Database = url } }

// LogTo has what the house logs go somewhere else alone: for a test of so much that
// nobody can keep it.
func LogTo(h slog.Handler) Option { return func(o *app.Options) { o.Log = slog.New(h) } }

// Settles is how long phones have to take in a configuration before they are asked for
// it.
func Settles(d time.Duration) Option { return func(o *app.Options) { o.Settle = d } }

// WithDoors opens doors that a house has closed otherwise: TFTP, FTP, FTPS, HTTPS
// with old TLS, TR-069. Those that are not of HTTP need the machine's network.
func WithDoors(names ...string) Option {
	return func(o *app.Options) {
		free := []string{"127.0.0.1:0"}
		for _, n := range names {
			switch l := &o.Config.Listen; n {
			case "tftp":
				l.TFTP = free
			case "ftp":
				l.FTP.Listen = free
			case "ftps":
				l.FTPS = free
			case "provision_https_legacy":
				l.ProvisionHTTPSLegacy = free
			case "cwmp_https":
				l.CWMPHTTPS = free
			case "cwmp_http":
				l.CWMPHTTP = free
			case "ipp":
				l.IPP = free
			}
		}
	}
}

// New starts a house and stops it after the test, which fails where either goes
// wrong.
func New(t testing.TB, options ...Option) *House {
	t.Helper()
	h := &House{Log: &Log{}}
	o := app.Options{Config: settings(t.TempDir()), Network: Loopback(), Clock: clock.System{}, Version: "test", Demo: true}
	o.Log = slog.New(slog.NewTextHandler(io.MultiWriter(h.Log, warnings{t.Output()}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, change := range options {
		change(&o)
	}
	h.Dir, h.Clock, h.Net = o.Config.DataDir, o.Clock, o.Network
	a, err := app.New(context.Background(), o)
	if err != nil {
		t.Fatalf("set up the house: %v", err)
	}
	h.App = a
	if err := a.Start(context.Background()); err != nil {
		t.Fatalf("start the house: %v", err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Errorf("stop the house: %v", err)
		}
	})
	return h
}

// Loopback is the machine's network where this machine may be called.
func Loopback() dial.Network {
	return dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
}

func settings(dir string) config.Config {
	c := config.Default()
	c.DataDir, c.Demo = dir, true
	free := []string{"127.0.0.1:0"}
	c.Listen = config.Listen{Admin: free, Metrics: free, ProvisionHTTP: free, ProvisionHTTPS: free}
	return c
}

// System is a context in which the test itself acts on the whole platform.
func System() context.Context { return scope.AsSystem(context.Background(), "test") }

// Addr returns where a door listens, by its name in the configuration.
func (h *House) Addr(t testing.TB, door string) string {
	t.Helper()
	list := h.Addrs()[door]
	if len(list) == 0 {
		t.Fatalf("the door %s is not open", door)
	}
	return list[0]
}

// TLS returns settings of a client that trusts the house's authority alone.
func (h *House) TLS(t testing.TB) *tls.Config {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(h.CA.Roots()) {
		t.Fatal("the house has no certificate authority")
	}
	return &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12, Time: h.Clock.Now}
}

// pollEvery is how often Wait looks, patience how long it waits.
const (
	pollEvery = 10 * time.Millisecond
	patience  = 20 * time.Second
)

// Wait waits until done reports true; the test fails where it never does. It is
// for what becomes true by itself, in the house's own work.
func Wait(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !done() {
		if (clock.System{}).Sleep(ctx, pollEvery) != nil {
			t.Fatalf("it never came to be: %s", what)
		}
	}
}

// Log is everything that the house logged, at every level.
type Log struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// Write takes a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns all lines so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// warnings passes on to the test's output what is a warning or worse.
type warnings struct{ to io.Writer }

// Write passes on one line or drops it.
func (w warnings) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(" level=WARN ")) || bytes.Contains(p, []byte(" level=ERROR ")) {
		if _, err := w.to.Write(p); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
