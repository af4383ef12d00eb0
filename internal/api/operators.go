package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/secret"
)

// Operator is a person who signs in.
type Operator struct {
	ID          string    `json:"id"`
	Login       string    `json:"login"`
	Name        string    `json:"name"`
	Email       string    `json:"email"`
	Disabled    bool      `json:"disabled"`
	HasPassword bool      `json:"has_password"`
	Grants      []Grant   `json:"grants" doc:"those that you may see"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Grant is a role held on a place.
type Grant struct {
	ID       string `json:"id,omitempty" readOnly:"true"`
	RoleID   string `json:"role_id" maxLength:"64"`
	RoleName string `json:"role_name,omitempty" readOnly:"true"`
	TenantID string `json:"tenant_id,omitempty" maxLength:"64" doc:"empty: the platform"`
	OrgID    string `json:"org_id,omitempty" maxLength:"64" doc:"empty: the whole tenant"`
	SiteID   string `json:"site_id,omitempty" maxLength:"64" doc:"empty: the whole organization"`
}

func operatorOf(o access.Operator) Operator {
	out := Operator{ID: o.ID, Login: o.Login, Name: o.Name, Email: o.Email, Disabled: o.Disabled, HasPassword: o.HasPassword, Grants: []Grant{}, Version: o.Version, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt}
	for _, g := range o.Grants {
		out.Grants = append(out.Grants, grantOf(g))
	}
	return out
}

func grantOf(g access.Grant) Grant {
	return Grant{ID: g.ID, RoleID: g.RoleID, RoleName: g.RoleName, TenantID: g.TenantID, OrgID: g.OrgID, SiteID: g.SiteID}
}

func (g Grant) grant(operatorID string) access.Grant {
	return access.Grant{OperatorID: operatorID, RoleID: g.RoleID, TenantID: g.TenantID, OrgID: g.OrgID, SiteID: g.SiteID}
}

// IDRef is an id in a path.
type IDRef struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *API) operators() {
	register(a, op(http.MethodGet, "/operators", "list-operators", "Operators who hold something where you may see them"), func(ctx context.Context, in *struct {
		Paging
		Q string `query:"q" maxLength:"256"`
	}) (*List[Operator], error) {
		f := access.OperatorFilter{Query: in.Q}
		f.Page = in.page()
		s, err := a.Access.ListOperators(ctx, f)
		return listOf(s, operatorOf), err
	})
	register(a, op(http.MethodPost, "/operators", "create-operator", "Make an operator with its grants"), func(ctx context.Context, in *struct {
		Body struct {
			Login    string  `json:"login" maxLength:"256"`
			Name     string  `json:"name,omitempty" maxLength:"256"`
			Email    string  `json:"email,omitempty" maxLength:"256"`
			Password string  `json:"password,omitempty" writeOnly:"true" doc:"without one the operator signs in by a set-up link first"`
			Grants   []Grant `json:"grants,omitempty" maxItems:"100"`
		}
	}) (*One[Operator], error) {
		b := in.Body
		n := access.NewOperator{Login: b.Login, Name: b.Name, Email: b.Email, Password: secret.NewString(b.Password)}
		for _, g := range b.Grants {
			n.Grants = append(n.Grants, g.grant(""))
		}
		o, err := a.Access.CreateOperator(ctx, n)
		return one(operatorOf(o), o.Version), err
	})
	register(a, op(http.MethodGet, "/operators/{id}", "get-operator", "One operator"), func(ctx context.Context, in *IDRef) (*One[Operator], error) {
		o, err := a.Access.GetOperator(ctx, in.ID)
		return one(operatorOf(o), o.Version), err
	})
	register(a, op(http.MethodPatch, "/operators/{id}", "update-operator", "Change an operator, or yourself"), func(ctx context.Context, in *struct {
		IDRef
		IfMatch
		Body operatorBody
	}) (*One[Operator], error) {
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		o, err := a.Access.UpdateOperator(ctx, in.ID, in.Body.patch(), v)
		return one(operatorOf(o), o.Version), err
	})
	a.grants()
	a.roles()
	a.tokens()
	a.sessions()
}

type operatorBody struct {
	Login    *string `json:"login,omitempty" maxLength:"256"`
	Name     *string `json:"name,omitempty" maxLength:"256"`
	Email    *string `json:"email,omitempty" maxLength:"256"`
	Disabled *bool   `json:"disabled,omitempty"`
	Password *string `json:"password,omitempty" writeOnly:"true"`
	Current  string  `json:"current_password,omitempty" writeOnly:"true" doc:"needed to change your own password"`
}

func (b operatorBody) patch() access.OperatorPatch {
	p := access.OperatorPatch{Login: b.Login, Name: b.Name, Email: b.Email, Disabled: b.Disabled, Current: secret.NewString(b.Current)}
	if b.Password != nil {
		s := secret.NewString(*b.Password)
		p.Password = &s
	}
	return p
}

func (a *API) grants() {
	register(a, op(http.MethodPost, "/operators/{id}/grants", "grant-role", "Give an operator a role on a place"), func(ctx context.Context, in *struct {
		IDRef
		Body Grant
	}) (*Plain[Grant], error) {
		g, err := a.Access.Grant(ctx, in.Body.grant(in.ID))
		return plain(grantOf(g)), err
	})
	register(a, op(http.MethodDelete, "/operators/{id}/grants/{grant}", "revoke-role", "Take a role away"), func(ctx context.Context, in *struct {
		IDRef
		Grant string `path:"grant" maxLength:"64"`
	}) (*Nothing, error) {
		return nil, a.Access.Revoke(ctx, in.ID, in.Grant)
	})
}
