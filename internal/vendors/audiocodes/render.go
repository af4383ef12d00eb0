package audiocodes

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

// Include is the name of a value that pulls another file in. How the line is
// written ("include <file>") is from memory, unproven; a document without it is
// whole by itself, which is how files are made unless an operator chooses
// otherwise.
const Include = "include"

// Render writes a file: path/name=value, one a line, in the order of the names,
// so that equal documents give equal bytes. A file that is pulled in stands
// first, so that what follows counts.
//
// It fails with fault.Invalid for another dialect or epoch, for a name or value
// that a line cannot hold, and for a name that is there twice.
func (v *Vendor) Render(d vendors.Document) ([]byte, error) {
	if err := checkDocument(d); err != nil {
		return nil, err
	}
	values := slices.Clone(d.Values)
	vendors.SortValues(values)
	var first, b strings.Builder
	for i, s := range values {
		if i > 0 && values[i-1].Name == s.Name {
			return nil, fault.New(fault.Invalid, "%s is there twice", s.Name)
		}
		if err := checkValue(s); err != nil {
			return nil, err
		}
		if s.Name == Include {
			first.WriteString("include " + s.Value + "\n")
			continue
		}
		b.WriteString(s.Name + "=" + s.Value + "\n")
	}
	out := first.String() + b.String()
	if out == "" {
		out = emptyFile
	}
	if len(out) > limit.ConfigBytes {
		return nil, fault.New(fault.Invalid, "the file has %d bytes, at most %d may be served", len(out), limit.ConfigBytes)
	}
	return []byte(out), nil
}

// emptyFile is a file that changes nothing; one without a byte might be taken
// for a broken download.
const emptyFile = "; no settings\n"

func checkDocument(d vendors.Document) error {
	switch {
	case d.Kind != vendors.Config && d.Kind != vendors.Global:
		return fault.New(fault.Invalid, "no file of kind %q is rendered", d.Kind)
	case d.Target.Dialect != dialect:
		return fault.New(fault.Invalid, "dialect %q is not written, %s is", d.Target.Dialect, dialect)
	case d.Epoch != epoch:
		return fault.New(fault.Invalid, "renderer epoch %d is not kept, %d is", d.Epoch, epoch)
	}
	if d.MAC == "" {
		return nil
	}
	if a, err := mac.Parse(d.MAC.String()); err != nil || a != d.MAC {
		return fault.New(fault.Invalid, "%q is not a MAC address in its plain form", d.MAC)
	}
	return nil
}

// IsName takes path/name.
func (v *Vendor) IsName(d, name string) bool { return d == dialect && isName(name) }

func checkValue(s vendors.SpelledValue) error {
	if s.Name == Include {
		if !isFileName(s.Value) {
			return fault.New(fault.Invalid, "%.60q is not the name of a file to include", s.Value)
		}
		return nil
	}
	if !isName(s.Name) {
		return fault.New(fault.Invalid, "%.60q is not the name of a setting", s.Name)
	}
	if len(s.Value) > limit.ValueBytes || !utf8.ValidString(s.Value) {
		return fault.New(fault.Invalid, "%s has a value that is too long or not UTF-8", s.Name)
	}
	if strings.ContainsFunc(s.Value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return fault.New(fault.Invalid, "%s holds a line end or another character that a line cannot carry", s.Name)
	}
	return nil
}

// isName takes path/name: words of letters, digits, - _ and . between slashes,
// at least two.
func isName(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"
	return len(s) <= limit.KeyBytes && strings.Contains(s, "/") && strings.Trim(s, letters) == "" &&
		s[0] != '/' && s[len(s)-1] != '/' && !strings.Contains(s, "//")
}

func isFileName(s string) bool {
	return s != "" && len(s) <= limit.FileName && !strings.ContainsFunc(s, oddRune)
}
