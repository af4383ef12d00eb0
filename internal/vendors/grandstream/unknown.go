package grandstream

import (
	"regexp"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

var _ vendors.Namer = (*Vendor)(nil)

// NameUnknown writes a P-value or an alias that the catalog does not know as it
// stands, each in its own dialect: a file that mixes them is not applied.
func (v *Vendor) NameUnknown(k param.Key, t param.Target) (string, bool) {
	form := `^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$`
	if t.Dialect == dialectP {
		form = `^P[1-9][0-9]{0,6}$`
	}
	ok, err := regexp.MatchString(form, string(k))
	if _, _, known := v.catalog.Unspell(string(k), "", t); !ok || err != nil || known {
		return "", false
	}
	return string(k), true
}
