package sim

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// table has a line per setting: its name (with {n} for an index), the indexes,
// the models that have it ("W" those with a radio, "62" the GHP62x), what kind
// of value it takes and which, and the guide's default.
//
//go:embed keys.csv
var table string

// key is a setting of the phone.
type key struct {
	only    string
	kind    string   // enum, number or text
	values  []string // of an enum, exactly as the phone wants them
	spans   [][2]int64
	factory string
}

func loadKeys() (map[string]key, error) {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return nil, err
	}
	keys := map[string]key{}
	for _, row := range rows[1:] {
		name, index, values := row[0], row[1], row[4]
		k := key{only: row[2], kind: row[3], factory: row[5]}
		switch k.kind {
		case "enum":
			k.values = strings.Split(values, "|")
		case "number":
			if k.spans, err = spans(values); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		case "text":
		default:
			return nil, fmt.Errorf("%s: unknown kind %q", name, k.kind)
		}
		for _, n := range indexes(index) {
			keys[strings.ReplaceAll(name, "{n}", n)] = k
		}
	}
	return keys, nil
}

// indexes reads "0-2"; an empty cell is one setting without an index.
func indexes(cell string) []string {
	if cell == "" {
		return []string{""}
	}
	var out []string
	for c := cell[0]; c <= cell[len(cell)-1]; c++ {
		out = append(out, string(c))
	}
	return out
}

// spans reads "0,30-1440" and "-1,0-23".
func spans(cell string) ([][2]int64, error) {
	var out [][2]int64
	for part := range strings.SplitSeq(cell, ",") {
		if part == "" {
			continue
		}
		at := strings.LastIndexByte(part, '-')
		if at <= 0 {
			at = len(part)
		}
		lo, err := strconv.ParseInt(part[:at], 10, 64)
		if err != nil {
			return nil, err
		}
		hi := lo
		if at < len(part) {
			if hi, err = strconv.ParseInt(part[at+1:], 10, 64); err != nil {
				return nil, err
			}
		}
		out = append(out, [2]int64{lo, hi})
	}
	return out, nil
}

// on reports whether a model has the setting.
func (k key) on(model string) bool {
	switch k.only {
	case "W":
		return strings.HasSuffix(model, "W")
	case "62":
		return strings.HasPrefix(model, "GHP62")
	}
	return true
}

// takes reports whether the phone accepts a value. An empty one clears any
// setting. Words count letter by letter (pessimistic: how strict the phones are
// is known for names alone).
func (k key) takes(value string) bool {
	switch {
	case value == "" || k.kind == "text":
		return true
	case k.kind == "enum":
		return slices.Contains(k.values, value)
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return false
	}
	return len(k.spans) == 0 || slices.ContainsFunc(k.spans, func(s [2]int64) bool { return s[0] <= n && n <= s[1] })
}

// Knows reports whether a model has a setting of that name.
func (p *Persona) Knows(model, name string) bool {
	k, ok := p.keys[name]
	return ok && k.on(model)
}

// Takes reports whether a setting that the phone knows accepts a value.
func (p *Persona) Takes(name, value string) bool { return p.keys[name].takes(value) }

// Names returns all settings that some model has, sorted.
func (p *Persona) Names() []string {
	out := make([]string, 0, len(p.keys))
	for name := range p.keys {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Edges returns the values of a setting that are worth a test: all words of an
// enum, the bounds of a number.
func (p *Persona) Edges(name string) []string {
	k := p.keys[name]
	out := slices.Clone(k.values)
	for _, s := range k.spans {
		out = append(out, strconv.FormatInt(s[0], 10), strconv.FormatInt(s[1], 10))
	}
	return out
}
