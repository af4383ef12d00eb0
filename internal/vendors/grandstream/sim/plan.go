package sim

import (
	"net/url"
	"strings"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
)

// Plan follows the guide's "Download and Process All Available Config Files": by
// default the first file that exists, from the most to the least special; with
// the setting on all of them, in nearly the reverse order.
func (p *Persona) Plan(d phone.Device, s map[string]string) (phone.Plan, error) {
	w := p.series.words
	folder, err := w.folder(s[w.protocol], s[w.path])
	if err != nil {
		return phone.Plan{}, err
	}
	mac, model := d.MAC.String(), strings.ToLower(d.Model)
	names := []string{"cfg" + mac + ".xml", "cfg" + mac, "cfg" + model + ".xml", "cfg.xml", "dev" + mac + ".cfg"}
	all := s[w.processAll] == w.yes
	if all {
		names = []string{"cfg.xml", "cfg" + model + ".xml", "cfg" + mac, "cfg" + mac + ".xml", "dev" + mac + ".cfg"}
	}
	for i := range names {
		names[i] = s[w.prefix] + names[i] + s[w.postfix]
	}
	return phone.Plan{Names: names, ProcessAll: all, Place: phone.Place{
		Folder: folder, User: s[w.user], Password: s[w.password], Preempt: s[w.preempt] == w.yes, Trust: w.trust(s),
	}}, nil
}

// folder reads protocol and path. A path with a scheme in it leads nowhere.
func (w words) folder(told, path string) (*url.URL, error) {
	protocol := ""
	for ours, theirs := range w.protocols {
		if told == theirs {
			protocol = ours
		}
	}
	if protocol == "" {
		return nil, fault.New(fault.Invalid, "protocol %q is not played", told)
	}
	if path == "" || strings.Contains(path, "://") {
		return nil, fault.New(fault.Invalid, "%q is not a server path", path)
	}
	u, err := url.Parse(strings.ToLower(protocol) + "://" + strings.TrimSuffix(path, "/") + "/")
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "%q is not a server path", path)
	}
	return u, nil
}

// trust: certificates of one's own count only where "load" says so
// (pessimistic: its default is not told, so the factory's alone count). Where no
// such setting is known there are only the factory's.
func (w words) trust(s map[string]string) phone.Trust {
	t := phone.Trust{Validate: s[w.validate] == w.yes, Hostname: s[w.hostname] == w.yes, Factory: true,
		MinTLS: version(s["security.minimum.tls.version"]), MaxTLS: version(s["security.maximum.tls.version"])}
	if w.load == "" {
		return t
	}
	t.Factory = s[w.load] != "Custom Certificates"
	if s[w.load] == "Custom Certificates" || s[w.load] == "All Certificates" {
		for n := '1'; n <= '6'; n++ {
			t.Roots += s[w.trusted+string(n)] + "\n"
		}
	}
	t.Roots = strings.TrimSpace(t.Roots)
	return t
}
