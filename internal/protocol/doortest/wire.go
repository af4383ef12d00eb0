package doortest

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
)

// encoded: what percent signs hide is a name like any other, or none.
func (s *httpSuite) encoded(t *testing.T) {
	p := s.w.Phones[0]
	for _, path := range []string{
		"/%2e%2e/" + p.File(), "/%2e%2e%2f" + p.File(), "/%252e%252e/" + p.File(), "/%252e%252e%252f" + p.File(), "/..%5c" + p.File(), "/..%c0%af" + p.File(),
		"/p/" + p.Token + "/%2e%2e/" + s.w.Phones[1].File(), "/p/" + p.Token + "/..%2f..%2f" + s.w.ForeignPhone.File(), "/p/%2e%2e/" + p.File(),
		"/cfg%00" + p.MAC.String() + ".xml", "/" + p.File() + "%00.png", "/" + p.File() + "%0d%0aSet-Cookie:%20a=b", "/%ff%fe", "/%", "/%zz", "/%u002e",
	} {
		r := s.send(t, http.MethodGet, path)
		if r.StatusCode != http.StatusNotFound && r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, r.Status)
		}
		if r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: a header field was smuggled in", path)
		}
		s.wantNoSecret(t, path, Answer{Body: r.body, Shape: r.shape()})
	}
	whole := "/" + strings.ReplaceAll(under(p.Token, p.File()), "cfg", "%63fg")
	if r := s.send(t, http.MethodGet, whole); r.StatusCode != http.StatusOK {
		t.Errorf("a letter of the name written with a percent sign: %s", r.Status)
	}
}

// reuse: several requests on one connection, also sent at once, get their own
// answers in order; a refusal does not end the connection.
func (s *httpSuite) reuse(t *testing.T) {
	c := s.dial(t)
	defer c.Close()
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: phones.example.org\r\n\r\n" }
	script := get(s.path) + get("/nothing.xml") + get("/p/x/y/z") + get(s.path) + "HEAD " + s.path + " HTTP/1.1\r\nHost: a\r\n\r\n" + get(s.path)
	rs := exchange(t, c, script, http.MethodGet, http.MethodGet, http.MethodGet, http.MethodGet, http.MethodHead, http.MethodGet)
	for i, want := range []int{200, 404, 400, 200, 200, 200} {
		if rs[i].StatusCode != want {
			t.Errorf("answer %d is %s, want %d", i+1, rs[i].Status, want)
		}
	}
	if s.proves() && string(rs[0].body) != string(rs[5].body) {
		t.Error("the first and the last answer differ")
	}
}

// garbage: what is no HTTP gets 400 or a closed connection, and the door lives.
func (s *httpSuite) garbage(t *testing.T) {
	for _, what := range []string{
		"\r\n\r\n\r\n", "\x00\x01\x02\x03\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nBad Field : x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET http://elsewhere.example.org/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
	} {
		if code := s.raw(t, what); code == 200 || code >= 500 && code != 505 {
			t.Errorf("%q: answered %d", what, code)
		}
	}
	s.file(t)
}

// raw writes bytes, says that no more will come, and returns the status of the
// answer; 0 for none.
func (s *httpSuite) raw(t testing.TB, bytes string) int {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	return status(t, c, bytes)
}

func (s *httpSuite) tooLarge(t *testing.T) {
	if r := s.send(t, http.MethodGet, s.path, "X-Long: "+strings.Repeat("x", limit.HeaderBytes+8192)); r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of %d bytes: %s", limit.HeaderBytes+8192, r.Status)
	}
	if r := s.send(t, http.MethodGet, "/"+strings.Repeat("a", limit.PathBytes+10)); r.StatusCode != http.StatusBadRequest && r.StatusCode != http.StatusRequestURITooLong {
		t.Errorf("a path of %d bytes: %s", limit.PathBytes+10, r.Status)
	}
	many := make([]string, 2000)
	for i := range many {
		many[i] = "X-A: b"
	}
	if r := s.send(t, http.MethodGet, s.path, many...); r.StatusCode != http.StatusOK && r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("2000 header fields: %s", r.Status)
	}
	if r := s.send(t, http.MethodGet, s.path, "User-Agent: "+strings.Repeat("ü\x07", 4000)); r.StatusCode >= 500 {
		t.Errorf("a user agent of 12 kB: %s", r.Status)
	}
	s.file(t)
}

// fields: what an answer says besides the file, and what it does not.
func (s *httpSuite) fields(t *testing.T) {
	full, none := s.file(t), s.send(t, http.MethodGet, "/nothing.xml")
	if ct := full.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/xml") {
		t.Errorf("the file's type is %q", ct)
	}
	for what, r := range map[string]reply{"file": full, "refusal": none} {
		for _, name := range []string{"Server", "Www-Authenticate", "Set-Cookie", "Location", "X-Powered-By", "Content-Encoding"} {
			if v := r.Header.Get(name); v != "" {
				t.Errorf("%s: %s: %s", what, name, v)
			}
		}
		if r.ContentLength < 0 {
			t.Errorf("%s: no length is told", what)
		}
		if cc := r.Header.Get("Cache-Control"); !strings.Contains(cc, "private") && !strings.Contains(cc, "no-store") {
			t.Errorf("%s: a proxy may keep it: %q", what, cc)
		}
	}
	if r := s.send(t, http.MethodGet, s.path, "Authorization: Basic YWRtaW46YWRtaW4=", "Accept-Encoding: gzip", "X-Forwarded-For: 127.0.0.1"); r.StatusCode != http.StatusOK {
		t.Errorf("with fields that do not matter: %s", r.Status)
	}
	if r := s.send(t, http.MethodGet, "/"+s.w.Phones[0].File()); r.StatusCode == http.StatusUnauthorized {
		t.Error("a bare name is challenged: it tells known from unknown, and a phone without a screen ends there")
	}
}

// delivery: only bytes that went out whole count as delivered.
func (s *httpSuite) delivery(t *testing.T) {
	if !s.proves() {
		return
	}
	p := s.w.Phones[2]
	path := "/" + own(p)
	state := func() string {
		d, err := s.h.Devices.Get(testkit.System(), p.ID)
		if err != nil {
			t.Fatalf("read the device: %v", err)
		}
		return d.Config.Word()
	}
	s.send(t, http.MethodHead, path)
	s.send(t, http.MethodGet, path, "Range: bytes=0-9")
	if got := state(); got != "pending" {
		t.Errorf("after HEAD and a part of the file the device is %q, want pending", got)
	}
	full := s.send(t, http.MethodGet, path)
	if got := state(); got != "delivered" {
		t.Errorf("after the whole file the device is %q, want delivered", got)
	}
	if r := s.send(t, http.MethodGet, path, "If-None-Match: "+full.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %s", r.Status)
	}
	if got := state(); got != "delivered" {
		t.Errorf("after 304 the device is %q, want delivered", got)
	}
}
