package httpx

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/icholy/digest"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// nonceLife is how long a nonce counts. Who answers later gets another one, and is
// told that its password was not the trouble.
const nonceLife = 5 * time.Minute

// Sealer signs nonces, alike on every node: platform/secret.
type Sealer interface {
	MAC(label string, parts ...string) string
}

// Challenger asks for a user and a password, by Digest (RFC 7616), and by Basic too
// where nobody else hears the answer. It stores nothing: a nonce is a signed time
// and address, of use at no other address and for no other Label.
type Challenger struct {
	Realm  string // alike for all, as one per asker would tell which ones there are
	Label  string // of the door
	Clear  bool   // others may hear the answer
	Loose  bool   // the answer may name another address than the one that was asked for: some phones write it as they like
	Nonces Sealer
	Clock  clock.Clock
}

// Credentials are what a request shows in its Authorization field. User is "" where
// it shows none that can be judged.
type Credentials struct {
	User     string
	Password secret.String
	Digest   *Digest // instead of Password
}

// Digest is an answer to a challenge (RFC 7616 §3.4) whose nonce is ours and fresh.
type Digest struct {
	Method, URI, Realm, Nonce, Response string
	Algorithm                           string // "" and "MD5" are the same
	QOP, NC, CNonce                     string // "" from those that know RFC 2069 alone
}

// Read takes what a request says, asked for or not. stale reports an answer to a
// challenge that is too old to count; that one is not handed on.
func (c Challenger) Read(r *http.Request, from netip.Addr) (out Credentials, stale bool) {
	if user, password, ok := r.BasicAuth(); ok {
		if len(user) <= limit.PasswordMax && len(password) <= limit.PasswordMax {
			out.User, out.Password = user, secret.NewString(password)
		}
		return out, false
	}
	field := r.Header.Get("Authorization")
	if scheme, _, _ := strings.Cut(field, " "); !strings.EqualFold(scheme, "Digest") {
		return out, false
	}
	a, err := digest.ParseCredentials(field)
	if err != nil || a.Realm != c.Realm || a.Userhash || a.Nc < 0 || len(a.Username) > limit.PasswordMax || !c.Loose && a.URI != r.RequestURI && a.URI != r.URL.Path {
		return out, false
	}
	if !c.fresh(a.Nonce, from) {
		return out, true
	}
	out.User = a.Username
	out.Digest = &Digest{Method: r.Method, URI: a.URI, Realm: a.Realm, Nonce: a.Nonce, Response: a.Response, Algorithm: a.Algorithm, QOP: a.QOP, CNonce: a.Cnonce}
	if a.QOP != "" {
		out.Digest.NC = fmt.Sprintf("%08x", a.Nc) // exactly so many digits (RFC 7616 §3.4)
	}
	return out, false
}

// Ask adds the challenge to an answer of status 401. The first one is for those
// that take what comes first.
func (c Challenger) Ask(h http.Header, from netip.Addr, stale bool) {
	field := `Digest realm="` + c.Realm + `", qop="auth", algorithm=MD5, nonce="` + c.nonce(from, c.Clock.Now().Add(nonceLife)) + `"`
	if stale {
		field += ", stale=true"
	}
	h.Add("WWW-Authenticate", field)
	if !c.Clear {
		h.Add("WWW-Authenticate", `Basic realm="`+c.Realm+`", charset="UTF-8"`)
	}
}

func (c Challenger) nonce(from netip.Addr, until time.Time) string {
	t := strconv.FormatInt(until.Unix(), 16)
	return t + "." + c.sign(t, from)
}

func (c Challenger) sign(t string, from netip.Addr) string {
	return c.Nonces.MAC("http digest nonce", t, c.Label, from.Unmap().String())[:32]
}

// fresh reports whether a nonce is ours and still counts.
func (c Challenger) fresh(nonce string, from netip.Addr) bool {
	t, mac, _ := strings.Cut(nonce, ".")
	until, err := strconv.ParseInt(t, 16, 64)
	return err == nil && subtle.ConstantTimeCompare([]byte(mac), []byte(c.sign(t, from))) == 1 && c.Clock.Now().Before(time.Unix(until, 0))
}
