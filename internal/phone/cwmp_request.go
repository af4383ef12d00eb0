package phone

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/icholy/digest"

	"bellwether/internal/protocol/cwmp"
)

// requests is what connection requests and sessions leave behind. The manager's mu
// guards it.
type requests struct {
	nonces    []string // that a connection request may still answer
	seen      []string // id of datagrams that were taken
	last      int64    // ts of the last of them
	transfers int      // ids given

	// of the last session, for phones that use it again
	stale []*http.Cookie
	chal  *digest.Challenge
	proof string
}

// keptNonces is how many challenges may be open at once.
const keptNonces = 16

// doors are where a phone hears connection requests.
type doors struct {
	manager *manager
	open    bool
	port    int
	server  *http.Server
	serving sync.WaitGroup
	stun    *stunClient
}

// adapt opens, moves or closes the doors as the settings say.
func (d *doors) adapt(ctx context.Context, conf Management) {
	m := d.manager
	m.mu.Lock()
	offline := m.offline
	m.mu.Unlock()
	on := conf.URL != "" && conf.RequestPort > 0 && !offline
	if d.open && (!on || d.port != conf.RequestPort) {
		d.close()
	}
	if on && !d.open {
		d.listen(ctx, conf.RequestPort)
	}
	d.bind(ctx, conf, on)
}

func (d *doors) listen(ctx context.Context, port int) {
	m := d.manager
	l, err := m.net.Listen(ctx, "tcp", net.JoinHostPort(m.conf.Address.String(), strconv.Itoa(port)))
	if err != nil {
		m.phone.cfg.Log.Warn("a phone cannot take connection requests", "mac", m.phone.cfg.MAC, "error", err)
		return
	}
	d.open, d.port = true, port
	d.server = &http.Server{Handler: m, ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, ErrorLog: log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return ctx }}
	d.serving.Go(func() { _ = d.server.Serve(l) })
	m.mu.Lock()
	m.status.RequestURL = "http://" + net.JoinHostPort(m.conf.Address.String(), strconv.Itoa(port)) + m.path()
	m.mu.Unlock()
}

func (d *doors) close() {
	if d.server != nil {
		_ = d.server.Close()
		d.serving.Wait()
		d.server = nil
	}
	d.unbind()
	d.open = false
	d.manager.mu.Lock()
	d.manager.status.RequestURL = ""
	d.manager.mu.Unlock()
}

// path is the secret part of the phone's ConnectionRequestURL, the same for its
// whole life.
func (m *manager) path() string {
	sum := sha256.Sum256([]byte("connection request " + m.phone.cfg.MAC))
	return "/" + hex.EncodeToString(sum[:8])
}

// ServeHTTP takes a connection request (TR-069 §3.2.2): a GET of the secret path by
// digest authentication. It answers at once; the session comes after.
func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, m.path()) {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if !m.proved(r) {
		w.Header().Set("WWW-Authenticate", `Digest realm="`+m.phone.cfg.Model+`", qop="auth", algorithm=MD5, nonce="`+m.nonce()+`"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusOK)
	m.requested()
}

// requested is that a connection request was accepted.
func (m *manager) requested() {
	m.mu.Lock()
	m.status.Requests++
	m.mu.Unlock()
	m.raise(cwmp.EventConnectionRequest, "")
	m.phone.nudge()
}

func (m *manager) nonce() string {
	n := rand.Text()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests.nonces = append(m.requests.nonces, n)
	if over := len(m.requests.nonces) - keptNonces; over > 0 {
		m.requests.nonces = slices.Delete(m.requests.nonces, 0, over)
	}
	return n
}

// proved checks who asks. A nonce counts once.
func (m *manager) proved(r *http.Request) bool {
	conf := m.management()
	c, err := digest.ParseCredentials(r.Header.Get("Authorization"))
	if err != nil || c.Username != conf.RequestUser || c.URI != r.RequestURI || conf.RequestPassword == "" {
		return false
	}
	want, err := digest.Digest(&digest.Challenge{Realm: m.phone.cfg.Model, Nonce: c.Nonce, Algorithm: "MD5", QOP: []string{"auth"}},
		digest.Options{Method: r.Method, URI: c.URI, Username: conf.RequestUser, Password: conf.RequestPassword, Count: c.Nc, Cnonce: c.Cnonce})
	if err != nil || subtle.ConstantTimeCompare([]byte(want.Response), []byte(c.Response)) != 1 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.requests.nonces, c.Nonce)
	if i < 0 {
		return false
	}
	m.requests.nonces = slices.Delete(m.requests.nonces, i, i+1)
	return true
}
