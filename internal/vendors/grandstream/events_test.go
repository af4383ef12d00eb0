package grandstream_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// TestTells: each family is told the addresses that it can take, by its own names, and
// none while its switch is off or not set at all.
func TestTells(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	const base = "https://192.0.2.1/a/k/"
	for name, tc := range map[string]struct {
		to      param.Target
		on, off string
		want    int
		some    map[string]string
	}{
		"GHP6xx by alias": {toAlias("GHP621W"), "Yes", "No", 24, map[string]string{
			"ons.actionurl.registered":      base + "registered?mac=$mac&account=$active_user",
			"ons.actionurl.incomingcall":    base + "incoming?mac=$mac&account=$active_user&remote=$remote",
			"ons.actionurl.ipchanged":       base + "ip_changed?mac=$mac&ip=$phone_ip",
			"ons.actionurl.setupcompleted":  base + "setup_completed?mac=$mac",
			"ons.actionurl.answernewincall": base + "answered?mac=$mac&account=$active_user&remote=$remote",
		}},
		"GRP26xx by P-value": {param.Target{Dialect: "gs-p", Family: "grp26xx", Model: "GRP2614"}, "1", "0", 14, map[string]string{"P8305": base + "registered?mac=$mac&account=$active_user"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, _, ok := v.Catalog().Spell("ons.enable", "yes", tc.to)
			if !ok {
				t.Fatal("there is no switch")
			}
			for _, set := range [][]vendors.SpelledValue{nil, {{Name: key, Value: tc.off}}, {{Name: "x", Value: tc.on}}} {
				if got := v.Tells(tc.to, set, base); got != nil {
					t.Errorf("with %v it is told %v", set, got)
				}
			}
			got := map[string]string{}
			list := v.Tells(tc.to, []vendors.SpelledValue{{Name: key, Value: tc.on}}, base)
			for _, s := range list {
				got[s.Name] = s.Value
			}
			if len(got) != tc.want || !slices.IsSortedFunc(list, func(a, b vendors.SpelledValue) int { return strings.Compare(a.Name, b.Name) }) {
				t.Errorf("it is told %d: %v", len(got), slices.Sorted(maps.Keys(got)))
			}
			for name, want := range tc.some {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
		})
	}
	if got := v.Tells(param.Target{Model: "HT801", Family: "ht80x"}, []vendors.SpelledValue{{Name: "ons.enable", Value: "Yes"}}, base); len(got) != 0 {
		t.Errorf("a family that tells nothing is told %v", got)
	}
}
