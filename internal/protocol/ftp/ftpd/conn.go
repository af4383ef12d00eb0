package ftpd

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/handshake"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/slots"
)

// door is a listener that knows its connections: it keeps to the limits and can
// hang up on all.
type door struct {
	net.Listener
	slots    *slots.Slots
	problems problems
	metrics  *Metrics
	began    func() // is called for each connection, before it is handed out

	mu     sync.Mutex // guards what follows
	open   map[*conn]bool
	closed bool
}

// Accept returns the next connection that has a place.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil || !d.slots.Take(peer.Addr()) {
			d.metrics.refused.Inc()
			_ = c.Close() // it is nobody's
			continue
		}
		d.metrics.sessions.Inc()
		if w, ok := c.(interface{ Work() }); ok {
			w.Work() // a session may be fetching a file over another connection while it says nothing here
		}
		d.began()
		return d.keep(&conn{Conn: handshake.Hear(c), door: d, peer: peer.Addr()}), nil
	}
}

func (d *door) keep(c *conn) *conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[c] = true
	if d.closed {
		_ = c.Conn.Close() // its session ends at its first word
	}
	return c
}

// hangUp closes every connection; what comes later is closed at once.
func (d *door) hangUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for c := range d.open {
		_ = c.Conn.Close() // its session finds out
	}
}

// conn is a connection that gives its place back.
type conn struct {
	*handshake.Conn
	door   *door
	peer   netip.Addr
	once   sync.Once
	agreed atomic.Bool // TLS came about
}

// of is the connection of a session.
func (d *door) of(cc ftpserver.ClientContext) *conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.open {
		if c.RemoteAddr() == cc.RemoteAddr() {
			return c
		}
	}
	return nil
}

// Close closes the connection.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.door.mu.Lock()
		delete(c.door.open, c)
		c.door.mu.Unlock()
		c.door.slots.Give(c.peer)
		c.door.metrics.sessions.Dec()
	})
	return c.Conn.Close()
}

// data is a listener of data connections, each of which has only so much time:
// the library waits for a slow reader without end.
type data struct {
	net.Listener
	clock clock.Clock
}

// Accept returns the data connection.
func (d data) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(d.clock.Now().Add(limit.FTPIdle)); err != nil {
		return nil, err
	}
	return &steady{Conn: c, clock: d.clock}, nil
}

// steady is a data connection whose peer has to take something within
// limit.FTPIdle.
type steady struct {
	net.Conn
	clock clock.Clock
	until time.Time
}

// Write writes and renews the wait.
func (s *steady) Write(p []byte) (int, error) {
	now := s.clock.Now()
	if s.until.IsZero() {
		s.until = now.Add(limit.FTPTime)
	}
	next := now.Add(limit.FTPIdle)
	if next.After(s.until) {
		next = s.until
	}
	if err := s.SetWriteDeadline(next); err != nil {
		return 0, err
	}
	return s.Conn.Write(p)
}
