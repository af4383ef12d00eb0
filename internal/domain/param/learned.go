package param

import (
	"fmt"
	"slices"
	"strings"
)

// Learned is one thing that a phone or its maker gave away: how a model writes a
// setting, and perhaps what the setting holds out of the box. An import makes
// them; Catalog.With adds them to a catalog.
type Learned struct {
	Key      Key    // of the catalog; "" for a name that it does not know
	Dialect  string // of Name
	Name     string // as the phone writes it
	Value    string // as the phone writes it, where HasValue
	HasValue bool   // Value is what the phone holds
	Default  bool   // and it is what the phone holds out of the box
	Alias    string // the same setting in another dialect, "" for none
	Model    string
	Family   string
	Firmware string
	Source   string // "export of GRP2614 1.0.9.103", "grp2614.txt"
}

// With returns a catalog that knows the learned entries too; the receiver stays
// as it is. A learned spelling counts for its model from its firmware on, and
// after every spelling of the catalog's own. A learned default counts for its
// model from its firmware on, and before the catalog's own: it is what this very
// model has. Names that the catalog does not know become text settings under
// their own name. What contradicts the catalog, or an earlier entry, is left out.
func (c *Catalog) With(learned []Learned) (*Catalog, error) {
	if len(learned) == 0 {
		return c, nil
	}
	o := overlay{base: c, rows: slices.Clone(c.all), fresh: map[Key]int{}, names: map[spelled]map[string]Key{}, specs: map[learnedAt]int{}, lines: map[string]bool{}}
	for _, l := range learned {
		o.add(l)
	}
	out, err := NewCatalog(o.rows)
	if err != nil {
		return nil, fmt.Errorf("add learned settings: %w", err)
	}
	return out, nil
}

// overlay collects the rows of a catalog with learned entries.
type overlay struct {
	base  *Catalog
	rows  []Parameter
	fresh map[Key]int                // rows of names that the catalog did not know
	names map[spelled]map[string]Key // learned names by model, so that none stands for two keys
	specs map[learnedAt]int          // index of a learned spelling in its row
	lines map[string]bool            // dialects whose values are one line each
}

type learnedAt struct {
	row                      int
	dialect, model, firmware string
}

func (o *overlay) add(l Learned) {
	if l.Name == "" || l.Dialect == "" || l.Model == "" {
		return
	}
	k := l.Key
	if k == "" {
		k = o.known(l)
	}
	if k == "" {
		k = o.invent(l)
	}
	if k == "" || !o.claim(l, k) {
		return
	}
	row, n := o.find(k)
	if row < 0 {
		return
	}
	o.spell(row, n, l)
	if l.Default {
		o.hold(row, n, l)
	}
}

// known finds the key of a name that the model is known to use or, by the keys
// being the names in lower case, of an alias in whatever case the model writes it.
// A name of another family proves nothing: P792 means this here and that there.
func (o *overlay) known(l Learned) Key {
	if k, _, ok := o.base.Unspell(l.Name, "", l.target()); ok {
		return k
	}
	for _, name := range []string{l.Alias, l.Name} {
		if k := Key(strings.ToLower(name)); o.base.has(k) {
			return k
		}
	}
	return ""
}

func (l Learned) target() Target {
	return Target{Dialect: l.Dialect, Family: l.Family, Model: l.Model, Firmware: l.Firmware}
}

func (c *Catalog) has(k Key) bool { _, ok := c.byKey[k]; return ok }

// oneLine reports whether a dialect is one of lines.
func (o *overlay) oneLine(dialect string) bool {
	known, ok := o.lines[dialect]
	if !ok {
		known = slices.ContainsFunc(o.base.all, func(p Parameter) bool {
			return slices.ContainsFunc(p.Spellings, func(s Spelling) bool { return s.Dialect == dialect && s.OneLine })
		})
		o.lines[dialect] = known
	}
	return known
}

// invent makes a row for a name that nobody knew.
func (o *overlay) invent(l Learned) Key {
	name := l.Name
	if l.Alias != "" {
		name = l.Alias
	}
	k := Key(strings.ToLower(name))
	if _, have := o.fresh[k]; have {
		return k
	}
	p := Parameter{Pattern: string(k), Type: Text, Page: "Learned", Section: l.Model, Label: name, Evidence: l.Source}
	if LooksSecret(string(k)) {
		p.Type = Secret
	}
	if p.check() != nil {
		return ""
	}
	o.fresh[k] = len(o.rows)
	o.rows = append(o.rows, p)
	return k
}

// LooksSecret reports whether a name that nobody knows sounds like that of a
// secret; it errs on the side of hiding.
func LooksSecret(name string) bool {
	k := strings.ToLower(name)
	for _, word := range []string{"password", "passwd", "passphrase", "secret", "psk", "privatekey", "private_key", "pin"} {
		if strings.Contains(k, word) {
			return true
		}
	}
	return false
}

// claim notes a name, and refuses one that stands for another key on the model.
func (o *overlay) claim(l Learned, k Key) bool {
	at := spelled{l.Dialect, l.Name}
	for _, u := range o.base.byName[at] {
		p := o.base.all[u.at]
		if p.Key(u.n) != k && p.Spellings[u.spelling].overlaps(l.spelling()) {
			return false
		}
	}
	if o.names[at] == nil {
		o.names[at] = map[string]Key{}
	}
	if have, taken := o.names[at][l.Model]; taken && have != k {
		return false
	}
	o.names[at][l.Model] = k
	return true
}

// spelling is the learned name without it: where it counts.
func (l Learned) spelling() Spelling {
	s := Spelling{Dialect: l.Dialect, Models: []string{l.Model}, Since: l.Firmware}
	if l.Family != "" {
		s.Families = []string{l.Family}
	}
	return s
}

func (o *overlay) find(k Key) (row, n int) {
	if at, ok := o.fresh[k]; ok {
		return at, 0
	}
	s, ok := o.base.byKey[k]
	if !ok {
		return -1, 0
	}
	return s.at, s.n
}

// spell gives the row the learned name, unless it has one on the model. How the
// values of a closed type are written is taken from a spelling with that name
// elsewhere; where there is none, they cannot be said.
func (o *overlay) spell(row, n int, l Learned) {
	p := &o.rows[row]
	if o.sameName(*p, n, l) {
		return
	}
	at := learnedAt{row, l.Dialect, l.Model, l.Firmware}
	i, have := o.specs[at]
	if !have {
		s := l.spelling()
		s.OneLine = o.oneLine(l.Dialect)
		if p.closed() != nil {
			s.Values, s.Strict = o.values(*p, n, l), true
		}
		if p.Count > 0 {
			s.PerIndex = make([]string, p.Count)
		} else {
			s.Name = l.Name
		}
		i = len(p.Spellings)
		p.Spellings = append(slices.Clip(p.Spellings), s)
		o.specs[at] = i
	}
	if p.Count > 0 {
		p.Spellings[i].PerIndex[n-1] = l.Name
	}
}

// sameName reports whether the catalog writes the key so on the model already.
func (o *overlay) sameName(p Parameter, n int, l Learned) bool {
	return slices.ContainsFunc(p.Spellings, func(s Spelling) bool {
		name, ok := s.name(n)
		return ok && name == l.Name && s.fits(l.target())
	})
}

func (o *overlay) values(p Parameter, n int, l Learned) map[string]string {
	for _, s := range p.Spellings {
		if name, ok := s.name(n); ok && s.Dialect == l.Dialect && name == l.Name && s.Values != nil {
			return s.Values
		}
	}
	return nil
}

// hold notes what the model has out of the box, where the value can be read.
func (o *overlay) hold(row, n int, l Learned) {
	p := &o.rows[row]
	if p.IsSecret() || !l.HasValue {
		return
	}
	v, ok := o.canonical(*p, n, l)
	if !ok {
		return
	}
	p.Defaults = append(slices.Clip(p.Defaults), Default{Models: []string{l.Model}, Index: n, Since: l.Firmware, Value: v, Evidence: l.Source})
}

// canonical reads a value as the model writes it.
func (o *overlay) canonical(p Parameter, n int, l Learned) (string, bool) {
	for _, s := range slices.Backward(p.Spellings) {
		if name, ok := s.name(n); !ok || s.Dialect != l.Dialect || name != l.Name || !s.fits(l.target()) {
			continue
		}
		v := p.read(s, l.Value)
		out, err := p.Normalize(v)
		if err != nil || out != v {
			return "", false
		}
		if w, said := s.write(v); !said || w != l.Value {
			return "", false
		}
		return v, true
	}
	return "", false
}
