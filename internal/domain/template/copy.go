package template

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Copy copies a template's latest version, or its draft where it has none, into
// an organization of the same tenant, as a draft of its own called "<name>_Copy"
// ("_Copy2", …). The context's scope covers both organizations. Secrets are
// sealed anew for the copy; sites and groups do not go along.
func (s *Service) Copy(ctx context.Context, id string, o org.Org, auto Auto) (Source, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, err
	}
	if src.TenantID != o.TenantID || !src.Kind.IsTemplate() {
		return Source{}, fault.New(fault.NotFound, "template not found")
	}
	items := slices.Clone(src.Draft)
	in := Input{Kind: src.Kind, Description: &src.Description, Vendor: &src.Vendor, Model: &src.Model, Draft: &items}
	if src.Kind == Model {
		in.Auto = &auto
	}
	if src.Kind == Site {
		site, err := s.orgs.DefaultSite(ctx, o.ID)
		if err != nil {
			return Source{}, err
		}
		if o.ID == src.OrgID {
			site.ID = src.SiteID
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
		case d.Old.Value == now[i].Value && d.Old.Secret == now[i].Secret:
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

// Defaults makes the draft of a model template every default that its catalog
// has evidence for ("Reset settings": absent is not default, ruling 24). keys
// narrows it to some; nil takes those that are in the draft.
func (s *Service) Defaults(ctx context.Context, id string, only []param.Key, version int64) (Source, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, err
	}
	v, ok := s.vendors.Get(src.Vendor)
	if !ok {
		return Source{}, fault.New(fault.Conflict, "a template without a vendor has no defaults")
	}
	items := slices.Clone(src.Draft)
	for i, it := range items {
		p, _, known := v.Catalog().Lookup(it.Key)
		if known && p.Default != nil && (only == nil || slices.Contains(only, it.Key)) {
			items[i].Value, items[i].Secret = *p.Default, ""
		}
	}
	return s.Update(ctx, id, Input{Draft: &items}, version)
}

// Uses lists an organization's sources whose drafts hold a placeholder.
func (s *Service) Uses(ctx context.Context, orgID, name string) (out []Source, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = sourcesWith(ctx, q, orgID, placeholder.Open+name+placeholder.Close)
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

// BoundIn lists the devices that a source is bound to, inside a transaction.
func (s *Service) BoundIn(ctx context.Context, q db.Q, id string) ([]string, error) {
	return boundDevices(ctx, q, id)
}

func actorID(ctx context.Context) string { return scope.From(ctx).Actor.ID }
