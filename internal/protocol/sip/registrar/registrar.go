// Package registrar is a small SIP registrar for trials: phones register at it
// with digest authentication, call each other through it, and call an extension
// that sends their own speech back. It keeps everything in memory, passes calls
// on without state (RFC 3261 §16.11), and is no PBX: no voicemail, no forking, no
// encryption. Nothing is ever sent to an address that is not registered or that
// did not just ask.
//
// Start at Registrar.Run; register.go knows who may, proxy.go passes calls on,
// echo.go answers them.
package registrar

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// Network is what the registrar needs of the network.
type Network interface {
	Listen(ctx context.Context, network, addr string) (net.Listener, error)
	ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error)
}

// Config is what a Registrar must be told. Network and Listen are needed.
type Config struct {
	Network Network
	// Listen is the one address of this machine, for UDP and TCP alike; port 0
	// picks one. It stands in what phones are told, so it is no wildcard.
	Listen netip.AddrPort
	// Accounts are the users with their passwords. Without any, every user is let
	// in by whatever password: for trials where only the phones know them.
	Accounts map[string]secret.String
	Echo     string      // the extension that sends speech back; "" for 600
	Realm    string      // "" for the address
	Clock    clock.Clock // nil for the machine's
	Rand     io.Reader   // nil for the machine's
	Log      *slog.Logger
}

// Registrar is one registrar. Open makes one; Run is its life.
type Registrar struct {
	cfg  Config
	addr netip.AddrPort
	key  [32]byte // of nonces, tags and branches
	udp  net.PacketConn
	tcp  net.Listener
	wg   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	conns    map[netip.AddrPort]net.Conn
	closed   bool
	bindings map[string][]binding // by user
	calls    map[string]*echo     // by Call-ID
}

// defaultEcho is the extension that sends speech back.
const defaultEcho = "600"

// portTries is how often a port is looked for that is free for UDP and TCP.
const portTries = 10

// Open listens. It fails with fault.Invalid for a wildcard address, and with
// fault.Unavailable where the port is taken.
func Open(ctx context.Context, c Config) (*Registrar, error) {
	if !c.Listen.Addr().IsValid() || c.Listen.Addr().IsUnspecified() {
		return nil, fault.New(fault.Invalid, "a registrar needs one address of this machine, not all of them")
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Echo == "" {
		c.Echo = defaultEcho
	}
	if c.Realm == "" {
		c.Realm = c.Listen.Addr().String()
	}
	r := &Registrar{cfg: c, conns: map[netip.AddrPort]net.Conn{}, bindings: map[string][]binding{}, calls: map[string]*echo{}}
	if _, err := io.ReadFull(c.Rand, r.key[:]); err != nil {
		return nil, fmt.Errorf("make the registrar's key: %w", err)
	}
	if err := r.open(ctx); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "listen for SIP on %s", c.Listen)
	}
	return r, nil
}

// open binds UDP and TCP to the same port.
func (r *Registrar) open(ctx context.Context) (err error) {
	for range portTries {
		if r.tcp, err = r.cfg.Network.Listen(ctx, "tcp", r.cfg.Listen.String()); err != nil {
			return err
		}
		r.addr = addrOf(r.tcp.Addr())
		if r.udp, err = r.cfg.Network.ListenPacket(ctx, "udp", r.addr.String()); err == nil {
			return nil
		}
		err = errors.Join(err, r.tcp.Close())
		if r.cfg.Listen.Port() != 0 {
			return err
		}
	}
	return err
}

// Addr is where phones find it.
func (r *Registrar) Addr() netip.AddrPort { return r.addr }

// Echo is the extension that sends speech back.
func (r *Registrar) Echo() string { return r.cfg.Echo }

// sweepEvery is how often what has run out is dropped.
const sweepEvery = 10 * time.Second

// Run serves until ctx ends. It may be called once.
func (r *Registrar) Run(ctx context.Context) error {
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	r.wg.Go(func() { r.readPackets(run) })
	r.wg.Go(func() { r.accept(run) })
	for r.cfg.Clock.Sleep(run, sweepEvery) == nil {
		r.sweep()
	}
	cancel()
	err := r.Close()
	r.wg.Wait()
	return err
}

// Close frees the port. Run does it too.
func (r *Registrar) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	for _, c := range r.conns {
		_ = c.Close()
	}
	for _, e := range r.calls {
		e.close()
	}
	r.mu.Unlock()
	return errors.Join(r.udp.Close(), r.tcp.Close())
}

// Registered lists the users that are registered now, for people.
func (r *Registrar) Registered() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, out := r.cfg.Clock.Now(), []string{}
	for user, list := range r.bindings {
		for _, b := range list {
			if b.ends.After(now) {
				out = append(out, user)
				break
			}
		}
	}
	return out
}

// receive reads one message. What is not SIP is dropped in silence.
func (r *Registrar) receive(ctx context.Context, data []byte, from hop) {
	msg, err := parse(data)
	if err != nil {
		return
	}
	switch m := msg.(type) {
	case *sip.Response:
		r.passBack(m)
	case *sip.Request:
		r.request(ctx, m, from)
	}
}

// request sorts a request by its method.
func (r *Registrar) request(ctx context.Context, req *sip.Request, from hop) {
	stamp(req, from)
	if e := r.callOf(req); e != nil {
		r.inEcho(ctx, e, req, from)
		return
	}
	if req.Method == sip.ACK && req.To().Params.GetOr("tag", "") == r.tag(req) {
		return // of a refusal of ours
	}
	if r.takeRoute(req) {
		r.passOn(req, from)
		return
	}
	switch req.Method {
	case sip.REGISTER:
		r.register(req, from)
	case sip.INVITE:
		r.invite(ctx, req, from)
	case sip.ACK, sip.CANCEL:
		r.passOn(req, from)
	case sip.OPTIONS:
		r.answer(req, from, sip.StatusOK, "OK", header{"Allow", allowed})
	case sip.BYE:
		r.answer(req, from, sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")
	case sip.SUBSCRIBE:
		r.answer(req, from, badEvent, "Bad Event")
	default:
		r.answer(req, from, sip.StatusMethodNotAllowed, "Method Not Allowed", header{"Allow", allowed})
	}
}

const (
	allowed  = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER"
	badEvent = 489 // RFC 6665 §8.3.2
)

// invite lets in who can prove a user, and answers or passes the call on.
func (r *Registrar) invite(ctx context.Context, req *sip.Request, from hop) {
	if _, ok := r.proved(req, from, sip.StatusProxyAuthRequired); !ok {
		return
	}
	req.RemoveHeader("Proxy-Authorization")
	if req.Recipient.User == r.cfg.Echo {
		r.startEcho(ctx, req, from)
		return
	}
	r.passOn(req, from)
}

// sweep drops registrations that have run out and calls that nobody speaks in.
func (r *Registrar) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Clock.Now()
	for user := range r.bindings {
		r.prune(user, now)
	}
	for id, e := range r.calls {
		if e.over(now) {
			e.close()
			delete(r.calls, id)
		}
	}
}
