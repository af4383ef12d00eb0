package resource

import (
	"context"
	"fmt"
	"io"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// ForDevice finds the file that a device of an organization gets under a name:
// an image, or another file. One that names the model goes before one for every
// model, and of several the newest wins. It fails with NotFound where there is
// none. Whose device it is must have been proven.
func (s *Service) ForDevice(ctx context.Context, orgID, model, name string, images bool) (Resource, error) {
	ctx = scope.AsSystem(ctx, "resource.serve")
	var all []Resource
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		all, err = byName(ctx, q, orgID, strings.ToLower(name), images)
		return err
	})
	if err != nil {
		return Resource{}, err
	}
	best := -1
	for i, r := range all {
		if r.For(model) && (best < 0 || len(all[best].Models) == 0 && len(r.Models) > 0) {
			best = i
		}
	}
	if best < 0 {
		return Resource{}, fault.New(fault.NotFound, "no file of this name is stored for the model")
	}
	return all[best], nil
}

// ForAnyone finds the image that whoever asks gets under a name. It fails with
// NotFound where there is none.
func (s *Service) ForAnyone(ctx context.Context, name string) (Resource, error) {
	ctx, name = scope.AsSystem(ctx, "resource.serve"), strings.ToLower(name)
	return s.anyones.Read(ctx, name, func(q db.Q) (Resource, error) { return forAnyone(ctx, q, name) })
}

// usualNames are those by which phones ask for a new file. An image whose own
// name is one that its vendor's phones ask for has that name alone: what else it
// may be, it is not the image of another name. Else it has its models' default
// names and its own.
func (s *Service) usualNames(r Resource) []string {
	v, ok := s.vendors.Get(r.Vendor)
	if !ok {
		return []string{r.Name}
	}
	var names []string
	switch r.Kind {
	case Firmware:
		if seen, ok := v.Identify(vendors.Request{Name: r.Name}); ok && seen.File == vendors.Firmware {
			return []string{r.Name}
		}
		for _, m := range r.Models {
			names = append(names, s.vendors.FirmwareNames(v, m)...)
		}
	case Phonebook:
		names = s.vendors.PhonebookNames(v)
	}
	return append(names[:len(names):len(names)], r.Name)
}

// setModels brings models to their canonical names; all are of one vendor.
func (s *Service) setModels(r *Resource, in Input) (wrong []fault.Field) {
	if in.Models == nil {
		return nil
	}
	r.Models = nil
	for _, name := range *in.Models {
		v, m, ok := s.vendors.ByModel(strings.TrimSpace(name))
		switch {
		case !ok:
			return append(wrong, fault.Field{Path: "models", Message: fmt.Sprintf("the model %.64q is not known", name)})
		case r.Vendor == "":
			r.Vendor = v.Name()
		case r.Vendor != v.Name():
			return append(wrong, fault.Field{Path: "models", Message: "all models of a file are of one vendor"})
		}
		r.Models = append(r.Models, m.Name)
	}
	return nil
}

func sizeField(k Kind) fault.Field {
	return fault.Field{Path: "file", Message: fmt.Sprintf("a %s has 1 to %d bytes", k, k.MaxBytes())}
}

// Phonebook writes contacts in the form that a model's phones take.
func (s *Service) Phonebook(model string, contacts []vendors.Contact) ([]byte, error) {
	v, m, ok := s.vendors.ByModel(model)
	if !ok {
		return nil, fault.InvalidFields("the phonebook is not made", fault.Field{Path: "model", Message: "this model is not known"})
	}
	book, ok := s.vendors.AsPhonebooker(v)
	if !ok {
		return nil, fault.New(fault.Invalid, "phonebooks of %s are not known", v.Name())
	}
	return book.Phonebook(param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}, contacts)
}

// readable refuses a phonebook that its vendor's phones could not read.
func (s *Service) readable(ctx context.Context, r Resource) error {
	if r.Kind != Phonebook {
		return nil
	}
	v, _ := s.vendors.Get(r.Vendor)
	book, ok := s.vendors.AsPhonebooker(v)
	if !ok {
		return fault.New(fault.Invalid, "phonebooks of %s are not known", r.Vendor)
	}
	f, err := s.Open(ctx, r)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if _, err := book.ReadPhonebook(data); err != nil {
		return fault.InvalidFields("the file is not taken", fault.Field{Path: "file", Message: fault.Message(err)})
	}
	return nil
}
