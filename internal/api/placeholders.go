package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/page"
)

// Placeholder is a value that %ITCS_Name% stands for on one level. Phones learn
// of a change by a push of their placeholders.
type Placeholder struct {
	ID          string    `json:"id"`
	Level       string    `json:"level" enum:"system,model,site,device" doc:"the more specific one wins"`
	Scope       string    `json:"scope" doc:"model, site id or device id; empty for system"`
	ScopeName   string    `json:"scope_name" doc:"the same for people"`
	Name        string    `json:"name" doc:"without %ITCS_ and %"`
	Value       string    `json:"value"`
	Description string    `json:"description"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Use is where a placeholder stands.
type Use struct {
	Kind     string `json:"kind" enum:"model,site,group,override,config_file,placeholder"`
	ID       string `json:"id" doc:"of the template or placeholder"`
	Name     string `json:"name"`
	DeviceID string `json:"device_id" doc:"of a device's own values"`
	MAC      string `json:"mac"`
}

// placeholderOf encodes placeholders; names are of the sites and devices that
// they are for.
func placeholderOf(names map[string]string) func(placeholder.Placeholder) Placeholder {
	return func(p placeholder.Placeholder) Placeholder {
		out := Placeholder{ID: p.ID, Level: string(p.Level), Scope: p.ScopeKey, ScopeName: names[p.ScopeKey], Name: p.Name, Value: p.Value, Description: p.Description, Version: p.Version,
			CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
		if p.Level == placeholder.Model {
			out.ScopeName = p.ScopeKey
		}
		return out
	}
}

// PlaceholderBody changes a placeholder.
type PlaceholderBody struct {
	Name        *string `json:"name,omitempty" maxLength:"256"`
	Value       *string `json:"value,omitempty" maxLength:"65536"`
	Description *string `json:"description,omitempty" maxLength:"1024"`
}

// PlaceholderRef is a placeholder in a path.
type PlaceholderRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) placeholders() {
	register(a, op(http.MethodGet, "/orgs/{org}/placeholders", "list-placeholders", "The placeholders of an organization on all levels"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Level  string `query:"level" maxLength:"16" enum:"system,model,site,device"`
		Scope  string `query:"scope" maxLength:"64" doc:"a model, or the id of a site or a device"`
		Device string `query:"device" maxLength:"256" doc:"part of the name, extension or MAC of the device"`
		Q      string `query:"q" maxLength:"256" doc:"part of the name"`
	}) (*List[Placeholder], error) {
		ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		f := placeholder.Filter{OrgID: o.ID, Level: placeholder.Level(in.Level), Q: in.Q}
		f.Page = in.page()
		if in.Scope != "" {
			f.ScopeKeys = []string{in.Scope}
		}
		if in.Device != "" {
			ds, err := a.Devices.List(ctx, device.Filter{OrgID: o.ID, Q: in.Device, Page: page.Page{Limit: limit.ListMax}})
			if err != nil {
				return nil, err
			}
			f.Level, f.ScopeKeys = placeholder.Device, []string{}
			for _, d := range ds.Items {
				f.ScopeKeys = append(f.ScopeKeys, d.ID)
			}
		}
		s, err := a.Holders.List(ctx, f)
		if err != nil {
			return nil, err
		}
		names, err := a.scopeNames(ctx, o, s.Items...)
		return listOf(s, placeholderOf(names)), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/placeholders", "create-placeholder", "Give a placeholder a value on a level"), func(ctx context.Context, in *struct {
		OrgRef
		Body struct {
			Level string `json:"level" enum:"system,model,site,device"`
			Scope string `json:"scope,omitempty" maxLength:"64" doc:"a model, a site's id, or a device's id or MAC"`
			PlaceholderBody
		}
	}) (*One[Placeholder], error) {
		ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		b := in.Body
		p, err := a.Holders.Create(ctx, o, placeholder.Input{Level: placeholder.Level(b.Level), ScopeKey: b.Scope, Name: b.Name, Value: b.Value, Description: b.Description})
		if err != nil {
			return nil, err
		}
		return a.onePlaceholder(ctx, o, p)
	})
	register(a, op(http.MethodGet, "/orgs/{org}/placeholders/{id}", "get-placeholder", "One placeholder"), func(ctx context.Context, in *PlaceholderRef) (*One[Placeholder], error) {
		ctx, o, p, err := a.placeholder(ctx, in)
		if err != nil {
			return nil, err
		}
		return a.onePlaceholder(ctx, o, p)
	})
	a.changePlaceholders()
	a.placeholderUses()
	a.knownPlaceholders()
}

func (a *API) changePlaceholders() {
	register(a, op(http.MethodPatch, "/orgs/{org}/placeholders/{id}", "update-placeholder", "Change a placeholder; phones learn of it by a push of their placeholders"), func(ctx context.Context, in *struct {
		PlaceholderRef
		IfMatch
		Body PlaceholderBody
	}) (*One[Placeholder], error) {
		ctx, o, p, err := a.placeholder(ctx, &in.PlaceholderRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		p, err = a.Holders.Update(ctx, p.ID, placeholder.Input{Name: in.Body.Name, Value: in.Body.Value, Description: in.Body.Description}, v)
		if err != nil {
			return nil, err
		}
		return a.onePlaceholder(ctx, o, p)
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/placeholders/{id}", "delete-placeholder", "Delete a placeholder; phones keep its value until their next push"), func(ctx context.Context, in *struct {
		PlaceholderRef
		IfMatch
	}) (*Nothing, error) {
		ctx, _, p, err := a.placeholder(ctx, &in.PlaceholderRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Holders.Delete(ctx, p.ID, v)
	})
}

func (a *API) placeholderUses() {
	register(a, op(http.MethodGet, "/orgs/{org}/placeholders/{id}/uses", "list-placeholder-uses", "The templates, devices and other placeholders whose values hold it"), func(ctx context.Context, in *PlaceholderRef) (*List[Use], error) {
		ctx, o, p, err := a.placeholder(ctx, in)
		if err != nil {
			return nil, err
		}
		srcs, err := a.Templates.Uses(ctx, o.ID, p.Name)
		if err != nil {
			return nil, err
		}
		holders, err := a.Holders.Uses(ctx, o.ID, p.Name)
		if err != nil {
			return nil, err
		}
		uses, err := a.usesOf(ctx, o, srcs)
		for _, h := range holders {
			uses = append(uses, Use{Kind: "placeholder", ID: h.ID, Name: h.Name})
		}
		return whole(uses, func(u Use) Use { return u }), err
	})
}

func (a *API) usesOf(ctx context.Context, o org.Org, srcs []template.Source) ([]Use, error) {
	var ids []string
	for _, s := range srcs {
		if s.DeviceID != "" {
			ids = append(ids, s.DeviceID)
		}
	}
	byID, err := a.devicesByID(ctx, o.ID, ids)
	uses := make([]Use, 0, len(srcs))
	for _, s := range srcs {
		u := Use{Kind: string(s.Kind), ID: s.ID, Name: s.Name, DeviceID: s.DeviceID}
		if d, ok := byID[s.DeviceID]; ok {
			u.Name, u.MAC = d.Name, d.MAC.String()
		}
		uses = append(uses, u)
	}
	return uses, err
}

// devicesByID reads some devices at once.
func (a *API) devicesByID(ctx context.Context, orgID string, ids []string) (map[string]device.Device, error) {
	out := make(map[string]device.Device, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	s, err := a.Devices.List(ctx, device.Filter{OrgID: orgID, IDs: ids, Page: page.Page{Limit: limit.ListMax}})
	for _, d := range s.Items {
		out[d.ID] = d
	}
	return out, err
}

// scopeNames are the names of the sites and devices that placeholders are for.
func (a *API) scopeNames(ctx context.Context, o org.Org, ps ...placeholder.Placeholder) (map[string]string, error) {
	names := map[string]string{}
	var ids []string
	sites := false
	for _, p := range ps {
		switch p.Level {
		case placeholder.Device:
			ids = append(ids, p.ScopeKey)
		case placeholder.Site:
			sites = true
		}
	}
	if sites {
		l, err := a.Orgs.Sites(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range l.Sites {
			names[s.ID] = s.Name
		}
	}
	byID, err := a.devicesByID(ctx, o.ID, ids)
	for id, d := range byID {
		names[id] = d.MAC.Colons()
		if d.Name != "" {
			names[id] = d.Name
		}
	}
	return names, err
}

func (a *API) onePlaceholder(ctx context.Context, o org.Org, p placeholder.Placeholder) (*One[Placeholder], error) {
	names, err := a.scopeNames(ctx, o, p)
	return one(placeholderOf(names)(p), p.Version), err
}

func (a *API) placeholder(ctx context.Context, in *PlaceholderRef) (context.Context, org.Org, placeholder.Placeholder, error) {
	ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
	if err != nil {
		return ctx, o, placeholder.Placeholder{}, err
	}
	p, err := a.Holders.Get(ctx, in.ID)
	if err == nil && p.OrgID != o.ID {
		err = fault.New(fault.NotFound, "placeholder not found")
	}
	return ctx, o, p, err
}
