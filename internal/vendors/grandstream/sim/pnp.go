package sim

import (
	"net/url"
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Finder = (*Persona)(nil)

// Find asks as the published capture of a GRP2612W does, where "3CX Auto
// Provision" is on: from port 5080, at most five times (plug and play guide). The
// guide's wait between two is not told; a second is taken.
func (p *Persona) Find(d phone.Device, held map[string]string) (phone.Search, bool) {
	if held[p.series.words.find] != p.series.words.yes {
		return phone.Search{}, false
	}
	user := "MAC%3A" + strings.ToUpper(d.MAC.String())
	return phone.Search{
		User: user, From: user + "@224.0.1.75", Accept: "application/url", Agent: "Grandstream " + d.Model + " " + d.Firmware, Port: 5080, Tries: 5, Patience: time.Second,
		Event: `ua-profile;profile-type="device";vendor="Grandstream";model="` + d.Model + `";version="` + d.Firmware + `"`,
	}, true
}

// Found takes a folder with a slash at its end; everything else is ignored
// without a word, as somebody who tried found out.
func (p *Persona) Found(_ phone.Device, _ map[string]string, contentType, body string) (map[string]string, bool) {
	u, err := url.Parse(strings.TrimSpace(body))
	if err != nil || !strings.HasPrefix(contentType, "application/url") || u.Host == "" || !strings.HasSuffix(u.Path, "/") || p.series.words.protocols[strings.ToUpper(u.Scheme)] == "" {
		return nil, false
	}
	return p.Point(u), true
}
