package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/platform/fault"
)

// Group is a named set of devices. Joining one changes no phone.
type Group struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Members     int       `json:"members" doc:"how many devices are in it"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// GroupDevices is a group with its devices.
type GroupDevices struct {
	Group
	Devices []NamedDevice `json:"devices" doc:"those of them that you may see"`
}

// NamedDevice is a device by what people call it.
type NamedDevice struct {
	ID    string `json:"id"`
	MAC   string `json:"mac"`
	Name  string `json:"name"`
	Model string `json:"model"`
}

func groupOf(g group.Group) Group {
	return Group{ID: g.ID, Name: g.Name, Description: g.Description, Members: g.Members, Version: g.Version, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt}
}

func named(ds []device.Device) []NamedDevice {
	out := make([]NamedDevice, len(ds))
	for i, d := range ds {
		out[i] = NamedDevice{d.ID, d.MAC.String(), d.Name, d.Model}
	}
	return out
}

type groupBody struct {
	Name        *string   `json:"name,omitempty" maxLength:"256"`
	Description *string   `json:"description,omitempty" maxLength:"1024"`
	Members     *[]string `json:"members,omitempty" maxItems:"10000" doc:"ids or MACs of all its devices"`
}

func (b groupBody) input() group.Input {
	return group.Input{Name: b.Name, Description: b.Description, Members: b.Members}
}

// GroupRef is a group in a path.
type GroupRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) groups() {
	register(a, op(http.MethodGet, "/orgs/{org}/groups", "list-groups", "The groups of an organization"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Q      string `query:"q" maxLength:"256" doc:"part of the name"`
		Device string `query:"device" maxLength:"64" doc:"groups that hold this device"`
	}) (*List[Group], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		f := group.Filter{OrgID: o.ID, Q: in.Q}
		f.Page = in.page()
		if in.Device != "" {
			d, err := a.Devices.Get(ctx, in.Device)
			if err != nil {
				return nil, err
			}
			f.DeviceID = d.ID
		}
		s, err := a.Groups.List(ctx, f)
		return listOf(s, groupOf), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/groups", "create-group", "Make a group"), func(ctx context.Context, in *struct {
		OrgRef
		Body groupBody
	}) (*One[Group], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		g, err := a.Groups.Create(ctx, o, in.Body.input())
		return one(groupOf(g), g.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/groups/{id}", "get-group", "One group with its devices"), func(ctx context.Context, in *GroupRef) (*One[GroupDevices], error) {
		ctx, g, err := a.group(ctx, in)
		if err != nil {
			return nil, err
		}
		ds, err := a.Groups.Members(ctx, g.ID)
		return one(GroupDevices{groupOf(g), named(ds)}, g.Version), err
	})
	a.changeGroups()
}

func (a *API) changeGroups() {
	register(a, op(http.MethodPatch, "/orgs/{org}/groups/{id}", "update-group", "Change a group or its members; changes no phone"), func(ctx context.Context, in *struct {
		GroupRef
		IfMatch
		Body groupBody
	}) (*One[Group], error) {
		ctx, g, err := a.group(ctx, &in.GroupRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		g, err = a.Groups.Update(ctx, g.ID, in.Body.input(), v)
		return one(groupOf(g), g.Version), err
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/groups/{id}", "delete-group", "Delete a group; its devices and what was pushed to them stay"), func(ctx context.Context, in *struct {
		GroupRef
		IfMatch
	}) (*Nothing, error) {
		ctx, g, err := a.group(ctx, &in.GroupRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Groups.Delete(ctx, g.ID, v)
	})
}

func (a *API) group(ctx context.Context, in *GroupRef) (context.Context, group.Group, error) {
	ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
	if err != nil {
		return ctx, group.Group{}, err
	}
	g, err := a.Groups.Get(ctx, in.ID)
	if err == nil && g.OrgID != o.ID {
		err = fault.New(fault.NotFound, "group not found")
	}
	return ctx, g, err
}
