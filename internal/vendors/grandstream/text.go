package grandstream

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// looksText reports whether a file is lines of P-values rather than XML.
func looksText(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name, _, ok := bytes.Cut(line, []byte("="))
		return ok && isPValue(string(bytes.TrimSpace(name)))
	}
	return false
}

// readLines reads what a phone offers as "download device configuration" and
// asks for as dev<mac>.cfg: "P47=pbx.example.org", one setting a line, with
// comment lines that begin with #.
func (r *reader) readLines(data []byte) error {
	r.dialect = dialectP
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if n > limit.XMLTokens {
			return fault.New(fault.Invalid, "more than %d lines", limit.XMLTokens)
		}
		text := strings.TrimRight(string(line), "\r\n")
		if t := strings.TrimSpace(text); t == "" || t[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		if !ok || !isPValue(name) || !utf8.ValidString(value) {
			return fault.New(fault.Invalid, "line %d: %.40q is not a P-value", n, text)
		}
		if err := r.set(strings.ToUpper(name), value); err != nil {
			return fault.Wrap(fault.Invalid, err, "line %d", n)
		}
	}
	return nil
}
