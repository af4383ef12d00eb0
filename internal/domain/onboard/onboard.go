// Package onboard takes phones in that wait: strangers that asked at a door,
// records that an operator has not accepted yet, and parties that ask for a
// record's file without proof. It spans the inventory, identity and accounts.
// It takes over what a phone holds (sync.go). It also leads phones here through their own web page, and gives them back.
//
// Start reading at Service.Approve, and at Service.ClaimOverLAN (lan.go).
package onboard

import (
	"context"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Deps are what a Service needs.
type Deps struct {
	DB        *db.DB
	Vault     *secret.Vault
	Audit     *audit.Service
	Orgs      *org.Service
	Adoption  *adoption.Service
	Access    *access.Service
	Devices   *device.Service
	Identity  *identity.Service
	Accounts  *account.Service
	Revisions *revision.Service
	Commands  *command.Service
	Manager   *manager.Service
	Templates *template.Service
	Provision *provision.Service
	Vendors   *vendors.Set
	Pages     map[string]Pages // by vendor
	BaseURL   func() string    // of the HTTPS door for phones
	CA        func() string    // PEM of our roots
}

// Service is the exported face of the package. New makes one.
type Service struct{ Deps }

// New returns a service.
func New(d Deps) *Service { return &Service{d} }

// Row is one phone to take in. What is empty is as the record has it, or, of a
// stranger, as its request suggests.
type Row struct {
	Device  string // MAC in any form, or a record's id
	Claim   string // which party gets the record; "": the one that waits alone, if one does
	Address string // where the stranger was seen that is meant; "": whoever comes first within the claim window
	SiteID  string
	Model   string
	Name    string
	// Template is what a phone without a configuration gets with its first; nil as
	// the rule says that takes it in, "" none.
	Template *string
	Account  *Account
}

// Account is the account for a phone's first line. One that the user has at the
// server already is put onto the line as it is.
type Account struct {
	ServerID string
	UserID   string // the user's name at the server; it may be a number that phones share
	Name     string // shown on the phone
	Password secret.String
}

// Outcome is what became of a row: the record, or why nothing was done.
type Outcome struct {
	Device device.Device
	Err    error
}

// Approve takes phones in, each by itself: a row that fails stops no other, and of
// a stranger it leaves nothing behind. It fails as a whole only with Denied and for more than
// limit.ApproveRows rows.
func (s *Service) Approve(ctx context.Context, o org.Org, rows []Row) ([]Outcome, error) {
	return s.each(ctx, o, rows, s.approve)
}

// Reject refuses phones: a stranger becomes a record that is given nothing, a
// waiting record is rejected, and of an adopted one the party that waits is
// refused. As to rows and errors it is like Approve.
func (s *Service) Reject(ctx context.Context, o org.Org, rows []Row) ([]Outcome, error) {
	return s.each(ctx, o, rows, s.reject)
}

func (s *Service) each(ctx context.Context, o org.Org, rows []Row, do func(context.Context, org.Org, Row) (device.Device, error)) ([]Outcome, error) {
	if err := s.Access.Authorize(ctx, access.DeviceWrite, access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true}); err != nil {
		return nil, err
	}
	if len(rows) == 0 || len(rows) > limit.ApproveRows {
		return nil, fault.InvalidFields("nothing is decided", fault.Field{Path: "devices", Message: "one to five hundred phones"})
	}
	out := make([]Outcome, len(rows))
	for i, r := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i].Device, out[i].Err = do(ctx, o, r)
	}
	return out, nil
}

func (s *Service) approve(ctx context.Context, o org.Org, r Row) (device.Device, error) {
	d, known, err := s.find(ctx, o, r.Device)
	switch {
	case err != nil:
		return device.Device{}, err
	case !known:
		return s.takeIn(ctx, o, r, device.Adopted)
	}
	claim, err := s.claim(ctx, d, r.Claim)
	if err != nil {
		return device.Device{}, err
	}
	switch {
	case claim == "" && d.Life == device.Quarantined:
		return device.Device{}, fault.New(fault.Conflict, "%s is quarantined: say which of the parties gets it, or put it in service again", d.MAC.Colons()).WithCode("quarantined")
	case claim == "" && d.Life == device.Adopted:
		return device.Device{}, fault.New(fault.Conflict, "%s is approved already, and nobody waits for it", d.MAC.Colons()).WithCode("approved")
	}
	promise, err := s.promise(ctx, o, r.Template)
	if err != nil {
		return device.Device{}, err
	}
	p := device.Patch{Then: inOrder([]device.Creation{promise, s.line(o, r.Account)})}
	if d.Life == device.Waiting || d.Life == device.Rejected || d.Life == device.Retired {
		life := device.Adopted
		p.Life = &life
	}
	for to, v := range map[**string]string{&p.Name: r.Name, &p.SiteID: r.SiteID, &p.Model: r.Model} {
		if v != "" {
			*to = &v
		}
	}
	if d, err = s.Devices.Update(ctx, d.ID, p, d.Version); err != nil || claim == "" {
		return d, err
	}
	if err := s.Identity.Approve(ctx, d, claim); err != nil {
		return device.Device{}, err
	}
	return s.Devices.Get(ctx, d.ID)
}

func (s *Service) reject(ctx context.Context, o org.Org, r Row) (device.Device, error) {
	d, known, err := s.find(ctx, o, r.Device)
	switch {
	case err != nil:
		return device.Device{}, err
	case !known:
		return s.takeIn(ctx, o, Row{Device: r.Device, SiteID: r.SiteID, Model: r.Model, Name: r.Name}, device.Rejected)
	}
	if d.Life == device.Waiting && r.Claim == "" {
		life := device.Rejected
		return s.Devices.Update(ctx, d.ID, device.Patch{Life: &life}, d.Version)
	}
	claim, err := s.claim(ctx, d, r.Claim)
	if err == nil && claim == "" {
		err = fault.New(fault.Conflict, "nobody waits for %s alone: say whom you refuse", d.MAC.Colons()).WithCode("no_claim")
	}
	if err == nil {
		err = s.Access.Authorize(ctx, access.DeviceWrite, d.Where())
	}
	if err == nil {
		err = s.Identity.Reject(ctx, d, claim)
	}
	if err != nil {
		return device.Device{}, err
	}
	return s.Devices.Get(ctx, d.ID)
}

// find looks a record up; known is false where the organization has none by this
// MAC.
func (s *Service) find(ctx context.Context, o org.Org, ref string) (d device.Device, known bool, err error) {
	ref = strings.TrimSpace(ref)
	d, err = s.Devices.Get(ctx, ref)
	if err == nil && d.OrgID == o.ID {
		return d, true, nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return d, false, err
	}
	if _, err := mac.Parse(ref); err != nil {
		return d, false, fault.New(fault.NotFound, "device not found")
	}
	return device.Device{}, false, nil
}

// claim checks the claim that is named, or finds the one that waits alone; "" for
// none.
func (s *Service) claim(ctx context.Context, d device.Device, id string) (string, error) {
	list, err := s.Identity.Claims(ctx, d.OrgID, d.ID)
	if err != nil {
		return "", err
	}
	open := ""
	for _, c := range list {
		switch {
		case id != "" && c.ID == id:
			return id, nil
		case id == "" && c.State == identity.ClaimOpen && open != "":
			return "", fault.New(fault.Conflict, "more than one party waits for %s: say which one gets it", d.MAC.Colons()).WithCode("claims")
		case id == "" && c.State == identity.ClaimOpen:
			open = c.ID
		}
	}
	if id != "" {
		return "", fault.New(fault.NotFound, "claim not found")
	}
	return open, nil
}

// takeIn makes a record of a stranger, or of a phone that nobody has seen yet; then
// are further steps of the transaction.
func (s *Service) takeIn(ctx context.Context, o org.Org, r Row, life device.Life, then ...device.Creation) (device.Device, error) {
	m, err := mac.Parse(r.Device)
	if err != nil {
		return device.Device{}, fault.InvalidFields("device is not valid", fault.Field{Path: "device", Message: err.Error()})
	}
	seen, err := s.Devices.Stranger(ctx, o, m)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return device.Device{}, err
	}
	if r.Address != "" && seen.Address != r.Address {
		return device.Device{}, fault.New(fault.Conflict, "%s was not seen at %s last: look at the list again", m.Colons(), r.Address).WithCode("seen_elsewhere")
	}
	if r.Model == "" {
		r.Model = seen.Model
	}
	if life == device.Adopted {
		by, err := s.ruled(ctx, o, seen, &r)
		if err != nil {
			return device.Device{}, err
		}
		promise, err := s.promise(ctx, o, r.Template)
		if err != nil {
			return device.Device{}, err
		}
		then = append([]device.Creation{s.Identity.PartyApproved(r.Address, seen.Subject), s.Adoption.Taken(by, "approved by an operator"), promise}, then...)
	}
	if r.SiteID == "" {
		r.SiteID = seen.Site.ID
	}
	then = append(then, s.line(o, r.Account))
	return s.Devices.Create(ctx, o, device.Input{MAC: r.Device, Model: r.Model, Name: r.Name, SiteID: r.SiteID, Life: life, Then: inOrder(then)})
}

// ruled is what the rules say of a stranger, where the operator says nothing else:
// who puts it into another site than its rule has not gone by the rule.
func (s *Service) ruled(ctx context.Context, o org.Org, seen device.Stranger, r *Row) (by adoption.Outcome, err error) {
	if seen.MAC == "" {
		return by, nil
	}
	said, err := s.Adoption.Suggest(ctx, o, []device.Stranger{seen})
	if err != nil {
		return by, err
	}
	by = said[seen.MAC]
	if by.Rule.ID == "" || r.SiteID != "" && r.SiteID != by.Site.ID {
		return adoption.Outcome{}, nil
	}
	r.SiteID = by.Site.ID
	if r.Template != nil {
		by.Template = template.Source{}
	}
	return by, nil
}

// promise is the step that promises a phone a template for its first
// configuration; nil for none.
func (s *Service) promise(ctx context.Context, o org.Org, id *string) (device.Creation, error) {
	if id == nil || *id == "" {
		return nil, nil
	}
	err := s.DB.Read(ctx, func(q db.Q) error {
		_, err := s.Revisions.Promisable(ctx, q, o.ID, *id)
		return err
	})
	if err != nil {
		return nil, fault.InvalidFields("nothing is decided", fault.Field{Path: "template_id", Message: fault.Message(err)})
	}
	return func(ctx context.Context, tx *db.Tx, d device.Device) error {
		return s.Revisions.Promise(ctx, tx, d, *id)
	}, nil
}

// inOrder is one step that takes several, in their order; nil is none.
func inOrder(steps []device.Creation) device.Creation {
	return func(ctx context.Context, tx *db.Tx, d device.Device) error {
		for _, step := range steps {
			if step == nil {
				continue
			}
			if err := step(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	}
}

// line is the step that puts an account onto the first line; nil for none.
func (s *Service) line(o org.Org, in *Account) device.Creation {
	if in == nil {
		return nil
	}
	return func(ctx context.Context, tx *db.Tx, d device.Device) error {
		have, err := s.Accounts.ByUserIn(ctx, tx, o.ID, in.ServerID, in.UserID)
		switch {
		case err == nil && in.Password.Len() > 0:
			return fault.New(fault.Conflict, "there is an account %q already: leave the password out to use it as it is", in.UserID).WithCode("account")
		case fault.Is(err, fault.NotFound):
			fresh := account.Input{ServerID: &in.ServerID, UserID: &in.UserID, Name: &in.Name}
			if in.Password.Len() > 0 {
				fresh.Password = &in.Password
			}
			have, err = s.Accounts.CreateIn(ctx, tx, o, fresh)
		}
		if err != nil {
			return err
		}
		return s.Accounts.AssignIn(ctx, tx, d, account.Assignment{Line: 1, AccountID: have.ID}, scope.From(ctx).Actor.Name)
	}
}
