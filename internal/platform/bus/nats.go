package bus

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"bellwether/internal/platform/fault"
)

const (
	readyWait   = 10 * time.Second
	connectWait = 5 * time.Second
	flushWait   = 2 * time.Second
	retryWait   = 500 * time.Millisecond
)

// natsBus is a connection to NATS and, where it is embedded, the server.
type natsBus struct {
	conn   *nats.Conn
	server *server.Server // nil = external
	log    *slog.Logger

	mu    sync.Mutex // guards gates
	gates map[*gate]bool
}

var _ Bus = (*natsBus)(nil)

func openEmbedded(c Config) (Bus, error) {
	s, err := server.NewServer(&server.Options{ServerName: "bellwether", DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(readyWait) {
		s.Shutdown()
		return nil, errors.New("the embedded bus did not start")
	}
	b := &natsBus{server: s, log: c.Log, gates: map[*gate]bool{}}
	if b.conn, err = nats.Connect("", append(b.options(), nats.InProcessServer(s))...); err != nil {
		s.Shutdown()
		return nil, err
	}
	return b, nil
}

func openExternal(ctx context.Context, c Config) (Bus, error) {
	b := &natsBus{log: c.Log, gates: map[*gate]bool{}}
	conn, err := nats.Connect(c.URL, b.options()...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the bus does not answer")
	}
	if err := ctx.Err(); err != nil {
		conn.Close()
		return nil, err
	}
	b.conn = conn
	return b, nil
}

func (b *natsBus) options() []nats.Option {
	return []nats.Option{
		nats.Name("bellwether"),
		nats.Timeout(connectWait),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(retryWait),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("bus lost", "error", err.Error())
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info("bus back") }),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			subject := ""
			if s != nil {
				subject = s.Subject
			}
			b.log.Warn("bus hint lost", "subject", subject, "error", err.Error())
		}),
	}
}

// Publish implements Bus.
func (b *natsBus) Publish(subject string, data []byte) error {
	if err := errors.Join(checkSubject(subject, false), checkSize(data)); err != nil {
		return err
	}
	return b.classify(b.conn.Publish(subject, data))
}

// Subscribe implements Bus.
func (b *natsBus) Subscribe(subject string, fn func(subject string, data []byte)) (func(), error) {
	if err := checkSubject(subject, true); err != nil {
		return nil, err
	}
	// The gate makes "no more calls" true: NATS itself may still be calling
	// when Unsubscribe returns.
	g := &gate{fn: fn}
	sub, err := b.conn.Subscribe(subject, func(m *nats.Msg) { g.call(m.Subject, m.Data) })
	if err != nil {
		return nil, b.classify(err)
	}
	// A message published on another connection right after this call must
	// find the subscription in the server.
	if err := b.conn.FlushTimeout(flushWait); err != nil {
		_ = sub.Unsubscribe()
		return nil, b.classify(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gates[g] = true
	return func() {
		b.mu.Lock()
		delete(b.gates, g)
		b.mu.Unlock()
		g.shut()
		_ = sub.Unsubscribe()
	}, nil
}

// Close implements Bus.
func (b *natsBus) Close() error {
	err := b.conn.FlushTimeout(flushWait)
	if errors.Is(err, nats.ErrConnectionClosed) {
		err = nil
	}
	b.conn.Close()
	b.mu.Lock()
	gates := slices.Collect(maps.Keys(b.gates))
	b.mu.Unlock()
	for _, g := range gates {
		g.shut()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	return err
}

func (b *natsBus) classify(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "the bus does not take it")
}

// gate calls fn until it is shut.
type gate struct {
	mu     sync.Mutex // guards closed, and is held while fn runs
	closed bool
	fn     func(string, []byte)
}

func (g *gate) call(subject string, data []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.fn(subject, data)
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}
