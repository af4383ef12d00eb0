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
		told, secrets := map[string]int{}, 0
		for _, k := range c.Keys() {
			p, _, _ := c.Lookup(k)
			for _, dialect := range []string{"gs-alias", "gs-p"} {
				if c.Spelled(k, param.Target{Dialect: dialect, Family: m.Family, Model: m.Name}) {
					told[dialect]++
					if dialect == m.Dialect && p.IsSecret() {
						secrets++
					}
				}
			}
		}
		defaults := len(c.Defaults(param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}))
		row := fmt.Sprintf("| %s | %s | %s | %d | %d | %d | %d | %d |", m.Name, m.Family, m.Dialect, m.Lines, told["gs-alias"], told["gs-p"], secrets, defaults)
		if !strings.Contains(string(text), row) {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
	helped := 0
	for _, p := range c.All() {
		if p.Help != "" {
			helped++
		}
	}
	sentence := fmt.Sprintf("%d rows, %d settings with their indexes written out, %d rows with a help text", len(c.All()), len(c.Keys()), helped)
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
		"third account of two":      {"account.3.sip.userid", "x", toAlias("GHP610"), ""},
		"option of other families":  {"account.1.network.nattraversal", "UPnP", toAlias("GHP610"), ""},
		"older than the setting":    {"account.1.network.nattraversal", "STUN", onGHP("1.0.1.29"), ""},
		"older than the option":     {"account.1.network.nattraversal", "Keep-Alive", onGHP("1.0.1.33"), ""},
		"as old as the setting":     {"account.1.network.nattraversal", "STUN", onGHP("1.0.1.33"), "account.1.network.nattraversal=STUN"},
		"as old as the option":      {"account.1.network.nattraversal", "Keep-Alive", onGHP("1.0.1.37"), "account.1.network.nattraversal=Keep-Alive"},
		"PnP on old firmware":       {"provisioning.pnp.enable", "yes", onGHP("1.0.1.33"), ""},
		"GRP, capitals inside":      {"account.1.network.nattraversal", "Keep-Alive", on("grp26xx", "gs-alias", "GRP2614"), "account.1.network.natTraversal=KeepAlive"},
		"GRP, fourth account":       {"account.4.sip.userid", "x", on("grp26xx", "gs-p", "GRP2614"), "P604=x"},
		"GRP, fifth account":        {"account.5.sip.userid", "x", on("grp26xx", "gs-p", "GRP2616"), "P1704=x"},
		"GRP, sixth account":        {"account.6.sip.subscribe.expiration", "5", on("grp26xx", "gs-p", "GRP2616"), "P26551=5"},
		"GRP, account beyond":       {"account.5.sip.userid", "x", on("grp26xx", "gs-p", "GRP2614"), ""},
		"GRP, P not evidenced":      {"account.6.call.nokeyentrytimeout", "5", on("grp26xx", "gs-p", "GRP2616"), ""},
		"GRP, spelling unknown":     {"provisioning.override.dhcp.allowcommonoptions", "No", on("grp26xx", "gs-alias", "GRP2614"), ""},
		"GRP, its own range":        {"account.1.ring.timeout", "10", on("grp26xx", "gs-alias", "GRP2614"), "account.1.ring.timeout=10"},
		"GHP, not that of the GRP":  {"account.1.ring.timeout", "10", toAlias("GHP610"), ""},
		"GRP, not that of the GHP":  {"account.1.ring.timeout", "3600", on("grp26xx", "gs-alias", "GRP2614"), ""},
		"GXP, not told a range":     {"account.1.ring.timeout", "3600", on("gxp21xx", "gs-p", "GXP2130"), "P1328=3600"},
		"GRP, virtual key":          {"vpk.2.account", "Account3", on("grp26xx", "gs-alias", "GRP2614"), "pks.vpk.2.account=2"},
		"GRP, physical key":         {"mpk.2.account", "Account3", on("grp26xx", "gs-alias", "GRP2614"), "pks.mpk.2.account=Account3"},
		"GXP, key eight":            {"mpk.8.value", "x", on("gxp21xx", "gs-p", "GXP2170"), "P356=x"},
		"GXP, inverted":             {"account.1.audio.multiplemlineinsdp", "yes", on("gxp21xx", "gs-p", "GXP2130"), "P137=0"},
		"GXV, its own user id":      {"account.16.sip.subscriber.userid", "x", on("gxv33xx", "gs-alias", "GXV3370"), "account.16.sip.subscriber.userId=x"},
		"GXV, codec":                {"account.1.codec.choice.1", "G.722", on("gxv33xx", "gs-alias", "GXV3480"), "account.1.codec.choice.1=G_722"},
		"WP, the P of sibling":      {"users.admin.password", "x", on("wp820", "gs-p", "WP820"), "P2=x"},
		"HT, second port":           {"account.2.sip.server.1.address", "x", on("ht80x", "gs-p", "HT802"), "P747=x"},
		"HT, no second port":        {"account.2.sip.server.1.address", "x", on("ht80x", "gs-p", "HT801"), ""},
		"HT, timer":                 {"provisioning.auto.mode", "YesUpgradeMin", on("ht80x", "gs-p", "HT801"), "P194=3"},
		"DP, tenth account":         {"account.10.sip.subscriber.password", "x", on("dp7xx", "gs-p", "DP750"), "P4129=x"},
		"DP, one server for all":    {"account.2.sip.server.1.address", "x", on("dp7xx", "gs-p", "DP750"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if name, written, ok := c.Spell(tc.key, tc.value, tc.to); ok {
				got = name + "=" + written
			}
			if got != tc.want {
				t.Fatalf("Spell = %q, want %q", got, tc.want)
			}
		})
	}
}

// A template's value is no evidence of a default, what one family holds is no
// evidence for another, and nobody's default password is ever ours.
func TestCatalog_defaults(t *testing.T) {
	t.Parallel()
	c := vendor(t).Catalog()
	grp, ht := on("grp26xx", "gs-alias", "GRP2614"), on("ht80x", "gs-p", "HT801")
	for _, tc := range []struct {
		key  param.Key
		to   param.Target
		want string
	}{
		{"account.1.enable", toAlias("GHP610"), "no"}, {"account.1.enable", grp, "yes"}, {"account.1.enable", ht, ""},
		{"account.1.sip.registerexpiration", toAlias("GHP610"), "60"}, {"call.redial.expiration", toAlias("GHP610"), "30"},
		{"account.1.sip.sessiontimer.refresher.uasspecify", toAlias("GHP610"), "UAC"}, {"account.4.codec.choice.2", grp, "PCMA"},
		{"datetime.ntp.updateinterval", toAlias("GHP610"), ""}, {"network.web.port.https", toAlias("GHP610"), ""},
		{"keys.lock.password", toAlias("GHP610"), ""}, {"users.admin.password", grp, ""},
		{"provisioning.override.dhcp.allowcommonoptions", ht, "Yes"}, {"account.3.enable", toAlias("GHP610"), ""},
	} {
		if got, _ := c.Default(tc.key, tc.to); got.Value != tc.want {
			t.Errorf("%s on %s has the default %q, want %q", tc.key, tc.to.Model, got.Value, tc.want)
		}
	}
}

func on(family, dialect, model string) param.Target {
	return param.Target{Dialect: dialect, Family: family, Model: model}
}

func onGHP(firmware string) param.Target {
	return param.Target{Dialect: "gs-alias", Family: "ghp6xx", Model: "GHP621W", Firmware: firmware}
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
		row, _, _ := c.On(k, toP("GHP621W"))
		for _, value := range edges(row) {
			name, written, ok := c.Spell(k, value, toP("GHP621W"))
			if !ok {
				continue
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
	if len(names) != 473 { // of the GHP62x
		t.Errorf("%d P-values", len(names))
	}
}
