package grandstream_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

func lesson(text string) vendors.Lesson {
	return vendors.Lesson{Name: "file", Data: []byte(text), Model: "GRP2614", Family: "grp26xx", Firmware: "1.0.9.103"}
}

// short writes what was learned as "key dialect:name=value*", the star being a
// default.
func short(ls []param.Learned) []string {
	var out []string
	for _, l := range ls {
		s := string(l.Key) + " " + l.Dialect + ":" + l.Name
		if l.HasValue {
			s += "=" + l.Value
		}
		if l.Default {
			s += "*"
		}
		out = append(out, s)
	}
	return out
}

func TestVendor_Learn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		want []string
	}{
		"a list of names": {`[{"pvalue":"35","alias":"account.1.sip.userid"},{"pvalue":145,"alias":"provisioning.override.dhcp.allowCommonOptions"},{"pvalue":"P99999","alias":""},{"pvalue":null,"alias":"brand.newThing"}]`,
			[]string{"account.1.sip.userid gs-p:P35", "account.1.sip.userid gs-alias:account.1.sip.userid",
				"provisioning.override.dhcp.allowcommonoptions gs-p:P145", "provisioning.override.dhcp.allowcommonoptions gs-alias:provisioning.override.dhcp.allowCommonOptions",
				" gs-p:P99999", " gs-alias:brand.newThing"}},
		"a template of P-values": {"# Account Active. 0 - No, 1 - Yes. Default is 1\n# Mandatory\nP271 = 0\n\n# Authenticate Password\nP34 = secret\n# Something new. Default is 7.\nP77777 = 3\n",
			[]string{"account.1.enable gs-p:P271=1*", "account.1.sip.subscriber.password gs-p:P34", " gs-p:P77777"}},
		"a template of aliases": {"<gs_provision>\n<config version=\"2\">\n<!-- Enable LLDP. Default is Yes -->\n<!-- Pvalue P1684 -->\n<item name=\"network.lldp.enable\">No</item>\n<!-- Pvalue: 88888 -->\n<iitem name=\"bad\"/>\n<item name=\"new.Setting\">a &amp; b</item>\n",
			[]string{"network.lldp.enable gs-alias:network.lldp.enable=Yes*", "network.lldp.enable gs-p:P1684", " gs-alias:new.Setting=a & b"}},
		"an export with parts": {`<gs_provision><config version="2"><item name="account.1.sip.subscriber"><part name="name">Room</part><part name="password">x</part></item><item name="my.secretCode"/></config></gs_provision>`,
			[]string{"account.1.sip.subscriber.name gs-alias:account.1.sip.subscriber.name=Room", "account.1.sip.subscriber.password gs-alias:account.1.sip.subscriber.password", " gs-alias:my.secretCode"}},
		"an export in lines": {"P270=Bar\nP34=x\nP66666=y\n", []string{"account.1.name gs-p:P270=Bar", "account.1.sip.subscriber.password gs-p:P34", " gs-p:P66666"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := vendor(t).Learn(lesson(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, short(got)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// A list of names gives the GRP the word that nobody had shown, a phone from the
// box a default that can be gone back to.
func TestVendor_Learn_extends_the_catalog(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	names, err := v.Learn(lesson(`[{"pvalue":"1359","alias":"provisioning.config.filePassword"},{"pvalue":"26051","alias":"account.1.sip.subscribe.expiration"},{"pvalue":"145","alias":"provisioning.override.dhcp.allowCommonOptions"},{"pvalue":"8371","alias":"ledControl.mwi"},{"pvalue":"1","alias":"unheard.Of"}]`))
	if err != nil {
		t.Fatal(err)
	}
	l := lesson(`<gs_provision><config version="2"><item name="network.mtu">1500</item><item name="call.ipcall.enable">No</item><item name="unheard.Of">5</item></config></gs_provision>`)
	l.Factory = true
	box, err := v.Learn(l)
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Catalog().With(append(names, box...))
	if err != nil {
		t.Fatal(err)
	}
	to := param.Target{Dialect: "gs-alias", Family: "grp26xx", Model: "GRP2614", Firmware: "1.0.9.103"}
	for key, want := range map[param.Key]string{
		"provisioning.config.filepassword": "provisioning.config.filePassword", "unheard.of": "unheard.Of", "account.2.sip.userid": "account.2.sip.userid",
	} {
		if name, _, ok := c.Spell(key, "x", to); name != want || !ok {
			t.Errorf("%s is written %q, %t", key, name, ok)
		}
	}
	if name, w, ok := c.Spell("provisioning.override.dhcp.allowcommonoptions", "No", to); name != "provisioning.override.dhcp.allowCommonOptions" || w != "No" || !ok {
		t.Errorf("a choice that another family writes with the very name is %s=%s, %t", name, w, ok)
	}
	if _, _, ok := c.Spell("ledcontrol.mwi", "off", to); ok {
		t.Error("how the words of that choice are written was guessed")
	}
	for key, want := range map[param.Key]string{"network.mtu": "1500", "call.ipcall.enable": "no", "unheard.of": "5"} {
		if d, ok := c.Default(key, to); !ok || d.Value != want || d.Evidence != "file" {
			t.Errorf("default of %s: %+v, %t", key, d, ok)
		}
		if _, ok := c.Default(key, param.Target{Dialect: "gs-alias", Family: "grp26xx", Model: "GRP2615"}); ok {
			t.Errorf("%s has a default on another model", key)
		}
	}
	if _, ok := v.Catalog().Default("network.mtu", to); ok {
		t.Error("the vendor's own catalog has changed")
	}
}

func TestVendor_Learn_refuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":        "",
		"words":          "hello",
		"a broken list":  `[{"pvalue":`,
		"a list of junk": `[{"pvalue":"x y"}]`,
		"an empty entry": `[{}]`,
		"a large list":   "[" + strings.Repeat(`{"pvalue":"1"},`, 10_001) + `{"pvalue":"1"}]`,
		"mixed dialects": `<gs_provision><config version="2"><item name="a.b">1</item><P271>1</P271></config></gs_provision>`,
		"too large":      strings.Repeat("P2=x\n", 500_000),
	} {
		if _, err := vendor(t).Learn(lesson(in)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is learned, the catalog stays one that can be used.
func FuzzLearn(f *testing.F) {
	f.Add([]byte("# Default is 1\nP271 = 0\n"))
	f.Add([]byte(`[{"pvalue":"35","alias":"account.1.sip.userid"}]`))
	f.Add([]byte("<!-- Pvalue P35 --><item name=\"account.1.sip.userid\">x</item>"))
	few, err := param.NewCatalog(vendor(f).Catalog().All()[:20]) // the whole one takes its time
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := lesson(string(data))
		l.Factory = true
		learned, err := vendor(t).Learn(l)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if _, err := few.With(learned); err != nil {
			t.Fatal(err)
		}
	})
}
