package grandstream_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream/sim"
)

// The catalog and the virtual phone are two readings of the same manuals. Where
// they part is listed in testdata/disagree.txt, so that each new line in it is a
// question that somebody has answered.
func TestCatalog_against_the_virtual_phone(t *testing.T) {
	t.Parallel()
	v, p := vendor(t), virtual(t)
	found := map[string][]string{} // what, and on which models
	for _, m := range v.Models() {
		written := map[string]bool{}
		for _, k := range v.Catalog().Keys() {
			row, _, _ := v.Catalog().Lookup(k)
			for _, value := range edges(row) {
				name, spelled, ok := v.Catalog().Spell(k, value, toAlias(m.Name))
				if !ok {
					break
				}
				written[name] = true
				switch {
				case !p.Knows(m.Name, name):
					note(found, m.Name, "the phone does not know %s", name)
				case !p.Takes(name, spelled):
					note(found, m.Name, "the phone does not take %s=%s", name, spelled)
				}
			}
		}
		for _, name := range p.Names() {
			if !p.Knows(m.Name, name) {
				continue
			}
			if !written[name] {
				note(found, m.Name, "the catalog does not know %s", name)
			}
			for _, value := range p.Edges(name) {
				if !sayable(v.Catalog(), name, value, toAlias(m.Name)) {
					note(found, m.Name, "the catalog cannot say %s=%s", name, value)
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

func note(found map[string][]string, model, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if !slices.Contains(found[what], model) {
		found[what] = append(found[what], model)
	}
}

// sayable reports whether some canonical value is written so.
func sayable(c *param.Catalog, name, value string, to param.Target) bool {
	k, canonical, ok := c.Unspell(name, value, to)
	if !ok {
		return false
	}
	canonical, err := c.Normalize(k, canonical)
	if err != nil {
		return false
	}
	_, again, _ := c.Spell(k, canonical, to)
	return again == value
}

// edges are the values of a closed type and the bounds of a number.
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

// A phone out of the box agrees with the defaults that the catalog calls
// evidenced.
func TestCatalog_defaults_against_the_virtual_phone(t *testing.T) {
	t.Parallel()
	c := vendor(t).Catalog()
	box := virtual(t).Factory(phone.Device{Model: "GHP621W"}, rand.New(rand.NewPCG(1, 1)))
	for _, k := range c.Keys() {
		p, _, _ := c.Lookup(k)
		if p.Default == nil {
			continue
		}
		name, want, ok := c.Spell(k, *p.Default, toAlias("GHP621W"))
		if !ok || box[name] != want {
			t.Errorf("%s: the catalog says %q, the phone has %q", name, want, box[name])
		}
	}
}

// Whatever is rendered for a model, its phone applies in full.
func TestRender_is_applied_in_full(t *testing.T) {
	t.Parallel()
	v, p := vendor(t), virtual(t)
	for _, m := range v.Models() {
		d := vendors.Document{Kind: vendors.Config, MAC: mac.Address("00005e005301"), Target: toAlias(m.Name), Epoch: 1}
		want := map[string]string{}
		for _, k := range v.Catalog().Keys() {
			row, _, _ := v.Catalog().Lookup(k)
			if name, value, ok := v.Catalog().Spell(k, append(edges(row), "")[0], d.Target); ok {
				d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: value})
				want[name] = value
			}
		}
		data, err := v.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Read(phone.Device{MAC: "00005e005301", Model: m.Name}, "cfg.xml", data)
		if err != nil || len(got.Ignored) > 0 || !maps.Equal(got.Settings, want) {
			t.Errorf("%s: %v, ignored %v, %d of %d applied", m.Name, err, got.Ignored, len(got.Settings), len(want))
		}
	}
}

func virtual(t *testing.T) *sim.Persona {
	t.Helper()
	p, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
