package grandstream

import (
	"cmp"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
)

// tables are the catalog: what settings there are and how each family writes
// them. README.md explains the columns.
//
//go:embed catalog/*.csv
var tables embed.FS

// record is a line of a table by its columns.
type record map[string]string

// loadCatalog reads the hotel phones' settings, the settings of the others, and
// then each family's words for them.
func loadCatalog() (*param.Catalog, error) {
	b := builder{at: map[string]int{}, own: map[string][]param.Range{}}
	if err := b.each(hotel, b.define); err != nil {
		return nil, err
	}
	if err := b.each("more", b.extend); err != nil {
		return nil, err
	}
	b.countAccounts()
	for _, f := range families() {
		if f.name == hotel {
			continue
		}
		if err := b.each(f.name, func(r record) error { return b.spell(f, r) }); err != nil {
			return nil, err
		}
	}
	return param.NewCatalog(b.rows)
}

// builder collects the rows.
type builder struct {
	rows []param.Parameter
	at   map[string]int           // by key
	own  map[string][]param.Range // of the hotel phones, where others have wider ones
}

// each reads a table line by line.
func (b *builder) each(table string, take func(record) error) error {
	text, err := tables.Open("catalog/" + table + ".csv")
	if err != nil {
		return err
	}
	defer text.Close()
	lines, err := csv.NewReader(text).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	for i, fields := range lines[1:] {
		r := make(record, len(fields))
		for j, column := range lines[0] {
			r[column] = fields[j]
		}
		if err := take(r); err != nil {
			return fmt.Errorf("%s, line %d, %s: %w", table, i+2, r["key"], err)
		}
	}
	return nil
}

// define takes a line of the hotel phones' table: a setting with its spelling.
func (b *builder) define(r record) error {
	p, numbers, err := readRow(r)
	if err != nil {
		return err
	}
	if d := r["default"]; d != "" {
		p.Default, p.DefaultIn = &d, []string{hotel}
	}
	p.Evidence, err = readEvidence(r["evidence"])
	if err != nil {
		return err
	}
	p.Spellings = hotelSpellings(p, r, numbers)
	b.add(p)
	return nil
}

// extend takes a line of the other settings' table: a setting that the hotel
// phones do not have or, without a type, more options or a wider range of one
// that they do have. Their spelling then says which are theirs.
func (b *builder) extend(r record) error {
	if r["type"] != "" {
		p, _, err := readRow(r)
		b.add(p)
		return err
	}
	p, ok := b.row(r["key"])
	if !ok {
		return errors.New("there is no such setting")
	}
	if p.Type == param.Number {
		b.own[p.Pattern] = slices.Clone(p.Ranges)
		for i := range p.Spellings {
			p.Spellings[i].Ranges = b.own[p.Pattern]
		}
		_, err := readValues(p, r["values"])
		p.Ranges = merged(p.Ranges)
		return err
	}
	own := map[string]string{}
	for _, o := range p.Options {
		own[o.Value] = o.Value
	}
	for i := range p.Spellings {
		s := &p.Spellings[i]
		if s.Values == nil {
			s.Values = own
		}
		s.Strict = true
	}
	_, err := readValues(p, r["values"])
	return err
}

// merged puts ranges in order and joins those that touch.
func merged(ranges []param.Range) []param.Range {
	slices.SortFunc(ranges, func(a, b param.Range) int { return cmp.Compare(a.Min, b.Min) })
	var out []param.Range
	for _, r := range ranges {
		if last := len(out) - 1; last >= 0 && r.Min <= out[last].Max+1 {
			out[last].Max = max(out[last].Max, r.Max)
			continue
		}
		out = append(out, r)
	}
	return out
}

// countAccounts lets the accounts' settings reach as far as the phone with the
// most accounts; each spelling says how far it goes.
func (b *builder) countAccounts() {
	most := 0
	for _, f := range families() {
		most = max(most, f.lines())
	}
	for i := range b.rows {
		if p := &b.rows[i]; isAccount(p.Pattern) {
			p.Count = most
		}
	}
}

func isAccount(pattern string) bool { return strings.HasPrefix(pattern, "account.{n}.") }

func (b *builder) add(p param.Parameter) {
	b.at[p.Pattern] = len(b.rows)
	b.rows = append(b.rows, p)
}

func (b *builder) row(key string) (*param.Parameter, bool) {
	i, ok := b.at[key]
	if !ok {
		return nil, false
	}
	return &b.rows[i], true
}

// readRow reads what a setting is; and the P numbers of its options.
func readRow(r record) (param.Parameter, map[string]string, error) {
	p := param.Parameter{
		Pattern: r["key"], Type: param.Type(r["type"]), Unit: r["unit"], Role: param.Role(r["role"]),
		Page: r["page"], Section: r["section"], Label: r["label"], Help: r["help"],
	}
	if r["count"] != "" {
		n, err := strconv.Atoi(r["count"])
		if err != nil {
			return p, nil, err
		}
		p.Count = n
	}
	numbers, err := readValues(&p, r["values"])
	return p, numbers, err
}

// readValues fills in ranges ("0|6..600"), options ("UDP#0|Tls Or Tcp~TLS#2":
// value, label, P number) or a length ("max 64"). It returns the P numbers by
// canonical value.
func readValues(p *param.Parameter, cell string) (map[string]string, error) {
	if cell == "" {
		return nil, nil
	}
	if most, ok := strings.CutPrefix(cell, "max "); ok {
		n, err := strconv.Atoi(most)
		p.MaxLen = n
		return nil, err
	}
	numbers := map[string]string{}
	for item := range strings.SplitSeq(cell, "|") {
		if p.Type == param.Number {
			r, err := readRange(item)
			if err != nil {
				return nil, err
			}
			p.Ranges = append(p.Ranges, r)
			continue
		}
		item, number, _ := strings.Cut(item, "#")
		value, label, _ := strings.Cut(item, "~")
		p.Options = append(p.Options, param.Option{Value: value, Label: label})
		if number != "" {
			numbers[value] = number
		}
	}
	return numbers, nil
}

func readRange(s string) (param.Range, error) {
	first, last, span := strings.Cut(s, "..")
	lo, err := strconv.ParseInt(first, 10, 64)
	if err != nil || !span {
		return param.Range{Min: lo, Max: lo}, err
	}
	if last == "" { // no upper end is documented; the phones keep 32-bit numbers
		return param.Range{Min: lo, Max: 1<<31 - 1}, nil
	}
	hi, err := strconv.ParseInt(last, 10, 64)
	return param.Range{Min: lo, Max: hi}, err
}

// readEvidence turns the column's letters into words.
func readEvidence(cell string) (string, error) {
	words := evidence()
	var out []string
	for _, letter := range strings.Fields(cell) {
		w, ok := words[letter]
		if !ok {
			return "", fmt.Errorf("unknown evidence %q", letter)
		}
		out = append(out, w)
	}
	return strings.Join(out, "; "), nil
}

func evidence() map[string]string {
	return map[string]string{
		"S": "GHP6xx administration guide",
		"A": "alias in the maker's GHP6xx template 1.0.1.49",
		"B": "P-value of the same alias in the maker's GRP26xx template 1.0.9.103",
		"C": "P-value in use on GHP phones",
		"D": "P-value inferred from the GXP21xx key layout",
		"E": "P-value by its label in the maker's GRP26xx template 1.0.3.6",
		"G": "alias in use on GRP26xx phones, with the maker's comments",
		"H": "P-value by its label in the maker's HT80x template 1.0.10.6",
		"K": "P-value by the layout of the keys",
		"N": "P-value that the families have in common",
		"O": "P-value by its label in the maker's DP750 template 1.0.2.16",
		"Q": "P-value by its label in the maker's WP820 template 1.0.1.16",
		"T": "P-value by its label in the maker's GXP21xx template 1.0.10.35",
		"U": "P-value by its label in the maker's GXP16xx template 1.0.4.33",
		"V": "alias in the maker's GXV3480 template 1.0.1.09",
		"W": "alias in the maker's WP8x6 template 1.0.1.44",
		"X": "alias in use on GXP21xx phones",
	}
}

// pairs reads "yes=Yes;no=No"; a value without "=" is written as it is.
func pairs(cell string) map[string]string {
	out := map[string]string{}
	for _, item := range split(cell) {
		k, v, different := strings.Cut(item, "=")
		if !different {
			v = k
		}
		out[k] = v
	}
	return out
}

func split(cell string) []string {
	return slices.DeleteFunc(strings.Split(cell, ";"), func(s string) bool { return s == "" })
}

// without returns the map without some keys.
func without(m map[string]string, keys ...string) map[string]string {
	out := maps.Clone(m)
	for _, k := range keys {
		delete(out, k)
	}
	return out
}
