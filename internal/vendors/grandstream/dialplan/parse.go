package dialplan

import (
	"fmt"
	"regexp"
	"strings"

	"bellwether/internal/platform/fault"
)

// parser walks a plan without its braces.
type parser struct{ rest []rune }

// peek returns the next rune that means something, 0 at the end.
func (p *parser) peek() rune {
	for len(p.rest) > 0 && (p.rest[0] == ' ' || p.rest[0] == '\t') {
		p.rest = p.rest[1:]
	}
	if len(p.rest) == 0 {
		return 0
	}
	return p.rest[0]
}

func (p *parser) next() rune {
	r := p.peek()
	if r != 0 {
		p.rest = p.rest[1:]
	}
	return r
}

func (p *parser) take(want rune) bool {
	if p.peek() != want {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// rule reads one pattern, up to "|" or the end.
func (p *parser) rule() (rule, error) {
	r := rule{blocks: p.take('^')}
	var whole, group strings.Builder
	groups := 0
	flush := func() {
		if group.Len() > 0 {
			groups++
			whole.WriteString("(" + group.String() + ")")
			group.Reset()
			r.pieces = append(r.pieces, piece{group: groups})
		}
	}
	for c := p.peek(); c != 0 && c != '|'; c = p.peek() {
		if c != '<' {
			e, err := p.element()
			if err != nil {
				return rule{}, err
			}
			group.WriteString(e)
			continue
		}
		flush()
		from, to, err := p.replacement()
		if err != nil {
			return rule{}, err
		}
		whole.WriteString(from)
		r.pieces = append(r.pieces, piece{text: to})
	}
	flush()
	if whole.Len() == 0 {
		return rule{}, fault.New(fault.Invalid, "it is empty")
	}
	fits, err := regexp.Compile(`^(?:` + whole.String() + `)$`)
	if err != nil {
		return rule{}, fault.New(fault.Invalid, "it is too large")
	}
	r.fits = fits
	return r, nil
}

// element reads one element with what repeats it, as a regular expression.
func (p *parser) element() (string, error) {
	var e string
	switch c := p.next(); c {
	case 'x':
		e = "[0-9]"
	case 'X':
		e = "[0-9A-Za-z]"
	case '[':
		set, err := p.set()
		if err != nil {
			return "", err
		}
		e = set
	case '\\':
		if len(p.rest) == 0 {
			return "", fault.New(fault.Invalid, "nothing follows the backslash")
		}
		e = regexp.QuoteMeta(string(p.rest[0]))
		p.rest = p.rest[1:]
	case '+': // nothing stands before it to repeat: the sign itself, as the guide prints its default plan
		e = `\+`
	case '.', ']', '>', '=', '{', '}', '^':
		return "", fault.New(fault.Invalid, "%q stands where a digit is wanted", c)
	default:
		e = regexp.QuoteMeta(string(c))
	}
	switch {
	case p.take('+'):
		for p.take('+') { // as in *++, which is in use
		}
		return e + "+", nil
	case p.take('.'):
		return e + "*", nil
	}
	return e, nil
}

// set reads "3-5" and "147" up to the closing bracket.
func (p *parser) set() (string, error) {
	var b strings.Builder
	for !p.take(']') {
		from := p.next()
		to := from
		if p.take('-') {
			to = p.next()
		}
		if !alphanumeric(from) || !alphanumeric(to) || from > to {
			return "", fault.New(fault.Invalid, "a bracket holds something else than digits, letters and spans of them")
		}
		fmt.Fprintf(&b, "%c-%c", from, to)
	}
	if b.Len() == 0 {
		return "", fault.New(fault.Invalid, "a bracket is empty")
	}
	return "[" + b.String() + "]", nil
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '*' || r == '#'
}

// replacement reads "<2=011>": what has to stand there, and what is dialled.
func (p *parser) replacement() (from, to string, err error) {
	p.next() // the angle bracket
	var pattern, text strings.Builder
	for !p.take('=') {
		if c := p.peek(); c == 0 || c == '>' || c == '<' || c == '|' {
			return "", "", fault.New(fault.Invalid, "a replacement lacks its =")
		}
		e, err := p.element()
		if err != nil {
			return "", "", err
		}
		pattern.WriteString(e)
	}
	for !p.take('>') {
		c := p.next()
		if c == 0 || c == '<' || c == '|' || c == '=' {
			return "", "", fault.New(fault.Invalid, "a replacement is not closed")
		}
		text.WriteRune(c)
	}
	return "(?:" + pattern.String() + ")", text.String(), nil
}
