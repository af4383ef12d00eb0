package revision

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db        *db.DB
	vault     *secret.Vault
	access    *access.Service
	audit     *audit.Service
	devices   *device.Service
	accounts  *account.Service
	groups    *group.Service
	holders   *placeholder.Service
	templates *template.Service
	lessons   *lesson.Service
	redirects *rps.Service
	elsewhere func(string) Elsewhere
	vendors   *vendors.Set
	parts     parts
}

// Deps are what a Service needs.
type Deps struct {
	DB        *db.DB
	Vault     *secret.Vault
	Access    *access.Service
	Audit     *audit.Service
	Devices   *device.Service
	Accounts  *account.Service
	Groups    *group.Service
	Holders   *placeholder.Service
	Templates *template.Service
	Lessons   *lesson.Service
	Redirects *rps.Service
	Elsewhere func(url string) Elsewhere // nil: nothing is told of addresses
	Vendors   *vendors.Set
}

// New returns a service.
func New(d Deps) *Service {
	return &Service{db: d.DB, vault: d.Vault, access: d.Access, audit: d.Audit, devices: d.Devices, accounts: d.Accounts, groups: d.Groups, holders: d.Holders, templates: d.Templates, lessons: d.Lessons, redirects: d.Redirects, elsewhere: d.Elsewhere, vendors: d.Vendors}
}

// Explain compiles what a device has now, with the provenance of each value. A
// device before its first contact is shown as it would be bound then.
func (s *Service) Explain(ctx context.Context, d device.Device) (e Effective, st Status, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		w, err := s.load(ctx, q, []device.Device{d})
		if err != nil {
			return err
		}
		cur := w.states[d.ID]
		st = cur.status()
		if !cur.isBound() {
			if cur, err = w.firstContact(ctx, q, d); err != nil {
				return err
			}
		}
		stack, err := w.stack(ctx, q, d, cur)
		if err != nil {
			return err
		}
		e, err = Compile(stack)
		return err
	})
	return e, st, err
}

// Catalog returns the catalog of a device's vendor, with what its tenant has
// learned, and the target that its values are spelled for.
func (s *Service) Catalog(ctx context.Context, d device.Device) (*param.Catalog, param.Target, error) {
	cats, err := s.lessons.Of(ctx, d.TenantID)
	if err != nil {
		return nil, param.Target{}, err
	}
	return s.catalogOf(cats, d)
}

func (s *Service) catalogOf(cats lesson.Catalogs, d device.Device) (*param.Catalog, param.Target, error) {
	t, err := s.target(d)
	return cats.Of(d.Vendor), t, err
}

// model is a device's; the zero value where this version does not know it.
func (s *Service) model(d device.Device) vendors.Model {
	v, m, ok := s.vendors.ByModel(d.Model)
	if !ok || v.Name() != d.Vendor {
		return vendors.Model{}
	}
	return m
}

// target is what a device's values are spelled for.
func (s *Service) target(d device.Device) (param.Target, error) {
	if v, m, ok := s.vendors.ByModel(d.Model); ok && v.Name() == d.Vendor {
		return param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name, Firmware: d.Firmware}, nil
	}
	return param.Target{}, fault.New(fault.Conflict, "the model %s is not known to this version", d.Model)
}

// names judges names that the catalog does not have, in a vendor's dialect; nil
// where the vendor cannot.
func (s *Service) names(vendor, dialect string) func(string) bool {
	v, ok := s.vendors.Get(vendor)
	if !ok {
		return nil
	}
	n, ok := s.vendors.AsNamer(v)
	if !ok {
		return nil
	}
	return func(name string) bool { return n.IsName(dialect, name) }
}

// Desired returns the revision that a device should have, or NotFound where it
// has none yet.
func (s *Service) Desired(ctx context.Context, deviceID string) (r Revision, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		r, err = desired(ctx, q, &s.parts, deviceID)
		return err
	})
	return r, err
}

// Revision returns one kept revision of a device, or NotFound.
func (s *Service) Revision(ctx context.Context, deviceID, id string) (r Revision, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		r, err = findRevision(ctx, q, deviceID, id)
		return err
	})
	return r, err
}

// History lists a device's kept revisions, newest first, and where it stands.
func (s *Service) History(ctx context.Context, deviceID string) (out []Revision, st Status, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		states, err := loadStates(ctx, q, []string{deviceID})
		if err != nil {
			return err
		}
		st = states[deviceID].status()
		out, err = listRevisions(ctx, q, deviceID)
		return err
	})
	return out, st, err
}

// At returns the revision that a device had at a time, as far as it was
// delivered by then; where it had none, NotFound. An old one tells when it came
// and by which plan, and that its content is no longer kept.
func (s *Service) At(ctx context.Context, deviceID string, t time.Time) (r Revision, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		r, err = inForce(ctx, q, deviceID, t.UnixMilli())
		return err
	})
	return r, err
}

// Pin keeps a revision's content, or lets it go with the others again.
func (s *Service) Pin(ctx context.Context, d device.Device, seq int, keep bool) error {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return err
	}
	pinned := 0
	if keep {
		pinned = 1
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := setPinned(ctx, tx, d.ID, seq, pinned); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "revision.pin", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
			After: map[string]any{"seq": seq, "pinned": keep}})
	})
}

// Sweep removes what no kept revision holds any more; app runs it as a job.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return dropParts(ctx, tx) })
}

// FirstContact binds what matches a device and publishes its first revision. A
// device that has one already gets that one. Where the compile fails the device
// keeps none, the reason is recorded and returned as Invalid.
func (s *Service) FirstContact(ctx context.Context, d device.Device) (r Revision, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := s.load(ctx, tx, []device.Device{d})
		if err != nil {
			return err
		}
		if w.states[d.ID].isBound() {
			r, err = desired(ctx, tx, &s.parts, d.ID)
			if fault.Is(err, fault.NotFound) { // its hardware was replaced by such as nothing could be published for
				return fault.New(fault.Invalid, "%s", w.states[d.ID].Problem)
			}
			return err
		}
		st, err := w.firstContact(ctx, tx, d)
		if err != nil {
			return err
		}
		r, err = s.publish(ctx, tx, w, d, st, publication{author: "first contact", reason: "first contact"})
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, published(d, r))
	})
	if fault.Is(err, fault.Invalid) {
		return Revision{}, s.noteProblem(ctx, d, err)
	}
	return r, err
}

// noteProblem records why a device has no revision and returns the reason.
func (s *Service) noteProblem(ctx context.Context, d device.Device, cause error) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		states, err := loadStates(ctx, tx, []string{d.ID})
		if err != nil {
			return err
		}
		st := states[d.ID].of(d)
		st.Problem = fault.Message(cause)
		return saveState(ctx, tx, st, s.db.Now().UnixMilli())
	})
	if err != nil {
		return err
	}
	return cause
}

// Delivered records that a device took a revision completely. It is told which
// keys it now holds, so that a later revision can take them away.
func (s *Service) Delivered(ctx context.Context, tx *db.Tx, deviceID, revisionID string) error {
	states, err := loadStates(ctx, tx, []string{deviceID})
	if err != nil {
		return err
	}
	st, ok := states[deviceID]
	if !ok {
		return fault.New(fault.NotFound, "the device has no revision")
	}
	r, err := findRevision(ctx, tx, deviceID, revisionID)
	if err != nil {
		return err
	}
	now := s.db.Now().UnixMilli()
	st.Delivered, st.DeliveredAt = revisionID, now
	if err := noteDelivered(ctx, tx, deviceID, r.Seq, now); err != nil {
		return err
	}
	s.took(&st, r)
	return saveState(ctx, tx, st, now)
}

func (s state) isBound() bool { return s.Seq > 0 }

// of fills in whose state it is, for a device that had none.
func (s state) of(d device.Device) state {
	s.DeviceID, s.TenantID, s.OrgID = d.ID, d.TenantID, d.OrgID
	return s
}

func (s state) status() Status {
	return Status{Desired: s.Desired, Delivered: s.stateRow.Delivered, Confirmed: s.Confirmed, DeliveredAt: millis(s.DeliveredAt), ConfirmedAt: millis(s.ConfirmedAt), Problem: s.Problem}
}

func published(d device.Device, r Revision) audit.Entry {
	return audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "revision.publish", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
		After: map[string]any{"revision": r.ID, "seq": r.Seq, "reason": r.Reason, "plan": r.Plan}}
}

func macOf(s string) mac.Address { return mac.Address(strings.ToLower(s)) }
