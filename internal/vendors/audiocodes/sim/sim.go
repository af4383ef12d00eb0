// Package sim makes a virtual phone an AudioCodes 400HD. It is an independent
// reading of the phone manager's guide and of published captures: it shares
// nothing with the vendor's own package, and its spellings come from a table of
// its own (keys.csv). A test of the vendor lists where the two disagree.
//
// Where the sources are silent it takes the reading that is harder on a server;
// such places say "pessimistic".
package sim

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
)

// Persona plays the 400HD phones. New makes one.
type Persona struct{ keys map[string]key }

var _ phone.Persona = (*Persona)(nil)

// Settings that steer provisioning.
const (
	method    = "provisioning/method"
	configURL = "provisioning/configuration/url"
)

// New fails where the embedded table is broken.
func New() (*Persona, error) {
	keys, err := loadKeys()
	if err != nil {
		return nil, fmt.Errorf("load the settings of the virtual 400HD: %w", err)
	}
	return &Persona{keys}, nil
}

// Vendor returns "audiocodes".
func (*Persona) Vendor() string { return "audiocodes" }

// Models lists the phones.
func (*Persona) Models() []string {
	return []string{"405HD", "420HD", "425HD", "430HD", "440HD", "445HD", "450HD", "C450HD"}
}

// protocols are those by which a phone fetches (400HD manual, "Provisioning").
func protocols() []string { return []string{"ftp", "tftp", "http", "https"} }

// lines counts 0 to 1 on the small phones, and 0 to 3 on the others.
func lines(model string) int {
	if model == "405HD" || model == "420HD" {
		return 2
	}
	return 4
}

// Firmware returns a version that captures show on several models.
func (*Persona) Firmware() string { return "2.2.16.142.46" }

// Agent returns the user agent in the forms of the guide and of published captures;
// those of UC firmware and of the newer model tell no address.
func (*Persona) Agent(d phone.Device) string {
	if strings.HasPrefix(d.Firmware, ucMark) {
		return "AUDC-IPPhone-" + d.Model + "_" + d.Firmware + "/1.0.0000.0"
	}
	if d.Model == "C450HD" {
		return "AUDC/" + d.Firmware + " AUDC-IPPhone-C450HD_UC_" + d.Firmware + "/1"
	}
	return "AUDC-IPPhone/" + d.Firmware + " (" + d.Model + "-Rev0; " + strings.ToUpper(d.MAC.String()) + ")"
}

// Factory returns the manual's defaults.
func (p *Persona) Factory(_ phone.Device, _ *rand.Rand) map[string]string {
	out := map[string]string{}
	for name, k := range p.keys {
		if k.factory != "" {
			out[name] = k.factory
		}
	}
	return out
}

// Point sets what the file that DHCP option 160 names would: fixed addresses.
func (*Persona) Point(folder *url.URL) map[string]string {
	return map[string]string{method: "STATIC", configURL: folder.String()}
}

// Plan asks for <mac>.cfg in the folder, in upper case (pessimistic: both are
// seen), or for the file that the address names itself. How a phone signs in over
// HTTP, and whether it checks a certificate, is not told: it does neither. From
// what DHCP names it goes on at once to what that file says (guide: the phone pulls
// dhcption160, cfg and img).
func (*Persona) Plan(d phone.Device, s map[string]string) (phone.Plan, error) {
	if s[method] != "STATIC" && s[method] != byLease && s[method] != bySearch {
		return phone.Plan{}, fault.New(fault.Invalid, "method %q looks for addresses elsewhere", s[method])
	}
	folder, name, err := split(s[configURL])
	if err != nil {
		return phone.Plan{}, err
	}
	if name == "" {
		name = strings.ToUpper(d.MAC.String()) + ".cfg"
	}
	return phone.Plan{Names: []string{name}, Follow: s[method] != "STATIC", Place: phone.Place{Folder: folder, Trust: phone.Trust{Factory: true}}}, nil
}

// split parts an address into its folder and the name of a file, "" for none: what
// has an ending is a file.
func split(address string) (*url.URL, string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains(protocols(), u.Scheme) {
		return nil, "", fault.New(fault.Invalid, "%q is not a folder that is played", address)
	}
	at := strings.LastIndexByte(u.Path, '/') + 1
	name := u.Path[at:]
	if !strings.Contains(name, ".") {
		at, name = len(u.Path), ""
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path[:at], "/")+"/", ""
	return u, name, nil
}

// Read takes path/name=value lines with comments. What the phone does not know is
// passed over in silence. A line of the word include and a name, with quotes or
// without, pulls another file in: the guide tells of the function, its syntax is
// from memory; only before any setting does it count, and once (pessimistic).
// Without one line that it knows it is no configuration.
func (p *Persona) Read(d phone.Device, _ string, data []byte) (phone.File, error) {
	out := phone.File{Settings: map[string]string{}}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		if file, ok := strings.CutPrefix(line, "include "); ok && out.Include == "" && len(out.Settings) == 0 {
			out.Include = strings.Trim(strings.TrimSpace(file), `"`)
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		if !p.Knows(d.Model, name) || !p.Takes(name, value) {
			out.Ignored = append(out.Ignored, name)
			continue
		}
		out.Settings[name] = value
	}
	if len(out.Settings) == 0 && out.Include == "" && len(out.Ignored) > 0 {
		return phone.File{}, fault.New(fault.Invalid, "the file is not a configuration")
	}
	return out, nil
}
