package param

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Catalog is a vendor's set of parameters, indexed by key, role and spelling.
// It never changes once made and is safe for concurrent use. NewCatalog makes
// one; the zero value holds nothing.
type Catalog struct {
	all    []Parameter
	byKey  map[Key]slot
	byRole map[Role]int
	byName map[spelled][]use
	known  memory
}

// slot is one index of one parameter.
type slot struct {
	at int // in Catalog.all
	n  int // 0 where the parameter has no index
}

type spelled struct{ dialect, name string }

// use is one place where a name is written: a slot and which of its spellings.
type use struct {
	slot
	spelling int
}

// NewCatalog checks the rows and indexes them; the order is kept. It fails,
// naming the row, where two rows share a key or a role, where a default or a
// spelling contradicts the row's type, or where a row is malformed.
func NewCatalog(rows []Parameter) (*Catalog, error) {
	c := &Catalog{
		all:    slices.Clone(rows),
		byKey:  make(map[Key]slot, len(rows)*2),
		byRole: make(map[Role]int),
		byName: make(map[spelled][]use, len(rows)*2),
	}
	for i, p := range c.all {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("parameter %q: %w", p.Pattern, err)
		}
		if err := c.index(i, p); err != nil {
			return nil, fmt.Errorf("parameter %q: %w", p.Pattern, err)
		}
	}
	return c, nil
}

func (c *Catalog) index(at int, p Parameter) error {
	if p.Role != "" {
		if other, taken := c.byRole[p.Role]; taken {
			return fmt.Errorf("role %s belongs to %q", p.Role, c.all[other].Pattern)
		}
		c.byRole[p.Role] = at
	}
	first, last := p.span()
	for n := first; n <= last; n++ {
		k := p.Key(n)
		if other, taken := c.byKey[k]; taken {
			return fmt.Errorf("key %s belongs to %q too", k, c.all[other.at].Pattern)
		}
		s := slot{at: at, n: n}
		c.byKey[k] = s
		for i, sp := range p.Spellings {
			name, ok := sp.name(n)
			if !ok {
				continue
			}
			if err := c.claim(spelled{sp.Dialect, name}, use{s, i}); err != nil {
				return err
			}
		}
	}
	return nil
}

// claim enters a name, and refuses one that a target could read in two ways.
func (c *Catalog) claim(at spelled, u use) error {
	sp := c.all[u.at].Spellings[u.spelling]
	for _, other := range c.byName[at] {
		p := c.all[other.at]
		if other.slot != u.slot && sp.overlaps(p.Spellings[other.spelling]) {
			return fmt.Errorf("name %s is taken by %s", at.name, p.Key(other.n))
		}
	}
	c.byName[at] = append(c.byName[at], u)
	return nil
}

// Lookup finds the parameter of a key and the key's index, 0 where it has none.
// The index stands in the texts for people already (Page, Section, Label, Help).
// It reports false for a key that the catalog does not know.
func (c *Catalog) Lookup(k Key) (p Parameter, n int, ok bool) {
	s, ok := c.byKey[k]
	if !ok {
		return Parameter{}, 0, false
	}
	return c.all[s.at].at(s.n), s.n, true
}

// ByRole returns the key that plays a role. n is the line (or slot) from 1; a
// parameter without an index answers to 0 and 1. It reports false where nothing
// plays the role or the index is out of range.
func (c *Catalog) ByRole(r Role, n int) (Key, bool) {
	at, ok := c.byRole[r]
	if !ok {
		return "", false
	}
	p := c.all[at]
	if p.Count == 0 {
		return p.Key(0), n == 0 || n == 1
	}
	if n < 1 || n > p.Count {
		return "", false
	}
	return p.Key(n), true
}

// All returns the rows in the catalog's order. The slice is the caller's, what
// its rows point to is not.
func (c *Catalog) All() []Parameter { return slices.Clone(c.all) }

// Keys returns every key, index by index, in the catalog's order.
func (c *Catalog) Keys() []Key {
	out := make([]Key, 0, len(c.byKey))
	for _, p := range c.all {
		first, last := p.span()
		for n := first; n <= last; n++ {
			out = append(out, p.Key(n))
		}
	}
	return out
}

// Key returns the parameter's key for index n. n is ignored where the parameter
// has no index.
func (p Parameter) Key(n int) Key {
	if p.Count == 0 {
		return Key(p.Pattern)
	}
	return Key(strings.ReplaceAll(p.Pattern, placeholder, strconv.Itoa(n)))
}

// at returns the row with index n written into the texts for people.
func (p Parameter) at(n int) Parameter {
	if p.Count == 0 {
		return p
	}
	for _, text := range []*string{&p.Page, &p.Section, &p.Label, &p.Help} {
		*text = strings.ReplaceAll(*text, placeholder, strconv.Itoa(n))
	}
	return p
}

// span returns the first and the last index; 0 and 0 where there is none.
func (p Parameter) span() (first, last int) {
	if p.Count == 0 {
		return 0, 0
	}
	return 1, p.Count
}

// placeholder stands for the index in a pattern or a name.
const placeholder = "{n}"
