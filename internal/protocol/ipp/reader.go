package ipp

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"bellwether/internal/platform/limit"
)

// reader reads JSON as phones write it.
type reader struct {
	b      []byte
	i      int
	fields int // that were read
}

// space passes over blanks, and a byte order mark at the start.
func (r *reader) space() {
	if r.i == 0 && len(r.b) >= 3 && string(r.b[:3]) == "\xef\xbb\xbf" {
		r.i = 3
	}
	for r.i < len(r.b) && (r.b[r.i] == ' ' || r.b[r.i] == '\n' || r.b[r.i] == '\r' || r.b[r.i] == '\t') {
		r.i++
	}
}

// peek is the next byte that is no blank, 0 at the end.
func (r *reader) peek() byte {
	r.space()
	if r.i >= len(r.b) {
		return 0
	}
	return r.b[r.i]
}

// take passes over c where it comes next.
func (r *reader) take(c byte) bool {
	if r.peek() != c || c == 0 {
		return false
	}
	r.i++
	return true
}

// object reads an object; field reads the value of each name, in lower case.
func (r *reader) object(depth int, field func(name string) error) error {
	if depth > limit.JSONDepth {
		return malformed("it is nested too deep")
	}
	if !r.take('{') {
		return malformed("an object is missing at byte %d", r.i)
	}
	for {
		for r.take(',') { // some write one too many
			continue
		}
		if r.take('}') {
			return nil
		}
		if r.fields++; r.fields > limit.IPPFields {
			return malformed("it has more than %d fields", limit.IPPFields)
		}
		name, err := r.quoted()
		if err != nil {
			return err
		}
		if !r.take(':') {
			return malformed("a colon is missing at byte %d", r.i)
		}
		if err := field(strings.ToLower(name)); err != nil {
			return err
		}
		if c := r.peek(); c != ',' && c != '}' {
			return malformed("a comma is missing at byte %d", r.i)
		}
	}
}

// list reads an array; item reads each of its values.
func (r *reader) list(depth int, item func() error) error {
	if depth > limit.JSONDepth {
		return malformed("it is nested too deep")
	}
	if !r.take('[') {
		return malformed("a list is missing at byte %d", r.i)
	}
	for {
		for r.take(',') {
			continue
		}
		if r.take(']') {
			return nil
		}
		if r.fields++; r.fields > limit.IPPFields {
			return malformed("it has more than %d fields", limit.IPPFields)
		}
		if err := item(); err != nil {
			return err
		}
		if c := r.peek(); c != ',' && c != ']' {
			return malformed("a comma is missing at byte %d", r.i)
		}
	}
}

// text reads a value that is one word, whatever it is written as: null is "", what is
// a list or an object is passed over and is "" too.
func (r *reader) text(depth int) (string, error) {
	switch r.peek() {
	case '"':
		s, err := r.quoted()
		return cut(s), err
	case '{', '[':
		return "", r.skip(depth)
	}
	from := r.i
	for r.i < len(r.b) && strings.IndexByte(" \t\r\n,:{}[]\"", r.b[r.i]) < 0 {
		r.i++
	}
	s := string(r.b[from:r.i])
	switch {
	case s == "null":
		return "", nil
	case s == "" || !bare(s):
		return "", malformed("a value is missing at byte %d", from)
	}
	return cut(s), nil
}

// bare reports whether s stands without quotes rightly: a number, true or false.
func bare(s string) bool {
	if s == "true" || s == "false" {
		return true
	}
	return strings.Trim(s, "0123456789+-.eE") == "" && strings.ContainsAny(s, "0123456789")
}

// skip passes over any value.
func (r *reader) skip(depth int) error {
	switch r.peek() {
	case '{':
		return r.object(depth+1, func(string) error { return r.skip(depth + 1) })
	case '[':
		return r.list(depth+1, func() error { return r.skip(depth + 1) })
	}
	_, err := r.text(depth)
	return err
}

// quoted reads a text. Line breaks in it count as they stand; what is no UTF-8 is
// replaced.
func (r *reader) quoted() (string, error) {
	if !r.take('"') {
		return "", malformed("a text is missing at byte %d", r.i)
	}
	from := r.i
	for r.i < len(r.b) {
		switch r.b[r.i] {
		case '"':
			s := string(r.b[from:r.i])
			r.i++
			return strings.ToValidUTF8(s, "\uFFFD"), nil
		case '\\':
			return r.escaped(from)
		}
		r.i++
	}
	return "", malformed("a text does not end")
}

// escaped reads the rest of a text that has escapes.
func (r *reader) escaped(from int) (string, error) {
	out := append([]byte(nil), r.b[from:r.i]...)
	for r.i < len(r.b) {
		c := r.b[r.i]
		r.i++
		switch {
		case c == '"':
			return strings.ToValidUTF8(string(out), "\uFFFD"), nil
		case c != '\\':
			out = append(out, c)
			continue
		case r.i >= len(r.b):
			return "", malformed("a text does not end")
		}
		c = r.b[r.i]
		r.i++
		switch c {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b', 'f':
			out = append(out, ' ')
		case 'u':
			out = utf8.AppendRune(out, r.unicode())
		default: // a quote, a slash, and what needs no escape
			out = append(out, c)
		}
	}
	return "", malformed("a text does not end")
}

// unicode reads the four digits of \uXXXX, and a second half where one follows.
func (r *reader) unicode() rune {
	c, ok := r.hex()
	if !ok || !utf16.IsSurrogate(c) {
		return c
	}
	if r.i+1 < len(r.b) && r.b[r.i] == '\\' && r.b[r.i+1] == 'u' {
		at := r.i
		r.i += 2
		low, _ := r.hex()
		if both := utf16.DecodeRune(c, low); both != utf8.RuneError {
			return both
		}
		r.i = at
	}
	return utf8.RuneError
}

func (r *reader) hex() (rune, bool) {
	if r.i+4 > len(r.b) {
		return utf8.RuneError, false
	}
	n, err := strconv.ParseUint(string(r.b[r.i:r.i+4]), 16, 16)
	if err != nil {
		return utf8.RuneError, false
	}
	r.i += 4
	return rune(n), true
}

// end fails where something follows.
func (r *reader) end() error {
	if r.peek() != 0 || r.i < len(r.b) {
		return malformed("something follows it")
	}
	return nil
}

// cut keeps so much of a text as is kept.
func cut(s string) string {
	if len(s) <= limit.IPPText {
		return s
	}
	s = s[:limit.IPPText]
	for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) {
		s = s[:len(s)-1]
	}
	return s
}
