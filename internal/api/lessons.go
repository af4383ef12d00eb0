package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/lesson"
)

// Lesson is a file that a tenant learned settings from.
type Lesson struct {
	ID       string    `json:"id"`
	Name     string    `json:"name" doc:"of the file"`
	Vendor   string    `json:"vendor"`
	Model    string    `json:"model"`
	Firmware string    `json:"firmware" doc:"empty where it is not known"`
	Factory  bool      `json:"factory" doc:"of a phone fresh from the box: its values are defaults"`
	Author   string    `json:"author"`
	At       time.Time `json:"at"`
	Names    int       `json:"names" doc:"settings that the file names"`
	Defaults int       `json:"defaults" doc:"of which it tells the default"`
}

// TakenLesson is a new lesson and what it added.
type TakenLesson struct {
	Lesson
	NewKeys     int `json:"new_keys" doc:"settings that no catalog had"`
	NewNames    int `json:"new_names" doc:"settings that the model can now be told"`
	NewDefaults int `json:"new_defaults" doc:"settings of the model that can now be reset"`
	LeftOut     int `json:"left_out" doc:"names that say nothing new or contradict what is known"`
}

func lessonOf(l lesson.Lesson) Lesson {
	return Lesson{l.ID, l.Name, l.Vendor, l.Model, l.Firmware, l.Factory, l.Author, l.At, l.Names, l.Defaults}
}

func (a *API) lessons() {
	register(a, op(http.MethodGet, "/tenants/{tenant}/lessons", "list-lessons", "The files that a tenant learned settings from"), func(ctx context.Context, in *TenantRef) (*List[Lesson], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		ls, err := a.Lessons.List(ctx, t)
		return whole(ls, lessonOf), err
	})
	register(a, op(http.MethodPost, "/tenants/{tenant}/lessons", "learn", "Learn settings from a phone's own export, a maker's template or a list of names; changes no phone"), func(ctx context.Context, in *struct {
		TenantRef
		RawBody huma.MultipartFormFiles[struct {
			File     huma.FormFile `form:"file" required:"true" doc:"XML, P-values, a list of names (JSON), or an AudioCodes cfg"`
			Model    string        `form:"model" required:"true" maxLength:"64"`
			Firmware string        `form:"firmware" required:"false" maxLength:"64"`
			Factory  bool          `form:"factory" required:"false" doc:"the phone was fresh from the box, so its values are defaults"`
		}]
	}) (*One[TakenLesson], error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		f := in.RawBody.Data()
		data, err := io.ReadAll(f.File)
		if err != nil {
			return nil, err
		}
		l, err := a.Lessons.Learn(ctx, t, lesson.Input{Name: f.File.Filename, Data: data, Model: f.Model, Firmware: f.Firmware, Factory: f.Factory})
		return one(TakenLesson{lessonOf(l.Lesson), l.NewKeys, l.NewNames, l.NewDefaults, l.LeftOut}, lesson.Version), err
	})
	register(a, op(http.MethodDelete, "/tenants/{tenant}/lessons/{id}", "delete-lesson", "Take a lesson back; changes no phone"), func(ctx context.Context, in *struct {
		TenantRef
		IfMatch
		ID string `path:"id" maxLength:"64"`
	}) (*Nothing, error) {
		ctx, t, err := a.inTenant(ctx, in.Tenant, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Lessons.Delete(ctx, t, in.ID, v)
	})
}
