package grandstream_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/platform/dial"
)

// message is one that a peer got, as text.
type message struct {
	at     time.Time
	start  string
	method string // of a request
	code   int    // of an answer
	lines  []string
	body   string
	from   string
	by     string // udp, tcp or tls
	write  func(string)
}

// h returns a header by its name.
func (m *message) h(name string) string {
	for _, l := range m.lines {
		if k, v, _ := strings.Cut(l, ":"); strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func (m *message) text() string {
	return m.start + "\n" + strings.Join(m.lines, "\n") + "\n\n" + m.body
}

func read(text string) *message {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := &message{at: time.Now(), start: lines[0], lines: lines[1:], body: body}
	if rest, ok := strings.CutPrefix(m.start, "SIP/2.0 "); ok {
		m.code, _ = strconv.Atoi(rest[:3])
	} else {
		m.method, _, _ = strings.Cut(m.start, " ")
	}
	return m
}

// peer speaks SIP by hand, over UDP, TCP or TLS. What it gets it answers by its
// rules, and keeps for the test.
type peer struct {
	t    *testing.T
	net  dial.Network
	udp  net.PacketConn
	addr string

	mu    sync.Mutex
	rules map[string]func(*message) string // by method; "" answers nothing
	log   []*message
	news  chan struct{}
	read  map[string]int // how far next has read, by method
	conns []net.Conn
	sdp   string
	blank int
}

// packets is a network with datagrams.
type packets interface {
	dial.Network
	ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error)
}

func newPeer(t *testing.T, n *dial.MemNet, addr string) *peer {
	t.Helper()
	host := n.Host(netip.MustParseAddrPort(addr).Addr()).(packets)
	p := &peer{t: t, net: host, addr: addr, rules: map[string]func(*message) string{}, news: make(chan struct{}, 1), read: map[string]int{}}
	p.sdp = answerSDP("m=audio 40000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")
	var err error
	if p.udp, err = host.ListenPacket(t.Context(), "udp", addr); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, from, err := p.udp.ReadFrom(buf)
			if err != nil {
				return
			}
			p.take(string(buf[:n]), from.String(), "udp", func(s string) { _, _ = p.udp.WriteTo([]byte(s), from) })
		}
	}()
	t.Cleanup(func() {
		_ = p.udp.Close()
		<-done
	})
	return p
}

// listen takes streams too, secure ones with a certificate.
func (p *peer) listen(addr string, conf *tls.Config) {
	p.t.Helper()
	l, err := p.net.Listen(p.t.Context(), "tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	by := "tcp"
	if conf != nil {
		l, by = tls.NewListener(l, conf), "tls"
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.stream(c, by) })
		}
	})
	p.t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
}

// stream reads messages off a connection.
func (p *peer) stream(c net.Conn, by string) {
	p.mu.Lock()
	p.conns = append(p.conns, c)
	p.mu.Unlock()
	r := bufio.NewReader(c)
	for {
		var head strings.Builder
		size := 0
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			head.WriteString(line)
			if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, "Content-Length") {
				size, _ = strconv.Atoi(strings.TrimSpace(v))
			}
			if line == "\r\n" {
				break
			}
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		p.take(head.String()+string(body), c.RemoteAddr().String(), by, func(s string) { _, _ = c.Write([]byte(s)) })
	}
}

func (p *peer) take(text, from, by string, write func(string)) {
	if strings.TrimSpace(text) == "" {
		p.mu.Lock()
		p.blank++
		p.mu.Unlock()
		return
	}
	m := read(text)
	m.from, m.by, m.write = from, by, write
	p.mu.Lock()
	p.log = append(p.log, m)
	rule := p.rules[m.method]
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default:
	}
	if m.code > 0 || m.method == "ACK" {
		return
	}
	if rule == nil {
		rule = p.usual
	}
	if answer := rule(m); answer != "" {
		write(answer)
	}
}

// usual agrees to everything.
func (p *peer) usual(m *message) string {
	switch m.method {
	case "REGISTER":
		extra := []string{}
		if c := m.h("Contact"); c != "*" {
			extra = append(extra, "Contact: "+c, "Expires: "+m.h("Expires"))
		}
		return m.reply(200, "", extra...)
	case "SUBSCRIBE":
		return m.reply(200, "", "Expires: "+m.h("Expires"), "Contact: <sip:watcher@"+p.addr+">")
	case "INVITE":
		return m.reply(200, p.description(), "Contact: <sip:pbx@"+p.addr+">")
	case "REFER":
		return m.reply(202, "")
	}
	return m.reply(200, "")
}

// on sets the rule for a method.
func (p *peer) on(method string, rule func(*message) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules[method] = rule
}

func silent(*message) string { return "" }

func refuse(code int, extra ...string) func(*message) string {
	return func(m *message) string { return m.reply(code, "", extra...) }
}

// reply answers a request.
func (m *message) reply(code int, body string, extra ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d Said\r\n", code)
	for _, l := range m.lines {
		k, v, _ := strings.Cut(l, ":")
		switch strings.ToLower(k) {
		case "via", "from", "call-id", "cseq", "record-route":
			b.WriteString(l + "\r\n")
		case "to":
			if !strings.Contains(v, "tag=") && code > 100 {
				l += ";tag=peer"
			}
			b.WriteString(l + "\r\n")
		}
	}
	for _, e := range extra {
		b.WriteString(e + "\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// patience is how long a peer waits, in virtual time.
const patience = 3 * time.Hour

// next returns the next request of a method, or the next final answer for "SIP/2.0".
func (p *peer) next(method string) *message {
	p.t.Helper()
	m := p.within(method, patience)
	if m == nil {
		p.t.Fatalf("no %s came", method)
	}
	return m
}

// within waits no longer than d; nil is that none came.
func (p *peer) within(method string, d time.Duration) *message {
	end := time.After(d)
	for {
		p.mu.Lock()
		for i := p.read[method]; i < len(p.log); i++ {
			m := p.log[i]
			if m.method == method && m.code == 0 || method == "answer" && m.code >= 200 || method == "early" && m.code > 100 && m.code < 200 {
				p.read[method] = i + 1
				p.mu.Unlock()
				return m
			}
		}
		p.read[method] = len(p.log)
		p.mu.Unlock()
		select {
		case <-p.news:
		case <-end:
			return nil
		}
	}
}

// none fails where a request of the method comes within d.
func (p *peer) none(method string, d time.Duration) {
	p.t.Helper()
	if m := p.within(method, d); m != nil {
		p.t.Errorf("a %s came:\n%s", method, m.text())
	}
}

// count returns how many of a method have come.
func (p *peer) count(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, m := range p.log {
		if m.method == method {
			n++
		}
	}
	return n
}

// send writes a request to the phone and returns the final answer to it.
func (p *peer) send(text string) *message {
	p.t.Helper()
	p.write(text)
	return p.next("answer")
}

func (p *peer) write(text string) {
	p.t.Helper()
	if _, err := p.udp.WriteTo([]byte(text), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(phoneAddr+":5060"))); err != nil {
		p.t.Fatal(err)
	}
}

// request writes a request by hand. Extra headers replace those of their name.
func (p *peer) request(method, id string, seq int, body string, extra ...string) string {
	lines := []string{
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%s-%d", p.addr, method, id, seq), "Max-Forwards: 70",
		"From: \"Bob\" <sip:200@pbx.example.org>;tag=caller", "To: <sip:101@pbx.example.org>", "Call-ID: " + id,
		fmt.Sprintf("CSeq: %d %s", seq, method), "Contact: <sip:200@" + p.addr + ">",
	}
	uri := "sip:101@" + phoneAddr + ":5060"
	for _, e := range extra {
		name, value, _ := strings.Cut(e, ":")
		if name == "URI" {
			uri = strings.TrimSpace(value)
			continue
		}
		replaced := false
		for i, l := range lines {
			if strings.HasPrefix(l, name+":") {
				lines[i], replaced = e, true
			}
		}
		if !replaced {
			lines = append(lines, e)
		}
	}
	if method == "INVITE" && body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	kept := lines[:0]
	for _, l := range lines {
		if !strings.HasSuffix(l, ": -") { // "-" takes a header out
			kept = append(kept, l)
		}
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\n%s\r\nContent-Length: %d\r\n\r\n%s", method, uri, strings.Join(kept, "\r\n"), len(body), body)
}

// ack acknowledges an answer to an INVITE of the peer's.
func (p *peer) ack(id string, seq int, answer *message) {
	p.write(p.request("ACK", id, seq, "", "To: "+answer.h("To"), fmt.Sprintf("CSeq: %d ACK", seq)))
}

// answerSDP describes the peer's side.
func answerSDP(lines ...string) string {
	return "v=0\r\no=- 1 1 IN IP4 " + pbxAddr + "\r\ns=-\r\nc=IN IP4 " + pbxAddr + "\r\nt=0 0\r\n" + strings.Join(lines, "\r\n") + "\r\n"
}

// all returns what came so far.
func (p *peer) all() []*message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

func (p *peer) first() *message { return p.all()[0] }

// forget makes next wait for what comes from now on.
func (p *peer) forget(method string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read[method] = len(p.log)
}

func (p *peer) blanks() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blank
}

// describe sets the SDP that the peer offers and answers.
func (p *peer) describe(sdp string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sdp = sdp
}

func (p *peer) description() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sdp
}
