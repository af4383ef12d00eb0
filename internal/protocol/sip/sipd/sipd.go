// Package sipd is the door of SIP plug and play: it hears phones that ask a
// multicast group for a server, and tells those of the sites where to find us.
// It is off unless interfaces are named. What it hands out is an address, never a
// secret; see provision.Service.Seek.
package sipd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/sip"
)

// Seeker judges who asks; provision.Service is one.
type Seeker interface {
	Seek(ctx context.Context, r provision.Seeker) (url string, done func(sent bool))
}

// Config is what a Server must be told.
type Config struct {
	Link   dial.Link // one interface
	Seeker Seeker
	Clock  clock.Clock
	Log    *slog.Logger
}

// Server is the door at one interface. New makes one.
type Server struct {
	cfg  Config
	wg   sync.WaitGroup
	mu   sync.Mutex // guards what follows
	wait map[string]chan struct{}
	rate rate
}

// New returns a server; Run is its life.
func New(c Config) *Server { return &Server{cfg: c, wait: map[string]chan struct{}{}} }

// Run answers until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	s.wg.Go(func() { s.readAnswers(ctx) })
	buf := make([]byte, limit.SIPBytes+1)
	var err error
	for {
		n, from, readErr := s.cfg.Link.Group.ReadFrom(buf)
		if errors.Is(readErr, net.ErrClosed) || ctx.Err() != nil {
			break
		}
		if readErr != nil || n > limit.SIPBytes {
			continue
		}
		s.receive(ctx, append([]byte(nil), buf[:n]...), addrOf(from))
	}
	cancel()
	s.wg.Wait()
	return err
}

// Close frees the sockets. Run does it too.
func (s *Server) Close() error {
	return errors.Join(closed(s.cfg.Link.Group.Close()), closed(s.cfg.Link.Own.Close()))
}

func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func addrOf(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// receive judges one message. What is no question of a phone of this network is
// dropped in silence: others may be there to answer it.
func (s *Server) receive(ctx context.Context, data []byte, from netip.AddrPort) {
	if !s.near(from.Addr()) || !s.rate.take(s.cfg.Clock.Now(), from.Addr()) {
		return
	}
	q, err := sip.ParseSubscribe(data)
	if err != nil {
		return
	}
	who := provision.Seeker{Model: q.Model, Firmware: q.Version, UserAgent: q.Agent, Address: from.Addr()}
	if a, err := mac.Parse(q.MAC); err == nil {
		who.MAC = a
	}
	s.wg.Go(func() {
		url, done := s.cfg.Seeker.Seek(ctx, who)
		if url == "" {
			done(false)
			return
		}
		done(s.tell(ctx, q, url, from))
	})
}

// near reports whether an address is of the interface's own network.
func (s *Server) near(a netip.Addr) bool {
	for _, n := range s.cfg.Link.Nets {
		if n.Contains(a) && n.Addr() != a {
			return true
		}
	}
	return false
}

// The NOTIFY is repeated until it was heard, as RFC 3261 §17.1.2 has it, but
// given up sooner: the phone boots on without it.
const (
	t1         = 500 * time.Millisecond
	mostNotify = 4
)

// tell answers a question and names the server, and reports whether the phone
// has confirmed that. The NOTIFY goes to where the question came from, and to the
// port of the same address where the phone says that it listens.
func (s *Server) tell(ctx context.Context, q sip.Subscribe, url string, from netip.AddrPort) bool {
	tag := random()
	s.send(q.OK(from, tag), from)
	local := addrOf(s.cfg.Link.Own.LocalAddr())
	to := []netip.AddrPort{from}
	if c, err := netip.ParseAddrPort(q.Contact); err == nil && c != from && c.Addr() == from.Addr() {
		to = append(to, c)
	}
	heard := make(chan struct{}, 1)
	var packets [][]byte
	for _, at := range to {
		n := sip.Notice{URL: url, Branch: "z9hG4bK" + random(), Tag: tag, Local: local, To: at}
		packets = append(packets, q.Notify(n))
		s.mu.Lock()
		s.wait[n.Branch] = heard
		s.mu.Unlock()
		defer s.forget(n.Branch)
	}
	for try, gap := 0, t1; try < mostNotify; try, gap = try+1, 2*gap {
		for i, at := range to {
			s.send(packets[i], at)
		}
		if s.hears(ctx, heard, gap) {
			return true
		}
	}
	return false
}

// hears waits for a while for the phone's answer.
func (s *Server) hears(ctx context.Context, heard <-chan struct{}, gap time.Duration) bool {
	nap, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = s.cfg.Clock.Sleep(nap, gap) // why it ended is seen below
	}()
	ok := false
	select {
	case <-heard:
		ok = true
	case <-over:
	}
	cancel()
	<-over
	return ok
}

func (s *Server) forget(branch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wait, branch)
}

func (s *Server) send(data []byte, to netip.AddrPort) {
	if _, err := s.cfg.Link.Own.WriteTo(data, net.UDPAddrFromAddrPort(to)); err != nil {
		s.cfg.Log.Debug("plug and play: a message did not go out", "to", to, "error", err)
	}
}

// readAnswers reads what phones say to a NOTIFY.
func (s *Server) readAnswers(ctx context.Context) {
	buf := make([]byte, limit.SIPBytes+1)
	for {
		n, _, err := s.cfg.Link.Own.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return
		}
		if err != nil || n > limit.SIPBytes {
			continue
		}
		branch, code, err := sip.ParseAnswer(append([]byte(nil), buf[:n]...))
		if err != nil || code < 200 || code > 299 {
			continue
		}
		s.mu.Lock()
		heard := s.wait[branch]
		s.mu.Unlock()
		if heard != nil {
			select {
			case heard <- struct{}{}:
			default: // it was heard already
			}
		}
	}
}

// random is a tag or a branch.
func random() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// rate bounds how many questions are looked at; the zero value is ready. The first
// question of an address in a minute and those that come after it have bounds of
// their own: whoever asks again and again takes nobody's first word.
type rate struct {
	mu    sync.Mutex // guards what follows
	began time.Time
	again int
	by    map[netip.Addr]int
}

// take reports whether one more may be looked at.
func (r *rate) take(now time.Time, from netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil || now.Sub(r.began) >= time.Minute {
		r.began, r.again, r.by = now, 0, map[netip.Addr]int{}
	}
	switch n := r.by[from]; {
	case n == 0:
		if len(r.by) >= limit.PnPAskers {
			return false
		}
	case n >= limit.PnPAsker || r.again >= limit.PnPMinute:
		return false
	default:
		r.again++
	}
	r.by[from]++
	return true
}
