package api

import (
	"context"
	"mime"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// TakenDraft is a template after values were taken over into its draft.
type TakenDraft struct {
	Template
	Warnings []string `json:"warnings" doc:"what was not taken over, or will not reach a phone"`
}

func takenOf(s template.Source, warnings []string) *One[TakenDraft] {
	return one(TakenDraft{templateOf(s), append([]string{}, warnings...)}, s.Version)
}

func (a *API) copyTemplates() {
	register(a, op(http.MethodPost, "/orgs/{org}/templates/{id}/copy", "copy-template", "Copy a template into an organization of the same tenant, as <name>_Copy"), func(ctx context.Context, in *struct {
		TemplateRef
		Body struct {
			Org       string   `json:"org" maxLength:"64" doc:"id or slug of where the copy goes"`
			Auto      string   `json:"auto,omitempty" enum:"all,sites,none" doc:"where the copy of a model template binds itself; none by default"`
			AutoSites []string `json:"auto_sites,omitempty" maxItems:"5000" doc:"sites of that organization"`
		}
	}) (*One[Template], error) {
		from, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		to, o, err := a.in(ctx, in.Body.Org, access.TemplateWrite)
		if err != nil {
			return nil, err
		}
		if o.TenantID != s.TenantID {
			return nil, fault.InvalidFields("the template is not copied", fault.Field{Path: "org", Message: "it can go into organizations of its own tenant only"})
		}
		auto := template.Auto(in.Body.Auto)
		if auto == "" {
			auto = template.AutoNone
		}
		s, err = a.Templates.Copy(both(from, to, o), s.ID, o, auto, in.Body.AutoSites...)
		return one(templateOf(s), s.Version), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/templates/{id}/defaults", "restore-template-defaults", "Write the known defaults of keys into the draft; changes no phone"), func(ctx context.Context, in *struct {
		TemplateRef
		Body struct {
			Keys *[]param.Key `json:"keys,omitempty" maxItems:"2000" doc:"without them all keys of the draft"`
		}
	}) (*One[TakenDraft], error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		var only []param.Key
		if in.Body.Keys != nil {
			only = append([]param.Key{}, *in.Body.Keys...)
		}
		s, unknown, err := a.Templates.Defaults(ctx, s.ID, only, s.Version)
		var warnings []string
		for _, k := range unknown {
			warnings = append(warnings, "no default is known of "+string(k))
		}
		return takenOf(s, warnings), err
	})
}

// both is a context that reaches two organizations of one tenant, each of which
// was entered: from with its template, to as a whole.
func both(from, to context.Context, o org.Org) context.Context {
	s := scope.From(from)
	s.Orgs = append([]string{o.ID}, s.Orgs...)
	s.Sites = scope.From(to).Sites
	return scope.With(from, s)
}

// Download is a file to keep.
type Download struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	LeftOut     int    `header:"Left-Out" doc:"values that the model has no words for"`
	Body        []byte
}

func downloadOf(name, contentType string, body []byte) *Download {
	return &Download{ContentType: contentType, Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": name}), Body: body}
}

func (a *API) templateFiles() {
	register(a, op(http.MethodGet, "/orgs/{org}/templates/{id}/download", "download-template", "A template as a file, its secrets blanked"), func(ctx context.Context, in *struct {
		TemplateRef
		Format  string `query:"format" enum:"text,native,xml" default:"text" doc:"text: key=value lines; native: the vendor's own file; xml: of a template for one model, what its phones share and what is each one's own"`
		Version int    `query:"version" minimum:"0" doc:"0 is the draft"`
		Model   string `query:"model" maxLength:"64" doc:"of a native file, where the template is not for one model"`
	}) (*Download, error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		f, err := a.Templates.Export(ctx, s.ID, in.Version, template.Format(in.Format), in.Model)
		out := downloadOf(f.Name, f.ContentType, f.Body)
		out.LeftOut = f.LeftOut
		return out, err
	})
	register(a, op(http.MethodPut, "/orgs/{org}/templates/{id}/draft", "upload-template-draft", "Make a file the draft of a template; changes no phone"), func(ctx context.Context, in *struct {
		TemplateRef
		IfMatch
		Format  string `query:"format" enum:"text,native,xml" default:"text" doc:"text: key=value lines, where a key may also be an alias or a P-value; native: the vendor's own file; xml: as it is downloaded"`
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*One[TakenDraft], error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		s, warnings, err := a.Templates.Import(ctx, s.ID, template.Format(in.Format), in.RawBody, v)
		return takenOf(s, warnings), err
	})
}
