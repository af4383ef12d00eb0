package phone

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwether/internal/protocol/cwmp"
)

// stunSettings is what the data model says of STUN.
type stunSettings struct {
	server         string // host:port
	user, password string
	every          time.Duration
	port           int
}

// stunClient keeps a binding with a STUN server (RFC 3489, as TR-111 wants it) and
// hears connection requests on the same socket.
type stunClient struct {
	m     *manager
	set   stunSettings
	conn  net.PacketConn
	off   context.CancelFunc
	work  sync.WaitGroup
	heard chan []byte // answers of the server
}

// bind opens, moves or closes the UDP side as the data model says.
func (d *doors) bind(ctx context.Context, conf Management, on bool) {
	m := d.manager
	t := m.data(conf)
	const at = "ManagementServer."
	yes := t.orUsual(at+"STUNEnable", "0")
	set := stunSettings{
		user: t.orUsual(at+"STUNUsername", ""), password: t.orUsual(at+"STUNPassword", ""), port: conf.RequestPort,
		every: m.pause(time.Duration(t.number(at+"STUNMinimumKeepAlivePeriod", 20)) * time.Second),
	}
	host := t.orUsual(at+"STUNServerAddress", "")
	if u, err := url.Parse(conf.URL); err == nil && host == "" {
		host = u.Hostname() // TR-106: that of the server, where none is named
	}
	set.server = net.JoinHostPort(host, strconv.Itoa(t.number(at+"STUNServerPort", 3478)))
	enabled := yes == "1" || strings.EqualFold(yes, "true")
	if d.stun != nil && (!on || !enabled || d.stun.set != set) {
		d.unbind()
	}
	if d.stun != nil || !on || !enabled {
		return
	}
	conn, err := m.net.ListenPacket(ctx, "udp", net.JoinHostPort(m.conf.Address.String(), strconv.Itoa(conf.RequestPort)))
	if err != nil {
		m.phone.cfg.Log.Warn("a phone cannot take connection requests by UDP", "mac", m.phone.cfg.MAC, "error", err)
		return
	}
	run, off := context.WithCancel(ctx)
	c := &stunClient{m: m, set: set, conn: conn, off: off, heard: make(chan []byte, 4)}
	c.work.Go(func() { c.read(conf) })
	c.work.Go(func() { c.keep(run) })
	d.stun = c
}

func (d *doors) unbind() {
	if d.stun == nil {
		return
	}
	d.stun.off()
	_ = d.stun.conn.Close()
	d.stun.work.Wait()
	d.stun = nil
	d.manager.mu.Lock()
	d.manager.status.UDPAddress = ""
	d.manager.mu.Unlock()
}

// The words of STUN that TR-111 needs.
const (
	stunRequest  = 0x0001
	stunAnswer   = 0x0101
	stunRefusal  = 0x0111
	stunMapped   = 0x0001
	stunUser     = 0x0006
	stunSeal     = 0x0008
	stunRequests = 0xC001 // CONNECTION-REQUEST-BINDING
	stunChange   = 0xC002 // BINDING-CHANGE
	stunWord     = "dslforum.org/TR-111 "
)

// keep asks again and again what address the phone has outside. It proves who it is
// once a server has wanted that.
func (c *stunClient) keep(ctx context.Context) {
	signed := false
	for ctx.Err() == nil {
		mapped, refused := c.ask(ctx, signed)
		if refused && !signed && c.set.password != "" {
			signed = true
			continue
		}
		if mapped.IsValid() {
			c.m.mapped(mapped.String())
		}
		if c.m.phone.cfg.Clock.Sleep(ctx, c.set.every) != nil {
			return
		}
	}
}

// mapped is that the phone has learned its address outside. Another one is a value
// change, whatever notification is set (TR-111 §2.2.2.3), and is told with it.
func (m *manager) mapped(address string) {
	m.mu.Lock()
	const name = "ManagementServer.UDPConnectionRequestAddress"
	old := m.status.UDPAddress
	changed := old != address
	if m.status.UDPAddress = address; changed {
		m.flash.notify[name], m.flash.told[name] = cwmp.NotifyActive, old
	}
	m.mu.Unlock()
	if changed {
		m.raise(cwmp.EventValueChange, "")
		m.phone.nudge()
	}
}

// ask sends one binding request and waits for its answer.
func (c *stunClient) ask(ctx context.Context, signed bool) (mapped netip.AddrPort, refused bool) {
	to, ok := c.resolve(ctx)
	if !ok {
		return mapped, false
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	if _, err := c.conn.WriteTo(c.request(id, signed), net.UDPAddrFromAddrPort(to)); err != nil {
		return mapped, false
	}
	nap, cancel := context.WithTimeout(ctx, stunWait)
	defer cancel()
	for {
		select {
		case b := <-c.heard:
			if subtle.ConstantTimeCompare(b[4:20], id) == 1 {
				return mappedIn(b), binary.BigEndian.Uint16(b) == stunRefusal
			}
		case <-nap.Done():
			return mapped, false
		}
	}
}

func (c *stunClient) resolve(ctx context.Context) (netip.AddrPort, bool) {
	if ap, err := netip.ParseAddrPort(c.set.server); err == nil {
		return ap, true
	}
	host, port := splitPort(c.set.server)
	dns := Resolver(systemDNS{})
	if c.m.phone.cfg.SIP != nil && c.m.phone.cfg.SIP.DNS != nil {
		dns = c.m.phone.cfg.SIP.DNS
	}
	list, _, err := dns.Hosts(ctx, host)
	if err != nil || len(list) == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(list[0], port), true
}

// request writes a binding request that says what it is for.
func (c *stunClient) request(id []byte, signed bool) []byte {
	var body []byte
	add := func(kind uint16, value string) {
		body = binary.BigEndian.AppendUint16(body, kind)
		body = binary.BigEndian.AppendUint16(body, uint16(len(value))) //nolint:gosec // a setting's value, of 4096 bytes at most
		body = append(body, value...)
		for len(body)%4 > 0 {
			body = append(body, ' ')
		}
	}
	add(stunRequests, stunWord)
	if slices.Contains(c.m.waiting(), cwmp.Event{Code: cwmp.EventValueChange}) {
		add(stunChange, "")
	}
	if c.set.user != "" { // a multiple of four bytes (RFC 3489 §11.2.6)
		add(stunUser, c.set.user+strings.Repeat(" ", (4-len(c.set.user)%4)%4))
	}
	size := len(body)
	if signed {
		size += 4 + sha1.Size
	}
	b := binary.BigEndian.AppendUint16([]byte{0, stunRequest}, uint16(size)) //nolint:gosec // as above
	b = append(append(b, id...), body...)
	if signed {
		text := append([]byte(nil), b...)
		for len(text)%64 > 0 {
			text = append(text, 0) // RFC 3489 §11.2.8
		}
		seal := hmac.New(sha1.New, []byte(c.set.password))
		seal.Write(text)
		b = append(binary.BigEndian.AppendUint16(b, stunSeal), 0, sha1.Size)
		b = seal.Sum(b)
	}
	return b
}

// mappedIn finds MAPPED-ADDRESS in an answer.
func mappedIn(b []byte) netip.AddrPort {
	if binary.BigEndian.Uint16(b) != stunAnswer {
		return netip.AddrPort{}
	}
	for rest := b[20:]; len(rest) >= 12; {
		kind, size := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		if kind == stunMapped && size >= 8 && rest[5] == 1 {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest[8:12])), binary.BigEndian.Uint16(rest[6:]))
		}
		rest = rest[min(4+(size+3)/4*4, len(rest)):]
	}
	return netip.AddrPort{}
}

// read takes what comes in: answers of the STUN server, and connection requests.
func (c *stunClient) read(conf Management) {
	buf := make([]byte, 2048)
	for {
		n, _, err := c.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		b := buf[:n]
		if n >= 20 && b[0] == 1 {
			select {
			case c.heard <- slices.Clone(b):
			default: // nobody waits for it
			}
			continue
		}
		if id, ts, ok := judgeDatagram(b, conf.RequestUser, conf.RequestPassword); ok && c.m.first(id, ts) {
			c.m.requested()
		}
	}
}

// judgeDatagram reads a connection request by UDP (TR-111 §2.2.2.4) and checks its
// signature.
func judgeDatagram(b []byte, user, password string) (id string, ts int64, ok bool) {
	line, _, _ := strings.Cut(string(b), "\r\n")
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	u, err := url.Parse(target)
	if err != nil || method != http.MethodGet || !strings.HasPrefix(version, "HTTP/1.") || password == "" {
		return "", 0, false
	}
	q := u.Query()
	seal := hmac.New(sha1.New, []byte(password))
	seal.Write([]byte(q.Get("ts") + q.Get("id") + q.Get("un") + q.Get("cn")))
	sig, err := hex.DecodeString(q.Get("sig"))
	if err != nil || !hmac.Equal(sig, seal.Sum(nil)) || q.Get("un") != user {
		return "", 0, false
	}
	ts, err = strconv.ParseInt(q.Get("ts"), 10, 64)
	return q.Get("id"), ts, err == nil
}

// first reports whether a datagram is new: each comes three times, and an older one
// is a replay.
func (m *manager) first(id string, ts int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ts < m.requests.last || slices.Contains(m.requests.seen, id) {
		return false
	}
	m.requests.last = ts
	m.requests.seen = append(m.requests.seen, id)
	if over := len(m.requests.seen) - keptNonces; over > 0 {
		m.requests.seen = slices.Delete(m.requests.seen, 0, over)
	}
	return true
}
