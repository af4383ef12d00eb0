package sim

import "strings"

// The dial plan as the guide's "Dial plan" page has it: patterns between braces,
// parted by pipes. It is read anew for every number, by trying one element after
// the other; what cannot be read lets nothing through (pessimistic).

// atom is one place of a pattern.
type atom struct {
	keys  string // that fit; "" for a replacement
	least int    // how often
	many  bool   // or more often
	from  []atom // what is replaced
	to    string // and by what
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// dialled returns what the phone sends for a number. A plan without patterns lets
// everything through; a pattern that begins with ^ forbids what fits it.
func dialled(plan, number string) (string, bool) {
	plan = strings.TrimSpace(plan)
	plan = strings.TrimSuffix(strings.TrimPrefix(plan, "{"), "}")
	if strings.TrimSpace(plan) == "" {
		return number, true
	}
	answer, allowed := "", false
	for _, pattern := range patterns(plan) {
		pattern, forbids := strings.CutPrefix(pattern, "^")
		atoms, rest, ok := readAtoms(pattern, 0)
		if !ok || rest != "" || len(atoms) == 0 {
			return "", false
		}
		out, fits := follow(atoms, number)
		switch {
		case fits && forbids:
			return "", false
		case fits && !allowed:
			answer, allowed = out, true
		}
	}
	return answer, allowed
}

// patterns cuts a plan at its pipes; blanks mean nothing.
func patterns(plan string) []string {
	plan = strings.NewReplacer(" ", "", "\t", "").Replace(plan)
	var out []string
	start := 0
	for i := 0; i < len(plan); i++ {
		switch plan[i] {
		case '\\':
			i++
		case '|':
			out = append(out, plan[start:i])
			start = i + 1
		}
	}
	return append(out, plan[start:])
}

// readAtoms reads places up to one of the keys of stop, which is left.
func readAtoms(s string, stop byte) (out []atom, rest string, ok bool) {
	for s != "" && (stop == 0 || s[0] != stop) {
		a := atom{least: 1}
		switch s[0] {
		case '<':
			from, after, ok := readAtoms(s[1:], '=')
			to, left, closed := strings.Cut(strings.TrimPrefix(after, "="), ">")
			if !ok || after == "" || !closed {
				return nil, s, false
			}
			out, s = append(out, atom{from: from, to: to, least: 1}), left
			continue
		case '[':
			set, left, closed := strings.Cut(s[1:], "]")
			if a.keys = span(set); !closed || a.keys == "" {
				return nil, s, false
			}
			s = left
		case 'x':
			a.keys, s = digits, s[1:]
		case 'X':
			a.keys, s = digits+letters, s[1:]
		case '\\':
			if len(s) < 2 {
				return nil, s, false
			}
			a.keys, s = s[1:2], s[2:]
		case '>', ']', '.', '{', '}', '^':
			return nil, s, false
		default:
			a.keys, s = s[:1], s[1:]
		}
		for s != "" && s[0] == '+' { // "+" after a key repeats it, and is a key where it stands first
			a.many, s = true, s[1:]
		}
		if s != "" && s[0] == '.' {
			a.many, a.least, s = true, 0, s[1:]
		}
		out = append(out, a)
	}
	return out, s, true
}

// span writes out "3-5" and "147".
func span(set string) string {
	var b strings.Builder
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			for c := int(set[i]); c <= int(set[i+2]); c++ {
				b.WriteByte(byte(c)) //nolint:gosec // between two bytes
			}
			i += 2
			continue
		}
		b.WriteByte(set[i])
	}
	return b.String()
}

// follow walks a number along the places, taking as many keys as it can and
// going back where the rest does not fit.
func follow(atoms []atom, number string) (string, bool) {
	if len(atoms) == 0 {
		return "", number == ""
	}
	a, rest := atoms[0], atoms[1:]
	if a.keys == "" {
		for n := len(number); n >= 0; n-- {
			if _, fits := follow(a.from, number[:n]); !fits {
				continue
			}
			if out, ok := follow(rest, number[n:]); ok {
				return a.to + out, true
			}
		}
		return "", false
	}
	most := 0
	for most < len(number) && strings.IndexByte(a.keys, number[most]) >= 0 && (a.many || most < a.least) {
		most++
	}
	for n := most; n >= a.least; n-- {
		if out, ok := follow(rest, number[n:]); ok {
			return number[:n] + out, true
		}
	}
	return "", false
}
