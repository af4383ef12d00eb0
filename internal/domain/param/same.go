package param

import (
	"strconv"
	"strings"
)

// Same reports whether two values of the parameter mean the same to a phone: phones
// give values back as they like to write them. Numbers are compared as numbers;
// words, names of hosts and addresses regardless of case; the space around any value
// counts for nothing. Text is compared to the letter but for that space.
func (p Parameter) Same(a, b string) bool {
	if n, err := p.Normalize(a); err == nil {
		a = n
	}
	if n, err := p.Normalize(b); err == nil {
		b = n
	}
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	switch p.Type {
	case Text, Secret, PEM:
		return a == b
	case Number:
		x, errA := strconv.ParseInt(a, 10, 64)
		y, errB := strconv.ParseInt(b, 10, 64)
		return errA == nil && errB == nil && x == y || a == b
	case Path, URL:
		return strings.EqualFold(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/"))
	}
	return strings.EqualFold(a, b)
}
