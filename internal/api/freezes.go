package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/command"
)

// Freeze holds back everything that would change phones.
type Freeze struct {
	Covers string    `json:"covers" enum:"platform,tenant,organization,device"`
	Reason string    `json:"reason"`
	Author string    `json:"author"`
	At     time.Time `json:"at"`
}

// freezeBody says why.
type freezeBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1024" doc:"at most 256 characters"`
}

func freezeOf(f command.Freeze) Freeze { return Freeze{f.Covers(), f.Reason, f.Author, f.At} }

func (a *API) freezes() {
	register(a, op(http.MethodGet, "/orgs/{org}/freezes", "list-freezes", "What holds an organization's phones back, widest first"), func(ctx context.Context, in *OrgRef) (*List[Freeze], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Commands.Freezes(ctx, o.TenantID, o.ID, "")
		return whole(all, freezeOf), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/freezes", "list-device-freezes", "What holds a phone back, widest first"), func(ctx context.Context, in *DeviceRef) (*List[Freeze], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Commands.Freezes(ctx, d.TenantID, d.OrgID, d.ID)
		return whole(all, freezeOf), err
	})
	a.freezePlatform()
	a.freezeTenant()
	a.freezeOrg()
	a.freezeDevice()
}

// extent is what a position of the switch is for, and the context to do it in.
type extent func(context.Context) (context.Context, command.Extent, error)

func (a *API) freeze(ctx context.Context, of extent, reason string) (*Plain[Freeze], error) {
	ctx, e, err := of(ctx)
	if err != nil {
		return nil, err
	}
	f, err := a.Commands.Freeze(ctx, e, reason)
	return plain(freezeOf(f)), err
}

func (a *API) thaw(ctx context.Context, of extent) (*struct{}, error) {
	ctx, e, err := of(ctx)
	if err != nil {
		return nil, err
	}
	return nil, a.Commands.Thaw(ctx, e)
}

func freezeOp(path, level string) huma.Operation {
	return op(http.MethodPut, path+"/freeze", "freeze-"+level, "Hold back everything that would change phones: no command leaves, and a phone that fetches gets what it has")
}

func thawOp(path, level string) huma.Operation {
	return op(http.MethodDelete, path+"/freeze", "thaw-"+level, "Let phones be changed again")
}

func (a *API) freezePlatform() {
	register(a, freezeOp("", "platform"), func(ctx context.Context, in *struct{ Body freezeBody }) (*Plain[Freeze], error) {
		ctx, err := a.Access.Enter(ctx, access.FreezeWrite, access.Where{})
		if err != nil {
			return nil, err
		}
		f, err := a.Commands.Freeze(ctx, command.Extent{}, in.Body.Reason)
		return plain(freezeOf(f)), err
	})
	register(a, thawOp("", "platform"), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		ctx, err := a.Access.Enter(ctx, access.FreezeWrite, access.Where{})
		if err != nil {
			return nil, err
		}
		return nil, a.Commands.Thaw(ctx, command.Extent{})
	})
}

func (a *API) freezeTenant() {
	of := func(in *TenantRef) extent {
		return func(ctx context.Context) (context.Context, command.Extent, error) {
			ctx, t, err := a.inTenant(ctx, in.Tenant, access.OrgRead)
			return ctx, command.Extent{Where: access.Where{TenantID: t.ID}}, err
		}
	}
	register(a, freezeOp("/tenants/{tenant}", "tenant"), func(ctx context.Context, in *struct {
		TenantRef
		Body freezeBody
	}) (*Plain[Freeze], error) {
		return a.freeze(ctx, of(&in.TenantRef), in.Body.Reason)
	})
	register(a, thawOp("/tenants/{tenant}", "tenant"), func(ctx context.Context, in *TenantRef) (*struct{}, error) { return a.thaw(ctx, of(in)) })
}

func (a *API) freezeOrg() {
	of := func(in *OrgRef) extent {
		return func(ctx context.Context) (context.Context, command.Extent, error) {
			ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
			return ctx, command.Extent{Where: access.Where{TenantID: o.TenantID, OrgID: o.ID}}, err
		}
	}
	register(a, freezeOp("/orgs/{org}", "org"), func(ctx context.Context, in *struct {
		OrgRef
		Body freezeBody
	}) (*Plain[Freeze], error) {
		return a.freeze(ctx, of(&in.OrgRef), in.Body.Reason)
	})
	register(a, thawOp("/orgs/{org}", "org"), func(ctx context.Context, in *OrgRef) (*struct{}, error) { return a.thaw(ctx, of(in)) })
}

func (a *API) freezeDevice() {
	of := func(in *DeviceRef) extent {
		return func(ctx context.Context) (context.Context, command.Extent, error) {
			ctx, d, err := a.device(ctx, in, access.DeviceRead)
			return ctx, command.Extent{Where: d.Where(), DeviceID: d.ID}, err
		}
	}
	register(a, freezeOp("/orgs/{org}/devices/{device}", "device"), func(ctx context.Context, in *struct {
		DeviceRef
		Body freezeBody
	}) (*Plain[Freeze], error) {
		return a.freeze(ctx, of(&in.DeviceRef), in.Body.Reason)
	})
	register(a, thawOp("/orgs/{org}/devices/{device}", "device"), func(ctx context.Context, in *DeviceRef) (*struct{}, error) { return a.thaw(ctx, of(in)) })
}
