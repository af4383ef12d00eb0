package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// Me is who is signed in, and what the console may show.
type Me struct {
	Operator  MeOperator          `json:"operator"`
	Hints     map[string][]string `json:"permissions_hint" doc:"by organization id; a hint for the console, no decision"`
	Tenants   []Tenant            `json:"tenants"`
	Orgs      []Org               `json:"orgs"`
	Platform  bool                `json:"platform" doc:"holds something on the platform itself"`
	ExpiresAt *time.Time          `json:"expires_at"`
}

// MeOperator is the operator who is signed in.
type MeOperator struct {
	ID    string `json:"id"`
	Login string `json:"login"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// signedIn is Me with the cookie that goes along.
type signedIn struct {
	Cookie string `header:"Set-Cookie"`
	Body   Me
}

func (a *API) session() {
	login := op(http.MethodPost, "/session", "sign-in", "Sign in with login and password")
	login.Security = []map[string][]string{}
	register(a, login, func(ctx context.Context, in *struct {
		Client
		Body struct {
			Login    string `json:"login" maxLength:"256"`
			Password string `json:"password" writeOnly:"true"`
		}
	}) (*signedIn, error) {
		token, p, err := a.Access.Login(ctx, in.Body.Login, secret.NewString(in.Body.Password), in.address, in.UserAgent)
		if err != nil {
			return nil, signInProblem(err)
		}
		me, err := a.me(access.With(ctx, p), p)
		return &signedIn{a.cookie(token), me}, err
	})
	register(a, op(http.MethodGet, "/session", "get-session", "Who is signed in"), func(ctx context.Context, _ *struct{}) (*Plain[Me], error) {
		p, _ := access.From(ctx)
		me, err := a.me(ctx, p)
		return plain(me), err
	})
	register(a, op(http.MethodDelete, "/session", "sign-out", "Sign out"), func(ctx context.Context, _ *struct{}) (*struct {
		Cookie string `header:"Set-Cookie"`
	}, error) {
		return &struct {
			Cookie string `header:"Set-Cookie"`
		}{a.cookie(secret.String{})}, a.Access.Logout(ctx)
	})
}

func (a *API) me(ctx context.Context, p access.Principal) (Me, error) {
	me := Me{Operator: MeOperator{p.OperatorID, p.Login, p.Name, p.Email}, Hints: map[string][]string{}, Tenants: []Tenant{}, Orgs: []Org{}, Platform: p.Platform(), ExpiresAt: optional(p.ExpiresAt)}
	hints, err := a.Access.Hints(ctx, p)
	if err != nil {
		return Me{}, err
	}
	for id, list := range hints {
		for _, perm := range list {
			me.Hints[id] = append(me.Hints[id], string(perm))
		}
	}
	ts, err := a.visibleTenants(ctx)
	if err != nil {
		return Me{}, err
	}
	for _, t := range ts {
		me.Tenants = append(me.Tenants, tenantOf(t))
	}
	os, err := a.visibleOrgs(ctx)
	for _, o := range os {
		me.Orgs = append(me.Orgs, orgOf(o))
	}
	return me, err
}

// signInProblem tells a refused sign-in as 401, and a lock with its end.
func signInProblem(err error) error {
	if !fault.Is(err, fault.Denied) {
		return err
	}
	p := &Problem{Title: http.StatusText(http.StatusUnauthorized), Status: http.StatusUnauthorized, Detail: fault.Message(err), Code: fault.CodeOf(err)}
	if wait, ok := access.RetryAfter(err); ok {
		p.Title, p.Status = http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests
		p.Retry = max(1, int(wait/time.Second))
	}
	return p
}

// LinkRef is a one-time link in a path.
type LinkRef struct {
	Token string `path:"token" maxLength:"128"`
}

func (a *API) setup() {
	type setupInfo struct {
		Kind  string `json:"kind" enum:"first,signin"`
		Login string `json:"login"`
	}
	peek := op(http.MethodGet, "/setup/{token}", "peek-setup", "What a one-time link is for")
	peek.Security = []map[string][]string{}
	register(a, peek, func(ctx context.Context, in *LinkRef) (*Plain[setupInfo], error) {
		s, err := a.Access.PeekSetup(ctx, secret.NewString(in.Token))
		return plain(setupInfo{string(s.Kind), s.Login}), err
	})
	redeem := op(http.MethodPost, "/setup/{token}", "redeem-setup", "Use a one-time link")
	redeem.Security = []map[string][]string{}
	register(a, redeem, func(ctx context.Context, in *struct {
		LinkRef
		Client
		Body struct {
			Login    string `json:"login,omitempty" maxLength:"256"`
			Name     string `json:"name,omitempty" maxLength:"256"`
			Password string `json:"password,omitempty" writeOnly:"true"`
		}
	}) (*signedIn, error) {
		b := in.Body
		token, p, err := a.Access.RedeemSetup(ctx, secret.NewString(in.Token), access.SetupInput{Login: b.Login, Name: b.Name, Password: secret.NewString(b.Password)}, in.address, in.UserAgent)
		if err != nil {
			return nil, err
		}
		me, err := a.me(access.With(ctx, p), p)
		return &signedIn{a.cookie(token), me}, err
	})
}
