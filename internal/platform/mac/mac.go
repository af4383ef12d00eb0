// Package mac reads and prints MAC addresses. A MAC is a name, never a proof of
// who asks.
package mac

import "bellwether/internal/platform/fault"

// Address is a MAC in its canonical form: 12 lower-case hex digits. The zero
// value is the empty string, which is no address.
type Address string

// Parse reads a MAC in any of the usual forms: with '-', ':' or '.' between
// digits or none, in any case. It fails with fault.Invalid for anything else
// and for the all-zero and broadcast addresses.
func Parse(s string) (Address, error) {
	var out [12]byte
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		case (c == '-' || c == ':' || c == '.') && n > 0 && n < 12 && n%2 == 0 && i+1 < len(s):
			if p := s[i-1]; p == '-' || p == ':' || p == '.' {
				return "", invalid(s)
			}
			continue
		default:
			return "", invalid(s)
		}
		if n == len(out) {
			return "", invalid(s)
		}
		out[n] = c
		n++
	}
	a := Address(out[:n])
	if n != len(out) || a == "000000000000" || a == "ffffffffffff" {
		return "", invalid(s)
	}
	return a, nil
}

func invalid(s string) error {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return fault.New(fault.Invalid, "%q is not a MAC address: 12 hex digits are wanted, with or without - : .", s)
}

// String returns the 12 lower-case hex digits.
func (a Address) String() string { return string(a) }

// Colons returns the form 00:00:5e:00:53:01, or "" for the zero value.
func (a Address) Colons() string {
	if len(a) != 12 {
		return ""
	}
	s := string(a)
	return s[0:2] + ":" + s[2:4] + ":" + s[4:6] + ":" + s[6:8] + ":" + s[8:10] + ":" + s[10:12]
}

// OUI returns the first six digits, which name the manufacturer.
func (a Address) OUI() string {
	if len(a) != 12 {
		return ""
	}
	return string(a[:6])
}
