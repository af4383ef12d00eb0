package param

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxCount bounds how many indexes one row may have.
const maxCount = 512

// check finds what is wrong with a row, for NewCatalog.
func (p Parameter) check() error {
	if err := p.checkPattern(); err != nil {
		return err
	}
	if !slices.Contains(types, p.Type) {
		return fmt.Errorf("unknown type %q", p.Type)
	}
	if len(p.Ranges) > 0 && p.Type != Number {
		return errors.New("ranges are for numbers alone")
	}
	if err := checkRanges(p.Ranges); err != nil {
		return err
	}
	if err := p.checkOptions(); err != nil {
		return err
	}
	if err := p.checkDefault(); err != nil {
		return err
	}
	for _, s := range p.Spellings {
		if err := p.checkSpelling(s); err != nil {
			return fmt.Errorf("spelling in %s: %w", s.Dialect, err)
		}
	}
	return nil
}

func checkRanges(ranges []Range) error {
	for _, r := range ranges {
		if r.Min > r.Max {
			return fmt.Errorf("range %d..%d is empty", r.Min, r.Max)
		}
	}
	return nil
}

func (p Parameter) checkPattern() error {
	bare := strings.ReplaceAll(p.Pattern, placeholder, "0")
	if bare == "" || strings.Trim(bare, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
		return errors.New("a key is made of a-z 0-9 . _ -")
	}
	if p.Count < 0 || p.Count > maxCount {
		return fmt.Errorf("count %d is out of 0..%d", p.Count, maxCount)
	}
	if has := strings.Contains(p.Pattern, placeholder); has != (p.Count > 0) {
		return fmt.Errorf("count %d does not go with the pattern", p.Count)
	}
	return nil
}

func (p Parameter) checkOptions() error {
	if (p.Type == Choice) != (len(p.Options) > 0) {
		return errors.New("options and the type choice go together")
	}
	seen := make(map[string]bool, len(p.Options))
	for _, o := range p.Options {
		low := strings.ToLower(o.Value)
		if seen[low] || o.Value != strings.TrimSpace(o.Value) {
			return fmt.Errorf("option %q is there twice or has blanks around it", o.Value)
		}
		seen[low] = true
	}
	return nil
}

func (p Parameter) checkDefault() error {
	if p.Default == nil && len(p.Defaults) == 0 {
		return nil
	}
	if p.IsSecret() {
		return errors.New("a secret has no default: the makers' ones are never ours")
	}
	all := p.Defaults
	if p.Default != nil {
		all = append([]Default{{Value: *p.Default}}, all...)
	}
	for _, d := range all {
		v, err := p.Normalize(d.Value)
		if err != nil {
			return fmt.Errorf("default: %w", err)
		}
		if v != d.Value {
			return fmt.Errorf("default %q is not canonical, %q is", d.Value, v)
		}
		if d.Index < 0 || d.Index > p.Count {
			return fmt.Errorf("default of index %d, of %d", d.Index, p.Count)
		}
	}
	return nil
}

func (p Parameter) checkSpelling(s Spelling) error {
	if s.Dialect == "" || (s.Name == "") == (len(s.PerIndex) == 0) {
		return errors.New("a dialect and either a name or names by index are wanted")
	}
	if len(s.PerIndex) > p.Count {
		return fmt.Errorf("%d names for %d indexes", len(s.PerIndex), p.Count)
	}
	if s.Count < 0 || s.Count > p.Count || s.Count > 0 && s.Name == "" {
		return fmt.Errorf("count %d of %d indexes", s.Count, p.Count)
	}
	if s.Name != "" && strings.Contains(s.Name, placeholder) != (p.Count > 0) {
		return fmt.Errorf("name %q does not go with the count", s.Name)
	}
	if len(s.Ranges) > 0 && (p.Type != Number || len(s.Values) > 0) {
		return errors.New("ranges are for numbers alone, which are written as they are")
	}
	if err := checkRanges(s.Ranges); err != nil {
		return err
	}
	return p.checkValues(s)
}

// checkValues makes sure that a written value stands for one canonical value
// alone, so that Unspell undoes Spell.
func (p Parameter) checkValues(s Spelling) error {
	closed := p.closed()
	for canonical := range s.Values {
		if !slices.Contains(closed, canonical) {
			return fmt.Errorf("%q is not one of the type's values", canonical)
		}
	}
	written := make(map[string]string, len(closed))
	for _, canonical := range closed {
		w, ok := s.write(canonical)
		if !ok {
			continue
		}
		w = strings.ToLower(w)
		if other, taken := written[w]; taken {
			return fmt.Errorf("%q would stand for %q and %q", w, other, canonical)
		}
		written[w] = canonical
	}
	return nil
}

// closed lists the canonical values of a type that has only so many.
func (p Parameter) closed() []string {
	switch p.Type {
	case Bool:
		return []string{yes, no}
	case Choice:
		out := make([]string, len(p.Options))
		for i, o := range p.Options {
			out[i] = o.Value
		}
		return out
	}
	return nil
}

var types = []Type{Text, Secret, Bool, Choice, Number, Host, IP, URL, Path, PEM}
