package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/secret"
)

// Role is a named set of permissions.
type Role struct {
	ID          string   `json:"id"`
	TenantID    string   `json:"tenant_id" doc:"of a custom role; empty: usable everywhere"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"`
	BuiltIn     bool     `json:"built_in"`
	Version     int64    `json:"version"`
}

func roleOf(r access.Role) Role {
	return Role{ID: r.ID, TenantID: r.TenantID, Name: r.Name, Permissions: r.Permissions.Names(), BuiltIn: r.BuiltIn, Version: r.Version}
}

func (a *API) roles() {
	register(a, op(http.MethodGet, "/roles", "list-roles", "The roles that you may see"), func(ctx context.Context, _ *struct{}) (*List[Role], error) {
		rs, err := a.Access.Roles(ctx)
		return whole(rs, roleOf), err
	})
	register(a, op(http.MethodPost, "/roles", "create-role", "Make a role of a set of permissions"), func(ctx context.Context, in *struct {
		Body struct {
			TenantID    string   `json:"tenant_id,omitempty" maxLength:"64"`
			Name        string   `json:"name" maxLength:"256"`
			Permissions []string `json:"permissions" maxItems:"64"`
		}
	}) (*One[Role], error) {
		set, err := access.ParseSet(in.Body.Permissions)
		if err != nil {
			return nil, err
		}
		r, err := a.Access.CreateRole(ctx, access.Role{TenantID: in.Body.TenantID, Name: in.Body.Name, Permissions: set})
		return one(roleOf(r), r.Version), err
	})
	register(a, op(http.MethodPatch, "/roles/{id}", "update-role", "Change a role, and with it what everyone may do who holds it"), func(ctx context.Context, in *struct {
		IDRef
		IfMatch
		Body struct {
			Name        *string   `json:"name,omitempty" maxLength:"256"`
			Permissions *[]string `json:"permissions,omitempty" maxItems:"64"`
		}
	}) (*One[Role], error) {
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		p := access.RolePatch{Name: in.Body.Name}
		if in.Body.Permissions != nil {
			set, err := access.ParseSet(*in.Body.Permissions)
			if err != nil {
				return nil, err
			}
			p.Permissions = &set
		}
		r, err := a.Access.UpdateRole(ctx, in.ID, p, v)
		return one(roleOf(r), r.Version), err
	})
	register(a, op(http.MethodDelete, "/roles/{id}", "delete-role", "Delete a role that nobody holds"), func(ctx context.Context, in *struct {
		IDRef
		IfMatch
	}) (*Nothing, error) {
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Access.DeleteRole(ctx, in.ID, v)
	})
}

// Token is an API token; its text is shown once, when it is made.
type Token struct {
	ID         string     `json:"id"`
	OperatorID string     `json:"operator_id"`
	Login      string     `json:"login"`
	TenantID   string     `json:"tenant_id"`
	OrgID      string     `json:"org_id"`
	RoleID     string     `json:"role_id"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	UsedAt     *time.Time `json:"used_at"`
	Text       string     `json:"token,omitempty" doc:"only in the answer that makes it"`
}

func tokenOf(t access.Token) Token {
	return Token{ID: t.ID, OperatorID: t.OperatorID, Login: t.Login, TenantID: t.TenantID, OrgID: t.OrgID, RoleID: t.RoleID, Name: t.Name, CreatedAt: t.CreatedAt, ExpiresAt: optional(t.ExpiresAt), UsedAt: optional(t.UsedAt)}
}

func (a *API) tokens() {
	register(a, op(http.MethodGet, "/tokens", "list-tokens", "An operator's API tokens; your own by default"), func(ctx context.Context, in *struct {
		Operator string `query:"operator" maxLength:"64"`
	}) (*List[Token], error) {
		ts, err := a.Access.Tokens(ctx, in.Operator)
		return whole(ts, tokenOf), err
	})
	register(a, op(http.MethodPost, "/tokens", "create-token", "Make an API token"), func(ctx context.Context, in *struct {
		Body struct {
			OperatorID string `json:"operator_id,omitempty" maxLength:"64" doc:"empty: yourself"`
			TenantID   string `json:"tenant_id,omitempty" maxLength:"64"`
			OrgID      string `json:"org_id,omitempty" maxLength:"64"`
			RoleID     string `json:"role_id,omitempty" maxLength:"64" doc:"empty: all that the operator holds there"`
			Name       string `json:"name,omitempty" maxLength:"256"`
			TTL        int    `json:"ttl_seconds,omitempty" minimum:"0" doc:"0: it does not end"`
		}
	}) (*Plain[Token], error) {
		b := in.Body
		text, t, err := a.Access.CreateToken(ctx, access.Token{OperatorID: b.OperatorID, TenantID: b.TenantID, OrgID: b.OrgID, RoleID: b.RoleID, Name: b.Name}, time.Duration(b.TTL)*time.Second)
		out := tokenOf(t)
		out.Text = shownOnce(text)
		return plain(out), err
	})
	register(a, op(http.MethodDelete, "/tokens/{id}", "delete-token", "Revoke an API token"), func(ctx context.Context, in *IDRef) (*Nothing, error) {
		return nil, a.Access.DeleteToken(ctx, in.ID)
	})
}

// shownOnce is the text of a new token, in the one answer that carries it.
func shownOnce(s secret.String) string { return s.Reveal() }

// Session is a place where an operator is signed in.
type Session struct {
	ID        string    `json:"id"`
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current"`
}

func (a *API) sessions() {
	register(a, op(http.MethodGet, "/sessions", "list-sessions", "Where an operator is signed in; yourself by default"), func(ctx context.Context, in *struct {
		Operator string `query:"operator" maxLength:"64"`
	}) (*List[Session], error) {
		p, _ := access.From(ctx)
		ss, err := a.Access.Sessions(ctx, in.Operator)
		return whole(ss, func(s access.Session) Session {
			return Session{ID: s.ID, Address: s.Address, UserAgent: s.UserAgent, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt, ExpiresAt: s.ExpiresAt, Current: s.ID == p.SessionID}
		}), err
	})
	register(a, op(http.MethodDelete, "/sessions/{id}", "revoke-session", "Sign out somewhere else"), func(ctx context.Context, in *IDRef) (*Nothing, error) {
		return nil, a.Access.RevokeSession(ctx, in.ID)
	})
}
