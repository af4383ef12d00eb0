package doortest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

// panics counts what a handler of the program recovered from, and keeps no line.
type panics struct{ n *atomic.Int64 }

func (panics) Enabled(context.Context, slog.Level) bool { return true }
func (p panics) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panic") {
		p.n.Add(1)
	}
	return nil
}
func (p panics) WithAttrs([]slog.Attr) slog.Handler { return p }
func (p panics) WithGroup(string) slog.Handler      { return p }

// nonsense is what is sent to one door, and what somebody else asks there all the
// while.
type nonsense struct {
	name    string
	n       int // in make test; a hundred times as many in the full sizes
	samples []string
	send    func(t *testing.T, data []byte)
	good    func(t *testing.T)
}

const (
	goodEvery = 100 // pieces of nonsense between two good requests
	growth    = 16 << 20
	few       = 50 // goroutines that come and go by themselves
)

// TestMalformed: a hundred thousand malformed datagrams and sessions make no
// handler panic, leave neither goroutines nor memory behind, and keep nobody from
// being answered.
func TestMalformed(t *testing.T) {
	caught := panics{&atomic.Int64{}}
	h := testkit.New(t, testkit.WithDoors("tftp", "ftp"), testkit.LogTo(caught))
	doors := nonsenses(t, h, testkit.Registrar(t))
	for _, d := range doors {
		d.run(t, max(d.n/100, goodEvery))
	}
	goroutines, heap := settled(t, runtime.NumGoroutine()+1000, 1<<40)
	start, total := h.Clock.Now(), 0
	for _, d := range doors {
		n := d.n
		if doortest.Long() {
			n *= 100
		}
		d.run(t, n)
		total += n
	}
	took := h.Clock.Now().Sub(start)
	after, used := settled(t, goroutines+few, heap+growth)
	t.Logf("%d in %s; goroutines %d before and %d after, heap %d and %d kB", total, took.Round(time.Millisecond), goroutines, after, heap>>10, used>>10)
	if n := caught.n.Load(); n != 0 {
		t.Errorf("%d panics", n)
	}
}

// settled waits until no more than so many goroutines run and so much memory is in
// use, and says what is.
func settled(t *testing.T, most int, bytes uint64) (goroutines int, heap uint64) {
	t.Helper()
	last := -1
	defer func() {
		if t.Failed() {
			t.Logf("%d goroutines, at most %d; %d kB in use, at most %d", goroutines, most, heap>>10, bytes>>10)
		}
	}()
	testkit.Wait(t, "what was begun has ended", func() bool {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap, goroutines = m.HeapAlloc, runtime.NumGoroutine()
		still := goroutines == last
		last = goroutines
		return still && goroutines <= most && heap <= bytes
	})
	return goroutines, heap
}

func (d nonsense) run(t *testing.T, n int) {
	t.Helper()
	var all sync.WaitGroup
	const workers = 2
	for w := range workers {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(w), uint64(n)))
			for i := range n / workers {
				d.send(t, spoilt(dice, d.samples[dice.IntN(len(d.samples))]))
				if i%goodEvery == 0 && w == 0 {
					d.good(t)
				}
			}
		})
	}
	all.Wait()
	d.good(t)
}

// spoilt is a message with something wrong: cut, with bits turned, bytes doubled,
// put in or left out, or nothing but noise.
func spoilt(dice *rand.Rand, s string) []byte {
	b := []byte(s)
	for range 1 + dice.IntN(3) {
		at := dice.IntN(len(b) + 1)
		switch dice.IntN(7) {
		case 0:
			b = b[:at]
		case 1:
			if at < len(b) {
				b[at] ^= 1 << dice.IntN(8)
			}
		case 2:
			b = append(b[:at:at], append(noise(dice, dice.IntN(20)), b[at:]...)...)
		case 3:
			b = append(b[:at:at], bytes.Repeat(b[at:], 1+dice.IntN(3))...)
		case 4:
			b = append(b[:at:at], b[min(at+1+dice.IntN(8), len(b)):]...)
		case 5:
			b = bytes.ReplaceAll(b, []byte{'\r', '\n'}, noise(dice, 1))
		case 6:
			b = noise(dice, 1+dice.IntN(600))
		}
	}
	return b[:min(len(b), 8000)]
}

func noise(dice *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	return b
}

func nonsenses(t *testing.T, h *testkit.House, sip string) []nonsense {
	t.Helper()
	p := h.World(t).Phones[0]
	request := "GET /p/" + p.Token + "/" + p.File() + " HTTP/1.1\r\nHost: phones.example.org\r\nRange: bytes=0-9\r\nIf-None-Match: \"a\"\r\nAuthorization: Digest username=\"x\", realm=\"provisioning\", nonce=\"1.2\", uri=\"/\", response=\"00\"\r\n\r\n"
	beside := netip.MustParseAddr("127.0.0.2")
	clear := doortest.Kept(func(t testing.TB) net.Conn { return doortest.Call(t, h, "provision_http", beside) })
	secure := doortest.Secure(t, h, beside)
	answered := func(ask doortest.Asker, path string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			if a := ask(t, path, ""); a.Kind != doortest.File {
				t.Errorf("a good request got %s: %s", a.Kind, a.Shape)
			}
		}
	}
	register := "REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKa;rport\r\nMax-Forwards: 70\r\nFrom: <sip:201@example.org>;tag=a\r\nTo: <sip:201@example.org>\r\n" +
		"Call-ID: a@127.0.0.1\r\nCSeq: 1 REGISTER\r\nContact: <sip:201@127.0.0.1:5062>\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n"
	message := strings.ReplaceAll(strings.Replace(register, "Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Length: 120\r\n\r\nv=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n", 1), "REGISTER", "MESSAGE") // no INVITE, whose transactions live for half a minute
	ftp := "USER anonymous\r\nPASS x\r\nSYST\r\nPWD\r\nTYPE I\r\nSIZE /" + p.File() + "\r\nREST 10\r\nRETR /" + p.File() + "\r\nSTOR x\r\nLIST\r\nAUTH TLS\r\nQUIT\r\n"                                                                                                                                                           // without EPSV, so that no transfer waits for its data connection
	b := bird{Device: p.Device}
	return []nonsense{
		{"TFTP", 40_000, []string{"\x00\x01" + p.File() + "\x00octet\x00blksize\x001428\x00tsize\x000\x00", "\x00\x02a\x00octet\x00", "\x00\x03\x00\x01data", "\x00\x04\x00\x01", "\x00\x05\x00\x01text\x00", "\x00\x06blksize\x008\x00"},
			datagrams(t, h.Addr(t, "tftp")), func(t *testing.T) { tftpGet(t, h.Addr(t, "tftp"), "cfg02ee00000001.xml") }},
		{"SIP", 30_000, []string{register, message, strings.ReplaceAll(register, "REGISTER", "OPTIONS"), "SIP/2.0 200 OK\r\n\r\n"}, datagrams(t, sip), func(t *testing.T) { optioned(t, sip) }},
		{"HTTP", 12_000, []string{request, strings.Replace(request, "GET", "POST", 1)}, sessions(h.Addr(t, "provision_http")), answered(clear, "cfg02ee00000001.xml")},
		{"HTTPS", 10_000, []string{hello(t), request}, sessions(h.Addr(t, "provision_https")), answered(secure, ownPath(p))},
		{"FTP", 8_000, []string{ftp}, sessions(h.Addr(t, "ftp")), func(t *testing.T) { b.overFTP(t, h, []string{"/" + p.File()}) }},
	}
}

func ownPath(p testkit.Phone) string { return "p/" + p.Token + "/" + p.File() }

// datagrams sends to a port, from one socket.
func datagrams(t *testing.T, to string) func(*testing.T, []byte) {
	t.Helper()
	c, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return func(t *testing.T, data []byte) {
		if _, err := c.Write(data); err != nil && !strings.Contains(err.Error(), "refused") {
			t.Errorf("send: %v", err)
		}
	}
}

// sessions connects, says something, says that no more comes, and waits for the
// end.
func sessions(to string) func(*testing.T, []byte) {
	return func(t *testing.T, data []byte) {
		c, err := net.Dial("tcp", to)
		if err != nil {
			t.Errorf("connect: %v", err)
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		_, _ = c.Write(data) // the door may have hung up
		_ = c.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("a session has no end: %q", data)
		}
	}
}

// hello is how a TLS client begins.
func hello(t *testing.T) string {
	t.Helper()
	here, there := net.Pipe()
	defer there.Close()
	go func() {
		_ = tls.Client(here, &tls.Config{ServerName: "phones.example.org", MinVersion: tls.VersionTLS12}).Handshake() // nobody answers
	}()
	b := make([]byte, 4096)
	n, err := there.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

// optioned asks the registrar what it can do.
func optioned(t *testing.T, to string) {
	t.Helper()
	c, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := "OPTIONS sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP " + c.LocalAddr().String() + ";branch=z9hG4bK" + c.LocalAddr().String()[10:] + ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:9@example.org>;tag=b\r\nTo: <sip:example.org>\r\n" +
		"Call-ID: " + c.LocalAddr().String() + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	buf := make([]byte, 4096)
	for range 20 { // a datagram may be lost where the socket is full
		if _, err := io.WriteString(c, ask); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		if n, err := c.Read(buf); err == nil && bytes.HasPrefix(buf[:n], []byte("SIP/2.0 ")) {
			return
		}
	}
	t.Error("a good question got no answer")
}
