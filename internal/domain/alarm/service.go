package alarm

import (
	"context"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Filter narrows a list; empty fields do not. OrgID "" is the platform's own.
type Filter struct {
	db.Page
	OrgID       string
	States      []State // none: those that are open
	Severity    Severity
	SubjectKind string
	SubjectID   string
	Code        string
	Since       time.Time // raised last at or after
	Q           string    // words in name, subject, source, address and text
}

// List lists alarms that the context's scope sees, by when they were raised last
// unless the page says otherwise. It fails with fault.Invalid for an unknown
// state or severity.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Alarm], err error) {
	if f.Severity != "" && f.Severity.Rank() == 0 {
		return out, fault.InvalidFields("the list cannot be given so", fault.Field{Path: "severity", Message: "critical, major, minor, warning or indeterminate"})
	}
	for _, st := range f.States {
		if st != Active && st != Acknowledged && st != Masked && st != Cleared {
			return out, fault.InvalidFields("the list cannot be given so", fault.Field{Path: "state", Message: "active, acknowledged, masked, cleared, or several with commas"})
		}
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Counts returns how many alarms of an organization are active, by severity.
func (s *Service) Counts(ctx context.Context, orgID string) (out map[Severity]int, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = counts(ctx, q, orgID)
		return err
	})
	return out, err
}

// Get returns one alarm with its notes, oldest first, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (a Alarm, notes []Note, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		if a, err = find(ctx, q, id); err != nil {
			return err
		}
		notes, err = notesOf(ctx, q, id)
		return err
	})
	return a, notes, err
}

// Ack says that an operator has seen the alarm. One that is acknowledged already
// stays as it is; a masked one stays masked.
func (s *Service) Ack(ctx context.Context, id string) (Alarm, error) {
	return s.change(ctx, id, "alarm.ack", func(a *Alarm, by string, now time.Time) (bool, error) {
		if !a.AckAt.IsZero() {
			return false, nil
		}
		a.AckBy, a.AckAt = by, now
		if a.State == Active {
			a.State = Acknowledged
		}
		return true, nil
	})
}

// Unack takes that back.
func (s *Service) Unack(ctx context.Context, id string) (Alarm, error) {
	return s.change(ctx, id, "alarm.unack", func(a *Alarm, _ string, _ time.Time) (bool, error) {
		was := !a.AckAt.IsZero()
		a.AckBy, a.AckAt = "", time.Time{}
		if a.State == Acknowledged {
			a.State = Active
		}
		return was, nil
	})
}

// Mask silences an alarm until a time, at most limit.MaskDays ahead: it is
// counted, and nobody is told. A masked one gets the new time.
func (s *Service) Mask(ctx context.Context, id string, until time.Time) (Alarm, error) {
	return s.change(ctx, id, "alarm.mask", func(a *Alarm, by string, now time.Time) (bool, error) {
		if !until.After(now) || until.After(now.AddDate(0, 0, limit.MaskDays)) {
			return false, fault.InvalidFields("the alarm is not masked", fault.Field{Path: "until", Message: "a time from now on, at most 90 days ahead"})
		}
		a.State, a.MaskBy, a.MaskUntil = Masked, by, until.UTC().Truncate(time.Millisecond)
		return true, nil
	})
}

// Unmask ends a mask before its time.
func (s *Service) Unmask(ctx context.Context, id string) (Alarm, error) {
	return s.change(ctx, id, "alarm.unmask", func(a *Alarm, _ string, _ time.Time) (bool, error) {
		if a.State != Masked {
			return false, nil
		}
		a.unmask()
		return true, nil
	})
}

// ClearByHand ends an alarm by an operator's word. Where the cause goes on, the
// next time opens another one.
func (s *Service) ClearByHand(ctx context.Context, id, reason string) (Alarm, error) {
	return s.change(ctx, id, "alarm.clear", func(a *Alarm, by string, now time.Time) (bool, error) {
		if reason == "" {
			reason = "cleared by " + by
		}
		a.State, a.ClearedBy, a.ClearedAt, a.ClearReason = Cleared, by, now, text(reason, maxText)
		return true, nil
	})
}

// change lets an operator change an open alarm, with its audit row. do reports
// whether anything changed.
func (s *Service) change(ctx context.Context, id, action string, do func(a *Alarm, by string, now time.Time) (bool, error)) (a Alarm, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if a, err = s.forChange(ctx, tx, id); err != nil {
			return err
		}
		before, now := a.view(), s.db.Now()
		if a.State == Cleared {
			return fault.New(fault.Conflict, "the alarm is cleared already")
		}
		a.lapse(now)
		changed, err := do(&a, scope.From(ctx).Actor.Name, now)
		if err != nil || !changed {
			return err
		}
		a.ChangedAt = now
		if err := save(ctx, tx, a); err != nil {
			return err
		}
		s.announce(tx, a)
		return s.audit.Record(ctx, tx, a.entry(action, before, a.view()))
	})
	return a, err
}

// forChange finds an alarm that the actor may change, and holds it.
func (s *Service) forChange(ctx context.Context, tx *db.Tx, id string) (Alarm, error) {
	a, err := find(ctx, tx, id)
	if err != nil {
		return a, err
	}
	if err := s.access.Authorize(ctx, access.AlarmWrite, a.Where()); err != nil {
		return a, err
	}
	if err := tx.Lock(ctx, "alarm."+a.Place.OrgID+"."+a.Subject.Kind+"."+a.Subject.ID+"."+a.Code); err != nil {
		return a, err
	}
	return find(ctx, tx, id)
}

// AddNote writes an operator's note to an alarm, open or cleared; at most
// limit.AlarmNotes of them (Conflict).
func (s *Service) AddNote(ctx context.Context, id, body string) (n Note, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := s.forChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := checkNote(body); err != nil {
			return err
		}
		have, err := noteCount(ctx, tx, id)
		if err != nil {
			return err
		}
		if have >= limit.AlarmNotes {
			return fault.New(fault.Conflict, "an alarm keeps at most %d notes", limit.AlarmNotes)
		}
		n = Note{ID: s.db.NewID(), Author: scope.From(ctx).Actor.Name, Text: text(body, limit.AlarmNote), At: s.db.Now()}
		if err := db.Insert(ctx, tx, newNoteRow(a, n)); err != nil {
			return err
		}
		s.announce(tx, a)
		return s.audit.Record(ctx, tx, a.entry("alarm.note", nil, map[string]string{"text": n.Text}))
	})
	return n, err
}

func (a Alarm) view() map[string]any {
	v := map[string]any{"state": a.State}
	if !a.AckAt.IsZero() {
		v["ack_by"] = a.AckBy
	}
	if !a.MaskUntil.IsZero() {
		v["mask_until"] = a.MaskUntil
	}
	if a.ClearReason != "" {
		v["reason"] = a.ClearReason
	}
	return v
}

func (a Alarm) entry(action string, before, after any) audit.Entry {
	return audit.Entry{TenantID: a.Place.TenantID, OrgID: a.Place.OrgID, Action: action, SubjectKind: "alarm", SubjectID: a.ID, SubjectName: a.Name + ": " + a.Subject.Name, Before: before, After: after}
}
