package grandstream_test

import (
	"testing"

	"bellwether/internal/domain/param"
)

func TestVendor_NameUnknown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		key  param.Key
		to   param.Target
		want bool
	}{
		"an alias":                    {"brand.new.alias", toAlias("GHP621W"), true},
		"with capitals":               {"brand.newThing", toAlias("GHP621W"), true},
		"a P-value":                   {"P99999", toP("GXP2170"), true},
		"a P-value to an alias phone": {"P99999", toAlias("GHP621W"), false},
		"an alias to a P-value phone": {"brand.new.alias", toP("GXP2170"), false},
		"the name of a known one":     {"P5005", on("gxp21xx", "gs-p", "GXP2170"), false},
		"one word":                    {"brand", toAlias("GHP621W"), false},
		"markup":                      {"a.b><c", toAlias("GHP621W"), false},
		"a dot at the end":            {"a.b.", toAlias("GHP621W"), false},
		"a P-value from 0":            {"P0123", toP("GXP2170"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := vendor(t).NameUnknown(tc.key, tc.to)
			if ok != tc.want || ok && got != string(tc.key) {
				t.Fatalf("%q, %t", got, ok)
			}
		})
	}
}
