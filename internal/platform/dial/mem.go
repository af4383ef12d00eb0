package dial

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"

	"bellwether/internal/platform/fault"
)

// MemNet is a network in memory: hosts with addresses and names, and TCP
// connections between them. Everything in it waits on channels and conditions,
// so that it runs in testing/synctest, where no real socket does.
//
// MemNet itself is a Network of the host 192.0.2.1; Host gives others.
type MemNet struct {
	mu        sync.Mutex // guards all below
	names     map[string]netip.Addr
	listeners map[netip.AddrPort]*memListener
	packets   map[netip.AddrPort]*memPackets
	nextPort  uint16
}

var _ Network = (*MemNet)(nil)

const (
	backlog   = 1024
	firstPort = 32768
)

// serverAddr is the host that MemNet itself stands for.
func serverAddr() netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, 1}) }

// NewMemNet returns a network without listeners. "localhost" is the address of
// whoever asks.
func NewMemNet() *MemNet {
	return &MemNet{names: map[string]netip.Addr{}, listeners: map[netip.AddrPort]*memListener{}, packets: map[netip.AddrPort]*memPackets{}, nextPort: firstPort}
}

// Name makes name resolve to ip.
func (m *MemNet) Name(name string, ip netip.Addr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names[name] = ip
}

// Host returns the network as the host with this address sees it: where it
// listens without an address and where its connections come from.
func (m *MemNet) Host(ip netip.Addr) Network { return memHost{m, ip} }

// Listen announces on an address of the host 192.0.2.1.
func (m *MemNet) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	return memHost{m, serverAddr()}.Listen(ctx, network, addr)
}

// Dial connects from the host 192.0.2.1.
func (m *MemNet) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return memHost{m, serverAddr()}.Dial(ctx, network, addr)
}

type memHost struct {
	net *MemNet
	ip  netip.Addr
}

// Listen announces on an address; an empty or unspecified one is the host's own,
// port 0 picks a port.
func (h memHost) Listen(_ context.Context, network, addr string) (net.Listener, error) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	ap, err := h.resolve(network, addr)
	if err != nil {
		return nil, opError("listen", network, addr, err)
	}
	if ap.Port() == 0 {
		ap = netip.AddrPortFrom(ap.Addr(), h.net.port())
	}
	if _, taken := h.net.listeners[ap]; taken {
		return nil, opError("listen", network, addr, syscall.EADDRINUSE)
	}
	l := &memListener{net: h.net, addr: ap, queue: make(chan *memConn, backlog), closed: make(chan struct{})}
	h.net.listeners[ap] = l
	return l, nil
}

// Dial connects to a listener. Like TCP it succeeds before the other side has
// accepted. Without a listener the connection is refused.
func (h memHost) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, opError("dial", network, addr, err)
	}
	h.net.mu.Lock()
	to, err := h.resolve(network, addr)
	l := h.net.listeners[to]
	from := netip.AddrPortFrom(h.ip, h.net.port())
	h.net.mu.Unlock()
	if err == nil && l == nil {
		err = syscall.ECONNREFUSED
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, opError("dial", network, addr, err), "call %s", addr)
	}
	near, far := memPipe(from, to)
	select {
	case l.queue <- far:
		return near, nil
	case <-l.closed:
		err = syscall.ECONNREFUSED
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, fault.Wrap(fault.Unavailable, opError("dial", network, addr, err), "call %s", addr)
}

// resolve reads host:port; the caller holds the lock.
func (h memHost) resolve(network, addr string) (netip.AddrPort, error) {
	if network != "tcp" && network != "tcp4" {
		return netip.AddrPort{}, net.UnknownNetworkError(network)
	}
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return netip.AddrPort{}, &net.AddrError{Err: "unknown port", Addr: addr}
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" || host == "localhost" || err == nil && (ip.IsUnspecified() || ip.IsLoopback()):
		ip = h.ip
	case err != nil:
		var ok bool
		if ip, ok = h.net.names[host]; !ok {
			return netip.AddrPort{}, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)), nil
}

// port returns a port that was not given out lately; the caller holds the lock.
func (m *MemNet) port() uint16 {
	p := m.nextPort
	if m.nextPort++; m.nextPort == 0 {
		m.nextPort = firstPort
	}
	return p
}

func opError(op, network, addr string, err error) error {
	return &net.OpError{Op: op, Net: network, Addr: memAddr(addr), Err: err}
}

// memAddr is an address for error texts.
type memAddr string

// Network returns "tcp".
func (memAddr) Network() string { return "tcp" }

// String returns the address.
func (a memAddr) String() string { return string(a) }

// memListener hands out the connections that were dialed to it.
type memListener struct {
	net   *MemNet
	addr  netip.AddrPort
	queue chan *memConn

	once   sync.Once
	closed chan struct{}
}

// Accept waits for the next connection.
func (l *memListener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, opError("accept", "tcp", l.addr.String(), net.ErrClosed)
	default:
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, opError("accept", "tcp", l.addr.String(), net.ErrClosed)
	}
}

// Close ends the listener and the connections that nobody accepted.
func (l *memListener) Close() error {
	l.once.Do(func() {
		l.net.mu.Lock()
		delete(l.net.listeners, l.addr)
		l.net.mu.Unlock()
		close(l.closed)
		for {
			select {
			case c := <-l.queue:
				_ = c.Close()
			default:
				return
			}
		}
	})
	return nil
}

// Addr returns the listener's address as a TCP one.
func (l *memListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }
