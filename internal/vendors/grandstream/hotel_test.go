package grandstream_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/vendors"
)

// What the eight hotel phones have, model by model (GHP6xx guide, "Product
// overview" and "Technical Specification"): what a model lacks cannot be told to
// it.
func TestCatalog_hotel_models(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	c := v.Catalog()
	for name, check := range map[string]func(t *testing.T, m vendors.Model, told func(string, ...any) bool){
		"GH-MOD-002": func(t *testing.T, m vendors.Model, told func(string, ...any) bool) {
			keys := 3
			if strings.HasPrefix(m.Name, "GHP62") {
				keys = 6
			}
			for n := 1; n <= 20; n++ {
				want := n <= 10 || n-10 <= keys // ten digits, then the programmable ones
				if got := told("pks.mpk.%d.value", n) && told("pks.mpk.%d.keymode", n); got != want {
					t.Errorf("key %d can be told: %t", n, got)
				}
			}
		},
		"GH-MOD-003": func(t *testing.T, m vendors.Model, told func(string, ...any) bool) {
			if m.Lines != 2 || !told("account.2.sip.userid") || told("account.3.sip.userid") {
				t.Errorf("%d accounts", m.Lines)
			}
		},
		"GH-MOD-004": func(t *testing.T, m vendors.Model, _ func(string, ...any) bool) {
			for _, codec := range []string{"G.729A/B", "PCMU", "PCMA", "G.726-32", "G.722", "G.723.1", "iLBC", "OPUS"} {
				for n := 1; n <= 8; n++ {
					if _, _, ok := c.Spell(param.Key(fmt.Sprintf("account.2.codec.choice.%d", n)), codec, toAlias(m.Name)); !ok {
						t.Errorf("choice %d cannot be %s", n, codec)
					}
				}
			}
		},
		"GH-MOD-006": func(t *testing.T, m vendors.Model, told func(string, ...any) bool) {
			radio := strings.HasSuffix(m.Name, "W")
			for _, k := range []string{"network.wifi.enable", "network.wifi.band", "network.wifi.countrycode.public", "network.wifi.ssid.1.essid", "network.wifi.ssid.3.psk"} {
				if told(k) != radio {
					t.Errorf("%s can be told: %t", k, told(k))
				}
			}
		},
		"GH-MOD-009": func(t *testing.T, m vendors.Model, _ func(string, ...any) bool) {
			box := virtual(t).Factory(phone.Device{Model: m.Name}, rand.New(rand.NewPCG(1, 1)))
			want := ""
			if strings.HasSuffix(m.Name, "W") {
				want = "wp_master"
			}
			if box["network.wifi.ssid.0.essid"] != want {
				t.Errorf("out of the box it looks for %q", box["network.wifi.ssid.0.essid"])
			}
			for _, d := range c.Defaults(toAlias(m.Name)) {
				if strings.Contains(string(d.Key), "psk") || strings.Contains(d.Value, "wp!987") {
					t.Errorf("the maker's key is a default of ours: %s", d.Key)
				}
			}
		},
		"GH-MOD-013": func(t *testing.T, m vendors.Model, _ func(string, ...any) bool) {
			files := v.Files(vendors.Device{MAC: macA, Model: m.Name, Family: m.Family})
			i := slices.IndexFunc(files, func(f vendors.File) bool { return f.Kind == vendors.Firmware })
			if i < 0 || files[i].Name != "ghp610fw.bin" {
				t.Errorf("its firmware is not the one of all: %v", files)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := 0
			for _, m := range v.Models() {
				if m.Family != "ghp6xx" {
					continue
				}
				seen++
				t.Run(m.Name, func(t *testing.T) {
					check(t, m, func(key string, args ...any) bool {
						return c.Spelled(param.Key(fmt.Sprintf(key, args...)), toAlias(m.Name))
					})
				})
			}
			if seen != 8 {
				t.Errorf("%d hotel phones", seen)
			}
		})
	}
}
