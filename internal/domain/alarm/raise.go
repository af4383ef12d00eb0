package alarm

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db     *db.DB
	access *access.Service
	audit  *audit.Service
	bus    bus.Bus
}

// New returns a service.
func New(d *db.DB, ac *access.Service, au *audit.Service, b bus.Bus) *Service {
	return &Service{db: d, access: ac, audit: au, bus: b}
}

// Cause is what raises an alarm. Name, Severity, Text, Remedy, OID, Type and Probable
// may be left empty for a code that is known (known.go). Text is told in plain words; what
// is longer than its limit is cut.
type Cause struct {
	Key
	Name     string
	Severity Severity
	Source   string
	Text     string
	Remedy   string
	OID      string
	Type     string
	Probable string
	Info     string
	Address  string
	Quiet    time.Duration // Hold leaves an open alarm that was raised less than this ago
}

// Raise opens an alarm, or counts up the one that is open for this key and
// takes over what it says now. Worse than before, it is active again though it
// was acknowledged; a mask stays. It is part of tx: there is the alarm exactly
// where its cause was written down. It fails with fault.Internal for a cause
// without code, subject or severity, and touches nothing then.
func (s *Service) Raise(ctx context.Context, tx *db.Tx, c Cause) error {
	c = complete(c)
	if c.Code == "" || c.Subject.Kind == "" || c.Severity.Rank() == 0 {
		return fault.New(fault.Internal, "raise the alarm %q on a %q: no code, subject or severity", c.Code, c.Subject.Kind)
	}
	if err := tx.Lock(ctx, "alarm."+c.Place.OrgID+"."+c.Subject.Kind+"."+c.Subject.ID+"."+c.Code); err != nil {
		return err
	}
	now := s.db.Now()
	a, err := findOpen(ctx, tx, c.Key)
	fresh := fault.Is(err, fault.NotFound)
	switch {
	case fresh:
		a = Alarm{ID: s.db.NewID(), Key: c.Key, State: Active, FirstAt: now}
	case err != nil:
		return fmt.Errorf("raise the alarm %s: %w", c.Code, err)
	}
	a.lapse(now)
	if !fresh && c.Severity.Rank() > a.Severity.Rank() {
		a.AckBy, a.AckAt = "", time.Time{}
		if a.State == Acknowledged {
			a.State = Active
		}
	}
	a.take(c, now)
	if fresh {
		err = db.Insert(ctx, tx, newRow(a))
	} else {
		err = save(ctx, tx, a)
	}
	if err != nil {
		return fmt.Errorf("raise the alarm %s: %w", c.Code, err)
	}
	s.announce(tx, a)
	return nil
}

// take writes what the cause says onto the alarm.
func (a *Alarm) take(c Cause, now time.Time) {
	a.Place, a.Subject = c.Place, c.Subject
	a.Name, a.Severity, a.Source, a.Text, a.Remedy, a.OID, a.Address = c.Name, c.Severity, c.Source, c.Text, c.Remedy, c.OID, c.Address
	a.Type, a.Probable, a.Info = c.Type, c.Probable, c.Info
	a.Count, a.LastAt, a.ChangedAt = a.Count+1, now, now
}

// complete fills in what is known of the code, and cuts what is too long.
func complete(c Cause) Cause {
	k, _ := Known(c.Code)
	first := func(a, b string) string {
		if a == "" {
			return b
		}
		return a
	}
	c.Name, c.Remedy, c.OID = first(c.Name, first(k.Name, c.Code)), first(c.Remedy, k.Remedy), first(c.OID, k.OID)
	c.Type, c.Probable, c.Text = first(c.Type, k.Type), first(c.Probable, k.Probable), first(c.Text, k.Text)
	if c.Severity == "" {
		c.Severity = k.Severity
	}
	c.Code, c.Name, c.Subject.Name = text(c.Code, maxName), text(c.Name, maxName), text(c.Subject.Name, maxName)
	c.Subject.Kind, c.Subject.ID = text(c.Subject.Kind, maxName), text(c.Subject.ID, maxName)
	c.Source, c.Address, c.OID = text(c.Source, maxName), text(c.Address, maxName), text(c.OID, maxName)
	c.Text, c.Remedy = text(c.Text, maxText), text(c.Remedy, maxText)
	c.Type, c.Probable, c.Info = text(c.Type, maxName), text(c.Probable, maxName), text(c.Info, maxText)
	return c
}

const (
	maxName = 128  // runes of a name, code, source or address
	maxText = 2000 // runes of what an alarm says
)

// Clear ends the open alarm of a key because its cause has gone; reason says how
// that is known. Where none is open it does nothing.
func (s *Service) Clear(ctx context.Context, tx *db.Tx, k Key, reason string) error {
	a, err := findOpen(ctx, tx, k)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		err = s.clear(ctx, tx, &a, "", reason)
	}
	if err != nil {
		return fmt.Errorf("clear the alarm %s: %w", k.Code, err)
	}
	return nil
}

// Open lists the open alarms on a subject, in a transaction of the caller's.
func (s *Service) Open(ctx context.Context, q db.Q, p Place, sub Subject) ([]Alarm, error) {
	return openOf(ctx, q, p, sub)
}

// ClearSubject ends every open alarm on a subject, as when it is deleted.
func (s *Service) ClearSubject(ctx context.Context, tx *db.Tx, p Place, sub Subject, reason string) error {
	list, err := openOf(ctx, tx, p, sub)
	for i := range list {
		if err == nil {
			err = s.clear(ctx, tx, &list[i], "", reason)
		}
	}
	if err != nil {
		return fmt.Errorf("clear the alarms of a %s: %w", sub.Kind, err)
	}
	return nil
}

func (s *Service) clear(ctx context.Context, tx *db.Tx, a *Alarm, by, reason string) error {
	now := s.db.Now()
	a.lapse(now)
	a.State, a.ClearedBy, a.ClearedAt, a.ClearReason, a.ChangedAt = Cleared, by, now, text(reason, maxText), now
	s.announce(tx, *a)
	return save(ctx, tx, *a)
}

// Set raises or clears by whether there is a cause, in a transaction of its own:
// for sweeps and for those who have none. A cause that stands unchanged raises
// no further: its count would only tell how often somebody looked.
func (s *Service) Set(ctx context.Context, k Key, c *Cause, gone string) error {
	ctx = scope.AsSystem(ctx, "alarm")
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if c == nil {
			return s.Clear(ctx, tx, k, gone)
		}
		return s.Hold(ctx, tx, *c)
	})
}

// Hold is Raise, but leaves an open alarm of the same severity as it is where it
// says the same or was raised less than Quiet ago. With Quiet, one that stands is
// raised each time that this has passed, whatever it says.
func (s *Service) Hold(ctx context.Context, tx *db.Tx, c Cause) error {
	full := complete(c)
	a, err := findOpen(ctx, tx, full.Key)
	same := a.Text == full.Text
	if full.Quiet > 0 {
		same = s.db.Now().Sub(a.LastAt) < full.Quiet
	}
	if err == nil && a.Severity == full.Severity && same {
		return nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return s.Raise(ctx, tx, c)
}

// announce tells whoever looks at the organization's alarms to look again, after
// the commit. Nobody listens for the platform's own.
func (s *Service) announce(tx *db.Tx, a Alarm) {
	if a.Place.OrgID != "" {
		tx.AfterCommit(func() { bus.Announce(s.bus, a.Place.OrgID, "alarms", a.ID) })
	}
}
