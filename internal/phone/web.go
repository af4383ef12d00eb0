package phone

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pages is a phone's web access. Its addresses are the virtual phone's own; what
// they do is the guide's ("Security Settings"): POST /login with username and
// password, GET /status and POST /password (current, new, confirm) for those who
// are signed in.
type pages struct {
	phone *Phone
	panel Panel // what programs ask, panel.go

	mu       sync.Mutex // guards what follows
	sessions map[string]time.Time
	tokens   []string // given out and not used yet
	wrong    int
	locked   time.Time // until when
}

// admin is the administrator's name (guide, "Phone Configuration Via Web
// Browser").
const admin = "admin"

// showPages listens as the settings say, and anew as soon as they say otherwise.
func (p *Phone) showPages(ctx context.Context) {
	own, err := ownCertificate(p)
	if err != nil {
		return
	}
	site := &pages{phone: p, sessions: map[string]time.Time{}}
	if paneler, ok := p.cfg.Persona.(Paneler); ok {
		site.panel, _ = paneler.Panel(p.device())
	}
	for ctx.Err() == nil {
		since := p.changes()
		s := p.services()
		shown := own
		if s.Own != nil {
			shown = *s.Own
		}
		end := site.open(ctx, s.Web, shown)
		for p.shows(s) && ctx.Err() == nil {
			p.rest(ctx, 24*time.Hour, since)
			since = p.changes()
		}
		end()
	}
}

// shows reports whether the pages are where the settings want them.
func (p *Phone) shows(s Services) bool {
	now := p.services()
	return now.Web.HTTP == s.Web.HTTP && now.Web.HTTPS == s.Web.HTTPS && (now.Own == nil) == (s.Own == nil)
}

// open starts the servers and returns how to end them.
func (g *pages) open(ctx context.Context, s WebService, own tls.Certificate) (end func()) {
	srv := &http.Server{Handler: g, ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, ErrorLog: log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return ctx }}
	var running sync.WaitGroup
	var addrs []string
	for scheme, port := range map[string]int{"http": s.HTTP, "https": s.HTTPS} {
		if port == 0 {
			continue
		}
		l, err := g.phone.cfg.Web.Listen(ctx, "tcp", ":"+strconv.Itoa(port))
		if err != nil {
			g.phone.note(err)
			continue
		}
		addrs = append(addrs, scheme+"://"+l.Addr().String())
		if scheme == "https" {
			trust := g.phone.trust()
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: max(trust.MinTLS, tls.VersionTLS10), MaxVersion: trust.MaxTLS}) //nolint:gosec // as old as the phone is told
		}
		running.Go(func() { _ = srv.Serve(l) })
	}
	g.phone.mu.Lock()
	g.phone.status.Pages = addrs
	g.phone.mu.Unlock()
	return func() {
		_ = srv.Close()
		running.Wait()
	}
}

// trust is how the phone judges TLS by its present settings.
func (p *Phone) trust() Trust {
	plan, _ := p.cfg.Persona.Plan(p.device(), p.Settings()) // without a server to fetch from the rest still counts
	return plan.Trust
}

func (g *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := g.phone.services().Web
	w.Header().Set("Date", g.phone.now().UTC().Format(http.TimeFormat))
	if !g.phone.admits(s.Access, r.RemoteAddr) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/cgi-bin/") && g.panel.Settings != nil {
		g.cgi(w, r, s)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /":
		_, _ = io.WriteString(w, "sign in at /login\n")
	case "POST /login":
		g.login(w, r, s)
	case "GET /status":
		if g.signedIn(r, s) {
			_ = json.NewEncoder(w).Encode(map[string]string{"model": g.phone.cfg.Model, "mac": g.phone.cfg.MAC.String(), "firmware": g.phone.device().Firmware})
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	case "POST /password":
		if !g.signedIn(r, s) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(g.phone.newPassword(s, r.PostFormValue("current"), r.PostFormValue("new"), r.PostFormValue("confirm")))
	default:
		http.NotFound(w, r)
	}
}

// admits judges an address by the phone's list. No setting is known to hold the
// list, so it is typed in by hand; an empty one lists nobody.
func (p *Phone) admits(a Access, remote string) bool {
	ap, err := netip.ParseAddrPort(remote)
	if a == Everybody || err != nil {
		return a == Everybody
	}
	listed := false
	for _, n := range p.cfg.WebList {
		listed = listed || n.Contains(ap.Addr().Unmap())
	}
	return listed == (a == Listed)
}

// login counts wrong passwords; after too many nobody gets in for a while.
func (g *pages) login(w http.ResponseWriter, r *http.Request, s WebService) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.phone.cfg.Clock.Now()
	if now.Before(g.locked) {
		w.Header().Set("Retry-After", strconv.Itoa(int(g.locked.Sub(now)/time.Second)))
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	user := subtle.ConstantTimeCompare([]byte(r.PostFormValue("username")), []byte(admin))
	if user&subtle.ConstantTimeCompare([]byte(r.PostFormValue("password")), []byte(s.Password)) != 1 || s.Password == "" {
		g.mistake(r, s)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	g.wrong = 0
	id := rand.Text()
	g.sessions[id] = now
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}

// mistake counts a wrong password. The caller holds mu.
func (g *pages) mistake(r *http.Request, s WebService) {
	g.phone.say(LogWarning, "web: wrong password from "+r.RemoteAddr)
	if g.wrong++; g.wrong >= s.Attempts {
		g.wrong, g.locked = 0, g.phone.cfg.Clock.Now().Add(s.LockOut)
	}
}

// signedIn looks for the session of a browser.
func (g *pages) signedIn(r *http.Request, s WebService) bool {
	c, err := r.Cookie("session")
	return err == nil && g.fresh(c.Value, s)
}

// fresh reports whether a session was not idle too long, and freshens it.
func (g *pages) fresh(id string, s WebService) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	last, ok := g.sessions[id]
	now := g.phone.cfg.Clock.Now()
	if !ok || now.Sub(last) >= s.Idle {
		delete(g.sessions, id)
		return false
	}
	g.sessions[id] = now
	return true
}

// newPassword changes the administrator's password as the guide has it: the
// current one is needed, the new one twice. It returns the HTTP status.
func (p *Phone) newPassword(s WebService, current, next, again string) int {
	switch {
	case subtle.ConstantTimeCompare([]byte(current), []byte(s.Password)) != 1:
		return http.StatusForbidden
	case next != again || next == "":
		return http.StatusUnprocessableEntity
	}
	p.Set(s.SetPassword, next)
	return http.StatusNoContent
}

// ownCertificate is the phone's from the factory, or one that it makes itself.
func ownCertificate(p *Phone) (tls.Certificate, error) {
	if p.cfg.TLS != nil && len(p.cfg.TLS.Certificates) > 0 {
		return p.cfg.TLS.Certificates[0], nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := p.cfg.Clock.Now()
	leaf := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: p.cfg.MAC.String()}, DNSNames: []string{p.cfg.MAC.String() + ".local"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(20, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
