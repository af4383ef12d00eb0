package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/adoption"
	orgs "bellwether/internal/domain/org"
)

// AdoptionRule says which strangers an organization takes in, and where.
type AdoptionRule struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Position int            `json:"position" doc:"the lowest is asked first; the first that is enabled and fits holds"`
	Enabled  bool           `json:"enabled"`
	Action   string         `json:"action" enum:"suggest,adopt" doc:"suggest: an approval puts it there; adopt: it becomes a phone where it proves who it is, never by its name"`
	Match    adoption.Match `json:"match" doc:"who is meant: all that is given must fit. In patterns * and ? stand for what they stand for in file names"`
	SiteID   string         `json:"site_id" doc:"where it goes; empty: the site whose subnet it asked from"`
	GroupID  string         `json:"group_id" doc:"whose templates it gets with its first configuration; empty for none"`
	// TemplateID is bound with the first configuration.
	TemplateID string     `json:"template_id" doc:"a template that it gets with its first configuration, besides those that bind themselves; empty for none"`
	Hits       int64      `json:"hits" doc:"phones that were taken in by it"`
	LastHit    *time.Time `json:"last_hit"`
	Version    int64      `json:"version"`
}

type adoptionBody struct {
	Name     *string         `json:"name,omitempty" maxLength:"256"`
	Position *int            `json:"position,omitempty" minimum:"0" maximum:"10000"`
	Enabled  *bool           `json:"enabled,omitempty"`
	Action   *string         `json:"action,omitempty" enum:"suggest,adopt"`
	Match    *adoption.Match `json:"match,omitempty"`
	SiteID   *string         `json:"site_id,omitempty" maxLength:"64"`
	GroupID  *string         `json:"group_id,omitempty" maxLength:"64"`
	Template *string         `json:"template_id,omitempty" maxLength:"64"`
}

func (b adoptionBody) input() adoption.Input {
	in := adoption.Input{Name: b.Name, Position: b.Position, Enabled: b.Enabled, Match: b.Match, SiteID: b.SiteID, GroupID: b.GroupID, TemplateID: b.Template}
	if b.Action != nil {
		action := adoption.Action(*b.Action)
		in.Action = &action
	}
	return in
}

// adoptionTrial is a rule as it might be.
type adoptionTrial struct {
	RuleID string       `json:"rule_id,omitempty" maxLength:"64" doc:"the rule that would be so; left out: a new one"`
	Rule   adoptionBody `json:"rule"`
}

func (t *adoptionTrial) trial() *adoption.Trial {
	if t == nil {
		return nil
	}
	return &adoption.Trial{ID: t.RuleID, Input: t.Rule.input()}
}

// Suggestion is what an organization's rules say of a stranger.
type Suggestion struct {
	RuleID     string `json:"rule_id"`
	Rule       string `json:"rule"`
	SiteID     string `json:"site_id" doc:"empty: the rule's site is gone"`
	SiteName   string `json:"site_name"`
	GroupID    string `json:"group_id"`
	TemplateID string `json:"template_id" doc:"that it gets with its first configuration; empty: none, or the rule's is gone or for other phones"`
	Template   string `json:"template"`
	Adopts     bool   `json:"adopts" doc:"it becomes a phone by itself when it asks next"`
	Why        string `json:"why" doc:"it does, or does not"`
}

// DryRun is what the rules would do with one stranger.
type DryRun struct {
	MAC        string      `json:"mac"`
	Model      string      `json:"model"`
	Address    string      `json:"address"`
	Subject    string      `json:"subject"`
	Suggestion *Suggestion `json:"suggestion" doc:"null where no rule fits"`
	Passed     []RuleMiss  `json:"passed" doc:"the rules before it that do not fit"`
}

// RuleMiss is a rule that does not fit.
type RuleMiss struct {
	RuleID string `json:"rule_id"`
	Rule   string `json:"rule"`
	Why    string `json:"why"`
}

// AdoptionRef is a rule in a path.
type AdoptionRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func adoptionOf(r adoption.Rule) AdoptionRule {
	return AdoptionRule{ID: r.ID, Name: r.Name, Position: r.Position, Enabled: r.Enabled, Action: string(r.Action), Match: r.Match, SiteID: r.SiteID, GroupID: r.GroupID, TemplateID: r.TemplateID, Hits: r.Hits, LastHit: optional(r.LastHit), Version: r.Version}
}

func suggestionOf(x adoption.Outcome) *Suggestion {
	if x.Rule.ID == "" {
		return nil
	}
	return &Suggestion{RuleID: x.Rule.ID, Rule: x.Rule.Name, SiteID: x.Site.ID, SiteName: x.Site.Name, GroupID: x.Rule.GroupID, TemplateID: x.Template.ID, Template: x.Template.Name, Adopts: x.Adopts, Why: x.Why}
}

func dryRunOf(x adoption.Outcome) DryRun {
	out := DryRun{MAC: x.Stranger.MAC.String(), Model: x.Stranger.Model, Address: x.Stranger.Address, Subject: x.Stranger.Subject, Suggestion: suggestionOf(x), Passed: make([]RuleMiss, len(x.Passed))}
	for i, p := range x.Passed {
		out.Passed[i] = RuleMiss{p.ID, p.Name, p.Why}
	}
	return out
}

func (a *API) adoption() {
	const path = "/orgs/{org}/adoption-rules"
	inOrg := func(ctx context.Context, in OrgRef) (context.Context, orgs.Org, error) {
		return a.in(ctx, in.Org, access.DeviceRead)
	}
	answer := func(r adoption.Rule, err error) (*One[AdoptionRule], error) {
		return one(adoptionOf(r), r.Version), err
	}
	register(a, op(http.MethodGet, path, "list-adoption-rules", "Which strangers the organization takes in, in the order in which the rules are asked"), func(ctx context.Context, in *OrgRef) (*List[AdoptionRule], error) {
		ctx, o, err := inOrg(ctx, *in)
		if err != nil {
			return nil, err
		}
		list, err := a.Adoption.Rules(ctx, o)
		return whole(list, adoptionOf), err
	})
	register(a, op(http.MethodPost, path, "create-adoption-rule", "Make an adoption rule, after the others unless it says where"), func(ctx context.Context, in *struct {
		OrgRef
		Body adoptionBody
	}) (*One[AdoptionRule], error) {
		ctx, o, err := inOrg(ctx, in.OrgRef)
		if err != nil {
			return nil, err
		}
		return answer(a.Adoption.Create(ctx, o, in.Body.input()))
	})
	register(a, op(http.MethodPost, path+"/dry-run", "try-adoption-rules", "What the rules would do with each stranger that waits now, and why; nothing changes. With a body: what they would do if one of them were so"), func(ctx context.Context, in *struct {
		OrgRef
		Body *adoptionTrial
	}) (*List[DryRun], error) {
		ctx, o, err := inOrg(ctx, in.OrgRef)
		if err != nil {
			return nil, err
		}
		list, err := a.Adoption.DryRun(ctx, o, in.Body.trial())
		return whole(list, dryRunOf), err
	})
	register(a, op(http.MethodGet, path+"/{id}", "get-adoption-rule", "One adoption rule"), func(ctx context.Context, in *AdoptionRef) (*One[AdoptionRule], error) {
		ctx, o, err := inOrg(ctx, in.OrgRef)
		if err != nil {
			return nil, err
		}
		return answer(a.Adoption.Rule(ctx, o, in.ID))
	})
	register(a, op(http.MethodPatch, path+"/{id}", "update-adoption-rule", "Change an adoption rule"), func(ctx context.Context, in *struct {
		AdoptionRef
		IfMatch
		Body adoptionBody
	}) (*One[AdoptionRule], error) {
		ctx, o, err := inOrg(ctx, in.OrgRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return answer(a.Adoption.Update(ctx, o, in.ID, in.Body.input(), v))
	})
	register(a, op(http.MethodDelete, path+"/{id}", "delete-adoption-rule", "Delete an adoption rule; the phones that it took in stay"), func(ctx context.Context, in *struct {
		AdoptionRef
		IfMatch
	}) (*Nothing, error) {
		ctx, o, err := inOrg(ctx, in.OrgRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Adoption.Delete(ctx, o, in.ID, v)
	})
}
