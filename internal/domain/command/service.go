package command

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Service is the exported face of the queue. New makes one; Run wakes phones
// and keeps the freeze switch current.
type Service struct {
	db       *db.DB
	access   *access.Service
	audit    *audit.Service
	devices  *device.Service
	bus      bus.Bus
	log      *slog.Logger
	onChange []Listener
	channels []Channel
	waiting  pending
	frozen   atomic.Pointer[frozen]
}

// Listener hears of every change of a command, in the transaction that makes it.
type Listener func(ctx context.Context, tx *db.Tx, c Command) error

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Access  *access.Service
	Audit   *audit.Service
	Devices *device.Service
	Bus     bus.Bus
	Log     *slog.Logger
}

// New returns a service.
func New(d Deps) *Service {
	s := &Service{db: d.DB, access: d.Access, audit: d.Audit, devices: d.Devices, bus: d.Bus, log: d.Log, waiting: newPending()}
	s.frozen.Store(&frozen{})
	return s
}

// Listen adds a listener; only app calls it, before anything starts.
func (s *Service) Listen(l Listener) { s.onChange = append(s.onChange, l) }

// Use adds channels; only app calls it, before anything starts. Of channels that
// are equally quick the one that was added first is taken.
func (s *Service) Use(channels ...Channel) { s.channels = append(s.channels, channels...) }

// Order asks for one command.
type Order struct {
	Kind      Kind
	Args      Args
	RunID     string
	NotBefore time.Time     // zero = at once
	Within    time.Duration // until it expires; 0 is DefaultWithin, at most MaxWithin
}

// How long a command waits for its phone.
const (
	DefaultWithin = 24 * time.Hour
	MaxWithin     = 30 * 24 * time.Hour
)

// Ask queues a command for a device on behalf of an operator. It fails with
// Invalid for arguments that do not fit the kind, and with Conflict where no
// channel carries the kind to the device, or too many commands wait for it.
func (s *Service) Ask(ctx context.Context, d device.Device, o Order) (c Command, err error) {
	if err := s.access.Authorize(ctx, access.DeviceCommand, d.Where()); err != nil {
		return Command{}, err
	}
	if err := s.Possible(ctx, d, o); err != nil {
		return Command{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if c, err = s.Enqueue(ctx, tx, d, o); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "command." + string(o.Kind), SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			After: map[string]any{"command": c.ID, "args": o.Args.told(), "deadline": c.Deadline}})
	})
	return c, err
}

// told is what of the arguments may stand in a log: values may be secret.
func (a Args) told() Args {
	if a.Values == nil {
		return a
	}
	names := make([]string, 0, len(a.Values))
	for k := range a.Values {
		names = append(names, k)
	}
	a.Values, a.Keys = nil, names
	return a
}

// Enqueue is Ask in a transaction of the caller's, who has the right to it, writes it
// down, and has found it Possible: a task's run, a workflow.
func (s *Service) Enqueue(ctx context.Context, tx *db.Tx, d device.Device, o Order) (Command, error) {
	n, err := countOpen(ctx, tx, d.ID)
	if err != nil {
		return Command{}, err
	}
	if n >= limit.CommandsDevice {
		return Command{}, fault.New(fault.Conflict, "as many commands as may wait for one phone wait already").WithCode("queue_full")
	}
	now := s.db.Now()
	within := o.Within
	if within <= 0 {
		within = DefaultWithin
	}
	c := Command{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: o.Kind, Args: o.Args, State: Queued, RunID: o.RunID,
		Author: scope.From(ctx).Actor.Name, CreatedAt: now, NotBefore: o.NotBefore, Deadline: latest(now, o.NotBefore).Add(min(within, MaxWithin))}
	return c, s.insert(ctx, tx, c)
}

// Possible says why a command cannot be: Invalid for arguments that do not fit,
// Conflict where no channel carries it or the device is not in service. It asks the
// channels, so it is called outside of any transaction.
func (s *Service) Possible(ctx context.Context, d device.Device, o Order) error {
	if err := check(o.Kind, o.Args); err != nil {
		return err
	}
	if d.Life != device.Adopted {
		return fault.New(fault.Conflict, "the device is %s, and only an adopted device takes commands", d.Life)
	}
	if o.Within > MaxWithin {
		return fault.InvalidFields("command is not valid", fault.Field{Path: "within", Message: "at most 30 days"})
	}
	all, err := s.reaches(ctx, d)
	if err != nil {
		return err
	}
	if b := best(o.Kind, all); b.Channel == "" {
		return fault.New(fault.Conflict, "%s", b.Why).WithCode("no_channel")
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// insert writes a new command; its channel is told when the transaction is
// through.
func (s *Service) insert(ctx context.Context, tx *db.Tx, c Command) error {
	r, err := newRow(c)
	if err != nil {
		return err
	}
	r.WakeAt = latest(c.CreatedAt, c.NotBefore).UnixMilli()
	tx.AfterCommit(func() {
		s.hint(c.DeviceID)
		s.tell(c)
	})
	return db.Insert(ctx, tx, r)
}

func (s *Service) tell(c Command) {
	bus.Announce(s.bus, c.OrgID, "commands", c.ID)
}

// Deliver queues the delivery of a revision. An older delivery to the device
// that has not reached it is cancelled: the phone would get this one anyway.
func (s *Service) Deliver(ctx context.Context, tx *db.Tx, d device.Device, revision, runID string, deadline time.Time) (Command, error) {
	older, err := open(ctx, tx, d.ID, DeliverRevision)
	if err != nil {
		return Command{}, err
	}
	for _, c := range older {
		state, reason := Cancelled, "a newer revision took its place"
		if c.State == Delivered {
			state, reason = Done, "delivered; a newer revision came before any confirmation"
		}
		if err := s.end(ctx, tx, c, state, reason); err != nil {
			return Command{}, err
		}
	}
	c := Command{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: DeliverRevision, Revision: revision, State: Queued, RunID: runID,
		Author: scope.From(ctx).Actor.Name, CreatedAt: s.db.Now(), Deadline: deadline}
	return c, s.insert(ctx, tx, c)
}

// Get returns one command, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (c Command, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		c, err = find(ctx, q, id)
		return err
	})
	return c, err
}

// Filter narrows a list of commands.
type Filter struct {
	db.Page
	OrgID, DeviceID string
	State           State
	Kind            Kind
}

// List lists commands, newest first.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Command], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Cancel ends the commands of some runs that have not reached their devices.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, runIDs []string, reason string) error {
	all, err := forRun(ctx, tx, runIDs)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.State == Queued || c.State == Sent && c.Kind == DeliverRevision {
			if err := s.end(ctx, tx, c, Cancelled, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// Withdraw ends one command that has not left the house, on behalf of an
// operator. One that was sent is a Conflict: the phone may be doing it.
func (s *Service) Withdraw(ctx context.Context, d device.Device, id string) (c Command, err error) {
	if err := s.access.Authorize(ctx, access.DeviceCommand, d.Where()); err != nil {
		return Command{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := lock(ctx, tx, d.ID); err != nil {
			return err
		}
		if c, err = find(ctx, tx, id); err != nil {
			return err
		}
		if c.DeviceID != d.ID {
			return fault.New(fault.NotFound, "command not found")
		}
		if c.State != Queued {
			return fault.New(fault.Conflict, "the command is %s; only one that is still queued can be cancelled", c.State).WithCode("not_queued")
		}
		if err := s.end(ctx, tx, c, Cancelled, "cancelled by "+scope.From(ctx).Actor.Name); err != nil {
			return err
		}
		if c, err = find(ctx, tx, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "command.cancel", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(), Before: map[string]any{"command": id, "kind": c.Kind}})
	})
	return c, err
}

func (s *Service) end(ctx context.Context, tx *db.Tx, c Command, state State, reason string) error {
	c.State, c.Reason, c.EndedAt = state, reason, s.db.Now()
	return s.save(ctx, tx, c)
}

func (s *Service) save(ctx context.Context, tx *db.Tx, c Command) error {
	if err := save(ctx, tx, c); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.tell(c) })
	for _, l := range s.onChange {
		if err := l(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}
