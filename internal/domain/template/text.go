package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// The text form has one value in a line: key=value. What begins with # is a
// comment, an empty line is nothing. A value with line ends, with blanks around
// it or with a quotation mark at its beginning is written as a JSON string.

// line is one value of a text.
type line struct {
	number      int // from 1
	name, value string
}

// writeText writes values in the text form, each secret blanked.
func writeText(head string, items []Item) []byte {
	var b bytes.Buffer
	for l := range strings.SplitSeq(head, "\n") {
		b.WriteString("# " + l + "\n")
	}
	for _, it := range items {
		if it.Secret != "" {
			it.Value = secret.Redacted
		}
		b.WriteString(string(it.Key) + "=" + quoted(it.Value) + "\n")
	}
	return b.Bytes()
}

func quoted(v string) string {
	odd := func(r rune) bool { return r < ' ' || r == '\ufffe' || r == '\uffff' }
	if v == strings.TrimSpace(v) && !strings.HasPrefix(v, `"`) && !strings.ContainsFunc(v, odd) {
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return v // a string always has a JSON form
	}
	return string(b)
}

// readText reads the text form. What is wrong is told line by line.
func readText(data []byte) (lines []line, wrong []fault.Field) {
	if !utf8.Valid(data) {
		return nil, []fault.Field{{Path: "text", Message: "the text is not UTF-8"}}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	number := 0
	for raw := range strings.Lines(text) {
		number++
		raw = strings.TrimSpace(raw)
		if raw == "" || raw[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(raw, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			wrong = append(wrong, fault.Field{Path: at(number), Message: "key=value is wanted"})
			continue
		}
		lines = append(lines, line{number, name, unquoted(strings.TrimSpace(value))})
	}
	if len(lines) > limit.TemplateItems {
		wrong = []fault.Field{{Path: "text", Message: fmt.Sprintf("%d values, at most %d fit", len(lines), limit.TemplateItems)}}
	}
	return lines, wrong
}

func unquoted(v string) string {
	var out string
	if strings.HasPrefix(v, `"`) && json.Unmarshal([]byte(v), &out) == nil {
		return out
	}
	return v
}

func at(number int) string { return fmt.Sprintf("line %d", number) }
