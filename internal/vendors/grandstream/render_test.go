package grandstream_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

// Each testdata/<model>/<name>.json is a document and <name>.xml its bytes.
func TestVendor_Render_golden(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, in := range inputs {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			var d vendors.Document
			if err := json.Unmarshal(text, &d); err != nil {
				t.Fatal(err)
			}
			got, err := vendor(t).Render(d)
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, strings.TrimSuffix(in, ".json")+".xml", got)
		})
	}
}

func checkGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Fatal(diff)
	}
}

func TestVendor_Render_order_does_not_matter(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	d := document(vendors.SpelledValue{Name: "a.a", Value: "1"}, vendors.SpelledValue{Name: "b.b", Value: "2"})
	one, err := v.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	d.Values[0], d.Values[1] = d.Values[1], d.Values[0]
	two, err := v.Render(d)
	if err != nil || string(one) != string(two) {
		t.Fatalf("%v\n%s\n%s", err, one, two)
	}
	if d.Values[0].Name != "b.b" {
		t.Fatal("Render changed its input")
	}
}

func TestVendor_Render_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*vendors.Document)
		want   string
	}{
		"P-value":         {func(d *vendors.Document) { d.Values[0].Name = "P271" }, "P271 is a P-value"},
		"small p-value":   {func(d *vendors.Document) { d.Values[0].Name = "p35" }, "is a P-value"},
		"alias among P":   {func(d *vendors.Document) { d.Target.Dialect = "gs-p" }, "is not a P-value"},
		"small p among P": {func(d *vendors.Document) { d.Target.Dialect = "gs-p"; d.Values[0].Name = "p35" }, "is not a P-value"},
		"other dialect":   {func(d *vendors.Document) { d.Target.Dialect = "gs-q" }, "is not written"},
		"attribute break": {func(d *vendors.Document) { d.Values[0].Name = `a" x="` }, "is not an alias"},
		"twice":           {func(d *vendors.Document) { d.Values = append(d.Values, d.Values[0]) }, "is there twice"},
		"NUL":             {func(d *vendors.Document) { d.Values[0].Value = "\x00" }, "U+0000"},
		"FFFE":            {func(d *vendors.Document) { d.Values[0].Value = "\ufffe" }, "U+FFFE"},
		"other epoch":     {func(d *vendors.Document) { d.Epoch = 2 }, "epoch 2"},
		"no MAC":          {func(d *vendors.Document) { d.MAC = "" }, "MAC"},
		"MAC with colons": {func(d *vendors.Document) { d.MAC = "00:00:5e:00:53:01" }, "plain form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := document(vendors.SpelledValue{Name: "hotel.name", Value: "x"})
			tc.change(&d)
			_, err := vendor(t).Render(d)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("Render error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

func document(values ...vendors.SpelledValue) vendors.Document {
	d := vendors.Document{Kind: vendors.Config, MAC: macA, Epoch: 1, Values: values}
	d.Target.Dialect = "gs-alias"
	return d
}
