package resource

import (
	"context"
	"errors"
	"io"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/blob"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// keptNames is how many names' images for anyone are kept.
const keptNames = 1000

// Service is the exported face of the package. New makes one.
type Service struct {
	db      *db.DB
	blobs   *blob.Store
	access  *access.Service
	audit   *audit.Service
	vendors *vendors.Set
	anyones *db.Memo[string, Resource] // images for anyone, by name
}

// New returns a service.
func New(d *db.DB, b *blob.Store, ac *access.Service, au *audit.Service, vs *vendors.Set) *Service {
	return &Service{db: d, blobs: b, access: ac, audit: au, vendors: vs, anyones: db.NewMemo[string, Resource](d, keptNames, nil, "resources", "anyone_names")}
}

// Filter narrows a list; empty fields do not, but Kinds.
type Filter struct {
	db.Page
	OrgID  string
	Kinds  []Kind
	Vendor string
	Q      string // part of a name or of the description
}

// List lists an organization's files, newest first.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Resource], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns one file's record, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (r Resource, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		r, err = find(ctx, q, id)
		return err
	})
	return r, err
}

// Open opens a file's bytes, which are checked while they are read. It fails with
// NotFound where they are gone or cut short.
func (s *Service) Open(ctx context.Context, r Resource) (io.ReadSeekCloser, error) {
	f, size, err := s.blobs.Get(ctx, r.Hash)
	if err != nil {
		return nil, err
	}
	if size != r.Size {
		return nil, errors.Join(fault.New(fault.NotFound, "the stored file is damaged: upload it again"), f.Close())
	}
	return f, nil
}

// Present reports whether a file's bytes are there in their full length.
func (s *Service) Present(ctx context.Context, r Resource) bool {
	f, err := s.Open(ctx, r)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// Taken are bytes in the store that no file has yet.
type Taken struct {
	Hash blob.Hash
	Size int64
}

// Take stores bytes for a file of the organization, at most limit of them. Create
// or Drop comes next.
func (s *Service) Take(ctx context.Context, o org.Org, data io.Reader, most int64) (Taken, error) {
	if err := s.access.Authorize(ctx, access.ResourceWrite, access.Where{TenantID: o.TenantID, OrgID: o.ID}); err != nil {
		return Taken{}, err
	}
	h, n, err := s.blobs.Put(ctx, data, most)
	return Taken{h, n}, err
}

// Drop throws taken bytes away that came to be no file.
func (s *Service) Drop(ctx context.Context, t Taken) error {
	if t.Hash == "" {
		return nil
	}
	return s.db.Write(scope.AsSystem(context.WithoutCancel(ctx), "resource.drop"), func(tx *db.Tx) error {
		if uses, err := use(ctx, tx, t.Hash, 0); err != nil || uses > 0 {
			return err
		}
		return s.blobs.Delete(ctx, t.Hash)
	})
}

// Create makes a file of what was taken. It fails with Conflict where the
// organization has these bytes already, or where another image is for anyone
// under one of the names. On a failure the bytes are dropped.
func (s *Service) Create(ctx context.Context, o org.Org, in Input, t Taken) (Resource, error) {
	r, err := s.create(ctx, o, in, t)
	if err != nil {
		err = errors.Join(err, s.Drop(ctx, t))
	}
	return r, err
}

func (s *Service) create(ctx context.Context, o org.Org, in Input, t Taken) (Resource, error) {
	now := s.db.Now()
	r := Resource{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, Kind: in.Kind, Name: baseName(in.Name), Hash: t.Hash, Size: t.Size, Served: true,
		Author: scope.From(ctx).Actor.Name, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := s.access.Authorize(ctx, access.ResourceWrite, r.Where()); err != nil {
		return r, err
	}
	if err := s.fill(&r, in); err != nil {
		return r, err
	}
	if err := s.mayAnyone(ctx, false, r.Anyone); err != nil {
		return r, err
	}
	if err := s.readable(ctx, r); err != nil {
		return r, err
	}
	return r, s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := count(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if n >= limit.Resources {
			return fault.New(fault.Conflict, "the organization has %d files already; delete one that is no longer needed", n)
		}
		w, err := newRow(r)
		if err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, w); db.IsUnique(err) {
			return fault.New(fault.Conflict, "the organization has this very file already").WithCode("same_file")
		} else if err != nil {
			return err
		}
		if err := taken(nameIt(ctx, tx, r)); err != nil {
			return err
		}
		if _, err := use(ctx, tx, r.Hash, 1); err != nil {
			return err
		}
		if !s.Present(ctx, r) {
			return fault.New(fault.Unavailable, "the file was deleted meanwhile; upload it again")
		}
		return s.audit.Record(ctx, tx, entry(string(r.Kind)+".upload", r, nil, r.view()))
	})
}

// Update changes what is told of a file; its bytes never change. version must be
// the current one (Conflict).
func (s *Service) Update(ctx context.Context, id string, in Input, version int64) (r Resource, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if r, err = find(ctx, tx, id); err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.ResourceWrite, r.Where()); err != nil {
			return err
		}
		before, was := r.view(), r.Anyone
		wrong := append(r.apply(in), s.setModels(&r, in)...)
		if len(wrong) > 0 {
			return fault.InvalidFields("the file is not valid", wrong...)
		}
		if err := s.mayAnyone(ctx, was, r.Anyone); err != nil {
			return err
		}
		r.UpdatedAt, r.Version = s.db.Now(), version+1
		w, err := newRow(r)
		if err != nil {
			return err
		}
		if err := db.UpdateAt(ctx, tx, w, version, "file"); err != nil {
			return err
		}
		if err := taken(nameIt(ctx, tx, r)); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, entry(string(r.Kind)+".update", r, before, r.view()))
	})
	return r, err
}

// Delete removes a file, and its bytes where nobody else has the same.
func (s *Service) Delete(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.ResourceWrite, r.Where()); err != nil {
			return err
		}
		if err := s.mayAnyone(ctx, r.Anyone, false); err != nil {
			return err
		}
		if err := remove(ctx, tx, id, version); err != nil {
			return err
		}
		if err := s.audit.Record(ctx, tx, entry(string(r.Kind)+".delete", r, r.view(), nil)); err != nil {
			return err
		}
		uses, err := use(ctx, tx, r.Hash, -1)
		if err != nil || uses > 0 {
			return err
		}
		return s.blobs.Delete(ctx, r.Hash)
	})
}

// mayAnyone guards what strangers get: an image that is, or becomes, for anyone
// is the platform's business, not one organization's.
func (s *Service) mayAnyone(ctx context.Context, was, is bool) error {
	if !was && !is {
		return nil
	}
	return s.access.Authorize(ctx, access.TenantWrite, access.Where{})
}

func entry(action string, r Resource, before, after any) audit.Entry {
	return audit.Entry{TenantID: r.TenantID, OrgID: r.OrgID, Action: action, SubjectKind: string(r.Kind), SubjectID: r.ID, SubjectName: r.Name, Before: before, After: after}
}

func taken(err error) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "another image is for anyone under one of these names already").WithCode("anyone_taken")
	}
	return err
}

// fill takes an upload's fields over and adds what is usual.
func (s *Service) fill(r *Resource, in Input) error {
	if in.FileVersion == nil || strings.TrimSpace(*in.FileVersion) == "" {
		v := ""
		if r.Kind == Firmware {
			v = VersionIn(r.Name)
		}
		in.FileVersion = &v
	}
	r.Vendor = in.Vendor
	wrong := s.setModels(r, in)
	if r.Kind.MaxBytes() == 0 {
		wrong = append(wrong, fault.Field{Path: "kind", Message: "ringtone, wallpaper, phonebook or language"})
	} else if r.Size == 0 || r.Size > r.Kind.MaxBytes() {
		wrong = append(wrong, sizeField(r.Kind))
	}
	if _, ok := s.vendors.Get(r.Vendor); !ok {
		wrong = append(wrong, fault.Field{Path: "vendor", Message: "name a vendor, or a model that is known"})
	}
	if !ValidName(r.Name) {
		wrong = append(wrong, fault.Field{Path: "file", Message: "it needs a plain file name without spaces"})
	}
	if in.Names == nil && len(wrong) == 0 {
		names := s.usualNames(*r)
		in.Names = &names
	}
	if wrong = append(wrong, r.apply(in)...); len(wrong) > 0 {
		return fault.InvalidFields("the file is not taken", wrong...)
	}
	return nil
}
