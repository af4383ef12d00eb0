package onboard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// SyncPlan is what taking over from a phone would do. The phone prevails (ruling 25):
// what it holds otherwise than its effective configuration becomes its own values;
// templates stay as they are.
type SyncPlan struct {
	Command  command.Command // that asked the phone; its id is "" where it was not asked, or too long ago
	ReadAt   time.Time       // when it answered, zero where it has not
	Values   []SyncValue     // by key
	Accounts []SyncAccount   // by line
	Hash     string          // of all that; "" where there is nothing to take over yet
}

// SyncValue is a setting that the phone holds otherwise.
type SyncValue struct {
	Key          param.Key
	Ours, Theirs string
	Known        bool // ours is a value; else nothing here says any
}

// SyncAccount is an account on the phone that is not the one put on its line here.
type SyncAccount struct {
	Line                 int
	UserID, AuthID, Name string
	Server               string // address
	ServerID, AccountID  string // those that exist already, "" for those to be made
	Replaces             string // user of the account that was put on the line, "" for none
	Problem              string // why it cannot be taken over; "" where it can
}

// Sync works out what taking over from a phone would do, by what it told last when it
// was asked for that.
func (s *Service) Sync(ctx context.Context, d device.Device) (p SyncPlan, err error) {
	asked, err := s.Commands.List(ctx, command.Filter{OrgID: d.OrgID, DeviceID: d.ID, Kind: command.GetValues})
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(asked.Items, func(c command.Command) bool { return c.Args.For == command.ForSync })
	if i < 0 || s.DB.Now().Sub(asked.Items[i].CreatedAt) > limit.SyncKept {
		return p, nil
	}
	p.Command = asked.Items[i]
	if !p.Command.State.Good() {
		return p, nil
	}
	p.ReadAt = p.Command.EndedAt
	told, err := s.Manager.Settings(ctx, d, p.Command.Result.Values)
	if err != nil {
		return p, err
	}
	cat, to, err := s.Revisions.Catalog(ctx, d)
	if err != nil {
		return p, err
	}
	eff, _, err := s.Revisions.Explain(ctx, d)
	if err != nil {
		return p, err
	}
	if p.Accounts, err = s.syncAccounts(ctx, d, cat, told); err != nil {
		return p, err
	}
	for _, t := range told {
		par, _, _ := cat.On(t.Key, to)
		if v, differs := differsFrom(eff, par, t); differs && !par.Role.Identity() && !p.foreign(t.Account) {
			p.Values = append(p.Values, v)
		}
	}
	slices.SortFunc(p.Values, func(a, b SyncValue) int { return strings.Compare(string(a.Key), string(b.Key)) })
	b, err := json.Marshal([]any{p.Command.ID, p.Values, p.Accounts})
	sum := sha256.Sum256(b)
	p.Hash = hex.EncodeToString(sum[:16])
	return p, err
}

// foreign reports whether a line carries an account that is none of ours: what the phone
// holds for it is that account's.
func (p SyncPlan) foreign(line int) bool {
	return line > 0 && slices.ContainsFunc(p.Accounts, func(a SyncAccount) bool { return a.Line == line })
}

func differsFrom(eff revision.Effective, p param.Parameter, t manager.Setting) (SyncValue, bool) {
	out := SyncValue{Key: t.Key, Theirs: t.Value}
	v, ok := eff.Lookup(t.Key)
	if !ok {
		return out, t.Value != ""
	}
	if out.Ours, out.Known = v.Value, true; v.State == revision.Residue {
		out.Ours = v.Kept
	}
	return out, v.Secret == "" && !p.Same(out.Ours, t.Value)
}

// syncAccounts lists the accounts of a phone that are not those that were put on its
// lines here.
func (s *Service) syncAccounts(ctx context.Context, d device.Device, cat *param.Catalog, told []manager.Setting) (out []SyncAccount, err error) {
	said := map[param.Key]string{}
	for _, t := range told {
		said[t.Key] = t.Value
	}
	_, m, _ := s.Vendors.ByModel(d.Model)
	lines, err := s.Accounts.Lines(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	for n := 1; n <= m.Lines; n++ {
		value := func(r param.Role) string {
			k, _ := cat.ByRole(r, n)
			return said[k]
		}
		a := SyncAccount{Line: n, UserID: value(param.LineUserID), AuthID: value(param.LineAuthID), Name: value(param.LineName), Server: value(param.LineServer)}
		if i := slices.IndexFunc(lines[d.ID], func(l account.Line) bool { return l.N == n }); i >= 0 {
			ours := lines[d.ID][i].Account
			if a.UserID == "" || a.UserID == ours.UserID && (a.Server == "" || strings.EqualFold(a.Server, ours.ServerAddress)) {
				continue
			}
			a.Replaces = ours.UserID
		}
		if a.UserID == "" {
			continue
		}
		if err := s.findAccount(ctx, d, &a, m.Base.Profiles > 0); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// findAccount finds the account that a phone has among ours, and what is in the way of
// taking it over.
func (s *Service) findAccount(ctx context.Context, d device.Device, a *SyncAccount, base bool) error {
	switch {
	case base:
		a.Problem = "accounts of a base share the servers of its profiles; they are set by hand"
	case a.Server == "":
		a.Problem = "the phone did not tell its server"
	}
	if a.AuthID == a.UserID {
		a.AuthID = ""
	}
	return s.DB.Read(ctx, func(q db.Q) error {
		at, err := s.Accounts.ServerAtIn(ctx, q, d.OrgID, a.Server)
		if err != nil {
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			return err
		}
		a.ServerID = at.ID
		have, err := s.Accounts.ByUserIn(ctx, q, d.OrgID, a.ServerID, a.UserID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		a.AccountID = have.ID
		return err
	})
}

// Accounts says whether a phone's accounts are taken over with its values.
type Accounts bool

// The ways.
const (
	LeaveAccounts Accounts = false
	TakeAccounts  Accounts = true
)

// Synced is what was taken over.
type Synced struct {
	Values   int
	Accounts int
	Made     []string // servers and accounts that were made, as people call them
}

// TakeOver does what a plan says. It fails with Conflict where the phone is offline, or
// where things have changed since the plan was made. The phone has it all already; what
// it should have is published by a push.
func (s *Service) TakeOver(ctx context.Context, o org.Org, d device.Device, hash string, accounts Accounts) (out Synced, err error) {
	if err := s.Access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return out, err
	}
	if d.Hot.Reach == device.Offline {
		return out, fault.New(fault.Conflict, "the phone is offline, and only what one that is there holds is taken over").WithCode("offline")
	}
	p, err := s.Sync(ctx, d)
	if err != nil {
		return out, err
	}
	if p.Hash == "" || p.Hash != hash {
		return out, fault.New(fault.Conflict, "the phone, or what it should have, has changed since; look at it again").WithCode("stale")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		out = Synced{}
		if accounts == TakeAccounts {
			for _, a := range p.Accounts {
				if err := s.takeAccount(ctx, tx, o, d, a, &out); err != nil {
					return err
				}
			}
		}
		if out.Values = len(p.Values); len(p.Values) > 0 {
			if err := s.takeValues(ctx, tx, d, p); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.sync", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
			After: map[string]any{"values": out.Values, "accounts": out.Accounts, "made": out.Made, "read_at": p.ReadAt}})
	})
	return out, err
}

// takeValues makes what the phone holds otherwise its own values, beside those that it
// has.
func (s *Service) takeValues(ctx context.Context, tx *db.Tx, d device.Device, p SyncPlan) error {
	src, err := s.Templates.OverridesIn(ctx, tx, d)
	if err != nil {
		return err
	}
	items := make([]template.Item, 0, len(src.Draft)+len(p.Values))
	for _, it := range src.Draft {
		if it.Secret != "" {
			it.Value = "***" // it stays as it is
		}
		if !slices.ContainsFunc(p.Values, func(v SyncValue) bool { return v.Key == it.Key }) {
			items = append(items, it)
		}
	}
	for _, v := range p.Values {
		items = append(items, template.Item{Key: v.Key, Value: v.Theirs, Imported: p.ReadAt})
	}
	_, err = s.Templates.SetOverridesIn(ctx, tx, d, items, src.Version)
	return err
}

// takeAccount puts an account of the phone on its line, with its server where that is
// new. Its password the phone keeps to itself.
func (s *Service) takeAccount(ctx context.Context, tx *db.Tx, o org.Org, d device.Device, a SyncAccount, out *Synced) error {
	if a.Problem != "" {
		return nil
	}
	at, err := s.Accounts.ServerAtIn(ctx, tx, o.ID, a.Server) // another line may have made it just now
	if fault.Is(err, fault.NotFound) {
		at, err = s.Accounts.CreateServerIn(ctx, tx, o, account.ServerInput{Name: &a.Server, Address: &a.Server})
		out.Made = append(out.Made, a.Server)
	}
	if err != nil {
		return err
	}
	a.ServerID = at.ID
	have, err := s.Accounts.ByUserIn(ctx, tx, o.ID, a.ServerID, a.UserID)
	if fault.Is(err, fault.NotFound) {
		have, err = s.Accounts.CreateIn(ctx, tx, o, account.Input{ServerID: &a.ServerID, UserID: &a.UserID, AuthID: &a.AuthID, Name: &a.Name})
		out.Made = append(out.Made, a.UserID)
	}
	if err != nil {
		return err
	}
	out.Accounts++
	return s.Accounts.AssignIn(ctx, tx, d, account.Assignment{Line: a.Line, AccountID: have.ID}, template.ImportedBy+" by "+scope.From(ctx).Actor.Name)
}
