package cwmpd

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// realm is alike for all phones.
const realm = "management"

// Config is what a server must be told.
type Config struct {
	House   House
	Manager Manager
	Nonces  httpx.Sealer
	Clock   clock.Clock
	Log     *slog.Logger
	Metrics *httpx.Metrics
	// Address is where phones are to report: https://host:port/path; "" leaves them
	// where they are.
	Address func() string
	// Every is how often they are to report when nothing waits.
	Every time.Duration
	// NewID makes the unguessable names of sessions.
	NewID func() string
}

// Server is the sessions of one node. Its listeners, by TLS and in clear, share
// them. New makes one, Run ends sessions that fall silent.
type Server struct {
	Config
	table     *table
	strangers *strangers
	arrivals  chan struct{}
}

// New returns a server without listeners.
func New(c Config) *Server {
	return &Server{Config: c, table: newTable(), strangers: newStrangers(), arrivals: make(chan struct{}, limit.CWMPArrivals)}
}

// sweepEvery is how often silent sessions are looked for.
const sweepEvery = 5 * time.Second

// Run ends sessions that fell silent until ctx ends, and then all.
func (s *Server) Run(ctx context.Context) error {
	last := context.WithoutCancel(ctx)
	for s.Clock.Sleep(ctx, sweepEvery) == nil {
		for _, one := range s.table.overdue(s.Clock.Now()) {
			s.drop(last, one, "the phone fell silent in the middle of the session")
		}
	}
	for _, one := range s.table.all() {
		s.drop(last, one, "the server stopped in the middle of the session")
	}
	return nil
}

// Listener serves one address: in clear without TLS. Each listener needs its own.
func (s *Server) Listener(name string, t *tls.Config) *httpx.Server {
	door := vendors.CWMP
	if t == nil {
		door = vendors.CWMPClear
	}
	h := &handler{Server: s, door: door, ask: httpx.Challenger{Realm: realm, Label: string(door), Clear: door.Clear(), Loose: true, Nonces: s.Nonces, Clock: s.Clock}}
	broken := func(peer netip.Addr, problem string) {
		s.Log.Debug("tls handshake came to nothing", "listener", name, "peer", peer, "problem", problem)
	}
	return httpx.New(httpx.Config{Name: name, Handler: h, TLS: t, Log: s.Log, Metrics: s.Metrics, Clock: s.Clock, NoTLS: broken, Conns: true})
}
