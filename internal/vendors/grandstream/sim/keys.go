package sim

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// tables: those of the aliases have a line per setting: its name (with {n} for an
// index), the indexes, the models that have it ("W" those with a radio, "62" the
// GHP62x), what kind of value it takes and which, and the manual's default. That
// of the P-values has a line per setting too: its numbers by account, the
// families that have it, and its values.
//
//go:embed *.csv
var tables embed.FS

// key is a setting of the phone.
type key struct {
	only    string
	kind    string   // enum, number or text
	values  []string // of an enum, exactly as the phone wants them
	spans   [][2]int64
	factory string
}

func loadKeys(m series) (map[string]key, error) {
	keys := map[string]key{}
	if m.aliases != "" {
		if err := each(m.aliases, func(row []string) error { return addAlias(keys, row) }); err != nil {
			return nil, err
		}
	}
	if m.block == "" {
		return keys, nil
	}
	return keys, each("p.csv", func(row []string) error { return addNumbers(keys, m, row) })
}

func each(table string, take func([]string) error) error {
	f, err := tables.Open(table)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range rows[1:] {
		if err := take(row); err != nil {
			return fmt.Errorf("%s, %s: %w", table, row[0], err)
		}
	}
	return nil
}

func addAlias(keys map[string]key, row []string) error {
	k, err := newKey(row[3], row[4])
	k.only, k.factory = row[2], row[5]
	for _, n := range indexes(row[1]) {
		keys[strings.ReplaceAll(row[0], "{n}", n)] = k
	}
	return err
}

// addNumbers takes the numbers of the accounts that the series has in the common
// pattern; further ones stand in blocks of the family's own.
func addNumbers(keys map[string]key, m series, row []string) error {
	families := strings.Fields(row[1])
	if !slices.Contains(families, m.block) {
		return nil
	}
	k, err := newKey(row[2], row[3])
	names := strings.Fields(row[0])
	if len(families) > 1 { // else a block of the family's own
		names = names[:min(m.accounts, len(names))]
	}
	for _, n := range names {
		keys["P"+n] = k
	}
	return err
}

func newKey(kind, values string) (k key, err error) {
	k.kind = kind
	switch kind {
	case "enum":
		k.values = strings.Split(values, "|")
	case "number":
		k.spans, err = spans(values)
	case "text":
	default:
		err = fmt.Errorf("unknown kind %q", kind)
	}
	return k, err
}

// indexes reads "0-2"; an empty cell is one setting without an index.
func indexes(cell string) []string {
	first, last, span := strings.Cut(cell, "-")
	lo, err := strconv.Atoi(first)
	hi, errHi := strconv.Atoi(last)
	if !span || err != nil || errHi != nil {
		return []string{""}
	}
	var out []string
	for n := lo; n <= hi; n++ {
		out = append(out, strconv.Itoa(n))
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
