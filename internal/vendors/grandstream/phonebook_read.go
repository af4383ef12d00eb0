package grandstream

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// ReadPhonebook reads phonebook.xml in either form, as phones export it too.
// Elements that are not of the book's content are passed over. It fails with
// fault.Invalid beyond the limits and for anything that is not a phonebook.
func (v *Vendor) ReadPhonebook(data []byte) ([]vendors.Contact, error) {
	if len(data) > limit.ImportBytes {
		return nil, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	r := reader{dec: xml.NewDecoder(bytes.NewReader(data))}
	contacts, err := r.book()
	if err != nil {
		line, _ := r.dec.InputPos()
		return nil, fault.Wrap(fault.Invalid, err, "line %d", line)
	}
	return contacts, nil
}

func (r *reader) book() ([]vendors.Contact, error) {
	root, _, err := r.child(false)
	if err != nil {
		return nil, err
	}
	if root == nil || root.Name.Local != "AddressBook" {
		return nil, fault.New(fault.Invalid, "the root is not AddressBook")
	}
	groups := map[string]string{} // name by number
	var out []vendors.Contact
	newer := false
	err = r.children(func(el xml.StartElement) error {
		switch el.Name.Local {
		case "pbgroup":
			newer = true
			return r.pbgroup(groups)
		case "Contact":
			if len(out) == limit.Contacts {
				return fault.New(fault.Invalid, "more than %d contacts", limit.Contacts)
			}
			c, typed, err := r.entry()
			newer = newer || typed
			out = append(out, c)
			return err
		}
		return r.skip()
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		finish(&out[i], groups, newer)
	}
	return out, nil
}

// finish puts names for the groups' numbers, and counts accounts from 1.
func finish(c *vendors.Contact, groups map[string]string, newer bool) {
	for i, g := range c.Groups {
		if name, ok := groups[g]; ok {
			c.Groups[i] = name
		}
	}
	for i := range c.Phones {
		if !newer {
			c.Phones[i].Account++
		}
	}
}

// children calls take for each element below the present one, until its end.
func (r *reader) children(take func(xml.StartElement) error) error {
	for {
		el, _, err := r.child(false)
		if err != nil || el == nil {
			return err
		}
		if err := take(*el); err != nil {
			return err
		}
	}
}

// skip passes over the present element with all that is in it.
func (r *reader) skip() error {
	for depth := 1; depth > 0; {
		tok, err := r.next()
		if err != nil {
			return err
		}
		switch tok.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > limit.XMLDepth {
			return fault.New(fault.Invalid, "elements are nested more than %d deep", limit.XMLDepth)
		}
	}
	return nil
}

func (r *reader) pbgroup(groups map[string]string) error {
	id, name := "", ""
	err := r.children(func(el xml.StartElement) (err error) {
		switch el.Name.Local {
		case "id":
			id, err = r.word()
		case "name":
			name, err = r.text()
		default:
			err = r.skip()
		}
		return err
	})
	groups[id] = name
	return err
}

// entry reads one contact; typed says that a number has a kind, as in the newer
// form alone.
func (r *reader) entry() (c vendors.Contact, typed bool, err error) {
	err = r.children(func(el xml.StartElement) (err error) {
		switch el.Name.Local {
		case "FirstName":
			c.FirstName, err = r.text()
		case "LastName":
			c.LastName, err = r.text()
		case "Group":
			var g string
			g, err = r.word()
			c.Groups = append(c.Groups, g)
		case "Phone":
			kind := attr(el, "type")
			typed = typed || kind != ""
			var p vendors.Number
			p, err = r.number()
			p.Kind = map[string]string{"Home": "home", "Cell": "mobile", "Work": "work"}[kind]
			c.Phones = append(c.Phones, p)
		default:
			err = r.skip()
		}
		return err
	})
	return c, typed, err
}

func (r *reader) number() (p vendors.Number, err error) {
	err = r.children(func(el xml.StartElement) (err error) {
		switch el.Name.Local {
		case "phonenumber":
			p.Number, err = r.text()
		case "accountindex":
			var n string
			if n, err = r.word(); err == nil && n != "" {
				if p.Account, err = strconv.Atoi(n); err != nil || p.Account < 0 || p.Account > limit.Lines {
					err = fault.New(fault.Invalid, "%.20q is not an account", n)
				}
			}
		default:
			err = r.skip()
		}
		return err
	})
	return p, err
}

func (r *reader) word() (string, error) {
	s, err := r.text()
	return strings.TrimSpace(s), err
}
