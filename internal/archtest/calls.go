package archtest

import (
	"go/ast"
	"slices"
)

// callRule says which packages may use some names of a package.
type callRule struct {
	pkg   string   // import path; ours without the module
	names []string // functions, types or variables; none = all
	in    []string // patterns of packages that may
	tests bool     // tests may anywhere
	why   string
}

// callRules is the table of names that not everybody may use.
func callRules() []callRule {
	network := []string{"internal/platform/dial"}
	revealers := []string{
		"internal/platform/secret", "internal/platform/pki", // sealing; the authority's key
		"internal/domain/access", "internal/domain/audit", // passwords and session tokens; the seal's key
		"internal/domain/identity", "internal/domain/provision", "internal/domain/revision", // what a phone shows, and what it gets
		"internal/domain/rps",                                            // the credentials in a list for a maker's service
		"internal/domain/template",                                       // a config file as it was uploaded
		"internal/protocol/cwmp/cwmpd",                                   // the credential that a phone is given
		"internal/protocol/cwmp/connreq",                                 // what it is called with
		"internal/protocol/gsweb/gswebclient", "internal/domain/onboard", // a phone's own password, and what one that is given back held
		"internal/protocol/sip/registrar", // passwords that its command was given
		"internal/api", "internal/cli",    // a session's cookie; a token or link that is shown once
	}
	return []callRule{
		{"time", []string{"Now", "Since", "Until", "Sleep", "Tick"}, []string{"internal/platform/clock"}, true, "time comes from platform/clock, so that a test owns it"},
		{"net", []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "Dialer"}, network, true, "every outbound connection goes through platform/dial and its deny list"},
		{"net", []string{"Listen", "ListenTCP", "ListenUDP", "ListenPacket", "ListenConfig"}, append([]string{"internal/platform/db/dbtest"}, network...), true, "listening goes through platform/dial, so that a test needs no socket"},
		{"crypto/tls", []string{"Dial", "DialWithDialer", "Dialer", "Listen"}, network, true, "every connection goes through platform/dial"},
		{"net/http", []string{"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Transport"}, append([]string{"internal/phone"}, network...), true, "an HTTP client gets its transport from platform/dial"},
		{"net/http", []string{"ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS", "Server", "Handle", "HandleFunc", "DefaultServeMux"}, []string{"internal/platform/httpx", "internal/phone"}, true, "HTTP is served by platform/httpx, which has the time limits"},
		{"net/http/pprof", nil, []string{"internal/app"}, false, "profiles are served by the metrics listener only"},
		{"os", []string{"Getenv", "LookupEnv", "Environ"}, []string{"internal/config", "internal/cli", "cmd/*", "internal/platform/db/dbtest", "internal/testkit", "internal/tools/..."}, true, "settings are read once, in config"},
		{"os", []string{"Exit", "Stdout", "Stderr", "Stdin"}, []string{"internal/cli", "cmd/*", "internal/tools/..."}, true, "only cli talks to the terminal"},
		{"fmt", []string{"Print", "Println", "Printf"}, []string{"internal/cli", "cmd/*", "internal/tools/..."}, true, "only cli talks to the terminal"},
		{"log", []string{"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Default"}, nil, false, "the log is a *slog.Logger that was handed in"},
		{"log/slog", []string{"Debug", "Info", "Warn", "Error", "Log", "DebugContext", "InfoContext", "WarnContext", "ErrorContext", "Default", "SetDefault", "With"}, nil, false, "the log is a *slog.Logger that was handed in"},
		{"context", []string{"WithValue"}, []string{"internal/platform/scope", "internal/platform/httpx", "internal/domain/access", "internal/api"}, true, "a context carries facts about the request, never a service"},
		{"math/rand", nil, nil, true, "randomness comes from crypto/rand or is handed in"},

		// A secret in clear text.
		{"internal/platform/secret", []string{"ForDevice"}, []string{"internal/domain/identity", "internal/domain/provision"}, true, "this device: after identity has proved it"},
		{"internal/platform/secret", []string{"Reveal"}, []string{"internal/domain/access", "internal/domain/identity", "internal/domain/provision", "internal/domain/rps", "internal/domain/template"}, true, "to an operator: with a permission and an audit row"},
		{"internal/platform/secret", []string{"Outbound"}, []string{"internal/domain/command", "internal/domain/onboard"}, true, "outbound to this device, by a command's channel or to give it back"},
		{"internal/platform/secret", []string{"Connection"}, []string{"internal/domain/pbx", "internal/domain/notify", "internal/domain/access"}, true, "a connection to a PBX, a directory, a mail or webhook target"},
		{"internal/platform/secret", []string{"ForPKI"}, []string{"internal/platform/pki", "internal/domain/audit"}, true, "the program's own signing keys"},
		{"internal/platform/secret", []string{"ForPBXHost"}, []string{"internal/pbxhost"}, true, "the PBX host's configuration"},
		{"internal/platform/secret", []string{"ForBackup"}, []string{"internal/app"}, true, "backup"},
		{".", []string{"Reveal"}, revealers, true, "a secret.String is opened only where its bytes are needed"},
	}
}

// identityPkg is the only package that makes a proof of who asks.
const identityPkg = "internal/domain/identity"

// checkCalls holds every selector of a file against the table.
func (t *tree) checkCalls(f source) {
	names := map[string]string{} // local name → import path, ours without the module
	for s, p := range f.imports() {
		if s.Name == nil || s.Name.Name != "_" {
			names[f.name(p)] = t.ours(p)
		}
	}
	rules := callRules()
	ast.Inspect(f.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			t.checkReveal(f, n, names, rules)
		case *ast.SelectorExpr:
			t.checkSelector(f, n, names, rules)
		case *ast.CompositeLit:
			t.checkProof(f, n.Type, names)
		case *ast.ValueSpec:
			t.checkProof(f, n.Type, names)
		case *ast.GoStmt:
			if match(codecs, f.pkg) && !f.test && !matchAny(support(), f.pkg) {
				t.report(f, n.Pos(), "a goroutine in the codec %s: no sockets, goroutines, logging or clocks in a codec", f.pkg)
			}
		}
		return true
	})
}

func (t *tree) ours(p string) string {
	if len(p) > len(t.module) && p[:len(t.module)+1] == t.module+"/" {
		return p[len(t.module)+1:]
	}
	return p
}

func (t *tree) checkSelector(f source, n *ast.SelectorExpr, names map[string]string, rules []callRule) {
	id, ok := n.X.(*ast.Ident)
	if !ok || names[id.Name] == "" {
		return
	}
	pkg := names[id.Name]
	for _, r := range rules {
		if r.pkg == pkg && pkg != f.pkg && (r.names == nil || slices.Contains(r.names, n.Sel.Name)) && !r.allows(f) {
			t.report(f, n.Pos(), "%s may not use %s.%s: %s", f.pkg, id.Name, n.Sel.Name, r.why)
		}
	}
}

// checkReveal finds x.Reveal() without arguments, which opens a secret.String.
func (t *tree) checkReveal(f source, n *ast.CallExpr, names map[string]string, rules []callRule) {
	sel, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || len(n.Args) > 0 {
		return
	}
	if id, ok := sel.X.(*ast.Ident); ok && names[id.Name] != "" {
		return
	}
	for _, r := range rules {
		if r.pkg == "." && slices.Contains(r.names, sel.Sel.Name) && !r.allows(f) {
			t.report(f, n.Pos(), "%s may not call %s of a secret: %s", f.pkg, sel.Sel.Name, r.why)
		}
	}
}

// checkProof finds identity.AuthenticatedDevice made by hand.
func (t *tree) checkProof(f source, typ ast.Expr, names map[string]string) {
	sel, ok := typ.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "AuthenticatedDevice" || f.test {
		return
	}
	if id, ok := sel.X.(*ast.Ident); ok && names[id.Name] == identityPkg && f.pkg != identityPkg {
		t.report(f, sel.Pos(), "%s makes an AuthenticatedDevice: only %s can tell who asks", f.pkg, identityPkg)
	}
}

func (r callRule) allows(f source) bool {
	return matchAny(r.in, f.pkg) || r.tests && (f.test || matchAny(support(), f.pkg))
}
