package param

import (
	"slices"
	"strings"
	"sync"
)

// Setting is a key with a value and where the value comes from.
type Setting struct {
	Key      Key
	Value    string
	Evidence string
}

// Default returns what a key holds out of the box on a target, in its canonical
// form, and whether that is evidenced there. A key that the target does not know
// has no default on it. The first entry of Defaults that fits goes before the
// row's own default; of those that a model and a firmware have been seen with,
// the newest that is not newer than the target counts.
func (c *Catalog) Default(k Key, t Target) (Setting, bool) {
	s, ok := c.byKey[k]
	if !ok || !c.Spelled(k, t) {
		return Setting{}, false
	}
	p := c.all[s.at]
	if d, ok := p.defaultOn(s.n, t); ok {
		return Setting{Key: k, Value: d.Value, Evidence: d.Evidence}, true
	}
	return Setting{}, false
}

// Defaults returns every default that is evidenced on a target, in the catalog's
// order. The slice is shared: it is for reading.
func (c *Catalog) Defaults(t Target) []Setting {
	return c.known.get(t, func() []Setting { return c.listDefaults(t) })
}

// targets bounds for how many targets defaults are remembered: a phone could tell
// ever new firmwares.
const targets = 256

// memory remembers the defaults of targets that were asked for.
type memory struct {
	mu sync.Mutex // guards by
	by map[Target][]Setting
}

func (m *memory) get(t Target, list func() []Setting) []Setting {
	m.mu.Lock()
	out, ok := m.by[t]
	m.mu.Unlock()
	if ok {
		return out
	}
	out = list()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil || len(m.by) >= targets {
		m.by = map[Target][]Setting{}
	}
	m.by[t] = out
	return out
}

func (c *Catalog) listDefaults(t Target) []Setting {
	out := []Setting{}
	for _, p := range c.all {
		if p.Default == nil && len(p.Defaults) == 0 {
			continue
		}
		first, last := p.span()
		for n := first; n <= last; n++ {
			if d, ok := c.Default(p.Key(n), t); ok {
				out = append(out, d)
			}
		}
	}
	return out
}

func (p Parameter) defaultOn(n int, t Target) (Default, bool) {
	var best *Default
	for i := range p.Defaults {
		d := &p.Defaults[i]
		if d.fits(n, t) && (best == nil || newer(d.Since, best.Since)) {
			best = d
		}
	}
	if best != nil {
		if best.Evidence == "" {
			return Default{Value: best.Value, Evidence: p.Evidence}, true
		}
		return *best, true
	}
	if p.Default != nil && allowed(p.DefaultIn, t.Family) {
		return Default{Value: *p.Default, Evidence: p.Evidence}, true
	}
	return Default{}, false
}

// newer reports whether a default is known of a newer firmware than another; one
// that is known of no firmware in particular is the oldest.
func newer(a, b string) bool {
	return a != "" && (b == "" || compareVersions(a, b) > 0)
}

// fits reports whether the default holds on the target. What the target does not
// say excludes nothing but a default that is known of single models.
func (d Default) fits(n int, t Target) bool {
	return (d.Index == 0 || d.Index == n) && allowed(d.Families, t.Family) &&
		(len(d.Models) == 0 || slices.Contains(d.Models, t.Model)) &&
		(d.Since == "" || t.Firmware == "" || compareVersions(t.Firmware, d.Since) >= 0)
}

// On returns the row of a key as it is on a target: its default there, of a
// choice the options that the target can be told, and of a number the ranges. It reports false for a key
// that the catalog does not know; a key without a spelling there keeps all its
// options.
func (c *Catalog) On(k Key, t Target) (p Parameter, n int, ok bool) {
	p, n, ok = c.Lookup(k)
	if !ok {
		return p, n, false
	}
	p.Default, p.DefaultIn, p.Defaults = nil, nil, nil
	if d, has := c.Default(k, t); has {
		p.Default = &d.Value
	}
	for _, s := range p.Spellings {
		if _, named := s.name(n); named && s.fits(t) {
			if len(s.Ranges) > 0 {
				p.Ranges = slices.Clone(s.Ranges)
			}
			break
		}
	}
	if len(p.Options) == 0 || !c.Spelled(k, t) {
		return p, n, true
	}
	p.Options = slices.DeleteFunc(slices.Clone(p.Options), func(o Option) bool {
		_, _, said := c.Spell(k, o.Value, t)
		return !said
	})
	return p, n, true
}

// Accepts tells for people which values of a key a target can be told: "off, on",
// "0 or 6..600"; "" where that is not bounded, or the key is not known.
func (c *Catalog) Accepts(k Key, t Target) string {
	p, _, ok := c.On(k, t)
	if !ok || p.IsSecret() {
		return ""
	}
	if len(p.Ranges) > 0 {
		return p.rangeText()
	}
	said := slices.DeleteFunc(p.closed(), func(v string) bool {
		_, _, ok := c.Spell(k, v, t)
		return !ok
	})
	if len(said) > acceptsShown {
		said = append(said[:acceptsShown], "…")
	}
	return strings.Join(said, ", ")
}

// acceptsShown bounds a list of values in a sentence.
const acceptsShown = 12

// Rows returns the catalog as a target knows it: the rows that it has a word for
// in its dialect, each with as many indexes, the options and the default that it
// has there.
func (c *Catalog) Rows(t Target) []Parameter {
	var out []Parameter
	for _, p := range c.all {
		first, last := p.span()
		for ; last > 0 && !c.Spelled(p.Key(last), t); last-- {
		}
		if last < first || !c.Spelled(p.Key(last), t) {
			continue
		}
		row, _, _ := c.On(p.Key(last), t)
		row.Page, row.Section, row.Label, row.Help = p.Page, p.Section, p.Label, p.Help
		row.Count = last
		out = append(out, row)
	}
	return out
}
