package phonepath_test

import (
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/phonepath"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		token, folder, name string
		bad                 bool
	}{
		"/cfg00005e005301.xml":                 {"", "", "cfg00005e005301.xml", false},
		"cfg00005e005301.xml":                  {"", "", "cfg00005e005301.xml", false},
		"//cfg00005e005301.xml":                {"", "", "cfg00005e005301.xml", false},
		"/p/tok/cfg00005e005301.xml":           {"tok", "", "cfg00005e005301.xml", false},
		"/P/tok/CFG00005E005301.XML":           {"tok", "", "CFG00005E005301.XML", false},
		"//p//tok///cfg.xml":                   {"tok", "", "cfg.xml", false},
		"/firmware/ghp610fw.bin":               {"", "firmware", "ghp610fw.bin", false},
		"/Firmware//GHP610FW.BIN":              {"", "firmware", "GHP610FW.BIN", false},
		"/d/cfg00005e005301.xml":               {"", "d", "cfg00005e005301.xml", false},
		"/p/tok/resources/ring1.bin":           {"tok", "resources", "ring1.bin", false},
		"/p/tok/firmware/a.bin":                {"tok", "firmware", "a.bin", false},
		"/p/tok/d/a.xml":                       {"", "", "a.xml", true},
		"/resources/ring1.bin":                 {"", "resources", "ring1.bin", false},
		"/firmwarefiles;ipp/dhcpoption160.cfg": {"", "firmware", "dhcpoption160.cfg", false},
		"/firmwarefiles/420HD.img":             {"", "firmware", "420HD.img", false},
		"/configfiles/00908f005301.cfg":        {"", "", "00908f005301.cfg", false},
		"/configfiles;ipp/00908f005301.cfg":    {"", "", "00908f005301.cfg", false},
		"/firmware;ipp/a.bin":                  {"", "", "a.bin", true},
		"/firmwarefiles;ipp":                   {"", "", "firmwarefiles;ipp", false},
		"/p/tok/resources/a/b":                 {"", "", "b", true},
		"/d/p/tok/cfg.xml":                     {"", "", "cfg.xml", true},
		"/d/":                                  {"", "", "d", false},
		"/":                                    {"", "", "", true},
		"":                                     {"", "", "", true},
		"/p/tok":                               {"", "", "", true},
		"/p/tok/":                              {"", "", "", true},
		"/P/tok/":                              {"", "", "", true},
		"/p":                                   {"", "", "p", false},
		"/x/p/tok":                             {"", "", "", true},
		"/p/tok/deep/cfg.xml":                  {"", "", "cfg.xml", true},
		"/../cfg.xml":                          {"", "", "cfg.xml", true},
		"/p/tok/../cfg.xml":                    {"", "", "cfg.xml", true},
		"/./cfg.xml":                           {"", "", "cfg.xml", true},
		`/..\cfg.xml`:                          {"", "", "cfg.xml", true},
		`/p\tok\cfg.xml`:                       {"", "", "cfg.xml", true},
		`/p\tok`:                               {"", "", "", true},
		"/" + strings.Repeat("a", 5e3):         {"", "", "", true},
	} {
		p := phonepath.Parse(path)
		if p.Token != want.token || p.Folder != want.folder || p.Name != want.name || p.Problem != "" != want.bad {
			t.Errorf("Parse(%.60q) = %+v; want %+v", path, p, want)
		}
	}
}

// FuzzParse: whatever the path, what comes out is one plain name, and a path
// that is refused shows no token.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"/cfg00005e005301.xml", "/p/tok/cfg.xml", "//p//tok//cfg.xml", "/../x", `/p\tok\x`, "/p/tok", "/firmware/a", "/d/a", "/p/t/resources/r", "/firmwarefiles;ipp/a", "/\x00/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p := phonepath.Parse(path)
		if strings.ContainsAny(p.Token+p.Name+p.Folder, `/\`) {
			t.Errorf("Parse(%q) = %+v", path, p)
		}
		if p.Problem == "" && (p.Name == "" || p.Name == ".." || p.Name == "." || len(path) > limit.PathBytes || strings.Contains(path, "/../")) {
			t.Errorf("Parse(%q) sees no problem", path)
		}
		if p.Problem != "" && (p.Token != "" || p.Folder != "") {
			t.Errorf("Parse(%q) gives a token or a folder beside a problem", path)
		}
		if len(path) > limit.PathBytes {
			return
		}
		clean := strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
		if again := phonepath.Parse(clean); again != p {
			t.Errorf("Parse(%q) = %+v differs from Parse(%q) = %+v", path, p, clean, again)
		}
	})
}
