package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/task"
	"bellwether/internal/platform/fault"
)

// RPSAssignment associates an organization or a device with a redirection profile.
type RPSAssignment struct {
	OrgID     string     `json:"org_id"`
	ProfileID string     `json:"profile_id"`
	Profile   string     `json:"profile" doc:"its name"`
	Deleted   bool       `json:"deleted" doc:"the profile is gone"`
	Own       bool       `json:"own" doc:"of a device by itself, not by its organization"`
	Author    string     `json:"author"`
	At        time.Time  `json:"at"`
	EndedAt   *time.Time `json:"ended_at" doc:"null while it holds"`
	EndedBy   string     `json:"ended_by"`
}

func assignmentOf(s rps.Assignment) RPSAssignment {
	return RPSAssignment{s.OrgID, s.ProfileID, s.Profile, s.Deleted, s.DeviceID != "", s.Author, s.At, optional(s.EndedAt), s.EndedBy}
}

func (a *API) assignRPS() {
	register(a, op(http.MethodGet, "/tenants/{tenant}/rps/{id}/orgs", "list-rps-orgs", "The organizations that a redirection profile is assigned to"), func(ctx context.Context, in *RPSRef) (*List[RPSAssignment], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := a.Redirects.Orgs(ctx, t, in.ID)
		return whole(list, assignmentOf), err
	})
	register(a, op(http.MethodPut, "/tenants/{tenant}/rps/{id}/orgs", "assign-rps-orgs", "Assign a redirection profile to exactly these organizations, of those that you may see; changes no phone"), func(ctx context.Context, in *struct {
		RPSRef
		Body struct {
			Orgs []string `json:"orgs" maxItems:"10000" doc:"ids or slugs"`
		}
	}) (*List[RPSAssignment], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := a.Redirects.SetOrgs(ctx, t, in.ID, in.Body.Orgs)
		return whole(list, assignmentOf), err
	})
	register(a, op(http.MethodGet, "/tenants/{tenant}/rps/{id}/devices", "list-rps-devices", "The devices that a redirection profile is for, or that still have what it told them"), func(ctx context.Context, in *RPSRef) (*List[NamedDevice], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		ds, err := a.Redirects.Associated(ctx, t, in.ID)
		return whole(named(ds), func(d NamedDevice) NamedDevice { return d }), err
	})
	register(a, op(http.MethodPost, "/tenants/{tenant}/rps/{id}/devices", "assign-rps-devices", "Assign a redirection profile to devices by themselves, or take it from them; changes no phone"), func(ctx context.Context, in *struct {
		RPSRef
		Body struct {
			Add    []string `json:"add,omitempty" maxItems:"10000" doc:"MACs or ids"`
			Remove []string `json:"remove,omitempty" maxItems:"10000" doc:"MACs or ids"`
		}
	}) (*List[NamedDevice], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		ds, err := a.Redirects.SetDevices(ctx, t, in.ID, in.Body.Add, in.Body.Remove)
		return whole(named(ds), func(d NamedDevice) NamedDevice { return d }), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/rps", "list-device-rps", "What a device and its organization were assigned to, newest first"), func(ctx context.Context, in *DeviceRef) (*List[RPSAssignment], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		list, err := a.Redirects.History(ctx, d)
		return whole(list, assignmentOf), err
	})
}

func (a *API) deliverRPS() {
	register(a, op(http.MethodPost, "/tenants/{tenant}/rps/{id}/plans", "plan-rps", "Work out, for each organization, what pushing the assignments of a redirection profile would do; changes nothing"), func(ctx context.Context, in *RPSRef) (*List[RPSDelivery], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		if err := a.Access.Authorize(ctx, access.PlanPush, access.Where{TenantID: t.ID, Any: true}); err != nil {
			return nil, err
		}
		p, err := a.Redirects.Get(ctx, t, in.ID)
		if err != nil {
			return nil, err
		}
		out, err := a.planRPS(ctx, p)
		return whole(out, deliveryOf), err
	})
	register(a, op(http.MethodGet, "/tenants/{tenant}/rps/{id}/export", "export-rps", "The associated devices of one vendor as CSV for the maker's redirection service"), func(ctx context.Context, in *struct {
		RPSRef
		Vendor string `query:"vendor" required:"true" maxLength:"64" doc:"grandstream or audiocodes"`
		Reveal bool   `query:"reveal" doc:"with the password; needs secret.reveal, and is audited"`
	}) (*Download, error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		f, err := a.Redirects.Export(ctx, t, in.ID, in.Vendor, rps.Shown(in.Reveal))
		return downloadOf(f.Name, "text/csv; charset=utf-8", f.Body), err
	})
}

// planRPS draws one plan for each organization in which the asker may push.
func (a *API) planRPS(ctx context.Context, p rps.Profile) ([]task.Redirected, error) {
	ids, err := a.Redirects.OrgsWith(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var out []task.Redirected
	for _, id := range ids {
		in, o, err := a.in(ctx, id, access.PlanPush)
		if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r := task.Redirected{Org: o}
		r.Plan, err = a.Tasks.PlanRedirection(in, o, p.ID, p.Name)
		if fault.Is(err, fault.Invalid) {
			r.Held, err = fault.Message(err), nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
