package httpd

import (
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		token, name string
		bad         bool
	}{
		"/cfg00005e005301.xml":         {"", "cfg00005e005301.xml", false},
		"//cfg00005e005301.xml":        {"", "cfg00005e005301.xml", false},
		"/p/tok/cfg00005e005301.xml":   {"tok", "cfg00005e005301.xml", false},
		"//p//tok///cfg.xml":           {"tok", "cfg.xml", false},
		"/firmware/ghp610fw.bin":       {"", "ghp610fw.bin", false},
		"/":                            {"", "", true},
		"":                             {"", "", true},
		"/p/tok":                       {"", "", true},
		"/p/tok/":                      {"", "", true},
		"/p":                           {"", "p", false},
		"/x/p/tok":                     {"", "", true},
		"/p/tok/deep/cfg.xml":          {"", "cfg.xml", true},
		"/../cfg.xml":                  {"", "cfg.xml", true},
		"/p/tok/../cfg.xml":            {"", "cfg.xml", true},
		"/./cfg.xml":                   {"", "cfg.xml", true},
		`/..\cfg.xml`:                  {"", "cfg.xml", true},
		`/p\tok\cfg.xml`:               {"", "cfg.xml", true},
		`/p\tok`:                       {"", "", true},
		"/" + strings.Repeat("a", 5e3): {"", "", true},
	} {
		token, name, problem := split(path)
		if token != want.token || name != want.name || problem != "" != want.bad {
			t.Errorf("split(%.60q) = %q, %q, %q; want %q, %q, a problem: %t", path, token, name, problem, want.token, want.name, want.bad)
		}
	}
}

// FuzzSplit: whatever the path, what comes out is one plain name, and a path
// that is refused shows no token.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"/cfg00005e005301.xml", "/p/tok/cfg.xml", "//p//tok//cfg.xml", "/../x", `/p\tok\x`, "/p/tok", "/firmware/a", "/\x00/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		token, name, problem := split(path)
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
		again, name2, problem2 := split(clean)
		if again != token || name2 != name || problem2 != problem {
			t.Errorf("split(%q) differs from split(%q): %q %q %q, %q %q %q", path, clean, token, name, problem, again, name2, problem2)
		}
	})
}
