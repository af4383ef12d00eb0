package doortest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// HTTP runs the suite at a door that speaks HTTP, and what HTTP can do besides:
// partial and conditional requests, methods, old versions, reuse of connections,
// requests that are none. dial connects to the door of a house, with TLS where
// the door wants it.
func HTTP(t *testing.T, kind vendors.Door, dial func(t testing.TB, h *testkit.House) net.Conn, options ...testkit.Option) {
	t.Helper()
	options = append(options, testkit.InMemory())
	Run(t, func(_ testing.TB, h *testkit.House) Door {
		return &httpDoor{kind: kind, dial: func(t testing.TB) net.Conn { return dial(t, h) }}
	}, options...)
	h := testkit.New(t, options...)
	s := &httpSuite{suite: suite{h: h, w: h.World(t)}, dial: func(t testing.TB) net.Conn { return dial(t, h) }}
	s.door = &httpDoor{kind: kind, dial: s.dial}
	s.publish(t, s.w.Phones[0])
	s.path = "/" + own(s.w.Phones[0])
	for name, sub := range map[string]func(*testing.T){
		"head": s.head, "range": s.partial, "conditional": s.conditional, "methods": s.methods, "http/1.0": s.oldVersion, "queries": s.queries,
		"encoded traversal": s.encoded, "one connection for many": s.reuse, "no request at all": s.garbage, "too large": s.tooLarge, "header fields": s.fields, "delivery": s.delivery,
		"challenge": s.challenge, "folders": s.folders,
	} {
		t.Run(name, sub)
	}
}

type httpSuite struct {
	suite
	dial func(testing.TB) net.Conn
	path string // of a file that this door gives
}

// httpDoor is a Door that sends each request on a connection of its own.
type httpDoor struct {
	kind vendors.Door
	dial func(testing.TB) net.Conn
}

var _ Door = (*httpDoor)(nil)

// HTTPDoor is a door that speaks HTTP, with a connection of its own for each
// request.
func HTTPDoor(kind vendors.Door, dial func(t testing.TB) net.Conn) Door {
	return &httpDoor{kind: kind, dial: dial}
}

// Kind says whether it is HTTP or HTTPS.
func (d *httpDoor) Kind() vendors.Door { return d.kind }

// Fetch sends the path as it stands.
func (d *httpDoor) Fetch(t testing.TB, a Ask) Answer {
	t.Helper()
	r := roundTrip(t, d.dial(t), "GET /"+a.Path+" HTTP/1.1\r\nHost: phones.example.org\r\nUser-Agent: "+a.Agent+"\r\nConnection: close\r\n\r\n", http.MethodGet)
	return r.answer()
}

// reply is an answer of HTTP.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) answer() Answer {
	switch r.StatusCode {
	case http.StatusOK:
		return Answer{Kind: File, Body: r.body, Shape: r.shape()}
	case http.StatusNotFound:
		return Answer{Kind: Nothing, Shape: r.shape()}
	case http.StatusBadRequest, http.StatusRequestURITooLong:
		return Answer{Kind: Malformed, Shape: r.shape()}
	}
	return Answer{Kind: Trouble, Shape: r.shape()}
}

// shape is the answer without what differs from moment to moment.
func (r reply) shape() string {
	var lines []string
	for name, values := range r.Header {
		if slices.Contains([]string{"Date", "Etag", "Last-Modified", "X-Request-Id"}, name) {
			values = []string{"…"}
		}
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	out := r.Proto + " " + r.Status + "\n" + strings.Join(lines, "\n")
	if r.StatusCode != http.StatusOK {
		out += "\n\n" + string(r.body)
	}
	return out
}

// readWait bounds one exchange, so that a door that hangs fails the test.
const readWait = 20 * time.Second

// roundTrip writes a request as it stands and reads one answer; the connection
// is closed.
func roundTrip(t testing.TB, c net.Conn, request, method string) reply {
	t.Helper()
	defer c.Close()
	rs := exchange(t, c, request, method)
	return rs[0]
}

// exchange writes requests in one go and reads an answer to each method.
func exchange(t testing.TB, c net.Conn, request string, methods ...string) []reply {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(readWait)); err != nil {
		t.Fatalf("set a deadline: %v", err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, request) // an answer that comes first breaks it
	}()
	in := bufio.NewReader(c)
	var out []reply
	for _, m := range methods {
		resp, err := http.ReadResponse(in, &http.Request{Method: m})
		if err != nil {
			t.Fatalf("no answer to %q: %v", clip(request), err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it is a part of c
		if err != nil {
			t.Fatalf("the answer to %q broke off: %v", clip(request), err)
		}
		out = append(out, reply{resp, body})
	}
	<-sent
	return out
}

// send asks for a path with some header lines on a new connection.
func (s *httpSuite) send(t testing.TB, method, path string, lines ...string) reply {
	t.Helper()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: phones.example.org\r\nConnection: close\r\n", method, path)
	for _, l := range lines {
		head += l + "\r\n"
	}
	return roundTrip(t, s.dial(t), head+"\r\n", method)
}

func (s *httpSuite) file(t testing.TB) reply {
	t.Helper()
	r := s.send(t, http.MethodGet, s.path)
	if r.StatusCode != http.StatusOK || len(r.body) == 0 {
		t.Fatalf("no file: %s", r.shape())
	}
	return r
}

func (s *httpSuite) head(t *testing.T) {
	full, head := s.file(t), s.send(t, http.MethodHead, s.path)
	if len(head.body) > 0 || head.StatusCode != http.StatusOK || head.ContentLength != full.ContentLength {
		t.Errorf("HEAD: %s with %d bytes, length %d, want %d", head.Status, len(head.body), head.ContentLength, full.ContentLength)
	}
	if head.shape() != full.shape() {
		t.Errorf("HEAD and GET differ:\n%s\n%s", head.shape(), full.shape())
	}
	if r := s.send(t, http.MethodHead, "/nothing.xml"); r.StatusCode != http.StatusNotFound || len(r.body) > 0 {
		t.Errorf("HEAD of nothing: %s with %d bytes", r.Status, len(r.body))
	}
}

func (s *httpSuite) partial(t *testing.T) {
	full := s.file(t)
	n := len(full.body)
	for field, want := range map[string]struct {
		code     int
		from, to int
	}{
		"bytes=0-9":                      {http.StatusPartialContent, 0, 10},
		"bytes=10-":                      {http.StatusPartialContent, 10, n},
		"bytes=-5":                       {http.StatusPartialContent, n - 5, n},
		fmt.Sprintf("bytes=%d-", n+1000): {http.StatusRequestedRangeNotSatisfiable, 0, 0},
	} {
		r := s.send(t, http.MethodGet, s.path, "Range: "+field)
		if r.StatusCode != want.code {
			t.Errorf("%s: %s", field, r.Status)
		} else if s.proves() && r.StatusCode == http.StatusPartialContent && !bytes.Equal(r.body, full.body[want.from:want.to]) {
			t.Errorf("%s: other bytes than in the whole", field)
		}
	}
	if r := s.send(t, http.MethodGet, s.path, "Range: lines=1-2"); r.StatusCode == http.StatusPartialContent {
		t.Errorf("a unit that nobody knows was taken: %s", r.Status)
	}
}

func (s *httpSuite) conditional(t *testing.T) {
	full := s.file(t)
	tag, since := full.Header.Get("ETag"), full.Header.Get("Last-Modified")
	if tag == "" || since == "" {
		t.Fatalf("no ETag or Last-Modified: %s", full.shape())
	}
	for _, field := range []string{"If-None-Match: " + tag, `If-None-Match: "other", ` + tag, "If-None-Match: W/" + tag} {
		r := s.send(t, http.MethodGet, s.path, field)
		if r.StatusCode != http.StatusNotModified || len(r.body) > 0 {
			t.Errorf("%s: %s with %d bytes", field, r.Status, len(r.body))
		}
	}
	if r := s.send(t, http.MethodGet, s.path, `If-None-Match: "other"`); r.StatusCode != http.StatusOK {
		t.Errorf("another tag: %s", r.Status)
	}
	if r := s.send(t, http.MethodGet, s.path, "If-Modified-Since: "+since); s.proves() && r.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged since: %s", r.Status)
	}
	if r := s.send(t, http.MethodGet, s.path, "If-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT"); r.StatusCode != http.StatusOK {
		t.Errorf("changed since: %s", r.Status)
	}
	if r := s.send(t, http.MethodGet, "/nothing.xml", "If-None-Match: *"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a condition on nothing: %s", r.Status)
	}
}

func (s *httpSuite) methods(t *testing.T) {
	for _, m := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"} {
		r := s.send(t, m, s.path, "Content-Length: 0")
		if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s, Allow %q", m, r.Status, r.Header.Get("Allow"))
		}
		s.wantNoSecret(t, m, Answer{Body: r.body, Shape: r.shape()})
		if other := s.send(t, m, "/nothing.xml", "Content-Length: 0"); other.shape() != r.shape() {
			t.Errorf("%s: the refusal tells whether there is such a file:\n%s\n%s", m, other.shape(), r.shape())
		}
	}
	if r := s.send(t, "CONNECT", "phones.example.org:443"); r.StatusCode < 400 {
		t.Errorf("CONNECT: %s", r.Status)
	}
}

func (s *httpSuite) oldVersion(t *testing.T) {
	full := s.file(t)
	for _, request := range []string{"GET " + s.path + " HTTP/1.0\r\n\r\n", "GET " + s.path + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"} {
		r := roundTrip(t, s.dial(t), request, http.MethodGet)
		if r.StatusCode != http.StatusOK || len(r.body) != len(full.body) || r.ContentLength != int64(len(full.body)) {
			t.Errorf("HTTP/1.0: %s with %d bytes, length %d", r.Status, len(r.body), r.ContentLength)
		}
		if len(r.TransferEncoding) > 0 {
			t.Errorf("HTTP/1.0: transfer encoding %v", r.TransferEncoding)
		}
	}
}

func (s *httpSuite) queries(t *testing.T) {
	full := s.file(t)
	for _, query := range []string{"?", "?mac=00:00:5e:00:53:99", "?token=x&name=../../etc/passwd", "?" + strings.Repeat("a", 500)} {
		r := s.send(t, http.MethodGet, s.path+query)
		if r.StatusCode != http.StatusOK || s.proves() && !bytes.Equal(r.body, full.body) {
			t.Errorf("%s: %s", clip(query), r.Status)
		}
	}
}

// status writes bytes and returns the status of the answer; 0 where the door
// closed the connection without one.
func status(t testing.TB, c net.Conn, request string) int {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(readWait)); err != nil {
		t.Fatalf("set a deadline: %v", err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		return 0
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // where it cannot be, the deadline ends the wait
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
