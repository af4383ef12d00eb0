package tftpd_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
)

// stranger is a name that nobody has; its bootstrap is what anybody gets.
const stranger = "cfg00005e0053fe.xml"

func house(t *testing.T) (*testkit.House, client) {
	t.Helper()
	h := testkit.New(t, testkit.WithDoors("tftp"))
	return h, client{addr: h.Addr(t, "tftp")}
}

func TestServer_options(t *testing.T) {
	t.Parallel()
	_, c := house(t)
	plain := c.get(t, stranger)
	if plain.code != 0 || plain.options != nil || plain.blocks != len(plain.body)/512+1 {
		t.Fatalf("without options: code %d, %v, %d blocks of %d bytes", plain.code, plain.options, plain.blocks, len(plain.body))
	}
	size := fmt.Sprint(len(plain.body))
	for what, tc := range map[string]struct {
		c    client
		want map[string]string
	}{
		"blksize":        {client{block: 1024}, map[string]string{"blksize": "1024"}},
		"too large":      {client{block: 65464}, map[string]string{"blksize": "1428"}},
		"tsize":          {client{size: true}, map[string]string{"tsize": size}},
		"both":           {client{size: true, block: 600}, map[string]string{"tsize": size, "blksize": "600"}},
		"too small":      {client{block: 8}, map[string]string{}},
		"netascii, size": {client{size: true, mode: "netascii"}, map[string]string{}},
	} {
		tc.c.addr = c.addr
		g := tc.c.get(t, stranger)
		if fmt.Sprint(g.options) != fmt.Sprint(tc.want) {
			t.Errorf("%s: the server agreed to %v, want %v", what, g.options, tc.want)
		}
		if got := bytes.ReplaceAll(g.body, []byte("\r\n"), []byte("\n")); len(got) != len(plain.body) {
			t.Errorf("%s: %d bytes, want %d", what, len(got), len(plain.body))
		}
	}
	from, _ := net.ResolveUDPAddr("udp", c.addr)
	if plain.from.(*net.UDPAddr).Port == from.Port {
		t.Error("a transfer goes from the door's own port")
	}
}

// TestServer_writes: a write gets the protocol's own error, whatever its name.
func TestServer_writes(t *testing.T) {
	t.Parallel()
	_, c := house(t)
	for _, name := range []string{stranger, "", "../../etc/passwd"} {
		if g := c.talk(t, c.request(2, name)); g.code != 2 {
			t.Errorf("a write to %q: error %d %s, want 2", name, g.code, g.text)
		}
	}
	if g := c.talk(t, []byte("\x00\x01a\x00mail\x00")); g.code != 4 {
		t.Errorf("the mode mail: error %d %s, want 4", g.code, g.text)
	}
}

// TestServer_repeated: a request that comes again while its transfer runs begins
// no second one, and a block that was not acknowledged comes again.
func TestServer_repeated(t *testing.T) {
	t.Parallel()
	_, c := house(t)
	conn, to := socket(t, c.addr, c.from)
	defer conn.Close()
	for range 20 {
		if _, err := conn.WriteTo(c.request(1, stranger), to); err != nil {
			t.Fatal(err)
		}
	}
	buf, ports, blocks := make([]byte, 600), map[string]bool{}, 0
	for blocks < 3 { // the first block and two repetitions
		n, from, err := receive(conn, buf, 5*time.Second)
		if err != nil {
			t.Fatalf("after %d blocks: %v", blocks, err)
		}
		if n < 4 || buf[1] != 3 || buf[3] != 1 {
			t.Fatalf("got %q, want block 1", buf[:n])
		}
		ports[from.String()] = true
		blocks++
	}
	if len(ports) != 1 {
		t.Errorf("%d transfers run for one request", len(ports))
	}
	for from := range ports { // the phone gives up
		peer, _ := net.ResolveUDPAddr("udp", from)
		_, _ = conn.WriteTo([]byte("\x00\x05\x00\x00enough\x00"), peer)
	}
}

// TestServer_parallel: a hundred phones at once behind one address.
func TestServer_parallel(t *testing.T) {
	t.Parallel()
	_, c := house(t)
	want := len(c.get(t, stranger).body)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			mine := client{addr: c.addr, block: 512 + i*5}
			for range 3 {
				if g := mine.get(t, fmt.Sprintf("cfg00005e00%04x.xml", 0x6000+i)); len(g.body) != want {
					t.Errorf("phone %d: code %d, %d bytes, want %d", i, g.code, len(g.body), want)
				}
			}
		})
	}
	all.Wait()
}

// TestServer_malformed: noise costs nothing, and real phones are heard in
// between. The full size runs in make bench.
func TestServer_malformed(t *testing.T) {
	t.Parallel()
	_, c := house(t)
	want := len(c.get(t, stranger).body)
	conn, to := socket(t, c.addr, c.from)
	defer conn.Close()
	seeds := [][]byte{c.request(1, stranger), c.request(2, stranger), []byte("\x00\x03\x00\x01data"), []byte("\x00\x04\x00\x01"), []byte("\x00\x05\x00\x01no\x00"), []byte("\x00\x06tsize\x000\x00"), nil}
	before := runtime.NumGoroutine()
	r := rand.New(rand.NewSource(1))
	for i := range 20_000 {
		b := bytes.Clone(seeds[i%len(seeds)])
		for range 1 + r.Intn(4) {
			if len(b) > 0 {
				b[r.Intn(len(b))] = byte(r.Intn(256))
			}
		}
		b = append(b, make([]byte, r.Intn(8)*r.Intn(100))...)
		if len(b) > 1 && b[0] == 0 && b[1] == 1 {
			b[1] = byte(7 + r.Intn(200)) // a request that can be read is no noise
		}
		_, _ = conn.WriteTo(b, to)
		if i%2000 == 0 {
			if g := c.get(t, stranger); len(g.body) != want {
				t.Errorf("after %d datagrams: code %d, %d bytes", i, g.code, len(g.body))
			}
		}
	}
	testkit.Wait(t, "no transfer is left over", func() bool { return runtime.NumGoroutine() < before+200 })
}

// TestServer_half_open: peers that ask and never answer take nobody's place, not
// even that of others at their own address: who asked first gives way.
func TestServer_half_open(t *testing.T) {
	t.Parallel()
	h, c := house(t)
	for i := range limit.TFTPPerAddress + 50 {
		conn, to := socket(t, c.addr, c.from)
		defer conn.Close()
		_, _ = conn.WriteTo(c.request(1, fmt.Sprintf("cfg00005e00%04x.xml", i)), to)
	}
	asked := h.Clock.Now()
	if g := c.get(t, stranger); g.code != 0 || len(g.body) == 0 {
		t.Errorf("beside half-open transfers a phone gets code %d", g.code)
	}
	if took := h.Clock.Now().Sub(asked); took > askAgain*7/2 { // by themselves they end after eleven seconds
		t.Errorf("beside half-open transfers a phone is answered after %s", took)
	}
}
