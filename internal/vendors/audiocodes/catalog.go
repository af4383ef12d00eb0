package audiocodes

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
)

// table is the catalog; README.md explains its columns.
//
//go:embed catalog/400hd.csv
var table string

func loadCatalog() (*param.Catalog, error) {
	lines, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows []param.Parameter
	for i, fields := range lines[1:] {
		r := map[string]string{}
		for j, column := range lines[0] {
			r[column] = fields[j]
		}
		p, err := readRow(r)
		if err != nil {
			return nil, fmt.Errorf("line %d, %s: %w", i+2, r["key"], err)
		}
		rows = append(rows, p)
	}
	return param.NewCatalog(rows)
}

func readRow(r map[string]string) (param.Parameter, error) {
	p := param.Parameter{
		Pattern: r["key"], Type: param.Type(r["type"]), Unit: r["unit"], Role: param.Role(r["role"]),
		Page: r["page"], Section: r["section"], Label: r["label"], Help: r["help"],
	}
	if d := r["default"]; d != "" {
		p.Default = &d
	}
	var err error
	if r["count"] != "" {
		if p.Count, err = strconv.Atoi(r["count"]); err != nil {
			return p, err
		}
	}
	if err := readValues(&p, r["values"]); err != nil {
		return p, err
	}
	if p.Evidence, err = readEvidence(r["evidence"]); err != nil {
		return p, err
	}
	p.Spellings = spellings(p, r["name"], r["written"])
	return p, nil
}

// readValues fills in ranges ("1..168") or options ("STATIC~By address|…").
func readValues(p *param.Parameter, cell string) error {
	for item := range strings.SplitSeq(cell, "|") {
		switch {
		case item == "":
		case p.Type == param.Number:
			lo, hi, _ := strings.Cut(item, "..")
			first, err := strconv.ParseInt(lo, 10, 64)
			if err != nil {
				return err
			}
			last := int64(1<<31 - 1) // no upper end is documented
			if hi != "" {
				if last, err = strconv.ParseInt(hi, 10, 64); err != nil {
					return err
				}
			}
			p.Ranges = append(p.Ranges, param.Range{Min: first, Max: last})
		default:
			value, label, _ := strings.Cut(item, "~")
			p.Options = append(p.Options, param.Option{Value: value, Label: label})
		}
	}
	return nil
}

// spellings gives the name, and where it is one of a line, as many as each model
// has lines. Lists count from 0.
func spellings(p param.Parameter, name, written string) []param.Spelling {
	s := param.Spelling{Dialect: dialect, Families: []string{family}, Name: name, OneLine: true}
	switch p.Type {
	case param.Bool:
		s.Values, s.Strict = map[string]string{"yes": "1", "no": "0"}, true
	case param.Choice:
		s.Values, s.Strict = pairs(written), true
	}
	if p.Count == 0 {
		return []param.Spelling{s}
	}
	s.Name = ""
	for n := range p.Count {
		s.PerIndex = append(s.PerIndex, strings.ReplaceAll(name, "{n-1}", strconv.Itoa(n)))
	}
	if !strings.HasPrefix(p.Pattern, "account.{n}.") || p.Count == 1 {
		return []param.Spelling{s}
	}
	byLines := map[int][]string{}
	for _, m := range models() {
		byLines[m.Lines] = append(byLines[m.Lines], m.Name)
	}
	var out []param.Spelling
	for _, lines := range slices.Sorted(maps.Keys(byLines)) {
		one := s
		one.Models, one.PerIndex = byLines[lines], s.PerIndex[:lines]
		out = append(out, one)
	}
	return out
}

// pairs reads "DHCP;Static IP=STATIC"; a value without "=" is written as it is.
func pairs(cell string) map[string]string {
	out := map[string]string{}
	for item := range strings.SplitSeq(cell, ";") {
		k, v, different := strings.Cut(item, "=")
		if !different {
			v = k
		}
		out[k] = v
	}
	return out
}

// readEvidence turns the column's letters into words.
func readEvidence(cell string) (string, error) {
	words := map[string]string{
		"S": "EMS 7.0 IP phone manager guide",
		"R": "configuration in real use",
		"M": "400HD administrator's manual 3.4.3",
		"U": "provisioning projects for these phones",
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
