package httpd

import (
	"io"
	"net/http"
	"net/netip"

	"bellwether/internal/domain/report"
	"bellwether/internal/protocol/actionpath"
)

// event takes in what a phone tells by requesting an address. The answer is the same
// for every key and every path below this folder, and is given before anybody looks at the
// key. Only a GET tells anything: that is what the guides have phones send.
func (h *Handler) event(w http.ResponseWriter, r *http.Request) {
	p := actionpath.Parse(r.URL.Path, r.URL.RawQuery)
	l := report.Letter{Door: h.Door, UserAgent: r.UserAgent(), Key: p.Key, Event: p.Event, Problem: p.Problem, Status: http.StatusOK,
		Claims: report.Claims{Address: p.Claims.Address, Account: p.Claims.Account, Remote: p.Claims.Remote}}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		l.Address = ap.Addr()
	}
	if r.Method != http.MethodGet {
		l.Problem = "the method " + short(r.Method) + " tells nothing"
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		l.Status = http.StatusMethodNotAllowed
	}
	ok := h.Events.Take(l)
	switch {
	case l.Status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
	case !ok:
		refuse(w, http.StatusServiceUnavailable)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, "OK\n") // the phone does not read it
	}
}
