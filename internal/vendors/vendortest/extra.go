package vendortest

import (
	"bytes"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

// checkCommoner wants a file of addresses that is read again, is the same bytes
// each time, and gives nothing away; and none where there is nobody to write it.
func checkCommoner(v vendors.Vendor, f *findings) {
	c, ok := v.(vendors.Commoner)
	for _, file := range v.Files(vendors.Device{MAC: sampleMAC, Model: v.Models()[0].Name}) {
		if file.Kind == vendors.Common && !ok {
			f.add("nobody writes %s", file.Name)
		}
	}
	if !ok {
		return
	}
	a := vendors.Addresses{Config: "https://prov.example.org/p/", Firmware: "http://prov.example.org/firmware/", Manager: "http://prov.example.org:8081/", KeepAlive: 60}
	out, err := c.Common(a)
	if err != nil {
		f.add("common file: %v", err)
		return
	}
	if again, err := c.Common(a); err != nil || !bytes.Equal(out, again) {
		f.add("equal addresses give different bytes")
	}
	d, err := v.Parse(vendors.Global, out)
	if err != nil || len(d.Values) == 0 {
		f.add("read the common file: %v", err)
	}
	for _, s := range d.Values {
		if k, _, ok := v.Catalog().Unspell(s.Name, s.Value, param.Target{Dialect: d.Target.Dialect}); !ok {
			f.add("%s is not in the catalog", s.Name)
		} else if p, _, _ := v.Catalog().Lookup(k); p.IsSecret() {
			f.add("the common file holds the secret %s", k)
		}
	}
	for _, want := range []string{a.Config, a.Firmware, a.Manager} {
		if !bytes.Contains(out, []byte(want)) {
			f.add("%s is not in the common file", want)
		}
	}
	if _, err := c.Common(vendors.Addresses{Config: "no address"}); !fault.Is(err, fault.Invalid) {
		f.add("common file without an address: %v, fault.Invalid is wanted", err)
	}
}

// checkIncluder wants the shared file's name to be known again as one, in any
// case, and the value that pulls it in to come back from the phone's own file.
func checkIncluder(v vendors.Vendor, f *findings) {
	in, ok := v.(vendors.Includer)
	if !ok {
		return
	}
	for _, m := range v.Models() {
		name := in.GlobalName(m.Name, "0123456789abcdef")
		if in.GlobalName(m.Name, "x") == name {
			f.add("%s: two shared files have one name", m.Name)
		}
		checkFile(v, name, vendors.Global, f)
		checkFile(v, strings.ToUpper(name), vendors.Global, f)
		doc := document(v, m, func(p param.Parameter) string { return samples(p)[0] })
		doc.Values = append(doc.Values, in.Include(name))
		vendors.SortValues(doc.Values)
		out, err := v.Render(doc)
		if err != nil {
			f.add("%s: own file: %v", m.Name, err)
			continue
		}
		if back, err := v.Parse(vendors.Config, out); err != nil || !slices.Contains(back.Values, in.Include(name)) {
			f.add("%s: the own file does not pull in %s: %v", m.Name, name, err)
		}
	}
}

// checkEncoder wants a sealed file to be opened by its password alone, to be the
// same bytes each time, and an encoding that nobody knows to be refused.
func checkEncoder(v vendors.Vendor, f *findings) {
	e, ok := v.(vendors.Encoder)
	if !ok {
		return
	}
	m := v.Models()[0]
	plain, err := v.Render(document(v, m, func(p param.Parameter) string { return samples(p)[0] }))
	if err != nil {
		f.add("render: %v", err)
		return
	}
	how := vendors.Delivery{Encoding: vendors.Sealed, MAC: sampleMAC, Password: "sample", Salt: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}}
	if sealed, err := e.Encode(how, plain); err == nil {
		checkSealed(e, how, plain, sealed, f)
	} else if !fault.Is(err, fault.Invalid) {
		f.add("encode: %v, fault.Invalid is wanted", err)
	}
	for _, enc := range []vendors.Encoding{"", "no-such-encoding"} {
		if _, err := e.Encode(vendors.Delivery{Encoding: enc, MAC: sampleMAC}, plain); !fault.Is(err, fault.Invalid) {
			f.add("encoding %q: %v, fault.Invalid is wanted", enc, err)
		}
	}
	for _, enc := range []vendors.Encoding{vendors.Sealed, vendors.Binary} {
		if _, err := e.Decode(vendors.Delivery{Encoding: enc, MAC: sampleMAC, Password: "x"}, []byte("junk")); !fault.Is(err, fault.Invalid) {
			f.add("decode junk: %v, fault.Invalid is wanted", err)
		}
	}
}

func checkSealed(e vendors.Encoder, how vendors.Delivery, plain, sealed []byte, f *findings) {
	if again, err := e.Encode(how, plain); err != nil || !bytes.Equal(sealed, again) {
		f.add("equal files are sealed differently")
	}
	if bytes.Contains(sealed, plain[:min(len(plain), 32)]) {
		f.add("a sealed file can be read")
	}
	if back, err := e.Decode(how, sealed); err != nil || !bytes.Equal(back, plain) {
		f.add("a sealed file comes back changed: %v", err)
	}
	how.Password = "another"
	if back, err := e.Decode(how, sealed); err == nil && bytes.Equal(back, plain) {
		f.add("any password opens a sealed file")
	}
}

// checkPhonebook wants names and numbers back from the bytes, and equal bytes
// for equal books, in every dialect.
func checkPhonebook(v vendors.Vendor, f *findings) {
	b, ok := v.(vendors.Phonebooker)
	if !ok {
		return
	}
	book := []vendors.Contact{
		{FirstName: "Ana", LastName: `<&>"']]>`, Phones: []vendors.Number{{Number: "201", Account: 1}}},
		{LastName: "žlutý 電話", Phones: []vendors.Number{{Number: "+44 20 7183", Account: 2}, {Number: "*1", Account: 1}}},
	}
	for _, m := range unlike(v) {
		out, err := b.Phonebook(target(m), book)
		if err != nil {
			f.add("%s: phonebook: %v", m.Name, err)
			continue
		}
		if again, err := b.Phonebook(target(m), book); err != nil || !bytes.Equal(out, again) {
			f.add("%s: equal phonebooks give different bytes", m.Name)
		}
		back, err := b.ReadPhonebook(out)
		if err != nil {
			f.add("%s: read the phonebook: %v", m.Name, err)
			continue
		}
		for i := range back { // a form may know fewer kinds than one
			for j := range back[i].Phones {
				back[i].Phones[j].Kind = ""
			}
		}
		if diff := cmp.Diff(book, back); diff != "" {
			f.add("%s: the phonebook came back changed:\n%s", m.Name, diff)
		}
	}
	for _, junk := range []string{"", "\x00", "<html/>", "{}"} {
		if _, err := b.ReadPhonebook([]byte(junk)); !fault.Is(err, fault.Invalid) {
			f.add("phonebook %q: %v, fault.Invalid is wanted", junk, err)
		}
	}
}

// checkLearner wants a model's own file, given back as the phone's export from
// the box, to teach defaults and no secret.
func checkLearner(v vendors.Vendor, f *findings) {
	l, ok := v.(vendors.Learner)
	if !ok {
		return
	}
	for _, m := range unlike(v) {
		plain, err := v.Render(document(v, m, func(p param.Parameter) string {
			if p.IsSecret() {
				return "do-not-learn-this"
			}
			return samples(p)[0]
		}))
		if err != nil {
			f.add("%s: render: %v", m.Name, err)
			continue
		}
		learned, err := l.Learn(vendors.Lesson{Name: "export", Data: plain, Model: m.Name, Family: m.Family, Firmware: "1.0", Factory: true})
		if err != nil || len(learned) == 0 {
			f.add("%s: nothing is learned from its own file: %v", m.Name, err)
			continue
		}
		for _, e := range learned {
			if e.Value == "do-not-learn-this" {
				f.add("%s: the secret %s was learned", m.Name, e.Name)
			}
		}
		c, err := v.Catalog().With(learned)
		if err != nil {
			f.add("%s: %v", m.Name, err)
			continue
		}
		on := target(m)
		on.Firmware = "1.0"
		if got, before := len(c.Defaults(on)), len(v.Catalog().Defaults(on)); got <= before {
			f.add("%s: %d defaults after learning, %d before", m.Name, got, before)
		}
	}
	if _, err := l.Learn(vendors.Lesson{Name: "junk", Data: []byte("\x00junk"), Model: v.Models()[0].Name}); !fault.Is(err, fault.Invalid) {
		f.add("learn from junk: %v, fault.Invalid is wanted", err)
	}
}
