package doortest

import (
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
)

// bareNames: without proof a known and an unknown address get the same, and it
// is where to come back and nothing else.
func (s *suite) bareNames(t *testing.T) {
	known := s.w.Phones[0]
	names := map[string]string{
		"adopted": known.File(), "never fetched": s.w.Phones[3].File(), "waiting": s.w.Waiting.File(), "another tenant's": s.w.ForeignPhone.File(),
	}
	stranger := s.get(t, "cfg"+unknown.String()+".xml")
	if stranger.Kind != File {
		t.Fatalf("a stranger got %s, want the bootstrap\n%s", stranger.Kind, stranger.Shape)
	}
	s.wantNoSecret(t, "a stranger", stranger)
	for what, name := range names {
		a := s.get(t, name)
		s.wantNoSecret(t, what, a)
		s.wantAlike(t, a, stranger)
		for _, word := range []string{"account.", "subscriber", "ntp.server"} {
			if strings.Contains(string(a.Body), word) {
				t.Errorf("%s: a bootstrap holds %q", what, word)
			}
		}
	}
	if !strings.Contains(string(stranger.Body), "BEGIN CERTIFICATE") || !strings.Contains(string(stranger.Body), "/p/") {
		t.Errorf("a bootstrap does not say where to come back:\n%s", stranger.Body)
	}
	s.bootstrapToken(t, stranger)
	s.wantNothing(t, "an image that there is not", s.get(t, "firmware/ghp610fw.bin"))
}

// unknown is an address that no record has.
const unknown mac.Address = "00005e0053fe"

// bootstrapToken: the token of a bootstrap alone gives nothing.
func (s *suite) bootstrapToken(t *testing.T, a Answer) {
	t.Helper()
	_, rest, _ := strings.Cut(string(a.Body), "/p/")
	token, _, ok := strings.Cut(rest, "/")
	if !ok {
		t.Fatalf("no token in the bootstrap:\n%s", a.Body)
	}
	s.wantNothing(t, "a bootstrap token alone", s.get(t, under(token, "cfg"+unknown.String()+".xml")))
}

// wantAlike fails where two answers can be told apart by anything else than the
// names and tokens in them.
func (s *suite) wantAlike(t *testing.T, a, b Answer) {
	t.Helper()
	if a.Kind != b.Kind || a.Shape != b.Shape {
		t.Errorf("two answers can be told apart:\n%s\n%s\n\n%s\n%s", a.Kind, a.Shape, b.Kind, b.Shape)
	}
	if len(a.Body) != len(b.Body) {
		t.Errorf("two answers can be told apart: %d and %d bytes", len(a.Body), len(b.Body))
	}
	if x, y := skeleton(a.Body), skeleton(b.Body); x != y {
		t.Errorf("two answers can be told apart:\n%s\n%s", x, y)
	}
}

// skeleton is a file without the text between its tags.
func skeleton(body []byte) string {
	var out strings.Builder
	inside := false
	for _, r := range string(body) {
		if r == '<' {
			inside = true
		}
		if inside {
			out.WriteRune(r)
		}
		if r == '>' {
			inside = false
		}
	}
	return out.String()
}

// malformed: what is no name gives no file, no secret and no trouble, and the
// door serves on.
func (s *suite) malformed(t *testing.T) {
	p := s.w.Phones[0]
	for _, name := range []string{
		"", "..", ".", "../" + p.File(), "../../etc/passwd", "p/../" + p.File(), under(p.Token, "../"+p.File()), under(p.Token, "..") + "/" + p.File(),
		`..\..\` + p.File(), `p\` + p.Token + `\` + p.File(), under(p.Token, `..\`+p.File()),
		"/etc/passwd", "//etc/passwd", "C:/" + p.File(), `\\host\share\` + p.File(),
		strings.Repeat("a", limit.FileName+1), strings.Repeat("a/", 900), "p/" + p.Token + "/" + strings.Repeat("b", limit.FileName) + ".xml",
		"p/" + p.Token, "p/" + p.Token + "/", "x/p/" + p.Token, "p/" + p.Token + "/p/" + p.Token, "p", "p/", under(p.Token, "deep/"+p.File()), "q/" + p.Token + "/" + p.File(),
		"cfgzzzzzzzzzzzz.xml", "cfg0000.xml", "cfg" + p.MAC.String() + p.MAC.String() + ".xml", "cfg" + p.MAC.String()[:11] + ".xml",
		"$(id)", "cfg*.xml", "%n%n%n%n", "{{.}}", "<script>", "NUL", "con.xml", "~root", "rest/v1/devices",
	} {
		a := s.get(t, name)
		if bad := a.Kind != Nothing && a.Kind != Malformed; bad && (a.Kind != File || !s.resolves() || !strings.Contains(name, "..")) {
			t.Errorf("%q got %s\n%s", clip(name), a.Kind, a.Shape)
		}
		s.wantNoSecret(t, clip(name), a)
	}
	if a := s.get(t, p.File()); a.Kind != File {
		t.Errorf("after all this the door gives %s", a.Kind)
	}
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// spellings: old phones write names in capitals and double the slashes; that is
// the same file.
func (s *suite) spellings(t *testing.T) {
	p := s.w.Phones[0]
	want := s.get(t, own(p))
	mac := p.MAC.String()
	for _, path := range []string{
		under(p.Token, "cfg"+strings.ToUpper(mac)+".xml"), under(p.Token, "cfg"+mac+".XML"), under(p.Token, "CFG"+strings.ToUpper(mac)+".XML"),
		"/p/" + p.Token + "/" + p.File(), "p//" + p.Token + "///" + p.File(),
	} {
		a := s.get(t, path)
		if a.Kind != File {
			t.Errorf("%s: got %s", strings.ReplaceAll(path, p.Token, "<token>"), a.Kind)
			continue
		}
		s.wantAlike(t, a, want)
		if s.proves() && string(a.Body) != string(want.Body) {
			t.Errorf("%s: other bytes", strings.ReplaceAll(path, p.Token, "<token>"))
		}
	}
}
