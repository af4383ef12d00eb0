package grandstream

import (
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Phonebook writes phonebook.xml. GHP, GRP, GXV and WP8x6 take the newer form,
// with groups and kinds of number; the others the older one. The contacts keep
// their order; the groups are numbered in the order in which they first appear.
func (v *Vendor) Phonebook(t param.Target, contacts []vendors.Contact) ([]byte, error) {
	if len(contacts) > limit.Contacts {
		return nil, fault.New(fault.Invalid, "%d contacts, at most %d fit", len(contacts), limit.Contacts)
	}
	b := book{newer: t.Dialect == dialectAlias, groups: map[string]int{}}
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AddressBook>\n")
	for _, c := range contacts {
		for _, g := range c.Groups {
			b.group(g)
		}
	}
	for i, c := range contacts {
		b.contact(i+1, c)
	}
	b.WriteString("</AddressBook>\n")
	if b.bad != nil {
		return nil, b.bad
	}
	if b.Len() > limit.ConfigBytes {
		return nil, fault.New(fault.Invalid, "the phonebook has %d bytes, at most %d may be served", b.Len(), limit.ConfigBytes)
	}
	return []byte(b.String()), nil
}

// book writes the file; the first thing that cannot be written stays in bad.
type book struct {
	strings.Builder
	newer  bool
	groups map[string]int // by name, from 1
	bad    error
}

func (b *book) group(name string) {
	if _, have := b.groups[name]; have || !b.newer {
		return
	}
	n := len(b.groups) + 1
	b.groups[name] = n
	b.WriteString("  <pbgroup>\n")
	b.element(4, "id", strconv.Itoa(n))
	b.element(4, "name", name)
	b.WriteString("  </pbgroup>\n")
}

func (b *book) contact(n int, c vendors.Contact) {
	b.WriteString("  <Contact>\n")
	if b.newer {
		b.element(4, "id", strconv.Itoa(n))
		b.element(4, "FirstName", c.FirstName)
		b.element(4, "LastName", c.LastName)
	} else {
		b.element(4, "LastName", c.LastName)
		b.element(4, "FirstName", c.FirstName)
	}
	for _, p := range c.Phones {
		b.phone(p)
	}
	if b.newer {
		for _, g := range c.Groups {
			b.element(4, "Group", strconv.Itoa(b.groups[g]))
		}
	}
	b.WriteString("  </Contact>\n")
}

func (b *book) phone(p vendors.Number) {
	open := "    <Phone>\n"
	if b.newer {
		kind, ok := map[string]string{"": "Work", "work": "Work", "home": "Home", "mobile": "Cell"}[p.Kind]
		if !ok {
			b.fail("%q is not a kind of number", p.Kind)
		}
		open = "    <Phone type=\"" + kind + "\">\n"
	}
	b.WriteString(open)
	b.element(6, "phonenumber", p.Number)
	if b.newer {
		b.element(6, "accountindex", strconv.Itoa(p.Account))
	} else { // counted from 0 there
		b.element(6, "accountindex", strconv.Itoa(max(p.Account-1, 0)))
	}
	b.WriteString("    </Phone>\n")
}

func (b *book) element(indent int, name, text string) {
	if err := checkText(name, text); err != nil && b.bad == nil {
		b.bad = err
	}
	b.WriteString(strings.Repeat(" ", indent) + "<" + name + ">")
	writeText(&b.Builder, text)
	b.WriteString("</" + name + ">\n")
}

func (b *book) fail(format string, args ...any) {
	if b.bad == nil {
		b.bad = fault.New(fault.Invalid, format, args...)
	}
}
