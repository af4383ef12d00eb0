package httpx

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
)

// signer signs so that a test can see what was signed.
type signer struct{}

func (signer) MAC(label string, parts ...string) string {
	return (strings.Join(append([]string{label}, parts...), "|") + strings.Repeat("-", 40))[len(label):]
}

func newChallenger() (Challenger, *clock.Fake) {
	c := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	return Challenger{Realm: "provisioning", Label: "https", Nonces: signer{}, Clock: c}, c
}

func asker() netip.Addr { return netip.MustParseAddr("192.0.2.7") }

// asks is a request with an Authorization field.
func asks(c Challenger, path, field string) (Credentials, bool) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", field)
	return c.Read(r, asker())
}

func TestChallenger(t *testing.T) {
	t.Parallel()
	h, now := newChallenger()
	req, _ := asks(h, "/cfg00005e005301.xml", "Basic cGhvbmU6c2VjcmV0")
	if req.User != "phone" || req.Password.Reveal() != "secret" || req.Digest != nil {
		t.Errorf("sent unasked on a bare name: %q, %t", req.User, req.Password.Reveal() == "secret")
	}
	nonce := h.nonce(asker(), now.Now().Add(nonceLife))
	field := `Digest username="phone", realm="provisioning", nonce="` + nonce + `", uri="/d/a.xml", response="0123", algorithm=MD5, qop=auth, nc=0000000a, cnonce="x"`
	req, stale := asks(h, "/d/a.xml", field)
	want := Digest{Method: "GET", URI: "/d/a.xml", Realm: "provisioning", Nonce: nonce, Response: "0123", Algorithm: "MD5", QOP: "auth", NC: "0000000a", CNonce: "x"}
	if stale || req.User != "phone" || req.Digest == nil || *req.Digest != want {
		t.Errorf("a good answer gives %q, %+v, stale: %t", req.User, req.Digest, stale)
	}
	if req, _ := asks(h, "/d/b.xml", field); req.Digest != nil || req.User != "" {
		t.Error("an answer for another path counts")
	}
	h.Loose = true
	if req, _ := asks(h, "/d/b.xml", field); req.Digest == nil {
		t.Error("an answer for another path counts for nothing where that is of no account")
	}
	now.Advance(nonceLife)
	if req, stale := asks(h, "/d/a.xml", field); !stale || req.Digest != nil {
		t.Errorf("an old answer: stale: %t, %+v", stale, req.Digest)
	}
	if _, stale := asks(h, "/d/a.xml", strings.Replace(field, nonce, "7fffffff."+strings.Repeat("0", 32), 1)); !stale {
		t.Error("a nonce that somebody made himself counts")
	}
}

// FuzzChallenger: whatever comes, it costs no more than one request.
func FuzzChallenger(f *testing.F) {
	h, now := newChallenger()
	nonce := h.nonce(asker(), now.Now().Add(nonceLife))
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
		if req.Digest != nil && (stale || req.Digest.URI != "/d/a" || !h.fresh(req.Digest.Nonce, asker()) || len(req.Digest.NC)%8 != 0) {
			t.Errorf("%q: %+v", field, req.Digest)
		}
	})
}
