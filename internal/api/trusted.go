package api

import (
	"context"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/mac"
)

// TrustedCA is a CA whose certificates may prove who a phone is.
type TrustedCA struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Scope        string          `json:"scope" enum:"platform,org" doc:"platform: for every organization; org: for the phones of this one alone"`
	Certificates []CACertificate `json:"certificates"`
	PEM          string          `json:"pem"`
	Rule         MACRule         `json:"rule"`
	Confirmed    bool            `json:"confirmed" doc:"false: its certificates prove nothing yet"`
	ConfirmedAt  *time.Time      `json:"confirmed_at"`
	ConfirmedBy  string          `json:"confirmed_by"`
	ConfirmedOn  string          `json:"confirmed_subject" doc:"the real subject that the rule was confirmed on"`
	ConfirmedMAC string          `json:"confirmed_mac" doc:"that came out of it"`
	Subjects     int             `json:"subjects" doc:"certificates of phones that were seen"`
	Devices      int             `json:"devices" doc:"that last proved who they are by a certificate of this CA"`
	Version      int64           `json:"version"`
	CreatedAt    time.Time       `json:"created_at"`
	UpdatedAt    time.Time       `json:"updated_at"`
}

// CACertificate is one of a CA's certificates.
type CACertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	SHA256    string    `json:"sha256" doc:"fingerprint, in hexadecimal"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

// MACRule says how to read a MAC in a certificate.
type MACRule struct {
	Field   string `json:"field" maxLength:"32" doc:"cn, serial_number, san_dns, san_uri or san_email; empty for no rule"`
	Pattern string `json:"pattern" maxLength:"800" doc:"regular expression (RE2) for the whole text, in either case of letters; its one group is the MAC"`
}

// SeenSubjects are the certificates of phones that a CA signed.
type SeenSubjects struct {
	Items    []SeenSubject `json:"items"`
	Proposed MACRule       `json:"proposed" doc:"the rule that reads a MAC in most of them; empty where none does"`
}

// SeenSubject is a phone's certificate that was shown.
type SeenSubject struct {
	ID       string         `json:"id"`
	Subject  string         `json:"subject" doc:"the full one, with the alternative names"`
	SHA256   string         `json:"sha256"`
	Address  string         `json:"address" doc:"it last came from"`
	FirstAt  time.Time      `json:"first_at"`
	LastAt   time.Time      `json:"last_at"`
	Requests int64          `json:"requests"`
	NotAfter time.Time      `json:"not_after"`
	Values   []SubjectValue `json:"values" doc:"where a MAC could stand"`
}

// SubjectValue is a text in a field of a certificate.
type SubjectValue struct {
	Field string `json:"field"`
	Text  string `json:"text"`
	MAC   string `json:"mac" doc:"that reads in it; empty where none does or several do"`
}

// TriedRule is what comes out of a rule.
type TriedRule struct {
	MAC    string `json:"mac" doc:"empty where none comes out"`
	Reason string `json:"reason" doc:"why none comes out"`
}

func trustedOf(c trust.CA) TrustedCA {
	out := TrustedCA{ID: c.ID, Name: c.Name, Scope: "org", Certificates: []CACertificate{}, PEM: c.PEM, Rule: MACRule{string(c.Rule.Field), c.Rule.Pattern}, Confirmed: c.Confirmed(), ConfirmedAt: optional(c.ConfirmedAt),
		ConfirmedBy: c.ConfirmedBy, ConfirmedOn: c.ConfirmedSubject, ConfirmedMAC: c.ConfirmedMAC.String(), Subjects: c.Subjects, Devices: c.Devices, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if c.Platform() {
		out.Scope = "platform"
	}
	for _, x := range c.Certificates {
		out.Certificates = append(out.Certificates, CACertificate{x.Subject, x.Issuer, x.Fingerprint, x.NotBefore, x.NotAfter})
	}
	return out
}

func seenOf(s trust.Subject) SeenSubject {
	out := SeenSubject{ID: s.ID, Subject: s.Subject, SHA256: s.Fingerprint, Address: s.Address, FirstAt: s.FirstAt, LastAt: s.LastAt, Requests: s.Requests, NotAfter: s.NotAfter, Values: []SubjectValue{}}
	for _, v := range s.Values {
		out.Values = append(out.Values, SubjectValue{string(v.Field), v.Text, v.MAC.String()})
	}
	return out
}

// trustRef is a place in a path: an organization, or none for the platform.
type trustRef interface {
	place(ctx context.Context, a *API) (context.Context, trust.Place, error)
}

// PlatformRef is the platform.
type PlatformRef struct{}

func (PlatformRef) place(ctx context.Context, a *API) (context.Context, trust.Place, error) {
	ctx, err := a.Access.Enter(ctx, access.SystemRead, access.Where{})
	return ctx, trust.Place{}, err
}

func (r OrgRef) place(ctx context.Context, a *API) (context.Context, trust.Place, error) {
	ctx, o, err := a.in(ctx, r.Org, access.OrgRead)
	return ctx, trust.Place{TenantID: o.TenantID, OrgID: o.ID}, err
}

// NewCA is a CA that is to be trusted.
type NewCA struct {
	Name string `json:"name,omitempty" maxLength:"256" doc:"without one it is the certificate's own"`
	PEM  string `json:"pem" maxLength:"70000" doc:"one or several certificates of CAs"`
}

// CAPatch changes a CA. Other certificates or another rule end its confirmation.
type CAPatch struct {
	Name *string  `json:"name,omitempty" maxLength:"256"`
	PEM  *string  `json:"pem,omitempty" maxLength:"70000"`
	Rule *MACRule `json:"rule,omitempty"`
}

// RuleOnSubject is a rule with the real certificate that it is tried on.
type RuleOnSubject struct {
	SubjectID string  `json:"subject_id" maxLength:"64"`
	Rule      MACRule `json:"rule"`
}

// ConfirmedRule is a rule that an operator saw the MAC of.
type ConfirmedRule struct {
	RuleOnSubject
	MAC string `json:"mac" maxLength:"64" doc:"that comes out of the rule on this subject, as the operator saw it"`
}

func (r MACRule) rule() trust.Rule {
	return trust.Rule{Field: trust.Field(r.Field), Pattern: r.Pattern}
}

func (a *API) listCAs(ctx context.Context, r trustRef) (*List[TrustedCA], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	out, err := a.Trust.List(ctx, p)
	return whole(out, trustedOf), err
}

func (a *API) addCA(ctx context.Context, r trustRef, n NewCA) (*One[TrustedCA], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	c, err := a.Trust.Add(ctx, p, n.Name, n.PEM)
	return one(trustedOf(c), c.Version), err
}

func (a *API) getCA(ctx context.Context, r trustRef, id string) (*One[TrustedCA], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	c, err := a.Trust.Get(ctx, p, id)
	return one(trustedOf(c), c.Version), err
}

func (a *API) updateCA(ctx context.Context, r trustRef, id string, m IfMatch, c CAPatch) (*One[TrustedCA], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	v, err := m.version()
	if err != nil {
		return nil, err
	}
	change := trust.Patch{Name: c.Name, PEM: c.PEM}
	if c.Rule != nil {
		rule := c.Rule.rule()
		change.Rule = &rule
	}
	out, err := a.Trust.Update(ctx, p, id, change, v)
	return one(trustedOf(out), out.Version), err
}

func (a *API) deleteCA(ctx context.Context, r trustRef, id string, m IfMatch) (*Nothing, error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	v, err := m.version()
	if err != nil {
		return nil, err
	}
	return nil, a.Trust.Delete(ctx, p, id, v)
}

func (a *API) subjectsOfCA(ctx context.Context, r trustRef, id string) (*Plain[SeenSubjects], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	list, rule, err := a.Trust.Subjects(ctx, p, id)
	out := SeenSubjects{Items: []SeenSubject{}, Proposed: MACRule{string(rule.Field), rule.Pattern}}
	for _, s := range list {
		out.Items = append(out.Items, seenOf(s))
	}
	return plain(out), err
}

func (a *API) tryRule(ctx context.Context, r trustRef, id string, b RuleOnSubject) (*Plain[TriedRule], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	m, why, err := a.Trust.Try(ctx, p, id, b.SubjectID, b.Rule.rule())
	return plain(TriedRule{m.String(), why}), err
}

func (a *API) confirmRule(ctx context.Context, r trustRef, id string, h IfMatch, b ConfirmedRule) (*One[TrustedCA], error) {
	ctx, p, err := r.place(ctx, a)
	if err != nil {
		return nil, err
	}
	v, err := h.version()
	if err != nil {
		return nil, err
	}
	m, err := mac.Parse(b.MAC)
	if err != nil {
		return nil, err
	}
	c, err := a.Trust.Confirm(ctx, p, id, b.SubjectID, b.Rule.rule(), m, v)
	return one(trustedOf(c), c.Version), err
}
