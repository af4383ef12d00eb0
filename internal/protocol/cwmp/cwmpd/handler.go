package cwmpd

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/vendors"
)

// handler answers the messages of one listener. Any path is the server's: phones
// keep what they were told.
type handler struct {
	*Server
	door vendors.Door
	ask  httpx.Challenger
}

// cookie is the name of the session's cookie.
const cookie = "bwsession"

// message is one HTTP request of a phone.
type message struct {
	r       *http.Request
	w       http.ResponseWriter
	from    netip.Addr
	conn    net.Conn
	cookies []string
	text    []byte
}

// ServeHTTP answers one message.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		plain(w, http.StatusMethodNotAllowed, "phones report here by TR-069; there is nothing to read")
		return
	}
	m := message{r: r, w: w, conn: httpx.ConnOf(r.Context()), cookies: cookies(r.Header)}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		m.from = ap.Addr().Unmap()
	}
	var status int
	if m.text, status = body(w, r); status != 0 {
		plain(w, status, "the message cannot be read")
		return
	}
	e, err := cwmp.Decode(m.text)
	switch {
	case errors.Is(err, cwmp.ErrEmpty):
		h.empty(r.Context(), m)
	case err != nil:
		h.malformed(m, err)
	default:
		h.take(r.Context(), m, e)
	}
}

// body reads a message, unpacked where the phone packed it.
func body(w http.ResponseWriter, r *http.Request) (b []byte, status int) {
	in := io.Reader(http.MaxBytesReader(w, r.Body, limit.CWMPBytes))
	var err error
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(in)
	case "deflate":
		in, err = inflate(in)
	default:
		return nil, http.StatusUnsupportedMediaType
	}
	if err == nil {
		b, err = io.ReadAll(io.LimitReader(in, limit.CWMPBytes+1))
	}
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big), len(b) > limit.CWMPBytes:
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	return b, 0
}

// inflate reads what HTTP calls deflate: zlib by its rules, and bare by habit.
func inflate(in io.Reader) (io.Reader, error) {
	all, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	if z, err := zlib.NewReader(strings.NewReader(string(all))); err == nil {
		return z, nil
	}
	return flate.NewReader(strings.NewReader(string(all))), nil
}

// cookies are the values of our cookie, however the phone wrote the field: with
// what belongs to Set-Cookie glued on, quoted, with commas between, twice.
func cookies(h http.Header) (out []string) {
	for _, field := range h.Values("Cookie") {
		for _, part := range strings.FieldsFunc(field, func(r rune) bool { return r == ';' || r == ',' }) {
			name, value, ok := strings.Cut(part, "=")
			if ok && strings.TrimSpace(name) == cookie {
				out = append(out, strings.Trim(strings.TrimSpace(value), `"`))
			}
		}
	}
	return out
}

// take handles a message that has something to say.
func (h *handler) take(ctx context.Context, m message, e cwmp.Envelope) {
	if in, ok := e.Body.(*cwmp.Inform); ok {
		h.inform(ctx, m, e, in)
		return
	}
	one := h.table.find(m.cookies, m.conn, h.Clock.Now())
	if one == nil {
		plain(m.w, http.StatusBadRequest, "this belongs to no session: begin with an Inform")
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.over {
		plain(m.w, http.StatusBadRequest, "the session is over: begin with an Inform")
		return
	}
	h.heard(one, m.text)
	if answer, ok := h.theirs(ctx, one, e.Body); ok {
		h.send(m, one, e.Answer(answer))
		return
	}
	h.proceed(ctx, m, one, e.Body)
}

// empty handles a message that says nothing: the phone has no more to say, or no
// answer to what it was asked. One that comes after the session was over gets what
// ended it once more. One that belongs to nothing is a question whether a password
// is wanted: libcurl, which some phones are made of, asks so before it says anything.
func (h *handler) empty(ctx context.Context, m message) {
	one := h.table.find(m.cookies, m.conn, h.Clock.Now())
	if one == nil && len(m.cookies) == 0 && m.r.Header.Get("Authorization") == "" {
		h.ask.Ask(m.w.Header(), m.from, false)
		plain(m.w, http.StatusUnauthorized, "user and password are wanted")
		return
	}
	if one == nil {
		m.w.WriteHeader(http.StatusNoContent)
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.over {
		m.w.WriteHeader(http.StatusNoContent)
		return
	}
	h.heard(one, nil)
	h.proceed(ctx, m, one, nil)
}

// malformed refuses what is no message. The session stays as it is.
func (h *handler) malformed(m message, err error) {
	h.Log.DebugContext(m.r.Context(), "message not understood", "door", h.door, "peer", m.from, "error", err)
	status := http.StatusBadRequest
	if len(m.text) > limit.CWMPBytes {
		status = http.StatusRequestEntityTooLarge
	}
	plain(m.w, status, fault.Message(err))
}

// send writes one message.
func (h *handler) send(m message, one *session, e cwmp.Envelope) {
	e.Namespace = one.space
	text := cwmp.Append(nil, e, cwmp.Options{})
	h.said(one, text, http.StatusOK)
	m.w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
	m.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = m.w.Write(text) // a phone that is gone begins anew
}

// finish ends a session with the empty answer.
func (h *handler) finish(m message, one *session) {
	one.over = true
	h.table.drop(one)
	h.said(one, nil, http.StatusNoContent)
	m.w.Header().Set("Connection", "close")
	m.w.WriteHeader(http.StatusNoContent)
}

// later asks a phone to come again, some sooner than others.
func later(w http.ResponseWriter) {
	var b [1]byte
	_, _ = rand.Read(b[:]) // never fails, see its documentation
	w.Header().Set("Retry-After", strconv.Itoa(30+int(b[0])%60))
	plain(w, http.StatusServiceUnavailable, "too many phones report at once")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
