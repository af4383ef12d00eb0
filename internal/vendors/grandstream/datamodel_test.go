package grandstream_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/vendors"
)

// TestDataModel_against_the_virtual_phones: what the virtual phones call a setting by
// TR-069, by their own reading, is the same setting by ours, and secret on both sides
// or on neither.
func TestDataModel_against_the_virtual_phones(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	compared := 0
	for _, p := range personas(t) {
		m := p.Models()[0]
		var model vendors.Model
		for _, have := range v.Models() {
			if have.Name == m {
				model = have
			}
		}
		if model.Base.Profiles > 0 {
			continue // the names were seen on phones, and the bases' virtual phone takes a phone's settings for them
		}
		to := param.Target{Dialect: model.Dialect, Family: model.Family, Model: model.Name}
		names := map[string]vendors.ModelName{}
		for _, n := range v.DataModel().On(v.Catalog(), to, model.Lines) {
			names[n.Path] = n
		}
		for _, theirs := range p.Management(phone.Device{Model: m}, map[string]string{}).Parameters {
			ours, ok := names[theirs.Name]
			if !ok {
				continue // an account that the model has no room for
			}
			setting, _, spelled := v.Catalog().Spell(ours.Key, sampleOf(v.Catalog(), ours.Key), to)
			if !spelled || !strings.EqualFold(setting, theirs.Setting) || ours.Secret != theirs.Secret || ours.Type != theirs.Kind {
				t.Errorf("%s: %s is %s (%s, secret %v) by our table, and %s (%s, secret %v) on the phone", m, theirs.Name, setting, ours.Type, ours.Secret, theirs.Setting, theirs.Kind, theirs.Secret)
			}
			compared++
		}
	}
	if compared < 100 {
		t.Errorf("%d names were compared", compared)
	}
}

// sampleOf is a value that the parameter takes.
func sampleOf(c *param.Catalog, k param.Key) string {
	p, _, _ := c.Lookup(k)
	switch {
	case len(p.Options) > 0:
		return p.Options[0].Value
	case p.Type == param.Bool:
		return "yes"
	case len(p.Ranges) > 0:
		return "1"
	}
	return ""
}
