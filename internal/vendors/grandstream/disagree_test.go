package grandstream_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream/sim"
)

// The catalog and the virtual phones are two readings of the same manuals. Where
// they part is listed in testdata/disagree, a file per family, so that each new
// line in it is a question that somebody has answered. Of the families that take
// P-values the phones know the published pattern alone, so there only what both
// know is compared.
func TestCatalog_against_the_virtual_phones(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for _, p := range personas(t) {
		family, names := "", []string{}
		found := map[string][]string{} // what, and on which models
		for _, m := range v.Models() {
			if !slices.Contains(p.Models(), m.Name) {
				continue
			}
			family = m.Family
			names = append(names, m.Name)
			to := param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
			whole := m.Dialect == "gs-alias"
			written := againstPhone(v.Catalog(), p, to, whole, found)
			againstCatalog(v.Catalog(), p, to, whole, written, found)
		}
		var b strings.Builder
		for _, what := range slices.Sorted(maps.Keys(found)) {
			models := "all models"
			if len(found[what]) < len(names) {
				models = strings.Join(found[what], " ")
			}
			b.WriteString(what + " (" + models + ")\n")
		}
		checkGolden(t, "testdata/disagree/"+family+".txt", []byte(b.String()))
	}
}

// againstPhone asks the phone for all that the catalog can say, and returns the
// names that it says.
func againstPhone(c *param.Catalog, p *sim.Persona, to param.Target, whole bool, found map[string][]string) map[string]bool {
	written := map[string]bool{}
	for _, k := range c.Keys() {
		row, _, _ := c.On(k, to)
		for _, value := range edges(row) {
			name, spelled, ok := c.Spell(k, value, to)
			if !ok {
				continue
			}
			written[name] = true
			switch {
			case !p.Knows(to.Model, name) && whole:
				note(found, to.Model, "the phone does not know %s", name)
			case p.Knows(to.Model, name) && !p.Takes(name, spelled):
				note(found, to.Model, "the phone does not take %s=%s", name, spelled)
			}
		}
	}
	return written
}

// againstCatalog asks the catalog for all that the phone takes. A phone that
// takes both dialects is asked in the one that it is told in.
func againstCatalog(c *param.Catalog, p *sim.Persona, to param.Target, whole bool, written map[string]bool, found map[string][]string) {
	for _, name := range p.Names() {
		if !p.Knows(to.Model, name) || whole && name[0] == 'P' {
			continue
		}
		if !written[name] {
			if k, _, ok := c.Unspell(name, "", param.Target{Dialect: to.Dialect, Family: to.Family}); ok && !c.Spelled(k, to) {
				continue // an account that this model does not have
			}
			note(found, to.Model, "the catalog does not know %s", name)
			continue
		}
		for _, value := range p.Edges(name) {
			if !sayable(c, name, value, to) {
				note(found, to.Model, "the catalog cannot say %s=%s", name, value)
			}
		}
	}
}

// account writes the lines of all accounts and keys as one.
var account = regexp.MustCompile(`\b(account|pks\.[mv]pk)\.\d+\.`)

func note(found map[string][]string, model, format string, args ...any) {
	what := account.ReplaceAllString(fmt.Sprintf(format, args...), "$1.{n}.")
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
	_, again, said := c.Spell(k, canonical, to)
	return said && again == value
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
	all := c.Defaults(toAlias("GHP621W"))
	for _, d := range all {
		name, want, ok := c.Spell(d.Key, d.Value, toAlias("GHP621W"))
		if !ok || box[name] != want {
			t.Errorf("%s: the catalog says %q, the phone has %q", d.Key, want, box[name])
		}
	}
	if len(all) < 72 {
		t.Errorf("only %d defaults", len(all))
	}
}

// Whatever is rendered for a model, its phone applies: all of it where the phone
// knows all aliases, else at least what both know.
func TestRender_is_applied(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for _, m := range v.Models() {
		p := persona(t, m.Name)
		d := vendors.Document{Kind: vendors.Config, MAC: mac.Address("00005e005301"), Target: param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}, Epoch: 1}
		want := map[string]string{}
		for _, k := range v.Catalog().Keys() {
			row, _, _ := v.Catalog().On(k, d.Target)
			name, value, ok := v.Catalog().Spell(k, append(edges(row), "")[0], d.Target)
			if !ok {
				continue
			}
			d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: value})
			if p.Knows(m.Name, name) && p.Takes(name, value) {
				want[name] = value
			}
		}
		data, err := v.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Read(phone.Device{MAC: "00005e005301", Model: m.Name}, "cfg.xml", data)
		if err != nil || !maps.Equal(got.Settings, want) {
			t.Errorf("%s: %v, %d of %d applied", m.Name, err, len(got.Settings), len(want))
		}
		if m.Family == "ghp6xx" && len(got.Ignored) > 0 || len(want) < 20 {
			t.Errorf("%s: ignored %v of %d", m.Name, got.Ignored, len(d.Values))
		}
	}
}

func virtual(t *testing.T) *sim.Persona { return persona(t, "GHP610") }

func persona(t *testing.T, model string) *sim.Persona {
	t.Helper()
	for _, p := range personas(t) {
		if slices.Contains(p.Models(), model) {
			return p
		}
	}
	t.Fatalf("nobody plays %s", model)
	return nil
}

// personas are loaded once: the tables are not small.
var personas = func() func(testing.TB) []*sim.Persona {
	load := sync.OnceValues(sim.All)
	return func(t testing.TB) []*sim.Persona {
		t.Helper()
		all, err := load()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
}()
