package dial

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"bellwether/internal/platform/fault"
)

// ListenPacket opens a UDP socket. What it sends is under the policy too: a
// datagram to an address that is denied fails with fault.Denied. At a multicast
// address the socket joins the group, on the interface that the system picks.
func (m *Machine) ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error) {
	if ap, err := netip.ParseAddrPort(addr); err == nil && ap.Addr().IsMulticast() {
		conn, err := net.ListenMulticastUDP(network, nil, net.UDPAddrFromAddrPort(ap))
		if err != nil {
			return nil, err
		}
		return &guardedPackets{conn, m.policy}, nil
	}
	var c net.ListenConfig
	conn, err := c.ListenPacket(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &guardedPackets{conn, m.policy}, nil
}

// ListenAnswers opens a UDP socket for answers to those who spoke first: they are
// no calls, and the policy is not asked.
func (m *Machine) ListenAnswers(ctx context.Context, network, addr string) (net.PacketConn, error) {
	var c net.ListenConfig
	return c.ListenPacket(ctx, network, addr)
}

type guardedPackets struct {
	net.PacketConn
	policy Policy
}

// WriteTo sends a datagram where the policy allows it.
func (g *guardedPackets) WriteTo(p []byte, to net.Addr) (int, error) {
	ap, err := netip.ParseAddrPort(to.String())
	if err != nil {
		return 0, denied(to.String(), "it is no network address")
	}
	if reason := g.policy.deny(ap); reason != "" {
		return 0, denied(ap.String(), reason)
	}
	return g.PacketConn.WriteTo(p, to)
}

// ListenPacket opens a UDP socket of the host 192.0.2.1.
func (m *MemNet) ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error) {
	return memHost{m, serverAddr()}.ListenPacket(ctx, network, addr)
}

// ListenAnswers is ListenPacket: nothing is denied in memory.
func (m *MemNet) ListenAnswers(ctx context.Context, network, addr string) (net.PacketConn, error) {
	return m.ListenPacket(ctx, network, addr)
}

// ListenAnswers is ListenPacket.
func (h memHost) ListenAnswers(ctx context.Context, network, addr string) (net.PacketConn, error) {
	return h.ListenPacket(ctx, network, addr)
}

// ListenPacket opens a UDP socket; an empty or unspecified address is the host's
// own, port 0 picks a port. Datagrams arrive in order or, where nobody listens or
// the socket's queue is full, not at all.
func (h memHost) ListenPacket(_ context.Context, network, addr string) (net.PacketConn, error) {
	if network != "udp" && network != "udp4" {
		return nil, opError("listen", network, addr, net.UnknownNetworkError(network))
	}
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	ap, err := h.resolve("tcp", addr)
	if err != nil {
		return nil, opError("listen", network, addr, err)
	}
	if ap.Port() == 0 {
		ap = netip.AddrPortFrom(ap.Addr(), h.net.port())
	}
	if _, taken := h.net.packets[ap]; taken {
		return nil, opError("listen", network, addr, syscall.EADDRINUSE)
	}
	c := &memPackets{net: h.net, addr: ap, queue: make(chan datagram, backlog), closed: make(chan struct{})}
	h.net.packets[ap] = c
	return c, nil
}

type datagram struct {
	data []byte
	from netip.AddrPort
}

// memPackets is a UDP socket in memory.
type memPackets struct {
	net   *MemNet
	addr  netip.AddrPort
	queue chan datagram

	once   sync.Once
	closed chan struct{}
}

var _ net.PacketConn = (*memPackets)(nil)

// ReadFrom waits for the next datagram; of a longer one the rest is lost.
func (c *memPackets) ReadFrom(p []byte) (int, net.Addr, error) {
	select {
	case d := <-c.queue:
		return copy(p, d.data), net.UDPAddrFromAddrPort(d.from), nil
	case <-c.closed:
		return 0, nil, opError("read", "udp", c.addr.String(), net.ErrClosed)
	}
}

// WriteTo sends a datagram to an address without a name.
func (c *memPackets) WriteTo(p []byte, to net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, opError("write", "udp", c.addr.String(), net.ErrClosed)
	default:
	}
	ap, err := netip.ParseAddrPort(to.String())
	if err != nil {
		return 0, opError("write", "udp", to.String(), err)
	}
	c.net.mu.Lock()
	far := c.net.packets[netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())]
	c.net.mu.Unlock()
	if far != nil {
		select {
		case far.queue <- datagram{append([]byte(nil), p...), c.addr}:
		default: // a full queue drops, as a full buffer does
		}
	}
	return len(p), nil
}

// Close frees the port and ends a ReadFrom.
func (c *memPackets) Close() error {
	c.once.Do(func() {
		c.net.mu.Lock()
		delete(c.net.packets, c.addr)
		c.net.mu.Unlock()
		close(c.closed)
	})
	return nil
}

// LocalAddr returns the socket's address as a UDP one.
func (c *memPackets) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

// SetDeadline is not supported: Close ends what waits.
func (c *memPackets) SetDeadline(time.Time) error { return errNoDeadline() }

// SetReadDeadline is not supported.
func (c *memPackets) SetReadDeadline(time.Time) error { return errNoDeadline() }

// SetWriteDeadline does nothing: a datagram never waits.
func (c *memPackets) SetWriteDeadline(time.Time) error { return nil }

func errNoDeadline() error {
	return fault.New(fault.Invalid, "a socket in memory has no deadline")
}
