package archtest

import (
	"go/ast"
	"go/token"
	"strings"
)

// maxLines is how long a file of ours may be.
const maxLines = 400

// checkShape checks what is true of a file by itself.
func (t *tree) checkShape(f source) {
	if f.gen || f.test {
		return
	}
	if f.size > maxLines {
		t.report(f, token.NoPos, "the file has %d lines, more than %d: look for the seam", f.size, maxLines)
	}
	for _, d := range f.file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			t.report(f, fn.Pos(), "func init: nothing happens before main; make it a function that app calls")
		}
	}
}

// globalExemptions lists package-level variables that are changed, and why.
func globalExemptions() map[string]string {
	return map[string]string{
		"internal/platform/db/dbtest.shared": "one PostgreSQL server for all tests of a binary",
	}
}

// checkGlobals finds package-level variables that could change. Allowed are
// errors, compiled regular expressions, embedded files, compile-time guards, and
// unexported tables that nothing in the package writes to.
func (t *tree) checkGlobals() {
	written := t.writes()
	for _, f := range t.files {
		if f.test || f.gen {
			continue
		}
		for _, d := range f.file.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, s := range gen.Specs {
				t.checkVar(f, gen, s.(*ast.ValueSpec), written)
			}
		}
	}
}

func (t *tree) checkVar(f source, gen *ast.GenDecl, v *ast.ValueSpec, written map[string]bool) {
	for i, name := range v.Names {
		full := f.pkg + "." + name.Name
		if name.Name == "_" || globalExemptions()[full] != "" || strings.Contains(gen.Doc.Text()+v.Doc.Text(), "go:embed") || embeds(gen, v) {
			continue
		}
		if i < len(v.Values) && fixed(v.Values[i]) && !written[full] && (!name.IsExported() || isError(v.Values[i])) {
			continue
		}
		t.report(f, name.Pos(), "package-level variable %s: state belongs into a struct that app makes; allowed are errors, compiled regular expressions and unexported tables that nobody changes", name.Name)
	}
}

// embeds reports whether a variable has a go:embed line, which is a directive
// and so not part of the comment's text.
func embeds(gen *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, g := range []*ast.CommentGroup{gen.Doc, v.Doc} {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}

// fixed reports whether an expression is an error, a compiled regular expression
// or a literal that is no lock.
func fixed(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.CompositeLit:
		sel, ok := e.Type.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		return ok && id.Name != "sync" && id.Name != "atomic"
	case *ast.CallExpr:
		return isError(e) || isCall(e, "regexp", "MustCompile") || isCall(e, "strings", "NewReplacer") || encoding(e)
	}
	return false
}

// encoding reports whether a call makes a base32 or base64 alphabet, which nobody
// can change.
func encoding(e ast.Expr) bool {
	if isCall(e, "base32", "NewEncoding") || isCall(e, "base64", "NewEncoding") {
		return true
	}
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "WithPadding" && encoding(sel.X)
}

func isError(e ast.Expr) bool {
	return isCall(e, "errors", "New") || isCall(e, "fault", "New") || isCall(e, "fmt", "Errorf")
}

func isCall(e ast.Expr, pkg, name string) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg && sel.Sel.Name == name
}

// writes returns the names, as package.name, that something assigns to, takes
// the address of or hands to delete, clear or copy.
func (t *tree) writes() map[string]bool {
	out := map[string]bool{}
	for _, f := range t.files {
		note := func(e ast.Expr) {
			if name := root(e); name != "" {
				out[f.pkg+"."+name] = true
			}
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					if n.Tok != token.DEFINE {
						note(e)
					}
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					note(n.X)
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (id.Name == "delete" || id.Name == "clear" || id.Name == "copy") {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return out
}

// root returns the name at the beginning of x, x[i], x.f or *x.
func root(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}
