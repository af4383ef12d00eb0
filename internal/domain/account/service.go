package account

import (
	"context"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	vault   *secret.Vault
	access  *access.Service
	audit   *audit.Service
	devices *device.Service
	vendors *vendors.Set
}

// New returns a service.
func New(d *db.DB, v *secret.Vault, ac *access.Service, au *audit.Service, dev *device.Service, vs *vendors.Set) *Service {
	return &Service{db: d, vault: v, access: ac, audit: au, devices: dev, vendors: vs}
}

// Servers lists an organization's SIP servers.
func (s *Service) Servers(ctx context.Context, orgID string, p db.Page) (out db.Slice[Server], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listServers(ctx, q, orgID, p)
		return err
	})
	return out, err
}

// Server returns one SIP server, or NotFound.
func (s *Service) Server(ctx context.Context, id string) (v Server, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		v, err = findServer(ctx, q, id)
		return err
	})
	return v, err
}

// ServerInput makes or changes a SIP server; nil leaves a field as it is.
type ServerInput struct{ Name, Address *string }

func (v *Server) apply(in ServerInput) error {
	var wrong []fault.Field
	if in.Name != nil {
		wrong = append(wrong, checkText("name", *in.Name, true)...)
		v.Name = strings.TrimSpace(*in.Name)
	}
	if in.Address != nil {
		wrong = append(wrong, checkAddress(*in.Address)...)
		v.Address = strings.TrimSpace(*in.Address)
	}
	return orInvalid("SIP server", wrong)
}

// CreateServer adds a SIP server to an organization.
func (s *Service) CreateServer(ctx context.Context, o org.Org, in ServerInput) (v Server, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		v, err = s.CreateServerIn(ctx, tx, o, in)
		return err
	})
	return v, err
}

// CreateServerIn is CreateServer as part of a transaction.
func (s *Service) CreateServerIn(ctx context.Context, tx *db.Tx, o org.Org, in ServerInput) (Server, error) {
	if err := s.access.Authorize(ctx, access.AccountWrite, access.Where{TenantID: o.TenantID, OrgID: o.ID}); err != nil {
		return Server{}, err
	}
	empty := ""
	if in.Name == nil {
		in.Name = &empty
	}
	if in.Address == nil {
		in.Address = &empty
	}
	now := s.db.Now()
	v := Server{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := v.apply(in); err != nil {
		return Server{}, err
	}
	if err := db.Insert(ctx, tx, newServerRow(v)); err != nil {
		return Server{}, taken(err, "a SIP server", v.Name)
	}
	return v, s.audit.Record(ctx, tx, serverEntry("sip_server.create", v, nil, v.view()))
}

// UpdateServer changes a SIP server. version must be the current one (Conflict).
// Phones learn of it by a push of their lines.
func (s *Service) UpdateServer(ctx context.Context, id string, in ServerInput, version int64) (v Server, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if v, err = findServer(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.AccountWrite, access.Where{TenantID: v.TenantID, OrgID: v.OrgID}); err != nil {
			return err
		}
		before := v.view()
		if err := v.apply(in); err != nil {
			return err
		}
		v.UpdatedAt, v.Version = s.db.Now(), version+1
		if err := taken(db.UpdateAt(ctx, tx, newServerRow(v), version, "SIP server"), "a SIP server", v.Name); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, serverEntry("sip_server.update", v, before, v.view()))
	})
	return v, err
}

// DeleteServer removes a SIP server that no account uses.
func (s *Service) DeleteServer(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		v, err := findServer(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.AccountWrite, access.Where{TenantID: v.TenantID, OrgID: v.OrgID}); err != nil {
			return err
		}
		n, err := countAccounts(ctx, tx, id)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "%d accounts register at %s; delete them first", n, v.Name)
		}
		if err := deleteServer(ctx, tx, id, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, serverEntry("sip_server.delete", v, v.view(), nil))
	})
}

// Filter narrows a list of accounts.
type Filter struct {
	db.Page
	OrgID, Q, ServerID string
	Allocated          *bool // carried by some device, or by none
}

// List lists an organization's accounts.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Account], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listAccounts(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns one account, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (a Account, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		a, err = findAccount(ctx, q, id)
		return err
	})
	return a, err
}

// Input makes or changes an account; nil leaves a field as it is. An empty
// Password takes the password away.
type Input struct {
	ServerID, UserID, AuthID, Name *string
	Password                       *secret.String
}

func (a *Account) apply(in Input) error {
	var wrong []fault.Field
	if in.UserID != nil {
		wrong = append(wrong, checkUserID(*in.UserID)...)
		a.UserID = *in.UserID
	}
	if in.AuthID != nil {
		wrong = append(wrong, checkText("auth_id", *in.AuthID, false)...)
		a.AuthID = *in.AuthID
	}
	if in.Name != nil {
		wrong = append(wrong, checkText("name", *in.Name, false)...)
		a.Name = strings.TrimSpace(*in.Name)
	}
	if in.Password != nil && in.Password.Len() > limit.ValueBytes {
		wrong = append(wrong, fault.Field{Path: "password", Message: "too long"})
	}
	return orInvalid("account", wrong)
}

// Create adds an account to an organization.
func (s *Service) Create(ctx context.Context, o org.Org, in Input) (a Account, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err = s.CreateIn(ctx, tx, o, in)
		return err
	})
	return a, err
}

// CreateIn is Create as part of a transaction.
func (s *Service) CreateIn(ctx context.Context, tx *db.Tx, o org.Org, in Input) (a Account, err error) {
	if err := s.access.Authorize(ctx, access.AccountWrite, access.Where{TenantID: o.TenantID, OrgID: o.ID}); err != nil {
		return Account{}, err
	}
	if in.UserID == nil {
		in.UserID = new(string)
	}
	now := s.db.Now()
	a = Account{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := a.apply(in); err != nil {
		return Account{}, err
	}
	if err := s.atServer(ctx, tx, &a, in.ServerID); err != nil {
		return Account{}, err
	}
	if err := s.seal(ctx, tx, &a, in.Password); err != nil {
		return Account{}, err
	}
	if err := db.Insert(ctx, tx, newAccountRow(a)); err != nil {
		return Account{}, taken(err, "an account", a.UserID)
	}
	return a, s.audit.Record(ctx, tx, accountEntry("account.create", a, nil, a.view()))
}

// Update changes an account. version must be the current one (Conflict).
func (s *Service) Update(ctx context.Context, id string, in Input, version int64) (a Account, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if a, err = findAccount(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.AccountWrite, access.Where{TenantID: a.TenantID, OrgID: a.OrgID}); err != nil {
			return err
		}
		before := a.view()
		if err := a.apply(in); err != nil {
			return err
		}
		if in.ServerID != nil {
			if err := s.atServer(ctx, tx, &a, in.ServerID); err != nil {
				return err
			}
			if err := s.staysInProfiles(ctx, tx, a); err != nil {
				return err
			}
		}
		if err := s.seal(ctx, tx, &a, in.Password); err != nil {
			return err
		}
		a.UpdatedAt, a.Version = s.db.Now(), version+1
		if err := taken(db.UpdateAt(ctx, tx, newAccountRow(a), version, "account"), "an account", a.UserID); err != nil {
			return err
		}
		for _, d := range a.Devices {
			if err := s.devices.Reindex(ctx, tx, d); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, tx, accountEntry("account.update", a, before, a.view()))
	})
	return a, err
}

// Delete removes an account that sits on no line.
func (s *Service) Delete(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := findAccount(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.AccountWrite, access.Where{TenantID: a.TenantID, OrgID: a.OrgID}); err != nil {
			return err
		}
		if len(a.Devices) > 0 {
			return fault.New(fault.Conflict, "%s sits on %d devices; take it off their lines first", a.UserID, len(a.Devices))
		}
		if err := deleteAccount(ctx, tx, id, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, accountEntry("account.delete", a, a.view(), nil))
	})
}

func (s *Service) atServer(ctx context.Context, tx *db.Tx, a *Account, id *string) error {
	if id == nil {
		id = new(string)
	}
	v, err := findServer(ctx, tx, *id)
	if fault.Is(err, fault.NotFound) || err == nil && v.OrgID != a.OrgID {
		return fault.InvalidFields("account is not valid", fault.Field{Path: "server_id", Message: "there is no such SIP server in this organization"})
	}
	a.ServerID, a.ServerName, a.ServerAddress = v.ID, v.Name, v.Address
	return err
}

func (s *Service) seal(ctx context.Context, tx *db.Tx, a *Account, password *secret.String) (err error) {
	switch {
	case password == nil:
		return nil
	case password.IsZero():
		a.Password = ""
	case a.Password == "":
		a.Password, err = s.vault.Seal(ctx, tx, secret.Owner{TenantID: a.TenantID, OrgID: a.OrgID, Kind: "account", ID: a.ID}, *password)
	default:
		a.Password, err = s.vault.Reseal(ctx, tx, a.Password, *password)
	}
	return err
}

func (v Server) view() map[string]any { return map[string]any{"name": v.Name, "address": v.Address} }

func (a Account) view() map[string]any {
	return map[string]any{"server_id": a.ServerID, "user_id": a.UserID, "auth_id": a.AuthID, "name": a.Name, "password": string(a.Password)}
}

func serverEntry(action string, v Server, before, after any) audit.Entry {
	return audit.Entry{TenantID: v.TenantID, OrgID: v.OrgID, Action: action, SubjectKind: "sip_server", SubjectID: v.ID, SubjectName: v.Name, Before: before, After: after}
}

func accountEntry(action string, a Account, before, after any) audit.Entry {
	return audit.Entry{TenantID: a.TenantID, OrgID: a.OrgID, Action: action, SubjectKind: "account", SubjectID: a.ID, SubjectName: a.UserID, Before: before, After: after}
}

func taken(err error, what, name string) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "there is %s %q already", what, name)
	}
	return err
}
