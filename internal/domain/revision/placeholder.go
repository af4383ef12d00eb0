package revision

import (
	"strings"

	"bellwether/internal/domain/placeholder"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// expand puts the values of the placeholders in s. One that does not resolve, or
// that leads back to itself, is an Invalid error that names it.
func expand(s string, values map[string]string, depth int) (string, error) {
	if depth > limit.PlaceholderDepth {
		return "", fault.New(fault.Invalid, "placeholders refer to each other in a circle")
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, placeholder.Open)
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(rest, placeholder.Close)
		if !ok || !placeholder.ValidName(name) {
			return "", fault.New(fault.Invalid, "a placeholder is not closed: %s%.40s", placeholder.Open, rest)
		}
		v, ok := values[name]
		if !ok {
			return "", fault.New(fault.Invalid, "the placeholder %s%s%s has no value here", placeholder.Open, name, placeholder.Close)
		}
		v, err := expand(v, values, depth+1)
		if err != nil {
			return "", err
		}
		if b.Len()+len(v) > limit.ValueBytes {
			return "", fault.New(fault.Invalid, "the value becomes longer than %d bytes", limit.ValueBytes)
		}
		b.WriteString(v)
		s = after
	}
}
