package httpd

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// signer signs so that a test can see what was signed.
type signer struct{}

func (signer) MAC(label string, parts ...string) string {
	return (strings.Join(append([]string{label}, parts...), "|") + strings.Repeat("-", 40))[len(label):]
}

func newHandler() (*Handler, *clock.Fake) {
	c := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	return &Handler{Door: vendors.HTTPS, Nonces: signer{}, Clock: c}, c
}

// asks is a request with an Authorization field.
func asks(h *Handler, path, field string) (provision.Request, bool) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "192.0.2.7:4000"
	r.Header.Set("Authorization", field)
	return h.read(r)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	h, now := newHandler()
	req, _ := asks(h, "/cfg00005e005301.xml", "Basic cGhvbmU6c2VjcmV0")
	if req.User != "phone" || req.Password.Reveal() != "secret" || req.Digest != nil {
		t.Errorf("sent unasked on a bare name: %q, %t", req.User, req.Password.Reveal() == "secret")
	}
	nonce := h.nonce(provision.Request{Address: netip.MustParseAddr("192.0.2.7")}, now.Now().Add(nonceLife))
	field := `Digest username="phone", realm="provisioning", nonce="` + nonce + `", uri="/d/a.xml", response="0123", algorithm=MD5, qop=auth, nc=0000000a, cnonce="x"`
	req, stale := asks(h, "/d/a.xml", field)
	want := provision.Digest{Method: "GET", URI: "/d/a.xml", Realm: realm, Nonce: nonce, Response: "0123", Algorithm: "MD5", QOP: "auth", NC: "0000000a", CNonce: "x"}
	if stale || req.User != "phone" || req.Digest == nil || *req.Digest != want {
		t.Errorf("a good answer gives %q, %+v, stale: %t", req.User, req.Digest, stale)
	}
	if req, _ := asks(h, "/d/b.xml", field); req.Digest != nil || req.User != "" {
		t.Error("an answer for another path counts")
	}
	now.Advance(nonceLife)
	if req, stale := asks(h, "/d/a.xml", field); !stale || req.Digest != nil {
		t.Errorf("an old answer: stale: %t, %+v", stale, req.Digest)
	}
	if _, stale := asks(h, "/d/a.xml", strings.Replace(field, nonce, "7fffffff."+strings.Repeat("0", 32), 1)); !stale {
		t.Error("a nonce that somebody made himself counts")
	}
}

// FuzzCredentials: whatever comes, it costs no more than one request.
func FuzzCredentials(f *testing.F) {
	h, now := newHandler()
	nonce := h.nonce(provision.Request{Address: netip.MustParseAddr("192.0.2.7")}, now.Now().Add(nonceLife))
	for _, s := range []string{
		"", "Basic cGhvbmU6c2VjcmV0", "basic !", "Digest", `digest username="a", realm="provisioning", nonce="` + nonce + `", uri="/d/a", response="0", nc=-1`,
		`Digest username="a", realm="provisioning", nonce="` + nonce + `", uri="/d/a", response="0", qop=auth, nc=00000001, cnonce="b"`, `Digest nonce="zz.`, "Digest a=b,,,", "\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		req, stale := asks(h, "/d/a", field)
		if len(req.User) > limit.PasswordMax || len(req.Password.Reveal()) > limit.PasswordMax {
			t.Errorf("%q: a user of %d bytes", field, len(req.User))
		}
		if req.Digest != nil && (stale || req.Digest.URI != "/d/a" || !h.fresh(req.Digest.Nonce, req) || len(req.Digest.NC)%8 != 0) {
			t.Errorf("%q: %+v", field, req.Digest)
		}
	})
}
