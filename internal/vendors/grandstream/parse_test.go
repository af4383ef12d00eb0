package grandstream_test

import (
	"bytes"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

func TestVendor_Parse(t *testing.T) {
	t.Parallel()
	type values = []vendors.SpelledValue
	for name, tc := range map[string]struct {
		in, dialect string
		want        values
	}{
		"flat": {`<gs_provision version="1"><mac>00005e005301</mac><config version="2"><item name="hotel.name">A &amp; B</item></config></gs_provision>`,
			"gs-alias", values{{Name: "hotel.name", Value: "A & B"}}},
		"parts, root without a version": {`<gs_provision><config version="2">
			<item name="account.1.sip.subscriber"><part name="name">Room 201</part><part name="userid">201</part></item>
			<item name="pks.vpk.1"><part name="keyMode">BLF</part></item></config></gs_provision>`,
			"gs-alias", values{{Name: "account.1.sip.subscriber.name", Value: "Room 201"}, {Name: "account.1.sip.subscriber.userid", Value: "201"}, {Name: "pks.vpk.1.keyMode", Value: "BLF"}}},
		"comments, CDATA and blanks": {"<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!-- a -->\n<gs_provision version=\"1\">\n<!-- b --> <config version='2'>\n <item name='a.b'>x<!-- c -->y<![CDATA[<z>]]></item>\n<item name='c.d'/>\n</config>\n</gs_provision>\n<!-- d -->\n",
			"gs-alias", values{{Name: "a.b", Value: "xy<z>"}, {Name: "c.d", Value: ""}}},
		"the last one counts": {`<gs_provision><config version="2"><item name="a.b">1</item><item name="a.b">2</item></config></gs_provision>`,
			"gs-alias", values{{Name: "a.b", Value: "2"}}},
		"P-values": {`<gs_provision version="1"><config version="1"><P271>1</P271><P47>pbx.example.org:5060</P47></config></gs_provision>`,
			"gs-p", values{{Name: "P271", Value: "1"}, {Name: "P47", Value: "pbx.example.org:5060"}}},
		"nothing set": {`<gs_provision><config version="2"></config></gs_provision>`, "gs-alias", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := vendor(t).Parse(vendors.Config, []byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, d.Values); diff != "" || d.Target.Dialect != tc.dialect {
				t.Fatalf("dialect %s\n%s", d.Target.Dialect, diff)
			}
		})
	}
}

func TestVendor_Parse_refuses(t *testing.T) {
	t.Parallel()
	in := func(s string) string {
		return `<gs_provision><config version="2">` + s + `</config></gs_provision>`
	}
	for name, tc := range map[string]struct{ in, want string }{
		"mixed dialects":        {in(`<item name="a.b">1</item><P271>1</P271>`), `"P271" does not belong`},
		"P-value as an alias":   {in(`<item name="P271">1</item>`), "is not an alias"},
		"document type":         {`<!DOCTYPE x [<!ENTITY y "z">]>` + in(``), "document type"},
		"entity":                {in(`<item name="a.b">&y;</item>`), "entity"},
		"other root":            {`<html/>`, "root"},
		"config twice":          {`<gs_provision><config version="2"/><config version="2"/></gs_provision>`, "twice"},
		"mac twice":             {`<gs_provision><mac>00005e005301</mac><mac>00005e005301</mac></gs_provision>`, "twice"},
		"no config":             {`<gs_provision><mac>00005e005301</mac></gs_provision>`, "no config"},
		"version 3":             {`<gs_provision><config version="3"/></gs_provision>`, "version"},
		"bad mac":               {`<gs_provision><mac>x</mac></gs_provision>`, "MAC"},
		"element in a text":     {in(`<item name="a.b"><i>x</i></item>`), "holds"},
		"parts and a text":      {in(`<item name="a"><part name="b">1</part>words</item>`), "both"},
		"text between":          {in(`words<item name="a.b">1</item>`), "between"},
		"item without a name":   {in(`<item>1</item>`), "is not an alias"},
		"something after":       {in(``) + `<x/>`, "follows"},
		"cut off":               {`<gs_provision><config version="2"><item name="a.b">1`, "EOF"},
		"latin-1":               {`<?xml version="1.0" encoding="ISO-8859-1"?>` + in(``), "encoding"},
		"too many elements":     {in(strings.Repeat("<item name='a'/>", 60_000)), "more than"},
		"too large":             {strings.Repeat(" ", 2<<20), "larger"},
		"deep":                  {strings.Repeat("<gs_provision>", 10_000), "unknown here"},
		"nothing":               {"", "EOF"},
		"value beyond the mark": {in(`<item name="a.b">` + strings.Repeat("x", 70_000) + `</item>`), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := vendor(t).Parse(vendors.Config, []byte(tc.in))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("Parse error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

// What is read and can be written is read again without a change.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`<gs_provision><config version="2"><item name="a"><part name="b">1&#13;
</part></item></config></gs_provision>`))
	f.Add([]byte(`<gs_provision><mac>00005e005301</mac><config version="1"><P2>x</P2></config></gs_provision>`))
	f.Add([]byte(`<?xml version="1.0"?><gs_provision version="1"><config version="2"><item name="x">]]&gt;</item></config></gs_provision>`))
	v := vendor(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := v.Parse(vendors.Global, data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Parse error = %v", err)
			}
			return
		}
		out, err := v.Render(d)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Render error = %v", err)
			}
			return
		}
		again, err := v.Parse(vendors.Global, out)
		if err != nil {
			t.Fatalf("parse what was rendered: %v\n%s", err, out)
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Fatal(diff)
		}
		if twice, _ := v.Render(again); !bytes.Equal(out, twice) {
			t.Fatal("equal documents give different bytes")
		}
	})
}
