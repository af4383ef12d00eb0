package rps

import (
	"context"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	vault   *secret.Vault
	access  *access.Service
	audit   *audit.Service
	orgs    *org.Service
	devices *device.Service
}

// New returns a service.
func New(d *db.DB, v *secret.Vault, ac *access.Service, au *audit.Service, orgs *org.Service, dev *device.Service) *Service {
	return &Service{db: d, vault: v, access: ac, audit: au, orgs: orgs, devices: dev}
}

// JobDeliver delivers a profile that was edited where that was cut short; its
// payload is a Delivery.
const JobDeliver = "rps.deliver"

// deliverAfter is how long whoever edits a profile has for pushing it at once.
const deliverAfter = time.Minute

// Delivery asks that a profile's associated devices get its latest version.
// Leaving says that phones may be sent away from this server.
type Delivery struct {
	TenantID  string
	ProfileID string
	Number    int
	Name      string
	Author    string
	Leaving   bool
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	db.Page
	TenantID string
	OrgID    string // assigned to it, or to one of its devices
	Q        string // part of the name or the path
}

// List lists a tenant's profiles.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Profile], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns one profile that is there, or NotFound.
func (s *Service) Get(ctx context.Context, t org.Tenant, id string) (p Profile, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		p, err = s.in(ctx, q, t, id)
		return err
	})
	return p, err
}

func (s *Service) in(ctx context.Context, q db.Q, t org.Tenant, id string) (Profile, error) {
	p, err := find(ctx, q, id)
	if err == nil && p.TenantID != t.ID {
		err = fault.New(fault.NotFound, "redirection profile not found")
	}
	return p, err
}

// Versions lists the states of a profile, newest first.
func (s *Service) Versions(ctx context.Context, t org.Tenant, id string) (out []Version, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		if _, err := s.in(ctx, q, t, id); err != nil {
			return err
		}
		out, err = listVersions(ctx, q, id)
		return err
	})
	return out, err
}

// VersionIn returns a state of a profile inside a transaction, also of a deleted
// one: devices may be bound to it still.
func (s *Service) VersionIn(ctx context.Context, q db.Q, id string, number int) (Version, error) {
	return findVersion(ctx, q, id, number)
}

// Create makes a profile. Nobody is associated with it yet.
func (s *Service) Create(ctx context.Context, t org.Tenant, in Input) (p Profile, err error) {
	if err := s.access.Authorize(ctx, access.RPSWrite, access.Where{TenantID: t.ID}); err != nil {
		return Profile{}, err
	}
	now := s.db.Now()
	p = Profile{ID: s.db.NewID(), TenantID: t.ID, Number: 1, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := p.apply(in); err != nil {
		return Profile{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if n, err := countProfiles(ctx, tx, t.ID); err != nil || n >= limit.Redirections {
			if err == nil {
				err = fault.New(fault.Conflict, "there are %d redirection profiles already; delete one that is no longer needed", n)
			}
			return err
		}
		if err := s.seal(ctx, tx, &p, in.Password); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, newProfileRow(p)); err != nil {
			return taken(err, p.Name)
		}
		if err := insertVersion(ctx, tx, p, scope.From(ctx).Actor.Name); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("rps.create", p, nil, p.view()))
	})
	return p, err
}

// seal keeps a password that was given; an empty one takes it away.
func (s *Service) seal(ctx context.Context, tx *db.Tx, p *Profile, password *secret.String) (err error) {
	switch {
	case password == nil:
	case password.IsZero():
		p.Password = ""
	case p.Password != "":
		p.Password, err = s.vault.Reseal(ctx, tx, p.Password, *password)
	default:
		p.Password, err = s.vault.Seal(ctx, tx, secret.Owner{TenantID: p.TenantID, Kind: "rps", ID: p.ID}, *password)
	}
	return err
}

func (p Profile) delivery(author string, leaving bool) Delivery {
	return Delivery{TenantID: p.TenantID, ProfileID: p.ID, Number: p.Number, Name: p.Name, Author: author, Leaving: leaving}
}

// Delivery is what brings a profile's latest version to its devices, as the asker.
func (s *Service) Delivery(ctx context.Context, p Profile, leaving bool) Delivery {
	return p.delivery(scope.From(ctx).Actor.Name, leaving)
}

// Pending reports whether a delivery still has to be done: its version is the
// latest, and nobody has pushed it everywhere.
func (s *Service) Pending(ctx context.Context, d Delivery) (is bool, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		p, err := find(ctx, q, d.ProfileID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		is = p.Pending == d.Number
		return err
	})
	return is, err
}

// Settled records that a delivery was pushed everywhere, or waits for an operator.
func (s *Service) Settled(ctx context.Context, d Delivery) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return settled(ctx, tx, d.ProfileID, d.Number) })
}

// Deliver says what an edit does about the phones: nil leaves them as they are.
type Deliver struct {
	Leaving bool // also where it sends phones away from this server
}

// Update changes a profile; other settings are a new version of it. version must
// be the current one (Conflict). With deliver the job that brings the new version
// to all associated devices is written along, which needs plan.push on the
// tenant.
func (s *Service) Update(ctx context.Context, t org.Tenant, id string, in Input, deliver *Deliver, version int64) (p Profile, err error) {
	at := access.Where{TenantID: t.ID}
	if err := s.access.Authorize(ctx, access.RPSWrite, at); err != nil {
		return Profile{}, err
	}
	if deliver != nil {
		if err := s.access.Authorize(ctx, access.PlanPush, at); err != nil {
			return Profile{}, err
		}
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if p, err = s.in(ctx, tx, t, id); err != nil {
			return err
		}
		before, was := p.view(), p.Settings
		if err := p.apply(in); err != nil {
			return err
		}
		if err := s.seal(ctx, tx, &p, in.Password); err != nil {
			return err
		}
		p.UpdatedAt, p.Version = s.db.Now(), version+1
		if p.Settings != was {
			p.Number++
			if err := insertVersion(ctx, tx, p, scope.From(ctx).Actor.Name); err != nil {
				return err
			}
		}
		if deliver != nil {
			p.Pending = p.Number
		}
		if err := taken(db.UpdateAt(ctx, tx, newProfileRow(p), version, "redirection profile"), p.Name); err != nil {
			return err
		}
		if deliver != nil {
			if err := tx.Enqueue(ctx, db.Job{Kind: JobDeliver, Payload: p.delivery(scope.From(ctx).Actor.Name, deliver.Leaving), At: p.UpdatedAt.Add(deliverAfter)}); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, tx, entry("rps.update", p, before, p.view()))
	})
	return p, err
}

// Delete ends a profile and all its associations, and changes no phone: what they
// took they keep. Its record and the ended associations stay readable. version
// must be the current one (Conflict).
func (s *Service) Delete(ctx context.Context, t org.Tenant, id string, version int64) error {
	if err := s.access.Authorize(ctx, access.RPSWrite, access.Where{TenantID: t.ID}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.in(ctx, tx, t, id)
		if err != nil {
			return err
		}
		now := s.db.Now()
		p.DeletedAt, p.Version = now, version+1
		if err := db.UpdateAt(ctx, tx, newProfileRow(p), version, "redirection profile"); err != nil {
			return err
		}
		n, err := end(ctx, tx, scope.From(ctx).Actor.Name, now.UnixMilli(), "profile_id = ?", id)
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("rps.delete", p, p.view(), map[string]any{"associations_ended": n}))
	})
}

func entry(action string, p Profile, before, after any) audit.Entry {
	return audit.Entry{TenantID: p.TenantID, Action: action, SubjectKind: "rps", SubjectID: p.ID, SubjectName: p.Name, Before: before, After: after}
}
