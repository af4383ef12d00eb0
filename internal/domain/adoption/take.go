package adoption

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Outcome is what the rules say of a stranger.
type Outcome struct {
	Stranger device.Stranger
	Rule     Rule // that holds; the zero value where none fits
	Site     org.Site
	Template template.Source // that it gets with its first configuration; the zero value for none
	Adopts   bool            // it becomes a phone when it asks next
	Why      string          // it does, or does not
	Passed   []Passed
}

// Passed is a rule that does not fit, with the reason.
type Passed struct{ ID, Name, Why string }

// decide asks the rules in their order.
func (s *Service) decide(ctx context.Context, rules []Rule, st device.Stranger) (out Outcome, err error) {
	out = Outcome{Stranger: st, Why: "no rule fits"}
	for _, r := range rules {
		why := "it is switched off"
		if r.Enabled {
			why = r.Match.misses(st.Unclaimed)
		}
		if why != "" {
			out.Passed = append(out.Passed, Passed{r.ID, r.Name, why})
			continue
		}
		out.Rule, out.Site = r, st.Site
		if r.SiteID != "" && r.SiteID != st.Site.ID {
			out.Site, err = s.Orgs.Site(scope.AsSystem(ctx, "adoption"), r.SiteID)
			if fault.Is(err, fault.NotFound) {
				out.Why, out.Site = "the rule's site is gone", org.Site{}
				return out, nil
			}
		}
		if err != nil {
			return out, err
		}
		out.Adopts, out.Why = s.proof(r, out.Site, st.Unclaimed)
		lacks := ""
		out.Template, lacks, err = s.template(ctx, r, st.Unclaimed)
		out.Why += lacks
		return out, err
	}
	return out, nil
}

// template is the one that a rule gives a stranger, or why it gets none.
func (s *Service) template(ctx context.Context, r Rule, u device.Unclaimed) (src template.Source, lacks string, err error) {
	if r.TemplateID == "" {
		return src, "", nil
	}
	system := scope.AsSystem(ctx, "adoption")
	err = s.DB.Read(system, func(q db.Q) error {
		src, err = s.Revisions.Promisable(system, q, r.OrgID, r.TemplateID)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return template.Source{}, "; the rule's template is gone", nil
	case err == nil && !revision.Suits(src, u.Vendor, u.Model):
		return template.Source{}, fmt.Sprintf("; the rule's template %q is for other phones", src.Name), nil
	}
	return src, "", err
}

// proof tells whether a stranger that a rule fits is taken in by itself.
func (s *Service) proof(r Rule, site org.Site, u device.Unclaimed) (ok bool, why string) {
	trusted := s.Orgs.Trusts(site, u.Address)
	switch {
	case r.Action != Adopt:
		return false, "the rule suggests only"
	case !s.Devices.KnowsModel(u.Model):
		return false, "no catalog knows its model"
	case u.Proved:
		return true, "its certificate proves its MAC: " + u.Subject
	case trusted:
		return true, "the network that it asked from is trusted now"
	}
	return false, "nothing proves that it is the machine that it calls itself"
}

// Trial is a rule as it might be: a new one, or with an id one that is there.
type Trial struct {
	ID string
	Input
}

// tried is the id of a rule that is tried and not there yet.
const tried = "tried"

// DryRun tells of each stranger that an organization sees now what the rules would
// do, or would with one of them as it is tried; nothing changes.
func (s *Service) DryRun(ctx context.Context, o org.Org, t *Trial) (out []Outcome, err error) {
	rules, err := s.Rules(ctx, o)
	if err == nil && t != nil {
		rules, err = s.with(ctx, o, rules, *t)
	}
	if err != nil {
		return nil, err
	}
	list, err := s.Devices.Strangers(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, st := range list {
		x, err := s.decide(ctx, rules, st)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// with puts a rule that is tried among the others.
func (s *Service) with(ctx context.Context, o org.Org, rules []Rule, t Trial) ([]Rule, error) {
	r := Rule{ID: tried, TenantID: o.TenantID, OrgID: o.ID, Enabled: true, Action: Suggest, Position: nextPosition(rules)}
	if t.ID != "" {
		at := slices.IndexFunc(rules, func(h Rule) bool { return h.ID == t.ID })
		if at < 0 {
			return nil, fault.New(fault.NotFound, "adoption rule not found")
		}
		r = rules[at]
		rules = slices.Delete(rules, at, at+1)
	}
	if err := r.apply(t.Input); err != nil {
		return nil, err
	}
	if err := s.DB.Read(ctx, func(q db.Q) error { return s.placed(ctx, q, r) }); err != nil {
		return nil, err
	}
	rules = append(rules, r)
	slices.SortStableFunc(rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.ID, b.ID))
	})
	return rules, nil
}

// Suggest returns what the rules say of strangers, by MAC: of those that a rule
// fits whose site the actor may see.
func (s *Service) Suggest(ctx context.Context, o org.Org, list []device.Stranger) (map[mac.Address]Outcome, error) {
	var rules []Rule
	system := scope.AsSystem(ctx, "adoption")
	err := s.DB.Read(system, func(q db.Q) (err error) {
		rules, err = enabled(system, q, o.ID)
		return err
	})
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	out := map[mac.Address]Outcome{}
	for _, st := range list {
		x, err := s.decide(ctx, rules, st)
		if err != nil {
			return nil, err
		}
		if x.Site.ID != "" && x.Site.OrgID == o.ID && s.Access.Authorize(ctx, access.DeviceRead, x.Site.Where()) == nil {
			out[st.MAC] = x
		}
	}
	return out, nil
}

// Taken is the step that puts a new device where a rule says and counts it, in the
// transaction that makes the device. Without a rule it does nothing.
func (s *Service) Taken(x Outcome, why string) device.Creation {
	r := x.Rule
	return func(ctx context.Context, tx *db.Tx, d device.Device) error {
		if r.ID == "" {
			return nil
		}
		if r.GroupID != "" {
			if err := s.Groups.AddIn(ctx, tx, r.GroupID, d); err != nil && !fault.Is(err, fault.NotFound) {
				return fmt.Errorf("put a new device into the group of the rule %s: %w", r.Name, err)
			}
		}
		if x.Template.ID != "" {
			if err := s.Revisions.Promise(ctx, tx, d, x.Template.ID); err != nil {
				return fmt.Errorf("promise a new device the template of the rule %s: %w", r.Name, err)
			}
		}
		if err := hit(ctx, tx, r.ID, s.DB.Now()); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "adoption-rule.hit", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
			After: map[string]string{"rule": r.Name, "reason": why}})
	}
}

// Met takes in those strangers that have just asked and that exactly one
// organization's rules take in. One that cannot be taken in stops no other.
func (s *Service) Met(ctx context.Context, pool []device.Unclaimed) error {
	if len(pool) == 0 {
		return nil
	}
	ctx = scope.AsSystem(ctx, "adoption")
	var grounds org.Grounds
	rules := map[string][]Rule{}
	err := s.DB.Read(ctx, func(q db.Q) error {
		list, err := enabled(ctx, q, "")
		for _, r := range list {
			rules[r.OrgID] = append(rules[r.OrgID], r)
		}
		if err == nil && len(list) > 0 {
			grounds, err = s.Orgs.Grounds(ctx, q)
		}
		return err
	})
	if err != nil || len(rules) == 0 {
		return err
	}
	for _, u := range pool {
		if err := s.meet(ctx, rules, grounds, u); err != nil {
			s.Log.WarnContext(ctx, "stranger not taken in", "mac", u.MAC, "error", err)
		}
	}
	return nil
}

func (s *Service) meet(ctx context.Context, rules map[string][]Rule, grounds org.Grounds, u device.Unclaimed) error {
	var takers []Outcome
	for _, g := range grounds.At(u.Address) {
		if len(rules[g.OrgID]) == 0 {
			continue
		}
		site, err := s.Orgs.Site(ctx, g.SiteID)
		if err != nil {
			return err
		}
		x, err := s.decide(ctx, rules[g.OrgID], device.Stranger{Unclaimed: u, Site: site})
		if err != nil {
			return err
		}
		if x.Adopts {
			takers = append(takers, x)
		}
	}
	if len(takers) != 1 {
		return nil // nobody, or two whom nobody can decide between but an operator
	}
	x := takers[0]
	o, err := s.Orgs.Org(ctx, x.Rule.OrgID)
	if err != nil {
		return err
	}
	_, err = s.Devices.Create(ctx, o, device.Input{MAC: u.MAC.String(), Model: u.Model, SiteID: x.Site.ID, Life: device.Adopted, Then: s.Taken(x, x.Why)})
	if fault.Is(err, fault.Conflict) {
		return nil // somebody was quicker
	}
	return err
}
