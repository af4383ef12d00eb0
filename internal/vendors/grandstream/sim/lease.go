package sim

import (
	"net/url"
	"strconv"
	"strings"

	"bellwether/internal/phone"
)

var _ phone.Lessee = (*Persona)(nil)

// What "Allow DHCP Option 43 and Option 66 Override Server" means (guide).
const (
	never     = "no"
	always    = "yes"
	preferred = "prefer, fallback when failed"
)

// Sub-options of option 43. That of the ACS is the standard's (TR-069, 3.1); that
// the others have the codes of the options that say the same is from memory.
const (
	subACS      = 1
	subPath     = 66
	subVLAN     = 132
	subPriority = 133
)

// Lease reads what the guide lets DHCP override. Where the override was never set
// it is on (pessimistic: the default is not told). A path comes from the additional
// option, which counts only while the override is on, else from 66, else from 43
// (which of them is the stronger is inferred). It may hold the method; without one
// the phone's own stays, and TFTP where there is none.
func (p *Persona) Lease(d phone.Device, held map[string]string, l phone.Lease) phone.Told {
	w := p.series.words
	told := phone.Told{Settings: map[string]string{}}
	mode, known := w.overrides[held[w.override]]
	if !known {
		mode = always
	}
	if mode != never {
		told.Fallback = mode == preferred
		inside := l.Inside(43)
		for _, path := range []string{w.extra(held, l), l.Text(66), inside[subPath]} {
			if w.redirect(held, path, told.Settings) {
				break
			}
		}
		for name, value := range map[string]string{w.acs: inside[subACS], w.vlan: decimal(inside[subVLAN]), w.priority: decimal(inside[subPriority])} {
			if value != "" && p.Knows(d.Model, name) && p.Takes(name, value) {
				told.Settings[name] = value
			}
		}
	}
	if hosts := l.Hosts(120); len(hosts) > 0 && held[w.option120] == w.yes {
		for _, name := range w.sipServers {
			told.Settings[name] = hosts[0]
		}
	}
	if hosts := l.Hosts(42); len(hosts) > 0 && held[w.option42] == w.yes {
		told.Settings[w.timeServer] = hosts[0]
	}
	return told
}

// extra is what the additional override option says: a list of TFTP servers in
// 150, an address in 160.
func (w words) extra(held map[string]string, l phone.Lease) string {
	switch held[w.additional] {
	case "Option 150", "1":
		if hosts := l.Hosts(150); len(hosts) > 0 {
			return "tftp://" + hosts[0]
		}
	case "Option 160", "2":
		return l.Text(160)
	}
	return ""
}

// redirect sets method and path of the configuration's and the firmware's server
// (the option is for both: guide), and reports whether there was one.
func (w words) redirect(held map[string]string, path string, to map[string]string) bool {
	if path == "" {
		return false
	}
	scheme, rest, named := strings.Cut(path, "://")
	method := w.protocols[strings.ToUpper(scheme)]
	if !named {
		rest, method = path, held[w.protocol]
		if method == "" {
			method = w.protocols["TFTP"]
		}
	}
	if u, err := url.Parse("//" + rest); method == "" || err != nil || u.Host == "" {
		return false
	}
	to[w.protocol], to[w.path] = method, rest
	to[w.firmware.protocol], to[w.firmware.path] = method, rest
	return true
}

// decimal reads a number that came as digits or as bytes.
func decimal(raw string) string {
	if raw == "" || raw[0] >= '0' && raw[0] <= '9' {
		return raw
	}
	n := 0
	for _, b := range []byte(raw[:min(len(raw), 4)]) {
		n = n<<8 | int(b)
	}
	return strconv.Itoa(n)
}
