package httpd

import (
	"strings"
	"testing"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		token, name string
		bad         bool
		folder      provision.Folder
	}{
		"/cfg00005e005301.xml":                 {"", "cfg00005e005301.xml", false, ""},
		"//cfg00005e005301.xml":                {"", "cfg00005e005301.xml", false, ""},
		"/p/tok/cfg00005e005301.xml":           {"tok", "cfg00005e005301.xml", false, ""},
		"//p//tok///cfg.xml":                   {"tok", "cfg.xml", false, ""},
		"/firmware/ghp610fw.bin":               {"", "ghp610fw.bin", false, provision.Images},
		"/p/tok/firmware/a.bin":                {"tok", "a.bin", false, provision.Images},
		"/p/tok/resources/ring1.bin":           {"tok", "ring1.bin", false, provision.Resources},
		"/resources/ring1.bin":                 {"", "ring1.bin", false, provision.Resources},
		"/d/cfg00005e005301.xml":               {"", "cfg00005e005301.xml", false, provision.Challenge},
		"/firmwarefiles;ipp/dhcpoption160.cfg": {"", "dhcpoption160.cfg", false, provision.Images},
		"/firmwarefiles/420HD.img":             {"", "420HD.img", false, provision.Images},
		"/configfiles/00908f005301.cfg":        {"", "00908f005301.cfg", false, ""},
		"/configfiles;ipp/00908f005301.cfg":    {"", "00908f005301.cfg", false, ""},
		"/firmware;ipp/a.bin":                  {"", "a.bin", true, ""},
		"/resources/p/tok":                     {"", "", true, ""},
		"/firmwarefiles;ipp":                   {"", "firmwarefiles;ipp", false, ""},
		"/":                                    {"", "", true, ""},
		"":                                     {"", "", true, ""},
		"/p/tok":                               {"", "", true, ""},
		"/p/tok/":                              {"", "", true, ""},
		"/p":                                   {"", "p", false, ""},
		"/x/p/tok":                             {"", "", true, ""},
		"/p/tok/deep/cfg.xml":                  {"", "cfg.xml", true, ""},
		"/../cfg.xml":                          {"", "cfg.xml", true, ""},
		"/p/tok/../cfg.xml":                    {"", "cfg.xml", true, ""},
		"/./cfg.xml":                           {"", "cfg.xml", true, ""},
		`/..\cfg.xml`:                          {"", "cfg.xml", true, ""},
		`/p\tok\cfg.xml`:                       {"", "cfg.xml", true, ""},
		`/p\tok`:                               {"", "", true, ""},
		"/" + strings.Repeat("a", 5e3):         {"", "", true, ""},
	} {
		got := split(path)
		if got.token != want.token || got.folder != want.folder || got.name != want.name || got.problem != "" != want.bad {
			t.Errorf("split(%.60q) = %+v; want %+v", path, got, want)
		}
	}
}

// FuzzSplit: whatever the path, what comes out is one plain name, and a path
// that is refused shows no token.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"/cfg00005e005301.xml", "/p/tok/cfg.xml", "//p//tok//cfg.xml", "/../x", `/p\tok\x`, "/p/tok", "/firmware/a", "/firmwarefiles;ipp/a", "/p/tok/resources/a", "/\x00/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := split(path)
		token, name, problem := got.token, got.name, got.problem
		if strings.ContainsAny(token+name, `/\`) {
			t.Errorf("split(%q) = %q, %q", path, token, name)
		}
		if problem == "" && (name == "" || name == ".." || name == "." || len(path) > limit.PathBytes || strings.Contains(path, "/../")) {
			t.Errorf("split(%q) sees no problem", path)
		}
		if problem != "" && token != "" {
			t.Errorf("split(%q) gives a token beside a problem", path)
		}
		if len(path) > limit.PathBytes {
			return
		}
		clean := strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
		if again := split(clean); again != got {
			t.Errorf("split(%q) differs from split(%q): %+v, %+v", path, clean, got, again)
		}
	})
}
