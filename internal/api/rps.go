package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/task"
	"bellwether/internal/platform/secret"
)

// RPS is a redirection profile: where phones are sent for their configuration.
type RPS struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Via       string    `json:"upgrade_via" enum:"TFTP,HTTP,HTTPS,FTP,FTPS"`
	Path      string    `json:"config_server_path" doc:"host[:port][/path] without a scheme"`
	User      string    `json:"username"`
	Password  bool      `json:"has_password" doc:"it is never told"`
	AuthFirst bool      `json:"authenticate_first" doc:"credentials go out before the server asks; HTTP and HTTPS"`
	Prefix    string    `json:"prefix" doc:"before the name of the configuration file"`
	Postfix   string    `json:"postfix" doc:"after it"`
	Number    int       `json:"number" doc:"of the latest settings"`
	Orgs      int       `json:"orgs" doc:"organizations that it is assigned to, of those that you may see"`
	Devices   int       `json:"devices" doc:"devices that it is assigned to by themselves"`
	Pending   bool      `json:"pending" doc:"an edit is being delivered"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func rpsOf(p rps.Profile) RPS {
	return RPS{ID: p.ID, Name: p.Name, Via: string(p.Via), Path: p.Path, User: p.User, Password: p.Password != "", AuthFirst: p.AuthFirst, Prefix: p.Prefix, Postfix: p.Postfix,
		Number: p.Number, Orgs: p.Orgs, Devices: p.Devices, Pending: p.Pending > 0, Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
}

// RPSVersion is a state of a redirection profile.
type RPSVersion struct {
	Number    int       `json:"number"`
	Name      string    `json:"name"`
	Via       string    `json:"upgrade_via"`
	Path      string    `json:"config_server_path"`
	User      string    `json:"username"`
	Password  int       `json:"password_version" doc:"0 for none"`
	AuthFirst bool      `json:"authenticate_first"`
	Prefix    string    `json:"prefix"`
	Postfix   string    `json:"postfix"`
	Author    string    `json:"author"`
	At        time.Time `json:"at"`
}

func rpsVersionOf(v rps.Version) RPSVersion {
	return RPSVersion{v.Number, v.Name, string(v.Via), v.Path, v.User, v.Password.Version(), v.AuthFirst, v.Prefix, v.Postfix, v.Author, v.At}
}

// RPSDelivery is what an edit did in one organization.
type RPSDelivery struct {
	OrgID string `json:"org_id"`
	Org   string `json:"org"`
	Plan  Plan   `json:"plan"`
	Task  string `json:"task_id" doc:"empty where nothing was pushed"`
	Held  string `json:"held" doc:"why the plan waits to be pushed by hand"`
}

// EditedRPS is a redirection profile after an edit, and what it did.
type EditedRPS struct {
	RPS
	Deliveries []RPSDelivery `json:"deliveries"`
}

func deliveryOf(r task.Redirected) RPSDelivery {
	return RPSDelivery{r.Org.ID, r.Org.Name, planOf(r.Plan), r.Task, r.Held}
}

// RPSBody makes or changes a redirection profile.
type RPSBody struct {
	Name      *string `json:"name,omitempty" maxLength:"256"`
	Via       *string `json:"upgrade_via,omitempty" maxLength:"16" doc:"TFTP, HTTP, HTTPS, FTP or FTPS"`
	Path      *string `json:"config_server_path,omitempty" maxLength:"1024" doc:"host[:port][/path]; a scheme before it is taken for the protocol where none is given"`
	User      *string `json:"username,omitempty" maxLength:"256"`
	Password  *string `json:"password,omitempty" maxLength:"1024" doc:"empty takes it away"`
	AuthFirst *bool   `json:"authenticate_first,omitempty"`
	Prefix    *string `json:"prefix,omitempty" maxLength:"256"`
	Postfix   *string `json:"postfix,omitempty" maxLength:"256"`
}

func (b RPSBody) input() rps.Input {
	in := rps.Input{Name: b.Name, Via: b.Via, Path: b.Path, User: b.User, AuthFirst: b.AuthFirst, Prefix: b.Prefix, Postfix: b.Postfix}
	if b.Password != nil {
		p := secret.NewString(*b.Password)
		in.Password = &p
	}
	return in
}

// RPSRef is a redirection profile in a path.
type RPSRef struct {
	TenantRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) rps() {
	register(a, op(http.MethodGet, "/tenants/{tenant}/rps", "list-rps", "The redirection profiles of a tenant"), func(ctx context.Context, in *struct {
		TenantRef
		Paging
		Q   string `query:"q" maxLength:"256" doc:"part of the name or the path"`
		Org string `query:"org" maxLength:"64" doc:"assigned to this organization or to a device in it; its id"`
	}) (*List[RPS], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.RPSRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Redirects.List(ctx, rps.Filter{Page: in.page(), TenantID: t.ID, OrgID: in.Org, Q: in.Q})
		return listOf(s, rpsOf), err
	})
	register(a, op(http.MethodPost, "/tenants/{tenant}/rps", "create-rps", "Make a redirection profile; changes no phone"), func(ctx context.Context, in *struct {
		TenantRef
		Body RPSBody
	}) (*One[RPS], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.RPSRead)
		if err != nil {
			return nil, err
		}
		p, err := a.Redirects.Create(ctx, t, in.Body.input())
		return one(rpsOf(p), p.Version), err
	})
	register(a, op(http.MethodGet, "/tenants/{tenant}/rps/{id}", "get-rps", "One redirection profile"), func(ctx context.Context, in *RPSRef) (*One[RPS], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		p, err := a.Redirects.Get(ctx, t, in.ID)
		return one(rpsOf(p), p.Version), err
	})
	register(a, op(http.MethodGet, "/tenants/{tenant}/rps/{id}/versions", "list-rps-versions", "The states of a redirection profile, newest first"), func(ctx context.Context, in *RPSRef) (*List[RPSVersion], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		vs, err := a.Redirects.Versions(ctx, t, in.ID)
		return whole(vs, rpsVersionOf), err
	})
	a.changeRPS()
	a.assignRPS()
	a.deliverRPS()
}

// profile enters the tenant of a profile that the asker may see. One that is not
// there is told before what may not be done with it.
func (a *API) profile(ctx context.Context, tenant, id string) (context.Context, org.Tenant, error) {
	ctx, t, err := a.inTenant(ctx, tenant, access.RPSRead)
	if err == nil {
		_, err = a.Redirects.Get(ctx, t, id)
	}
	return ctx, t, err
}

func (a *API) changeRPS() {
	register(a, op(http.MethodPatch, "/tenants/{tenant}/rps/{id}", "update-rps", "Change a redirection profile and deliver it to all associated phones"), func(ctx context.Context, in *struct {
		RPSRef
		IfMatch
		Body struct {
			RPSBody
			Deliver *bool `json:"deliver,omitempty" doc:"false: the phones stay as they are until a plan is pushed"`
			Leaving bool  `json:"confirm_leaving,omitempty" doc:"phones may be sent away from this server; without it such a plan waits"`
		}
	}) (*One[EditedRPS], error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		var deliver *rps.Deliver
		if in.Body.Deliver == nil || *in.Body.Deliver {
			deliver = &rps.Deliver{Leaving: in.Body.Leaving}
		}
		p, err := a.Redirects.Update(ctx, t, in.ID, in.Body.input(), deliver, v)
		if err != nil {
			return nil, err
		}
		out := EditedRPS{Deliveries: []RPSDelivery{}}
		if deliver != nil {
			done, err := a.Tasks.Deliver(ctx, a.Redirects.Delivery(ctx, p, in.Body.Leaving))
			if err != nil {
				return nil, err
			}
			for _, r := range done {
				out.Deliveries = append(out.Deliveries, deliveryOf(r))
			}
			if p, err = a.Redirects.Get(ctx, t, in.ID); err != nil {
				return nil, err
			}
		}
		out.RPS = rpsOf(p)
		return one(out, p.Version), nil
	})
	register(a, op(http.MethodDelete, "/tenants/{tenant}/rps/{id}", "delete-rps", "Delete a redirection profile and end its associations; the phones keep what they were told"), func(ctx context.Context, in *struct {
		RPSRef
		IfMatch
	}) (*Nothing, error) {
		ctx, t, err := a.profile(ctx, in.Tenant, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Redirects.Delete(ctx, t, in.ID, v)
	})
}
