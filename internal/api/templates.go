package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
)

// Template is a sparse set of values for a model, a site or a group.
type Template struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind" enum:"model,site,group"`
	Name         string    `json:"name"`
	Description  string    `json:"description"`
	Vendor       string    `json:"vendor"`
	Model        string    `json:"model" doc:"empty: every model of the vendor"`
	Auto         string    `json:"auto" enum:",all,sites,none" doc:"of a model template: where a device gets it at its first contact"`
	AutoSites    []string  `json:"auto_sites" doc:"with auto sites: these and what lies below them"`
	SiteID       string    `json:"site_id" doc:"of a site template"`
	GroupID      string    `json:"group_id" doc:"of a group template; empty: for whomever it is pushed to"`
	Server       string    `json:"server" enum:",generic,lync" doc:"of a template for one model: the type of SIP server that it is for; binding one takes another's place"`
	Include      bool      `json:"include" doc:"its phones get a file that they share and one of their own that pulls it in; AudioCodes alone"`
	Changed      bool      `json:"changed" doc:"of a template for one model: the draft is not the maker's own, so it can be restored"`
	Follow       bool      `json:"follow" doc:"saving a version pushes it to the bound devices"`
	Draft        []Item    `json:"draft"`
	Placeholders []string  `json:"placeholders" doc:"names that stand in the draft"`
	Latest       int       `json:"latest" doc:"newest saved version, 0 for none"`
	Devices      int       `json:"devices" doc:"that have values from it"`
	Version      int64     `json:"version"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// TemplateVersion is a saved state of a template.
type TemplateVersion struct {
	Number  int       `json:"number"`
	Items   []Item    `json:"items"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
	Note    string    `json:"note"`
	Include bool      `json:"include" doc:"it parts the phones' configuration into a shared file and their own"`
}

func templateOf(s template.Source) Template {
	return Template{ID: s.ID, Kind: string(s.Kind), Name: s.Name, Description: s.Description, Vendor: s.Vendor, Model: s.Model, Auto: string(s.Auto), AutoSites: append([]string{}, s.AutoSites...),
		SiteID: s.SiteID, GroupID: s.GroupID, Server: s.Server, Include: s.Include, Changed: s.Changed, Follow: s.Follow, Draft: itemsOf(s.Draft), Placeholders: append([]string{}, s.Placeholders()...), Latest: s.Latest, Devices: s.Devices, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt}
}

func versionOf(v template.Version) TemplateVersion {
	return TemplateVersion{Number: v.Number, Items: itemsOf(v.Items), Author: v.Author, At: v.At, Note: v.Note, Include: v.Include}
}

// TemplateBody makes or changes a template.
type TemplateBody struct {
	Name        *string   `json:"name,omitempty" maxLength:"256"`
	Description *string   `json:"description,omitempty" maxLength:"1024"`
	Vendor      *string   `json:"vendor,omitempty" maxLength:"64"`
	Model       *string   `json:"model,omitempty" maxLength:"64"`
	Auto        *string   `json:"auto,omitempty" enum:"all,sites,none"`
	AutoSites   *[]string `json:"auto_sites,omitempty" maxItems:"5000"`
	SiteID      *string   `json:"site_id,omitempty" maxLength:"64"`
	GroupID     *string   `json:"group_id,omitempty" maxLength:"64"`
	Server      *string   `json:"server,omitempty" enum:",generic,lync"`
	Include     *bool     `json:"include,omitempty"`
	Follow      *bool     `json:"follow,omitempty"`
	Draft       *[]Item   `json:"draft,omitempty" maxItems:"2000"`
}

func (b TemplateBody) input() template.Input {
	in := template.Input{Name: b.Name, Description: b.Description, Vendor: b.Vendor, Model: b.Model, AutoSites: b.AutoSites, SiteID: b.SiteID, GroupID: b.GroupID, Server: b.Server, Include: b.Include, Follow: b.Follow}
	if b.Auto != nil {
		auto := template.Auto(*b.Auto)
		in.Auto = &auto
	}
	if b.Draft != nil {
		items := itemsFrom(*b.Draft)
		in.Draft = &items
	}
	return in
}

// TemplateRef is a template in a path.
type TemplateRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) templates() {
	register(a, op(http.MethodGet, "/orgs/{org}/templates", "list-templates", "The templates of an organization"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Q    string `query:"q" maxLength:"256"`
		Kind string `query:"kind" maxLength:"16"`
	}) (*List[Template], error) {
		ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		f := template.Filter{OrgID: o.ID, Kind: template.Kind(in.Kind), Q: in.Q}
		f.Page = in.page()
		s, err := a.Templates.List(ctx, f)
		return listOf(s, templateOf), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/templates", "create-template", "Make a template"), func(ctx context.Context, in *struct {
		OrgRef
		Body struct {
			Kind    string `json:"kind" enum:"model,site,group"`
			Starter bool   `json:"starter,omitempty" doc:"of a template for one model: begin with the maker's own values, as far as they are evidenced"`
			TemplateBody
		}
	}) (*One[Template], error) {
		ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		ti := in.Body.input()
		ti.Kind, ti.Starter = template.Kind(in.Body.Kind), in.Body.Starter
		s, err := a.Templates.Create(ctx, o, ti)
		return one(templateOf(s), s.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/templates/{id}", "get-template", "One template"), func(ctx context.Context, in *TemplateRef) (*One[Template], error) {
		_, s, err := a.template(ctx, in)
		return one(templateOf(s), s.Version), err
	})
	a.changeTemplates()
	a.templateVersions()
	a.copyTemplates()
	a.templateFiles()
	a.makerTemplates()
}

func (a *API) changeTemplates() {
	register(a, op(http.MethodPatch, "/orgs/{org}/templates/{id}", "update-template", "Change a template or its draft; changes no phone"), func(ctx context.Context, in *struct {
		TemplateRef
		IfMatch
		Body TemplateBody
	}) (*One[Template], error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		s, err = a.Templates.Update(ctx, s.ID, in.Body.input(), v)
		return one(templateOf(s), s.Version), err
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/templates/{id}", "delete-template", "Delete a template that no device has values from"), func(ctx context.Context, in *struct {
		TemplateRef
		IfMatch
	}) (*Nothing, error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Templates.Delete(ctx, s.ID, v)
	})
}

func (a *API) templateVersions() {
	register(a, op(http.MethodGet, "/orgs/{org}/templates/{id}/versions", "list-template-versions", "The saved versions, newest first"), func(ctx context.Context, in *TemplateRef) (*List[TemplateVersion], error) {
		ctx, s, err := a.template(ctx, in)
		if err != nil {
			return nil, err
		}
		vs, err := a.Templates.Versions(ctx, s.ID)
		return whole(vs, versionOf), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/templates/{id}/versions", "save-template-version", "Make the draft the next version"), func(ctx context.Context, in *struct {
		TemplateRef
		Body struct {
			Note string `json:"note,omitempty" maxLength:"1024"`
		}
	}) (*Plain[TemplateVersion], error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		v, err := a.Templates.SaveVersion(ctx, s.ID, in.Body.Note, s.Version)
		return plain(versionOf(v)), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/templates/{id}/diff", "compare-template-versions", "What two versions have otherwise"), func(ctx context.Context, in *struct {
		TemplateRef
		From int `query:"from" minimum:"0" doc:"a version; 0 is the draft"`
		To   int `query:"to" minimum:"0" doc:"a version; 0 is the draft"`
	}) (*List[Difference], error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		ds, err := a.Templates.Diff(ctx, s.ID, in.From, in.To)
		return whole(ds, differenceOf), err
	})
}

// Difference is a key that two versions have otherwise.
type Difference struct {
	Key string `json:"key"`
	Old *Item  `json:"old" doc:"null: it was not there"`
	New *Item  `json:"new" doc:"null: it is not there"`
}

func differenceOf(d template.Difference) Difference {
	out := Difference{Key: string(d.Key)}
	if d.Old != nil {
		old := itemOf(*d.Old)
		out.Old = &old
	}
	if d.New != nil {
		now := itemOf(*d.New)
		out.New = &now
	}
	return out
}

func (a *API) template(ctx context.Context, in *TemplateRef) (context.Context, template.Source, error) {
	ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
	if err != nil {
		return ctx, template.Source{}, err
	}
	s, err := a.Templates.Get(ctx, in.ID)
	if err == nil && (s.OrgID != o.ID || s.Kind == template.Override) {
		err = fault.New(fault.NotFound, "template not found")
	}
	return ctx, s, err
}
