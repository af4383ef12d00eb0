package param

import (
	"slices"
	"strconv"
	"strings"
)

// Spell writes a canonical value in the words of a target's dialect. It reports
// false where the key has no spelling there: the value is then undeliverable,
// shown but not rendered. An unknown key never has one.
func (c *Catalog) Spell(k Key, v string, t Target) (name, value string, ok bool) {
	s, ok := c.byKey[k]
	if !ok {
		return "", "", false
	}
	for _, sp := range c.all[s.at].Spellings {
		if !sp.fits(t) {
			continue
		}
		name, ok := sp.name(s.n)
		if !ok {
			continue
		}
		w, ok := sp.write(v)
		return name, w, ok
	}
	return "", "", false
}

// Spelled reports whether a key has a name on a target; some of its values may
// still have none.
func (c *Catalog) Spelled(k Key, t Target) bool {
	s, ok := c.byKey[k]
	if !ok {
		return false
	}
	for _, sp := range c.all[s.at].Spellings {
		if _, named := sp.name(s.n); named && sp.fits(t) {
			return true
		}
	}
	return false
}

// Unspell is the inverse of Spell: it finds the key of a name that a target's
// dialect uses, and the canonical value. A value that the parameter would not
// accept comes back as it was written. It reports false for an unknown name.
func (c *Catalog) Unspell(name, value string, t Target) (Key, string, bool) {
	for _, u := range c.byName[spelled{t.Dialect, name}] {
		p := c.all[u.at]
		sp := p.Spellings[u.spelling]
		if !sp.fits(t) {
			continue
		}
		return p.Key(u.n), p.read(sp, value), true
	}
	return "", "", false
}

// name returns the written name for index n.
func (s Spelling) name(n int) (string, bool) {
	if len(s.PerIndex) == 0 {
		if s.Count > 0 && n > s.Count {
			return "", false
		}
		return strings.ReplaceAll(s.Name, placeholder, strconv.Itoa(n)), true
	}
	if n < 1 || n > len(s.PerIndex) || s.PerIndex[n-1] == "" {
		return "", false
	}
	return s.PerIndex[n-1], true
}

func (s Spelling) write(v string) (string, bool) {
	if w, ok := s.Values[v]; ok {
		return w, true
	}
	if len(s.Ranges) > 0 {
		n, err := strconv.ParseInt(v, 10, 64)
		return v, err == nil && within(s.Ranges, n)
	}
	return v, !s.Strict && !(s.OneLine && strings.ContainsAny(v, "\r\n"))
}

// read turns a written value into the canonical one; the case of a written word
// does not matter.
func (p Parameter) read(s Spelling, w string) string {
	for canonical, have := range s.Values {
		if strings.EqualFold(have, w) {
			return canonical
		}
	}
	if v, err := p.Normalize(w); err == nil {
		return v
	}
	return w
}

// fits reports whether the spelling counts for the target. What the target does
// not say (family, model, firmware) excludes nothing.
func (s Spelling) fits(t Target) bool {
	return s.Dialect == t.Dialect &&
		allowed(s.Families, t.Family) &&
		allowed(s.Models, t.Model) &&
		(s.Since == "" || t.Firmware == "" || compareVersions(t.Firmware, s.Since) >= 0) &&
		(s.Until == "" || t.Firmware == "" || compareVersions(t.Firmware, s.Until) <= 0)
}

// overlaps reports whether some target could take both spellings.
func (s Spelling) overlaps(o Spelling) bool {
	return s.Dialect == o.Dialect && meet(s.Families, o.Families) && meet(s.Models, o.Models) &&
		!endsBefore(s, o) && !endsBefore(o, s)
}

func endsBefore(s, o Spelling) bool {
	return s.Until != "" && o.Since != "" && compareVersions(s.Until, o.Since) < 0
}

func meet(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

func allowed(list []string, have string) bool {
	return len(list) == 0 || have == "" || slices.Contains(list, have)
}

// compareVersions orders dotted firmware numbers: "1.0.1.9" before "1.0.1.37".
// A part that is no number sorts as text, after every number.
func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		if c := comparePart(part(as, i), part(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

func part(s []string, i int) string {
	if i < len(s) {
		return s[i]
	}
	return "0"
}

func comparePart(a, b string) int {
	x, errA := strconv.ParseUint(a, 10, 32)
	y, errB := strconv.ParseUint(b, 10, 32)
	switch {
	case errA == nil && errB == nil:
		if x == y {
			return 0
		}
		if x < y {
			return -1
		}
		return 1
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// Firmwares tells for a key that a target cannot be told because of its firmware
// which firmwares can: the first one, or, where it has gone again, the last. Both
// are "" where the firmware is not the reason.
func (c *Catalog) Firmwares(k Key, t Target) (since, until string) {
	s, ok := c.byKey[k]
	if !ok || t.Firmware == "" || c.Spelled(k, t) {
		return "", ""
	}
	on := t
	on.Firmware = ""
	for _, sp := range c.all[s.at].Spellings {
		if _, named := sp.name(s.n); !named || !sp.fits(on) {
			continue
		}
		if sp.Since != "" && compareVersions(t.Firmware, sp.Since) < 0 && (since == "" || compareVersions(sp.Since, since) < 0) {
			since = sp.Since
		}
		if sp.Until != "" && compareVersions(t.Firmware, sp.Until) > 0 && (until == "" || compareVersions(sp.Until, until) > 0) {
			until = sp.Until
		}
	}
	return since, until
}
