package audiocodes

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Parse reads a configuration: path/name=value lines, comments that begin with
// ";" or "#", and a file that is pulled in. A setting that is there twice has its
// last value. A value in the form {"…"} is a phone's own obfuscated one; it is
// taken as it is. It fails with fault.Invalid for anything else and beyond the
// limits, and for a file that holds nothing that it knows.
func (v *Vendor) Parse(kind vendors.FileKind, data []byte) (vendors.Document, error) {
	if len(data) > limit.ImportBytes {
		return vendors.Document{}, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	if !utf8.Valid(data) {
		return vendors.Document{}, fault.New(fault.Invalid, "the file is not UTF-8")
	}
	values, comments := map[string]string{}, 0
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimRight(string(line), "\r\n")
		comment, err := readLine(values, text)
		if err != nil {
			return vendors.Document{}, fault.Wrap(fault.Invalid, err, "line %d", n)
		}
		if comment {
			comments++
		}
		if len(values) > limit.XMLTokens {
			return vendors.Document{}, fault.New(fault.Invalid, "more than %d settings", limit.XMLTokens)
		}
	}
	if len(values) == 0 && comments == 0 {
		return vendors.Document{}, fault.New(fault.Invalid, "the file is empty")
	}
	d := vendors.Document{Kind: kind, Target: param.Target{Dialect: dialect}, Epoch: epoch}
	for name, value := range values {
		d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: value})
	}
	vendors.SortValues(d.Values)
	return d, nil
}

// readLine takes one line; it reports whether it was a comment.
func readLine(values map[string]string, text string) (comment bool, err error) {
	switch t := strings.TrimSpace(text); {
	case t == "":
		return false, nil
	case t[0] == ';' || t[0] == '#':
		return true, nil
	case strings.HasPrefix(t, "include "):
		file := strings.Trim(strings.TrimSpace(strings.TrimPrefix(t, "include ")), `"`)
		if !isFileName(file) {
			return false, fault.New(fault.Invalid, "%.40q is not the name of a file to include", file)
		}
		values[Include] = file
		return false, nil
	}
	name, value, ok := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !ok || !isName(name) {
		return false, fault.New(fault.Invalid, "%.40q is not path/name=value", text)
	}
	if err := checkValue(vendors.SpelledValue{Name: name, Value: value}); err != nil {
		return false, err
	}
	values[name] = value
	return false, nil
}

// opaque reports whether a value is in the phone's own obfuscated form.
func opaque(value string) bool {
	return strings.HasPrefix(value, `{"`) && strings.HasSuffix(value, `"}`)
}
