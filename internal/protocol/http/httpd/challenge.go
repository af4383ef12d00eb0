package httpd

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/icholy/digest"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// realm is alike for all, as a realm per device would tell which ones there are.
const realm = "provisioning"

// nonceLife is how long a nonce counts. A phone that answers later gets another
// one, and is told that its password was not the trouble.
const nonceLife = 5 * time.Minute

// credentials takes what a request says in its Authorization field: on any path,
// asked for or not (identity.md). It reports an answer to a challenge that is too
// old to count; that one is not handed on.
func (h *Handler) credentials(r *http.Request, req *provision.Request) (stale bool) {
	field := r.Header.Get("Authorization")
	if user, password, ok := r.BasicAuth(); ok {
		if len(user) <= limit.PasswordMax && len(password) <= limit.PasswordMax {
			req.User, req.Password = user, secret.NewString(password)
		}
		return false
	}
	if scheme, _, _ := strings.Cut(field, " "); !strings.EqualFold(scheme, "Digest") {
		return false
	}
	c, err := digest.ParseCredentials(field)
	if err != nil || c.Realm != realm || c.Userhash || c.Nc < 0 || len(c.Username) > limit.PasswordMax || c.URI != r.RequestURI && c.URI != r.URL.Path {
		return false
	}
	if !h.fresh(c.Nonce, *req) {
		return true
	}
	req.User = c.Username
	req.Digest = &provision.Digest{Method: r.Method, URI: c.URI, Realm: c.Realm, Nonce: c.Nonce, Response: c.Response, Algorithm: c.Algorithm, QOP: c.QOP, CNonce: c.Cnonce}
	if c.QOP != "" {
		req.Digest.NC = fmt.Sprintf("%08x", c.Nc) // exactly so many digits (RFC 7616 §3.4)
	}
	return false
}

// challenged reports whether an answer becomes a challenge: below /d/ that is
// every well-formed name that no proof opened, so that a wrong password looks like
// none, and a known name like an unknown one.
func challenged(req provision.Request, a provision.Answer) bool {
	if req.Folder != provision.Challenge {
		return false
	}
	switch a.Verdict {
	case provision.Bootstrap, provision.Refused:
		return true
	case provision.Probe:
		return req.User == "" // a phone with a password is told that there is no such file
	}
	return false
}

// challenge asks for a password, by Digest; and by Basic too where nobody else
// hears the answer. The first one is for phones that take what comes first.
func (h *Handler) challenge(w http.ResponseWriter, req provision.Request, stale bool) {
	field := `Digest realm="` + realm + `", qop="auth", algorithm=MD5, nonce="` + h.nonce(req, h.Clock.Now().Add(nonceLife)) + `"`
	if stale {
		field += ", stale=true"
	}
	w.Header().Add("WWW-Authenticate", field)
	if !h.Door.Clear() {
		w.Header().Add("WWW-Authenticate", `Basic realm="`+realm+`", charset="UTF-8"`)
	}
	refuse(w, http.StatusUnauthorized)
}

// nonce signs a time and who asked where: nothing is stored, and a nonce is of no
// use at another address or door.
func (h *Handler) nonce(req provision.Request, until time.Time) string {
	t := strconv.FormatInt(until.Unix(), 16)
	return t + "." + h.sign(t, req.Address)
}

func (h *Handler) sign(t string, a netip.Addr) string {
	return h.Nonces.MAC("http digest nonce", t, string(h.Door), a.Unmap().String())[:32]
}

// fresh reports whether a nonce is ours and still counts.
func (h *Handler) fresh(nonce string, req provision.Request) bool {
	t, mac, _ := strings.Cut(nonce, ".")
	until, err := strconv.ParseInt(t, 16, 64)
	return err == nil && subtle.ConstantTimeCompare([]byte(mac), []byte(h.sign(t, req.Address))) == 1 && h.Clock.Now().Before(time.Unix(until, 0))
}
