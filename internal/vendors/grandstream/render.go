package grandstream

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

// Render writes a file in the document's dialect: the flat form of the aliases,
// one item per setting, or one element per P-value; in the order of the names, so
// that equal documents give equal bytes. Settings that the phone need not change
// are not written at all; an empty value clears one.
//
// It fails with fault.Invalid for another dialect or epoch, for a name of the
// other dialect (a phone that gets a mixed file applies nothing and reports
// nothing), for a name that is there twice and for a text that XML cannot carry.
func (v *Vendor) Render(d vendors.Document) ([]byte, error) {
	if err := checkDocument(d); err != nil {
		return nil, err
	}
	values := slices.Clone(d.Values)
	vendors.SortValues(values)
	write, version := writeItem, "2"
	if d.Target.Dialect == dialectP {
		write, version = writeElement, "1"
	}
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gs_provision version=\"1\">\n")
	if d.MAC != "" { // the phone refuses a file that names another one
		b.WriteString("  <mac>" + d.MAC.String() + "</mac>\n")
	}
	b.WriteString("  <config version=\"" + version + "\">\n")
	for i, s := range values {
		if i > 0 && values[i-1].Name == s.Name {
			return nil, fault.New(fault.Invalid, "%s is there twice", s.Name)
		}
		if err := checkValue(s, d.Target.Dialect); err != nil {
			return nil, err
		}
		write(&b, s)
	}
	b.WriteString("  </config>\n</gs_provision>\n")
	if b.Len() > limit.ConfigBytes {
		return nil, fault.New(fault.Invalid, "the file has %d bytes, at most %d may be served", b.Len(), limit.ConfigBytes)
	}
	return []byte(b.String()), nil
}

func writeItem(b *strings.Builder, s vendors.SpelledValue) {
	b.WriteString("    <item name=\"" + s.Name + "\">")
	writeText(b, s.Value)
	b.WriteString("</item>\n")
}

func writeElement(b *strings.Builder, s vendors.SpelledValue) {
	b.WriteString("    <" + s.Name + ">")
	writeText(b, s.Value)
	b.WriteString("</" + s.Name + ">\n")
}

func checkDocument(d vendors.Document) error {
	switch {
	case d.Kind != vendors.Config && d.Kind != vendors.Global:
		return fault.New(fault.Invalid, "no file of kind %q is rendered", d.Kind)
	case d.Target.Dialect != dialectAlias && d.Target.Dialect != dialectP:
		return fault.New(fault.Invalid, "dialect %q is not written, %s and %s are", d.Target.Dialect, dialectAlias, dialectP)
	case d.Epoch != epoch:
		return fault.New(fault.Invalid, "renderer epoch %d is not kept, %d is", d.Epoch, epoch)
	case d.Kind == vendors.Config && d.MAC == "":
		return fault.New(fault.Invalid, "a device's own file needs its MAC address")
	}
	if d.MAC == "" {
		return nil
	}
	if a, err := mac.Parse(d.MAC.String()); err != nil || a != d.MAC {
		return fault.New(fault.Invalid, "%q is not a MAC address in its plain form", d.MAC)
	}
	return nil
}

// IsName takes P and digits in a file of P-values, and dotted names in one of
// aliases. A name without a dot is no alias that a phone was ever seen with.
func (v *Vendor) IsName(dialect, name string) bool {
	switch dialect {
	case dialectP:
		return isPValue(name) && name[0] == 'P'
	case dialectAlias:
		return isAlias(name) && strings.Contains(name, ".")
	}
	return false
}

func checkValue(s vendors.SpelledValue, dialect string) error {
	switch p := isPValue(s.Name); {
	case dialect == dialectP && (!p || s.Name[0] != 'P'):
		return fault.New(fault.Invalid, "%.60q is not a P-value; a file of P-values cannot hold it", s.Name)
	case dialect == dialectAlias && p:
		return fault.New(fault.Invalid, "%s is a P-value; a file of aliases cannot hold it", s.Name)
	case dialect == dialectAlias && !isAlias(s.Name):
		return fault.New(fault.Invalid, "%.60q is not an alias", s.Name)
	}
	return checkText(s.Name, s.Value)
}

func checkText(name, text string) error {
	if len(text) > limit.XMLText || !utf8.ValidString(text) {
		return fault.New(fault.Invalid, "%s has a value that is too long or not UTF-8", name)
	}
	for _, r := range text {
		if !isXML(r) {
			return fault.New(fault.Invalid, "%s holds a character that XML cannot carry (U+%04X)", name, r)
		}
	}
	return nil
}

// isXML is the Char production of XML 1.0 §2.2.
func isXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// isAlias takes dotted names; some families write them in mixed case.
func isAlias(s string) bool {
	if s == "" || len(s) > limit.KeyBytes || s[0] == '.' || s[len(s)-1] == '.' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// isPValue takes P and digits, in either case.
func isPValue(s string) bool {
	return len(s) > 1 && len(s) <= limit.KeyBytes && (s[0] == 'P' || s[0] == 'p') && strings.Trim(s[1:], "0123456789") == ""
}

// writeText escapes what would end the text or be changed by a parser: a bare
// carriage return is turned into a line feed by every XML parser (§2.11).
func writeText(b *strings.Builder, s string) {
	for _, r := range s {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '\r':
			b.WriteString("&#13;")
		default:
			b.WriteRune(r)
		}
	}
}
