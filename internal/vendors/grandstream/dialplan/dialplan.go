// Package dialplan reads the dial plans of Grandstream phones and tells what a
// phone with a plan dials.
//
// A plan is a list of patterns in braces, parted by "|":
//
//	{ ^1900x+ | <=1617>xxxxxxx | [3469]11 | 011[2-9]x. }
//
//	x         a digit                       X         a digit or a letter
//	[3-5] [147]  one of these               anything else stands for itself
//	x+        one or more of the element before it
//	x.        any number of it, none included
//	^         before a pattern: what fits it is not dialled
//	<2=011>   dial 011 in place of 2        <=1617>   put 1617 there
//	\         the next character stands for itself: \+
//	+         with nothing before it to repeat: the sign itself
//
// Blanks mean nothing. The braces, the pipes and the anchor are those of the
// GHP6xx guide, whose examples had lost some of them in print; the backslash is
// in the default plan of the maker's GRP26xx template. That x. may stand for
// nothing, and that a pattern with ^ blocks wherever it stands in the plan, is
// inferred.
package dialplan

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Plan is a dial plan. Parse makes one; the zero value dials everything as it is.
type Plan struct{ rules []rule }

// rule is one pattern.
type rule struct {
	blocks bool
	fits   *regexp.Regexp
	pieces []piece
}

// piece is a part of what is dialled: a group of what was matched or, where the
// group is 0, a text of its own.
type piece struct {
	group int
	text  string
}

// Parse reads a plan. An empty one dials everything. It fails with
// fault.Invalid, naming the place, for what is not a plan.
func Parse(plan string) (Plan, error) {
	if len(plan) > limit.DialPlanBytes || !utf8.ValidString(plan) {
		return Plan{}, fault.New(fault.Invalid, "a dial plan is a text of at most %d bytes", limit.DialPlanBytes)
	}
	s := strings.TrimSpace(plan)
	if body, ok := strings.CutPrefix(s, "{"); ok {
		if body, ok = strings.CutSuffix(body, "}"); !ok {
			return Plan{}, fault.New(fault.Invalid, "the dial plan's brace is not closed")
		}
		s = strings.TrimSpace(body)
	}
	if s == "" {
		return Plan{}, nil
	}
	p := parser{rest: []rune(s)}
	var out Plan
	for {
		r, err := p.rule()
		if err != nil {
			return Plan{}, fault.Wrap(fault.Invalid, err, "pattern %d of the dial plan", len(out.rules)+1)
		}
		out.rules = append(out.rules, r)
		if !p.take('|') {
			return out, nil
		}
	}
}

// Match returns what the phone dials for a number, and whether it dials it at
// all: no pattern that blocks may fit, and the first that fits decides.
func (p Plan) Match(number string) (dialled string, ok bool) {
	if len(p.rules) == 0 {
		return number, true
	}
	if len(number) > limit.KeyBytes {
		return "", false
	}
	for _, r := range p.rules {
		if r.blocks && r.fits.MatchString(number) {
			return "", false
		}
	}
	for _, r := range p.rules {
		if r.blocks {
			continue
		}
		if groups := r.fits.FindStringSubmatch(number); groups != nil {
			return r.dialled(groups), true
		}
	}
	return "", false
}

func (r rule) dialled(groups []string) string {
	var b strings.Builder
	for _, p := range r.pieces {
		if p.group > 0 {
			b.WriteString(groups[p.group])
			continue
		}
		b.WriteString(p.text)
	}
	return b.String()
}
