package template

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// checkItems brings values to their canonical form, sorted by key. A key that
// the catalog does not know is accepted as it is (ruling 23).
func checkItems(cats lesson.Catalogs, vendor string, in []Item) (out []Item, wrong []fault.Field) {
	return normalItems(cats, vendor, in, noLineKeys)
}

// keys says which keys a source may hold.
type keys bool

const (
	noLineKeys keys = false // those that an account on a line owns are refused
	anyKey     keys = true  // a config file is complete; lines win over it
)

func normalItems(cats lesson.Catalogs, vendor string, in []Item, may keys) (out []Item, wrong []fault.Field) {
	if len(in) > limit.TemplateItems {
		return nil, []fault.Field{{Path: "draft", Message: fmt.Sprintf("at most %d values", limit.TemplateItems)}}
	}
	seen := map[param.Key]bool{}
	for i, it := range in {
		path := fmt.Sprintf("draft.%d", i)
		it.Key = param.Key(strings.TrimSpace(string(it.Key)))
		switch {
		case !validKey(it.Key):
			wrong = append(wrong, fault.Field{Path: path + ".key", Message: "not a parameter's name"})
			continue
		case seen[it.Key]:
			wrong = append(wrong, fault.Field{Path: path + ".key", Message: string(it.Key) + " stands twice"})
			continue
		case len(it.Value) > limit.ValueBytes*16:
			wrong = append(wrong, fault.Field{Path: path + ".value", Message: "the value is too long"})
			continue
		}
		seen[it.Key] = true
		v, err := normal(cats, vendor, it, may)
		if err != nil {
			wrong = append(wrong, fault.Field{Path: path + ".value", Message: fault.Message(err)})
			continue
		}
		it.Value = v
		out = append(out, it)
	}
	slices.SortFunc(out, func(a, b Item) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return out, wrong
}

// validKey reports whether k may be a parameter's name, known or not: one that
// can stand before an equals sign.
func validKey(k param.Key) bool {
	return k != "" && k[0] != '#' && len(k) <= limit.KeyBytes && !strings.ContainsFunc(string(k), func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '=' })
}

// normal checks one value against the catalogs; a placeholder is checked when
// it is resolved.
func normal(cats lesson.Catalogs, vendor string, it Item, may keys) (string, error) {
	if it.Secret != "" || strings.Contains(it.Value, placeholder.Open) {
		return it.Value, nil
	}
	for _, cat := range cats.All(vendor) {
		p, _, ok := cat.Lookup(it.Key)
		if !ok {
			continue
		}
		if p.Role.Identity() && may != anyKey {
			return "", fault.New(fault.Invalid, "this belongs to the line; put an account onto the line instead")
		}
		return cat.Normalize(it.Key, it.Value)
	}
	return it.Value, nil
}

// signed marks each value with who set it: the author before where it stayed
// the same, else the actor. A secret that comes back masked keeps its value.
func (s *Service) signed(ctx context.Context, old, items []Item) []Item {
	was := make(map[param.Key]Item, len(old))
	for _, it := range old {
		was[it.Key] = it
	}
	who, at := scope.From(ctx).Actor.Name, s.db.Now().Truncate(time.Millisecond)
	for i, it := range items {
		o, ok := was[it.Key]
		if it.Unsaid {
			it.Private, it.Unsaid = o.Private, false
			items[i] = it
		}
		if ok && (o.Value == it.Value && o.Secret == it.Secret || o.Secret != "" && it.Value == secret.Redacted) {
			items[i] = o
			items[i].Private = it.Private
			continue
		}
		items[i].Author, items[i].At = who, at
		if !it.Imported.IsZero() {
			items[i].Author, items[i].At = ImportedBy, it.Imported
		}
	}
	return items
}

// masked finds secrets that came back blanked and that the source does not hold:
// the mask is no secret.
func masked(cats lesson.Catalogs, items []Item) (wrong []fault.Field) {
	for _, it := range items {
		if it.Secret == "" && it.Value == secret.Redacted && isSecret(cats, it.Key) {
			wrong = append(wrong, fault.Field{Path: "draft", Message: fmt.Sprintf("%s: %s stands for a secret that is not here; write the secret itself", it.Key, secret.Redacted)})
		}
	}
	return wrong
}

// sealDraft moves the values of secret parameters into the vault. A secret that
// came along from another source is copied, so that each source has its own.
func (s *Service) sealDraft(ctx context.Context, tx *db.Tx, src *Source) error {
	own := secret.Owner{TenantID: src.TenantID, OrgID: src.OrgID, Kind: "source", ID: src.ID}
	cats, err := s.lessons.In(ctx, tx, src.TenantID)
	if err != nil {
		return err
	}
	for i, it := range src.Draft {
		var ref secret.Ref
		var err error
		switch {
		case it.Secret != "":
			ref, err = s.ownSecret(ctx, tx, secret.Ref(it.Secret), own)
		case it.Value == "" || !isSecret(cats, it.Key):
			continue
		default:
			ref, err = s.vault.Seal(ctx, tx, own, secret.NewString(it.Value))
		}
		if err != nil {
			return err
		}
		src.Draft[i].Value, src.Draft[i].Secret = "", string(ref)
	}
	return nil
}

// ownSecret returns a reference to the same secret that belongs to the owner.
func (s *Service) ownSecret(ctx context.Context, tx *db.Tx, ref secret.Ref, own secret.Owner) (secret.Ref, error) {
	mine, err := s.vault.Owns(ctx, tx, ref, own)
	if err != nil || mine {
		return ref, err
	}
	return s.vault.Copy(ctx, tx, ref, own)
}

// isSecret reports whether a key holds a secret. One that no catalog has is taken
// for a secret where its name sounds like it.
func isSecret(cats lesson.Catalogs, k param.Key) bool {
	known := false
	for _, cat := range cats.All("") {
		p, _, ok := cat.Lookup(k)
		if ok && p.IsSecret() {
			return true
		}
		known = known || ok
	}
	return !known && param.LooksSecret(string(k))
}
