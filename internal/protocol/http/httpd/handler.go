package httpd

import (
	"io"
	"net/http"
	"net/netip"
	"time"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/actionpath"
	"bellwether/internal/protocol/phonepath"
	"bellwether/internal/vendors"
)

// Handler answers the provisioning paths of one door. It knows no redirects and
// no directories: phones follow none (provisioning.md §1.4), and a path is taken
// as it stands but for doubled slashes.
type Handler struct {
	Door   vendors.Door
	Files  Opener
	Events Taker // nil: phones tell nothing here
	Nonces httpx.Sealer
	Clock  clock.Clock
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.Events != nil && actionpath.Ours(r.URL.Path) {
		h.event(w, r)
		return
	}
	req, stale := h.read(r)
	a := h.Files.Open(r.Context(), req)
	out := &counter{ResponseWriter: w}
	body, size, found := a.Open()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		out.Header().Set("Allow", "GET, HEAD")
		refuse(out, http.StatusMethodNotAllowed)
	case challenged(req, a):
		h.challenge(out, req, stale)
	case !found:
		refuse(out, statusOf(a.Verdict))
	default:
		send(out, r, a, body)
	}
	a.Done(r.Context(), provision.Outcome{Status: out.status, Bytes: out.sent, NotModified: out.status == http.StatusNotModified,
		Complete: r.Method == http.MethodGet && out.status == http.StatusOK && out.err == nil && out.sent == size})
}

// read makes a request of what came. stale reports an answer to a challenge that
// is too old to count.
func (h *Handler) read(r *http.Request) (req provision.Request, stale bool) {
	p := phonepath.Parse(r.URL.Path)
	req = provision.Request{Door: h.Door, Name: p.Name, Folder: provision.Folder(p.Folder), Token: p.Token, Problem: p.Problem, Fault: p.Fault, UserAgent: r.UserAgent(), TLS: r.TLS}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		req.Address = ap.Addr()
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		req.Problem = "the method " + short(r.Method) + " is not one that fetches a file"
	}
	stale = h.credentials(r, &req)
	return req, stale
}

func short(s string) string {
	if len(s) > 16 {
		return s[:16] + "…"
	}
	return s
}

// send writes an answer with all that HTTP knows of partial and conditional
// requests (RFC 9110 §13, §14). The length is always told, as old phones need it.
func send(w http.ResponseWriter, r *http.Request, a provision.Answer, body io.ReadSeeker) {
	w.Header().Set("Content-Type", a.ContentType)
	w.Header().Set("ETag", a.ETag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if a.Content != nil {
		w.Header().Set("Accept-Ranges", "bytes")
		w = &patient{ResponseWriter: w, conn: http.NewResponseController(w), until: (clock.System{}).Now().Add(limit.TransferTime)}
	}
	http.ServeContent(w, r, "", a.Modified.Truncate(time.Second), body)
}

// patient is an answer that takes minutes on a slow line: each part of it has
// limit.WriteTime, and all together until some time. Who takes nothing for so long is
// hung up on, so that nobody holds an image by reading none of it.
type patient struct {
	http.ResponseWriter
	conn  *http.ResponseController
	until time.Time
}

// Write writes one part.
func (p *patient) Write(b []byte) (int, error) {
	next := (clock.System{}).Now().Add(limit.WriteTime)
	if next.After(p.until) {
		next = p.until
	}
	_ = p.conn.SetWriteDeadline(next) // a listener without deadlines is none the worse
	return p.ResponseWriter.Write(b)
}

// refuse writes the plain refusal: the same for every name and asker.
func refuse(w http.ResponseWriter, status int) {
	body := http.StatusText(status) + "\n"
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func statusOf(v provision.Verdict) int {
	switch v {
	case provision.Invalid:
		return http.StatusBadRequest
	case provision.Broken, provision.Busy:
		return http.StatusServiceUnavailable
	}
	return http.StatusNotFound
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// counter notes what really went out.
type counter struct {
	http.ResponseWriter
	status int
	sent   int64
	err    error
}

// WriteHeader notes the status.
func (c *counter) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write notes the bytes and the first error.
func (c *counter) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.sent += int64(n)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}
