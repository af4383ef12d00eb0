package grandstream_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/param"
)

// What the feature list says of the hotel phones' settings, row by row: each is
// there, typed, with the range, unit, words, default and first firmware that the
// list tells.
func TestCatalog_feature_list(t *testing.T) {
	t.Parallel()
	rows := featureRows(t)
	c, to := vendor(t).Catalog(), toAlias("GHP621W")
	ids := map[string]bool{}
	defer func() { t.Logf("%d settings of %d features", len(rows), len(ids)) }()
	for _, row := range rows {
		id, key := row[0], param.Key(row[1])
		ids[id] = true
		p, _, ok := c.On(key, to)
		if !ok || !c.Spelled(key, to) {
			t.Errorf("%s: %s cannot be told to a GHP621W", id, key)
			continue
		}
		said := facts(c, p, key, to)
		for fact := range strings.SplitSeq(row[2], "|") {
			if !slices.Contains(said, fact) {
				t.Errorf("%s: %s is not %q, but %q", id, key, fact, said)
			}
		}
	}
}

// featureRows is the list: id, key and what is said of it.
func featureRows(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open("testdata/features.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func facts(c *param.Catalog, p param.Parameter, k param.Key, to param.Target) []string {
	out := []string{string(p.Type), p.Unit}
	for _, r := range p.Ranges {
		out = append(out, fmt.Sprintf("%d..%d", r.Min, r.Max))
	}
	for _, o := range p.Options {
		out = append(out, o.Value)
	}
	if d, ok := c.Default(k, to); ok {
		out = append(out, "default "+d.Value)
	}
	for _, s := range p.Spellings {
		if s.Dialect == to.Dialect && s.Since != "" {
			out = append(out, "since "+s.Since)
		}
	}
	return out
}
