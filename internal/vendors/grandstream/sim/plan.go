package sim

import (
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
)

// Settings that steer provisioning (guide, "Upgrade and Provisioning").
const (
	protocolKey   = "provisioning.config.protocol"
	pathKey       = "provisioning.config.serverpath"
	userKey       = "provisioning.config.username"
	passwordKey   = "provisioning.config.password" //nolint:gosec // a name
	preemptKey    = "provisioning.alwaysauthenticatebeforechallenge"
	prefixKey     = "provisioning.config.fileprefix"
	postfixKey    = "provisioning.config.filepostfix"
	processAllKey = "provisioning.config.processall.enable"
	validateKey   = "security.validate.servercertificate"
	hostnameKey   = "provisioning.validatehostnameincertificate"
	loadKey       = "trustedcacertificates.load"
	trustedKey    = "trustedcacertificates.trustedcacertificate."
)

// Plan follows the guide's "Download and Process All Available Config Files": by
// default the first file that exists, from the most to the least special; with
// the setting on all of them, in nearly the reverse order.
func (p *Persona) Plan(d phone.Device, s map[string]string) (phone.Plan, error) {
	folder, err := folder(s)
	if err != nil {
		return phone.Plan{}, err
	}
	mac, model := d.MAC.String(), strings.ToLower(d.Model)
	names := []string{"cfg" + mac + ".xml", "cfg" + mac, "cfg" + model + ".xml", "cfg.xml", "dev" + mac + ".cfg"}
	all := s[processAllKey] == "Yes"
	if all {
		names = []string{"cfg.xml", "cfg" + model + ".xml", "cfg" + mac, "cfg" + mac + ".xml", "dev" + mac + ".cfg"}
	}
	for i := range names {
		names[i] = s[prefixKey] + names[i] + s[postfixKey]
	}
	return phone.Plan{
		Folder: folder, Names: names, ProcessAll: all,
		User: s[userKey], Password: s[passwordKey], Preempt: s[preemptKey] == "Yes",
		Trust: trust(s),
	}, nil
}

// folder reads protocol and path. A path with a scheme in it leads nowhere.
func folder(s map[string]string) (*url.URL, error) {
	protocol, path := s[protocolKey], s[pathKey]
	if !slices.Contains([]string{"HTTP", "HTTPS"}, protocol) {
		return nil, fault.New(fault.Invalid, "protocol %q is not played", protocol)
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
// (pessimistic: its default is not told, so the factory's alone count).
func trust(s map[string]string) phone.Trust {
	t := phone.Trust{Validate: s[validateKey] == "Yes", Hostname: s[hostnameKey] == "Yes", Factory: s[loadKey] != "Custom Certificates"}
	if s[loadKey] == "Custom Certificates" || s[loadKey] == "All Certificates" {
		for n := '1'; n <= '6'; n++ {
			t.Roots += s[trustedKey+string(n)] + "\n"
		}
	}
	t.Roots = strings.TrimSpace(t.Roots)
	return t
}
