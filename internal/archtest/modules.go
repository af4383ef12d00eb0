package archtest

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
)

// moduleRule says where a package from outside may be used.
type moduleRule struct {
	module string   // prefix of the import path
	in     []string // patterns of packages
	files  []string // names of files that may too, in any package
	tests  bool     // tests may use it anywhere
	why    string
}

// store is the file that holds a noun's SQL.
const store = "store.go"

// moduleRules is the table of third parties, and of those packages of the
// standard library that do what a package of ours is for. The first line that
// fits holds.
func moduleRules() []moduleRule {
	db := []string{"internal/platform/db/..."}
	jobs := append([]string{"internal/platform/jobs"}, db...)
	return []moduleRule{
		{"github.com/uptrace/bun", db, []string{store}, true, "SQL lives in platform/db and in files named store.go"},
		{"github.com/jackc/pgx", jobs, nil, true, "the engines are behind platform/db"},
		{"modernc.org/sqlite", db, nil, true, "the engines are behind platform/db"},
		{"github.com/pressly/goose", db, nil, false, "migrations run in platform/db"},
		{"database/sql", jobs, []string{store}, true, "SQL lives in platform/db and in files named store.go"},
		{"github.com/riverqueue", []string{"internal/platform/jobs"}, nil, false, "River is behind platform/jobs, so that it can be replaced"},
		{"github.com/nats-io", []string{"internal/platform/bus"}, nil, false, "NATS is behind platform/bus"},
		{"github.com/danielgtaylor/huma", []string{"internal/api"}, nil, false, "huma is how the API is made and nothing else knows it"},
		{"github.com/emiago/sipgo", []string{"internal/protocol/sip/...", "internal/phone"}, nil, false, "SIP lives in its protocol and in the virtual phone"},
		{"github.com/icholy/digest", []string{"internal/protocol/...", "internal/platform/httpx", "internal/phone", "test/e2e"}, nil, false, "digest authentication is a protocol's business"},
		{"github.com/fclairamb/ftpserverlib", []string{"internal/protocol/ftp/ftpd"}, nil, false, "FTP lives in its endpoint"},
		{"github.com/spf13/afero", []string{"internal/protocol/ftp/ftpd"}, nil, false, "the FTP library's idea of a file system, and nobody else's"},
		{"github.com/alecthomas/kong", []string{"internal/cli"}, nil, false, "flags are read in cli"},
		{"github.com/knadh/koanf", []string{"internal/config"}, nil, false, "settings are read in config"},
		{"github.com/prometheus/client_golang", []string{"internal/platform/httpx", "internal/app", endpoints}, nil, true, "metrics are counted where work comes in"},
		{"golang.org/x/crypto", []string{"internal/domain/access", "internal/platform/secret", "internal/platform/pki"}, nil, false, "cryptography stays where it is reviewed"},
		{"github.com/google/uuid", db, nil, true, "ids are made by platform/db"},
		{"github.com/google/go-cmp", nil, nil, true, "for tests"},
		{"pgregory.net/rapid", nil, nil, true, "for tests"},
		{"github.com/petermattis/goid", db, nil, false, "which goroutine holds a transaction, and nothing else"},
		{"os/exec", []string{"internal/pbxhost", "internal/platform/sheet", "internal/platform/db/dbtest", "internal/tools/...", "internal/testkit/..."}, nil, true,
			"only the PBX host and the reader of hostile spreadsheets run programs"},
		{"plugin", nil, nil, false, "nothing is loaded at run time"},
		{"unsafe", nil, nil, false, "nothing here is worth it"},
		{"C", nil, nil, false, "the program is built without cgo"},
	}
}

// codecBans are what a codec may not import of the standard library.
func codecBans() []string {
	return []string{"net", "net/http", "log", "log/slog", "os", "sync", "context", "crypto/rand", "math/rand"}
}

func (t *tree) checkModules(f source) {
	rules := moduleRules()
	specs := f.imports()
	for _, s := range slices.SortedFunc(maps.Keys(specs), byPosition) {
		p := specs[s]
		if s.Name != nil && (s.Name.Name == "." || s.Name.Name == "_" && !f.test && p != "embed") {
			t.report(f, s.Pos(), "import of %s as %q: nothing registers itself, and every name says where it is from", p, s.Name.Name)
		}
		if match(codecs, f.pkg) && !matchAny(support(), f.pkg) && !f.test && slices.Contains(codecBans(), p) {
			t.report(f, s.Pos(), "the codec %s may not import %s: no sockets, goroutines, logging or clocks in a codec", f.pkg, p)
		}
		i := slices.IndexFunc(rules, func(r moduleRule) bool { return p == r.module || strings.HasPrefix(p, r.module+"/") })
		switch {
		case i < 0 && outside(p) && !strings.HasPrefix(p, t.module+"/"):
			t.report(f, s.Pos(), "%s is in no line of the table of third parties: a new module gets an ADR and a line in internal/archtest/modules.go", p)
		case i >= 0 && !rules[i].allows(f):
			t.report(f, s.Pos(), "%s may not import %s: %s", f.path, p, rules[i].why)
		}
	}
}

func (r moduleRule) allows(f source) bool {
	return matchAny(r.in, f.pkg) || slices.Contains(r.files, path.Base(f.path)) || r.tests && (f.test || matchAny(support(), f.pkg))
}

// outside reports whether an import path is not of the standard library: its
// first part has a dot.
func outside(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return strings.Contains(first, ".")
}

func byPosition(a, b *ast.ImportSpec) int { return int(a.Pos()) - int(b.Pos()) }
