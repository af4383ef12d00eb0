package command

import (
	"context"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
)

// Service is the exported face of the queue. New makes one.
type Service struct {
	db       *db.DB
	onChange []Listener
}

// Listener hears of every change of a command, in the transaction that makes it.
type Listener func(ctx context.Context, tx *db.Tx, c Command) error

// New returns a service. Listeners are nouns further down, passed by app.
func New(d *db.DB, listeners ...Listener) *Service {
	return &Service{db: d, onChange: listeners}
}

// Listen adds a listener; only app calls it, before anything starts.
func (s *Service) Listen(l Listener) { s.onChange = append(s.onChange, l) }

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
	c := Command{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: DeliverRevision, Revision: revision, State: Queued, RunID: runID, CreatedAt: s.db.Now(), Deadline: deadline}
	return c, db.Insert(ctx, tx, newRow(c))
}

// Waiting reports whether a delivery of the revision still waits for the phone.
func (s *Service) Waiting(ctx context.Context, deviceID, revision string) (ok bool, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		ok, err = hasOpen(ctx, q, deviceID, revision)
		return err
	})
	return ok, err
}

// Report records that a device took a revision completely: deliveries of that
// revision are delivered. It is called in the transaction that records the
// delivery itself.
func (s *Service) Report(ctx context.Context, tx *db.Tx, deviceID, revision string) error {
	waiting, err := open(ctx, tx, deviceID, DeliverRevision)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if c.Revision != revision || c.State == Delivered {
			continue
		}
		c.State, c.DeliveredAt = Delivered, s.db.Now()
		if err := s.save(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

// Cancel ends the commands of some runs that have not reached their devices.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, runIDs []string, reason string) error {
	all, err := forRun(ctx, tx, runIDs)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.State == Queued || c.State == Sent {
			if err := s.end(ctx, tx, c, Cancelled, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// Expire ends commands whose deadline has passed: what was delivered is done,
// what never left is expired. It returns how many it ended; app runs it as a job.
func (s *Service) Expire(ctx context.Context) (n int, err error) {
	const chunk = 200
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		late, err := overdue(ctx, tx, s.db.Now().UnixMilli(), chunk)
		if err != nil {
			return err
		}
		n = len(late)
		for _, c := range late {
			state, reason := Expired, "the phone did not fetch it in time; it gets the revision at its next fetch all the same"
			switch c.State {
			case Delivered:
				state, reason = Done, "delivered; the phone has no channel that confirms it"
			case Sent:
				state, reason = Unknown, "it was sent and no answer came"
			}
			if err := s.end(ctx, tx, c, state, reason); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func (s *Service) end(ctx context.Context, tx *db.Tx, c Command, state State, reason string) error {
	c.State, c.Reason, c.EndedAt = state, reason, s.db.Now()
	return s.save(ctx, tx, c)
}

func (s *Service) save(ctx context.Context, tx *db.Tx, c Command) error {
	if err := save(ctx, tx, c); err != nil {
		return err
	}
	for _, l := range s.onChange {
		if err := l(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}
