package phone

import (
	"maps"
	"slices"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/cwmp"
)

// quirkNames are the quirks that can be asked for by a word.
func quirkNames() map[string]func(*Quirks) { //nolint:funlen // one list
	return map[string]func(*Quirks){
		"prefix":             func(q *Quirks) { q.Prefix = "SOAP-ENV" },
		"default-namespace":  func(q *Quirks) { q.DefaultNamespace = true },
		"method-namespace":   func(q *Quirks) { q.MethodNamespace = true },
		"cwmp-1-4":           func(q *Quirks) { q.Namespace = "urn:dslforum-org:cwmp-1-4" },
		"schema-1999":        func(q *Quirks) { q.Schema1999 = true },
		"no-types":           func(q *Quirks) { q.Types = TypesNone },
		"bare-types":         func(q *Quirks) { q.Types = TypesBare },
		"wrong-types":        func(q *Quirks) { q.Types = TypesWrong },
		"lying-counts":       func(q *Quirks) { q.LyingCounts = true },
		"pretty":             func(q *Quirks) { q.Pretty = true },
		"unclean":            func(q *Quirks) { q.Unclean = true },
		"fault-in-string":    func(q *Quirks) { q.Faults = FaultInString },
		"fault-bare":         func(q *Quirks) { q.Faults = FaultBare },
		"fault-unprefixed":   func(q *Quirks) { q.Faults = FaultUnprefixed },
		"status-faults":      func(q *Quirks) { q.StatusFaults = true },
		"previous-answer":    func(q *Quirks) { q.PreviousAnswer = true },
		"wrong-id":           func(q *Quirks) { q.WrongID = true },
		"inform-instead":     func(q *Quirks) { q.InformInstead = true },
		"no-cookies":         func(q *Quirks) { q.Cookies = CookiesNone },
		"glued-cookies":      func(q *Quirks) { q.Cookies = CookiesGlued },
		"quoted-cookies":     func(q *Quirks) { q.Cookies = CookiesQuoted },
		"comma-cookies":      func(q *Quirks) { q.Cookies = CookiesComma },
		"stale-cookies":      func(q *Quirks) { q.Cookies = CookiesStale },
		"connection-each":    func(q *Quirks) { q.ConnectionEach = true },
		"empty-basic":        func(q *Quirks) { q.EmptyBasic = true },
		"no-qop":             func(q *Quirks) { q.NoQOP = true },
		"stuck-count":        func(q *Quirks) { q.StuckCount = true },
		"whole-uri":          func(q *Quirks) { q.WholeURI = true },
		"auth-once":          func(q *Quirks) { q.AuthOnce = true },
		"keep-nonce":         func(q *Quirks) { q.KeepNonce = true },
		"expect":             func(q *Quirks) { q.Expect = true },
		"chunked":            func(q *Quirks) { q.Chunked = true },
		"gzip":               func(q *Quirks) { q.Gzip = true },
		"http-1.0":           func(q *Quirks) { q.HTTP10 = true },
		"lower-case":         func(q *Quirks) { q.LowerCase = true },
		"char-length":        func(q *Quirks) { q.CharLength = true },
		"loose-names":        func(q *Quirks) { q.LooseNames = true },
		"no-partial-paths":   func(q *Quirks) { q.NoPartialPaths = true },
		"faulty-names":       func(q *Quirks) { q.Faulty = []string{"DeviceInfo.UpTime", "Time.CurrentLocalTime"} },
		"few-names":          func(q *Quirks) { q.FewNames = true },
		"few-at-once":        func(q *Quirks) { q.FewAtOnce = 5 },
		"no-key":             func(q *Quirks) { q.NoKey = true },
		"normalised":         func(q *Quirks) { q.Normalised = true },
		"jumping-instances":  func(q *Quirks) { q.JumpingInstances = true },
		"same-id":            func(q *Quirks) { q.SameID = true },
		"no-transfer-key":    func(q *Quirks) { q.Keys = KeysNone },
		"short-transfer-key": func(q *Quirks) { q.Keys = KeysShort },
		"no-transfers":       func(q *Quirks) { q.NoTransfers = true },
		"late-transfers":     func(q *Quirks) { q.LateTransfers = true },
		"double-transfers":   func(q *Quirks) { q.DuplicateTransfers = 1 },
		"events":             func(q *Quirks) { q.Events = true },
		"device":             func(q *Quirks) { q.Device = true },
		"no-url":             func(q *Quirks) { q.URL = URLNone },
		"port-0":             func(q *Quirks) { q.URL = URLPort0 },
		"private-url":        func(q *Quirks) { q.URL = URLPrivate },
		"changing-url":       func(q *Quirks) { q.URL = URLChanging },
		"lying-methods":      func(q *Quirks) { q.LyingMethods = true },
		"words":              func(q *Quirks) { q.Booleans = cwmp.Words },
	}
}

// QuirksOf reads words. It fails with fault.Invalid for one that there is not, and
// says which there are.
func QuirksOf(words []string) (Quirks, error) {
	var q Quirks
	all := quirkNames()
	for _, w := range words {
		set, ok := all[w]
		if !ok {
			return q, fault.New(fault.Invalid, "there is no quirk %q; there are: %s", w, strings.Join(slices.Sorted(maps.Keys(all)), " "))
		}
		set(&q)
	}
	return q, nil
}
