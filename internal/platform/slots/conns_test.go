package slots_test

import (
	"net"
	"net/netip"
	"testing"

	"bellwether/internal/platform/slots"
)

// dealt is a listener that gives what it is handed.
type dealt chan net.Conn

func (d dealt) Accept() (net.Conn, error) {
	if c, ok := <-d; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (d dealt) Close() error   { return nil }
func (d dealt) Addr() net.Addr { return &net.TCPAddr{} }

// peer is the house's end of a connection from an address.
type peer struct {
	net.Conn
	from string
	gone bool
}

func (p *peer) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(p.from), 5060))
}

func (p *peer) Close() error {
	p.gone = true
	return nil
}

func TestConns(t *testing.T) {
	t.Parallel()
	const most = 4
	in := make(dealt, 1)
	l := slots.NewConns(most).Listen(in)
	comes := func(from string) (*peer, *slots.Conn) {
		t.Helper()
		p := &peer{from: from}
		in <- p
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return p, c.(*slots.Conn)
	}
	busy, working := comes("192.0.2.1")
	working.Work()
	var crowd []*peer
	for range most - 1 {
		p, _ := comes("192.0.2.2")
		crowd = append(crowd, p)
	}
	phone, c := comes("192.0.2.3")
	if phone.gone || !crowd[0].gone || crowd[1].gone || busy.gone {
		t.Fatalf("who came is out: %v, the crowd's oldest: %v, its next: %v, who works: %v", phone.gone, crowd[0].gone, crowd[1].gone, busy.gone)
	}
	for range 10 { // the crowd takes its own places
		p, _ := comes("192.0.2.2")
		crowd = append(crowd, p)
	}
	if phone.gone || busy.gone || !crowd[len(crowd)-3].gone || crowd[len(crowd)-2].gone {
		t.Errorf("after more of the crowd the phone is out: %v, who works: %v", phone.gone, busy.gone)
	}
	c.Work()
	working.Rest()
	for _, from := range []string{"192.0.2.4", "192.0.2.5", "192.0.2.6"} {
		_, c := comes(from)
		c.Work()
	}
	if phone.gone || !busy.gone {
		t.Errorf("the phone that works is out: %v, the one that rests: %v", phone.gone, busy.gone)
	}
	late := &peer{from: "192.0.2.7"} // nobody waits: it has to come again
	in <- late
	close(in)
	if c, err := l.Accept(); err == nil || !late.gone {
		t.Errorf("a connection has the place of somebody who works: %v", c)
	}
}
