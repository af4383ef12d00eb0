package archtest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestRules holds the small tree in testdata, which breaks the rules, against
// the marks on its lines: each "want" is found there, and nothing else is.
func TestRules(t *testing.T) {
	t.Parallel()
	found, err := Check("testdata/tree", "bellwether")
	if err != nil {
		t.Fatal(err)
	}
	want := wants(t, "testdata/tree")
	for _, v := range found {
		at := v.File + ":" + strconv.Itoa(v.Line)
		i := indexOf(want[at], v.Text)
		if i < 0 {
			t.Errorf("not expected: %s", v)
			continue
		}
		want[at] = append(want[at][:i], want[at][i+1:]...)
	}
	for at, left := range want {
		for _, w := range left {
			t.Errorf("%s: nothing says %q", at, w)
		}
	}
}

func indexOf(list []string, text string) int {
	for i, w := range list {
		if strings.Contains(text, w) {
			return i
		}
	}
	return -1
}

func wants(t *testing.T, root string) map[string][]string {
	t.Helper()
	mark := regexp.MustCompile(`// want "([^"]*)"`)
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		for i, line := range strings.Split(string(b), "\n") {
			for _, m := range mark.FindAllStringSubmatch(line, -1) {
				at := fmt.Sprintf("%s:%d", filepath.ToSlash(rel), i+1)
				out[at] = append(out[at], m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// breach writes a tree with one file and returns what is found in it.
func breach(t *testing.T, pkg, file, body string) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, filepath.FromSlash(pkg))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte("package p\n"+body), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Check(root, "bellwether")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(found)
}

// sample returns a package that fits a pattern.
func sample(pattern string) string {
	return strings.NewReplacer("/...", "/x", "*", "x").Replace(pattern)
}

// TestImportTable_every_line_bites breaks each line of the import table.
func TestImportTable_every_line_bites(t *testing.T) {
	t.Parallel()
	for _, r := range importRules() {
		pkg := sample(r.from)
		got := breach(t, pkg, "p.go", `import _ "bellwether/internal/nowhere"`)
		lenient := matchAny(r.may, "internal/nowhere")
		if strings.Contains(got, r.why) == lenient {
			t.Errorf("%s: the line %q gives %s", pkg, r.from, got)
		}
		for _, n := range r.never {
			if got := breach(t, pkg, "p.go", fmt.Sprintf("import _ %q", "bellwether/"+sample(n))); !strings.Contains(got, "may not import") && !strings.Contains(got, "for tests only") {
				t.Errorf("%s may import %s: %s", pkg, n, got)
			}
		}
		for _, m := range r.may {
			got := breach(t, pkg, "p.go", fmt.Sprintf("import x %q", "bellwether/"+sample(m)))
			if strings.Contains(got, r.why) {
				t.Errorf("%s may not import %s: %s", pkg, m, got)
			}
		}
	}
}

// TestModuleTable_every_line_bites uses each listed module where it does not
// belong, and where it does.
func TestModuleTable_every_line_bites(t *testing.T) {
	t.Parallel()
	for _, r := range moduleRules() {
		body := fmt.Sprintf("import x %q", r.module)
		if got := breach(t, "internal/domain/org", "p.go", body); !strings.Contains(got, r.why) {
			t.Errorf("%s is not found: %s", r.module, got)
		}
		for _, in := range r.in {
			if got := breach(t, sample(in), "p.go", body); strings.Contains(got, r.why) {
				t.Errorf("%s is refused in %s: %s", r.module, in, got)
			}
		}
		for _, name := range r.files {
			if got := breach(t, "internal/domain/org", name, body); strings.Contains(got, r.why) {
				t.Errorf("%s is refused in %s: %s", r.module, name, got)
			}
		}
		if got := breach(t, "internal/domain/org", "p_test.go", body); strings.Contains(got, r.why) == r.tests {
			t.Errorf("%s in a test: %s", r.module, got)
		}
	}
}

// TestCallTable_every_line_bites uses each listed name where it does not belong,
// and where it does.
func TestCallTable_every_line_bites(t *testing.T) {
	t.Parallel()
	for _, r := range callRules() {
		names := r.names
		if names == nil {
			names = []string{"Anything"}
		}
		imported := r.pkg
		if strings.HasPrefix(imported, "internal/") {
			imported = "bellwether/" + imported
		}
		for _, n := range names {
			body := fmt.Sprintf("import %q\nfunc f() { use(%s.%s) }", imported, path.Base(r.pkg), n)
			if r.pkg == "." {
				body = fmt.Sprintf("func f() { x.y.%s() }", n)
			}
			if got := breach(t, "internal/domain/org", "p.go", body); !strings.Contains(got, r.why) {
				t.Errorf("%s.%s is not found: %s", r.pkg, n, got)
			}
			for _, in := range r.in {
				if got := breach(t, sample(in), "p.go", body); strings.Contains(got, r.why) {
					t.Errorf("%s.%s is refused in %s: %s", r.pkg, n, in, got)
				}
			}
		}
	}
}

func TestShape_long_file(t *testing.T) {
	t.Parallel()
	if got := breach(t, "internal/domain/org", "p.go", strings.Repeat("//\n", 400)); !strings.Contains(got, "p.go:1: the file has 401 lines") {
		t.Error(got)
	}
	if got := breach(t, "internal/domain/org", "p.go", strings.Repeat("//\n", 399)); got != "[]" {
		t.Error(got)
	}
	if got := breach(t, "internal/domain/org", "p_test.go", strings.Repeat("//\n", 500)); got != "[]" {
		t.Error(got)
	}
}
