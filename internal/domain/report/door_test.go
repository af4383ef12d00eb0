package report_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// reporting is a house whose phones are told to report.
func reporting(t *testing.T, options ...testkit.Option) *stage {
	t.Helper()
	h := testkit.New(t, options...)
	s := &stage{t: t, h: h, w: h.World(t)}
	s.c = h.API(t, access.RoleOwner)
	s.template(map[string]string{"ons.enable": "yes"})
	return s
}

var keyInFile = regexp.MustCompile(`https://[^/]+/a/([0-9a-f]+)/registered\?mac=\$mac&amp;account=\$active_user`)

// key takes a phone's key out of its own file.
func (s *stage) key(p testkit.Phone) string {
	s.t.Helper()
	_, body := s.get("provision_https", "/p/"+p.Token+"/"+p.File(), "")
	found := keyInFile.FindStringSubmatch(body)
	if found == nil {
		s.t.Fatalf("the file of %s has no address to report to", p.MAC)
	}
	return found[1]
}

// get requests a path and returns the status and the body. local is the address that
// it comes from, "" for the usual one.
func (s *stage) get(door, path, local string) (int, string) {
	s.t.Helper()
	from := &net.TCPAddr{}
	if local != "" {
		from.IP = net.ParseIP(local)
	}
	transport := &http.Transport{TLSClientConfig: s.h.TLS(s.t), DialContext: (&net.Dialer{LocalAddr: from}).DialContext}
	defer transport.CloseIdleConnections()
	scheme := "http://"
	if door == "provision_https" {
		scheme = "https://"
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, scheme+s.h.Addr(s.t, door)+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// raw sends a request as it stands over one connection, and returns the answer
// without the time in it.
func (s *stage) raw(c net.Conn, r *bufio.Reader, method, path, version string) string {
	s.t.Helper()
	if _, err := fmt.Fprintf(c, "%s %s %s\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", method, path, version); err != nil {
		s.t.Fatal(err)
	}
	res, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Header.Del("Date")
	res.Header.Del("X-Request-Id")
	return fmt.Sprint(res.Proto, res.Status, res.Header, res.ContentLength, string(body))
}

func (s *stage) dial(door string) (net.Conn, *bufio.Reader) {
	s.t.Helper()
	c, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.h.Addr(s.t, door))
	if err != nil {
		s.t.Fatal(err)
	}
	if door == "provision_https" {
		conf := s.h.TLS(s.t)
		conf.NextProtos = []string{"http/1.1"}
		c = tls.Client(c, conf)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c, bufio.NewReader(c)
}

// ledger are the rows of action URLs, the newest first, once all are written.
func (s *stage) ledger() []provision.Entry {
	s.t.Helper()
	do(s.t, s.h.Reports.Flush(testkit.System()))
	do(s.t, s.h.Ledger.Flush(testkit.System()))
	rows, err := s.h.Ledger.List(testkit.System(), provision.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(rows.Items, func(e provision.Entry) bool { return e.Name != provision.ActionName })
}

// codes are the codes of the deciding reasons in the ledger, sorted.
func (s *stage) codes() (out []identity.Reason) {
	for _, e := range s.ledger() {
		code := identity.Reason("")
		if len(e.Findings) > 0 {
			code = e.Findings[0].Reason
		}
		out = append(out, code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unknown is a key of the right form that nobody has.
const unknown = "0123456789abcdef0123" + "0123456789abcdef0123456789abcdef"

// TestDoor_alike: an answer tells a key that is ours from another one neither by its
// bytes nor by the time that it takes, by either door, method and version of HTTP.
func TestDoor_alike(t *testing.T) {
	t.Parallel()
	s := reporting(t)
	key := s.key(s.w.Phones[0])
	retired := s.key(s.w.Phones[1])
	life := device.Retired
	if _, err := s.h.Devices.Update(testkit.System(), s.w.Phones[1].ID, device.Patch{Life: &life}, s.w.Phones[1].Version); err != nil {
		t.Fatal(err)
	}
	for _, door := range []string{"provision_http", "provision_https"} {
		for _, how := range [][2]string{{"GET", "HTTP/1.1"}, {"HEAD", "HTTP/1.1"}, {"GET", "HTTP/1.0"}, {"POST", "HTTP/1.1"}} {
			c, r := s.dial(door)
			want := s.raw(c, r, how[0], "/a/"+key+"/hold?remote=1", how[1])
			for _, path := range []string{"/a/" + unknown + "/hold?remote=1", "/a/" + retired + "/hold", "/a/" + key + "/dance", "/a/" + key[1:] + "/hold", "/a/x/y", "/a", "//A//" + unknown + "//hold", "/a/%00/%ff"} {
				if how[1] == "HTTP/1.0" {
					c, r = s.dial(door)
				}
				if got := s.raw(c, r, how[0], path, how[1]); got != want {
					t.Errorf("%s, %s %s: %s\nwant %s", door, how[0], path, got, want)
				}
			}
			if ok := strings.Contains(want, "200 OK"); ok != (how[0] != "POST") {
				t.Errorf("%s %s is answered %s", door, how[0], want)
			}
		}
	}
	s.alikeInTime(key)
}

func (s *stage) alikeInTime(key string) {
	const rounds, measures = 400, 4
	c, r := s.dial("provision_http")
	took := func(key string) time.Duration {
		start := time.Now()
		s.raw(c, r, "GET", "/a/"+key+"/hold", "HTTP/1.1")
		return time.Since(start)
	}
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) //nolint:gosec // of a test
	for n := 1; ; n++ {
		var pairs []doortest.Pair
		for i := range rounds {
			var p doortest.Pair
			if i%2 == 0 {
				p.Known, p.Unknown = took(key), took(unknown)
			} else {
				p.Unknown, p.Known = took(unknown), took(key)
			}
			pairs = append(pairs, p)
		}
		by, differ := doortest.Differ(pairs, doortest.Tolerate, dice)
		if !differ {
			return
		}
		if n == measures {
			s.t.Fatalf("the time tells a known key from an unknown one: %s", by)
		}
	}
}

// TestDoor_guesses: who guesses keys finds none, is told to come later before long,
// and takes nothing away from a phone at another address; who has one device's key
// speaks for no other, whatever it says of itself.
func TestDoor_guesses(t *testing.T) {
	t.Parallel()
	s := reporting(t)
	p, other := s.w.Phones[0], s.w.Phones[1]
	key := s.key(p)
	c, r := s.dial("provision_http")
	later := 0
	for i := range 10_000 {
		guess := key[:len(key)-5] + fmt.Sprintf("%05x", i)
		if guess == key {
			continue
		}
		if got := s.raw(c, r, "GET", "/a/"+guess+"/registered?mac="+p.MAC.String(), "HTTP/1.1"); strings.Contains(got, "503 ") {
			later++
		}
	}
	if later < 1000 || later > 10_000-limit.ReportBurst {
		t.Errorf("%d of the guesses were put off", later)
	}
	s.get("provision_http", "/a/"+key+"/off_hook?mac="+other.MAC.String()+"&account=202&remote=12345678", "127.0.0.9")
	want := []identity.Reason{"", identity.RateLimited, identity.UnknownToken}
	if got := s.codes(); !slices.Equal(got, want) {
		t.Errorf("the ledger has %q, want %q", got, want)
	}
	if got := s.events(p); len(got) != 1 || got[0].Event != "off_hook" || got[0].Number != "…678" {
		t.Errorf("the phone whose key it was told %+v", got)
	}
	if got := s.events(other); len(got) != 0 {
		t.Errorf("the phone that was named told %+v", got)
	}
	for _, e := range s.ledger() {
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, key[:len(key)-5]) || strings.Contains(text, "12345678") {
			t.Errorf("the ledger has the key or the number: %s", text)
		}
	}
	if text := s.h.Log.String(); strings.Contains(text, key[:len(key)-5]) || strings.Contains(text, "12345678") {
		t.Error("the log has the key or the number")
	}
}

// TestKey_useless: the key opens nothing but reports, and is told by nobody but the
// phone's own file over an encrypted door.
func TestKey_useless(t *testing.T) {
	t.Parallel()
	s := reporting(t)
	p := s.w.Phones[0]
	key := s.key(p)
	for _, door := range []string{"provision_http", "provision_https"} {
		for _, path := range []string{"/p/%s/" + p.File(), "/p/%s/resources/ring1.bin", "/p/%s/firmware/ghp6xxfw.bin"} {
			code, body := s.get(door, fmt.Sprintf(path, key), "")
			wantCode, want := s.get(door, fmt.Sprintf(path, unknown), "")
			if code != wantCode || body != want || strings.Contains(body, p.Password) {
				t.Errorf("%s %s: %d and %d bytes, with another token %d and %d", door, path, code, len(body), wantCode, len(want))
			}
		}
	}
	for _, door := range []vendors.Door{vendors.HTTPS, vendors.HTTP, vendors.CWMP, vendors.CWMPClear, vendors.FTPS} {
		for _, user := range []string{p.MAC.String(), key, key[:20]} {
			who, said := s.h.Identity.Recognize(testkit.System(), identity.Evidence{Door: door, User: user, Password: secret.NewString(key), Asked: true, Address: netip.MustParseAddr("127.0.0.1")})
			if who.Known() || said.OK || said.Err != nil {
				t.Errorf("as a password of %s at %s the key is taken: %+v", user, door, said)
			}
		}
	}
	// in clear, even under the legacy flag, the phone is not told
	site, err := s.h.Orgs.Site(testkit.System(), s.w.Lobby.ID)
	do(t, err)
	nets, until := []org.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/8"), Legacy: true}}, s.h.Clock.Now().Add(time.Hour)
	_, err = s.h.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version)
	do(t, err)
	if code, body := s.get("provision_http", "/p/"+p.Token+"/"+p.File(), ""); code != http.StatusOK || !strings.Contains(body, p.Password) || strings.Contains(body, "/a/") {
		t.Errorf("in clear text the file is %d, %d bytes, with the address: %t", code, len(body), strings.Contains(body, "/a/"))
	}
	// and no operator is shown
	for _, path := range []string{"", "/config", "/config/rendered?format=", "/revisions", "/provisioning", "/telephony", "/events"} {
		a := s.c.Do(t, http.MethodGet, "/orgs/"+p.OrgID+"/devices/"+p.ID+path, nil)
		if strings.Contains(string(a.Body), key) || strings.HasPrefix(path, "/config/rendered") && !strings.Contains(string(a.Body), "/a/***/registered") {
			t.Errorf("%s shows %s", path, a.Body)
		}
	}
}
