package adoption

import (
	"context"
	"log/slog"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Access  *access.Service
	Audit   *audit.Service
	Orgs    *org.Service
	Devices *device.Service
	Groups  *group.Service
	// Revisions keep the template that a rule names for a phone's first configuration.
	Revisions *revision.Service
	Log       *slog.Logger
}

// Service is the exported face of the package. New makes one.
type Service struct{ Deps }

// New returns a service.
func New(d Deps) *Service { return &Service{d} }

// Rules lists an organization's rules in the order in which they are asked. They
// name sites and groups, so that it takes the right to see the whole organization.
func (s *Service) Rules(ctx context.Context, o org.Org) (out []Rule, err error) {
	if err := s.Access.Authorize(ctx, access.DeviceRead, access.Where{TenantID: o.TenantID, OrgID: o.ID}); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, o.ID)
		return err
	})
	return out, err
}

// Rule returns one rule of an organization, or NotFound.
func (s *Service) Rule(ctx context.Context, o org.Org, id string) (r Rule, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		r, err = find(ctx, q, o.ID, id)
		return err
	})
	if err == nil {
		err = s.Access.Authorize(ctx, access.DeviceRead, r.Where())
	}
	return r, err
}

// Create makes a rule, after the others unless the input says where. An
// organization has at most limit.AdoptionRules (Conflict).
func (s *Service) Create(ctx context.Context, o org.Org, in Input) (r Rule, err error) {
	now := s.DB.Now()
	r = Rule{ID: s.DB.NewID(), TenantID: o.TenantID, OrgID: o.ID, Enabled: true, Action: Suggest, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := s.Access.Authorize(ctx, access.OrgWrite, r.Where()); err != nil {
		return Rule{}, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		have, err := list(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if len(have) >= limit.AdoptionRules {
			return fault.New(fault.Conflict, "an organization has at most %d adoption rules", limit.AdoptionRules)
		}
		r.Position = nextPosition(have)
		return s.save(ctx, tx, &r, in, func() error { return db.Insert(ctx, tx, newRow(r)) }, "adoption-rule.create")
	})
	return r, err
}

// nextPosition is after all rules.
func nextPosition(rules []Rule) (next int) {
	for _, r := range rules {
		next = max(next, r.Position+1)
	}
	return next
}

// Update changes a rule. version must be the current one (Conflict).
func (s *Service) Update(ctx context.Context, o org.Org, id string, in Input, version int64) (r Rule, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if r, err = s.toChange(ctx, tx, o, id); err != nil {
			return err
		}
		r.UpdatedAt, r.Version = s.DB.Now(), version+1
		return s.save(ctx, tx, &r, in, func() error { return update(ctx, tx, r, version) }, "adoption-rule.update")
	})
	return r, err
}

// Delete takes a rule away; what it took in stays. version must be the current
// one (Conflict).
func (s *Service) Delete(ctx context.Context, o org.Org, id string, version int64) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.toChange(ctx, tx, o, id)
		if err != nil {
			return err
		}
		if err := remove(ctx, tx, id, version); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, r.entry("adoption-rule.delete", r.view(), nil))
	})
}

func (s *Service) toChange(ctx context.Context, tx *db.Tx, o org.Org, id string) (Rule, error) {
	r, err := find(ctx, tx, o.ID, id)
	if err == nil {
		err = s.Access.Authorize(ctx, access.OrgWrite, r.Where())
	}
	return r, err
}

func (s *Service) save(ctx context.Context, tx *db.Tx, r *Rule, in Input, write func() error, action string) error {
	before := r.view()
	if r.Version == 1 {
		before = nil
	}
	if err := r.apply(in); err != nil {
		return err
	}
	if err := s.placed(ctx, tx, *r); err != nil {
		return err
	}
	err := write()
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "there is an adoption rule %q already", r.Name)
	}
	if err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, r.entry(action, before, r.view()))
}

// placed checks that site, group and template are the organization's.
func (s *Service) placed(ctx context.Context, q db.Q, r Rule) error {
	missing := func(path, what string) error {
		return fault.InvalidFields("the adoption rule is not valid", fault.Field{Path: path, Message: "there is no such " + what + " in this organization"})
	}
	if r.SiteID != "" {
		site, err := s.Orgs.SiteIn(ctx, q, r.SiteID)
		if fault.Is(err, fault.NotFound) || err == nil && site.OrgID != r.OrgID {
			return missing("site_id", "site")
		}
		if err != nil {
			return err
		}
	}
	if r.GroupID != "" {
		g, err := s.Groups.GetIn(ctx, q, r.GroupID)
		if fault.Is(err, fault.NotFound) || err == nil && g.OrgID != r.OrgID {
			return missing("group_id", "group")
		}
		if err != nil {
			return err
		}
	}
	if r.TemplateID != "" {
		_, err := s.Revisions.Promisable(ctx, q, r.OrgID, r.TemplateID)
		switch {
		case fault.Is(err, fault.NotFound):
			return missing("template_id", "template")
		case fault.Is(err, fault.Conflict):
			return fault.InvalidFields("the adoption rule is not valid", fault.Field{Path: "template_id", Message: fault.Message(err)})
		case err != nil:
			return err
		}
	}
	return nil
}

func (r Rule) entry(action string, before, after map[string]any) audit.Entry {
	e := audit.Entry{TenantID: r.TenantID, OrgID: r.OrgID, Action: action, SubjectKind: "adoption-rule", SubjectID: r.ID, SubjectName: r.Name}
	if before != nil {
		e.Before = before
	}
	if after != nil {
		e.After = after
	}
	return e
}
