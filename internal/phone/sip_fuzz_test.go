package phone

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
)

// A message that is cut out of a stream never is longer than what is allowed,
// and says of itself how long it is.
func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 3\r\n\r\nabcOPTIONS"))
	f.Add([]byte("\r\n\r\n"))
	f.Add([]byte("x\r\nl: 99999999999\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReader(bytes.NewReader(data))
		for range 10 {
			m, err := readMessage(r)
			if err != nil {
				return
			}
			if len(m) > 2*mostMessage+4 {
				t.Fatalf("%d bytes", len(m))
			}
		}
	})
}

// A description that was read is written again in a form that reads the same.
func FuzzReadSession(f *testing.F) {
	f.Add([]byte("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/SAVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=crypto:1 x inline:y\r\na=sendonly\r\n"))
	f.Add([]byte("m=audio 0 RTP/AVP 0\nm=audio 5000 RTP/AVP 111\na=rtpmap:111 opus/48000/2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := readSession(data)
		if len(s.formats) == 0 || !s.addr.IsValid() || !s.addr.Addr().Is4() || len(data) > 2000 {
			return
		}
		again := readSession([]byte(s.write(Media{})))
		if again.send != s.send || again.secure != s.secure || again.addr.Port() != s.addr.Port() {
			t.Fatalf("%+v, and then %+v", s, again)
		}
	})
}

// Whatever comes in at the line's port, the phone goes on: after it, it still
// answers OPTIONS.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("INVITE sip:101@192.0.2.77 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:101@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.10>\r\n\r\n"))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.77\r\nCSeq: 1 INVITE\r\nCall-ID: x\r\n\r\n"))
	f.Add([]byte("REFER sip:x SIP/2.0\r\nRefer-To: <tel:1>\r\n\r\n"))
	f.Add([]byte("BYE sip:x SIP/2.0\r\nVia: x\r\nFrom: \r\nTo:\r\nCSeq: x\r\n\r\n"))
	f.Add([]byte("\x01\x01\x00\x0c\x21\x12\xa4\x42123456789012\x00\x20\xff\xff\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) {
			n := dial.NewMemNet()
			n77 := n.Host(netip.MustParseAddr("192.0.2.77")).(VoiceNetwork)
			p := &Phone{cfg: Config{Clock: clock.System{}, MinutesAs: time.Minute, MAC: "00005e005301", Log: discard(), SIP: &SIP{Address: netip.MustParseAddr("192.0.2.77"), DNS: noNames{}}, Network: n77}}
			v := Voice{Lines: []Line{{Index: 1, Active: true, User: "101", Servers: []string{"192.0.2.10"}, Transport: UDP, T1: 1e8, T2: 1e9, Calls: Calls{Answer: true}, Media: Media{Codecs: []Codec{PCMU}}, Guard: Guard{Refer: ReferObeyed, CheckMessages: true}}}}
			ctx, off := context.WithCancel(t.Context())
			defer off()
			a := p.startAgent(ctx, v, nil, false)
			defer a.stop()
			l := a.lines[0]
			from := hop{transport: UDP, addr: netip.MustParseAddrPort("192.0.2.10:5060")}
			if !l.takeSTUN(data) {
				l.receive(ctx, data, from)
			}
			synctest.Wait()
			l.receive(ctx, []byte(strings.ReplaceAll("OPTIONS sip:101@192.0.2.77 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKlast\nFrom: <sip:a@b>;tag=1\nTo: <sip:101@b>\nCall-ID: last\nCSeq: 1 OPTIONS\n\n", "\n", "\r\n")), from)
			l.mu.Lock()
			defer l.mu.Unlock()
			for key, s := range l.served {
				if strings.Contains(key, "z9hG4bKlast") && s.answer != nil && s.answer.StatusCode == 200 {
					return
				}
			}
			t.Fatal("the phone no longer answers")
		})
	})
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// noNames is a DNS that knows no name.
type noNames struct{}

func (noNames) Hosts(_ context.Context, name string) ([]netip.Addr, time.Duration, error) {
	return nil, 0, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
func (noNames) Services(context.Context, string) ([]Service, time.Duration, error) {
	return nil, 0, nil
}
func (noNames) Pointers(context.Context, string) ([]string, error) { return nil, nil }
