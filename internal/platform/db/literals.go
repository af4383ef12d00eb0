package db

import (
	"database/sql/driver"
	"encoding/hex"
	"strconv"
	"strings"
)

// bun writes values into the text of a query, so that no two are alike and SQLite
// parses each anew. literals takes them out again: text and shape of a query that
// was seen before, and what is different this time. Values that tell SQLite which
// index to take stay: words, as the conditions of partial indexes hold them, paths
// into JSON, and small numbers, which may also be places ("ORDER BY 1").

const (
	textMost     = 16 << 10 // bytes of a query, beyond which it is hardly seen twice
	literalsMost = 256      // in one query
	wordMost     = 24       // bytes of a string that is a word
	digitsLeast  = 6        // of a number that is a value
)

// literals returns the query with a mark in the place of each value, and the
// values. ok is false where the text is to be taken as it is.
func literals(query string) (text string, values []driver.NamedValue, ok bool) {
	if len(query) > textMost || !repeats(query) {
		return "", nil, false
	}
	var b strings.Builder
	b.Grow(len(query))
	i := 0
	put := func(v driver.Value) {
		if b.WriteByte('?'); i < len(query) && digit(query[i]) {
			b.WriteByte(' ') // else it were the mark of that number
		}
		values = append(values, driver.NamedValue{Ordinal: len(values) + 1, Value: v})
	}
	for i < len(query) {
		end := after(query, i)
		if end < 0 || len(values) > literalsMost {
			return "", nil, false
		}
		token := query[i:end]
		i = end
		switch c := token[0]; {
		case c == '?' || c == ':' || c == '@' || c == '$':
			return "", nil, false // it has marks of its own
		case c == '\'' && !stays(token):
			put(strings.ReplaceAll(token[1:len(token)-1], "''", "'"))
		case (c == 'X' || c == 'x') && len(token) > 2 && token[1] == '\'':
			bytes, err := hex.DecodeString(token[2 : len(token)-1])
			if err != nil {
				return "", nil, false
			}
			put(bytes)
		case digit(c) && len(token) >= digitsLeast:
			n, err := strconv.ParseInt(token, 10, 64)
			if err != nil { // a fraction, or too large
				b.WriteString(token)
				break
			}
			put(n)
		default:
			b.WriteString(token)
		}
	}
	return b.String(), values, true
}

// repeats reports whether a query is of a kind that is asked again and again.
func repeats(query string) bool {
	for _, kind := range []string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "} {
		if len(query) > len(kind) && strings.EqualFold(query[:len(kind)], kind) {
			return true
		}
	}
	return false
}

// stays reports whether a quoted string is one of the program's own words.
func stays(quoted string) bool {
	text := quoted[1 : len(quoted)-1]
	if len(text) > wordMost {
		return false
	}
	if strings.HasPrefix(text, "$") || text == "" {
		return true
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// after returns where the token ends that begins at i; below zero where it does
// not end, or is a comment, which nobody writes into queries here.
func after(query string, i int) int {
	switch c := query[i]; {
	case c == '\'' || c == '"' || c == '`':
		return closed(query, i)
	case c == '[':
		if n := strings.IndexByte(query[i:], ']'); n >= 0 {
			return i + n + 1
		}
		return -1
	case (c == 'X' || c == 'x') && i+1 < len(query) && query[i+1] == '\'':
		return closed(query, i+1)
	case c == '-' && i+1 < len(query) && query[i+1] == '-', c == '/' && i+1 < len(query) && query[i+1] == '*', c == 0:
		return -1
	case digit(c), inName(c):
		end := i + 1
		for end < len(query) && (inName(query[end]) || digit(c) && exponent(query, end)) {
			end++
		}
		return end
	}
	return i + 1
}

// exponent reports whether the byte goes on a number that began before: its point,
// or the sign behind its e.
func exponent(query string, i int) bool {
	c, before := query[i], query[i-1]
	return c == '.' || (c == '+' || c == '-') && (before == 'e' || before == 'E')
}

// closed returns where what is quoted at i ends; a doubled quote is inside.
func closed(query string, i int) int {
	quote := query[i]
	for end := i + 1; end < len(query); end++ {
		if query[end] == 0 {
			return -1 // SQLite takes it for the end of the text
		}
		if query[end] != quote {
			continue
		}
		if end+1 < len(query) && query[end+1] == quote {
			end++
			continue
		}
		return end + 1
	}
	return -1
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// inName reports whether a byte can be in a name or a number.
func inName(c byte) bool {
	return digit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= 0x80
}
