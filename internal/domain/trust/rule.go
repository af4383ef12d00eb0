package trust

import (
	"crypto/x509"
	"encoding/asn1"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
)

// Field is a field of a certificate that may hold a MAC.
type Field string

// The fields. The subject's stand first, then the alternative names.
const (
	CommonName   Field = "cn"
	SerialNumber Field = "serial_number" // of the subject, not the certificate's own
	DNSName      Field = "san_dns"
	URI          Field = "san_uri"
	Email        Field = "san_email"
)

// Fields lists the fields in the order in which a rule is guessed.
func Fields() []Field { return []Field{CommonName, SerialNumber, DNSName, URI, Email} }

// Rule says how to read a MAC in a certificate. The pattern is a regular
// expression (RE2) for the whole text of the field, in which letters count alike
// in either case; its one group is the MAC, with : or - between digits or none.
type Rule struct {
	Field   Field
	Pattern string
}

// The patterns that are proposed: the field is the MAC, or the MAC stands in it.
const (
	macText       = `[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5}`
	patternAlone  = `(` + macText + `)`
	patternWithin = `(?:.*[^0-9A-Fa-f])?(` + macText + `)(?:[^0-9A-Fa-f].*)?`
)

// compile checks a rule; it fails with fault.Invalid by field.
func (r Rule) compile() (*regexp.Regexp, error) {
	var wrong []fault.Field
	if !slices.Contains(Fields(), r.Field) {
		wrong = append(wrong, fault.Field{Path: "field", Message: "one of cn, serial_number, san_dns, san_uri, san_email"})
	}
	re, err := regexp.Compile(r.Pattern) // by itself, so that no bracket of it reaches outside
	if err == nil {
		re, err = regexp.Compile(`^(?i:` + r.Pattern + `)$`)
	}
	switch {
	case r.Pattern == "" || utf8.RuneCountInString(r.Pattern) > limit.RulePattern:
		wrong = append(wrong, fault.Field{Path: "pattern", Message: fault.New(fault.Invalid, "1 to %d characters", limit.RulePattern).Error()})
	case err != nil:
		wrong = append(wrong, fault.Field{Path: "pattern", Message: "not a regular expression: " + plain(strings.TrimPrefix(err.Error(), "error parsing regexp: "), 120)})
	case re.NumSubexp() != 1:
		wrong = append(wrong, fault.Field{Path: "pattern", Message: "exactly one group in round brackets is wanted, which is the MAC"})
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields("the rule is not taken", wrong...)
	}
	return re, nil
}

// read reads the MAC in a certificate; where that fails it says why. Two
// different MACs in the field are none: somebody could ask for the other one.
func (r Rule) read(c *x509.Certificate) (m mac.Address, why string) {
	re, err := r.compile()
	if err != nil {
		return "", fault.Message(err)
	}
	texts := texts(c, r.Field)
	if len(texts) == 0 {
		return "", "it has no " + r.Field.name()
	}
	found := map[mac.Address]bool{}
	for _, t := range texts {
		for _, other := range macsIn(t) {
			found[other] = true
		}
		if g := re.FindStringSubmatch(t); g != nil {
			if a, err := mac.Parse(g[1]); err == nil {
				m, found[a] = a, true
			}
		}
	}
	switch {
	case m == "":
		return "", "the CA's rule finds no MAC in its " + r.Field.name() + " " + quoted(texts)
	case len(found) > 1:
		return "", "its " + r.Field.name() + " holds more than one MAC: " + quoted(texts)
	}
	return m, ""
}

// guess proposes the rule that reads a MAC in most of the subjects, the zero Rule
// where none does.
func guess(subjects []Subject) (best Rule) {
	most := 0
	for _, f := range Fields() {
		n, alone := 0, true
		for _, s := range subjects {
			for _, v := range s.Values {
				if v.Field == f && v.MAC != "" {
					n++
					_, err := mac.Parse(v.Text)
					alone = alone && err == nil
					break
				}
			}
		}
		if n > most {
			most, best = n, Rule{f, patternWithin}
			if alone {
				best.Pattern = patternAlone
			}
		}
	}
	return best
}

// valuesOf lists the texts of a certificate's fields.
func valuesOf(c *x509.Certificate) (out []Value) {
	for _, f := range Fields() {
		for _, t := range texts(c, f) {
			v := Value{Field: f, Text: plain(t, limit.CertSubject)}
			if all := macsIn(t); len(all) == 1 {
				v.MAC = all[0]
			}
			out = append(out, v)
		}
	}
	return out
}

// texts are a field's texts, all of them: a subject may name itself twice.
func texts(c *x509.Certificate, f Field) (out []string) {
	switch f {
	case CommonName:
		return named(c, asn1.ObjectIdentifier{2, 5, 4, 3}) // X.520
	case SerialNumber:
		return named(c, asn1.ObjectIdentifier{2, 5, 4, 5})
	case DNSName:
		return c.DNSNames
	case Email:
		return c.EmailAddresses
	case URI:
		for _, u := range c.URIs {
			out = append(out, u.String())
		}
	}
	return out
}

func named(c *x509.Certificate, oid asn1.ObjectIdentifier) (out []string) {
	for _, n := range c.Subject.Names {
		if t, ok := n.Value.(string); ok && n.Type.Equal(oid) {
			out = append(out, t)
		}
	}
	return out
}

// macsIn finds what reads as a MAC and stands alone, without a further
// hexadecimal digit before or behind it; each once.
func macsIn(text string) (out []mac.Address) {
	for i := 0; i < len(text); i++ {
		if i > 0 && isHex(text[i-1]) || !isHex(text[i]) {
			continue
		}
		end, digits := i, 0
		for j := i; j < len(text) && digits < 12; j++ {
			if isHex(text[j]) {
				digits++
				end = j + 1
				continue
			}
			if (text[j] == ':' || text[j] == '-') && digits%2 == 0 && digits > 0 && j+1 < len(text) && isHex(text[j+1]) {
				continue
			}
			break
		}
		if digits < 12 || end < len(text) && isHex(text[end]) {
			continue
		}
		if m, err := mac.Parse(text[i:end]); err == nil && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// name is the field's name in a sentence.
func (f Field) name() string {
	switch f {
	case CommonName:
		return "CN"
	case SerialNumber:
		return "serialNumber"
	case DNSName:
		return "DNS name"
	case URI:
		return "URI"
	case Email:
		return "mail address"
	}
	return string(f)
}

func quoted(texts []string) string {
	return "“" + plain(strings.Join(texts, "”, “"), limit.CertSubject) + "”"
}

// plain cuts a stranger's text to about n bytes and takes out what could disturb
// a reader: control characters and those that turn the direction of reading.
func plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '�'
		}
		return r
	}, s)
	if len(s) <= n {
		return s
	}
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s + "…"
}
