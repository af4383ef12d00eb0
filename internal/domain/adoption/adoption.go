// Package adoption is the rules by which an organization takes strangers in: who
// is meant, into which site and group, and whether an operator is only advised or
// the machine becomes a phone by itself.
//
// A name never suffices for that: only a stranger that proves its MAC by a good
// certificate is taken in, or one that asks from a network that an operator trusts
// just now. Start reading at Rule, then take.go.
package adoption

import (
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Action is what a rule does with those that it fits.
type Action string

// The actions.
const (
	Suggest Action = "suggest" // an approval puts them where the rule says
	Adopt   Action = "adopt"   // they become phones where they prove who they are; else as Suggest
)

// Rule is one rule of an organization. The first one that is enabled and fits
// holds.
type Rule struct {
	ID, TenantID, OrgID string
	Name                string
	Position            int // the lowest is asked first
	Enabled             bool
	Action              Action
	Match               Match
	SiteID              string    // "": the one whose subnet it asked from
	GroupID             string    // "": none
	TemplateID          string    // bound with its first configuration; "": none but those that bind themselves
	Hits                int64     // phones that were taken in by it
	LastHit             time.Time // zero: never
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// Match is who is meant: all that is given must fit, and what is empty fits all.
// A pattern may hold * and ?, as in file names; upper and lower case are alike.
type Match struct {
	Vendor      string   `json:"vendor,omitempty"`
	Model       string   `json:"model,omitempty"`       // a pattern
	Subnets     []string `json:"subnets,omitempty"`     // any of them
	MACs        []string `json:"macs,omitempty"`        // whole ones or how they begin; any of them
	Subject     string   `json:"subject,omitempty"`     // a pattern for the certificate's whole subject, its serial number included
	Certificate bool     `json:"certificate,omitempty"` // it proves its MAC by a good certificate
}

// Input makes or changes a rule; nil leaves a field as it is.
type Input struct {
	Name     *string
	Position *int
	Enabled  *bool
	Action   *Action
	Match    *Match
	SiteID   *string
	GroupID  *string
	// TemplateID is a saved template of the organization; "" for none.
	TemplateID *string
}

func (r *Rule) apply(in Input) error {
	set(&r.Name, in.Name)
	set(&r.Position, in.Position)
	set(&r.Enabled, in.Enabled)
	set(&r.Action, in.Action)
	set(&r.SiteID, in.SiteID)
	set(&r.GroupID, in.GroupID)
	set(&r.TemplateID, in.TemplateID)
	r.Name = strings.TrimSpace(r.Name)
	var wrong []fault.Field
	bad := func(path, text string) { wrong = append(wrong, fault.Field{Path: path, Message: text}) }
	if n := utf8.RuneCountInString(r.Name); n == 0 || n > limit.Name || strings.ContainsFunc(r.Name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		bad("name", "1 to 64 characters, no control characters")
	}
	if r.Action != Suggest && r.Action != Adopt {
		bad("action", "suggest or adopt")
	}
	if r.Position < 0 || r.Position > limit.AdoptionRules*limit.AdoptionRules {
		bad("position", "0 to "+strconv.Itoa(limit.AdoptionRules*limit.AdoptionRules))
	}
	if in.Match != nil {
		var err error
		if r.Match, err = in.Match.clean(); err != nil {
			bad("match", fault.Message(err))
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("the adoption rule is not valid", wrong...)
	}
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// clean checks a match and brings it into its one form.
func (m Match) clean() (Match, error) {
	bad := func(format string, args ...any) (Match, error) {
		return Match{}, fault.New(fault.Invalid, format, args...)
	}
	if len(m.Subnets) > limit.AdoptionWords || len(m.MACs) > limit.AdoptionWords {
		return bad("at most %d subnets and as many MACs", limit.AdoptionWords)
	}
	out := Match{Vendor: strings.ToLower(strings.TrimSpace(m.Vendor)), Model: strings.TrimSpace(m.Model), Subject: strings.TrimSpace(m.Subject), Certificate: m.Certificate}
	for _, p := range []string{out.Vendor, out.Model, out.Subject} {
		if _, err := path.Match(p, ""); err != nil || len(p) > limit.Description {
			return bad("%q is not a pattern", p)
		}
	}
	for _, s := range m.Subnets {
		p, err := netip.ParsePrefix(strings.TrimSpace(s))
		if err != nil {
			return bad("%q is not a network: something like 192.0.2.0/24 is wanted", s)
		}
		out.Subnets = append(out.Subnets, p.Masked().String())
	}
	for _, s := range m.MACs {
		p, ok := macPrefix(s)
		if !ok {
			return bad("%q is neither a MAC nor the beginning of one", s)
		}
		out.MACs = append(out.MACs, p)
	}
	return out, nil
}

// macPrefix reads a MAC or its beginning, in any form.
func macPrefix(s string) (string, bool) {
	s = strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(s))
	hex := func(c rune) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
	return s, s != "" && len(s) <= 12 && strings.IndexFunc(s, func(c rune) bool { return !hex(c) }) < 0
}

// misses says why a stranger is not meant; "" where it is.
func (m Match) misses(u device.Unclaimed) string {
	address, err := netip.ParseAddr(u.Address)
	within := func(s string) bool {
		p, perr := netip.ParsePrefix(s)
		return err == nil && perr == nil && p.Contains(address.Unmap().WithZone(""))
	}
	switch {
	case m.Vendor != "" && !strings.EqualFold(m.Vendor, u.Vendor):
		return "its make is " + u.Vendor
	case !like(m.Model, u.Model):
		return "it calls itself a " + u.Model
	case len(m.Subnets) > 0 && !slices.ContainsFunc(m.Subnets, within):
		return "it asked from " + u.Address
	case len(m.MACs) > 0 && !slices.ContainsFunc(m.MACs, func(p string) bool { return strings.HasPrefix(u.MAC.String(), p) }):
		return "its MAC is another"
	case !like(m.Subject, u.Subject):
		return "the subject of its certificate is " + strconv.Quote(u.Subject)
	case m.Certificate && !u.Proved:
		return "no good certificate proves its MAC"
	}
	return ""
}

// like reports whether a text fits a pattern; "" fits all.
func like(pattern, text string) bool {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", " ") } // path.Match holds / for something else
	ok, err := path.Match(plain(pattern), plain(text))
	return pattern == "" || ok && err == nil
}

// Where says where the rule belongs, for access.
func (r Rule) Where() access.Where { return access.Where{TenantID: r.TenantID, OrgID: r.OrgID} }

func (r Rule) view() map[string]any {
	return map[string]any{"name": r.Name, "position": r.Position, "enabled": r.Enabled, "action": r.Action, "match": r.Match, "site_id": r.SiteID, "group_id": r.GroupID, "template_id": r.TemplateID}
}
