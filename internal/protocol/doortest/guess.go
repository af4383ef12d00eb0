package doortest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/testkit"
)

// Guesses is how many guesses a door has to bear: so many in "make test", or a
// million where the full sizes are wanted.
func Guesses(n int) int {
	if Long() {
		return 1_000_000
	}
	return n
}

// Long reports whether the full sizes are wanted.
func Long() bool { return os.Getenv("BELLWETHER_TEST_LONG") != "" }

// Asker asks one door again and again, on a connection of its own where the
// protocol has such.
type Asker func(t testing.TB, path, authorization string) Answer

// Opener returns an Asker at a door of a house that asks from an address.
type Opener func(t testing.TB, h *testkit.House, from netip.Addr) Asker

const (
	guessers  = 4   // that are at work side by side
	addresses = 256 // that they come from, one after another
	visits    = 8   // of a phone that stands behind an address of a guesser, for each guesser
)

// Guess has somebody who proves nothing guess n times at a door, from 256
// addresses: names of phones that are known and unknown, tokens, passwords, a
// neighbour's token. Each bootstrap is followed to its end at the HTTPS door. No
// answer may hold a byte of anybody's configuration; those to known and unknown
// names are of one shape; and a phone behind the guesser's address gets in all the
// while.
func Guess(t *testing.T, n int, open Opener, options ...testkit.Option) {
	t.Helper()
	h := testkit.New(t, options...)
	s := &suite{h: h, w: h.World(t)}
	s.publish(t, s.w.Phones[0])
	var all sync.WaitGroup
	start := h.Clock.Now()
	for g := range guessers {
		all.Go(func() {
			r := &guesser{suite: s, shapes: map[string]string{}}
			each := max(n/addresses, 1)
			for i := g; i < n && !t.Failed(); i += guessers {
				if k := i / guessers; k%each == 0 {
					from := netip.AddrFrom4([4]byte{127, 0, byte(1 + g), byte(1 + k/each%(addresses/guessers))})
					r.ask, r.follow = open(t, h, from), Secure(t, h, from)
				}
				r.guess(t, i)
				if i/guessers%max(n/guessers/visits, 1) == 0 {
					r.phone(t)
				}
			}
			r.phone(t)
		})
	}
	all.Wait()
	t.Logf("%d guesses in %s", n, h.Clock.Now().Sub(start).Round(time.Millisecond))
}

// guesser is one who guesses.
type guesser struct {
	*suite
	ask, follow Asker
	shapes      map[string]string // of the answers to one kind of guess
}

// phone comes in from the guesser's address.
func (g *guesser) phone(t testing.TB) {
	p := g.w.Phones[0]
	if a := g.follow(t, own(p), ""); a.Kind != File || !strings.Contains(string(a.Body), p.Password) {
		t.Errorf("behind the guesser's address the phone itself gets %s\n%s", a.Kind, a.Shape)
	}
}

func (g *guesser) guess(t testing.TB, i int) {
	p, near := g.w.Phones[i%len(g.w.Phones)], g.w.Phones[(i+1)%len(g.w.Phones)]
	nobody := fmt.Sprintf("cfg02%010x.xml", i)
	wrong := fmt.Sprintf("%s%08x", p.Token[:len(p.Token)-8], i)
	switch i % 8 {
	case 0:
		g.bare(t, p.File())
	case 1:
		g.bare(t, nobody)
	case 2:
		g.nothing(t, "a token", under(wrong, p.File()), "")
	case 3:
		g.nothing(t, "a token", under(wrong, nobody), "")
	case 4:
		g.nothing(t, "a token", under(strange(len(p.Token)), p.File()), "")
	case 5:
		g.nothing(t, "a token", under(p.MAC.String(), p.File()), "")
	case 6:
		g.nothing(t, "a token", under(near.Token, p.File()), "")
	case 7:
		g.password(t, p.File(), nobody, i)
	}
}

// bare asks with a name alone and follows the bootstrap.
func (g *guesser) bare(t testing.TB, name string) {
	a := g.ask(t, name, "")
	g.holds(t, name, a)
	if a.Kind != File {
		t.Errorf("%s got %s\n%s", name, a.Kind, a.Shape)
		return
	}
	g.same(t, "a name", fmt.Sprint(a.Shape, len(a.Body)))
	_, rest, _ := strings.Cut(string(a.Body), "/p/")
	token, _, _ := strings.Cut(rest, "/")
	end := g.follow(t, under(token, name), "")
	g.holds(t, name, end)
	if end.Kind != Nothing {
		t.Errorf("%s, with its bootstrap's token: %s\n%s", name, end.Kind, end.Shape)
	}
	g.same(t, "a bootstrap", end.Shape)
}

func (g *guesser) nothing(t testing.TB, what, path, authorization string) {
	a := g.ask(t, path, authorization)
	g.holds(t, what, a)
	if a.Kind != Nothing {
		t.Errorf("%s: got %s\n%s", what, a.Kind, a.Shape)
	}
	g.same(t, what, a.Shape)
}

// password guesses one, at a known and an unknown name.
func (g *guesser) password(t testing.TB, known, unknown string, i int) {
	field := "Basic " + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%08d", known, i))
	for _, name := range []string{known, unknown} {
		a := g.ask(t, "d/"+name, field)
		g.holds(t, "a password", a)
		if a.Kind == File && strings.Contains(string(a.Body), "account") {
			t.Errorf("a password opened %s", name)
		}
		g.same(t, "a password", WithoutNonce(a.Shape))
	}
}

func (g *guesser) same(t testing.TB, what, shape string) {
	if first, ok := g.shapes[what]; !ok {
		g.shapes[what] = shape
	} else if first != shape {
		t.Errorf("%s: answers can be told apart:\n%s\n%s", what, first, shape)
	}
}

// holds fails where an answer has anybody's secret.
func (g *guesser) holds(t testing.TB, what string, a Answer) {
	for _, p := range g.w.Phones {
		if strings.Contains(string(a.Body), p.Password) || strings.Contains(string(a.Body), p.Token) {
			t.Errorf("%s: the answer holds a secret of %s", what, p.Name)
		}
	}
}

// WithoutNonce is an answer's shape but for its nonce, whose length stays.
func WithoutNonce(shape string) string {
	nonce := nonceOf(shape)
	return strings.ReplaceAll(shape, nonce, strings.Repeat("n", len(nonce)))
}

// Secure is an Asker at a house's HTTPS door.
func Secure(t testing.TB, h *testkit.House, from netip.Addr) Asker {
	t.Helper()
	return Kept(func(t testing.TB) net.Conn { return tls.Client(Call(t, h, "provision_https", from), h.TLS(t)) })
}

// Call connects to a door from an address of this machine.
func Call(t testing.TB, h *testkit.House, door string, from netip.Addr) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	c, err := d.DialContext(t.Context(), "tcp", h.Addr(t, door))
	if err != nil {
		t.Fatalf("call the door %s from %s: %v", door, from, err)
	}
	return c
}

// Kept is an Asker over HTTP that keeps its connection.
func Kept(dial func(t testing.TB) net.Conn) Asker {
	var c net.Conn
	var in *bufio.Reader
	return func(t testing.TB, path, authorization string) Answer {
		t.Helper()
		if c == nil {
			c = dial(t)
			in = bufio.NewReader(c)
			t.Cleanup(func() { _ = c.Close() })
		}
		request := "GET /" + path + " HTTP/1.1\r\nHost: phones.example.org\r\nUser-Agent: " + agent + "\r\n"
		if authorization != "" {
			request += "Authorization: " + authorization + "\r\n"
		}
		if _, err := io.WriteString(c, request+"\r\n"); err != nil {
			t.Errorf("ask: %v", err)
			return Answer{Kind: Trouble}
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Errorf("no answer: %v", err)
			return Answer{Kind: Trouble}
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it is a part of c
		if err != nil {
			t.Errorf("the answer broke off: %v", err)
		}
		return reply{resp, body}.answer()
	}
}
