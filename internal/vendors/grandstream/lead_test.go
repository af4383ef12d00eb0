package grandstream_test

import (
	"slices"
	"strings"
	"testing"

	"bellwether/internal/vendors"
)

// Every model of a family with a page that answers is told protocol and path of
// our folder, without a scheme, and keeps all that its files can change but its own
// passwords; the others are not led at all.
func TestVendor_Lead(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	forms := map[string]vendors.PageForm{"ghp6xx": vendors.PageHashed, "grp26xx": vendors.PageHashed, "wp8x6": vendors.PageHashed, "gxp21xx": vendors.PageEither, "gxp16xx": vendors.PagePlain}
	for _, m := range v.Models() {
		l, ok := v.Lead(m, "https://prov.example.org:9443/p/token/")
		if _, known := forms[m.Family]; ok != known {
			t.Errorf("%s: led %t", m.Name, ok)
		}
		if !ok {
			continue
		}
		values, names := map[string]string{}, map[string]bool{}
		for _, x := range l.Values {
			values[x.Number], names[x.Name] = x.Value, true
		}
		if l.Form != forms[m.Family] || values["212"] != "2" || values["237"] != "prov.example.org:9443/p/token/" || values["145"] != "0" || values["1414"] != "0" {
			t.Errorf("%s, %s: %v", m.Name, l.Form, values)
		}
		if last := l.Values[len(l.Values)-1]; last.Number != "237" || !last.Needed {
			t.Errorf("%s: the path is not the last: %+v", m.Name, last)
		}
		if len(l.Keep) < 60 || !slices.ContainsFunc(l.Keep, func(n vendors.LeadName) bool { return n.Secret }) {
			t.Errorf("%s keeps %d settings", m.Name, len(l.Keep))
		}
		for _, n := range l.Keep {
			if _, set := values[n.Number]; set || names[n.Name] || n.Number == "2" || n.Number == "196" || strings.HasPrefix(n.Name, "users.") && strings.HasSuffix(n.Name, "password") {
				t.Errorf("%s keeps %+v", m.Name, n)
			}
		}
	}
	for _, folder := range []string{"http://192.0.2.1/", "", "https:///x", "://"} {
		if _, ok := v.Lead(v.Models()[0], folder); ok {
			t.Errorf("led to %q", folder)
		}
	}
}
