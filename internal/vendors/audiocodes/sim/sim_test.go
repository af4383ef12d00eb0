package sim_test

import (
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/vendors/audiocodes/sim"

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

func TestPersona_Timer(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC) // a Wednesday
	for name, tc := range map[string]struct {
		period, value, delay string
		from, to             string // "" for never
	}{
		"unset":            {"", "", "", "", ""},
		"at start only":    {"powerup", "", "", "", ""},
		"five minutes":     {"every5minutes", "", "", "03-04 10:35", "03-04 10:35"},
		"quarter, delayed": {"every15minutes", "", "120", "03-04 10:45", "03-04 10:47"},
		"hours":            {"hourly", "5", "", "03-04 15:30", "03-04 15:30"},
		"hours unset":      {"hourly", "", "", "03-05 10:30", "03-05 10:30"},
		"later today":      {"daily", "22:15", "", "03-04 22:15", "03-04 22:15"},
		"passed":           {"daily", "10:30", "", "03-05 10:30", "03-05 10:30"},
		"cannot be read":   {"daily", "noon", "", "03-05 00:00", "03-05 00:00"},
		"day by name":      {"weekly", "Friday", "", "03-06 00:00", "03-06 00:00"},
		"day by number":    {"weekly", "3", "", "03-11 00:00", "03-11 00:00"},
		"day of nobody":    {"weekly", "Someday", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := map[string]string{
				"provisioning/period/type": tc.period, "provisioning/random_provisioning_time": tc.delay,
				"provisioning/period/hourly/hours_interval": tc.value, "provisioning/period/daily/time": tc.value, "provisioning/period/weekly/day": tc.value,
			}
			r := rand.New(rand.NewPCG(1, 2))
			for range 20 {
				at, on := persona(t).Timer(now, s, r)
				if on != (tc.from != "") {
					t.Fatalf("Timer reports %t", on)
				}
				if on && (at.Before(parse(t, tc.from)) || at.After(parse(t, tc.to))) {
					t.Fatalf("next at %s, want %s to %s", at, tc.from, tc.to)
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

// What Point sets is where Plan looks; a phone from the box looks nowhere.
func TestPersona_Plan(t *testing.T) {
	t.Parallel()
	p, d := persona(t), phone.Device{MAC: "00908f0000a1", Model: "420HD"}
	for in, want := range map[string]string{
		"https://192.0.2.1:9443/p/t/": "https://192.0.2.1:9443/p/t/", "http://example.org": "http://example.org/", "http://example.org/a": "http://example.org/a/",
		"tftp://example.org/": "tftp://example.org/", "ftps://example.org/": "", "file:///etc/": "",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := p.Plan(d, p.Point(u))
		if (err != nil) != (want == "") || err == nil && (plan.Folder.String() != want || !cmp.Equal(plan.Names, []string{"00908F0000A1.cfg"})) {
			t.Errorf("%s: %+v, %v", in, plan, err)
		}
	}
	box := p.Factory(d, rand.New(rand.NewPCG(1, 2)))
	if _, err := p.Plan(d, box); err == nil || box["provisioning/period/type"] != "daily" {
		t.Errorf("out of the box: %v, %v", box, err)
	}
}

func TestPersona_Read(t *testing.T) {
	t.Parallel()
	p, d := persona(t), phone.Device{MAC: "00908f0000a1", Model: "420HD"}
	got, err := p.Read(d, "x.cfg", []byte("; c\r\nvoip/line/0/id=201\r\nvoip/line/2/id=203\nvoip/line/0/enabled=yes\ninclude x.cfg\nvoip/line/1/description=\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := phone.File{
		Settings: map[string]string{"voip/line/0/id": "201", "voip/line/1/description": ""},
		Ignored:  []string{"voip/line/2/id", "voip/line/0/enabled", "include x.cfg"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if _, err := p.Read(d, "x.cfg", []byte("<html>404</html>")); err == nil {
		t.Error("a page was applied")
	}
	if _, err := p.Read(d, "x.cfg", []byte("; nothing\n")); err != nil {
		t.Error(err)
	}
}

func FuzzPersona_Read(f *testing.F) {
	f.Add([]byte("voip/line/0/id=201\n; c\n"))
	p := persona(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := phone.Device{MAC: "00908f0000a1", Model: "420HD"}
		file, err := p.Read(d, "x.cfg", data)
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
