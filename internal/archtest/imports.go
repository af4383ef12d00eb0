package archtest

import (
	"maps"
	"slices"
	"strings"
)

// importRule says what the packages of a pattern may import of ours.
type importRule struct {
	from  string
	may   []string // patterns; the package itself and below it is always meant too
	never []string // taken out of may again
	why   string
}

// nouns lists domain/*; each may import only those before it.
func nouns() []string {
	return []string{
		"audit", "access", "trust", "org", "alarm", "param", "lesson", "device", "group", "identity", "account", "user", "resource", "placeholder", "template", "rps",
		"revision", "command", "provision", "report", "manager", "dhcp", "task", "quality", "diag", "pbx", "notify", "workflow", "adoption", "onboard",
	}
}

const (
	codecs    = "internal/protocol/*"
	endpoints = "internal/protocol/*/*"
	platform  = "internal/platform/..."
	domain    = "internal/domain/*"
	contract  = "internal/vendors"
	persona   = "internal/vendors/*/sim"
)

// storage is what only nouns, app and the tests reach.
func storage() []string { return []string{"internal/platform/db/...", "internal/platform/jobs"} }

// support are packages that only tests import.
func support() []string {
	return []string{
		"internal/testkit/...", "internal/platform/db/dbtest", "internal/vendors/vendortest", "internal/protocol/doortest",
		"internal/archtest", "internal/tools/...", "test/...",
	}
}

// importRules is the table of docs/ARCHITECTURE.md; the first line that fits a
// package holds. A package that no line fits is itself a violation.
func importRules() []importRule {
	rules := []importRule{
		{"cmd/*", []string{"internal/cli"}, nil, "main is ten lines; what it does is in cli"},
		{"internal/cli", []string{"internal/app", "internal/config", "internal/phone", "internal/vendors/...", domain, platform, "web"}, storage(),
			"a subcommand reads flags, starts app and prints"},
		{"web", nil, nil, "the built console is bytes"},
		{"internal/app", []string{"internal/...", "web"}, []string{"internal/cli", "internal/testkit/...", "internal/archtest"},
			"app is the composition root: it imports everything, and only cli and testkit import it"},
		{"internal/testkit/...", []string{"internal/..."}, []string{"internal/cli", "internal/archtest"}, "testkit starts the whole program"},
		{"internal/archtest", nil, nil, "archtest reads source and needs none of it"},
		{"internal/tools/...", []string{"internal/api", "internal/config", platform}, nil, "tools of the build stand beside the program"},
		{"test/...", []string{"internal/..."}, nil, "tests of the built program"},
		{"internal/config", []string{platform}, storage(), "config only reads settings"},
		{"internal/api", []string{domain, contract, platform}, storage(),
			"the API decodes, calls a service and encodes; storage and protocols are none of its business"},
		{"internal/protocol/doortest", []string{"internal/..."}, []string{"internal/cli", "internal/app"}, "the doors' shared suite runs the whole program, by testkit"},
		{codecs, []string{"internal/platform/limit", "internal/platform/fault"}, nil, "a codec is bytes to structs and back, so that it can be fuzzed"},
		{endpoints, []string{codecs, domain, contract, platform}, storage(),
			"an endpoint turns messages into calls of services; other endpoints are reached through app"},
		{"internal/vendors/vendortest", []string{contract, "internal/domain/param", platform}, storage(), "the vendors' conformance suite sees the contract"},
		{"internal/vendors/all", []string{contract, "internal/vendors/*"}, nil, "the explicit list of vendors"},
		{"internal/vendors/allsim", []string{persona, "internal/phone"}, nil, "the explicit list of personas"},
		{contract, []string{"internal/domain/param", "internal/platform/mac", "internal/platform/secret", "internal/platform/fault"}, nil,
			"the contract knows parameters and no other noun"},
		{"internal/vendors/*/dialplan", []string{"internal/platform/limit", "internal/platform/fault"}, nil, "a language of a vendor's own is text to rules, so that it can be fuzzed"},
		{"internal/vendors/*", []string{contract, "internal/domain/param", "internal/vendors/*/dialplan", codecs, "internal/platform/mac", "internal/platform/secret", "internal/platform/fault", "internal/platform/limit"}, nil,
			"a vendor is pure: no services, no database, no other vendor"},
		{persona, []string{"internal/phone", codecs, "internal/platform/mac", "internal/platform/fault"}, nil,
			"a persona is an independent reading of the manuals, so it sees neither its vendor nor the nouns"},
		{"internal/phone", []string{codecs, "internal/platform/clock", "internal/platform/dial", "internal/platform/mac", "internal/platform/limit", "internal/platform/fault"}, nil,
			"a virtual phone knows only what a phone knows"},
		{"internal/notifier/*", []string{"internal/domain/notify", codecs, platform}, storage(), "a notifier sends and nothing else"},
		{"internal/agent", []string{"internal/domain/provision", codecs, platform}, storage(), "the agent fetches its answers; endpoints are handed to it by app"},
		{"internal/pbxhost", []string{"internal/domain/pbx", codecs, platform}, storage(), "the PBX host renders and supervises"},
		{"internal/platform/db/dbtest", []string{platform}, nil, "the databases' suite"},
		{platform, []string{platform}, nil, "plumbing knows no noun"},
	}
	return append(nounRules(), rules...)
}

// nounRules makes one line per noun from their order.
func nounRules() []importRule {
	var rules []importRule
	list := nouns()
	for i, n := range list {
		r := importRule{from: "internal/domain/" + n, may: []string{platform}, why: "a noun imports only the nouns above it: " + strings.Join(list[:i], ", ")}
		for _, above := range list[:i] {
			r.may = append(r.may, "internal/domain/"+above)
		}
		if n == "param" {
			r.why = "param stands below the vendors' contract"
		} else {
			r.may = append(r.may, contract)
		}
		rules = append(rules, r)
	}
	return rules
}

// helpers are what a test may import besides what its package may.
func (r importRule) helpers() []string {
	list := append([]string{platform}, support()...)
	if r.from != persona && r.from != codecs {
		list = append(list, "internal/vendors/...", "internal/phone")
	}
	return list
}

// checkImports holds one file against the table. A test may import what its
// package may, and whatever helps to test: platform, testkit, the suites, and
// real vendors and phones. A persona's tests may not: it is to stay independent.
func (t *tree) checkImports(f source) {
	rules := importRules()
	i := slices.IndexFunc(rules, func(r importRule) bool { return match(r.from, f.pkg) })
	if i < 0 {
		t.report(f, f.file.Package, "no line of the import table fits %s: add one to internal/archtest/imports.go", f.pkg)
		return
	}
	r := rules[i]
	specs := f.imports()
	for _, s := range slices.SortedFunc(maps.Keys(specs), byPosition) {
		p, ours := strings.CutPrefix(specs[s], t.module+"/")
		switch {
		case !ours || p == f.pkg:
		case !f.test && matchAny(support(), p) && !matchAny(support(), f.pkg):
			t.report(f, s.Pos(), "%s is for tests only", p)
		case f.test && matchAny(r.helpers(), p):
		case !matchAny(r.may, p) || matchAny(r.never, p):
			t.report(f, s.Pos(), "%s may not import %s: %s", f.pkg, p, r.why)
		}
	}
}
