package vendortest

import (
	"bytes"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// draws is how many random documents a model is tried with.
const draws = 12

// checkRender wants equal bytes for equal documents, and every document back
// from its bytes.
func checkRender(v vendors.Vendor, f *findings) {
	for _, m := range unlike(v) {
		checkRoundTrip(v, document(v, m, nil), f)
		full := document(v, m, func(p param.Parameter) string { return samples(p)[0] })
		checkRoundTrip(v, full, f)
		random := rapid.Custom(func(t *rapid.T) vendors.Document {
			return document(v, m, func(p param.Parameter) string {
				if !rapid.Bool().Draw(t, "set") {
					return absent
				}
				return anyValue(p).Draw(t, p.Pattern)
			})
		})
		for seed := range draws {
			checkRoundTrip(v, random.Example(seed), f)
		}
	}
}

func checkRoundTrip(v vendors.Vendor, d vendors.Document, f *findings) {
	out, err := v.Render(d)
	if err != nil {
		f.add("%s: render: %v", d.Target.Model, err)
		return
	}
	if again, err := v.Render(d); err != nil || !bytes.Equal(out, again) {
		f.add("%s: equal documents give different bytes", d.Target.Model)
	}
	back, err := v.Parse(d.Kind, out)
	if err != nil {
		f.add("%s: parse what was rendered: %v", d.Target.Model, err)
		return
	}
	if back.MAC != d.MAC && back.MAC != "" {
		f.add("%s: MAC %s came back as %s", d.Target.Model, d.MAC, back.MAC)
	}
	if back.Target.Dialect != d.Target.Dialect || back.Kind != d.Kind {
		f.add("%s: dialect %s or kind %s came back", d.Target.Model, back.Target.Dialect, back.Kind)
	}
	if !slices.Equal(d.Values, back.Values) {
		f.add("%s: values came back changed:\n%s", d.Target.Model, cmp.Diff(d.Values, back.Values))
	}
}

// checkRefusals wants fault.Invalid for what a dialect cannot carry, instead of
// a file that the phone would drop without a word.
func checkRefusals(v vendors.Vendor, f *findings) {
	m := v.Models()[0]
	base := document(v, m, func(p param.Parameter) string { return samples(p)[0] })
	for what, change := range map[string]func(*vendors.Document){
		"an unknown dialect":     func(d *vendors.Document) { d.Target.Dialect = "no-such-dialect" },
		"an unknown epoch":       func(d *vendors.Document) { d.Epoch = 1 << 20 },
		"a kind without content": func(d *vendors.Document) { d.Kind = vendors.Firmware },
		"a name twice":           func(d *vendors.Document) { d.Values = append(d.Values, d.Values[len(d.Values)-1]) },
		"an empty name":          func(d *vendors.Document) { d.Values[0].Name = "" },
		"a name with a line end": func(d *vendors.Document) { d.Values[0].Name += "\n" },
		"a control character":    func(d *vendors.Document) { d.Values[0].Value = "a\x01b" },
		"broken UTF-8":           func(d *vendors.Document) { d.Values[0].Value = "a\xffb" },
		"a huge file":            func(d *vendors.Document) { d.Values[0].Value = strings.Repeat("x", 2<<20) },
	} {
		d := base
		d.Values = slices.Clone(base.Values)
		change(&d)
		if _, err := v.Render(d); !fault.Is(err, fault.Invalid) {
			f.add("%s: Render gives %v, fault.Invalid is wanted", what, err)
		}
	}
}

func checkParse(v vendors.Vendor, f *findings) {
	m := v.Models()[0]
	good, err := v.Render(document(v, m, func(p param.Parameter) string { return samples(p)[0] }))
	if err != nil {
		f.add("render: %v", err)
		return
	}
	junk := [][]byte{
		nil, []byte("\x00"), []byte("<html><body>404</body></html>"), []byte("{}"), bytes.Repeat([]byte("<a>"), 200000),
		bytes.Repeat([]byte("x"), 8<<20), append([]byte("\xff\xfe"), good...),
	}
	for i, data := range junk {
		if _, err := v.Parse(vendors.Config, data); !fault.Is(err, fault.Invalid) {
			f.add("junk %d: Parse gives %v, fault.Invalid is wanted", i, err)
		}
	}
	// Half a file of lines is a file, as far as anybody can see.
	half := good[:len(good)/2]
	if d, err := v.Parse(vendors.Config, half); err == nil && (good[0] == '<' || len(d.Values) == 0) || err != nil && !fault.Is(err, fault.Invalid) {
		f.add("half a file: Parse gives %d values and %v", len(d.Values), err)
	}
}

// absent as a value leaves the setting out.
const absent = "\x00absent"

// document is a model's file with a value for each key that it can be told.
func document(v vendors.Vendor, m vendors.Model, pick func(param.Parameter) string) vendors.Document {
	d := vendors.Document{Kind: vendors.Config, MAC: sampleMAC, Target: target(m), Epoch: epoch(v)}
	if pick == nil {
		return d
	}
	for _, k := range v.Catalog().Keys() {
		if !v.Catalog().Spelled(k, d.Target) {
			continue
		}
		p, _, _ := v.Catalog().On(k, d.Target)
		value := pick(p)
		if value == absent {
			continue
		}
		if name, written, ok := v.Catalog().Spell(k, value, d.Target); ok {
			d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: written})
		}
	}
	vendors.SortValues(d.Values)
	return d
}

func epoch(v vendors.Vendor) int {
	if e, ok := v.(vendors.Epocher); ok {
		return e.Epoch()
	}
	return 1
}
