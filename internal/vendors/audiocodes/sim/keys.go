package sim

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// table has a line per setting: its name (with {n} for an index), its indexes
// ("lines": as many as the model has), what kind of value it takes and which, and
// what the phone holds out of the box.
//
//go:embed keys.csv
var table string

type key struct {
	line    int // which one it belongs to, -1 for none
	kind    string
	values  []string
	min     int64
	max     int64
	factory string
}

func loadKeys() (map[string]key, error) {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return nil, err
	}
	keys := map[string]key{}
	for _, row := range rows[1:] {
		k, err := newKey(row[2], row[3])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", row[0], err)
		}
		k.factory = row[4]
		if row[1] == "" {
			keys[row[0]] = k
			continue
		}
		for n := range 4 {
			if row[1] == "lines" {
				k.line = n
			}
			keys[strings.ReplaceAll(row[0], "{n}", strconv.Itoa(n))] = k
		}
	}
	return keys, nil
}

func newKey(kind, values string) (k key, err error) {
	k.kind, k.line = kind, -1
	switch kind {
	case "enum":
		k.values = strings.Split(values, "|")
	case "number":
		lo, hi, _ := strings.Cut(values, "-")
		if k.min, err = strconv.ParseInt(lo, 10, 64); err == nil {
			k.max, err = strconv.ParseInt(hi, 10, 64)
		}
	case "text":
	default:
		err = fmt.Errorf("unknown kind %q", kind)
	}
	return k, err
}

// Knows reports whether a model has a setting of that name.
func (p *Persona) Knows(model, name string) bool {
	k, ok := p.keys[name]
	return ok && k.line < lines(model)
}

// Takes reports whether a setting that the phone knows accepts a value. Words
// count letter by letter (pessimistic).
func (p *Persona) Takes(name, value string) bool {
	k := p.keys[name]
	switch {
	case value == "" || k.kind == "text":
		return true
	case k.kind == "enum":
		return slices.Contains(k.values, value)
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return err == nil && k.min <= n && n <= k.max
}

// Names returns all settings that some model has, sorted.
func (p *Persona) Names() []string { return slices.Sorted(maps.Keys(p.keys)) }

// Edges returns the values of a setting that are worth a test.
func (p *Persona) Edges(name string) []string {
	k := p.keys[name]
	if k.kind == "number" {
		return []string{strconv.FormatInt(k.min, 10), strconv.FormatInt(k.max, 10)}
	}
	return slices.Clone(k.values)
}
