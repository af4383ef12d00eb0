package registrar

import (
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"bellwether/internal/platform/limit"
)

// binding is where a user is.
type binding struct {
	contact sip.Uri
	call    string // Call-ID of the phone's registrations
	to      hop
	ends    time.Time
}

// same reports whether two contacts are of the same phone.
func (b binding) same(u sip.Uri) bool {
	return b.contact.User == u.User && b.contact.Host == u.Host && b.contact.Port == u.Port
}

// The times that a registration may last.
const (
	shortest     = time.Minute
	longest      = time.Hour
	nonceLife    = 5 * time.Minute
	mostContacts = 4 // of one user
)

// register notes, renews, drops or tells where a user is (RFC 3261 §10.3).
func (r *Registrar) register(req *sip.Request, from hop) {
	user, ok := r.proved(req, from, sip.StatusUnauthorized)
	if !ok {
		return
	}
	if aor := req.To().Address.User; aor != user && r.cfg.Accounts != nil {
		r.answer(req, from, sip.StatusForbidden, "Not Your Address")
		return
	}
	user = req.To().Address.User
	brief, full := r.bind(user, req, from)
	switch {
	case brief:
		r.answer(req, from, sip.StatusIntervalToBrief, "Interval Too Brief", header{"Min-Expires", strconv.Itoa(int(shortest / time.Second))})
	case full:
		r.answer(req, from, sip.StatusServiceUnavailable, "Full")
	default:
		r.answer(req, from, sip.StatusOK, "OK", r.contacts(user)...)
	}
}

// bind changes what is known of a user. It reports whether a time was too brief,
// or no room is left.
func (r *Registrar) bind(user string, req *sip.Request, from hop) (brief, full bool) {
	usual, said := seconds(field(req, "Expires"))
	if !said {
		usual = longest
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Clock.Now()
	r.prune(user, now)
	for _, h := range req.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		life := usual
		if own, ok := seconds(c.Params.GetOr("expires", "")); ok {
			life = own
		}
		switch {
		case c.Address.Wildcard:
			delete(r.bindings, user)
			continue
		case life > 0 && life < shortest:
			return true, false
		}
		list := slices.DeleteFunc(slices.Clone(r.bindings[user]), func(b binding) bool { return b.same(c.Address) })
		if life > 0 {
			if len(list) >= mostContacts || len(list) == 0 && r.bindings[user] == nil && len(r.bindings) >= limit.RegistrarUsers {
				return false, true
			}
			list = append(list, binding{contact: *c.Address.Clone(), call: field(req, "Call-ID"), to: from, ends: now.Add(min(life, longest))})
		}
		r.keep(user, list)
	}
	return false, false
}

// keep sets a user's list. The caller holds mu.
func (r *Registrar) keep(user string, list []binding) {
	if len(list) == 0 {
		delete(r.bindings, user)
		return
	}
	r.bindings[user] = list
}

// prune drops what has run out. The caller holds mu.
func (r *Registrar) prune(user string, now time.Time) {
	r.keep(user, slices.DeleteFunc(r.bindings[user], func(b binding) bool { return !b.ends.After(now) }))
}

// contacts tells where a user is.
func (r *Registrar) contacts(user string) []header {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, out := r.cfg.Clock.Now(), []header{}
	for _, b := range r.bindings[user] {
		left := int((b.ends.Sub(now) + time.Second - 1) / time.Second)
		out = append(out, header{"Contact", "<" + b.contact.String() + ">;expires=" + strconv.Itoa(left)})
	}
	return out
}

// find returns where a user was last seen.
func (r *Registrar) find(user string) (binding, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prune(user, r.cfg.Clock.Now())
	list := r.bindings[user]
	if len(list) == 0 {
		return binding{}, false
	}
	return list[len(list)-1], true
}

// at returns the registration whose contact an address is.
func (r *Registrar) at(u sip.Uri) (binding, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Clock.Now()
	for _, list := range r.bindings {
		for _, b := range list {
			if b.same(u) && b.ends.After(now) {
				return b, true
			}
		}
	}
	return binding{}, false
}

// proved reports which user a request proves to come from. Where it proves none
// it has been challenged.
func (r *Registrar) proved(req *sip.Request, from hop, code int) (string, bool) {
	ask, name, reason := "WWW-Authenticate", "Authorization", "Unauthorized"
	if code == sip.StatusProxyAuthRequired {
		ask, name, reason = "Proxy-Authenticate", "Proxy-Authorization", "Proxy Authentication Required"
	}
	stale := ""
	if cred, err := digest.ParseCredentials(field(req, name)); err == nil && r.right(cred, string(req.Method)) {
		if r.fresh(cred.Nonce, from) {
			return cred.Username, true
		}
		stale = ", stale=true"
	}
	challenge := fmt.Sprintf(`Digest realm="%s", nonce="%s", algorithm=MD5, qop="auth"%s`, r.cfg.Realm, r.nonce(from), stale)
	r.answer(req, from, code, reason, header{ask, challenge})
	return "", false
}

// right works the answer out from the account's password. Without accounts any
// answer in the right form is good.
func (r *Registrar) right(cred *digest.Credentials, method string) bool {
	if cred.Username == "" || cred.Realm != r.cfg.Realm || len(cred.Username) > limit.Name || cred.Algorithm != "" && !strings.EqualFold(cred.Algorithm, "MD5") {
		return false
	}
	if r.cfg.Accounts == nil {
		return len(cred.Response) == 32
	}
	password, known := r.cfg.Accounts[cred.Username]
	ch := &digest.Challenge{Realm: cred.Realm, Nonce: cred.Nonce, Algorithm: "MD5"}
	if cred.QOP != "" {
		ch.QOP = []string{"auth"}
	}
	want, err := digest.Digest(ch, digest.Options{Method: method, URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: cred.Username, Password: password.Reveal()})
	return err == nil && known && subtle.ConstantTimeCompare([]byte(strings.ToLower(cred.Response)), []byte(want.Response)) == 1
}

// nonce is good for a while and for one address; nothing has to be kept of it.
func (r *Registrar) nonce(from hop) string {
	at := strconv.FormatInt(r.cfg.Clock.Now().Unix(), 36)
	return at + "." + r.mark("nonce", at, from.addr.Addr().String())
}

func (r *Registrar) fresh(nonce string, from hop) bool {
	at, mark, _ := strings.Cut(nonce, ".")
	unix, err := strconv.ParseInt(at, 36, 64)
	if err != nil || mark != r.mark("nonce", at, from.addr.Addr().String()) {
		return false
	}
	age := r.cfg.Clock.Now().Sub(time.Unix(unix, 0))
	return age >= -time.Second && age <= nonceLife
}
