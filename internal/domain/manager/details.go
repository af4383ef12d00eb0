package manager

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Freshness says how new what is known of a phone's state is.
type Freshness string

// The ways.
const (
	Live    Freshness = "live"    // it told it just now
	Known   Freshness = "known"   // it was asked, and has not answered yet; this is what it told before
	Offline Freshness = "offline" // it cannot be asked; this is what it told before
	Never   Freshness = "never"   // nothing that it reports to can ask it
)

// Details are what a phone tells of its own state.
type Details struct {
	Freshness Freshness
	ReadAt    time.Time // when it told all of it last, zero for never
	Why       string    // why it was not asked, or did not answer; "" where it is live
	Command   string    // that asks it, "" for none
	StartedAt time.Time // zero where it is not known
	Start     BootReason
	Fields    []Field
	Accounts  []AccountState
}

// Field is one thing that can be shown of a phone: one of vendors.Shown but for those of
// accounts.
type Field struct {
	Name  string
	Value string
	At    time.Time // when it told it, zero for never
	Why   string    // why it cannot be told; "" where it could be
}

// AccountState is an account as the phone has it.
type AccountState struct {
	Account    int
	Name       string
	Enabled    *bool // nil where it did not say
	UserID     string
	Server     string
	ServerName string // of ours, "" for none
	Status     Registration
	Told       string    // the same in the phone's own word
	Call       string    // idle, busy or ""
	Local      bool      // it is none that was put on this line here
	At         time.Time // when it told its status
}

// Registration is whether an account is registered.
type Registration string

// The registrations.
const (
	Registered   Registration = "registered"
	Unregistered Registration = "unregistered"
	Unknown      Registration = "unknown" // it did not say
)

// lasting is how long what a phone told counts as live.
const lasting = 5 * time.Second

// Details returns what a phone tells of its state. One that can be reached is asked, and
// its answer waited for no longer than wait; else it is what it told before. The caller
// has checked that the actor may see the device.
func (s *Service) Details(ctx context.Context, d device.Device, wait time.Duration) (Details, error) {
	by := scope.From(ctx).Actor.Name
	ctx = scope.AsSystem(ctx, "manager.details")
	p, ok, err := s.known(ctx, d)
	if err != nil || !ok {
		return Details{Freshness: Never, Why: "the phone reports to nothing that could ask it"}, err
	}
	out := Details{Freshness: Live}
	r, err := s.reported(ctx, d.ID)
	if err != nil {
		return out, err
	}
	if s.DB.Now().Sub(clock.FromMillis(r.ReadAt)) > lasting {
		if out, err = s.ask(ctx, p, by, min(wait, limit.DetailsWait)); err != nil {
			return out, err
		}
		if r, err = s.reported(ctx, d.ID); err != nil {
			return out, err
		}
	}
	return s.describe(ctx, p, r, out)
}

// ask has the phone tell its state, and waits for it.
func (s *Service) ask(ctx context.Context, p Phone, by string, wait time.Duration) (Details, error) {
	options, err := s.Commands.Options(ctx, p.Device)
	if err != nil {
		return Details{}, err
	}
	i := slices.IndexFunc(options, func(o command.Option) bool { return o.Kind == command.GetValues })
	o := options[i]
	switch {
	case p.Device.Life != device.Adopted:
		return Details{Freshness: Offline, Why: "the device is " + string(p.Device.Life) + ", and only an adopted device is asked"}, nil
	case o.Channel == "" || p.Device.Hot.Reach == device.Offline:
		return Details{Freshness: Offline, Why: o.Why}, nil
	}
	c, err := s.asking(ctx, p, by)
	if err != nil {
		return Details{}, err
	}
	out := Details{Freshness: Known, Why: o.Why, Command: c.ID}
	until := s.DB.Now().Add(wait)
	for !c.State.Terminal() && s.DB.Now().Before(until) {
		if s.DB.Clock().Sleep(ctx, askEvery) != nil {
			break
		}
		if c, err = s.Commands.Get(ctx, c.ID); err != nil {
			return out, err
		}
	}
	switch {
	case c.State.Good():
		out.Freshness, out.Why, out.Command = Live, "", ""
	case c.State.Terminal():
		out.Why, out.Command = c.Reason, ""
	case out.Why == "":
		out.Why = "the phone has not answered yet"
	}
	return out, nil
}

// askEvery is how often it is looked whether a phone has answered.
const askEvery = 100 * time.Millisecond

// asking returns the command that asks the phone for its state: one that waits already,
// or a new one.
func (s *Service) asking(ctx context.Context, p Phone, by string) (c command.Command, err error) {
	ctx = scope.AsSystem(ctx, by)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		open, err := s.Commands.Open(ctx, tx, p.Device.ID, command.GetValues)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(open, func(o command.Command) bool { return o.Args.For == command.ForDetails }); i >= 0 {
			c = open[i]
			return nil
		}
		c, err = s.Commands.Enqueue(ctx, tx, p.Device, command.Order{Kind: command.GetValues, Args: command.Args{For: command.ForDetails}, Within: limit.DetailsWithin})
		return err
	})
	return c, err
}

// describe puts what the phone told in order.
func (s *Service) describe(ctx context.Context, p Phone, r Reported, out Details) (Details, error) {
	lines, err := s.Accounts.Lines(ctx, p.Device.ID)
	if err != nil {
		return out, err
	}
	dict, err := s.dictionary(ctx, p)
	if err != nil {
		return out, err
	}
	out.ReadAt, out.StartedAt, out.Start = clock.FromMillis(r.ReadAt), p.Boot.At, p.Boot.Reason
	accounts := map[int]*AccountState{}
	for _, n := range dict.names {
		w, told := r.Words[dict.root+n.Path]
		switch {
		case strings.HasPrefix(n.Shows, "account."):
			if accounts[n.Account] == nil {
				accounts[n.Account] = &AccountState{Account: n.Account, Status: Unknown}
			}
			if told {
				param, _, _ := dict.cat.On(n.Key, dict.to)
				accounts[n.Account].say(n.Shows, n.Canonical(param, w.Value), w)
			}
		case n.Shows != "" && told:
			out.Fields = append(out.Fields, Field{Name: n.Shows, Value: w.Value, At: clock.FromMillis(w.At)})
		case n.Shows != "":
			out.Fields = append(out.Fields, Field{Name: n.Shows, Why: "the phone has not told it"})
		}
	}
	out.started(dict, r)
	out.Fields = append(out.Fields, s.nameless(p)...)
	for _, n := range slices.Sorted(maps.Keys(accounts)) {
		if a := accounts[n]; a.place(lines[p.Device.ID]) {
			out.Accounts = append(out.Accounts, *a)
		}
	}
	return out, nil
}

// say takes one thing that the phone told of an account.
func (a *AccountState) say(part, canonical string, w Word) {
	switch part {
	case "account.name":
		a.Name = w.Value
	case "account.user":
		a.UserID = w.Value
	case "account.server":
		a.Server = w.Value
	case "account.enabled":
		on := canonical == "yes"
		a.Enabled = &on
	case "account.call":
		a.Call = map[bool]string{true: "idle", false: "busy"}[strings.EqualFold(w.Value, "Idle")]
	case "account.status":
		a.Status, a.Told, a.At = registration(w.Value), w.Value, clock.FromMillis(w.At)
	}
}

// registration reads TR-104's state of a line.
func registration(told string) Registration {
	switch {
	case strings.EqualFold(told, "Up"):
		return Registered
	case told == "":
		return Unknown
	}
	return Unregistered
}

// place compares an account with the one that was put on the line here, and reports
// whether there is anything to show of it.
func (a *AccountState) place(lines []account.Line) bool {
	i := slices.IndexFunc(lines, func(l account.Line) bool { return l.N == a.Account })
	if i < 0 {
		a.Local = a.UserID != "" || a.Enabled != nil && *a.Enabled
		return a.Local
	}
	ours := lines[i].Account
	if a.Server == "" || strings.EqualFold(a.Server, ours.ServerAddress) {
		a.ServerName = ours.ServerName
	}
	a.Local = a.UserID != "" && a.UserID != ours.UserID || a.Server != "" && !strings.EqualFold(a.Server, ours.ServerAddress)
	return true
}

// started works out when the phone started by how long it says that it runs, which
// tells of a start that nobody heard of.
func (d *Details) started(dict dictionary, r Reported) {
	i := slices.IndexFunc(dict.names, func(n vendors.ModelName) bool { return n.Shows == "system.uptime" })
	if i < 0 {
		return
	}
	w, told := r.Words[dict.root+dict.names[i].Path]
	at := clock.FromMillis(w.At)
	up, err := strconv.ParseInt(w.Value, 10, 32)
	if err != nil || !told || !at.After(d.StartedAt) {
		return
	}
	if by := at.Add(-time.Duration(up) * time.Second); by.Sub(d.StartedAt).Abs() > startSlack {
		d.StartedAt, d.Start = by, NoReason
	}
}

// startSlack is how far a phone's own count may be from when it was heard.
const startSlack = 2 * time.Minute

// nameless are the fields for which no name is known in the phone's data model.
func (s *Service) nameless(p Phone) (out []Field) {
	_, m, _ := s.Vendors.ByModel(p.Device.Model)
	for _, e := range s.Vendors.DataModel(p.Device.Vendor, p.maker()).Entries() {
		if e.Path != "" || strings.HasPrefix(e.Shows, "energy.") && !strings.HasPrefix(m.Family, "grp") {
			continue // energy saving is of these phones alone
		}
		out = append(out, Field{Name: e.Shows, Why: e.Source})
	}
	return out
}
