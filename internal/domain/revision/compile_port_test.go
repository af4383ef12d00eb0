package revision

import (
	"slices"
	"testing"

	"bellwether/internal/domain/param"
)

// A phone that writes host and port apart gets both of them from a line's
// server; one without a setting for the port gets it whole.
func TestCompile_server_port(t *testing.T) {
	t.Parallel()
	whole := testCatalog(t)
	apart, err := param.NewCatalog(append(slices.Clone(whole.All()), param.Parameter{
		Pattern: "line.{n}.port", Count: 1, Type: param.Number, Role: param.LineServerPort,
		Spellings: []param.Spelling{{Dialect: "test", Name: "P9{n}"}}, Label: "Port {n}",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for server, want := range map[string][2]string{
		"pbx.example.org:5061": {"pbx.example.org", "5061"}, "pbx.example.org": {"pbx.example.org", "5060"},
		"[2001:db8::1]:5061": {"2001:db8::1", "5061"}, "[2001:db8::1]": {"2001:db8::1", "5060"}, "2001:db8::1": {"2001:db8::1", "5060"},
	} {
		s := stackOf(t)
		s.Lines = 2
		s.Catalog = apart
		s.Accounts = []BoundLine{{Line: 1, AccountID: "a", Server: server, UserID: "201"}, {Line: 2, AccountID: "b", Server: server, UserID: "202"}}
		e := compile(t, s)
		if host, port := get(t, e, "line.1.server").Value, get(t, e, "line.1.port").Value; host != want[0] || port != want[1] {
			t.Errorf("%s is parted into %q and %q", server, host, port)
		}
		if v := get(t, e, "line.2.server").Value; v != server {
			t.Errorf("line 2 has no port of its own, and yet the server %q", v)
		}
		s.Catalog = whole
		if v := get(t, compile(t, s), "line.1.server").Value; v != server {
			t.Errorf("%s became %s without a setting for the port", server, v)
		}
	}
}
