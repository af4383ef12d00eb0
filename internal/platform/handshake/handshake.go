// Package handshake hears what a peer says in clear while TLS is agreed. Many
// clients that refuse a certificate under TLS 1.3 send their alert before they
// switch to the keys of the handshake (OpenSSL does), which crypto/tls can only
// call a bad record: what the alert was stands in the bytes alone.
package handshake

import (
	"crypto/tls"
	"net"
	"sync"
)

// An alert in clear is one record (RFC 8446 §5.1, §6).
const (
	recordAlert = 21
	alertBytes  = 7 // type, version, length, level, description
)

// Conn is a connection beneath TLS that keeps the last bytes that came.
type Conn struct {
	net.Conn
	mu   sync.Mutex // guards last
	last []byte
	gone func()
}

// Hear returns a connection that hears c.
func Hear(c net.Conn) *Conn { return &Conn{Conn: c} }

// NetConn returns the connection beneath.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// Read reads and keeps the end of it.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = append(c.last, p[max(0, n-alertBytes):n]...)
	c.last = c.last[max(0, len(c.last)-alertBytes):]
	return n, err
}

// Close closes the connection.
func (c *Conn) Close() error {
	if c.gone != nil {
		c.gone()
	}
	return c.Conn.Close()
}

// Alert is the alert in clear that came last, in the words of crypto/tls; ""
// where the last that came was none.
func (c *Conn) Alert() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return alert(c.last)
}

func alert(b []byte) string {
	if len(b) < alertBytes || b[0] != recordAlert || b[1] != 3 || b[3] != 0 || b[4] != 2 || b[5] != 1 && b[5] != 2 {
		return ""
	}
	return "remote error: " + tls.AlertError(b[6]).Error()
}

// Ears hear the connections of one server. The zero value is ready.
type Ears struct {
	mu   sync.Mutex // guards open
	open map[string]*Conn
}

// Listen returns a listener whose connections are heard until they are closed.
func (e *Ears) Listen(l net.Listener) net.Listener { return listener{l, e} }

// Alert is Conn.Alert of the connection of a peer, as "address:port".
func (e *Ears) Alert(peer string) string {
	e.mu.Lock()
	c := e.open[peer]
	e.mu.Unlock()
	if c == nil {
		return ""
	}
	return c.Alert()
}

type listener struct {
	net.Listener
	ears *Ears
}

// Accept returns the next connection.
func (l listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c, peer := Hear(raw), raw.RemoteAddr().String()
	c.gone = func() {
		l.ears.mu.Lock()
		defer l.ears.mu.Unlock()
		if l.ears.open[peer] == c {
			delete(l.ears.open, peer)
		}
	}
	l.ears.mu.Lock()
	defer l.ears.mu.Unlock()
	if l.ears.open == nil {
		l.ears.open = map[string]*Conn{}
	}
	l.ears.open[peer] = c
	return c, nil
}
