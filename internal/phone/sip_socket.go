package phone

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/limit"
)

// hop is where a message goes, or came from.
type hop struct {
	transport Transport
	addr      netip.AddrPort
	host      string // as the settings name it, for certificates
	conn      net.Conn
}

// sockets are what a line listens on and the connections that it has.
type sockets struct {
	udp       net.PacketConn
	listeners []net.Listener
	port      int

	mu     sync.Mutex // guards what follows
	conns  map[netip.AddrPort]net.Conn
	closed bool
}

// mostMessage bounds a message of SIP.
const mostMessage = limit.HeaderBytes

// open binds the line's sockets: by UDP, by streams, or both, as the settings
// say. Where the port is taken by another phone on this machine, a line that
// names none takes any.
func (l *line) open(ctx context.Context) error {
	l.sock.conns = map[netip.AddrPort]net.Conn{}
	l.sock.port = l.Port
	if l.sock.port == 0 {
		l.sock.port = 5060 + 2*(l.Index-1) // as the makers number them
	}
	if l.a.voice.RandomPorts {
		l.sock.port = 10240 + 2*l.a.random(20000)
	}
	addr := netip.AddrPortFrom(l.a.sip.Address, uint16(l.sock.port)).String() //nolint:gosec // a port
	if l.Transport == UDP || l.AlsoUDP {
		conn, err := l.a.net.ListenPacket(ctx, "udp", addr)
		if err != nil {
			return fmt.Errorf("listen for SIP: %w", err)
		}
		l.sock.udp = conn
		l.a.wg.Go(func() { l.readPackets(ctx, conn) })
	}
	if l.Transport != UDP || l.AlsoTCP || l.AlsoTLS {
		return l.listen(ctx, addr)
	}
	return nil
}

func (l *line) listen(ctx context.Context, addr string) error {
	ln, err := l.a.net.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen for SIP: %w", err)
	}
	how := TCP
	if l.Transport == TLS || l.AlsoTLS && !l.AlsoTCP {
		conf := l.a.phone.cfg.TLS
		if conf == nil || len(conf.Certificates) == 0 {
			return ln.Close() // without a certificate nobody can call by TLS
		}
		how = TLS
		ln = tls.NewListener(ln, &tls.Config{Certificates: conf.Certificates, MinVersion: tls.VersionTLS12, Time: l.a.clock.Now})
	}
	l.sock.listeners = append(l.sock.listeners, ln)
	l.a.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			l.adopt(ctx, how, conn)
		}
	})
	return nil
}

// adopt keeps a connection and reads from it.
func (l *line) adopt(ctx context.Context, how Transport, conn net.Conn) {
	from := addrOf(conn.RemoteAddr())
	l.sock.mu.Lock()
	defer l.sock.mu.Unlock()
	if l.sock.closed {
		_ = conn.Close()
		return
	}
	l.sock.conns[from] = conn
	l.a.wg.Go(func() {
		l.readStream(ctx, hop{transport: how, addr: from, conn: conn})
		_ = conn.Close()
		l.sock.mu.Lock()
		defer l.sock.mu.Unlock()
		if l.sock.conns[from] == conn {
			delete(l.sock.conns, from)
		}
	})
}

// close ends what the line listens on and is connected to.
func (l *line) close() {
	if l.sock.udp != nil {
		_ = l.sock.udp.Close()
	}
	for _, ln := range l.sock.listeners {
		_ = ln.Close()
	}
	l.sock.mu.Lock()
	defer l.sock.mu.Unlock()
	l.sock.closed = true
	for _, c := range l.sock.conns {
		_ = c.Close()
	}
}

func (l *line) readPackets(ctx context.Context, conn net.PacketConn) {
	buf := make([]byte, mostMessage)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return
		}
		if err != nil {
			continue // of a datagram that did not arrive (ICMP)
		}
		if l.takeSTUN(buf[:n]) {
			continue
		}
		l.receive(ctx, buf[:n], hop{transport: UDP, addr: addrOf(from)})
	}
}

// readStream cuts a stream into messages by their Content-Length.
func (l *line) readStream(ctx context.Context, from hop) {
	r := bufio.NewReader(io.LimitReader(from.conn, 1<<40))
	for {
		data, err := readMessage(r)
		if err != nil {
			return
		}
		if len(data) > 0 {
			l.receive(ctx, data, from)
		}
	}
}

// readMessage reads one message of a stream; a keep-alive is an empty one.
func readMessage(r *bufio.Reader) ([]byte, error) {
	var head strings.Builder
	size := 0
	tp := textproto.NewReader(r)
	for {
		text, err := tp.ReadLine()
		if err != nil {
			return nil, err
		}
		if head.Len()+len(text) > mostMessage {
			return nil, errors.New("the message is too large")
		}
		if text == "" && head.Len() == 0 {
			return nil, nil
		}
		head.WriteString(text + "\r\n")
		if text == "" {
			break
		}
		name, value, _ := strings.Cut(text, ":")
		if name = strings.TrimSpace(name); strings.EqualFold(name, "Content-Length") || name == "l" {
			if size, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || size < 0 || size > mostMessage {
				return nil, errors.New("the message has no length")
			}
		}
	}
	body := make([]byte, size)
	_, err := io.ReadFull(r, body)
	return append([]byte(head.String()), body...), err
}

func addrOf(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// send writes a message. A stream that is not there is dialled.
func (l *line) send(ctx context.Context, msg sip.Message, to hop) error {
	data := []byte(msg.String())
	if to.transport == UDP {
		return l.sendPacket(data, to.addr)
	}
	conn, err := l.connect(ctx, to)
	if err != nil {
		return err
	}
	_, err = conn.Write(data)
	return err
}

func (l *line) sendPacket(data []byte, to netip.AddrPort) error {
	if l.sock.udp == nil {
		return errors.New("the line does not speak UDP")
	}
	_, err := l.sock.udp.WriteTo(data, net.UDPAddrFromAddrPort(to))
	return err
}

// connect returns the connection to a peer, dialling where there is none.
func (l *line) connect(ctx context.Context, to hop) (net.Conn, error) {
	l.sock.mu.Lock()
	conn := l.sock.conns[to.addr]
	l.sock.mu.Unlock()
	if conn != nil {
		return conn, nil
	}
	conn, err := l.a.net.Dial(ctx, "tcp", to.addr.String())
	if err != nil {
		return nil, err
	}
	if k, ok := conn.(interface{ SetKeepAlive(bool) error }); ok {
		_ = k.SetKeepAlive(l.KeepTCP) // of a socket that is broken the writer hears
	}
	if to.transport == TLS {
		conf, err := l.clientTLS(to.host)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(conn, conf)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("the server's certificate: %w", err)
		}
		conn = secure
	}
	l.adopt(ctx, to.transport, conn)
	return conn, nil
}

// clientTLS checks of the server's certificate what the account says.
func (l *line) clientTLS(host string) (*tls.Config, error) {
	p := l.a.phone
	plan, err := p.cfg.Persona.Plan(p.device(), l.a.held)
	if err != nil {
		return nil, err
	}
	g := l.Guard
	conf, err := p.tlsConfig(Trust{Validate: g.CheckName || g.CheckChain, Hostname: g.CheckName && g.CheckChain, Factory: plan.Trust.Factory, Roots: plan.Trust.Roots})
	if err != nil {
		return nil, err
	}
	conf.ServerName = host
	if g.CheckName && !g.CheckChain {
		conf.VerifyConnection = func(cs tls.ConnectionState) error { return verifyName(cs.PeerCertificates[0], host) }
	}
	return conf, nil
}

func verifyName(c *x509.Certificate, host string) error { return c.VerifyHostname(host) }
