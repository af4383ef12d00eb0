package ippd

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"
)

// request is one request of a phone.
type request struct {
	r    *http.Request
	w    http.ResponseWriter
	from netip.Addr
	path ipp.Path
	text []byte

	plain bool // nothing depends on whether its answer arrives
}

// ServeHTTP answers one request. Whoever proves nothing gets the same answer for
// every name, and a token that does not count the same for every token.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := ipp.ParsePath(r.URL.Path)
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "phones report here; there is nothing else")
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "phones report here by POST")
		return
	}
	m := request{r: r, w: w, path: path}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		m.from = ap.Addr().Unmap()
	}
	status := 0
	if m.text, status = body(w, r); status != 0 {
		refuse(w, status, "the report cannot be read")
		return
	}
	select { // a phone that is slow takes nobody's turn: its report is judged when it has come
	case s.arrivals <- struct{}{}:
		defer func() { <-s.arrivals }()
	default:
		later(w)
		return
	}
	if path.Op == ipp.Alert {
		s.alerts(m)
		return
	}
	s.report(m)
}

// plainJSON is the media type that phones are known to send.
const plainJSON = "application/json"

// body reads a report. Its media type is passed over, as phones and scripts get it
// wrong, but for one that is certainly none.
func body(w http.ResponseWriter, r *http.Request) (b []byte, status int) {
	if kind := r.Header.Get("Content-Type"); kind != plainJSON {
		if t, _, err := mime.ParseMediaType(kind); err == nil && (strings.HasPrefix(t, "multipart/") || strings.HasPrefix(t, "image/")) {
			return nil, http.StatusUnsupportedMediaType
		}
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, http.StatusUnsupportedMediaType
	}
	if n := r.ContentLength; n >= 0 && n <= limit.IPPBytes { // most say how long it is
		b = make([]byte, n)
		if _, err := io.ReadFull(r.Body, b); err != nil {
			return nil, http.StatusBadRequest
		}
		return b, 0
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit.IPPBytes))
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	return b, 0
}

// send writes an answer, and reports whether it went out whole to somebody who was
// there. Most phones close the connection as soon as they have it, so whether they are
// still there afterwards tells nothing.
func (s *Server) send(m request, text []byte) bool {
	gone := m.r.Context().Err() != nil
	h := m.w.Header()
	h["Content-Type"], h["Cache-Control"] = s.jsonType, s.noStore
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if _, err := m.w.Write(text); err != nil || gone {
		return false
	}
	if m.plain {
		return true
	}
	err := http.NewResponseController(m.w).Flush()
	return err == nil || errors.Is(err, http.ErrNotSupported)
}

// refuse answers in the form of the protocol, which is JSON.
func refuse(w http.ResponseWriter, status int, text string) {
	b := append(strconv.AppendQuote([]byte(`{"error":`), text), '}')
	w.Header().Set("Content-Type", plainJSON)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a phone that is gone comes again
}

// retry is how long a phone that came at a bad time is told to wait.
const retry = 30 * time.Second

func later(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	refuse(w, http.StatusServiceUnavailable, "too many phones report at once")
}

func failed(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusInternalServerError, "something went wrong on the server")
}
