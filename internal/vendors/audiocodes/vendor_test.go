package audiocodes_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors/audiocodes"
	"bellwether/internal/vendors/vendortest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func vendor(t testing.TB) *audiocodes.Vendor {
	t.Helper()
	v, err := audiocodes.New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConformance(t *testing.T) {
	t.Parallel()
	vendortest.Run(t, vendor(t))
}

func on(model string) param.Target {
	return param.Target{Dialect: "ac-cfg", Family: "400hd", Model: model}
}

func checkGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Fatal(diff)
	}
}

// The README's table of counts is what the catalog holds.
func TestCatalog_counts_in_README(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	v := vendor(t)
	c := v.Catalog()
	for _, m := range v.Models() {
		told, secrets := 0, 0
		for _, k := range c.Keys() {
			if !c.Spelled(k, on(m.Name)) {
				continue
			}
			told++
			if p, _, _ := c.Lookup(k); p.IsSecret() {
				secrets++
			}
		}
		row := fmt.Sprintf("| %s | %d | %s | %d | %d | %d |", m.Name, m.Lines, m.Proof, told, secrets, len(c.Defaults(on(m.Name))))
		if !strings.Contains(string(text), row) {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
	sentence := fmt.Sprintf("%d rows, %d settings with their indexes written out", len(c.All()), len(c.Keys()))
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
		model string
		want  string // "" undeliverable
	}{
		"bool":               {"account.1.enable", "yes", "420HD", "voip/line/0/enabled=1"},
		"second line":        {"account.2.sip.subscriber.password", "x", "420HD", "voip/line/1/auth_password=x"},
		"third line of two":  {"account.3.sip.userid", "x", "420HD", ""},
		"third line of four": {"account.3.sip.userid", "x", "440HD", "voip/line/2/id=x"},
		"server":             {"account.1.sip.server.1.address", "pbx.example.org", "430HD", "voip/signalling/sip/proxy_address=pbx.example.org"},
		"one server for all": {"account.2.sip.server.1.address", "pbx.example.org", "430HD", ""},
		"other word":         {"account.1.sip.transport", "Tls Or Tcp", "430HD", "voip/signalling/sip/transport_protocol=TLS"},
		"seconds":            {"account.1.sip.registerexpiry.seconds", "3600", "430HD", "voip/signalling/sip/registration_expires=3600"},
		"other words alike":  {"network.port.eth.1.type", "Static IP", "430HD", "network/lan_type=STATIC"},
		"period":             {"provisioning.period.type", "every5minutes", "430HD", "provisioning/period/type=every5minutes"},
		"line end":           {"account.1.sip.subscriber.password", "a\nb", "430HD", ""},
		"raw name":           {"voip/line/0/id", "x", "430HD", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if name, written, ok := c.Spell(tc.key, tc.value, on(tc.model)); ok {
				got = name + "=" + written
			}
			if got != tc.want {
				t.Fatalf("Spell = %q, want %q", got, tc.want)
			}
		})
	}
}
