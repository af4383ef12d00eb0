package connreq_test

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 7616 asks for it
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/cwmp/connreq"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// callee is a phone's ear: it asks for a password in the words of a challenge and
// takes the right answer to it.
type callee struct {
	challenge string
	user      string
	password  string
	status    int  // of a right answer
	closes    bool // after the challenge, without a word
	mu        *sync.Mutex
	calls     int
	paths     []string
}

func hexMD5(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ":"))) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// ServeHTTP reads the answer with an eye of its own, not with our library's.
func (c *callee) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.paths = append(c.paths, r.RequestURI)
	if c.closes {
		w.Header().Set("Connection", "close")
	}
	field := r.Header.Get("Authorization")
	part := func(of, name string) string {
		m := regexp.MustCompile(`\b` + name + `="?([^",]*)"?`).FindStringSubmatch(of)
		if m == nil {
			return ""
		}
		return m[1]
	}
	a1, a2 := hexMD5(c.user, part(c.challenge, "realm"), c.password), hexMD5(r.Method, part(field, "uri"))
	want := hexMD5(a1, part(c.challenge, "nonce"), a2)
	if qop := part(field, "qop"); qop != "" {
		want = hexMD5(a1, part(c.challenge, "nonce"), part(field, "nc"), part(field, "cnonce"), qop, a2)
	}
	if c.challenge != "" && (part(field, "response") != want || part(field, "uri") != r.RequestURI || part(field, "opaque") != part(c.challenge, "opaque")) {
		w.Header().Set("WWW-Authenticate", c.challenge)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(c.status)
}

// told lets a device report that it can be called at an address.
func told(t *testing.T, h *testkit.House, p testkit.Phone, m identity.Manager, url string) device.Device {
	t.Helper()
	ctx := testkit.System()
	met := h.Provision.Meet(ctx, provision.Visit{Door: vendors.CWMP, Name: "Inform", MAC: p.MAC, User: m.User, Password: m.Password, Address: netip.MustParseAddr("127.0.0.1")})
	met.Note("", http.StatusOK, 0)
	if _, err := h.Manager.Arrive(ctx, met.Who, manager.Phone{Protocol: manager.CWMP, Call: manager.Call{URL: url}, Every: time.Minute}, "cwmp", "127.0.0.1", ""); err != nil {
		t.Fatal(err)
	}
	return read(t, h, p.ID)
}

func read(t *testing.T, h *testkit.House, id string) device.Device {
	t.Helper()
	if err := h.Twins.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	d, err := h.Devices.Get(testkit.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// managerOf is the credential that the phone finds in its file.
func managerOf(t *testing.T, h *testkit.House, p testkit.Phone) identity.Manager {
	t.Helper()
	v := h.Virtual(t, p)
	testkit.SwitchOn(t, v)
	s := v.Settings()
	return identity.Manager{User: s["tr069.username"], Password: secret.NewString(s["tr069.password"]), Call: secret.NewString(s["tr069.connectionrequestpassword"])}
}

func TestChannel_Wake(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.WithDoors("cwmp_https"))
	w := h.World(t)
	m := managerOf(t, h, w.Phones[0])
	ch := connreq.New(connreq.Config{Phones: h.Manager, Sites: h.Orgs, Network: h.Net, Clock: h.Clock, Log: h.App.Log})
	for name, tc := range map[string]struct {
		callee
		problem string
		calls   int
	}{
		"by the rules":       {callee{challenge: `Digest realm="phone", qop="auth", nonce="abc", opaque="xyz", algorithm=MD5`, status: 200}, "", 2},
		"without quality":    {callee{challenge: `Digest realm="phone",nonce="abc"`, status: 204}, "", 2},
		"closes every time":  {callee{challenge: `Digest realm="phone", qop="auth", nonce="abc"`, status: 200, closes: true}, "", 2},
		"asks for nothing":   {callee{status: 200}, "", 1},
		"is busy":            {callee{challenge: `Digest realm="phone", qop="auth", nonce="abc"`, status: 503}, "busy", 2},
		"wants another word": {callee{challenge: `Digest realm="phone", qop="auth", nonce="abc"`, status: 200, password: "another"}, "another user or password", 2},
		"asks in an odd way": {callee{challenge: `Bearer`, status: 200}, "not known", 1},
		"is no phone":        {callee{status: 404}, "404", 1},
	} {
		c := &tc.callee
		c.mu = &sync.Mutex{}
		if c.user = m.User; c.password == "" {
			c.password = m.Call.Reveal()
		}
		srv := httptest.NewServer(c)
		const path = "/Ab%2Fc?x=1&y=%41"
		d := told(t, h, w.Phones[0], m, srv.URL+path)
		err := ch.Wake(t.Context(), d)
		srv.Close()
		if (err == nil) != (tc.problem == "") || err != nil && (!strings.Contains(err.Error(), tc.problem) || !fault.Is(err, fault.Unavailable)) {
			t.Errorf("a phone that %s: %v", name, err)
		}
		if c.calls != tc.calls || c.paths[0] != path {
			t.Errorf("a phone that %s is called %d times, at %v", name, c.calls, c.paths)
		}
		d = read(t, h, d.ID)
		r, err := ch.Reach(t.Context(), d)
		if err != nil || r.Wakes != (tc.problem == "") || (d.Hot.Reach == device.Online) != r.Wakes || len(r.Kinds) == 0 || r.Within <= 0 && !r.Wakes {
			t.Errorf("a phone that %s is %s: %+v, %v", name, d.Hot.Reach, r, err)
		}
	}
}

// TestChannel_guard: the address is the phone's own word, so it cannot have us call
// whom it likes.
func TestChannel_guard(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.WithDoors("cwmp_https"))
	w := h.World(t)
	m := managerOf(t, h, w.Phones[0])
	ch := connreq.New(connreq.Config{Phones: h.Manager, Sites: h.Orgs, Network: noNetwork{h.Net, t}, Clock: h.Clock, Log: h.App.Log})
	for _, url := range []string{
		"", "http://", "http://127.0.0.1:0/", "ftp://127.0.0.1/", "http://user:word@127.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://192.0.2.200:80/", "http://localhost:9080/",
		"http://[::1]:7547/", "http://10.0.0.1/", "http://127.0.0.2:7547/", "file:///etc/passwd", "http://127.0.0.1.example.org/", "http://2130706433/", "::", "http://%zz/",
	} {
		d := told(t, h, w.Phones[0], m, url)
		if err := ch.Wake(t.Context(), d); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%q: %v", url, err)
		}
		if r, err := ch.Reach(t.Context(), d); err != nil || r.Wakes || r.Why == "" {
			t.Errorf("%q: %+v, %v", url, r, err)
		}
	}
	// Phones[0] stands in the lobby, 192.0.2.0/26: there it may be called although it
	// reports from elsewhere.
	d := told(t, h, w.Phones[0], m, "http://192.0.2.7/")
	if r, err := ch.Reach(t.Context(), d); err != nil || !r.Wakes {
		t.Errorf("in its site's network: %+v, %v", r, err)
	}
	if r, err := ch.Reach(t.Context(), w.Phones[1].Device); err != nil || len(r.Kinds) > 0 {
		t.Errorf("a phone that never reported: %+v, %v", r, err)
	}
	if k := command.Kinds(); len(k) <= len(connreq.Kinds()) {
		t.Errorf("TR-069 carries %d of %d kinds", len(connreq.Kinds()), len(k))
	}
}

// noNetwork fails the test where somebody is called.
type noNetwork struct {
	dial.Network
	t *testing.T
}

func (n noNetwork) Dial(_ context.Context, _, addr string) (net.Conn, error) {
	n.t.Errorf("%s is called", addr)
	return nil, net.ErrClosed
}
