package audiocodes

import (
	"net/url"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

// Bootstrap tells a phone where to come back: by fixed addresses instead of
// DHCP, for its firmware too, which is its organization's there, and a time server. A
// proven one is told where it reports too.
// Where a phone takes a CA of ours is not evidenced, so
// none is in it.
func (v *Vendor) Bootstrap(t param.Target, b vendors.Bootstrap) []vendors.SpelledValue {
	u, err := url.Parse(b.BaseURL)
	if err != nil || u.Host == "" {
		return nil
	}
	set := map[param.Key]string{
		"provisioning.method": "STATIC", "provisioning.config.url": b.BaseURL, "provisioning.firmware.url": b.BaseURL, "datetime.ntp.server.1": b.TimeServer,
	}
	if m := b.Manager; m.Reports != "" {
		set["manager.url"], set["manager.keepalive"] = m.Reports, strconv.Itoa(max(1, int(m.Every.Minutes())))
	}
	return v.spelled(t, set)
}

// Common writes what DHCP option 160 names: addresses, alike for all phones, in
// the form that the phone manager's guide shows. It holds no secret; the guide's
// user and password are those that every phone knows.
func (v *Vendor) Common(a vendors.Addresses) ([]byte, error) {
	for _, s := range []string{a.Config, a.Firmware, a.Manager} {
		if u, err := url.Parse(s); s != "" && (err != nil || u.Host == "" || u.Scheme == "") {
			return nil, fault.New(fault.Invalid, "%.60q is not an address", s)
		}
	}
	set := map[param.Key]string{
		"provisioning.method": "STATIC", "provisioning.config.url": a.Config, "provisioning.firmware.url": a.Firmware,
		"manager.url": a.Manager,
	}
	if a.Manager != "" && a.KeepAlive > 0 {
		set["manager.keepalive"] = strconv.Itoa(a.KeepAlive)
	}
	d := vendors.Document{Kind: vendors.Global, Target: param.Target{Dialect: dialect, Family: family}, Epoch: epoch}
	d.Values = v.spelled(d.Target, set)
	return v.Render(d)
}

// spelled writes what has a value.
func (v *Vendor) spelled(t param.Target, set map[param.Key]string) []vendors.SpelledValue {
	if t.Dialect == "" {
		t.Dialect = dialect
	}
	var out []vendors.SpelledValue
	for k, value := range set {
		if strings.TrimSpace(value) == "" {
			continue
		}
		if name, written, ok := v.catalog.Spell(k, value, t); ok {
			out = append(out, vendors.SpelledValue{Name: name, Value: written})
		}
	}
	vendors.SortValues(out)
	return out
}
