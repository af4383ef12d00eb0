package registrar

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/limit"
)

// peer is somebody at a host of a network in memory.
type peer struct {
	t    *testing.T
	conn net.PacketConn
	got  chan string
}

// peers runs a registrar that lets everybody in, and lets others talk to it.
func peers(t *testing.T) (*Registrar, func(host string) *peer) {
	t.Helper()
	m := dial.NewMemNet()
	r, err := Open(t.Context(), Config{Network: m, Listen: netip.MustParseAddrPort("192.0.2.1:5060")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Run(ctx)
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
	return r, func(host string) *peer {
		t.Helper()
		conn, err := m.Host(netip.MustParseAddr(host)).(Network).ListenPacket(t.Context(), "udp", ":5060")
		if err != nil {
			t.Fatal(err)
		}
		p := &peer{t: t, conn: conn, got: make(chan string, 1000)}
		go func() {
			buf := make([]byte, 5000)
			for {
				n, _, err := conn.ReadFrom(buf)
				if err != nil {
					return
				}
				p.got <- string(buf[:n])
			}
		}()
		t.Cleanup(func() { _ = conn.Close() })
		return p
	}
}

func (p *peer) send(to, text string) {
	p.t.Helper()
	if _, err := p.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(to))); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
}

// all returns what came so far.
func (p *peer) all() (out []string) {
	synctest.Wait()
	for len(p.got) > 0 {
		out = append(out, <-p.got)
	}
	return out
}

const ours = "192.0.2.1:5060"

func request(method, to, id string, seq int, more ...string) string {
	body := ""
	if method == "INVITE" {
		body = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	}
	lines := append([]string{
		method + " sip:" + to + "@192.0.2.1 SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK%s%d", id, seq), "From: <sip:101@192.0.2.1>;tag=a", "To: <sip:" + to + "@192.0.2.1>",
		"Call-ID: " + id, fmt.Sprintf("CSeq: %d %s", seq, method), "Contact: <sip:101@192.0.2.7:5060>", fmt.Sprintf("Content-Length: %d", len(body)),
	}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

var nonceIn = regexp.MustCompile(`nonce="([^"]+)"`)

// call calls the echo with what passes for proof here, and returns the answers.
func (p *peer) call(id string) []string {
	p.t.Helper()
	p.send(ours, request("INVITE", "600", id, 1))
	asked := p.all()
	if len(asked) != 1 || !strings.HasPrefix(asked[0], "SIP/2.0 407") {
		p.t.Fatalf("no challenge: %q", asked)
	}
	nonce := nonceIn.FindStringSubmatch(asked[0])[1]
	p.send(ours, request("INVITE", "600", id, 2, `Proxy-Authorization: Digest username="101", realm="192.0.2.1", nonce="`+nonce+`", uri="sip:600@192.0.2.1", response="`+strings.Repeat("0", 32)+`"`))
	return p.all()
}

// An answer is repeated until it is acknowledged, speech goes back to the caller
// alone, a silent call is forgotten, and more than so many are not taken.
func TestRegistrar_bounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, at := peers(t)
		caller, stranger := at("192.0.2.7"), at("192.0.2.8")
		got := caller.call("one")
		if len(got) != 1 || !strings.HasPrefix(got[0], "SIP/2.0 200") {
			t.Fatalf("answered %q", got)
		}
		time.Sleep(4 * time.Second)
		if n := len(caller.all()); n != 3 { // after 0.5, 1.5 and 3.5 s
			t.Errorf("%d repetitions in 4 s, want 3", n)
		}
		caller.send(ours, request("ACK", "600", "one", 2))
		time.Sleep(20 * time.Second)
		if again := caller.all(); len(again) != 0 {
			t.Errorf("it goes on after the ACK: %q", again)
		}
		port := regexp.MustCompile(`m=audio (\d+)`).FindStringSubmatch(got[0])[1]
		stranger.send("192.0.2.1:"+port, "\x80\x00 speech of somebody else")
		if heard := append(stranger.all(), caller.all()...); len(heard) != 0 {
			t.Errorf("a stranger's packet comes back: %q", heard)
		}
		for i := range limit.RegistrarCalls - 1 {
			caller.call(fmt.Sprint("more", i))
		}
		if got := caller.call("too many"); !strings.Contains(fmt.Sprint(got), "486 Too Many Calls") {
			t.Errorf("one too many: %q", got)
		}
		time.Sleep(limit.RegistrarSilence + sweepEvery + time.Second)
		r.mu.Lock()
		left := len(r.calls)
		r.mu.Unlock()
		if left != 0 {
			t.Errorf("%d silent calls are kept", left)
		}
	})
}

// Nobody can have the registrar send to a third party by a forged answer.
func TestRegistrar_forged_answer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, at := peers(t)
		forger, victim := at("192.0.2.8"), at("192.0.2.9")
		forger.send(ours, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK00;rport\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;received=192.0.2.9;rport=5060\r\nFrom: <sip:1@x>;tag=a\r\nTo: <sip:2@x>;tag=b\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n")
		forger.send(ours, request("ACK", "102", "x", 1, "Route: <sip:192.0.2.1:5060;lr>"))
		forger.send(ours, strings.Replace(request("BYE", "102", "y", 1), "sip:102@192.0.2.1 ", "sip:102@192.0.2.9 ", 1))
		if got := victim.all(); len(got) != 0 {
			t.Errorf("a third party was sent %q", got)
		}
	})
}
