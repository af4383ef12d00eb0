package slots

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
)

// Conns are the places for connections of several listeners. Where none is left,
// who comes gets that of a connection that waits: one over which no request has
// come whole, or on which none is being answered. Of those the address with the
// most gives up its oldest, so that one that opens connections without end takes
// its own places, and not others'.
type Conns struct {
	most int

	mu      sync.Mutex // guards what follows
	used    int
	waiting map[netip.Addr]*list.List // of *Conn, the oldest first
}

// NewConns returns so many places.
func NewConns(most int) *Conns {
	return &Conns{most: most, waiting: map[netip.Addr]*list.List{}}
}

// Listen returns a listener whose connections have places. Those that it closes
// for want of one, or whose place is another's, are asked for again by who wants
// something.
func (c *Conns) Listen(l net.Listener) net.Listener { return bounded{l, c} }

type bounded struct {
	net.Listener
	places *Conns
}

// Accept returns the next connection that has a place.
func (b bounded) Accept() (net.Conn, error) {
	for {
		raw, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn := &Conn{Conn: raw, places: b.places}
		if ap, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
			conn.from = ap.Addr().Unmap()
		}
		ok, out := b.places.take(conn)
		if out != nil {
			_ = out.Conn.Close() // its own Close says what there is to say
		}
		if ok {
			return conn, nil
		}
		_ = raw.Close() // it is nobody's
	}
}

// take gives a connection a place; out is the one that had it.
func (c *Conns) take(n *Conn) (ok bool, out *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used >= c.most {
		if out = c.victim(); out == nil {
			return false, nil
		}
		c.give(out)
	}
	c.used++
	n.held = true
	c.wait(n)
	return true, out
}

// victim is the oldest that waits of the address that has the most.
func (c *Conns) victim() *Conn {
	var most *list.List
	for _, l := range c.waiting {
		if most == nil || l.Len() > most.Len() {
			most = l
		}
	}
	if most == nil {
		return nil
	}
	return most.Front().Value.(*Conn) //nolint:forcetypeassert // nothing else is put in
}

func (c *Conns) wait(n *Conn) {
	l := c.waiting[n.from]
	if l == nil {
		l = list.New()
		c.waiting[n.from] = l
	}
	n.waits = l.PushBack(n)
}

func (c *Conns) work(n *Conn) {
	if n.waits == nil {
		return
	}
	l := c.waiting[n.from]
	l.Remove(n.waits)
	n.waits = nil
	if l.Len() == 0 {
		delete(c.waiting, n.from)
	}
}

func (c *Conns) give(n *Conn) {
	if !n.held {
		return
	}
	c.work(n)
	n.held = false
	c.used--
}

// Conn is a connection that has a place, which it gives back when it is closed.
type Conn struct {
	net.Conn
	places *Conns
	from   netip.Addr

	held  bool          // guarded by the mu of places
	waits *list.Element // so is this; nil while somebody works
}

// Work keeps the place from others until Rest.
func (n *Conn) Work() {
	n.places.mu.Lock()
	defer n.places.mu.Unlock()
	n.places.work(n)
}

// Rest ends Work.
func (n *Conn) Rest() {
	n.places.mu.Lock()
	defer n.places.mu.Unlock()
	if n.held && n.waits == nil {
		n.places.wait(n)
	}
}

// Close closes the connection.
func (n *Conn) Close() error {
	err := n.Conn.Close()
	n.places.mu.Lock()
	defer n.places.mu.Unlock()
	n.places.give(n)
	return err
}
