package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// TestParameters_search finds a setting by whatever an operator knows of it.
func TestParameters_search(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	type rows struct {
		Items []api.CatalogRow
		Total int
	}
	search := func(model, q string) []string {
		got := testkit.Call[rows](t, d.c, http.MethodGet, "/parameters?model="+model+"&q="+url.QueryEscape(q), nil)
		same(t, "total", got.Total, len(got.Items))
		var keys []string
		for _, r := range got.Items {
			keys = append(keys, r.Pattern)
		}
		return keys
	}
	for name, tc := range map[string]struct {
		model, q, key string
		lacks         string // a key that is not found
	}{
		"part of the key":            {"GHP621W", "ntp.server", "datetime.ntp.server.1", "account.{n}.enable"},
		"its label, in any case":     {"GHP621W", "nTp SeRvEr", "datetime.ntp.server.1", "account.{n}.enable"},
		"what the help says":         {"GHP621W", "certificates are judged by it", "datetime.ntp.server.1", "datetime.ntp.server.2"},
		"its section":                {"GHP621W", "system diagnostics / syslog", "maintain.syslog.level", "account.{n}.enable"},
		"a P-value":                  {"GXP2170", "P5005", "datetime.ntp.updateinterval", "datetime.ntp.server.1"},
		"a P-value of the base":      {"DP750", "p27080", "account.{n}.dect.hsmode", "account.{n}.profile"},
		"an alias with its capitals": {"GRP2614", "dateTime.ntp.updateInterval", "datetime.ntp.updateinterval", "datetime.ntp.server.1"},
		"with blanks around it":      {"GHP621W", "  ntp server ", "datetime.ntp.server.1", "account.{n}.enable"},
		"everything":                 {"GHP621W", "", "account.{n}.enable", "account.{n}.dect.hsmode"},
	} {
		t.Run(name, func(t *testing.T) {
			got := search(tc.model, tc.q)
			if !slices.Contains(got, tc.key) {
				t.Errorf("%q finds %v, not %s", tc.q, got, tc.key)
			}
			if slices.Contains(got, tc.lacks) {
				t.Errorf("%q finds %s too", tc.q, tc.lacks)
			}
		})
	}
	same(t, "found for nonsense", len(search("GHP621W", "no such thing anywhere")), 0)
	same(t, "a base's setting on a desk phone", len(search("GHP621W", "HS mode")), 0)
	problem(t, d.c.Do(t, http.MethodGet, "/parameters?q="+strings.Repeat("x", 257), nil), http.StatusUnprocessableEntity)
}
