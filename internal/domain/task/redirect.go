package task

import (
	"context"
	"encoding/json"
	"fmt"

	"bellwether/internal/domain/org"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Redirected is what delivering a redirection profile came to in one
// organization. Where Task is empty nothing was pushed: the plan changes no phone,
// or Held says why it waits for an operator.
type Redirected struct {
	Org  org.Org
	Plan revision.Plan
	Task string
	Held string
}

// PlanRedirection draws what an organization's devices would get by a redirection
// profile: those that it is for and those that have it still.
func (s *Service) PlanRedirection(ctx context.Context, o org.Org, profileID, name string) (revision.Plan, error) {
	return s.revisions.Plan(ctx, o, revision.Targets{Profiles: []string{profileID}}, revision.Move{Redirection: true}, "Redirection: "+name)
}

// Redirect delivers a redirection profile to an organization's devices as they
// are assigned now: plan and push in one go. It may be called again: what an
// earlier call pushed is not pushed twice. A plan that sends phones away from
// this server is held until leaving says that they may go.
func (s *Service) Redirect(ctx context.Context, o org.Org, d rps.Delivery) (Redirected, error) {
	out := Redirected{Org: o}
	var err error
	if out.Plan, err = s.PlanRedirection(ctx, o, d.ProfileID, d.Name); err != nil {
		return out, err
	}
	switch {
	case len(out.Plan.Frozen.Devices) == 0:
		return out, nil
	case out.Plan.Leaves() && !d.Leaving:
		out.Held = "phones would ask another server and not come back; look at the plan and push it"
		return out, nil
	}
	t, err := s.Push(ctx, o, out.Plan.Hash, Consent{Undeliverable: true})
	if code := fault.CodeOf(err); code == "plan_used" || code == "stale_plan" {
		out.Held = "something changed meanwhile: " + fault.Message(err)
		return out, nil
	}
	out.Task = t.ID
	return out, err
}

// Deliver brings a redirection profile to the associated devices of all its
// organizations that the asker may see, one plan and one task each.
func (s *Service) Deliver(ctx context.Context, d rps.Delivery) (out []Redirected, err error) {
	ids, err := s.redirects.OrgsWith(ctx, d.ProfileID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		o, err := s.orgs.Org(ctx, id)
		if err != nil {
			return out, err
		}
		r, err := s.Redirect(ctx, o, d)
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
			r.Held, err = fault.Message(err), nil
		}
		if err != nil {
			return out, fmt.Errorf("deliver the redirection profile %q to %s: %w", d.Name, o.Name, err)
		}
		out = append(out, r)
	}
	return out, s.redirects.Settled(ctx, d)
}

// HandleDeliver delivers an edited redirection profile. Whoever edited it does so
// at once and sees the plans; this job is for where that was cut short.
func (s *Service) HandleDeliver(ctx context.Context, payload json.RawMessage) error {
	var d rps.Delivery
	if err := json.Unmarshal(payload, &d); err != nil {
		return fmt.Errorf("read the job of a redirection profile: %w", err)
	}
	ctx = scope.With(ctx, scope.Scope{Actor: scope.Actor{Kind: scope.System, ID: d.ProfileID, Name: d.Author}, Platform: true})
	waits, err := s.redirects.Pending(ctx, d)
	if err != nil || !waits {
		return err
	}
	_, err = s.Deliver(ctx, d)
	return err
}
