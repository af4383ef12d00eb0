package placeholder

import (
	"context"

	"bellwether/internal/platform/db"
	"bellwether/internal/vendors"
)

// Known is a placeholder that a maker's own phone manager has: what it stands for
// by itself, and what an organization says instead.
type Known struct {
	vendors.Placeholder
	Vendor string
	Level  Level         // on which the maker's manager gives it
	Given  []Placeholder // values of the organization on that level, if any
	Shown  bool          // false while another one makes it useless
}

// Known lists the placeholders of the makers' own phone managers.
func (s *Service) Known(ctx context.Context, orgID string) (out []Known, err error) {
	var have []Placeholder
	err = s.db.Read(ctx, func(q db.Q) error {
		have, err = all(ctx, q, orgID)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, v := range s.vendors.All() {
		value := map[string]string{}
		for _, p := range s.vendors.Placeholders(v) {
			k := Known{Placeholder: p, Vendor: v.Name(), Level: System}
			if p.PerKind {
				k.Level = Model
			}
			value[p.Name] = p.Default
			for _, h := range have {
				if h.Name == p.Name && h.Level == k.Level {
					k.Given = append(k.Given, h)
					value[p.Name] = h.Value
				}
			}
			k.Shown = p.With == "" || value[p.With] != p.WithNot
			out = append(out, k)
		}
	}
	return out, nil
}

// defaults are the values that the makers' placeholders have by themselves.
func (s *Service) defaults() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, v := range s.vendors.All() {
		for _, p := range s.vendors.Placeholders(v) {
			if p.Default == "" {
				continue
			}
			if out[v.Name()] == nil {
				out[v.Name()] = map[string]string{}
			}
			out[v.Name()][p.Name] = p.Default
		}
	}
	return out
}
