package param_test

import (
	"testing"

	"bellwether/internal/domain/param"

	"github.com/google/go-cmp/cmp"
)

// families is a catalog of two families that write and hold things differently.
func families(t testing.TB) *param.Catalog {
	t.Helper()
	c, err := param.NewCatalog([]param.Parameter{
		{Pattern: "account.{n}.mode", Count: 4, Type: param.Choice, Options: []param.Option{{Value: "a"}, {Value: "b"}, {Value: "c"}},
			Default: ptr("a"), DefaultIn: []string{"old"}, Evidence: "guide",
			Defaults: []param.Default{{Families: []string{"new"}, Value: "b", Evidence: "template"}, {Families: []string{"new"}, Index: 3, Since: "2.0", Value: "c"}},
			Spellings: []param.Spelling{
				{Dialect: "d", Families: []string{"old"}, Name: "acc.{n}.mode", Count: 2, Strict: true, Values: map[string]string{"a": "A", "b": "B"}},
				{Dialect: "d", Families: []string{"new"}, Name: "Acc.{n}.Mode"},
			}},
		{Pattern: "only.old", Type: param.Bool, Default: ptr("yes"), Spellings: []param.Spelling{{Dialect: "d", Families: []string{"old"}, Name: "only"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	onOld = param.Target{Dialect: "d", Family: "old", Model: "O1"}
	onNew = param.Target{Dialect: "d", Family: "new", Model: "N1"}
)

// A line end can be said in one dialect, and not in another.
func TestCatalog_Spell_one_line(t *testing.T) {
	t.Parallel()
	c, err := param.NewCatalog([]param.Parameter{{Pattern: "pin", Type: param.Secret, Spellings: []param.Spelling{
		{Dialect: "lines", Name: "pin", OneLine: true}, {Dialect: "tags", Name: "pin"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{"a b": true, "": true, "a\nb": false, "a\r": false} {
		if _, _, ok := c.Spell("pin", value, param.Target{Dialect: "lines"}); ok != want {
			t.Errorf("lines: Spell %q reports %t", value, ok)
		}
		if _, written, ok := c.Spell("pin", value, param.Target{Dialect: "tags"}); !ok || written != value {
			t.Errorf("tags: Spell %q = %q, %t", value, written, ok)
		}
	}
}

// What one family takes of a number, another may not; the row holds them all.
func TestCatalog_Spell_ranges(t *testing.T) {
	t.Parallel()
	c, err := param.NewCatalog([]param.Parameter{{Pattern: "ring", Type: param.Number, Ranges: []param.Range{{Min: 10, Max: 3600}}, Spellings: []param.Spelling{
		{Dialect: "d", Families: []string{"old"}, Name: "ring", Ranges: []param.Range{{Min: 10, Max: 300}}}, {Dialect: "d", Families: []string{"new"}, Name: "Ring"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{"10": true, "300": true, "301": false, "many": false} {
		if _, _, ok := c.Spell("ring", value, onOld); ok != want {
			t.Errorf("Spell %s reports %t", value, ok)
		}
	}
	if _, _, ok := c.Spell("ring", "3600", onNew); !ok {
		t.Error("the other family's range counts")
	}
	if p, _, _ := c.On("ring", onOld); p.Ranges[0].Max != 300 {
		t.Errorf("On the one family it is %v", p.Ranges)
	}
	if p, _, _ := c.On("ring", onNew); p.Ranges[0].Max != 3600 {
		t.Errorf("On the other family it is %v", p.Ranges)
	}
	_, err = param.NewCatalog([]param.Parameter{{Pattern: "x", Type: param.Text, Spellings: []param.Spelling{{Dialect: "d", Name: "x", Ranges: []param.Range{{Min: 1, Max: 2}}}}}})
	if err == nil {
		t.Error("a text has ranges")
	}
}

func TestCatalog_Default(t *testing.T) {
	t.Parallel()
	c := families(t)
	for name, tc := range map[string]struct {
		key  param.Key
		to   param.Target
		want param.Setting
	}{
		"of the row":                 {"account.1.mode", onOld, param.Setting{Key: "account.1.mode", Value: "a", Evidence: "guide"}},
		"of a family":                {"account.1.mode", onNew, param.Setting{Key: "account.1.mode", Value: "b", Evidence: "template"}},
		"of an index and a firmware": {"account.3.mode", onNew, param.Setting{Key: "account.3.mode", Value: "c", Evidence: "guide"}},
		"of an older firmware": {"account.3.mode", param.Target{Dialect: "d", Family: "new", Firmware: "1.9"},
			param.Setting{Key: "account.3.mode", Value: "b", Evidence: "template"}},
		"of a key that the target lacks":    {"only.old", onNew, param.Setting{}},
		"of an index that the target lacks": {"account.3.mode", onOld, param.Setting{}},
		"of no key":                         {"made.up", onOld, param.Setting{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := c.Default(tc.key, tc.to)
			if got != tc.want || ok != (tc.want.Key != "") {
				t.Fatalf("Default = %+v, %t", got, ok)
			}
		})
	}
	if got := c.Defaults(onOld); len(got) != 3 {
		t.Errorf("Defaults = %+v", got)
	}
}

func TestCatalog_Rows(t *testing.T) {
	t.Parallel()
	c := families(t)
	var got []string
	for _, to := range []param.Target{onOld, onNew} {
		for _, p := range c.Rows(to) {
			line := p.Pattern
			if p.Default != nil {
				line += "=" + *p.Default
			}
			for _, o := range p.Options {
				line += " " + o.Value
			}
			got = append(got, line+" "+string(rune('0'+p.Count)))
		}
	}
	want := []string{"account.{n}.mode=a a b 2", "only.old=yes 0", "account.{n}.mode=b a b c 4"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestCatalog_Spell_strict(t *testing.T) {
	t.Parallel()
	c := families(t)
	if _, _, ok := c.Spell("account.1.mode", "c", onOld); ok {
		t.Error("a value that the family lacks was written")
	}
	if _, _, ok := c.Spell("account.3.mode", "a", onOld); ok {
		t.Error("an account that the family lacks was written")
	}
	if !c.Spelled("account.2.mode", onOld) || c.Spelled("account.3.mode", onOld) || c.Spelled("made.up", onOld) {
		t.Error("Spelled is wrong")
	}
	if k, v, ok := c.Unspell("acc.2.mode", "b", onOld); k != "account.2.mode" || v != "b" || !ok {
		t.Errorf("Unspell = %s, %s, %t", k, v, ok)
	}
}

func TestCatalog_With(t *testing.T) {
	t.Parallel()
	c := families(t)
	n1 := func(l param.Learned) param.Learned {
		l.Dialect, l.Model, l.Family, l.Source = "d", "N1", "new", "export"
		return l
	}
	with, err := c.With([]param.Learned{
		n1(param.Learned{Name: "Only", Alias: "only.old", Value: "x", HasValue: true, Default: true}), // how its values are written is unknown
		n1(param.Learned{Name: "Acc.2.Mode", Value: "a", HasValue: true, Default: true, Firmware: "3.0"}),
		n1(param.Learned{Name: "brand.New", Value: "7", HasValue: true, Default: true}),
		n1(param.Learned{Name: "some.Password", Value: "7", HasValue: true, Default: true}),
		n1(param.Learned{Name: "Acc.1.Mode", Key: "only.old"}), // contradicts the catalog
		n1(param.Learned{Name: "bad name"}),
		{Name: "no.model", Dialect: "d"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		key   param.Key
		value string
		to    param.Target
		want  string
	}{
		"a new name":              {"brand.new", "8", onNew, "brand.New=8"},
		"not on another model":    {"brand.new", "8", param.Target{Dialect: "d", Family: "new", Model: "N2"}, ""},
		"values cannot be said":   {"only.old", "yes", onNew, ""},
		"the old name stays":      {"account.1.mode", "b", onNew, "Acc.1.Mode=b"},
		"a secret is a secret":    {"some.password", "s", onNew, "some.Password=s"},
		"the base is as it was":   {"only.old", "yes", onOld, "only=yes"},
		"nothing comes of blanks": {"bad name", "s", onNew, ""},
	} {
		n, v, ok := with.Spell(tc.key, tc.value, tc.to)
		got := ""
		if ok {
			got = n + "=" + v
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if p, _, _ := with.Lookup("some.password"); !p.IsSecret() || len(p.Defaults) != 0 {
		t.Errorf("a learned password is %+v", p)
	}
	for key, want := range map[param.Key]string{"brand.new": "7", "account.2.mode": "a", "account.1.mode": "b"} {
		if d, ok := with.Default(key, param.Target{Dialect: "d", Family: "new", Model: "N1", Firmware: "3.1"}); !ok || d.Value != want {
			t.Errorf("default of %s = %+v, %t; want %s", key, d, ok, want)
		}
	}
	if d, _ := with.Default("account.2.mode", param.Target{Dialect: "d", Family: "new", Model: "N1", Firmware: "2.9"}); d.Value != "b" {
		t.Errorf("a default was learned for an older firmware: %+v", d)
	}
	if len(c.All()) != 2 || c.Spelled("brand.new", onNew) {
		t.Error("the base has changed")
	}
}
