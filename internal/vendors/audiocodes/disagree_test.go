package audiocodes_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/audiocodes/sim"
)

func persona(t testing.TB) *sim.Persona {
	t.Helper()
	p, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The catalog and the virtual phone are two readings; where they part is listed
// in testdata/disagree.txt. The phone knows what the guide and files in real use
// show, not what provisioning projects alone do.
func TestCatalog_against_the_virtual_phone(t *testing.T) {
	t.Parallel()
	v, p := vendor(t), persona(t)
	c := v.Catalog()
	found := map[string][]string{}
	note := func(model, format string, args ...any) {
		what := fmt.Sprintf(format, args...)
		if !slices.Contains(found[what], model) {
			found[what] = append(found[what], model)
		}
	}
	for _, m := range v.Models() {
		to := on(m.Name)
		written := map[string]bool{}
		for _, k := range c.Keys() {
			row, _, _ := c.Lookup(k)
			for _, value := range edges(row) {
				name, spelled, ok := c.Spell(k, value, to)
				written[name] = true
				switch {
				case !ok:
				case !p.Knows(m.Name, name):
					note(m.Name, "the phone does not know %s", name)
				case !p.Takes(name, spelled):
					note(m.Name, "the phone does not take %s=%s", name, spelled)
				}
			}
		}
		for _, name := range p.Names() {
			if !p.Knows(m.Name, name) {
				continue
			}
			if !written[name] {
				note(m.Name, "the catalog does not know %s", name)
			}
			for _, value := range p.Edges(name) {
				if k, canonical, ok := c.Unspell(name, value, to); ok {
					if _, again, said := c.Spell(k, canonical, to); !said || again != value {
						note(m.Name, "the catalog cannot say %s=%s", name, value)
					}
				}
			}
		}
	}
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(found)) {
		models := "all models"
		if len(found[what]) < len(v.Models()) {
			models = strings.Join(found[what], " ")
		}
		b.WriteString(what + " (" + models + ")\n")
	}
	checkGolden(t, "testdata/disagree.txt", []byte(b.String()))
}

func edges(p param.Parameter) []string {
	switch p.Type {
	case param.Bool:
		return []string{"yes", "no"}
	case param.Choice:
		var out []string
		for _, o := range p.Options {
			out = append(out, o.Value)
		}
		return out
	case param.Number:
		var out []string
		for _, r := range p.Ranges {
			out = append(out, fmt.Sprint(r.Min), fmt.Sprint(r.Max))
		}
		return out
	}
	return []string{"x"}
}

// What both know is applied, and the phone's defaults are the catalog's.
func TestRender_is_applied(t *testing.T) {
	t.Parallel()
	v, p := vendor(t), persona(t)
	for _, m := range v.Models() {
		d := vendors.Document{Kind: vendors.Config, MAC: macA, Target: on(m.Name), Epoch: 1}
		want := map[string]string{}
		for _, k := range v.Catalog().Keys() {
			row, _, _ := v.Catalog().Lookup(k)
			name, value, ok := v.Catalog().Spell(k, edges(row)[0], d.Target)
			if !ok {
				continue
			}
			d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: value})
			if p.Knows(m.Name, name) {
				want[name] = value
			}
		}
		data, err := v.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Read(phone.Device{MAC: macA, Model: m.Name}, "x.cfg", data)
		if err != nil || !maps.Equal(got.Settings, want) || len(want) < 40 {
			t.Errorf("%s: %v, %d of %d applied", m.Name, err, len(got.Settings), len(want))
		}
		seen, ok := v.Identify(vendors.Request{UserAgent: p.Agent(phone.Device{MAC: macA, Model: m.Name, Firmware: p.Firmware()})})
		if !ok || seen.Model != m.Name || !strings.Contains(p.Firmware(), strings.TrimPrefix(seen.Firmware, "UC_")) {
			t.Errorf("%s: the agent is read as %+v", m.Name, seen)
		}
	}
	box := p.Factory(phone.Device{Model: "420HD"}, nil)
	for _, s := range v.Catalog().Defaults(on("420HD")) {
		if name, want, ok := v.Catalog().Spell(s.Key, s.Value, on("420HD")); !ok || box[name] != want {
			t.Errorf("%s: the catalog says %q, the phone has %q", s.Key, want, box[name])
		}
	}
}
