package manager

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Deps are what a Service needs.
type Deps struct {
	DB        *db.DB
	Access    *access.Service
	Audit     *audit.Service
	Accounts  *account.Service
	Identity  *identity.Service
	Devices   *device.Service
	Twins     *device.Twins
	Commands  *command.Service
	Revisions *revision.Service
	Vendors   *vendors.Set
	Alarms    *alarm.Service
	Log       *slog.Logger
	// Settle is how long a phone has to take in what it took before it is asked for it.
	Settle time.Duration
}

// Service is the exported face of the package. New makes one; it is safe for
// concurrent use.
type Service struct {
	Deps
	phones *db.Memo[string, Phone]
	talks  *talks
	beats  *beats
}

// New returns a service.
func New(d Deps) *Service {
	return &Service{d, db.NewMemo[string, Phone](d.DB, limit.ManagedKept, nil, "managed", "devices"), newTalks(), newBeats()}
}

// reportGrace is how late a report may be before its phone counts as offline,
// besides one whole interval.
const reportGrace = time.Minute

// Arrive takes a report in: p is what the phone told, for the device that showed
// its credential. What changes seldom is written down where it changed; that it was
// there goes to the twin. It returns what is known of the phone now.
func (s *Service) Arrive(ctx context.Context, who identity.Reporter, p Phone, door, address, agent string) (Phone, error) {
	d := who.Device()
	if !who.Known() {
		return Phone{}, fault.New(fault.Internal, "a report of nobody")
	}
	ctx = scope.AsSystem(ctx, "manager.arrive")
	p.Device = d
	before, err := s.Phone(ctx, d.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Phone{}, err
	}
	fresh := err != nil
	p.Call.At, p.Call.Problem = before.Call.At, before.Call.Problem
	if p.Call.URL != before.Call.URL || p.Call.UDP != before.Call.UDP {
		p.Call.Problem = "" // it moved: nobody tried there yet
	}
	if p.Every == 0 {
		p.Every = before.Every
	}
	if p.Boot.At.IsZero() {
		p.Boot = before.Boot
	}
	if p.Watched = before.Watched; p.Boot.Reason == FactoryReset {
		p.Watched = "" // it forgot that too
	}
	p.At = before.At
	if fresh || p.Protocol != before.Protocol || p.Told != before.Told || p.Call != before.Call || p.Every != before.Every || p.Boot != before.Boot || p.Watched != before.Watched {
		p.At = s.DB.Now()
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			if err := save(ctx, tx, p); err != nil || !fresh || p.Protocol != CWMP || d.Config.Delivered == "" {
				return err
			}
			return s.readBack(ctx, tx, d) // what it took before it ever reported
		})
		if err != nil {
			return Phone{}, fmt.Errorf("write down what a phone told: %w", err)
		}
	}
	now := s.DB.Now()
	s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: now, Address: address, Door: door, UserAgent: agent,
		Firmware: p.Told.Software, Model: s.model(p.Told), Status: p.Told.Status, Reach: p.reach(), ExpectedBy: s.expected(p, now)})
	return p, nil
}

// model is the model that a phone calls itself, where it is one that is known.
func (s *Service) model(t Told) string {
	for _, m := range []string{t.Model, t.Class} {
		if s.Devices.KnowsModel(m) {
			return m
		}
	}
	return ""
}

func (p Phone) reach() device.Reach {
	if p.Call.Problem != "" {
		return device.Restricted
	}
	return device.Online
}

// expected is when a phone that reported now counts as missing.
func (s *Service) expected(p Phone, now time.Time) time.Time {
	if p.Every <= 0 {
		return time.Time{}
	}
	return now.Add(2*p.Every + reportGrace)
}

// Phone returns what is known of a device that reports; NotFound where it never
// did. The caller has checked that the actor may see the device.
func (s *Service) Phone(ctx context.Context, deviceID string) (Phone, error) {
	ctx = scope.AsSystem(ctx, "manager.phone")
	return s.phones.Read(ctx, deviceID, func(q db.Q) (Phone, error) { return find(ctx, q, deviceID) })
}

// Called writes down how a call of a device ended, an empty problem being that it
// took it. From then on it counts as one that can be reached, or as one that only
// reports.
func (s *Service) Called(ctx context.Context, d device.Device, problem string) error {
	ctx = scope.AsSystem(ctx, "manager.called")
	p, err := s.Phone(ctx, d.ID)
	if err != nil {
		return err
	}
	was := p.Call.Problem
	p.Device = d
	p.Call.At, p.Call.Problem = s.DB.Now(), problem
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return save(ctx, tx, p) }); err != nil {
		return fmt.Errorf("write down a call: %w", err)
	}
	if (was == "") != (problem == "") && d.Hot.Reach != device.Offline {
		s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: d.Hot.LastSeen, Door: d.Hot.Door, Reach: p.reach()})
	}
	return nil
}

// Credential is what an authenticated device is to show from now on, and what it
// is called with.
func (s *Service) Credential(ctx context.Context, who identity.AuthenticatedDevice) (m identity.Manager, err error) {
	ctx = scope.AsSystem(ctx, "manager.credential")
	err = s.DB.Read(ctx, func(q db.Q) error {
		m, err = s.Identity.Manager(ctx, q, who)
		return err
	})
	return m, err
}

// CallPasswords are what a device may be called with, the newest first.
func (s *Service) CallPasswords(ctx context.Context, d device.Device) ([]secret.String, error) {
	return s.Identity.CallPasswords(scope.AsSystem(ctx, "manager.call"), d)
}

// Next claims the command that a phone is to do now over a channel, and false where
// there is none.
func (s *Service) Next(ctx context.Context, deviceID, channel string, carries func(command.Kind) bool) (command.Command, bool, error) {
	if !s.Commands.Pending(deviceID) {
		return command.Command{}, false, nil
	}
	return s.Commands.Next(ctx, deviceID, channel, carries)
}

// Answer writes down what became of a device's command. It is committed when it
// returns, so that an endpoint may reply to the phone then. A command of another
// device is NotFound.
func (s *Service) Answer(ctx context.Context, deviceID, id string, o command.Outcome) error {
	ctx = scope.AsSystem(ctx, "manager.answer")
	c, err := s.Commands.Get(ctx, id)
	if err != nil {
		return err
	}
	if c.DeviceID != deviceID {
		return fault.New(fault.NotFound, "command not found")
	}
	if c.Kind == command.GetValues {
		return s.answerValues(ctx, c, o)
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.Commands.Answer(ctx, tx, id, o) })
}

// answerValues is Answer for a command to tell values, which are taken in too.
func (s *Service) answerValues(ctx context.Context, c command.Command, o command.Outcome) error {
	d, err := s.Devices.Get(ctx, c.DeviceID)
	if err != nil {
		return err
	}
	p, _, err := s.known(ctx, d)
	if err != nil {
		return err
	}
	dict, err := s.dictionary(ctx, p)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Commands.Answer(ctx, tx, c.ID, o); err != nil {
			return err
		}
		return s.told(ctx, tx, c, dict, o.Result.Values)
	})
}

// Lost writes down that no answer to a command will come.
func (s *Service) Lost(ctx context.Context, id, reason string) error {
	return s.Commands.Lost(ctx, id, reason)
}

// ByKey finds a device's command by the key that the phone was given with it, which
// a phone may have cut short; NotFound where none fits.
func (s *Service) ByKey(ctx context.Context, deviceID, key string) (command.Command, error) {
	ctx = scope.AsSystem(ctx, "manager.key")
	id, ok := command.FromKey(key)
	if !ok {
		return command.Command{}, fault.New(fault.NotFound, "no command has this key")
	}
	c, err := s.Commands.Get(ctx, id)
	if err == nil && c.DeviceID != deviceID {
		err = fault.New(fault.NotFound, "no command has this key")
	}
	return c, err
}

// LatestOf returns the newest command of a kind that a device was sent and that it
// may still speak of without its key.
func (s *Service) LatestOf(ctx context.Context, deviceID string, k command.Kind) (c command.Command, ok bool, err error) {
	ctx = scope.AsSystem(ctx, "manager.latest")
	err = s.DB.Read(ctx, func(q db.Q) error {
		c, ok, err = s.Commands.Latest(ctx, q, deviceID, k)
		return err
	})
	return c, ok, err
}
