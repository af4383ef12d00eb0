package httpd

import (
	"net/http"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/httpx"
)

// realm is alike for all, as a realm per device would tell which ones there are.
const realm = "provisioning"

func (h *Handler) challenger() httpx.Challenger {
	return httpx.Challenger{Realm: realm, Label: string(h.Door), Clear: h.Door.Clear(), Nonces: h.Nonces, Clock: h.Clock}
}

// credentials takes what a request says in its Authorization field: on any path,
// asked for or not (identity.md). stale reports an answer to a challenge that is
// too old to count.
func (h *Handler) credentials(r *http.Request, req *provision.Request) (stale bool) {
	c, stale := h.challenger().Read(r, req.Address)
	req.User, req.Password = c.User, c.Password
	req.Digest = (*provision.Digest)(c.Digest)
	return stale
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

// challenge asks for a password.
func (h *Handler) challenge(w http.ResponseWriter, req provision.Request, stale bool) {
	h.challenger().Ask(w.Header(), req.Address, stale)
	refuse(w, http.StatusUnauthorized)
}
