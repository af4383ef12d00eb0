package dial_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
)

func TestMachine_denies(t *testing.T) {
	t.Parallel()
	m := dial.New(dial.Policy{})
	for _, addr := range []string{
		"127.0.0.1:80", "127.8.8.8:80", "localhost:80", "[::1]:80", "0.0.0.0:80", "[::]:80", "0.1.2.3:80",
		"169.254.169.254:80", "169.254.1.1:80", "[fe80::1]:80", "[fd00:ec2::254]:80", "100.100.100.200:80",
		"224.0.1.75:5060", "[ff02::1]:80", "255.255.255.255:80",
		"[::ffff:127.0.0.1]:80", "[::ffff:169.254.169.254]:80", "[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80", "[::127.0.0.1]:80",
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		conn, err := m.Dial(ctx, "tcp", addr)
		cancel()
		if err == nil {
			conn.Close()
		}
		if !fault.Is(err, fault.Denied) {
			t.Errorf("Dial(%s) = %v, want Denied", addr, err)
		}
	}
	if _, err := m.Dial(context.Background(), "unix", "/run/x"); !fault.Is(err, fault.Denied) {
		t.Errorf("a unix socket: %v, want Denied", err)
	}
}

func TestMachine_own_ports(t *testing.T) {
	t.Parallel()
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	ours := listen(t, dial.New(dial.Policy{}), "127.0.0.1:0")
	other := listen(t, dial.New(dial.Policy{}), "127.0.0.1:0")
	port := ours.Addr().(*net.TCPAddr).AddrPort().Port()
	for name, own := range map[string]netip.Addr{"exact": netip.MustParseAddr("127.0.0.1"), "any": netip.IPv6Unspecified()} {
		m := dial.New(dial.Policy{Allow: loopback, Own: func() []netip.AddrPort { return []netip.AddrPort{netip.AddrPortFrom(own, port)} }})
		if _, err := m.Dial(context.Background(), "tcp", ours.Addr().String()); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: own port: %v, want Denied", name, err)
		}
		conn, err := m.Dial(context.Background(), "tcp", other.Addr().String())
		if err != nil {
			t.Errorf("%s: allowed port: %v", name, err)
			continue
		}
		conn.Close()
	}
}

func TestMachine_refused(t *testing.T) {
	t.Parallel()
	m := dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if _, err := m.Dial(context.Background(), "tcp", "127.0.0.1:1"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Dial = %v, want Unavailable", err)
	}
}

func listen(t *testing.T, n dial.Network, addr string) net.Listener {
	t.Helper()
	l, err := n.Listen(context.Background(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestMemNet_http(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := dial.NewMemNet()
		m.Name("house.example.org", netip.MustParseAddr("192.0.2.1"))
		l := listen(t, m, ":80")
		srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour)
			body, _ := io.ReadAll(r.Body)
			_, _ = w.Write(append([]byte(r.RemoteAddr+" "), body...))
		})}
		go func() { _ = srv.Serve(l) }()
		tr := dial.Transport(m.Host(netip.MustParseAddr("192.0.2.77")))
		tr.ResponseHeaderTimeout = 0
		big := strings.Repeat("x", 1<<20)
		resp, err := (&http.Client{Transport: tr}).Post("http://house.example.org/", "", strings.NewReader(big))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || !bytes.HasPrefix(got, []byte("192.0.2.77:")) || !bytes.HasSuffix(got, []byte(" "+big)) {
			t.Errorf("answer of %d bytes: %.40q, %v", len(got), got, err)
		}
		resp.Body.Close()
		tr.CloseIdleConnections()
		srv.Close()
	})
}

func TestMemNet_deadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := dial.NewMemNet()
		l := listen(t, m, "192.0.2.1:0")
		near, err := m.Dial(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		far, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		near.SetReadDeadline(start.Add(time.Minute))
		if _, err := near.Read(make([]byte, 1)); !timeout(err) || time.Since(start) != time.Minute {
			t.Errorf("Read = %v after %v", err, time.Since(start))
		}
		near.SetDeadline(time.Now().Add(-1))
		if _, err := near.Write([]byte("x")); !timeout(err) {
			t.Errorf("Write = %v", err)
		}
		near.SetDeadline(time.Time{})
		near.SetWriteDeadline(time.Now().Add(time.Minute))
		if n, err := near.Write(make([]byte, 1<<20)); !timeout(err) || n != 64<<10 {
			t.Errorf("Write into a full window = %d, %v", n, err)
		}
		if _, err := near.Write([]byte("x")); !timeout(err) {
			t.Errorf("Write after the deadline = %v", err)
		}
		near.Close()
		if got, err := io.ReadAll(far); err != nil || len(got) != 64<<10 {
			t.Errorf("the other side read %d bytes, %v", len(got), err)
		}
		if _, err := far.Write([]byte("x")); err == nil {
			t.Error("Write to a closed end succeeded")
		}
		far.Close()
		if _, err := far.Read(nil); err == nil {
			t.Error("Read of a closed connection succeeded")
		}
	})
}

func timeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func TestMemNet_addresses(t *testing.T) {
	t.Parallel()
	m := dial.NewMemNet()
	l := listen(t, m, ":443")
	if _, err := m.Listen(context.Background(), "tcp", "192.0.2.1:443"); err == nil {
		t.Error("one address was given twice")
	}
	listen(t, m.Host(netip.MustParseAddr("192.0.2.2")), ":443")
	for _, addr := range []string{"192.0.2.3:443", "192.0.2.1:444", "nobody.example.org:443", "192.0.2.1", "192.0.2.1:x"} {
		if _, err := m.Dial(context.Background(), "tcp", addr); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Dial(%s) = %v, want Unavailable", addr, err)
		}
	}
	if _, err := m.Dial(context.Background(), "udp", "192.0.2.1:443"); err == nil {
		t.Error("udp was taken for tcp")
	}
	waiting, err := m.Dial(context.Background(), "tcp", "localhost:443")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("Read of a connection that nobody accepted = %v", err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("Accept of a closed listener succeeded")
	}
	listen(t, m, ":443")
}

// TestMachine_DialFrom: whoever is called sees the address that was named, and the
// policy counts all the same.
func TestMachine_DialFrom(t *testing.T) {
	t.Parallel()
	m := dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	l, err := m.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := m.DialFrom(t.Context(), netip.MustParseAddr("127.0.0.77"), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if from := netip.MustParseAddrPort(s.RemoteAddr().String()).Addr(); from != netip.MustParseAddr("127.0.0.77") {
		t.Errorf("the call comes from %s", from)
	}
	if _, err := dial.New(dial.Policy{}).DialFrom(t.Context(), netip.MustParseAddr("127.0.0.77"), "tcp", l.Addr().String()); !fault.Is(err, fault.Denied) {
		t.Errorf("what is denied is called: %v", err)
	}
}
