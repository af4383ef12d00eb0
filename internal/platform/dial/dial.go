// Package dial is the only way out of the program and the only way to listen.
//
// Machine is the real network: what it dials is checked against a deny list
// after the name was resolved, on the very address that is connected to, so that
// neither a name nor a redirect leads into the machine itself. MemNet is a
// network in memory for tests in virtual time. Both are a Network.
package dial

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"bellwether/internal/platform/fault"
)

// Network listens and dials. The address forms are those of package net.
type Network interface {
	Listen(ctx context.Context, network, addr string) (net.Listener, error)
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
	ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error)
	ListenAnswers(ctx context.Context, network, addr string) (net.PacketConn, error)
}

// connectWait bounds a dial whose context has no deadline.
const connectWait = 10 * time.Second

// Policy says where Machine may dial to. The zero value denies this machine,
// link-local and metadata addresses, and what is no single host's address;
// private networks are where phones and PBXes live, and are allowed.
type Policy struct {
	// Allow lifts the denial for these networks, for tests and the demo. Own
	// ports stay denied.
	Allow []netip.Prefix
	// Own returns the addresses that this program itself listens on; one with
	// an unspecified IP stands for every address of the machine. May be nil.
	Own func() []netip.AddrPort
}

// Machine is the machine's network under a policy.
type Machine struct{ policy Policy }

var _ Network = (*Machine)(nil)

// New returns the machine's network.
func New(p Policy) *Machine { return &Machine{policy: p} }

// Listen announces on a local address.
func (m *Machine) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	var c net.ListenConfig
	return c.Listen(ctx, network, addr)
}

// Dial connects to a host by TCP or UDP. It fails with fault.Denied for an
// address that the policy denies, and with fault.Unavailable where nobody
// answers. Without a deadline in ctx it gives up after 10 s.
func (m *Machine) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return m.dial(ctx, nil, network, addr)
}

// DialFrom is Dial by TCP from one of the machine's own addresses, for who stands in
// for a machine of its own.
func (m *Machine) DialFrom(ctx context.Context, from netip.Addr, network, addr string) (net.Conn, error) {
	return m.dial(ctx, net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), network, addr)
}

func (m *Machine) dial(ctx context.Context, from net.Addr, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: connectWait, ControlContext: m.control, LocalAddr: from}
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil {
		return conn, nil
	}
	if fault.Is(err, fault.Denied) {
		return nil, err
	}
	return nil, fault.Wrap(fault.Unavailable, err, "call %s", addr)
}

// control is called with the resolved address before each connection attempt.
func (m *Machine) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	switch network {
	case "tcp4", "tcp6", "udp4", "udp6":
	default:
		return denied(address, "it is no network address")
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return denied(address, "it is no network address")
	}
	if reason := m.policy.deny(ap); reason != "" {
		return denied(ap.String(), reason)
	}
	return nil
}

func denied(address, reason string) error {
	return fault.New(fault.Denied, "%s may not be called: %s", address, reason)
}

// Dialer makes connections.
type Dialer interface {
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
}

// Transport returns an HTTP transport that dials through n and knows no proxy.
// The caller closes its idle connections.
func Transport(n Dialer) *http.Transport {
	return &http.Transport{
		DialContext:           n.Dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   connectWait,
		ResponseHeaderTimeout: 30 * time.Second,
	}
}
