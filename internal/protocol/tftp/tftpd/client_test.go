package tftpd_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// client is a TFTP client that shows all that comes over the wire. It asks again
// where nothing comes, as a phone does.
type client struct {
	addr  string
	from  string // the host that asks, "" for 127.0.0.1
	block int    // blksize to ask for, 0 for none
	size  bool   // ask for tsize
	mode  string
}

// got is what a server answered.
type got struct {
	body    []byte
	code    int // of an error, 0 for none
	text    string
	options map[string]string
	blocks  int
	from    net.Addr
}

const (
	askAgain = 2 * time.Second
	tries    = 15 // a loaded machine answers late
)

func (c client) request(op byte, name string) []byte {
	mode := c.mode
	if mode == "" {
		mode = "octet"
	}
	b := append([]byte{0, op}, name+"\x00"+mode+"\x00"...)
	if c.block > 0 {
		b = fmt.Appendf(b, "blksize\x00%d\x00", c.block)
	}
	if c.size {
		b = append(b, "tsize\x000\x00"...)
	}
	return b
}

// get fetches a file.
func (c client) get(t testing.TB, name string) got {
	t.Helper()
	return c.talk(t, c.request(1, name))
}

// talk sends a request and takes what comes until the last block or an error.
func (c client) talk(t testing.TB, request []byte) (g got) {
	t.Helper()
	conn, to := socket(t, c.addr, c.from)
	defer conn.Close()
	size, out, dest := 512, request, net.Addr(to)
	buf := make([]byte, 70_000)
	for try := 0; try < tries; {
		if _, err := conn.WriteTo(out, dest); err != nil {
			t.Fatalf("send: %v", err)
		}
		n, from, err := receive(conn, buf, askAgain)
		if err != nil {
			try++
			continue
		}
		try = 0
		dest, g.from = from, from
		switch op, arg := binary.BigEndian.Uint16(buf), int(binary.BigEndian.Uint16(buf[2:])); op {
		case 5:
			g.code, g.text = arg, strings.TrimSuffix(string(buf[4:n]), "\x00")
			return g
		case 6:
			g.options = options(buf[2:n])
			if v := g.options["blksize"]; v != "" {
				_, _ = fmt.Sscan(v, &size)
			}
			out = []byte{0, 4, 0, 0}
		case 3:
			if arg == (g.blocks+1)&0xffff {
				g.body = append(g.body, buf[4:n]...)
				g.blocks++
			}
			out = []byte{0, 4, buf[2], buf[3]}
			if n-4 < size {
				_, _ = conn.WriteTo(out, dest)
				return g
			}
		}
	}
	t.Fatalf("no answer to %.60q", request)
	return g
}

func socket(t testing.TB, addr, from string) (net.PacketConn, *net.UDPAddr) {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", net.JoinHostPort(cmp.Or(from, "127.0.0.1"), "0"))
	if err != nil {
		t.Fatal(err)
	}
	return conn, to
}

func receive(c net.PacketConn, buf []byte, wait time.Duration) (int, net.Addr, error) {
	if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, nil, err
	}
	return c.ReadFrom(buf)
}

func options(b []byte) map[string]string {
	out := map[string]string{}
	words := strings.Split(string(b), "\x00")
	for pair := range slices.Chunk(words[:len(words)/2*2], 2) {
		out[pair[0]] = pair[1]
	}
	return out
}
