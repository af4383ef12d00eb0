package audiocodes_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/audiocodes"
)

// office is the same set of settings that the Grandstream families are tried
// with, and a few that only these phones have.
func office() []param.Setting {
	set := func(k, v string) param.Setting { return param.Setting{Key: param.Key(k), Value: v} }
	return []param.Setting{
		set("account.1.enable", "yes"), set("account.1.name", "Reception & Bar"), set("account.1.sip.server.1.address", "pbx.example.org"),
		set("account.1.sip.server.1.port", "5061"), set("sip.useproxy", "yes"), set("sip.registrar.asproxy", "yes"),
		set("account.1.sip.userid", "101"), set("account.1.sip.subscriber.userid", "101"), set("account.1.sip.subscriber.password", "a<b>&\"c;#="),
		set("account.1.sip.subscriber.name", "Été"), set("account.1.sip.transport", "Tls Or Tcp"), set("account.1.network.dnsmode", "SRV"),
		set("account.1.sip.registerexpiry.seconds", "3600"), set("account.1.sip.registerexpiration", "60"), set("codec.1.name", "PCMA"),
		set("account.2.sip.userid", "102"), set("account.5.sip.userid", "105"),
		set("datetime.ntp.server.1", "time.example.org"), set("users.admin.password", "secret"), set("management.telnet", "no"),
		set("provisioning.method", "STATIC"), set("provisioning.config.url", "https://prov.example.org:9443/p/token/"),
		set("provisioning.period.type", "hourly"), set("provisioning.period.hours", "12"),
		set("network.port.eth.1.type", "DHCP"), set("hotel.room.number", "101"),
	}
}

func TestVendor_Render_one_template(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for _, model := range []string{"420HD", "C450HD"} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			d := vendors.Document{Kind: vendors.Config, MAC: macA, Target: on(model), Epoch: 1}
			var left strings.Builder
			for _, s := range office() {
				value, err := v.Catalog().Normalize(s.Key, s.Value)
				if err != nil {
					t.Fatal(err)
				}
				name, spelled, ok := v.Catalog().Spell(s.Key, value, d.Target)
				if !ok {
					left.WriteString(string(s.Key) + "=" + value + "\n")
					continue
				}
				d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: spelled})
			}
			got, err := v.Render(d)
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, "testdata/office/"+strings.ToLower(model)+".cfg", got)
			checkGolden(t, "testdata/office/"+strings.ToLower(model)+".undeliverable.txt", []byte(left.String()))
		})
	}
}

// In include mode the shared part is a file of its own that the phone's own file
// names first.
func TestVendor_Render_include(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	global := v.GlobalName("420HD", "GENERIC")
	if seen, ok := v.Identify(vendors.Request{Name: global}); !ok || seen.File != vendors.Global || seen.Model != "420HD" {
		t.Fatalf("%s is identified as %+v", global, seen)
	}
	shared := vendors.Document{Kind: vendors.Global, Target: on("420HD"), Epoch: 1, Values: []vendors.SpelledValue{
		{Name: "system/ntp/primary_server_address", Value: "time.example.org"}, {Name: "management/telnet/enabled", Value: "0"},
	}}
	own := vendors.Document{Kind: vendors.Config, MAC: macA, Target: on("420HD"), Epoch: 1, Values: []vendors.SpelledValue{
		{Name: "voip/line/0/id", Value: "101"}, {Name: audiocodes.Include, Value: global}, {Name: "a/b", Value: `{"Vv1Z0p5/5pM="}`},
	}}
	for file, d := range map[string]vendors.Document{"global.cfg": shared, "private.cfg": own} {
		got, err := v.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, "testdata/include/"+file, got)
		back, err := v.Parse(d.Kind, got)
		if err != nil || len(back.Values) != len(d.Values) {
			t.Fatalf("read back: %+v, %v", back, err)
		}
	}
}

// The file that the phone manager's guide shows, without its user.
func TestVendor_Common(t *testing.T) {
	t.Parallel()
	got, err := vendor(t).Common(vendors.Addresses{Config: "http://10.1.8.23/configfiles/", Firmware: "http://10.1.8.23/firmwarefiles/", Manager: "http://10.1.8.23:8081/", KeepAlive: 60})
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "testdata/dhcption160.cfg", got)
	got, err = vendor(t).Common(vendors.Addresses{Config: "https://prov.example.org/", KeepAlive: 60})
	if err != nil || string(got) != "provisioning/configuration/url=https://prov.example.org/\nprovisioning/method=STATIC\n" {
		t.Fatalf("%q, %v", got, err)
	}
	for _, bad := range []string{"prov.example.org", "x", "http://", "http://a\nb/"} {
		if _, err := vendor(t).Common(vendors.Addresses{Config: bad}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestVendor_Bootstrap(t *testing.T) {
	t.Parallel()
	var b []string
	for _, s := range vendor(t).Bootstrap(on("420HD"), vendors.Bootstrap{BaseURL: "https://prov.example.org:9443/p/token/", CA: "x", TimeServer: "192.0.2.1"}) {
		b = append(b, s.Name+"="+s.Value)
	}
	want := "provisioning/configuration/url=https://prov.example.org:9443/p/token/ provisioning/firmware/url=https://prov.example.org:9443/p/token/ provisioning/method=STATIC system/ntp/primary_server_address=192.0.2.1"
	if strings.Join(b, " ") != want {
		t.Fatalf("%v", b)
	}
}

func TestVendor_Render_refuses(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for name, s := range map[string]vendors.SpelledValue{
		"no path":                {Name: "enabled", Value: "1"},
		"slash at the end":       {Name: "voip/line/", Value: "1"},
		"two slashes":            {Name: "voip//line", Value: "1"},
		"equals sign":            {Name: "voip/line=x", Value: "1"},
		"comment":                {Name: "#voip/line", Value: "1"},
		"line end":               {Name: "voip/line", Value: "1\nmanagement/telnet/enabled=1"},
		"carriage return":        {Name: "voip/line", Value: "1\r"},
		"include with a folder":  {Name: audiocodes.Include, Value: "../x.cfg"},
		"include with a quote":   {Name: audiocodes.Include, Value: `a".cfg`},
		"include of nothing":     {Name: audiocodes.Include, Value: ""},
		"include with a newline": {Name: audiocodes.Include, Value: "a.cfg\nb/c=1"},
	} {
		d := vendors.Document{Kind: vendors.Config, MAC: macA, Target: on("420HD"), Epoch: 1, Values: []vendors.SpelledValue{s}}
		if out, err := v.Render(d); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	d := vendors.Document{Kind: vendors.Config, MAC: "00908F0000A1", Target: on("420HD"), Epoch: 1}
	if _, err := v.Render(d); !fault.Is(err, fault.Invalid) {
		t.Errorf("MAC in capitals: %v", err)
	}
}
