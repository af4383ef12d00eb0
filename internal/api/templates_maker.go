package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/fault"
)

// makerTemplates are the verbs of the phone manager's template page.
func (a *API) makerTemplates() {
	register(a, op(http.MethodPost, "/orgs/{org}/templates/{id}/restore", "restore-template", "Make the draft the maker's own again, where it was changed; changes no phone"), func(ctx context.Context, in *struct {
		TemplateRef
		IfMatch
	}) (*One[Template], error) {
		ctx, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		s, err = a.Templates.Restore(ctx, s.ID, v)
		return one(templateOf(s), s.Version), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/templates/{id}/generate", "generate-template", "Work out what moving the template's latest version and the placeholders to its phones would do; pushing that plan does it"), func(ctx context.Context, in *struct {
		TemplateRef
		Body struct {
			Note string `json:"note,omitempty" maxLength:"1024"`
		}
	}) (*Plain[Plan], error) {
		_, s, err := a.template(ctx, &in.TemplateRef)
		if err != nil {
			return nil, err
		}
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		if s.Latest == 0 {
			return nil, fault.New(fault.Conflict, "the template has no saved version yet").WithCode("no_version")
		}
		move := revision.Move{Templates: []revision.TemplateVersion{{ID: s.ID}}, Placeholders: true}
		p, err := a.Revisions.Plan(ctx, o, revision.Targets{Bound: []string{s.ID}}, move, in.Body.Note)
		return plain(planOf(p)), err
	})
}
