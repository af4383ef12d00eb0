package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// SIPServer is a place where lines register.
type SIPServer struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Address   string    `json:"address" doc:"host or host:port"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Account is one registrable identity.
type Account struct {
	ID          string    `json:"id"`
	ServerID    string    `json:"server_id"`
	Server      string    `json:"server" doc:"its address"`
	UserID      string    `json:"user_id"`
	AuthID      string    `json:"auth_id"`
	Name        string    `json:"name"`
	HasPassword bool      `json:"has_password"`
	Devices     []string  `json:"devices" doc:"ids of the devices that carry it, as far as you may see them"`
	State       string    `json:"state" enum:"allocated,unallocated" doc:"allocated: a device carries it, whether you may see that one or not"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Whether some device carries an account.
const (
	allocated   = "allocated"
	unallocated = "unallocated"
)

func sipServerOf(s account.Server) SIPServer {
	return SIPServer{ID: s.ID, Name: s.Name, Address: s.Address, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt}
}

func accountOf(c account.Account) Account {
	out := Account{ID: c.ID, ServerID: c.ServerID, Server: c.ServerAddress, UserID: c.UserID, AuthID: c.AuthID, Name: c.Name, HasPassword: c.Password != "", Devices: c.Devices,
		Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if out.Devices == nil {
		out.Devices = []string{}
	}
	if out.State = unallocated; c.Allocated {
		out.State = allocated
	}
	return out
}

// ChangedAccount is an account after a change, with the devices that a push of
// their lines tells of it.
type ChangedAccount struct {
	Account
	Touches []NamedDevice `json:"touches"`
}

// ChangedSIPServer is a SIP server after a change, with the devices that a push
// of their lines tells of it.
type ChangedSIPServer struct {
	SIPServer
	Touches      []NamedDevice `json:"touches" doc:"at most a thousand"`
	TouchesTotal int           `json:"touches_total"`
}

type serverBody struct {
	Name    *string `json:"name,omitempty" maxLength:"256"`
	Address *string `json:"address,omitempty" maxLength:"300"`
}

// ServerRef is a SIP server or an account in a path.
type ServerRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) accounts() {
	a.sipServers()
	register(a, op(http.MethodGet, "/orgs/{org}/accounts", "list-accounts", "The accounts of an organization"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Q      string `query:"q" maxLength:"256"`
		Server string `query:"server" maxLength:"64"`
		State  string `query:"state" enum:"allocated,unallocated" doc:"both where it is left out"`
	}) (*List[Account], error) {
		ctx, o, err := a.in(ctx, in.Org, access.AccountRead)
		if err != nil {
			return nil, err
		}
		f := account.Filter{OrgID: o.ID, Q: in.Q, ServerID: in.Server}
		f.Page = in.page()
		if in.State != "" {
			carried := in.State == allocated
			f.Allocated = &carried
		}
		s, err := a.Accounts.List(ctx, f)
		return listOf(s, accountOf), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/accounts", "create-account", "Add an account"), func(ctx context.Context, in *struct {
		OrgRef
		Body accountBody
	}) (*One[Account], error) {
		ctx, o, err := a.in(ctx, in.Org, access.AccountRead)
		if err != nil {
			return nil, err
		}
		c, err := a.Accounts.Create(ctx, o, in.Body.input())
		return one(accountOf(c), c.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/accounts/{id}", "get-account", "One account"), func(ctx context.Context, in *ServerRef) (*One[Account], error) {
		_, c, err := a.account(ctx, in)
		return one(accountOf(c), c.Version), err
	})
	register(a, op(http.MethodPatch, "/orgs/{org}/accounts/{id}", "update-account", "Change an account; phones learn of it by a push of their lines"), func(ctx context.Context, in *struct {
		ServerRef
		IfMatch
		Body accountBody
	}) (*One[ChangedAccount], error) {
		ctx, c, err := a.account(ctx, &in.ServerRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		c, err = a.Accounts.Update(ctx, c.ID, in.Body.input(), v)
		if err != nil {
			return nil, err
		}
		byID, err := a.devicesByID(ctx, c.OrgID, c.Devices)
		return one(ChangedAccount{accountOf(c), named(slices.SortedFunc(maps.Values(byID), byMAC))}, c.Version), err
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/accounts/{id}", "delete-account", "Delete an account that sits on no line"), func(ctx context.Context, in *struct {
		ServerRef
		IfMatch
	}) (*Nothing, error) {
		ctx, c, err := a.account(ctx, &in.ServerRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Accounts.Delete(ctx, c.ID, v)
	})
}

// touchesShown is how many devices a changed SIP server names.
const touchesShown = 1000

func byMAC(a, b device.Device) int { return strings.Compare(a.MAC.String(), b.MAC.String()) }

type accountBody struct {
	ServerID *string `json:"server_id,omitempty" maxLength:"64"`
	UserID   *string `json:"user_id,omitempty" maxLength:"256"`
	AuthID   *string `json:"auth_id,omitempty" maxLength:"256"`
	Name     *string `json:"name,omitempty" maxLength:"256"`
	Password *string `json:"password,omitempty" writeOnly:"true" doc:"empty takes it away"`
}

func (b accountBody) input() account.Input {
	in := account.Input{ServerID: b.ServerID, UserID: b.UserID, AuthID: b.AuthID, Name: b.Name}
	if b.Password != nil {
		p := secret.NewString(*b.Password)
		in.Password = &p
	}
	return in
}

func (a *API) account(ctx context.Context, in *ServerRef) (context.Context, account.Account, error) {
	ctx, o, err := a.in(ctx, in.Org, access.AccountRead)
	if err != nil {
		return ctx, account.Account{}, err
	}
	c, err := a.Accounts.Get(ctx, in.ID)
	if err == nil && c.OrgID != o.ID {
		err = fault.New(fault.NotFound, "account not found")
	}
	return ctx, c, err
}

func (a *API) sipServers() {
	register(a, op(http.MethodGet, "/orgs/{org}/sip-servers", "list-sip-servers", "The SIP servers of an organization"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
	}) (*List[SIPServer], error) {
		ctx, o, err := a.in(ctx, in.Org, access.AccountRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Accounts.Servers(ctx, o.ID, in.page())
		return listOf(s, sipServerOf), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/sip-servers", "create-sip-server", "Add a SIP server"), func(ctx context.Context, in *struct {
		OrgRef
		Body serverBody
	}) (*One[SIPServer], error) {
		ctx, o, err := a.in(ctx, in.Org, access.AccountRead)
		if err != nil {
			return nil, err
		}
		s, err := a.Accounts.CreateServer(ctx, o, account.ServerInput{Name: in.Body.Name, Address: in.Body.Address})
		return one(sipServerOf(s), s.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/sip-servers/{id}", "get-sip-server", "One SIP server"), func(ctx context.Context, in *ServerRef) (*One[SIPServer], error) {
		_, s, err := a.sipServer(ctx, in)
		return one(sipServerOf(s), s.Version), err
	})
	register(a, op(http.MethodPatch, "/orgs/{org}/sip-servers/{id}", "update-sip-server", "Change a SIP server; phones learn of it by a push of their lines"), func(ctx context.Context, in *struct {
		ServerRef
		IfMatch
		Body serverBody
	}) (*One[ChangedSIPServer], error) {
		ctx, s, err := a.sipServer(ctx, &in.ServerRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		if s, err = a.Accounts.UpdateServer(ctx, s.ID, account.ServerInput{Name: in.Body.Name, Address: in.Body.Address}, v); err != nil {
			return nil, err
		}
		ids, err := a.Accounts.Served(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		byID, err := a.devicesByID(ctx, s.OrgID, ids[:min(len(ids), touchesShown)])
		return one(ChangedSIPServer{sipServerOf(s), named(slices.SortedFunc(maps.Values(byID), byMAC)), len(ids)}, s.Version), err
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/sip-servers/{id}", "delete-sip-server", "Delete a SIP server that no account uses"), func(ctx context.Context, in *struct {
		ServerRef
		IfMatch
	}) (*Nothing, error) {
		ctx, s, err := a.sipServer(ctx, &in.ServerRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Accounts.DeleteServer(ctx, s.ID, v)
	})
}

func (a *API) sipServer(ctx context.Context, in *ServerRef) (context.Context, account.Server, error) {
	ctx, o, err := a.in(ctx, in.Org, access.AccountRead)
	if err != nil {
		return ctx, account.Server{}, err
	}
	s, err := a.Accounts.Server(ctx, in.ID)
	if err == nil && s.OrgID != o.ID {
		err = fault.New(fault.NotFound, "SIP server not found")
	}
	return ctx, s, err
}
