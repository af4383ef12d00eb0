package template

import (
	"context"
	"strings"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	vault   *secret.Vault
	access  *access.Service
	audit   *audit.Service
	orgs    *org.Service
	devices *device.Service
	groups  *group.Service
	lessons *lesson.Service
	vendors *vendors.Set
}

// JobFollow is the job that pushes a new version of a template to the devices
// that follow it; app registers the task's handler. Follow is its payload.
const JobFollow = "template.follow"

// Follow is the payload of JobFollow.
type Follow struct {
	SourceID string
	Number   int
	TenantID string
	OrgID    string
	Author   string
}

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Vault   *secret.Vault
	Access  *access.Service
	Audit   *audit.Service
	Orgs    *org.Service
	Devices *device.Service
	Groups  *group.Service
	Lessons *lesson.Service
	Vendors *vendors.Set
}

// New returns a service.
func New(d Deps) *Service {
	return &Service{db: d.DB, vault: d.Vault, access: d.Access, audit: d.Audit, orgs: d.Orgs, devices: d.Devices, groups: d.Groups, lessons: d.Lessons, vendors: d.Vendors}
}

// Filter narrows a list of templates.
type Filter struct {
	db.Page
	OrgID string
	Kind  Kind
	Q     string
}

// List lists an organization's templates; overrides are not among them.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Source], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listSources(ctx, q, f)
		return err
	})
	makers := map[string][]Item{}
	for i, src := range out.Items {
		out.Items[i] = s.judged(src, makers)
	}
	return out, err
}

// Get returns one template, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (src Source, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		src, err = s.GetIn(ctx, q, id)
		return err
	})
	return s.judged(src, nil), err
}

// GetIn is Get inside a transaction.
func (s *Service) GetIn(ctx context.Context, q db.Q, id string) (Source, error) {
	return findSource(ctx, q, "c.id = ?", id)
}

// Versions lists a source's versions, newest first.
func (s *Service) Versions(ctx context.Context, id string) (out []Version, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listVersions(ctx, q, id)
		return err
	})
	return out, err
}

// VersionIn returns one version of a source inside a transaction, or NotFound.
func (s *Service) VersionIn(ctx context.Context, q db.Q, id string, number int) (Version, error) {
	return findVersion(ctx, q, id, number)
}

// ScopedIn lists the sources that may bind themselves at first contact.
func (s *Service) ScopedIn(ctx context.Context, q db.Q, orgID string) ([]Source, error) {
	return scoped(ctx, q, orgID)
}

// Input makes or changes a template; nil leaves a field as it is.
type Input struct {
	Kind              Kind
	Name, Description *string
	Vendor, Model     *string
	SiteID, GroupID   *string
	Auto              *Auto
	AutoSites         *[]string
	Follow            *bool
	Server            *string
	Include           *bool
	Draft             *[]Item
	Starter           bool // of a new template for one model: without a draft it begins with the maker's own
}

// Create makes a template with an empty draft, or the one given.
func (s *Service) Create(ctx context.Context, o org.Org, in Input) (Source, error) {
	now := s.db.Now()
	src := Source{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, Kind: in.Kind, CreatedAt: now, UpdatedAt: now, Version: 1}
	if in.Name == nil {
		in.Name = new(string)
	}
	if err := s.access.Authorize(ctx, access.TemplateWrite, src.Where()); err != nil {
		return Source{}, err
	}
	if err := s.apply(ctx, &src, in); err != nil {
		return Source{}, err
	}
	if in.Starter && in.Draft == nil {
		items, ok := s.starter(src)
		if !ok {
			return Source{}, fault.InvalidFields("template is not valid", fault.Field{Path: "starter", Message: "a template begins with the maker's own where it is for one model"})
		}
		src.Draft = s.signed(ctx, nil, items)
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.sealDraft(ctx, tx, &src); err != nil {
			return err
		}
		row, err := newSourceRow(src)
		if err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, row); err != nil {
			return taken(err, src.Name)
		}
		return s.audit.Record(ctx, tx, entry("template.create", src, nil, src.view()))
	})
	return s.judged(src, nil), err
}

// Update changes a template's fields or draft. version must be the current one
// (Conflict). It changes no phone.
func (s *Service) Update(ctx context.Context, id string, in Input, version int64) (Source, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, err
	}
	if err := s.access.Authorize(ctx, access.TemplateWrite, src.Where()); err != nil {
		return Source{}, err
	}
	before := src.view()
	in.Kind = src.Kind
	if err := s.apply(ctx, &src, in); err != nil {
		return Source{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.sealDraft(ctx, tx, &src); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &src, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("template.update", src, before, src.view()))
	})
	return s.judged(src, nil), err
}

// SaveVersion makes the draft the next version. version must be the record's
// current one (Conflict).
func (s *Service) SaveVersion(ctx context.Context, id, note string, version int64) (v Version, err error) {
	if utf8.RuneCountInString(note) > limit.Description {
		return Version{}, fault.InvalidFields("version is not valid", fault.Field{Path: "note", Message: "at most 256 characters"})
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		src, err := findSource(ctx, tx, "c.id = ?", id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.TemplateWrite, src.Where()); err != nil {
			return err
		}
		v, err = s.saveVersion(ctx, tx, &src, Version{Note: note}, version)
		if err != nil {
			return err
		}
		if err := s.follow(ctx, tx, src, v); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("template.version", src, nil, map[string]any{"number": v.Number, "note": note, "values": len(v.Items)}))
	})
	return v, err
}

// follow has a version pushed to the devices that follow the template. Whoever
// saves it does what a push does, and needs the permission for it.
func (s *Service) follow(ctx context.Context, tx *db.Tx, src Source, v Version) error {
	if !src.Follow || src.Devices == 0 {
		return nil
	}
	if err := s.access.Authorize(ctx, access.PlanPush, src.Where()); err != nil {
		return err
	}
	return tx.Enqueue(ctx, db.Job{Kind: JobFollow, Payload: Follow{SourceID: src.ID, Number: v.Number, TenantID: src.TenantID, OrgID: src.OrgID, Author: v.Author}})
}

// saveVersion makes the draft the next version; v brings its note and original.
func (s *Service) saveVersion(ctx context.Context, tx *db.Tx, src *Source, v Version, version int64) (Version, error) {
	src.Latest++
	v.SourceID, v.Number, v.Items, v.Include, v.Author, v.At = src.ID, src.Latest, src.Draft, src.Include, scope.From(ctx).Actor.Name, s.db.Now()
	if err := insertVersion(ctx, tx, *src, v); err != nil {
		return Version{}, err
	}
	return v, s.save(ctx, tx, src, version)
}

func (s *Service) save(ctx context.Context, tx *db.Tx, src *Source, version int64) error {
	src.UpdatedAt, src.Version = s.db.Now(), version+1
	row, err := newSourceRow(*src)
	if err != nil {
		return err
	}
	return taken(db.UpdateAt(ctx, tx, row, version, "template"), src.Name)
}

// Delete removes a template that no device is bound to.
func (s *Service) Delete(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		src, err := findSource(ctx, tx, "c.id = ?", id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.TemplateWrite, src.Where()); err != nil {
			return err
		}
		if src.Devices > 0 {
			return fault.New(fault.Conflict, "%d devices have values from %s; push it away from them first", src.Devices, src.Name)
		}
		if err := deleteSource(ctx, tx, id, version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry("template.delete", src, src.view(), nil))
	})
}

// apply checks the input and writes it onto the source.
func (s *Service) apply(ctx context.Context, src *Source, in Input) error {
	var wrong []fault.Field
	if in.Name != nil {
		wrong = append(wrong, checkName(*in.Name)...)
		src.Name = strings.TrimSpace(*in.Name)
	}
	if in.Description != nil {
		if utf8.RuneCountInString(*in.Description) > limit.Description {
			wrong = append(wrong, fault.Field{Path: "description", Message: "at most 256 characters"})
		}
		src.Description = *in.Description
	}
	setIf(&src.Vendor, in.Vendor)
	setIf(&src.Model, in.Model)
	setIf(&src.SiteID, in.SiteID)
	setIf(&src.GroupID, in.GroupID)
	if in.Auto != nil {
		src.Auto = *in.Auto
	}
	if in.AutoSites != nil {
		src.AutoSites = *in.AutoSites
	}
	if in.Follow != nil {
		src.Follow = *in.Follow
	}
	setIf(&src.Server, in.Server)
	where, err := s.checkScope(ctx, src, in)
	if err != nil {
		return err
	}
	if err := s.checkInclude(src, in); err != nil {
		return err
	}
	wrong = append(append(wrong, where...), checkServer(src)...)
	if in.Draft != nil {
		bad, err := s.redraft(ctx, src, *in.Draft)
		if err != nil {
			return err
		}
		wrong = append(wrong, bad...)
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("template is not valid", wrong...)
	}
	return nil
}

// redraft makes items the source's draft, and returns what is wrong with them.
func (s *Service) redraft(ctx context.Context, src *Source, items []Item) ([]fault.Field, error) {
	cats, err := s.lessons.Of(ctx, src.TenantID)
	if err != nil {
		return nil, err
	}
	items, wrong := checkItems(cats, src.Vendor, items)
	src.Draft = s.signed(ctx, src.Draft, items)
	return append(wrong, masked(cats, src.Draft)...), nil
}

func setIf(to, from *string) {
	if from != nil {
		*to = *from
	}
}

// Where says where the source belongs, for access.
func (s Source) Where() access.Where {
	return access.Where{TenantID: s.TenantID, OrgID: s.OrgID}
}

func (s Source) view() map[string]any {
	values := make(map[string]string, len(s.Draft))
	for _, it := range s.Draft {
		values[string(it.Key)] = it.Value
		if it.Secret != "" {
			values[string(it.Key)] = it.Secret
		}
	}
	return map[string]any{"name": s.Name, "kind": s.Kind, "vendor": s.Vendor, "model": s.Model, "auto": s.Auto, "auto_sites": s.AutoSites, "site_id": s.SiteID, "group_id": s.GroupID,
		"follow": s.Follow, "server": s.Server, "include": s.Include, "values": values}
}

func entry(action string, src Source, before, after any) audit.Entry {
	return audit.Entry{TenantID: src.TenantID, OrgID: src.OrgID, Action: action, SubjectKind: "template", SubjectID: src.ID, SubjectName: src.Name, Before: before, After: after}
}

func taken(err error, name string) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "there is a template %q of this kind already", name)
	}
	return err
}
