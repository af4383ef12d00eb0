package doortest

import (
	"net/http"
	"strings"
	"testing"
)

// challenge: below /d/ every well-formed name is challenged alike, by whoever and
// whatever it is, and a wrong password looks like none.
func (s *httpSuite) challenge(t *testing.T) {
	p := s.w.Phones[0]
	first := s.send(t, http.MethodGet, "/d/cfg"+unknown.String()+".xml")
	fields := strings.Join(first.Header.Values("WWW-Authenticate"), "\n")
	if first.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(fields, "Digest realm=") {
		t.Fatalf("a stranger is not challenged: %s", first.shape())
	}
	if basic := strings.Contains(fields, "Basic realm="); basic == s.door.Kind().Clear() {
		t.Errorf("a password that others can hear: asked for: %t\n%s", basic, fields)
	}
	for _, name := range []string{p.File(), s.w.Waiting.File(), s.w.ForeignPhone.File(), strings.ToUpper(p.File()), "cfg.xml", "nothing.xml", "cfg" + strings.ToLower(p.Model) + ".xml"} {
		for what, r := range map[string]reply{
			"plain":  s.send(t, http.MethodGet, "/d/"+name),
			"double": s.send(t, http.MethodGet, "//d//"+name),
		} {
			if got, want := withoutNonce(r), withoutNonce(first); got != want {
				t.Errorf("%s, %s: told apart by\n%s\n%s", name, what, got, want)
			}
		}
	}
	for what, field := range map[string]string{
		"wrong basic":      "Basic YWRtaW46YWRtaW4=",
		"wrong digest":     `Digest username="x", realm="provisioning", nonce="` + nonceOf(fields) + `", uri="/d/` + p.File() + `", response="00000000000000000000000000000000", qop=auth, nc=00000001, cnonce="a"`,
		"another path's":   `Digest username="x", realm="provisioning", nonce="` + nonceOf(fields) + `", uri="/d/other.xml", response="00"`,
		"another realm's":  `Digest username="x", realm="x", nonce="` + nonceOf(fields) + `", uri="/d/` + p.File() + `", response="00"`,
		"no credentials":   "Digest",
		"an unknown sort":  "Bearer " + p.Token,
		"a basic of noise": "Basic !!!!",
	} {
		r := s.send(t, http.MethodGet, "/d/"+p.File(), "Authorization: "+field)
		if got, want := withoutNonce(r), withoutNonce(first); got != want {
			t.Errorf("%s: told apart by\n%s\n%s", what, got, want)
		}
	}
	stale := s.send(t, http.MethodGet, "/d/"+p.File(), `Authorization: Digest username="x", realm="provisioning", nonce="6123.abc", uri="/d/`+p.File()+`", response="00"`)
	if stale.StatusCode != http.StatusUnauthorized || !strings.Contains(stale.Header.Get("WWW-Authenticate"), "stale=true") {
		t.Errorf("a nonce that is not ours is not called stale: %s", stale.shape())
	}
	if r := s.send(t, http.MethodGet, "/d/p/"+p.Token+"/"+p.File()); r.StatusCode == http.StatusOK || r.StatusCode == http.StatusUnauthorized {
		t.Errorf("a token below /d/: %s", r.Status)
	}
}

// nonceOf is the nonce of a challenge.
func nonceOf(fields string) string {
	_, rest, _ := strings.Cut(fields, `nonce="`)
	nonce, _, _ := strings.Cut(rest, `"`)
	return nonce
}

// withoutNonce is a refusal's shape but for its nonce, whose length stays.
func withoutNonce(r reply) string {
	nonce := nonceOf(r.Header.Get("WWW-Authenticate"))
	return strings.ReplaceAll(r.shape(), nonce, strings.Repeat("n", len(nonce)))
}

// folders: images are asked for by anybody and resources below a token; what is
// not there is refused alike.
func (s *httpSuite) folders(t *testing.T) {
	p := s.w.Phones[0]
	plain := s.send(t, http.MethodGet, "/nothing.xml")
	for _, path := range []string{"/firmware/none.bin", "/FIRMWARE//NONE.BIN", "/" + under(p.Token, "resources/ring9.bin"), "/" + under(strange(len(p.Token)), "resources/ring1.bin")} {
		if r := s.send(t, http.MethodGet, path); r.shape() != plain.shape() {
			t.Errorf("%s: %s", strings.ReplaceAll(path, p.Token, "<token>"), r.shape())
		}
	}
	s.file(t)
}
