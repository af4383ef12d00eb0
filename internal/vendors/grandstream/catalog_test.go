package grandstream_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
)

// The README's tables of counts are what the catalog holds.
func TestCatalog_counts_in_README(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	v := vendor(t)
	c := v.Catalog()
	for _, m := range v.Models() {
		deliverable, secrets := map[string]int{}, 0
		for _, k := range c.Keys() {
			p, _, _ := c.Lookup(k)
			for _, dialect := range []string{"gs-alias", "gs-p"} {
				if _, _, ok := c.Spell(k, "", param.Target{Dialect: dialect, Family: m.Family, Model: m.Name}); ok {
					deliverable[dialect]++
					if dialect == "gs-alias" && p.IsSecret() {
						secrets++
					}
				}
			}
		}
		row := fmt.Sprintf("| %s | %d | %d | %d | %d |", m.Name, m.Lines, deliverable["gs-alias"], secrets, deliverable["gs-p"])
		if !strings.Contains(string(text), row) {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
	rows, defaults, helped := len(c.All()), 0, 0
	for _, p := range c.All() {
		if p.Default != nil {
			defaults++
		}
		if p.Help != "" {
			helped++
		}
	}
	sentence := fmt.Sprintf("%d rows, %d settings with their indexes written out, %d rows with an evidenced default, %d with a help text", rows, len(c.Keys()), defaults, helped)
	if !strings.Contains(string(text), sentence) {
		t.Errorf("README.md lacks %q", sentence)
	}
}

func TestCatalog_spellings(t *testing.T) {
	t.Parallel()
	c := vendor(t).Catalog()
	for name, tc := range map[string]struct {
		key   param.Key
		value string
		to    param.Target
		want  string // "" undeliverable
	}{
		"bool":                      {"account.1.enable", "yes", toAlias("GHP610"), "account.1.enable=Yes"},
		"bool as P":                 {"account.2.enable", "yes", toP("GHP610"), "P401=1"},
		"inverted P":                {"security.ssh", "yes", toP("GHP610"), "P276=0"},
		"choice with a blank":       {"account.1.sip.transport", "Tls Or Tcp", toAlias("GHP610"), "account.1.sip.transport=Tls Or Tcp"},
		"choice as P":               {"account.2.sip.transport", "Tls Or Tcp", toP("GHP610"), "P448=2"},
		"written unlike shown":      {"account.1.sip.unregisteronreboot", "All", toAlias("GHP610"), "account.1.sip.unregisteronreboot=Yes"},
		"counted from 0":            {"network.wifi.ssid.1.essid", "x", toAlias("GHP610W"), "network.wifi.ssid.0.essid=x"},
		"Wi-Fi without a radio":     {"network.wifi.ssid.1.essid", "x", toAlias("GHP610"), ""},
		"sixth key":                 {"pks.mpk.16.value", "9", toAlias("GHP621W"), "pks.mpk.16.value=9"},
		"sixth key where are three": {"pks.mpk.16.value", "9", toAlias("GHP611W"), ""},
		"octet as P":                {"network.port.eth.1.address.4", "7", toP("GHP610"), "P12=7"},
		"no P evidenced":            {"hotel.name", "x", toP("GHP610"), ""},
		"P in conflict":             {"account.1.rtcp.port.selection", "Default", toP("GHP610"), ""},
		"raw alias":                 {"made.up.alias", "x", toAlias("GHP610"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, written, ok := c.Spell(tc.key, tc.value, tc.to)
			if ok {
				got += "=" + written
			}
			if got != tc.want {
				t.Fatalf("Spell = %q, want %q", got, tc.want)
			}
		})
	}
}

// A template's value is no evidence of a default, and nobody's default password
// is ever ours.
func TestCatalog_defaults(t *testing.T) {
	t.Parallel()
	c := vendor(t).Catalog()
	for key, want := range map[param.Key]string{
		"account.1.enable": "no", "account.1.sip.registerexpiration": "60", "call.redial.expiration": "30",
		"account.1.sip.sessiontimer.refresher.uasspecify": "UAC",
		"datetime.ntp.updateinterval":                     "", "network.web.port.https": "", "keys.lock.password": "", "users.admin.password": "",
	} {
		p, _, ok := c.Lookup(key)
		if !ok {
			t.Errorf("%s is unknown", key)
			continue
		}
		got := ""
		if p.Default != nil {
			got = *p.Default
		}
		if got != want {
			t.Errorf("%s has the default %q, want %q", key, got, want)
		}
	}
}

func toAlias(model string) param.Target {
	return param.Target{Dialect: "gs-alias", Family: "ghp6xx", Model: model}
}

func toP(model string) param.Target {
	return param.Target{Dialect: "gs-p", Family: "ghp6xx", Model: model}
}

// P-values are data for a dialect that is not written yet; they have to be
// readable both ways all the same.
func TestCatalog_P_values_both_ways(t *testing.T) {
	t.Parallel()
	c := vendor(t).Catalog()
	names := map[string]param.Key{}
	for _, k := range c.Keys() {
		row, _, _ := c.Lookup(k)
		for _, value := range edges(row) {
			name, written, ok := c.Spell(k, value, toP("GHP621W"))
			if !ok {
				break
			}
			if other, taken := names[name]; taken && other != k {
				t.Errorf("%s is written as %s, and so is %s", k, name, other)
			}
			names[name] = k
			if key, back, ok := c.Unspell(name, written, toP("GHP621W")); !ok || key != k || back != value {
				t.Errorf("%s=%q is written %s=%q and read back %s=%q", k, value, name, written, key, back)
			}
		}
	}
	if len(names) != 473 {
		t.Errorf("%d P-values", len(names))
	}
}
