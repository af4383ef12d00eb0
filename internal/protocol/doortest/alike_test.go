package doortest_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

const (
	rounds   = 600  // requests for a known and for an unknown name
	more     = 1500 // of those that differed by 13 µs once
	warming  = 16   // and before, for what is in no cache yet
	measures = 3    // a difference that is there shows in each
)

// closely is how a wrong password on a bare path is looked at. Chance alone makes 2 µs
// of so many pairs on a quiet machine and up to 9 on a loaded one: there 13 µs are
// seen in the figures of several runs, and fail the test on the quiet one alone.
const (
	closely = "wrong password on a bare path"
	narrow  = 10 * time.Microsecond
)

// asks makes one request for a name's file, and says how long the answer took and
// what a stranger sees of it.
type asks func(m mac.Address) (took time.Duration, shape string)

// TestAlike: whoever proves nothing learns from no answer whether a name is known,
// neither by its bytes nor by the time that it takes.
func TestAlike(t *testing.T) {
	h := testkit.New(t, testkit.WithDoors("tftp"))
	known := alikeDevices(t, h)
	cases := alikeCases(t, h)
	dice := rand.New(rand.NewPCG(uint64(h.Clock.Now().UnixNano()), 1))
	for what, ask := range cases {
		t.Run(what, func(t *testing.T) {
			turn, rounds, tolerate := 0, rounds, doortest.Tolerate
			if strings.HasPrefix(what, closely) {
				rounds, tolerate = more, narrow
			}
			for n := 1; ; n++ {
				var pairs []doortest.Pair
				for i := range rounds + warming {
					turn++
					p := pair(t, ask, known[turn%len(known)], mac.Address(fmt.Sprintf("02ee%08x", turn%len(known))), i%2 == 0)
					if i >= warming { // what is in no cache yet
						pairs = append(pairs, p)
					}
				}
				by, differ := doortest.Differ(pairs, tolerate, dice)
				t.Logf("a known name takes %s longer", by)
				if !differ {
					return
				}
				if n == measures {
					t.Fatalf("the time tells a known name from an unknown one: %s, in %d measurements", by, n)
				}
			}
		})
	}
}

func pair(t *testing.T, ask asks, known, unknown mac.Address, knownFirst bool) (p doortest.Pair) {
	t.Helper()
	var a, b string
	if knownFirst {
		p.Known, a = ask(known)
		p.Unknown, b = ask(unknown)
	} else {
		p.Unknown, b = ask(unknown)
		p.Known, a = ask(known)
	}
	if a != b {
		t.Fatalf("the answers can be told apart:\n%s\n%s", a, b)
	}
	return p
}

// alikeDevices are devices of every sort that a name may speak of: each has a
// password, some a sticker secret, some wait, of some the claim window is open and
// the asker is elsewhere; others stand where the asker is, and it is closed.
func alikeDevices(t *testing.T, h *testkit.House) (out []mac.Address) {
	t.Helper()
	w := h.World(t)
	elsewhere := []org.Subnet{{CIDR: netip.MustParsePrefix("198.51.100.0/24")}}
	annex, err := h.Orgs.CreateSite(testkit.System(), w.Org, org.SiteInput{Name: new("Annex"), ParentID: new(""), Subnets: &elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 16 {
		in := device.Input{MAC: phone.FleetMAC(2000 + i).String(), Model: testkit.Model, SiteID: annex.ID, Life: device.Adopted}
		if i%4 == 1 {
			in.SiteID = w.Hotel.ID
		}
		if i%4 == 2 {
			in.Life = device.Waiting
		}
		if i%2 == 0 {
			in.Then = h.Identity.Sticker(secret.NewString("printed-secret"))
		}
		d := enter(t, h, in)
		if _, _, err := h.Identity.NewPassword(testkit.System(), d); err != nil {
			t.Fatal(err)
		}
		if i%4 == 1 {
			if _, err := h.Identity.OpenClaims(testkit.System(), d, time.Nanosecond); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, d.MAC)
	}
	return out
}

func alikeCases(t *testing.T, h *testkit.House) map[string]asks {
	t.Helper()
	here := netip.MustParseAddr("127.0.0.1")
	overHTTP := doortest.Kept(func(t testing.TB) net.Conn { return doortest.Call(t, h, "provision_http", here) })
	overTLS := doortest.Kept(func(t testing.TB) net.Conn {
		return tls.Client(doortest.Call(t, h, "provision_https", here), h.TLS(t))
	})
	beside := netip.MustParseAddr("127.0.0.2") // so many refusals are one address's own
	besideHTTP := doortest.Kept(func(t testing.TB) net.Conn { return doortest.Call(t, h, "provision_http", beside) })
	besideTLS := doortest.Kept(func(t testing.TB) net.Conn {
		return tls.Client(doortest.Call(t, h, "provision_https", beside), h.TLS(t))
	})
	timed := func(ask doortest.Asker, path func(name string, m mac.Address) string, authorization func(m mac.Address) string) asks {
		return func(m mac.Address) (time.Duration, string) {
			field, file := "", path("cfg"+m.String()+".xml", m)
			if authorization != nil {
				field = authorization(m)
			}
			start := time.Now()
			a := ask(t, file, field)
			took := time.Since(start)
			return took, fmt.Sprint(a.Kind, len(a.Body), doortest.WithoutNonce(a.Shape))
		}
	}
	bare := func(name string, _ mac.Address) string { return name }
	challenged := func(name string, _ mac.Address) string { return "d/" + name }
	wrong := func(m mac.Address) string {
		return "Basic " + basic(m.String(), "not the password")
	}
	boots := map[mac.Address]string{}
	claims := func(name string, m mac.Address) string {
		if boots[m] == "" {
			_, rest, _ := strings.Cut(string(overHTTP(t, name, "").Body), "/p/")
			boots[m], _, _ = strings.Cut(rest, "/")
		}
		return "p/" + boots[m] + "/" + name
	}
	return map[string]asks{
		"bare name over HTTP":                   timed(overHTTP, bare, nil),
		"bare name over HTTPS":                  timed(overTLS, bare, nil),
		"bare name over TFTP":                   overTFTP(t, h.Addr(t, "tftp")),
		closely:                                 timed(besideTLS, bare, wrong),
		closely + " in clear":                   timed(besideHTTP, bare, wrong),
		"challenge":                             timed(overTLS, challenged, nil),
		"wrong password where one is asked for": timed(overTLS, challenged, wrong),
		"bootstrap token alone":                 timed(overTLS, claims, nil),
		"bootstrap token with a wrong sticker's secret": timed(overTLS, claims, wrong),
	}
}

// overTFTP takes the time until the first block, then breaks off.
func overTFTP(t *testing.T, addr string) asks {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	return func(m mac.Address) (time.Duration, string) {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.WriteTo([]byte("\x00\x01cfg"+m.String()+".xml\x00octet\x00"), to); err != nil {
			t.Fatal(err)
		}
		n, from, err := c.ReadFrom(buf)
		took := time.Since(start)
		if err != nil {
			t.Fatalf("no answer: %v", err)
		}
		if _, err := c.WriteTo([]byte("\x00\x05\x00\x00enough\x00"), from); err != nil {
			t.Fatal(err)
		}
		return took, fmt.Sprintf("%d bytes, %q", n, buf[:4])
	}
}

// basic are credentials as HTTP has them.
func basic(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}
