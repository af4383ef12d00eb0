package trust

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/netip"
	"sync"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// noted are the certificates that were shown since they were last written, and
// the devices that proved by one who they are.
type noted struct {
	mu       sync.Mutex // guards what follows
	subjects map[[2]string]subjectRow
	uses     map[string]useRow
}

func newNoted() *noted {
	return &noted{subjects: map[[2]string]subjectRow{}, uses: map[string]useRow{}}
}

// Saw notes a certificate that chains to a CA under which it proves nothing, so
// that an operator finds it among the CA's subjects.
func (s *Service) Saw(shown Shown, f Found, from netip.Addr) {
	now, sum := clock.Millis(s.db.Now()), fingerprint(shown.leaf)
	key := [2]string{f.CA.ID, sum}
	s.noted.mu.Lock()
	defer s.noted.mu.Unlock()
	r, ok := s.noted.subjects[key]
	if !ok {
		if len(s.noted.subjects) >= limit.FlushRows {
			return
		}
		r = subjectRow{ID: s.db.NewID(), CAID: f.CA.ID, TenantID: f.CA.TenantID, OrgID: f.CA.OrgID, Fingerprint: sum, Subject: shown.Subject, Content: encode([]*x509.Certificate{shown.leaf}), FirstAt: now}
	}
	r.Address, r.LastAt = from.Unmap().String(), now
	r.Requests++
	s.noted.subjects[key] = r
}

// Used notes that a device proved by a certificate who it is.
func (s *Service) Used(shown Shown, f Found, deviceID string, p Place) {
	s.noted.mu.Lock()
	defer s.noted.mu.Unlock()
	if _, ok := s.noted.uses[deviceID]; !ok && len(s.noted.uses) >= limit.FlushRows {
		return
	}
	s.noted.uses[deviceID] = useRow{DeviceID: deviceID, TenantID: p.TenantID, OrgID: p.OrgID, CAID: f.CA.ID, Subject: shown.Subject, Fingerprint: fingerprint(shown.leaf),
		EndsAt: clock.Millis(shown.leaf.NotAfter), LastAt: clock.Millis(s.db.Now())}
}

// Flush writes down what was noted since the last time.
func (s *Service) Flush(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.noted.mu.Lock()
	subjects, uses := s.noted.subjects, s.noted.uses
	s.noted.subjects, s.noted.uses = map[[2]string]subjectRow{}, map[string]useRow{}
	s.noted.mu.Unlock()
	if len(subjects)+len(uses) == 0 {
		return nil
	}
	ctx = scope.AsSystem(ctx, "trust.flush")
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		full := map[string]bool{}
		for _, r := range subjects {
			if err := saveSubject(ctx, tx, r); err != nil {
				return err
			}
			full[r.CAID] = true
		}
		for ca := range full {
			if err := trimSubjects(ctx, tx, ca); err != nil {
				return err
			}
		}
		for _, r := range uses {
			if err := saveUse(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write down %d certificates and their %d uses: %w", len(subjects), len(uses), err)
	}
	return nil
}

// DropDevice forgets by which certificate a device proved who it is, before the
// device itself goes.
func DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	return deleteUse(ctx, tx, deviceID)
}

// Moved takes what a device proved by certificates along to another organization.
func Moved(ctx context.Context, tx *db.Tx, deviceID, orgID string) error {
	return db.Rehome(ctx, tx, deviceID, orgID, "certificate_uses")
}

// Proved reports whether a device proved itself by a certificate before, as far as
// that is written down. ctx is the system's.
func Proved(ctx context.Context, q db.Q, deviceID string) (bool, error) {
	return hasUse(ctx, q, deviceID)
}

func missing(what string) error { return fault.New(fault.NotFound, "%s not found", what) }
