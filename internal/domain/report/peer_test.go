package report_test

import (
	"net"
	"strings"
	"testing"
)

// peer is the other end of a SIP line as far as the calls of these tests go, read
// from the wire by RFC 3261 and knowing nothing of ours: it takes every call, takes
// over where one is transferred, says that it worked (RFC 3515) and refuses to
// register anybody.
type peer struct {
	t    *testing.T
	conn net.PacketConn
}

// newPeer opens one; it is closed with the test.
func newPeer(t *testing.T) (at string) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := peer{t, conn}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 64<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			p.take(string(buf[:n]), from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

func (p peer) take(text string, from net.Addr) {
	method, _, _ := strings.Cut(text, " ")
	at := p.conn.LocalAddr().String()
	contact := "Contact: <sip:peer@" + at + ">"
	switch method {
	case "REGISTER":
		p.answer(text, "403 Forbidden", from)
	case "INVITE":
		host, port, _ := net.SplitHostPort(at)
		p.answer(text, "200 OK", from, contact, "Content-Type: application/sdp", "",
			"v=0", "o=- 1 1 IN IP4 "+host, "s=-", "c=IN IP4 "+host, "t=0 0", "m=audio "+port+" RTP/AVP 0")
	case "REFER":
		p.answer(text, "202 Accepted", from, contact)
		p.send(from, "NOTIFY sip:phone@"+from.String()+" SIP/2.0", "Via: SIP/2.0/UDP "+at+";branch=z9hG4bKnews"+field(text, "CSeq")[:1], "Max-Forwards: 70",
			"From: "+tagged(text), "To: "+field(text, "From"), "Call-ID: "+field(text, "Call-ID"), "CSeq: 1 NOTIFY", contact,
			"Event: refer", "Subscription-State: terminated", "Content-Type: message/sipfrag", "Content-Length: 16", "", "SIP/2.0 200 OK")
	case "BYE", "OPTIONS", "CANCEL":
		p.answer(text, "200 OK", from)
	}
}

// answer answers a request. more are further fields and, after an empty one, a body.
func (p peer) answer(text, status string, to net.Addr, more ...string) {
	lines := []string{"SIP/2.0 " + status, "Via: " + field(text, "Via"), "From: " + field(text, "From"), "To: " + tagged(text), "Call-ID: " + field(text, "Call-ID"), "CSeq: " + field(text, "CSeq")}
	p.send(to, append(lines, more...)...)
}

func (p peer) send(to net.Addr, lines ...string) {
	head, body := lines, []string(nil)
	for i, l := range lines {
		if l == "" {
			head, body = lines[:i], lines[i+1:]
			break
		}
	}
	text := strings.Join(head, "\r\n") + "\r\n\r\n"
	if len(body) > 0 {
		text += strings.Join(body, "\r\n") + "\r\n"
	}
	_, _ = p.conn.WriteTo([]byte(text), to) // what is lost is sent again, or the test sees that nothing came
}

// field is the first header field of a name.
func field(text, name string) string {
	for line := range strings.SplitSeq(text, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// tagged is the To of a request with our tag.
func tagged(text string) string {
	to := field(text, "To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=peer"
	}
	return to
}
