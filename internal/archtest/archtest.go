// Package archtest holds the import table and the invariants of
// docs/ARCHITECTURE.md against the code. It reads the source; it runs nothing.
//
// The rules are data: imports.go has who may import whom, modules.go where third
// parties live, calls.go what only some packages may call. Each line says why.
// TestTree applies them to the program, TestRules to a small tree that breaks
// every one of them.
package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Violation is one place that breaks a rule.
type Violation struct {
	File string // relative to the root of the tree
	Line int
	Text string // what, by which rule and why, in plain words
}

// String returns the form file:line: text.
func (v Violation) String() string { return fmt.Sprintf("%s:%d: %s", v.File, v.Line, v.Text) }

// source is one parsed file.
type source struct {
	path string // relative to the root
	pkg  string // folder, relative to the root: "internal/platform/db"
	test bool   // name ends in _test.go
	file *ast.File
	set  *token.FileSet
	size int // lines
	gen  bool
}

// tree is a module's source.
type tree struct {
	module string // "bellwether"
	files  []source
	found  []Violation
}

// Check applies all rules to the Go source under root, whose module is named
// module. Folders named testdata, vendor and node_modules are left out, as are
// those that begin with a dot or an underscore.
func Check(root, module string) ([]Violation, error) {
	t := &tree{module: module}
	if err := t.load(root); err != nil {
		return nil, err
	}
	for _, f := range t.files {
		t.checkImports(f)
		t.checkModules(f)
		t.checkCalls(f)
		t.checkShape(f)
	}
	t.checkGlobals()
	slices.SortFunc(t.found, func(a, b Violation) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Text, b.Text))
	})
	return slices.Compact(t.found), nil
}

func (t *tree) load(root string) error {
	dir := os.DirFS(root)
	return fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			base := e.Name()
			if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || slices.Contains([]string{"testdata", "vendor", "node_modules"}, base)) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		return t.parse(root, name)
	})
}

func (t *tree) parse(root, name string) error {
	set := token.NewFileSet()
	full := filepath.Join(root, filepath.FromSlash(name))
	b, err := os.ReadFile(full)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(set, full, b, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.files = append(t.files, source{
		path: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), file: f, set: set,
		size: strings.Count(string(b), "\n"), gen: ast.IsGenerated(f),
	})
	return nil
}

func (t *tree) report(f source, at token.Pos, format string, args ...any) {
	line := 1
	if at.IsValid() {
		line = f.set.Position(at).Line
	}
	t.found = append(t.found, Violation{File: f.path, Line: line, Text: fmt.Sprintf(format, args...)})
}

// imports returns a file's imports with their paths.
func (f source) imports() map[*ast.ImportSpec]string {
	out := map[*ast.ImportSpec]string{}
	for _, s := range f.file.Imports {
		if p, err := strconv.Unquote(s.Path.Value); err == nil {
			out[s] = p
		}
	}
	return out
}

// name returns under which name a file knows an imported package, or "".
func (f source) name(importPath string) string {
	for s, p := range f.imports() {
		if p != importPath {
			continue
		}
		if s.Name != nil {
			return s.Name.Name
		}
		return path.Base(p)
	}
	return ""
}

// match reports whether a package fits a pattern: "*" stands for one part of the
// path, a last "..." for any number of them, none included.
func match(pattern, pkg string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(pkg, "/")
	for i, w := range want {
		if w == "..." {
			return true
		}
		if i >= len(got) || w != "*" && w != got[i] {
			return false
		}
	}
	return len(want) == len(got)
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}
