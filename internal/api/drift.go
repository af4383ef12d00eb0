package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/manager"
)

// Drifted is a setting of which a phone told another value than it should have.
type Drifted struct {
	Key        string     `json:"key"`
	Label      string     `json:"label"`
	Desired    string     `json:"desired"`
	Reported   string     `json:"reported"`
	Revision   string     `json:"revision" doc:"that says what it should have"`
	Policy     string     `json:"policy" enum:"monitor,enforce,ignore"`
	FoundAt    time.Time  `json:"found_at"`
	SeenAt     time.Time  `json:"seen_at" doc:"when the phone said so last"`
	EnforcedAt *time.Time `json:"enforced_at" doc:"when it was told its configuration once more; it is told so once"`
}

// DriftPolicy says what is done where phones have other values than they should.
type DriftPolicy struct {
	Key    string     `json:"key" maxLength:"128" doc:"a key, a beginning with .* behind it, or * for all; the longer one counts"`
	Policy string     `json:"policy" enum:"monitor,enforce,ignore" doc:"monitor: it is shown; enforce: the phone is told its configuration once more; ignore: it is the phone's own business"`
	Author string     `json:"author,omitempty" readOnly:"true"`
	At     *time.Time `json:"at,omitempty" readOnly:"true"`
}

type driftPolicies struct {
	Items []DriftPolicy `json:"items" maxItems:"200"`
}

func driftPolicyOf(r manager.Rule) DriftPolicy {
	return DriftPolicy{r.Key, string(r.Policy), r.Author, optional(r.At)}
}

func (p driftPolicies) rules() []manager.Rule {
	out := make([]manager.Rule, len(p.Items))
	for i, r := range p.Items {
		out[i] = manager.Rule{Key: r.Key, Policy: manager.Policy(r.Policy)}
	}
	return out
}

func (a *API) drift() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/drift", "list-drift", "Where a phone told other values than it should have"), func(ctx context.Context, in *DeviceRef) (*List[Drifted], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		cat, target, err := a.Revisions.Catalog(ctx, d)
		if err != nil {
			return nil, err
		}
		all, err := a.Manager.Drift(ctx, d)
		return whole(all, func(f manager.Finding) Drifted {
			label := string(f.Key)
			if p, _, ok := cat.On(f.Key, target); ok {
				label = p.Label
			}
			return Drifted{string(f.Key), label, f.Desired, f.Reported, f.Revision, string(f.Policy), f.FoundAt, f.SeenAt, optional(f.EnforcedAt)}
		}), err
	})
	a.driftPolicies()
}

func (a *API) driftPolicies() {
	register(a, op(http.MethodGet, "/orgs/{org}/drift-policies", "list-drift-policies", "What is done where an organization's phones have other values than they should"), func(ctx context.Context, in *OrgRef) (*List[DriftPolicy], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Manager.Rules(ctx, o.ID, "")
		return whole(all, driftPolicyOf), err
	})
	register(a, op(http.MethodPut, "/orgs/{org}/drift-policies", "set-drift-policies", "Say as a whole what is done where an organization's phones have other values than they should"), func(ctx context.Context, in *struct {
		OrgRef
		Body driftPolicies
	}) (*List[DriftPolicy], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		return a.setDriftPolicies(ctx, manager.Extent{Where: access.Where{TenantID: o.TenantID, OrgID: o.ID}, Name: o.Name}, in.Body)
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/drift-policies", "list-device-drift-policies", "What is done where this phone has other values than it should, before its organization's policies"), func(ctx context.Context, in *DeviceRef) (*List[DriftPolicy], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Manager.Rules(ctx, d.OrgID, d.ID)
		return whole(all, driftPolicyOf), err
	})
	register(a, op(http.MethodPut, "/orgs/{org}/devices/{device}/drift-policies", "set-device-drift-policies", "Say as a whole what is done where this phone has other values than it should"), func(ctx context.Context, in *struct {
		DeviceRef
		Body driftPolicies
	}) (*List[DriftPolicy], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		return a.setDriftPolicies(ctx, manager.Extent{Where: d.Where(), DeviceID: d.ID, Name: d.MAC.Colons()}, in.Body)
	})
}

func (a *API) setDriftPolicies(ctx context.Context, e manager.Extent, body driftPolicies) (*List[DriftPolicy], error) {
	if err := a.Manager.SetRules(ctx, e, body.rules()); err != nil {
		return nil, err
	}
	all, err := a.Manager.Rules(ctx, e.Where.OrgID, e.DeviceID)
	return whole(all, driftPolicyOf), err
}
