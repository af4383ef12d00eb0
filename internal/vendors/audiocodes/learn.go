package audiocodes

import (
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Learn reads a phone's own configuration or a template of it. Values of
// settings that are secrets, sound like one or are obfuscated are not kept. A
// value is a default only where the phone was fresh from the box.
func (v *Vendor) Learn(l vendors.Lesson) ([]param.Learned, error) {
	d, err := v.Parse(vendors.Config, l.Data)
	if err != nil {
		return nil, err
	}
	if len(d.Values) > limit.Learned {
		return nil, fault.New(fault.Invalid, "more than %d settings", limit.Learned)
	}
	var out []param.Learned
	to := param.Target{Dialect: dialect, Family: l.Family, Model: l.Model, Firmware: l.Firmware}
	for _, s := range d.Values {
		if s.Name == Include {
			continue
		}
		e := param.Learned{
			Dialect: dialect, Name: s.Name, Value: s.Value, HasValue: true, Default: l.Factory,
			Alias: alias(s.Name), Model: l.Model, Family: l.Family, Firmware: l.Firmware, Source: l.Name,
		}
		secret := param.LooksSecret(s.Name)
		if k, _, ok := v.catalog.Unspell(s.Name, s.Value, to); ok {
			p, _, _ := v.catalog.Lookup(k)
			e.Key, e.Alias, secret = k, "", p.IsSecret()
		}
		if secret || opaque(s.Value) {
			e.Value, e.HasValue, e.Default = "", false, false
		}
		out = append(out, e)
	}
	return out, nil
}

// alias makes a key of a name: dots for slashes.
func alias(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c == '/' {
			b[i] = '.'
		}
	}
	return string(b)
}
