package grandstream

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
)

// ghp6xx is the catalog as a table; README.md explains its columns.
//
//go:embed catalog/ghp6xx.csv
var ghp6xx string

func loadCatalog() (*param.Catalog, error) {
	table, err := csv.NewReader(strings.NewReader(ghp6xx)).ReadAll()
	if err != nil {
		return nil, err
	}
	head := table[0]
	rows := make([]param.Parameter, 0, len(table)-1)
	for i, fields := range table[1:] {
		row := make(map[string]string, len(head))
		for j, column := range head {
			row[column] = fields[j]
		}
		p, err := readRow(row)
		if err != nil {
			return nil, fmt.Errorf("line %d, %s: %w", i+2, row["key"], err)
		}
		rows = append(rows, p)
	}
	return param.NewCatalog(rows)
}

func readRow(row map[string]string) (param.Parameter, error) {
	p := param.Parameter{
		Pattern: row["key"], Type: param.Type(row["type"]), Unit: row["unit"], Role: param.Role(row["role"]),
		Page: row["page"], Section: row["section"], Label: row["label"], Help: row["help"],
	}
	if row["count"] != "" {
		n, err := strconv.Atoi(row["count"])
		if err != nil {
			return p, err
		}
		p.Count = n
	}
	if d := row["default"]; d != "" {
		p.Default = &d
	}
	numbers, err := readValues(&p, row["values"])
	if err != nil {
		return p, err
	}
	p.Evidence, err = readEvidence(row["evidence"])
	if err != nil {
		return p, err
	}
	p.Spellings = readSpellings(p, row, numbers)
	return p, nil
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

// readSpellings gives the alias, and the P-value where one is evidenced.
func readSpellings(p param.Parameter, row map[string]string, numbers map[string]string) []param.Spelling {
	families := []string{family}
	only := split(row["models"])
	alias := param.Spelling{Dialect: dialectAlias, Families: families, Models: only, Name: p.Pattern}
	if zero := row["alias"]; zero != "" { // counted from 0 on the phone
		alias.Name = ""
		for n := range p.Count {
			alias.PerIndex = append(alias.PerIndex, strings.ReplaceAll(zero, "{n-1}", strconv.Itoa(n)))
		}
	}
	switch {
	case row["alias_values"] != "":
		alias.Values = pairs(row["alias_values"])
	case p.Type == param.Bool:
		alias.Values = map[string]string{"yes": "Yes", "no": "No"}
	}
	out := []param.Spelling{alias}
	names := split(row["p"])
	if len(names) == 0 {
		return out
	}
	number := param.Spelling{Dialect: dialectP, Families: families, Models: only, Values: numbers}
	if row["p_values"] != "" {
		number.Values = pairs(row["p_values"])
	}
	if p.Count == 0 {
		number.Name = names[0]
	} else {
		number.PerIndex = names
	}
	return append(out, number)
}

// readEvidence turns the column's letters into words.
func readEvidence(cell string) (string, error) {
	words := map[string]string{
		"S": "GHP6xx administration guide",
		"A": "alias in the maker's GHP6xx template 1.0.1.49",
		"B": "P-value of the same alias in the maker's GRP26xx template 1.0.9.103",
		"C": "P-value in use on GHP phones",
		"D": "P-value inferred from the GXP21xx key layout",
		"E": "P-value by its label in the maker's GRP26xx template 1.0.3.6",
	}
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

// pairs reads "yes=Yes;no=No".
func pairs(cell string) map[string]string {
	out := map[string]string{}
	for _, item := range split(cell) {
		k, v, _ := strings.Cut(item, "=")
		out[k] = v
	}
	return out
}

func split(cell string) []string {
	return slices.DeleteFunc(strings.Split(cell, ";"), func(s string) bool { return s == "" })
}
