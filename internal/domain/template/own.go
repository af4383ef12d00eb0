package template

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// What an operator does to a device's own values beside setting them one by one.
// Each makes a new version of them and changes no phone; version is the record's
// current one, 0 where it has none yet (Conflict).

// ImportOverrides makes key=value lines the device's own values as a whole; see
// Import. It also returns warnings.
func (s *Service) ImportOverrides(ctx context.Context, d device.Device, data []byte, version int64) (Source, []string, error) {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Source{}, nil, err
	}
	if len(data) > limit.ImportBytes {
		return Source{}, nil, fault.New(fault.Invalid, "the text is larger than %d bytes", limit.ImportBytes)
	}
	src, err := s.Overrides(ctx, d)
	if err != nil {
		return Source{}, nil, err
	}
	src.Model = d.Model
	in, err := s.intake(ctx, src, d.Vendor)
	if err != nil {
		return Source{}, nil, err
	}
	if err := in.text(data); err != nil {
		return Source{}, nil, err
	}
	src, err = s.SetOverrides(ctx, d, in.items, version)
	return src, in.warnings(), err
}

// ExportOverrides writes the device's own values as key=value lines, secrets
// blanked.
func (s *Service) ExportOverrides(ctx context.Context, d device.Device) (File, error) {
	src, err := s.Overrides(ctx, d)
	if err != nil {
		return File{}, err
	}
	return File{Name: fileName(d.MAC.String(), "own") + ".txt", ContentType: "text/plain; charset=utf-8", Body: writeText(d.MAC.Colons()+", own values", src.Draft)}, nil
}

// DefaultOverrides writes the evidenced defaults of keys into the device's own
// values ("Reset settings": absent is not default, ruling 24). It also returns
// the keys that no default is known of on the device; they stay as they are.
func (s *Service) DefaultOverrides(ctx context.Context, d device.Device, keys []param.Key, version int64) (Source, []param.Key, error) {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Source{}, nil, err
	}
	v, ok := s.vendors.Get(d.Vendor)
	if !ok {
		return Source{}, nil, fault.New(fault.Conflict, "the vendor %s is not known to this version", d.Vendor)
	}
	src, err := s.Overrides(ctx, d)
	if err != nil {
		return Source{}, nil, err
	}
	cats, err := s.lessons.Of(ctx, d.TenantID)
	if err != nil {
		return Source{}, nil, err
	}
	items, unknown := slices.Clone(src.Draft), []param.Key{}
	for _, k := range keys {
		value, ok := defaultOf(v, cats.Of(v.Name()), d.Model, k)
		if !ok {
			unknown = append(unknown, k)
			continue
		}
		items = slices.DeleteFunc(items, func(it Item) bool { return it.Key == k })
		items = append(items, Item{Key: k, Value: value})
	}
	src, err = s.SetOverrides(ctx, d, items, version)
	return src, unknown, err
}

// CopyAccount gives other accounts the device's own values of one account, in
// place of their own. What belongs to the account on the line is not among them,
// and secrets are left out; their keys are returned.
func (s *Service) CopyAccount(ctx context.Context, d device.Device, from int, to []int, version int64) (Source, []param.Key, error) {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Source{}, nil, err
	}
	v, m, ok := s.vendors.ByModel(d.Model)
	var wrong []fault.Field
	for i, n := range append([]int{from}, to...) {
		if !ok || n < 1 || n > m.Lines || i > 0 && n == from {
			wrong = append(wrong, fault.Field{Path: "to", Message: fmt.Sprintf("account %d is none that account %d can be copied to", n, from)})
		}
	}
	if len(wrong) > 0 {
		return Source{}, nil, fault.InvalidFields("the account is not copied", wrong...)
	}
	src, err := s.Overrides(ctx, d)
	if err != nil {
		return Source{}, nil, err
	}
	cats, err := s.lessons.Of(ctx, d.TenantID)
	if err != nil {
		return Source{}, nil, err
	}
	items, left := pasted(cats.Of(v.Name()), src.Draft, from, to)
	src, err = s.SetOverrides(ctx, d, items, version)
	return src, left, err
}

// pasted replaces the values of some accounts by those of another.
func pasted(cat *param.Catalog, draft []Item, from int, to []int) (items []Item, left []param.Key) {
	accounts := accountPattern(cat)
	account := func(k param.Key) (p param.Parameter, n int) {
		p, n, ok := cat.Lookup(k)
		if !ok || accounts == "" || !strings.HasPrefix(p.Pattern, accounts) {
			return p, 0
		}
		return p, n
	}
	for _, it := range draft {
		p, n := account(it.Key)
		if n == 0 || !slices.Contains(to, n) {
			items = append(items, it)
		}
		switch {
		case n == 0 || n != from:
		case it.Secret != "":
			left = append(left, it.Key)
		default:
			for _, other := range to {
				items = append(items, Item{Key: p.Key(other), Value: it.Value})
			}
		}
	}
	return items, left
}

// accountPattern is how the keys of an account begin, with {n} for its number;
// "" where a vendor's accounts have no numbers.
func accountPattern(cat *param.Catalog) string {
	k, ok := cat.ByRole(param.LineUserID, 1)
	if !ok {
		return ""
	}
	p, _, _ := cat.Lookup(k)
	before, _, numbered := strings.Cut(p.Pattern, "{n}")
	if !numbered {
		return ""
	}
	return before + "{n}"
}
