package cwmp

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/limit"
)

// clean makes a body what the reader can read: UTF-8 without a mark at its start.
// What a declaration says counts only where the bytes are no UTF-8, since phones
// declare what they do not write.
func clean(b []byte) ([]byte, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return nil, broken("the message is in UTF-16")
	}
	if utf8.Valid(b) {
		return b, nil
	}
	if latin(b) {
		out := make([]byte, 0, len(b)+len(b)/8)
		for _, c := range b {
			out = utf8.AppendRune(out, rune(c))
		}
		return out, nil
	}
	return bytes.ToValidUTF8(b, []byte("\ufffd")), nil
}

// latin reports whether a document declares one byte for each character.
func latin(b []byte) bool {
	head, _, found := bytes.Cut(b, []byte("?>"))
	if !found || len(head) > 200 {
		return false
	}
	head = bytes.ToLower(head)
	return bytes.Contains(head, []byte("iso-8859-1")) || bytes.Contains(head, []byte("windows-1252")) || bytes.Contains(head, []byte("us-ascii"))
}

// addText adds what a piece of text means. References are resolved where it has
// any; an ampersand that begins none stands for itself. What XML does not allow is
// left out.
func addText(dst *[]byte, raw []byte, references bool) error {
	if len(*dst)+len(raw) > limit.XMLText {
		return broken("a text is longer than %d bytes", limit.XMLText)
	}
	for i := 0; i < len(raw); {
		n := plain(raw[i:])
		*dst = append(*dst, raw[i:i+n]...)
		if i += n; i == len(raw) {
			break
		}
		switch c := raw[i]; {
		case c == '&' && references:
			i += addReference(dst, raw[i:])
		case c == '\r': // a line's end is one LF (XML §2.11)
			if i++; i == len(raw) || raw[i] != '\n' {
				*dst = append(*dst, '\n')
			}
		case c >= 0x80:
			r, size := utf8.DecodeRune(raw[i:])
			if legal(r) {
				*dst = append(*dst, raw[i:i+size]...)
			}
			i += size
		default:
			if legal(rune(c)) {
				*dst = append(*dst, c)
			}
			i++
		}
	}
	return nil
}

// plain counts the bytes that mean themselves.
func plain(b []byte) int {
	for i, c := range b {
		if c < 0x20 || c == '&' || c >= 0x80 {
			return i
		}
	}
	return len(b)
}

// longestReference is that of a character by its number with a few zeros.
const longestReference = 12

// addReference adds what the reference at the start of b means and returns its
// length; where it is none, that of the ampersand alone.
func addReference(dst *[]byte, b []byte) int {
	end := bytes.IndexByte(b[:min(len(b), longestReference)], ';')
	if end < 2 {
		*dst = append(*dst, '&')
		return 1
	}
	switch name := string(b[1:end]); name {
	case "amp":
		*dst = append(*dst, '&')
	case "lt":
		*dst = append(*dst, '<')
	case "gt":
		*dst = append(*dst, '>')
	case "quot":
		*dst = append(*dst, '"')
	case "apos":
		*dst = append(*dst, '\'')
	default:
		r, ok := number(name)
		if !ok {
			*dst = append(*dst, '&')
			return 1
		}
		if legal(r) {
			*dst = utf8.AppendRune(*dst, r)
		}
	}
	return end + 1
}

// number reads "#10" and "#xA".
func number(name string) (rune, bool) {
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if rest, hex := strings.CutPrefix(strings.ToLower(digits), "x"); hex {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n & utf8.MaxRune), ok && err == nil && n <= utf8.MaxRune //nolint:gosec // masked
}

// legal reports whether XML allows a character (XML §2.2).
func legal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// appendText writes a text so that it reads as itself; what XML does not allow is
// left out.
func appendText(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendByte(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if legal(r) && (r != utf8.RuneError || size > 1) {
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return dst
}

func appendByte(dst []byte, c byte) []byte {
	switch c {
	case '&':
		return append(dst, "&amp;"...)
	case '<':
		return append(dst, "&lt;"...)
	case '>':
		return append(dst, "&gt;"...)
	case '"':
		return append(dst, "&quot;"...)
	case '\r':
		return append(dst, "&#13;"...)
	}
	if legal(rune(c)) {
		dst = append(dst, c)
	}
	return dst
}
