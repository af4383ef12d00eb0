package limit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"bellwether/internal/platform/limit"
)

// TestTable_is_complete holds the table against the exported constants.
func TestTable_is_complete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "limit.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v := spec.(*ast.ValueSpec)
			if v.Comment.Text() == "" {
				t.Errorf("%s has no comment with its unit", v.Names[0].Name)
			}
			missing[v.Names[0].Name] = true
		}
	}
	if len(missing) == 0 {
		t.Fatal("limit.go has no constants")
	}
	for _, l := range limit.Table() {
		if !missing[l.Name] {
			t.Errorf("the table has %s twice, or it is no constant", l.Name)
		}
		delete(missing, l.Name)
		if l.Value <= 0 || l.Unit == "" || l.Beyond == "" {
			t.Errorf("the line of %s is not complete: %+v", l.Name, l)
		}
	}
	for name := range missing {
		t.Errorf("%s has no line in the table: add it to table.go with its unit and what the peer hears beyond it", name)
	}
}
