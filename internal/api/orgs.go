package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
)

// Tenant is a customer.
type Tenant struct {
	ID        string    `json:"id"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"business,internal"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Org is an organization of a tenant.
type Org struct {
	ID          string    `json:"id"`
	TenantID    string    `json:"tenant_id"`
	Slug        string    `json:"slug"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func tenantOf(t org.Tenant) Tenant {
	return Tenant{ID: t.ID, Slug: t.Slug, Name: t.Name, Kind: string(t.Kind), Version: t.Version, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt}
}

func orgOf(o org.Org) Org {
	return Org{ID: o.ID, TenantID: o.TenantID, Slug: o.Slug, Name: o.Name, Description: o.Description, Version: o.Version, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt}
}

// TenantRef is the tenant in a path.
type TenantRef struct {
	Tenant string `path:"tenant" maxLength:"64" doc:"id or slug"`
}

func (a *API) tenants() {
	register(a, op(http.MethodGet, "/tenants", "list-tenants", "The tenants that you may see"), func(ctx context.Context, _ *struct{}) (*List[Tenant], error) {
		ts, err := a.visibleTenants(ctx)
		return whole(ts, tenantOf), err
	})
	register(a, op(http.MethodPost, "/tenants", "create-tenant", "Make a tenant"), func(ctx context.Context, in *struct {
		Body struct {
			Name string `json:"name" maxLength:"256"`
			Kind string `json:"kind,omitempty" enum:"business,internal"`
		}
	}) (*One[Tenant], error) {
		t, err := a.Orgs.CreateTenant(a.wide(ctx), in.Body.Name, org.TenantKind(in.Body.Kind))
		return one(tenantOf(t), t.Version), err
	})
	register(a, op(http.MethodGet, "/tenants/{tenant}", "get-tenant", "One tenant"), func(ctx context.Context, in *TenantRef) (*One[Tenant], error) {
		_, t, err := a.inTenant(ctx, in.Tenant, access.OrgRead)
		return one(tenantOf(t), t.Version), err
	})
	register(a, op(http.MethodPatch, "/tenants/{tenant}", "update-tenant", "Rename a tenant"), func(ctx context.Context, in *struct {
		TenantRef
		IfMatch
		Body struct {
			Name string `json:"name" maxLength:"256"`
		}
	}) (*One[Tenant], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.OrgRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		t, err = a.Orgs.RenameTenant(ctx, t.ID, in.Body.Name, v)
		return one(tenantOf(t), t.Version), err
	})
	register(a, op(http.MethodGet, "/tenants/{tenant}/orgs", "list-tenant-orgs", "The organizations of a tenant"), func(ctx context.Context, in *TenantRef) (*List[Org], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.OrgRead)
		if err != nil {
			return nil, err
		}
		os, err := a.Orgs.Orgs(ctx, t.ID)
		return whole(os, orgOf), err
	})
	register(a, op(http.MethodPost, "/tenants/{tenant}/orgs", "create-org", "Make an organization"), func(ctx context.Context, in *struct {
		TenantRef
		Body struct {
			Name        string `json:"name" maxLength:"256"`
			Description string `json:"description,omitempty" maxLength:"1024"`
		}
	}) (*One[Org], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.OrgRead)
		if err != nil {
			return nil, err
		}
		o, err := a.Orgs.CreateOrg(ctx, t.ID, in.Body.Name, in.Body.Description)
		return one(orgOf(o), o.Version), err
	})
}

// OrgRef is the organization in a path.
type OrgRef struct {
	Org string `path:"org" maxLength:"64" doc:"id or slug"`
}

func (a *API) orgs() {
	register(a, op(http.MethodGet, "/orgs", "list-orgs", "The organizations that you may see"), func(ctx context.Context, _ *struct{}) (*List[Org], error) {
		os, err := a.visibleOrgs(ctx)
		return whole(os, orgOf), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}", "get-org", "One organization"), func(ctx context.Context, in *OrgRef) (*One[Org], error) {
		_, o, err := a.in(ctx, in.Org, access.OrgRead)
		return one(orgOf(o), o.Version), err
	})
	register(a, op(http.MethodPatch, "/orgs/{org}", "update-org", "Change an organization"), func(ctx context.Context, in *struct {
		OrgRef
		IfMatch
		Body struct {
			Name        *string `json:"name,omitempty" maxLength:"256"`
			Description *string `json:"description,omitempty" maxLength:"1024"`
		}
	}) (*One[Org], error) {
		ctx, o, err := a.in(ctx, in.Org, access.OrgRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		o, err = a.Orgs.UpdateOrg(ctx, o, org.OrgPatch{Name: in.Body.Name, Description: in.Body.Description}, v)
		return one(orgOf(o), o.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/dashboard-counts", "org-counts", "The devices of an organization by state"), func(ctx context.Context, in *OrgRef) (*Plain[Counts], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		c, err := a.Devices.Counts(ctx, o.ID)
		return plain(Counts{Devices: c.Devices, Online: c.Online, Restricted: c.Restricted, Offline: c.Offline, Adopted: c.Adopted, Waiting: c.Waiting,
			ConfigPending: c.Pending, ConfigDelivered: c.Delivered + c.Confirmed, ConfigFailed: c.Failed, ConfigNone: c.Empty}), err
	})
}

// Counts are the devices of an organization by state.
type Counts struct {
	Devices         int `json:"devices"`
	Online          int `json:"online"`
	Restricted      int `json:"restricted"`
	Offline         int `json:"offline"`
	Adopted         int `json:"adopted"`
	Waiting         int `json:"waiting"`
	ConfigPending   int `json:"config_pending"`
	ConfigDelivered int `json:"config_delivered" doc:"delivered or confirmed"`
	ConfigFailed    int `json:"config_failed"`
	ConfigNone      int `json:"config_none"`
}

// Plain is a body without a version.
type Plain[T any] struct{ Body T }

func plain[T any](body T) *Plain[T] { return &Plain[T]{Body: body} }
