package command

import (
	"context"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Outcome is what a channel heard of a command.
type Outcome struct {
	State  State // Delivered, Confirmed, Done or Failed
	Reason string
	Result Result
}

// Answer records what became of a sent command, in the transaction of the
// caller, so that a channel can commit it before it replies to the phone. Hearing
// the same twice changes nothing. A command that has ended stays as it is, and
// what came late is noted beside it: it moves the run, never the command. NotFound
// where there is no such command.
func (s *Service) Answer(ctx context.Context, tx *db.Tx, id string, o Outcome) error {
	if !o.State.Good() && o.State != Failed {
		return fault.New(fault.Internal, "a command cannot be answered with %s", o.State)
	}
	c, err := find(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := lock(ctx, tx, c.DeviceID); err != nil {
		return err
	}
	if c, err = find(ctx, tx, id); err != nil {
		return err
	}
	if c.State == o.State {
		return nil
	}
	c.Result = merge(c.Result, o.Result)
	if c.State.Terminal() {
		return s.late(ctx, tx, c, o)
	}
	if o.State == Delivered {
		c.State, c.Reason, c.DeliveredAt = Delivered, o.Reason, s.db.Now()
	} else {
		c.State, c.Reason, c.EndedAt = o.State, o.Reason, s.db.Now()
		if c.DeliveredAt.IsZero() && o.State.Good() {
			c.DeliveredAt = c.EndedAt
		}
	}
	tx.AfterCommit(func() { s.hint(c.DeviceID) })
	return s.save(ctx, tx, c)
}

// late notes what came after the end. Of several words the last counts.
func (s *Service) late(ctx context.Context, tx *db.Tx, c Command, o Outcome) error {
	if c.Late == o.State || c.State.Good() {
		return nil
	}
	c.Late = o.State
	return s.save(ctx, tx, c)
}

func merge(old, more Result) Result {
	if len(more.Values) > 0 {
		old.Values = more.Values[:min(len(more.Values), limit.CommandValues)]
	}
	if more.Text != "" {
		old.Text = cut(more.Text, limit.CommandText)
	}
	if more.Blob != "" {
		old.Blob, old.Size = more.Blob, more.Size
	}
	return old
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
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
	return s.deliveries(ctx, tx, deviceID, revision, func(c Command) (Command, bool) {
		c.DeliveredAt = s.db.Now()
		was := c.State
		c.State = Delivered
		return c, was != Delivered
	})
}

// Confirm records that a device's own later word agrees with a revision.
func (s *Service) Confirm(ctx context.Context, tx *db.Tx, deviceID, revision string) error {
	return s.deliveries(ctx, tx, deviceID, revision, func(c Command) (Command, bool) {
		c.State, c.Reason, c.EndedAt = Confirmed, "the phone's own word agrees", s.db.Now()
		return c, true
	})
}

func (s *Service) deliveries(ctx context.Context, tx *db.Tx, deviceID, revision string, move func(Command) (Command, bool)) error {
	waiting, err := open(ctx, tx, deviceID, DeliverRevision)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if c.Revision != revision {
			continue
		}
		if c, changed := move(c); changed {
			if err := s.save(ctx, tx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// Latest returns the newest command of a kind that a device was sent and that
// its channel may still speak of: a reboot by its boot, an upgrade by its new
// version. False where there is none.
func (s *Service) Latest(ctx context.Context, q db.Q, deviceID string, k Kind) (Command, bool, error) {
	return latestSent(ctx, q, deviceID, k)
}

// Open lists a device's commands of a kind that have not ended, oldest first.
func (s *Service) Open(ctx context.Context, q db.Q, deviceID string, k Kind) ([]Command, error) {
	return open(ctx, q, deviceID, k)
}

// Drop takes back the commands to tell values that the house itself asked for and that
// have not left it.
func (s *Service) Drop(ctx context.Context, tx *db.Tx, deviceID, what, reason string) error {
	waiting, err := open(ctx, tx, deviceID, GetValues)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if c.Args.For == what && c.State == Queued {
			if err := s.end(ctx, tx, c, Cancelled, reason); err != nil {
				return err
			}
		}
	}
	return nil
}
