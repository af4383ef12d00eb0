package doortest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bellwether/internal/platform/limit"
)

// capture keeps all that goes out over the loopback of a network of the test's
// own, but for what is sent to a door.
type capture struct {
	fd    int
	doors map[uint16]bool
	done  chan error
	mu    sync.Mutex // guards flows
	flows map[string][]byte
}

// mark is the last thing that goes over the network, so that the capture knows
// that it has seen everything.
const mark = "the end of the capture"

// listen begins to capture; all of a machine's interfaces are looked at.
func listen(t *testing.T, doors ...uint16) *capture {
	t.Helper()
	every := uint16(syscall.ETH_P_ALL)
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, int(every<<8|every>>8))
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 64<<20)
	}
	if err != nil {
		t.Fatalf("capture packets: %v", err)
	}
	c := &capture{fd: fd, doors: map[uint16]bool{}, done: make(chan error, 1), flows: map[string][]byte{}}
	for _, d := range doors {
		c.doors[d] = true
	}
	go func() { c.done <- c.run() }()
	return c
}

func (c *capture) run() error {
	defer func() { _ = syscall.Close(c.fd) }()
	buf := make([]byte, 1<<17)
	for {
		n, from, err := syscall.Recvfrom(c.fd, buf, 0)
		if err == syscall.EINTR { //nolint:errorlint // it is the bare number
			continue
		}
		if err != nil {
			return err
		}
		if link, ok := from.(*syscall.SockaddrLinklayer); !ok || link.Pkttype == syscall.PACKET_OUTGOING {
			continue // loopback shows each packet twice
		}
		if c.packet(buf[:n]) {
			return nil
		}
	}
}

// packet keeps what one packet carries, and reports whether it was the mark.
func (c *capture) packet(b []byte) (last bool) {
	const ether = 14
	if len(b) < ether+20 || binary.BigEndian.Uint16(b[12:]) != syscall.ETH_P_IP {
		return false
	}
	ip := b[ether:min(len(b), ether+int(binary.BigEndian.Uint16(b[ether+2:])))]
	head, proto := int(ip[0]&15)*4, ip[9]
	if len(ip) < head+20 && proto == syscall.IPPROTO_TCP || len(ip) < head+8 {
		return false
	}
	from, to := binary.BigEndian.Uint16(ip[head:]), binary.BigEndian.Uint16(ip[head+2:])
	body, flow := ip[head+8:], ""
	switch proto {
	case syscall.IPPROTO_TCP:
		body = ip[min(head+int(ip[head+12]>>4)*4, len(ip)):]
		flow = fmt.Sprint(ip[12:20], from, to)
	case syscall.IPPROTO_UDP:
		flow = fmt.Sprint("udp", ip[12:20], from, to)
		body = body[min(4, len(body)):] // a block's number would part a secret that two blocks share
	default:
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.doors[to] {
		c.flows[flow] = append(c.flows[flow], body...)
	}
	return bytes.Contains(body, []byte(mark))
}

// stop waits for the mark, and returns what was captured, flow by flow. It fails
// where packets were lost.
func (c *capture) stop(t *testing.T) (out [][]byte) {
	t.Helper()
	if err := <-c.done; err != nil {
		t.Fatalf("capture: %v", err)
	}
	for _, f := range c.flows {
		out = append(out, f)
	}
	return out
}

// canaries finds secrets in bytes: as they are, in base64 and hexadecimal, with
// percent signs.
type canaries struct {
	begins map[uint64][]needle
}

type needle struct{ text, of, form string }

func newCanaries() *canaries { return &canaries{map[uint64][]needle{}} }

// add has a secret be looked for; of says whose it is.
func (c *canaries) add(of, s string) {
	put := func(form, text string) {
		if len(text) < 8 {
			panic("too short to be found: " + form)
		}
		k := binary.LittleEndian.Uint64([]byte(text))
		c.begins[k] = append(c.begins[k], needle{text, of, form})
	}
	put("plain", s)
	put("hexadecimal", hex.EncodeToString([]byte(s)))
	put("hexadecimal in capitals", strings.ToUpper(hex.EncodeToString([]byte(s))))
	for shift := range 3 { // where it begins within three bytes
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + s))
		skip := []int{0, 2, 3}[shift]
		put("base64", enc[skip:len(enc)-4])
	}
	percent := ""
	for _, b := range []byte(s) {
		percent += fmt.Sprintf("%%%02X", b)
	}
	put("percent signs", percent)
	if esc := url.QueryEscape(s); esc != s {
		put("escaped", esc)
	}
}

// find returns whose secrets a text holds, and how they stand there.
func (c *canaries) find(text []byte) (out []needle) {
	for i := range max(len(text)-7, 0) {
		for _, n := range c.begins[binary.LittleEndian.Uint64(text[i:])] {
			if bytes.HasPrefix(text[i:], []byte(n.text)) {
				out = append(out, n)
			}
		}
	}
	return out
}

// TestCanaries_found: the search finds a secret however it stands.
func TestCanaries_found(t *testing.T) {
	t.Parallel()
	const word = "Canary-0123456789-äß"
	c := newCanaries()
	c.add("me", word)
	c.add("another", "something else that is not there")
	for _, text := range []string{
		"<v>" + word + "</v>", hex.EncodeToString([]byte(":" + word)), strings.ToUpper(hex.EncodeToString([]byte(word))), base64.StdEncoding.EncodeToString([]byte(word)),
		base64.StdEncoding.EncodeToString([]byte("u:" + word)), base64.StdEncoding.EncodeToString([]byte("u" + word + "yz")), base64.RawStdEncoding.EncodeToString([]byte("abc" + word)),
		"?p=" + url.QueryEscape(word),
	} {
		found := c.find([]byte("before" + text + "after"))
		if len(found) == 0 || found[0].of != "me" {
			t.Errorf("%s: found %v", text, found)
		}
	}
	if found := c.find(bytes.Repeat([]byte("nothing of it "), limit.Name)); found != nil {
		t.Errorf("found %v in nothing", found)
	}
}
