package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/resource"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Resource is a stored file that phones fetch: a firmware image, a ringtone, a
// phonebook.
type Resource struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind" enum:"firmware,ringtone,wallpaper,phonebook,language"`
	Name        string    `json:"name" doc:"of the file as it was uploaded"`
	Description string    `json:"description"`
	Vendor      string    `json:"vendor"`
	Models      []string  `json:"models" doc:"empty: every model of the vendor"`
	FileVersion string    `json:"file_version" doc:"of a firmware image; empty where it is not known"`
	Names       []string  `json:"names" doc:"by which phones ask for it, in lower case"`
	Hash        string    `json:"hash" doc:"SHA-256 of its bytes"`
	Size        int64     `json:"size" doc:"bytes"`
	Served      bool      `json:"served" doc:"phones get it; of several the newest"`
	Anyone      bool      `json:"anyone" doc:"a party that proves nothing gets it too; the platform's owner decides"`
	Present     bool      `json:"present" doc:"false: its bytes are gone"`
	Author      string    `json:"author"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Version     int64     `json:"version"`
}

func (a *API) resource(ctx context.Context, r resource.Resource) Resource {
	return Resource{ID: r.ID, Kind: string(r.Kind), Name: r.Name, Description: r.Description, Vendor: r.Vendor, Models: append([]string{}, r.Models...), FileVersion: r.FileVersion,
		Names: append([]string{}, r.Names...), Hash: string(r.Hash), Size: r.Size, Served: r.Served, Anyone: r.Anyone, Present: a.Resources.Present(ctx, r), Author: r.Author,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Version: r.Version}
}

// ResourceBody changes what is told of a file.
type ResourceBody struct {
	Description *string   `json:"description,omitempty" maxLength:"1024"`
	Models      *[]string `json:"models,omitempty" maxItems:"200"`
	FileVersion *string   `json:"file_version,omitempty" maxLength:"256"`
	Names       *[]string `json:"names,omitempty" maxItems:"200"`
	Served      *bool     `json:"served,omitempty"`
	Anyone      *bool     `json:"anyone,omitempty"`
}

// ResourceRef is a stored file in a path.
type ResourceRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

// store is one of the two collections of stored files.
type store struct {
	path, one, many string
	kinds           []resource.Kind
}

func (a *API) resources() {
	for _, s := range []store{
		{"/orgs/{org}/firmware", "firmware", "firmware images", []resource.Kind{resource.Firmware}},
		{"/orgs/{org}/resources", "resource", "ringtones, wallpapers, phonebooks and language packs", resource.Kinds()},
	} {
		a.listResources(s)
		a.uploadResource(s)
		a.oneResource(s)
	}
	a.phonebooks()
}

func (a *API) listResources(s store) {
	register(a, op(http.MethodGet, s.path, "list-"+s.one, "The "+s.many+" of an organization, newest first"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Kind   string `query:"kind" maxLength:"16"`
		Vendor string `query:"vendor" maxLength:"64"`
		Q      string `query:"q" maxLength:"256" doc:"part of a name or of the description"`
	}) (*List[Resource], error) {
		ctx, o, err := a.in(ctx, in.Org, access.ResourceRead)
		if err != nil {
			return nil, err
		}
		f := resource.Filter{OrgID: o.ID, Kinds: s.kinds, Vendor: in.Vendor, Q: in.Q}
		f.Page = in.page()
		for _, k := range s.kinds {
			if in.Kind == string(k) {
				f.Kinds = []resource.Kind{k}
			}
		}
		out, err := a.Resources.List(ctx, f)
		return listOf(out, func(r resource.Resource) Resource { return a.resource(ctx, r) }), err
	})
}

func (a *API) uploadResource(s store) {
	fields := map[string]string{"vendor": "may be left out where models names one", "models": "that it is for, with commas between; empty: every model of the vendor",
		"names": "by which phones ask for it, with commas between; without it the usual ones", "description": "", "served": "false: no phone gets it yet"}
	var most int64
	for _, k := range s.kinds {
		most = max(most, k.MaxBytes())
	}
	if s.one == "firmware" {
		fields["file_version"] = "1.0.1.54; without it the one in the file's name"
		fields["anyone"] = "true: a party that proves nothing gets it too, as a phone in recovery; the platform's owner decides"
	} else {
		fields["kind"] = "ringtone, wallpaper, phonebook or language"
	}
	o := op(http.MethodPost, s.path, "upload-"+s.one, "Store a file. The same bytes again are a 409, so that an upload may be repeated without harm; an Idempotency-Key is not looked at")
	register(a, o, func(ctx context.Context, in *struct {
		OrgRef
		Upload
	}) (*One[Resource], error) {
		ctx, o, err := a.in(ctx, in.Org, access.ResourceRead)
		if err != nil {
			return nil, err
		}
		var t resource.Taken
		form, name, err := in.read(func(r io.Reader) (err error) {
			t, err = a.Resources.Take(ctx, o, r, most)
			return err
		})
		if err != nil {
			if drop := a.Resources.Drop(ctx, t); drop != nil {
				a.Log.WarnContext(ctx, "an upload's bytes stay", "hash", t.Hash, "error", drop)
			}
			return nil, err
		}
		r, err := a.Resources.Create(ctx, o, uploaded(s, form, name), t)
		return one(a.resource(ctx, r), r.Version), err
	})
	a.describeUpload(s.path, fields)
}

func uploaded(s store, form map[string]string, name string) resource.Input {
	in := resource.Input{Kind: resource.Kind(form["kind"]), Name: name, Vendor: form["vendor"]}
	if s.one == "firmware" {
		in.Kind = resource.Firmware
	} else if in.Kind == resource.Firmware {
		in.Kind = "" // there is a collection of its own
	}
	for field, to := range map[string]**string{"description": &in.Description, "file_version": &in.FileVersion} {
		if v, ok := form[field]; ok {
			*to = &v
		}
	}
	for field, to := range map[string]**[]string{"models": &in.Models, "names": &in.Names} {
		if v := listed(form[field]); len(v) > 0 {
			*to = &v
		}
	}
	for field, to := range map[string]**bool{"served": &in.Served, "anyone": &in.Anyone} {
		if v, err := strconv.ParseBool(form[field]); err == nil {
			*to = &v
		}
	}
	return in
}

func (a *API) oneResource(s store) {
	register(a, op(http.MethodGet, s.path+"/{id}", "get-"+s.one, "What is told of one file"), func(ctx context.Context, in *ResourceRef) (*One[Resource], error) {
		ctx, r, err := a.findResource(ctx, in, s)
		if err != nil {
			return nil, err
		}
		return one(a.resource(ctx, r), r.Version), nil
	})
	register(a, op(http.MethodPatch, s.path+"/{id}", "change-"+s.one, "Change what is told of a file; its bytes never change"), func(ctx context.Context, in *struct {
		ResourceRef
		IfMatch
		Body ResourceBody
	}) (*One[Resource], error) {
		ctx, r, err := a.findResource(ctx, &in.ResourceRef, s)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		b := in.Body
		r, err = a.Resources.Update(ctx, r.ID, resource.Input{Description: b.Description, Models: b.Models, FileVersion: b.FileVersion, Names: b.Names, Served: b.Served, Anyone: b.Anyone}, v)
		if err != nil {
			return nil, err
		}
		return one(a.resource(ctx, r), r.Version), nil
	})
	register(a, op(http.MethodDelete, s.path+"/{id}", "delete-"+s.one, "Delete a file; phones keep what they have"), func(ctx context.Context, in *struct {
		ResourceRef
		IfMatch
	}) (*Nothing, error) {
		ctx, r, err := a.findResource(ctx, &in.ResourceRef, s)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Resources.Delete(ctx, r.ID, v)
	})
	register(a, op(http.MethodGet, s.path+"/{id}/content", "download-"+s.one, "A file's bytes"), func(ctx context.Context, in *ResourceRef) (*huma.StreamResponse, error) {
		ctx, r, err := a.findResource(ctx, in, s)
		if err != nil {
			return nil, err
		}
		f, err := a.Resources.Open(ctx, r)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) { a.stream(ctx, hc, r, f) }}, nil
	})
}

// stream sends a file's bytes. Where they turn out damaged the connection breaks
// off before the last one.
func (a *API) stream(ctx context.Context, hc huma.Context, r resource.Resource, f io.ReadCloser) {
	defer f.Close()
	hc.SetHeader("Content-Type", "application/octet-stream")
	hc.SetHeader("Content-Length", strconv.FormatInt(r.Size, 10))
	hc.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": r.Name}))
	hc.SetHeader("ETag", strconv.Quote(string(r.Hash)))
	if w, ok := hc.BodyWriter().(http.ResponseWriter); ok {
		patient(w)
	}
	if _, err := io.Copy(hc.BodyWriter(), f); err != nil {
		a.Log.WarnContext(ctx, "a stored file was not sent whole", "file", r.Name, "hash", r.Hash, "error", err)
	}
}

// findResource finds a file of the collection in an organization.
func (a *API) findResource(ctx context.Context, in *ResourceRef, s store) (context.Context, resource.Resource, error) {
	ctx, o, err := a.in(ctx, in.Org, access.ResourceRead)
	if err != nil {
		return ctx, resource.Resource{}, err
	}
	r, err := a.Resources.Get(ctx, in.ID)
	if err == nil && (r.OrgID != o.ID || (r.Kind == resource.Firmware) != (s.one == "firmware")) {
		err = hidden("file")
	}
	return ctx, r, err
}

// Contact is one entry of a phonebook.
type Contact struct {
	FirstName string          `json:"first_name" required:"false" maxLength:"256"`
	LastName  string          `json:"last_name" required:"false" maxLength:"256"`
	Phones    []ContactNumber `json:"phones" maxItems:"16"`
	Groups    []string        `json:"groups" required:"false" maxItems:"16"`
}

// ContactNumber is a number of a contact.
type ContactNumber struct {
	Kind    string `json:"kind" required:"false" maxLength:"16" doc:"work, home or mobile"`
	Number  string `json:"number" maxLength:"64"`
	Account int    `json:"account" required:"false" minimum:"0" maximum:"64" doc:"that dials it, from 1; 0 for any"`
}

func (a *API) phonebooks() {
	o := op(http.MethodPost, "/orgs/{org}/resources/phonebook", "make-phonebook", "Make a phonebook of contacts, in the form of a model's phones")
	register(a, o, func(ctx context.Context, in *struct {
		OrgRef
		Body struct {
			Name        string    `json:"name" required:"false" maxLength:"128" doc:"of the file; phonebook.xml without it"`
			Description string    `json:"description" required:"false" maxLength:"1024"`
			Model       string    `json:"model" maxLength:"64" doc:"whose form it takes"`
			Models      []string  `json:"models" required:"false" maxItems:"200" doc:"that it is for; empty: the model alone"`
			Contacts    []Contact `json:"contacts" maxItems:"2000"`
		}
	}) (*One[Resource], error) {
		ctx, o, err := a.in(ctx, in.Org, access.ResourceRead)
		if err != nil {
			return nil, err
		}
		b := in.Body
		data, err := a.Resources.Phonebook(b.Model, contactsOf(b.Contacts))
		if err != nil {
			return nil, err
		}
		t, err := a.Resources.Take(ctx, o, bytes.NewReader(data), limit.PhonebookBytes)
		if err != nil {
			return nil, err
		}
		if b.Name == "" {
			b.Name = "phonebook.xml"
		}
		if len(b.Models) == 0 {
			b.Models = []string{b.Model}
		}
		r, err := a.Resources.Create(ctx, o, resource.Input{Kind: resource.Phonebook, Name: b.Name, Description: &b.Description, Models: &b.Models}, t)
		if fault.CodeOf(err) == "same_file" {
			err = fault.New(fault.Conflict, "the organization has a phonebook with just these contacts already").WithCode("same_file")
		}
		return one(a.resource(ctx, r), r.Version), err
	})
}

func contactsOf(in []Contact) []vendors.Contact {
	out := make([]vendors.Contact, len(in))
	for i, c := range in {
		out[i] = vendors.Contact{FirstName: c.FirstName, LastName: c.LastName, Groups: c.Groups}
		for _, n := range c.Phones {
			out[i].Phones = append(out[i].Phones, vendors.Number{Kind: n.Kind, Number: n.Number, Account: n.Account})
		}
	}
	return out
}
