package template

import (
	"context"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
)

// starter are the values that a maker's own template for a model has, as far as
// they are evidenced: the defaults of the model's catalog. What belongs to a line
// and secrets are not among them.
func (s *Service) starter(src Source) ([]Item, bool) {
	v, m, ok := s.vendors.ByModel(src.Model)
	if !ok || src.Kind != Model {
		return nil, false
	}
	out := []Item{}
	for _, d := range v.Catalog().Defaults(param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}) {
		if p, _, known := v.Catalog().Lookup(d.Key); known && !p.Role.Identity() && !p.IsSecret() {
			out = append(out, Item{Key: d.Key, Value: d.Value})
		}
	}
	return out, true
}

// judged fills in whether a template is still the maker's; seen spares the work
// for one model twice, and may be nil.
func (s *Service) judged(src Source, seen map[string][]Item) Source {
	items, ok := seen[src.Model]
	if !ok || src.Kind != Model {
		items, ok = s.starter(src)
	}
	if ok && seen != nil {
		seen[src.Model] = items
	}
	src.Changed = ok && len(differences(src.Draft, items)) > 0
	return src
}

// Restore makes the draft of a template for one model the maker's own again. It
// is a Conflict with code "unchanged" where it is that already. version must be
// the record's current one (Conflict). It changes no phone.
func (s *Service) Restore(ctx context.Context, id string, version int64) (Source, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, err
	}
	items, ok := s.starter(src)
	switch {
	case !ok:
		return Source{}, fault.New(fault.Conflict, "only a template for one model has a maker's own to go back to")
	case !src.Changed:
		return Source{}, fault.New(fault.Conflict, "the template is the maker's own already").WithCode("unchanged")
	}
	return s.Update(ctx, id, Input{Draft: &items}, version)
}
