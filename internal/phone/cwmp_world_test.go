package phone_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/icholy/digest"

	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
)

// acs is a server of CWMP that follows a script: the test says what it asks. It is
// no part of the product, so that the phone is held against the book and not
// against our own server.
type acs struct {
	mu       sync.Mutex // guards what follows
	ask      []cwmp.Message
	got      []cwmp.Envelope // what the phone said, in order
	posts    []*http.Request // the same, as requests
	bodies   []string
	user     string // "" for no password
	password string
	basic    bool // asks for Basic instead of Digest
	refuse   int  // status that everything is answered with; 0 for none
	ids      int
	nonces   int
}

// acs makes the world's server an ACS at /acs.
func (w *world) acs(t *testing.T) *acs {
	t.Helper()
	a := &acs{}
	w.answer(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/acs" {
			return false
		}
		a.ServeHTTP(rw, r)
		return true
	})
	return a
}

func (a *acs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.posts, a.bodies = append(a.posts, r), append(a.bodies, string(b))
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		return
	case a.refuse != 0:
		w.WriteHeader(a.refuse)
		return
	case a.user != "" && !a.proved(r):
		a.nonces++
		if a.basic {
			w.Header().Set("WWW-Authenticate", `Basic realm="acs"`)
		} else {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="acs", qop="auth", algorithm=MD5, nonce="n%d"`, a.nonces))
		}
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if len(b) == 0 {
		a.next(w)
		return
	}
	e, err := cwmp.Decode(b)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.got = append(a.got, e)
	switch e.Body.(type) {
	case *cwmp.Inform:
		http.SetCookie(w, &http.Cookie{Name: "session", Value: fmt.Sprintf("s%d", len(a.got)), Path: "/"})
		a.say(w, e.Answer(&cwmp.InformResponse{MaxEnvelopes: 1}))
	case *cwmp.TransferComplete:
		a.say(w, e.Answer(&cwmp.TransferCompleteResponse{}))
	default:
		a.next(w)
	}
}

// proved checks a digest with the library's own arithmetic, or Basic.
func (a *acs) proved(r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok {
		return a.basic && user == a.user && password == a.password
	}
	c, err := digest.ParseCredentials(r.Header.Get("Authorization"))
	if err != nil || a.basic {
		return false
	}
	chal := &digest.Challenge{Realm: "acs", Nonce: c.Nonce, Algorithm: "MD5"}
	if c.QOP != "" { // a client may leave it out
		chal.QOP = []string{"auth"}
	}
	want, err := digest.Digest(chal,
		digest.Options{Method: r.Method, URI: r.RequestURI, Username: a.user, Password: a.password, Count: c.Nc, Cnonce: c.Cnonce})
	return err == nil && want.Response == c.Response
}

func (a *acs) next(w http.ResponseWriter) {
	if len(a.ask) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	m := a.ask[0]
	a.ask = a.ask[1:]
	a.ids++
	a.say(w, cwmp.Envelope{ID: fmt.Sprintf("acs-%d", a.ids), HasID: true, Body: m})
}

func (a *acs) say(w http.ResponseWriter, e cwmp.Envelope) {
	b := cwmp.Append(nil, e, cwmp.Options{})
	w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	_, _ = w.Write(b)
}

// wants has the next session ask these.
func (a *acs) wants(list ...cwmp.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ask = append(a.ask, list...)
}

func (a *acs) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

// heard returns what the phone said since the last call.
func (a *acs) heard() []cwmp.Envelope {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.got
	a.got, a.posts, a.bodies = nil, nil, nil
	return out
}

// informs are the Informs among messages.
func informs(list []cwmp.Envelope) []*cwmp.Inform {
	var out []*cwmp.Inform
	for _, e := range list {
		if m, ok := e.Body.(*cwmp.Inform); ok {
			out = append(out, m)
		}
	}
	return out
}

// codes are an Inform's events.
func codes(m *cwmp.Inform) string {
	var out []string
	for _, e := range m.Events {
		out = append(out, strings.TrimSpace(e.Code+" "+e.Key))
	}
	return strings.Join(out, ", ")
}

// only returns the one message of a type among those heard.
func only[T cwmp.Message](t *testing.T, list []cwmp.Envelope) T {
	t.Helper()
	var found []T
	for _, e := range list {
		if m, ok := e.Body.(T); ok {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		var zero T
		t.Fatalf("there are %d of %T in %v", len(found), zero, methodsOf(list))
	}
	return found[0]
}

func methodsOf(list []cwmp.Envelope) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Body.Method())
	}
	return out
}

// phoneAt is the address of the managed phone.
func phoneAt() netip.Addr { return netip.MustParseAddr("192.0.2.77") }

// managed are the settings of a phone that the ACS manages.
func managed(more ...string) map[string]string {
	out := map[string]string{
		"tr069.enable": "Yes", "tr069.url": "http://prov.example.org/acs", "tr069.username": "cpe", "tr069.password": "secret-1",
		"tr069.connectionrequestusername": "acs", "tr069.connectionrequestpassword": "secret-2", "tr069.connectionrequestport": "7547",
	}
	for _, s := range more {
		name, value, _ := strings.Cut(s, "=")
		out[name] = value
	}
	return out
}

// managedPhone makes one and switches it on.
func (w *world) managedPhone(t *testing.T, conf phone.CWMP, change func(*phone.Config)) *phone.Phone {
	t.Helper()
	conf.Address = phoneAt()
	return w.phone(t, func(c *phone.Config) {
		c.CWMP, c.Settings = &conf, managed()
		if change != nil {
			change(c)
		}
	})
}

// keys are the ids of a phone's executed requests.
func keys(p *phone.Phone, method string) []string {
	out := []string{}
	for _, e := range p.Management().Executed {
		if e.Method == method {
			out = append(out, e.Key)
		}
	}
	return slices.Clone(out)
}

// call sends a connection request from the server's host and returns the answer's
// status, after a proof where the phone wants one.
func (w *world) call(t *testing.T, url, user, password string) int {
	t.Helper()
	transport := &http.Transport{DialContext: w.net.Host(netip.MustParseAddr("192.0.2.1")).Dial, DisableKeepAlives: true}
	client := &http.Client{Transport: transport}
	if user != "" {
		client.Transport = &digest.Transport{Username: user, Password: password, Transport: transport}
	}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
