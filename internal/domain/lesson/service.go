package lesson

import (
	"context"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	access  *access.Service
	audit   *audit.Service
	vendors *vendors.Set
	cache   cache
}

// New returns a service.
func New(d *db.DB, ac *access.Service, au *audit.Service, vs *vendors.Set) *Service {
	return &Service{db: d, access: ac, audit: au, vendors: vs, cache: cache{held: map[string]kept{}}}
}

// List lists a tenant's lessons, oldest first.
func (s *Service) List(ctx context.Context, t org.Tenant) (out []Lesson, err error) {
	if err := s.access.Authorize(ctx, access.TemplateRead, access.Where{TenantID: t.ID, Any: true}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = lessons(ctx, q, t.ID)
		return err
	})
	return out, err
}

// Learn reads a file and adds what it tells to the tenant's catalogs. It fails
// with Invalid for a file that the model's vendor cannot read, and with Conflict
// where it tells nothing new.
func (s *Service) Learn(ctx context.Context, t org.Tenant, in Input) (Learned, error) {
	if err := s.access.Authorize(ctx, access.TemplateWrite, access.Where{TenantID: t.ID}); err != nil {
		return Learned{}, err
	}
	l, err := s.read(t, in)
	if err != nil {
		return Learned{}, err
	}
	l.ID, l.Author, l.At = s.db.NewID(), scope.From(ctx).Actor.Name, s.db.Now()
	var out Learned
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := lessons(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if len(list) >= limit.Lessons {
			return fault.New(fault.Conflict, "there are %d lessons already; delete one that is no longer needed", len(list))
		}
		if out, err = s.gain(list, l); err != nil {
			return err
		}
		if out.NewKeys+out.NewNames+out.NewDefaults == 0 {
			return fault.New(fault.Conflict, "the file tells nothing that the catalog does not know").WithCode("nothing_new")
		}
		if err := insert(ctx, tx, l); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("lesson.learn", l, nil, l.view()))
	})
	return out, err
}

// Delete takes a lesson back. What only it told is undeliverable from then on;
// phones keep what they have until a plan says otherwise. version must be Version
// (Conflict).
func (s *Service) Delete(ctx context.Context, t org.Tenant, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		l, err := find(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.TemplateWrite, access.Where{TenantID: t.ID}); err != nil {
			return err
		}
		if version != Version {
			return fault.New(fault.Conflict, "a lesson never changes, and its version is %d", Version).WithCode("version")
		}
		if err := drop(ctx, tx, t.ID, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("lesson.delete", l, l.view(), nil))
	})
}

func (s *Service) read(t org.Tenant, in Input) (Lesson, error) {
	wrong := in.check()
	v, m, ok := s.vendors.ByModel(in.Model)
	if !ok {
		wrong = append(wrong, fault.Field{Path: "model", Message: "this model is not known"})
	}
	if len(wrong) > 0 {
		return Lesson{}, fault.InvalidFields("the file is not taken", wrong...)
	}
	learner, ok := s.vendors.AsLearner(v)
	if !ok {
		return Lesson{}, fault.New(fault.Invalid, "nothing can be learned from files of %s", v.Name())
	}
	source := in.Name
	if in.Firmware != "" {
		source += " (" + m.Name + " " + in.Firmware + ")"
	}
	rows, err := learner.Learn(vendors.Lesson{Name: source, Data: in.Data, Model: m.Name, Family: m.Family, Firmware: in.Firmware, Factory: in.Factory})
	if err != nil {
		return Lesson{}, err
	}
	if len(rows) == 0 {
		return Lesson{}, fault.New(fault.Invalid, "the file names no settings")
	}
	l := Lesson{TenantID: t.ID, Name: in.Name, Vendor: v.Name(), Model: m.Name, Firmware: in.Firmware, Factory: in.Factory, Names: len(rows), rows: rows}
	for i := range rows {
		if rows[i].Default {
			l.Defaults++
		} else {
			rows[i].Value, rows[i].HasValue = "", false // what a phone in use holds is nobody's business
		}
	}
	return l, nil
}

// gain is what a lesson adds to the others.
func (s *Service) gain(list []Lesson, l Lesson) (Learned, error) {
	before, err := s.build(list)
	if err != nil {
		return Learned{}, err
	}
	after, err := s.build(append(list[:len(list):len(list)], l))
	if err != nil {
		return Learned{}, err
	}
	was, will := before.Of(l.Vendor), after.Of(l.Vendor)
	out := Learned{Lesson: l}
	for _, k := range will.Keys() {
		if _, _, known := was.Lookup(k); !known {
			out.NewKeys++
		}
		if told(will, k, l) && !told(was, k, l) {
			out.NewNames++
		}
	}
	on := param.Target{Family: l.rows[0].Family, Model: l.Model, Firmware: l.Firmware}
	for _, d := range dialects(l) {
		on.Dialect = d
		out.NewDefaults += max(0, len(will.Defaults(on))-len(was.Defaults(on)))
	}
	out.LeftOut = max(0, l.Names-out.NewNames)
	return out, nil
}

// told reports whether the lesson's model can be told a key in any dialect of it.
func told(c *param.Catalog, k param.Key, l Lesson) bool {
	for _, d := range dialects(l) {
		if c.Spelled(k, param.Target{Dialect: d, Family: l.rows[0].Family, Model: l.Model, Firmware: l.Firmware}) {
			return true
		}
	}
	return false
}

// dialects are those that a lesson's names are of, in their order there.
func dialects(l Lesson) (out []string) {
	seen := map[string]bool{}
	for _, r := range l.rows {
		if !seen[r.Dialect] {
			seen[r.Dialect] = true
			out = append(out, r.Dialect)
		}
	}
	return out
}

func (l Lesson) view() map[string]any {
	return map[string]any{"name": l.Name, "vendor": l.Vendor, "model": l.Model, "firmware": l.Firmware, "factory": l.Factory, "names": l.Names, "defaults": l.Defaults}
}

func entry(action string, l Lesson, before, after any) audit.Entry {
	return audit.Entry{TenantID: l.TenantID, Action: action, SubjectKind: "lesson", SubjectID: l.ID, SubjectName: l.Name, Before: before, After: after}
}
