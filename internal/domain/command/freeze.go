package command

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Freeze holds back everything that would change a phone: no command is handed
// out, no phone is woken, and a phone that fetches gets what it has. Reading goes
// on. It covers one device, an organization, a tenant, or the whole platform.
type Freeze struct {
	ID                        string
	TenantID, OrgID, DeviceID string // all "" = the platform
	Reason, Author            string
	At                        time.Time
}

// Covers names what a freeze covers.
func (f Freeze) Covers() string {
	switch {
	case f.DeviceID != "":
		return "device"
	case f.OrgID != "":
		return "organization"
	case f.TenantID != "":
		return "tenant"
	}
	return "platform"
}

// Extent says what a freeze is to cover. Where is the place that the operator
// needs the permission on.
type Extent struct {
	Where    access.Where
	DeviceID string
}

// freezeSubject is where nodes hear that a freeze was set or lifted.
const freezeSubject = "command.freeze"

// frozen is what is frozen, in memory.
type frozen struct {
	platform             bool
	tenants, orgs, units map[string]bool
}

func (f *frozen) holds(d device.Device) bool {
	return f.platform || f.tenants[d.TenantID] || f.orgs[d.OrgID] || f.units[d.ID]
}

// Frozen reports whether a device is held. It asks memory, which is at most two
// seconds old; the claim itself asks the database.
func (s *Service) Frozen(d device.Device) bool { return s.frozen.Load().holds(d) }

// Freeze sets the switch. One that is set already is a Conflict that says by
// whom.
func (s *Service) Freeze(ctx context.Context, e Extent, reason string) (f Freeze, err error) {
	if err := s.access.Authorize(ctx, access.FreezeWrite, e.Where); err != nil {
		return Freeze{}, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > limit.Description || strings.ContainsFunc(reason, control) {
		return Freeze{}, fault.InvalidFields("the freeze is not valid", fault.Field{Path: "reason", Message: "say why, in at most 256 characters"})
	}
	f = Freeze{ID: s.db.NewID(), TenantID: e.Where.TenantID, OrgID: e.Where.OrgID, DeviceID: e.DeviceID, Reason: reason, Author: scope.From(ctx).Actor.Name, At: s.db.Now()}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		old, ok, err := freezeAt(ctx, tx, f)
		if err != nil {
			return err
		}
		if ok {
			return fault.New(fault.Conflict, "it is frozen already, by %s: %s", old.Author, old.Reason).WithCode("frozen")
		}
		if err := insertFreeze(ctx, tx, f); err != nil {
			return err
		}
		s.switched(tx)
		return s.audit.Record(ctx, tx, f.entry("freeze.set"))
	})
	return f, err
}

// Thaw lifts the switch; Conflict where it is not set.
func (s *Service) Thaw(ctx context.Context, e Extent) error {
	if err := s.access.Authorize(ctx, access.FreezeWrite, e.Where); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		f, ok, err := freezeAt(ctx, tx, Freeze{TenantID: e.Where.TenantID, OrgID: e.Where.OrgID, DeviceID: e.DeviceID})
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Conflict, "it is not frozen").WithCode("not_frozen")
		}
		if err := deleteFreeze(ctx, tx, f.ID); err != nil {
			return err
		}
		s.switched(tx)
		return s.audit.Record(ctx, tx, f.entry("freeze.lift"))
	})
}

func (f Freeze) entry(action string) audit.Entry {
	return audit.Entry{TenantID: f.TenantID, OrgID: f.OrgID, Action: action, SubjectKind: f.Covers(), SubjectID: f.subject(), SubjectName: f.Covers(), After: map[string]string{"reason": f.Reason, "by": f.Author}}
}

func (f Freeze) subject() string {
	for _, id := range []string{f.DeviceID, f.OrgID, f.TenantID} {
		if id != "" {
			return id
		}
	}
	return "platform"
}

// Freezes lists what holds a device or an organization back, widest first: those
// of the platform and the tenant are told to whoever may see what they hold.
func (s *Service) Freezes(ctx context.Context, tenantID, orgID, deviceID string) (out []Freeze, err error) {
	err = s.db.Read(scope.AsSystem(ctx, "command.freezes"), func(q db.Q) error {
		out, err = freezesOver(ctx, q, tenantID, orgID, deviceID)
		return err
	})
	return out, err
}

// switched has every node look again.
func (s *Service) switched(tx *db.Tx) {
	tx.AfterCommit(func() {
		_ = s.bus.Publish(freezeSubject, nil) // who misses it looks again within two seconds
	})
}

// Refresh reads what is frozen. Run does so every second and whenever the switch
// is said to have moved.
func (s *Service) Refresh(ctx context.Context) error {
	var all []Freeze
	err := s.db.Read(scope.AsSystem(ctx, "command.freeze"), func(q db.Q) (err error) {
		all, err = allFreezes(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	next := &frozen{tenants: map[string]bool{}, orgs: map[string]bool{}, units: map[string]bool{}}
	for _, f := range all {
		switch f.Covers() {
		case "device":
			next.units[f.DeviceID] = true
		case "organization":
			next.orgs[f.OrgID] = true
		case "tenant":
			next.tenants[f.TenantID] = true
		default:
			next.platform = true
		}
	}
	s.frozen.Store(next)
	return nil
}

func (r freezeRow) freeze() Freeze {
	return Freeze{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, DeviceID: r.DeviceID, Reason: r.Reason, Author: r.Author, At: clock.FromMillis(r.At)}
}
