package grandstream_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// office is one set of settings, by our own keys, for every family: a template
// serves them all.
func office() []param.Setting {
	set := func(k, v string) param.Setting { return param.Setting{Key: param.Key(k), Value: v} }
	return []param.Setting{
		set("account.1.enable", "yes"), set("account.1.name", "Reception & Bar"), set("account.1.sip.server.1.address", "pbx.example.org:5061"),
		set("account.1.sip.userid", "101"), set("account.1.sip.subscriber.userid", "101"), set("account.1.sip.subscriber.password", "a<b>&\"c"),
		set("account.1.sip.subscriber.name", "Été"), set("account.1.sip.transport", "Tls Or Tcp"), set("account.1.network.dnsmode", "SRV"),
		set("account.1.network.nattraversal", "Keep-Alive"), set("account.1.sip.registerexpiration", "60"), set("account.1.codec.choice.1", "G.722"),
		set("account.1.codec.choice.2", "PCMA"), set("account.1.audio.srtpmode", "EnabledAndForced"), set("account.1.call.dialplan", "{ x+ | \\+x+ }"),
		set("account.2.sip.userid", "102"), set("account.5.sip.userid", "105"), set("account.1.sip.unregisteronreboot", "Instance"),
		set("datetime.ntp.server.1", "time.example.org"), set("users.admin.password", "--%s\r\n"), set("security.ssh", "no"),
		set("provisioning.config.protocol", "HTTPS"), set("provisioning.config.serverpath", "prov.example.org:9443/p/token/"),
		set("provisioning.override.dhcp.allowcommonoptions", "No"), set("provisioning.3cxautoprovision", "no"), set("sip.notify.challenge", "yes"),
		set("provisioning.auto.mode", "YesUpgradeMin"), set("provisioning.auto.minute", "720"),
		set("mpk.1.mode", "BLF"), set("mpk.1.account", "Account1"), set("mpk.1.value", "200"), set("vpk.1.mode", "Line"), set("vpk.1.account", "Account1"),
		set("trustedcacertificates.trustedcacertificate.1", certA), set("hotel.room.number", "101"),
	}
}

// The bytes for one model of each family, and what cannot be told to it.
func TestVendor_Render_one_template_for_all(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for _, model := range []string{"GHP621W", "GRP2616", "GXP2170", "GXP1630", "GXV3480", "WP826", "WP820", "HT802", "DP750"} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			to := targetOf(t, model)
			d := vendors.Document{Kind: vendors.Config, MAC: macA, Target: to, Epoch: 1}
			var left strings.Builder
			for _, s := range office() {
				value, err := v.Catalog().Normalize(s.Key, s.Value)
				if err != nil {
					t.Fatal(err)
				}
				name, spelled, ok := v.Catalog().Spell(s.Key, value, to)
				if !ok {
					left.WriteString(string(s.Key) + "=" + strings.ReplaceAll(value, "\n", " ") + "\n")
					continue
				}
				d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: spelled})
			}
			got, err := v.Render(d)
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, "testdata/office/"+strings.ToLower(model)+".xml", got)
			checkGolden(t, "testdata/office/"+strings.ToLower(model)+".undeliverable.txt", []byte(left.String()))
		})
	}
}

func targetOf(t *testing.T, model string) param.Target {
	t.Helper()
	for _, m := range vendor(t).Models() {
		if m.Name == model {
			return param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
		}
	}
	t.Fatalf("no model %s", model)
	return param.Target{}
}

func TestVendor_Bootstrap_in_P_values(t *testing.T) {
	t.Parallel()
	got := vendor(t).Bootstrap(targetOf(t, "HT802"), vendors.Bootstrap{BaseURL: "https://prov.example.org:9443/p/token/", CA: certA, TimeServer: "192.0.2.1"})
	want := "P145=0 P212=2 P237=prov.example.org:9443/p/token/ P30=192.0.2.1"
	var b []string
	for _, s := range got {
		b = append(b, s.Name+"="+s.Value)
	}
	if strings.Join(b, " ") != want {
		t.Fatalf("%v", b)
	}
}
