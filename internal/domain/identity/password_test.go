package identity_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

func (b bench) password(id string) (user, word string) {
	b.t.Helper()
	user, p, err := b.NewPassword(b.system(), b.dev(id))
	b.do(err)
	return user, p.Reveal()
}

func signedIn(user, word string, m mac.Address) identity.Evidence {
	return identity.Evidence{Door: vendors.HTTPS, User: user, Password: secret.NewString(word), MACInName: m, Address: outside}
}

func TestService_password(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		user, first := b.password("d1")
		b.passes("unasked", signedIn(user, first, lobbyMAC), "d1")
		b.passes("the user as on the label", signedIn(mac.Address(user).Colons(), first, lobbyMAC), "d1")
		asked := signedIn(user, first, lobbyMAC)
		asked.Asked = true
		b.passes("asked", asked, "d1")
		b.fails("another phone's file", signedIn(user, first, barMAC), "another device")
		for name, ev := range map[string]identity.Evidence{
			"a wrong password":    signedIn(user, "wrong", lobbyMAC),
			"no password":         signedIn(user, "", lobbyMAC),
			"an unknown user":     signedIn("00005e0053ff", first, lobbyMAC),
			"a user that is none": signedIn("admin", first, lobbyMAC),
			"a device without":    signedIn(barMAC.String(), first, barMAC),
		} {
			if v := b.fails(name+", unasked", ev, "nothing proves"); !v.Bootstrap {
				b.t.Errorf("%s gets no bootstrap", name)
			}
			ev.Asked = true
			if v := b.fails(name+", asked", ev, "password"); v.Bootstrap {
				b.t.Errorf("%s gets a bootstrap where a password is asked for", name)
			}
		}
		b.fails("nobody signs in where one has to", identity.Evidence{Door: vendors.HTTPS, MACInName: lobbyMAC, Address: inside, Asked: true}, "asks for a user")
		clear := signedIn(user, first, lobbyMAC)
		clear.Door = vendors.FTP
		b.fails("in clear text", clear, "legacy flag")
		clear.Address = inside
		b.passes("in clear text under the legacy flag", clear, "d1")

		_, second := b.password("d1")
		b.passes("the first, while the second is unused", signedIn(user, first, lobbyMAC), "d1")
		b.passes("the second", signedIn(user, second, lobbyMAC), "d1")
		b.fails("the first, after that", signedIn(user, first, lobbyMAC), "the password is not")
		b.passes("the token lives beside it", https(b.token("d1"), lobbyMAC), "d1")
		b.clock.Advance(31 * 24 * time.Hour)
		b.passes("the second for ever", signedIn(user, second, lobbyMAC), "d1")
	})
}

// The examples are computed by the formula of RFC 7616 §3.4.1 by hand here, apart
// from the code under test.
func TestService_digest(t *testing.T) {
	t.Parallel()
	b := one(t)
	user, word := b.password("d1")
	sum := func(h hash.Hash, s string) string {
		h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
	answer := func(algorithm, qop, uri, word string) *identity.Digest {
		h := md5.New
		if algorithm == "SHA-256" {
			h = sha256.New
		}
		one, two := sum(h(), user+":phones:"+word), sum(h(), "GET:"+uri)
		d := &identity.Digest{Method: "GET", URI: uri, Realm: "phones", Nonce: "n0nce", Algorithm: algorithm, QOP: qop}
		d.Response = sum(h(), one+":n0nce:"+two)
		if qop == "auth" {
			d.NC, d.CNonce = "00000001", "0a4f113b"
			d.Response = sum(h(), one+":n0nce:00000001:0a4f113b:auth:"+two)
		}
		return d
	}
	ask := func(d *identity.Digest) identity.Evidence {
		return identity.Evidence{Door: vendors.HTTPS, User: user, Digest: d, MACInName: lobbyMAC, Address: outside, Asked: true}
	}
	for _, a := range []string{"", "MD5", "SHA-256"} {
		for _, q := range []string{"", "auth"} {
			d := answer(a, q, "/d/cfg.xml", word)
			b.passes(a+" "+q, ask(d), "d1")
			d.Response = strings.ToUpper(d.Response)
			b.passes(a+" "+q+" in capitals", ask(d), "d1")
			b.fails("another password", ask(answer(a, q, "/d/cfg.xml", word+"x")), "the password is not")
			other := *d
			other.URI = "/d/other.xml"
			b.fails("another file", ask(&other), "the password is not")
		}
	}
	for _, odd := range []*identity.Digest{{}, {Algorithm: "MD5-sess", Response: "x"}, {QOP: "auth-int", Response: "x"}, {Response: strings.Repeat("a", 32)}} {
		b.fails("an answer that is none", ask(odd), "the password is not")
	}
}
