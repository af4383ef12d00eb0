package grandstream_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

func staff() []vendors.Contact {
	return []vendors.Contact{
		{FirstName: "Ana", LastName: "Müller & Sons", Groups: []string{"Kitchen", "All"}, Phones: []vendors.Number{{Kind: "work", Number: "201", Account: 1}, {Kind: "mobile", Number: "+44 20", Account: 2}}},
		{LastName: "<Bar>", Groups: []string{"All"}, Phones: []vendors.Number{{Kind: "home", Number: "*55", Account: 1}}},
		{FirstName: "Nobody"},
	}
}

func TestVendor_Phonebook(t *testing.T) {
	t.Parallel()
	for file, to := range map[string]param.Target{"newer": {Dialect: "gs-alias"}, "older": {Dialect: "gs-p"}} {
		got, err := vendor(t).Phonebook(to, staff())
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, "testdata/phonebook/"+file+".xml", got)
		back, err := vendor(t).ReadPhonebook(got)
		if err != nil {
			t.Fatal(err)
		}
		want := staff()
		if file == "older" { // it knows neither groups nor kinds
			for i := range want {
				want[i].Groups = nil
				for j := range want[i].Phones {
					want[i].Phones[j].Kind = ""
				}
			}
		}
		if diff := cmp.Diff(want, back); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestVendor_Phonebook_refuses(t *testing.T) {
	t.Parallel()
	for name, contacts := range map[string][]vendors.Contact{
		"a control character": {{LastName: "a\x01"}},
		"a kind of its own":   {{Phones: []vendors.Number{{Kind: "fax"}}}},
		"too many":            make([]vendors.Contact, limit.Contacts+1),
	} {
		if _, err := vendor(t).Phonebook(param.Target{Dialect: "gs-alias"}, contacts); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, in := range map[string]string{
		"no book":            `<html/>`,
		"an account of text": `<AddressBook><Contact><Phone><accountindex>x</accountindex></Phone></Contact></AddressBook>`,
		"a document type":    `<!DOCTYPE a><AddressBook/>`,
		"cut off":            `<AddressBook><Contact>`,
		"deep":               `<AddressBook>` + strings.Repeat("<a>", 1000),
		"too many":           `<AddressBook>` + strings.Repeat("<Contact/>", limit.Contacts+1) + `</AddressBook>`,
	} {
		if _, err := vendor(t).ReadPhonebook([]byte(in)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadPhonebook(f *testing.F) {
	f.Add([]byte(`<AddressBook><pbgroup><id>1</id><name>A</name></pbgroup><Contact><id>1</id><FirstName>x</FirstName><Phone type="Work"><phonenumber>1</phonenumber><accountindex>1</accountindex></Phone><Group>1</Group></Contact></AddressBook>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		contacts, err := vendor(t).ReadPhonebook(data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if _, err := vendor(t).Phonebook(param.Target{Dialect: "gs-alias"}, contacts); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
