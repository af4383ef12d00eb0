package command

import (
	"context"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

// maxAttempts is how often a command that may be repeated is handed out.
const maxAttempts = 3

func lock(ctx context.Context, tx *db.Tx, deviceID string) error {
	return tx.Lock(ctx, "command."+deviceID)
}

// Next claims the command that a device is to do now over a channel, and false
// where there is none. The claim is committed when it returns: a crash after it
// leaves the command sent, never queued. Commands keep their order; only the
// delivery of a revision, which a phone fulfils by fetching, holds nobody up.
func (s *Service) Next(ctx context.Context, deviceID, channel string, carries func(Kind) bool) (out Command, ok bool, err error) {
	ctx = scope.AsSystem(ctx, "command."+channel)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		out, ok = Command{}, false
		if err := lock(ctx, tx, deviceID); err != nil {
			return err
		}
		waiting, err := openOf(ctx, tx, deviceID)
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			s.waiting.drop(deviceID)
			return nil
		}
		held, err := frozenIn(ctx, tx, waiting[0])
		if err != nil || held {
			return err
		}
		for _, c := range waiting {
			done, err := s.consider(ctx, tx, c, channel, carries, &out)
			if err != nil || done {
				ok = out.ID != ""
				return err
			}
		}
		return nil
	})
	return out, ok && err == nil, err
}

// consider looks at one open command, oldest first; done means that no later one
// may be looked at.
func (s *Service) consider(ctx context.Context, tx *db.Tx, c Command, channel string, carries func(Kind) bool, out *Command) (done bool, err error) {
	now, sp := s.db.Now(), specFor(c.Kind)
	if c.Deadline.Before(now) {
		return false, s.lapse(ctx, tx, c)
	}
	switch c.State {
	case Delivered:
		return false, nil
	case Sent:
		if !sp.waits {
			return false, nil
		}
		if c.AnswerBy.After(now) {
			return true, nil
		}
		again, err := s.lost(ctx, tx, c, "no answer came in time")
		return again, err
	}
	if c.NotBefore.After(now) || !carries(c.Kind) {
		return sp.waits && c.Args.For == "", nil // what the house itself asks holds nobody up
	}
	c.State, c.Channel, c.Attempts, c.SentAt, c.AnswerBy = Sent, channel, c.Attempts+1, now, now.Add(sp.answer)
	if err := s.save(ctx, tx, c); err != nil {
		return true, err
	}
	*out = c
	return true, nil
}

func specFor(k Kind) spec {
	s, _ := specOf(k)
	return s
}

// Lost records that a sent command's answer will not come: the session broke
// off. One that may be repeated is queued again; of any other the outcome is
// unknown, and it is never handed out again.
func (s *Service) Lost(ctx context.Context, id, reason string) error {
	ctx = scope.AsSystem(ctx, "command.lost")
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := find(ctx, tx, id)
		if err != nil || c.State != Sent {
			return err
		}
		if err := lock(ctx, tx, c.DeviceID); err != nil {
			return err
		}
		_, err = s.lost(ctx, tx, c, reason)
		return err
	})
}

func (s *Service) lost(ctx context.Context, tx *db.Tx, c Command, reason string) (again bool, err error) {
	if specFor(c.Kind).repeats && c.Attempts < maxAttempts {
		c.State, c.Reason, c.AnswerBy = Queued, reason+"; it is sent again", time.Time{}
		tx.AfterCommit(func() { s.hint(c.DeviceID) })
		return true, s.saveToWake(ctx, tx, c)
	}
	return false, s.end(ctx, tx, c, Unknown, "it was sent and its outcome is not known: "+reason)
}

// saveToWake saves a command that is queued again.
func (s *Service) saveToWake(ctx context.Context, tx *db.Tx, c Command) error {
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return wakeAt(ctx, tx, c.ID, s.db.Now().Add(firstBackoff).UnixMilli())
}

// lapse ends a command whose deadline has passed: what was delivered is done,
// what never left is expired.
func (s *Service) lapse(ctx context.Context, tx *db.Tx, c Command) error {
	switch {
	case c.State == Delivered && c.Kind == DeliverRevision:
		return s.end(ctx, tx, c, Done, "delivered; the phone has no channel that confirms it")
	case c.State == Delivered:
		return s.end(ctx, tx, c, Done, "the phone took it, and did not say since what became of it")
	case c.State == Sent:
		return s.end(ctx, tx, c, Unknown, "it was sent and no answer came")
	case c.Kind == DeliverRevision:
		return s.end(ctx, tx, c, Expired, "the phone did not fetch it in time; it gets the revision at its next fetch all the same")
	}
	return s.end(ctx, tx, c, Expired, "the phone did not come for it in time")
}

// Expire ends commands whose deadline has passed and those sent ones whose
// answer is overdue. It returns how many it moved; app runs it as a job.
func (s *Service) Expire(ctx context.Context) (n int, err error) {
	const chunk = 200
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		late, err := overdue(ctx, tx, s.db.Now().UnixMilli(), chunk)
		if err != nil {
			return err
		}
		for _, c := range late {
			if err := s.lapse(ctx, tx, c); err != nil {
				return err
			}
		}
		silent, err := unanswered(ctx, tx, s.db.Now().UnixMilli(), chunk)
		if err != nil {
			return err
		}
		for _, c := range silent {
			if _, err := s.lost(ctx, tx, c, "no answer came in time"); err != nil {
				return err
			}
		}
		n = len(late) + len(silent)
		return nil
	})
	return n, err
}
