package sim_test

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/vendors/grandstream/sim"

	"github.com/google/go-cmp/cmp"
)

func persona(t testing.TB) *sim.Persona {
	t.Helper()
	p, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestPersona_Timer(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC) // a Wednesday
	for name, tc := range map[string]struct {
		settings string
		from, to string // "" for never
	}{
		"unset":               {"", "", ""},
		"no":                  {"mode=No minute=60", "", ""},
		"unknown word":        {"mode=yes", "", ""},
		"minutes":             {"mode=YesUpgradeMin minute=90", "03-04 12:00", "03-04 12:00"},
		"minutes unset":       {"mode=YesUpgradeMin", "03-11 10:30", "03-11 10:30"},
		"minutes at random":   {"mode=YesUpgradeMin minute=90 random=Yes", "03-04 10:31", "03-04 12:00"},
		"hour later today":    {"mode=YesUpgradeHourOfDay hour=22", "03-04 22:00", "03-04 22:00"},
		"hour passed":         {"mode=YesUpgradeHourOfDay hour=10 endhour=12", "03-05 10:00", "03-05 10:00"},
		"window at random":    {"mode=YesUpgradeHourOfDay hour=22 endhour=2 random=Yes", "03-04 22:00", "03-05 02:00"},
		"no end, random":      {"mode=YesUpgradeHourOfDay hour=22 endhour=-1 random=Yes", "03-04 22:00", "03-04 22:00"},
		"days of the week":    {"mode=YesUpgradeDayOfWeek day=0/6 hour=1", "03-07 01:00", "03-07 01:00"},
		"same day next week":  {"mode=YesUpgradeDayOfWeek day=3 hour=1", "03-11 01:00", "03-11 01:00"},
		"day that is nothing": {"mode=YesUpgradeDayOfWeek day=9 hour=1", "03-09 01:00", "03-09 01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{}
			for _, s := range strings.Fields(tc.settings) {
				k, v, _ := strings.Cut(s, "=")
				if k == "random" {
					k = "randomtime.enable"
				}
				settings["provisioning.auto."+k] = v
			}
			r := random()
			for range 50 {
				at, on := persona(t).Timer(now, settings, r)
				if on != (tc.from != "") {
					t.Fatalf("Timer reports %t", on)
				}
				if !on {
					continue
				}
				from, to := parse(t, tc.from), parse(t, tc.to)
				if at.Before(from) || at.After(to) {
					t.Fatalf("next at %s, want %s to %s", at, from, to)
				}
			}
		})
	}
}

func parse(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", "2026-"+s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestPersona_Plan(t *testing.T) {
	t.Parallel()
	d := phone.Device{MAC: "00005e005301", Model: "GHP620W"}
	for name, tc := range map[string]struct {
		settings map[string]string
		folder   string // "" for an error
		first    string
	}{
		"plain": {map[string]string{"provisioning.config.protocol": "HTTPS", "provisioning.config.serverpath": "192.0.2.1:9443/p/t/"},
			"https://192.0.2.1:9443/p/t/", "cfg00005e005301.xml"},
		"no slash at the end": {map[string]string{"provisioning.config.protocol": "HTTP", "provisioning.config.serverpath": "example.org"},
			"http://example.org/", "cfg00005e005301.xml"},
		"prefix and postfix": {map[string]string{"provisioning.config.protocol": "HTTP", "provisioning.config.serverpath": "example.org",
			"provisioning.config.fileprefix": "gs_", "provisioning.config.filepostfix": "_1"}, "http://example.org/", "gs_cfg00005e005301.xml_1"},
		"scheme in the path": {map[string]string{"provisioning.config.protocol": "HTTPS", "provisioning.config.serverpath": "https://192.0.2.1/"}, "", ""},
		"another protocol": {map[string]string{"provisioning.config.protocol": "TFTP", "provisioning.config.serverpath": "192.0.2.1"},
			"tftp://192.0.2.1/", "cfg00005e005301.xml"},
		"no protocol": {map[string]string{"provisioning.config.protocol": "GOPHER", "provisioning.config.serverpath": "192.0.2.1"}, "", ""},
		"nothing":     {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := persona(t).Plan(d, tc.settings)
			if (err != nil) != (tc.folder == "") {
				t.Fatalf("Plan error = %v", err)
			}
			if err == nil && (plan.Folder.String() != tc.folder || plan.Names[0] != tc.first) {
				t.Fatalf("Plan = %s, %v", plan.Folder, plan.Names)
			}
		})
	}
}

// What Point sets is where Plan looks.
func TestPersona_Point(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"https://192.0.2.1:9443/p/t/", "http://example.org/", "https://[2001:db8::1]:443/a/"} {
		u, err := url.Parse(folder)
		if err != nil {
			t.Fatal(err)
		}
		p := persona(t)
		plan, err := p.Plan(phone.Device{MAC: "00005e005301", Model: "GHP610"}, p.Point(u))
		if err != nil || plan.Folder.String() != folder {
			t.Errorf("%s: %v, %v", folder, plan.Folder, err)
		}
	}
}

func TestPersona_Factory(t *testing.T) {
	t.Parallel()
	p, r := persona(t), random()
	a := p.Factory(phone.Device{Model: "GHP610"}, r)
	b := p.Factory(phone.Device{Model: "GHP610W"}, r)
	if a["users.admin.password"] == "" || a["users.admin.password"] == b["users.admin.password"] {
		t.Error("the sticker's password is not random")
	}
	if _, has := a["network.wifi.ssid.0.essid"]; has || b["network.wifi.ssid.0.essid"] != "wp_master" {
		t.Error("the default network is that of models with a radio")
	}
	if a["account.2.enable"] != "No" || a["account.1.sip.registerexpiration"] != "60" {
		t.Errorf("%v", a)
	}
}

func TestPersona_Read_parts(t *testing.T) {
	t.Parallel()
	got, err := persona(t).Read(phone.Device{MAC: "00005e005301", Model: "GHP610"}, "cfg.xml", []byte(
		`<gs_provision><mac>00:00:5E:00:53:01</mac><config version="2"><item name="account.1.sip.subscriber">
		<part name="name">Room &amp; 201</part><part name="userid">201</part></item>
		<item name="pks.mpk.16.value">9</item><item name="hotel.name"><![CDATA[<H>]]></item></config></gs_provision>`))
	if err != nil {
		t.Fatal(err)
	}
	want := phone.File{
		Settings: map[string]string{"account.1.sip.subscriber.name": "Room & 201", "account.1.sip.subscriber.userid": "201", "hotel.name": "<H>"},
		Ignored:  []string{"pks.mpk.16.value"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func FuzzPersona_Read(f *testing.F) {
	f.Add([]byte(`<gs_provision><config version="2"><item name="hotel.name">x</item></config></gs_provision>`))
	f.Add([]byte("Salted__"))
	p := persona(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := phone.Device{MAC: "00005e005301", Model: "GHP610"}
		file, err := p.Read(d, "cfg.xml", data)
		if err != nil && (file.Settings != nil || file.Ignored != nil) {
			t.Fatal("refused, and yet applied")
		}
		for name, value := range file.Settings {
			if !p.Knows(d.Model, name) || !p.Takes(name, value) {
				t.Fatalf("%s=%q was applied", name, value)
			}
		}
	})
}
