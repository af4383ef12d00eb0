package sim

import (
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Finder = (*Persona)(nil)

// bySearch is what the method counts as after the network has named an address.
const bySearch = "SIP"

// Find asks last of all: where the method is DYNAMIC and the lease tells nothing
// (manual, "Provisioning"). It tells no MAC, as the published capture of a 440HD,
// and asks for five seconds, once in each (how often is not told).
func (*Persona) Find(d phone.Device, counts map[string]string) (phone.Search, bool) {
	if counts[method] != "DYNAMIC" && counts[method] != bySearch {
		return phone.Search{}, false
	}
	version := d.Firmware
	if all := strings.Split(version, "."); len(all) > 3 {
		version = strings.Join(all[:3], ".")
	}
	return phone.Search{From: "00000001@", Agent: "AUDC-IPPhone/" + version, Port: 5060, Tries: 5, Patience: time.Second,
		Event: `ua-profile;profile-type="application";model="` + d.Model + `";version="` + version + `"`}, true
}

// Found takes any form that DHCP option 160 may have.
func (*Persona) Found(d phone.Device, _ map[string]string, contentType, body string) (map[string]string, bool) {
	body = strings.TrimSpace(body)
	if body == "" || contentType != "" && !strings.HasPrefix(contentType, "application/url") {
		return nil, false
	}
	found := pointed(d, bySearch, body)
	_, _, err := split(found[configURL])
	return found, err == nil
}
