package template

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Copy copies a template's latest version, or its draft where it has none, into
// an organization of the same tenant, as a draft of its own called "<name>_Copy"
// ("_Copy2", …). The context's scope covers both organizations. auto and sites
// say where the copy of a model template binds itself; the original's sites and
// group go along only inside its organization. Secrets are sealed anew.
func (s *Service) Copy(ctx context.Context, id string, o org.Org, auto Auto, sites ...string) (Source, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, err
	}
	if src.TenantID != o.TenantID || !src.Kind.IsTemplate() {
		return Source{}, fault.New(fault.NotFound, "template not found")
	}
	items, err := s.copied(ctx, src)
	if err != nil {
		return Source{}, err
	}
	in := Input{Kind: src.Kind, Description: &src.Description, Vendor: &src.Vendor, Model: &src.Model, Server: &src.Server, Include: &src.Include, Draft: &items}
	switch {
	case src.Kind == Model:
		in.Auto, in.AutoSites = &auto, &sites
	case o.ID == src.OrgID:
		in.SiteID, in.GroupID = &src.SiteID, &src.GroupID
	case src.Kind == Site:
		site, err := s.orgs.DefaultSite(ctx, o.ID)
		if err != nil {
			return Source{}, err
		}
		in.SiteID = &site.ID
	}
	for n := 1; n <= maxCopies; n++ {
		name := copyName(src.Name, n)
		in.Name = &name
		made, err := s.Create(ctx, o, in)
		if !fault.Is(err, fault.Conflict) {
			return made, err
		}
	}
	return Source{}, fault.New(fault.Conflict, "there are too many copies of %q", src.Name)
}

// copied are the values that a copy begins with.
func (s *Service) copied(ctx context.Context, src Source) (items []Item, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		items, err = itemsAt(ctx, q, src, src.Latest)
		return err
	})
	return slices.Clone(items), err
}

const maxCopies = 100

// copyName is "<name>_Copy" (seed 000, "Copy template"), cut to fit.
func copyName(name string, n int) string {
	suffix := "_Copy"
	if n > 1 {
		suffix += fmt.Sprint(n)
	}
	r := []rune(name)
	return string(r[:min(len(r), limit.Name-len(suffix))]) + suffix
}

// Difference is one key that two versions have otherwise.
type Difference struct {
	Key      param.Key
	Old, New *Item // nil: not there
}

// Diff compares two versions of a source; number 0 is the draft.
func (s *Service) Diff(ctx context.Context, id string, from, to int) (out []Difference, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		src, err := findSource(ctx, q, "c.id = ?", id)
		if err != nil {
			return err
		}
		old, err := itemsAt(ctx, q, src, from)
		if err != nil {
			return err
		}
		now, err := itemsAt(ctx, q, src, to)
		out = differences(old, now)
		return err
	})
	return out, err
}

func itemsAt(ctx context.Context, q db.Q, src Source, number int) ([]Item, error) {
	if number == 0 {
		return src.Draft, nil
	}
	v, err := findVersion(ctx, q, src.ID, number)
	return v.Items, err
}

// differences walks two lists that are sorted by key.
func differences(old, now []Item) (out []Difference) {
	byKey := map[param.Key]*Difference{}
	for i := range old {
		byKey[old[i].Key] = &Difference{Key: old[i].Key, Old: &old[i]}
	}
	for i := range now {
		d := byKey[now[i].Key]
		switch {
		case d == nil:
			byKey[now[i].Key] = &Difference{Key: now[i].Key, New: &now[i]}
		case d.Old.Value == now[i].Value && d.Old.Secret == now[i].Secret && d.Old.Private == now[i].Private:
			delete(byKey, now[i].Key)
		default:
			d.New = &now[i]
		}
	}
	for _, d := range byKey {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Difference) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return out
}

// Defaults writes evidenced defaults into the draft of a model template ("Reset
// settings": absent is not default, ruling 24): of the keys in only, or, where
// that is nil, of all that the draft holds. It also returns the keys that no
// default is known of; they stay as they are.
func (s *Service) Defaults(ctx context.Context, id string, only []param.Key, version int64) (Source, []param.Key, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, nil, err
	}
	if err := s.access.Authorize(ctx, access.TemplateWrite, src.Where()); err != nil {
		return Source{}, nil, err
	}
	v, ok := s.vendors.Get(src.Vendor)
	if !ok {
		return Source{}, nil, fault.New(fault.Conflict, "a template without a vendor has no defaults")
	}
	cats, err := s.lessons.Of(ctx, src.TenantID)
	if err != nil {
		return Source{}, nil, err
	}
	items, unknown := slices.Clone(src.Draft), []param.Key{}
	if only == nil {
		for _, it := range items {
			only = append(only, it.Key)
		}
	}
	for _, k := range only {
		value, ok := defaultOf(v, cats.Of(v.Name()), src.Model, k)
		if !ok {
			unknown = append(unknown, k)
			continue
		}
		items = slices.DeleteFunc(items, func(it Item) bool { return it.Key == k })
		items = append(items, Item{Key: k, Value: value})
	}
	src, err = s.Update(ctx, id, Input{Draft: &items}, version)
	return src, unknown, err
}

// defaultOf is the default of a key on a model; for every model of a vendor, one
// that all of them have where they have any.
func defaultOf(v vendors.Vendor, cat *param.Catalog, model string, k param.Key) (value string, ok bool) {
	for _, m := range v.Models() {
		if model != "" && m.Name != model {
			continue
		}
		d, has := cat.Default(k, param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name})
		switch {
		case has && ok && d.Value != value:
			return "", false
		case has:
			value, ok = d.Value, true
		}
	}
	return value, ok
}

// Uses lists an organization's templates, and the overrides of devices that the
// asker may see, whose drafts hold a placeholder.
func (s *Service) Uses(ctx context.Context, orgID, name string) (out []Source, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = sourcesWith(ctx, q, orgID, placeholder.Open+name+placeholder.Close)
		return err
	})
	other := func(src Source) bool { return !slices.Contains(src.Placeholders(), name) } // another case of the letters
	return slices.DeleteFunc(out, other), err
}

// Held lists the names of the placeholders that some draft in an organization
// holds, as far as the asker may see it.
func (s *Service) Held(ctx context.Context, orgID string) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.db.Read(ctx, func(q db.Q) error {
		srcs, err := sourcesWith(ctx, q, orgID, placeholder.Open)
		for _, src := range srcs {
			for _, name := range src.Placeholders() {
				out[name] = true
			}
		}
		return err
	})
	return out, err
}

// Placeholders lists the names that stand in a source's draft, sorted.
func (s Source) Placeholders() []string {
	var out []string
	for _, it := range s.Draft {
		out = append(out, placeholder.Names(it.Value)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Bound is BoundIn by itself.
func (s *Service) Bound(ctx context.Context, id string) (out []string, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = s.BoundIn(ctx, q, id)
		return err
	})
	return out, err
}

// BoundIn lists the devices that a source is bound to, inside a transaction;
// NotFound for an unknown source.
func (s *Service) BoundIn(ctx context.Context, q db.Q, id string) ([]string, error) {
	if _, err := s.GetIn(ctx, q, id); err != nil {
		return nil, err
	}
	return boundDevices(ctx, q, id)
}

func actorID(ctx context.Context) string { return scope.From(ctx).Actor.ID }
