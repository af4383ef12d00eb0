package revision

import (
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// A placeholder is written %ITCS_Name% (seed 002, "Placeholders").
const (
	placeholderOpen  = "%ITCS_"
	placeholderClose = "%"
)

// expand puts the values of the placeholders in s. One that does not resolve, or
// that leads back to itself, is an Invalid error that names it.
func expand(s string, values map[string]string, depth int) (string, error) {
	if depth > limit.PlaceholderDepth {
		return "", fault.New(fault.Invalid, "placeholders refer to each other in a circle")
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, placeholderOpen)
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(rest, placeholderClose)
		if !ok || !placeholderName(name) {
			return "", fault.New(fault.Invalid, "a placeholder is not closed: %s%.40s", placeholderOpen, rest)
		}
		v, ok := values[name]
		if !ok {
			return "", fault.New(fault.Invalid, "the placeholder %s%s%s has no value here", placeholderOpen, name, placeholderClose)
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

func placeholderName(s string) bool {
	if s == "" || len(s) > limit.Name {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.') {
			return false
		}
	}
	return true
}
