package param_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"

	"github.com/google/go-cmp/cmp"
)

func ptr(s string) *string { return &s }

var dialect = param.Target{Dialect: "d", Family: "f", Model: "M1", Firmware: "1.0.1.40"}

func rows() []param.Parameter {
	d := func(name string) []param.Spelling { return []param.Spelling{{Dialect: "d", Name: name}} }
	return []param.Parameter{
		{Pattern: "account.{n}.userid", Count: 2, Type: param.Text, MaxLen: 8, Role: param.LineUserID, Spellings: []param.Spelling{
			{Dialect: "d", Name: "acc.{n}.user"}, {Dialect: "p", PerIndex: []string{"P35", "P404"}},
		}},
		{Pattern: "account.{n}.enable", Count: 2, Type: param.Bool, Default: ptr("no"), Spellings: []param.Spelling{
			{Dialect: "d", Name: "acc.{n}.on", Values: map[string]string{"yes": "Yes", "no": "No"}},
			{Dialect: "p", PerIndex: []string{"P271"}, Values: map[string]string{"yes": "1", "no": "0"}},
		}},
		{Pattern: "ssh.enable", Type: param.Bool, Spellings: []param.Spelling{
			{Dialect: "d", Name: "ssh", Values: map[string]string{"yes": "No", "no": "Yes"}},
		}},
		{Pattern: "transport", Type: param.Choice, Options: []param.Option{{Value: "UDP"}, {Value: "Tls Or Tcp", Label: "TLS"}}, Default: ptr("UDP"), Spellings: d("transport")},
		{Pattern: "rtp.timeout", Type: param.Number, Ranges: []param.Range{{Min: 0, Max: 0}, {Min: 6, Max: 600}}, Spellings: d("rtp.timeout")},
		{Pattern: "ca.{n}", Label: "CA {n}", Count: 3, Type: param.PEM, Role: param.TrustedCA, Spellings: d("ca.{n}")},
		{Pattern: "password", Type: param.Secret, Role: param.AdminPassword, Spellings: d("pw")},
		{Pattern: "server", Type: param.Host, Spellings: d("server")},
		{Pattern: "address", Type: param.IP, Spellings: d("address")},
		{Pattern: "acs", Type: param.URL, Spellings: d("acs")},
		{Pattern: "path", Type: param.Path, Role: param.ConfigPath, Spellings: d("path")},
		{Pattern: "wifi", Type: param.Text, Spellings: []param.Spelling{
			{Dialect: "d", Name: "wifi", Families: []string{"f"}, Models: []string{"M1"}, Since: "1.0.1.37", Until: "1.0.2"},
		}},
	}
}

func catalog(t testing.TB) *param.Catalog {
	t.Helper()
	c, err := param.NewCatalog(rows())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewCatalog_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*param.Parameter)
		want   string
	}{
		"upper case key":         {func(p *param.Parameter) { p.Pattern = "Server" }, "a key is made of"},
		"count without index":    {func(p *param.Parameter) { p.Count = 2 }, "does not go with the pattern"},
		"unknown type":           {func(p *param.Parameter) { p.Type = "colour" }, "unknown type"},
		"range of a text":        {func(p *param.Parameter) { p.Ranges = []param.Range{{}} }, "ranges are for numbers"},
		"empty range":            {func(p *param.Parameter) { p.Type = param.Number; p.Ranges = []param.Range{{Min: 2, Max: 1}} }, "is empty"},
		"choice without options": {func(p *param.Parameter) { p.Type = param.Choice }, "go together"},
		"option twice": {func(p *param.Parameter) {
			p.Type = param.Choice
			p.Options = []param.Option{{Value: "A"}, {Value: "a"}}
		}, "twice"},
		"default out of type":     {func(p *param.Parameter) { p.Type = param.Bool; p.Default = ptr("maybe") }, "default"},
		"default not canonical":   {func(p *param.Parameter) { p.Type = param.Bool; p.Default = ptr("Yes") }, "not canonical"},
		"default of a secret":     {func(p *param.Parameter) { p.Type = param.Secret; p.Default = ptr("123") }, "never ours"},
		"spelling without a name": {func(p *param.Parameter) { p.Spellings = []param.Spelling{{Dialect: "d"}} }, "name"},
		"index in a plain name":   {func(p *param.Parameter) { p.Spellings = []param.Spelling{{Dialect: "d", Name: "x.{n}"}} }, "count"},
		"value of an open type":   {func(p *param.Parameter) { p.Spellings[0].Values = map[string]string{"a": "b"} }, "not one of"},
		"ambiguous value": {func(p *param.Parameter) {
			p.Type = param.Bool
			p.Spellings[0].Values = map[string]string{"yes": "NO"}
		}, "would stand for"},
		"key twice":  {func(p *param.Parameter) { p.Pattern = "server" }, "belongs to"},
		"role twice": {func(p *param.Parameter) { p.Role = param.ConfigPath }, "role"},
		"name twice": {func(p *param.Parameter) { p.Spellings[0].Name = "server" }, "is taken by"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := param.Parameter{Pattern: "extra", Type: param.Text, Spellings: []param.Spelling{{Dialect: "d", Name: "extra"}}}
			tc.change(&p)
			_, err := param.NewCatalog(append(rows(), p))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("NewCatalog error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestCatalog_Lookup(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for key, want := range map[param.Key]struct {
		pattern string
		n       int
	}{
		"account.1.userid":  {"account.{n}.userid", 1},
		"account.2.userid":  {"account.{n}.userid", 2},
		"account.3.userid":  {},
		"account.01.userid": {},
		"account.{n}.id":    {},
		"transport":         {"transport", 0},
		"":                  {},
	} {
		p, n, ok := c.Lookup(key)
		if p.Pattern != want.pattern || n != want.n || ok != (want.pattern != "") {
			t.Errorf("Lookup(%q) = %q, %d, %t; want %q, %d", key, p.Pattern, n, ok, want.pattern, want.n)
		}
	}
	if p, _, _ := c.Lookup("ca.2"); p.Label != "CA 2" || p.Pattern != "ca.{n}" {
		t.Errorf("label %q, pattern %q", p.Label, p.Pattern)
	}
	if got, want := len(c.Keys()), 2+2+3+9; got != want {
		t.Errorf("%d keys, want %d", got, want)
	}
	if got := len(c.All()); got != len(rows()) {
		t.Errorf("All() has %d rows, want %d", got, len(rows()))
	}
}

func TestCatalog_ByRole(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for _, tc := range []struct {
		role param.Role
		n    int
		want param.Key
	}{
		{param.LineUserID, 1, "account.1.userid"},
		{param.LineUserID, 2, "account.2.userid"},
		{param.LineUserID, 3, ""},
		{param.LineUserID, 0, ""},
		{param.AdminPassword, 0, "password"},
		{param.AdminPassword, 1, "password"},
		{param.TrustedCA, 3, "ca.3"},
		{param.TimeServer, 0, ""},
	} {
		got, ok := c.ByRole(tc.role, tc.n)
		if ok != (tc.want != "") || ok && got != tc.want {
			t.Errorf("ByRole(%s, %d) = %q, %t; want %q", tc.role, tc.n, got, ok, tc.want)
		}
	}
}

func TestCatalog_Spell(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	with := func(change func(*param.Target)) param.Target {
		out := dialect
		change(&out)
		return out
	}
	p := with(func(t *param.Target) { t.Dialect = "p" })
	for name, tc := range map[string]struct {
		key    param.Key
		value  string
		target param.Target
		want   []string
	}{
		"name with index":      {"account.2.userid", "201", dialect, []string{"acc.2.user", "201"}},
		"name by index":        {"account.2.userid", "201", p, []string{"P404", "201"}},
		"no name at the index": {"account.2.enable", "yes", p, nil},
		"written value":        {"account.1.enable", "yes", p, []string{"P271", "1"}},
		"inverted value":       {"ssh.enable", "yes", dialect, []string{"ssh", "No"}},
		"unknown key":          {"made.up", "x", dialect, nil},
		"unknown dialect":      {"transport", "UDP", param.Target{Dialect: "x"}, nil},
		"model fits":           {"wifi", "x", dialect, []string{"wifi", "x"}},
		"model unknown":        {"wifi", "x", param.Target{Dialect: "d"}, []string{"wifi", "x"}},
		"other model":          {"wifi", "x", with(func(t *param.Target) { t.Model = "M2" }), nil},
		"other family":         {"wifi", "x", with(func(t *param.Target) { t.Family = "g" }), nil},
		"older firmware":       {"wifi", "x", with(func(t *param.Target) { t.Firmware = "1.0.1.9" }), nil},
		"newer firmware":       {"wifi", "x", with(func(t *param.Target) { t.Firmware = "1.0.10.1" }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, v, ok := c.Spell(tc.key, tc.value, tc.target)
			var got []string
			if ok {
				got = []string{n, v}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestCatalog_Unspell(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for _, tc := range []struct{ name, value, key, want string }{
		{"acc.1.on", "YES", "account.1.enable", "yes"},
		{"acc.1.on", "1", "account.1.enable", "yes"},
		{"acc.1.on", "perhaps", "account.1.enable", "perhaps"},
		{"ssh", "no", "ssh.enable", "yes"},
		{"transport", "tls", "transport", "Tls Or Tcp"},
		{"acc.3.on", "Yes", "", ""},
		{"wlan", "x", "", ""},
	} {
		k, v, ok := c.Unspell(tc.name, tc.value, dialect)
		if string(k) != tc.key || v != tc.want || ok != (tc.key != "") {
			t.Errorf("Unspell(%q, %q) = %q, %q, %t", tc.name, tc.value, k, v, ok)
		}
	}
}

func TestCatalog_Normalize_unknown_key(t *testing.T) {
	t.Parallel()
	if v, err := catalog(t).Normalize("made.up", " As It Is "); v != " As It Is " || err != nil {
		t.Fatalf("Normalize = %q, %v", v, err)
	}
}

func TestCatalog_Normalize_says_which_key(t *testing.T) {
	t.Parallel()
	_, err := catalog(t).Normalize("rtp.timeout", "5")
	if !fault.Is(err, fault.Invalid) || err.Error() != "rtp.timeout: 5 is not in 0 or 6..600" {
		t.Fatalf("error = %v", err)
	}
}
