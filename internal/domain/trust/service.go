package trust

import (
	"context"
	"crypto/x509"
	"strings"
	"sync"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Service is the exported face of the package. New makes one; Flush belongs to
// it. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	access *access.Service
	audit  *audit.Service
	noted  *noted

	anchors *db.Memo[string, []anchored] // by the names that a chain speaks of
	writing sync.Mutex                   // one flush at a time, so that who flushes finds written what was noted before
}

// New returns a service.
func New(d *db.DB, ac *access.Service, au *audit.Service) *Service {
	return &Service{db: d, access: ac, audit: au, noted: newNoted(), anchors: db.NewMemo[string, []anchored](d, limit.TrustedCAs, nil, "trusted_cas", "trusted_ca_names")}
}

// right is what an actor wants to do with a place's CAs.
type right int

const (
	see    right = iota // whoever is somewhere in the organization
	look                // at phones' certificates: of the whole organization
	change              // the same
)

// may checks that the actor may. The platform's CAs are the platform owner's alone.
func (s *Service) may(ctx context.Context, p Place, r right) error {
	read, write := access.OrgRead, access.OrgWrite
	if p == (Place{}) {
		read, write = access.SystemRead, access.TenantWrite
	}
	if r == change {
		read = write
	}
	return s.access.Authorize(ctx, read, access.Where{TenantID: p.TenantID, OrgID: p.OrgID, Any: r == see})
}

// List lists a place's CAs by name.
func (s *Service) List(ctx context.Context, p Place) (out []CA, err error) {
	if err := s.may(ctx, p, see); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listCAs(ctx, q, p)
		return err
	})
	return out, err
}

// Get returns one CA of a place, or NotFound.
func (s *Service) Get(ctx context.Context, p Place, id string) (out CA, err error) {
	if err := s.may(ctx, p, see); err != nil {
		return out, err
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = getCA(ctx, q, p, id)
		return err
	})
	return out, err
}

// Add takes a CA in. It proves nothing until its rule is confirmed. It fails with
// Invalid as ReadCAs does, and with Conflict for a name or certificate that the
// place has already.
func (s *Service) Add(ctx context.Context, p Place, name, text string) (CA, error) {
	if err := s.may(ctx, p, change); err != nil {
		return CA{}, err
	}
	now := s.db.Now()
	certs, err := ReadCAs(text, now)
	if err != nil {
		return CA{}, err
	}
	if name = strings.TrimSpace(name); name == "" {
		name = nameOf(certs[0])
	}
	ca := CA{ID: s.db.NewID(), TenantID: p.TenantID, OrgID: p.OrgID, Name: name, PEM: encode(certs), CreatedAt: now, UpdatedAt: now, Version: 1}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := listCAs(ctx, tx, p)
		if err != nil {
			return err
		}
		if len(list) >= limit.TrustedCAs {
			return fault.New(fault.Conflict, "there are %d trusted CAs already; delete one that is no longer needed", len(list))
		}
		if err := free(list, ca, certs); err != nil {
			return err
		}
		if err := insertCA(ctx, tx, ca, certs); err != nil {
			return err
		}
		if err := s.record(ctx, tx, "trusted-ca.create", ca, nil, &ca); err != nil {
			return err
		}
		ca, err = getCA(ctx, tx, p, ca.ID)
		return err
	})
	return ca, err
}

// nameOf is what a CA is called where nobody says.
func nameOf(c *x509.Certificate) string {
	name := c.Subject.CommonName
	if name == "" {
		name = c.Subject.String()
	}
	if name = plain(name, limit.Name-len("…")); strings.TrimSpace(name) == "" {
		return "CA"
	}
	return strings.TrimSpace(name)
}

// free checks that a place's other CAs have neither the name nor a certificate.
func free(list []CA, ca CA, certs []*x509.Certificate) error {
	if n := utf8.RuneCountInString(ca.Name); n == 0 || n > limit.Name {
		return fault.InvalidFields("the CA is not taken", fault.Field{Path: "name", Message: fault.New(fault.Invalid, "1 to %d characters", limit.Name).Error()})
	}
	for _, other := range list {
		if other.ID == ca.ID {
			continue
		}
		if strings.EqualFold(other.Name, ca.Name) {
			return fault.New(fault.Conflict, "another trusted CA is called %s already", other.Name).WithCode("name_taken")
		}
		for _, have := range other.Certificates {
			for _, c := range certs {
				if have.Fingerprint == fingerprint(c) {
					return fault.New(fault.Conflict, "the certificate %s is in the CA %s already", have.Subject, other.Name).WithCode("certificate_taken")
				}
			}
		}
	}
	return nil
}

// Update changes a CA. New certificates or another rule end the confirmation, at
// once. It fails as Add does, and with Conflict for another version.
func (s *Service) Update(ctx context.Context, p Place, id string, c Patch, version int64) (ca CA, err error) {
	err = s.alter(ctx, p, id, version, "trusted-ca.update", func(tx *db.Tx, ca *CA) error {
		certs, err := decode(ca.PEM)
		if err != nil {
			return err
		}
		if c.Name != nil {
			ca.Name = strings.TrimSpace(*c.Name)
		}
		if c.Rule != nil && *c.Rule != ca.Rule {
			if _, err := c.Rule.compile(); err != nil && *c.Rule != (Rule{}) {
				return err
			}
			ca.Rule = *c.Rule
			ca.unconfirm()
		}
		if c.PEM != nil {
			if certs, err = ReadCAs(*c.PEM, s.db.Now()); err != nil {
				return err
			}
			if text := encode(certs); text != ca.PEM {
				ca.PEM = text
				ca.unconfirm()
				if err := saveNames(ctx, tx, *ca, certs); err != nil {
					return err
				}
				if err := deleteSubjects(ctx, tx, ca.ID); err != nil { // they chained to others
					return err
				}
			}
		}
		list, err := listCAs(ctx, tx, p)
		if err != nil {
			return err
		}
		return free(list, *ca, certs)
	}, &ca)
	return ca, err
}

func (c *CA) unconfirm() {
	c.ConfirmedAt, c.ConfirmedBy, c.ConfirmedSubject, c.ConfirmedMAC = CA{}.ConfirmedAt, "", "", ""
}

// Try tells which MAC a rule reads in a certificate that was seen: the MAC, or
// why there is none. It fails with Invalid for a rule that cannot be.
func (s *Service) Try(ctx context.Context, p Place, id, subjectID string, r Rule) (m mac.Address, why string, err error) {
	if err := s.may(ctx, p, see); err != nil {
		return "", "", err
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		if _, err := getCA(ctx, q, p, id); err != nil {
			return err
		}
		if err := s.may(ctx, p, look); err != nil {
			return err
		}
		if _, err := r.compile(); err != nil {
			return err
		}
		sub, err := getSubject(ctx, q, id, subjectID)
		if err == nil {
			m, why = r.read(sub.leaf)
		}
		return unseen(err)
	})
	return m, why, err
}

// unseen tells which field names a certificate that there is not.
func unseen(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.InvalidFields("the rule is not tried", fault.Field{Path: "subject_id", Message: "no such certificate was seen under this CA"})
	}
	return err
}

// Confirm puts a rule in force. An operator has seen a real subject and the MAC
// that comes out of it: want, which has to be that MAC. It fails with Invalid
// where another one comes out, or none.
func (s *Service) Confirm(ctx context.Context, p Place, id, subjectID string, r Rule, want mac.Address, version int64) (ca CA, err error) {
	err = s.alter(ctx, p, id, version, "trusted-ca.confirm", func(tx *db.Tx, ca *CA) error {
		if _, err := r.compile(); err != nil {
			return err
		}
		sub, err := getSubject(ctx, tx, id, subjectID)
		if err != nil {
			return unseen(err)
		}
		got, why := r.read(sub.leaf)
		switch {
		case why != "":
			return fault.New(fault.Invalid, "the rule is not confirmed: in %s it reads no MAC: %s", sub.Subject, why)
		case got != want:
			return fault.New(fault.Invalid, "the rule is not confirmed: in %s it reads %s, not %s", sub.Subject, got.Colons(), want.Colons())
		}
		ca.Rule, ca.ConfirmedAt, ca.ConfirmedBy, ca.ConfirmedSubject, ca.ConfirmedMAC = r, s.db.Now(), scope.From(ctx).Actor.Name, sub.Subject, got
		return nil
	}, &ca)
	return ca, err
}

func (s *Service) alter(ctx context.Context, p Place, id string, version int64, action string, do func(*db.Tx, *CA) error, out *CA) error {
	if err := s.may(ctx, p, see); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		before, err := getCA(ctx, tx, p, id)
		if err != nil {
			return err
		}
		if err := s.may(ctx, p, change); err != nil {
			return err
		}
		if before.Version != version {
			return fault.New(fault.Conflict, "the trusted CA was changed by someone else meanwhile; load it again").WithCode("version")
		}
		after := before
		if err := do(tx, &after); err != nil {
			return err
		}
		after.UpdatedAt, after.Version = s.db.Now(), version+1
		if err := updateCA(ctx, tx, after, version); err != nil {
			return err
		}
		if err := s.record(ctx, tx, action, after, &before, &after); err != nil {
			return err
		}
		*out, err = getCA(ctx, tx, p, id)
		return err
	})
}

// Delete takes the trust away, at once, also from connections that are open.
// Devices that prove by certificates of the CA alone who they are get nothing
// from then on.
func (s *Service) Delete(ctx context.Context, p Place, id string, version int64) error {
	if err := s.may(ctx, p, see); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		ca, err := getCA(ctx, tx, p, id)
		if err != nil {
			return err
		}
		if err := s.may(ctx, p, change); err != nil {
			return err
		}
		if ca.Version != version {
			return fault.New(fault.Conflict, "the trusted CA was changed by someone else meanwhile; load it again").WithCode("version")
		}
		if err := deleteCA(ctx, tx, ca.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, "trusted-ca.delete", ca, &ca, nil)
	})
}

// Subjects lists the devices' certificates that were seen and chain to a CA, the
// latest first, and the rule that reads a MAC in most of them: the zero Rule where
// none does.
func (s *Service) Subjects(ctx context.Context, p Place, id string) (out []Subject, proposed Rule, err error) {
	if err := s.may(ctx, p, see); err != nil {
		return nil, Rule{}, err
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		if _, err := getCA(ctx, q, p, id); err != nil {
			return err
		}
		if err := s.may(ctx, p, look); err != nil {
			return err
		}
		out, err = listSubjects(ctx, q, id)
		return err
	})
	return out, guess(out), err
}

func (s *Service) record(ctx context.Context, tx *db.Tx, action string, ca CA, before, after *CA) error {
	e := audit.Entry{TenantID: ca.TenantID, OrgID: ca.OrgID, Action: action, SubjectKind: "trusted-ca", SubjectID: ca.ID, SubjectName: ca.Name}
	if before != nil {
		e.Before = before.view()
	}
	if after != nil {
		e.After = after.view()
	}
	return s.audit.Record(ctx, tx, e)
}

func (c CA) view() map[string]any {
	var prints []string
	if certs, err := decode(c.PEM); err == nil {
		for _, one := range certs {
			prints = append(prints, fingerprint(one))
		}
	}
	v := map[string]any{"name": c.Name, "sha256": prints, "rule_field": string(c.Rule.Field), "rule_pattern": c.Rule.Pattern, "confirmed": c.Confirmed()}
	if c.Confirmed() {
		v["confirmed_subject"], v["confirmed_mac"] = c.ConfirmedSubject, c.ConfirmedMAC.String()
	}
	return v
}
