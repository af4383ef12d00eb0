package grandstream

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
)

// hotelSpellings gives a hotel phone's alias and, where one is evidenced, its
// P-value.
func hotelSpellings(p param.Parameter, r record, numbers map[string]string) []param.Spelling {
	base := param.Spelling{Families: []string{hotel}, Models: split(r["models"])}
	alias := base
	alias.Dialect, alias.Name, alias.Count = dialectAlias, p.Pattern, p.Count
	if zero := r["alias"]; zero != "" { // counted from 0 on the phone
		alias.Name, alias.Count = "", 0
		for n := range p.Count {
			alias.PerIndex = append(alias.PerIndex, strings.ReplaceAll(zero, "{n-1}", strconv.Itoa(n)))
		}
	}
	switch {
	case r["alias_values"] != "":
		alias.Values = pairs(r["alias_values"])
	case p.Type == param.Bool:
		alias.Values = map[string]string{"yes": "Yes", "no": "No"}
	}
	out := sinceWhen(p, alias, r["since"])
	names := split(r["p"])
	if len(names) == 0 {
		return out
	}
	number := base
	number.Dialect, number.Values = dialectP, numbers
	if r["p_values"] != "" {
		number.Values = pairs(r["p_values"])
	}
	nameP(&number, p, names)
	return append(out, number)
}

// sinceWhen reads "1.0.1.33;Keep-Alive=1.0.1.37": which firmware brought the
// setting, and which an option of it. The newest comes first.
func sinceWhen(p param.Parameter, s param.Spelling, cell string) []param.Spelling {
	parts := split(cell)
	if len(parts) == 0 {
		return []param.Spelling{s}
	}
	s.Since = parts[0]
	out := []param.Spelling{s}
	for _, part := range parts[1:] {
		option, version, _ := strings.Cut(part, "=")
		before := s
		if before.Values == nil {
			before.Values = map[string]string{}
			for _, o := range p.Options {
				before.Values[o.Value] = o.Value
			}
		}
		before.Values, before.Strict, before.Until = without(before.Values, option), true, justBefore(version)
		out[0].Since = version
		out = append(out, before)
	}
	return out
}

// justBefore returns the last version before one, by the last of its numbers.
func justBefore(version string) string {
	at := strings.LastIndexByte(version, '.')
	n, err := strconv.Atoi(version[at+1:])
	if err != nil || n == 0 {
		return version
	}
	return version[:at+1] + strconv.Itoa(n-1)
}

func nameP(s *param.Spelling, p param.Parameter, names []string) {
	if p.Count == 0 {
		s.Name = names[0]
		return
	}
	s.PerIndex = names
}

// spell takes a line of a family's table: how the family writes a setting, and
// what it holds out of the box.
func (b *builder) spell(f family, r record) error {
	p, ok := b.row(r["key"])
	if !ok {
		return errors.New("there is no such setting")
	}
	words, err := readEvidence(r["evidence"])
	if err != nil {
		return err
	}
	words = f.name + ": " + words
	p.Evidence = strings.TrimPrefix(p.Evidence+"; "+words, "; ")
	if d := r["default"]; d != "" {
		p.Defaults = append(p.Defaults, defaults(f, d, words)...)
	}
	if r["alias"] != "" {
		alias := param.Spelling{Dialect: dialectAlias, Families: []string{f.name}, Name: r["alias"]}
		if err := b.choose(&alias, *p, r["alias_values"], "Yes", "No"); err != nil {
			return err
		}
		p.Spellings = append(p.Spellings, f.perLines(alias, *p)...)
	}
	if r["p"] != "" {
		number := param.Spelling{Dialect: dialectP, Families: []string{f.name}}
		nameP(&number, *p, strings.Split(r["p"], ";"))
		if err := b.choose(&number, *p, r["p_values"], "1", "0"); err != nil {
			return err
		}
		p.Spellings = append(p.Spellings, f.perLines(number, *p)...)
	}
	return nil
}

// defaults reads what a setting holds out of the box: one value, or one by index
// ("1;0;0").
func defaults(f family, cell, words string) []param.Default {
	values := strings.Split(cell, ";")
	out := make([]param.Default, len(values))
	for i, v := range values {
		out[i] = param.Default{Families: []string{f.name}, Value: v, Evidence: words}
		if len(values) > 1 {
			out[i].Index = i + 1
		}
	}
	return out
}

// choose fills in how the values of a closed type are written, and which numbers
// the family takes ("10..300"). What the table does not list is not said.
func (b *builder) choose(s *param.Spelling, p param.Parameter, cell, yes, no string) error {
	switch {
	case p.Type == param.Number && cell == "":
		s.Ranges = b.own[p.Pattern]
		return nil
	case p.Type == param.Number:
		only := param.Parameter{Type: param.Number}
		_, err := readValues(&only, cell)
		s.Ranges = only.Ranges
		return err
	case p.Type == param.Bool && cell == "":
		s.Values = map[string]string{"yes": yes, "no": no}
	case p.Type == param.Bool, p.Type == param.Choice && cell != "":
		s.Values = pairs(cell)
	case p.Type == param.Choice:
		return errors.New("a choice needs its values")
	case cell != "":
		return fmt.Errorf("values of a %s", p.Type)
	default:
		return nil
	}
	s.Strict = true
	return nil
}

// perLines limits a spelling of an account's setting to the accounts that each
// model holds: one spelling for all models that hold the same number.
func (f family) perLines(s param.Spelling, p param.Parameter) []param.Spelling {
	if !isAccount(p.Pattern) {
		return []param.Spelling{s}
	}
	groups := f.byLines()
	var out []param.Spelling
	for _, lines := range slices.Sorted(maps.Keys(groups)) {
		one := s
		if len(groups) > 1 {
			one.Models = groups[lines]
		}
		if one.Name != "" {
			one.Count = lines
		} else {
			one.PerIndex = one.PerIndex[:min(lines, len(one.PerIndex))]
		}
		out = append(out, one)
	}
	return out
}
