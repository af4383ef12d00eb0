package api

import (
	"context"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// in enters an organization for an operation that needs the permission somewhere
// in it: the context comes back narrowed to it. An organization that the asker
// may not see is not found, whether it exists or not.
func (a *API) in(ctx context.Context, ref string, p access.Permission) (context.Context, org.Org, error) {
	o, err := a.Orgs.Org(scope.AsSystem(ctx, "api"), ref)
	if fault.Is(err, fault.NotFound) {
		return ctx, org.Org{}, hidden("organization")
	}
	if err != nil {
		return ctx, org.Org{}, err
	}
	in, err := a.Access.Enter(ctx, p, access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true})
	if fault.Is(err, fault.NotFound) {
		err = hidden("organization")
	}
	if err != nil {
		return ctx, org.Org{}, err
	}
	return in, o, nil
}

// inTenant enters a tenant; see in.
func (a *API) inTenant(ctx context.Context, ref string, p access.Permission) (context.Context, org.Tenant, error) {
	t, err := a.Orgs.Tenant(scope.AsSystem(ctx, "api"), ref)
	if fault.Is(err, fault.NotFound) {
		return ctx, org.Tenant{}, hidden("tenant")
	}
	if err != nil {
		return ctx, org.Tenant{}, err
	}
	in, err := a.Access.Enter(ctx, p, access.Where{TenantID: t.ID, Any: true})
	if fault.Is(err, fault.NotFound) {
		err = hidden("tenant")
	}
	if err != nil {
		return ctx, org.Tenant{}, err
	}
	return in, t, nil
}

// wide is a context whose scope reaches the platform where the asker holds
// anything there; a service checks the permission itself.
func (a *API) wide(ctx context.Context) context.Context {
	in, err := a.Access.Enter(ctx, access.TenantWrite, access.Where{})
	if err != nil {
		return ctx
	}
	return in
}

// hidden is the one answer for what does not exist and what may not be seen.
func hidden(what string) error { return fault.New(fault.NotFound, "%s not found", what) }

// actor names who acts, for what a person wrote.
func actor(ctx context.Context) string { return scope.From(ctx).Actor.Name }

// visibleTenants are those in which the asker holds anything.
func (a *API) visibleTenants(ctx context.Context) ([]org.Tenant, error) {
	p, ok := access.From(ctx)
	if !ok {
		return nil, fault.New(fault.Denied, "sign in first")
	}
	all, err := a.Orgs.Tenants(scope.AsSystem(ctx, "api"))
	var out []org.Tenant
	for _, t := range all {
		if p.May(access.OrgRead, access.Where{TenantID: t.ID, Any: true}) {
			out = append(out, t)
		}
	}
	return out, err
}

// visibleOrgs are those in which the asker holds anything.
func (a *API) visibleOrgs(ctx context.Context) ([]org.Org, error) {
	p, ok := access.From(ctx)
	if !ok {
		return nil, fault.New(fault.Denied, "sign in first")
	}
	all, err := a.Orgs.Orgs(scope.AsSystem(ctx, "api"), "")
	var out []org.Org
	for _, o := range all {
		if p.May(access.OrgRead, access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true}) {
			out = append(out, o)
		}
	}
	return out, err
}
