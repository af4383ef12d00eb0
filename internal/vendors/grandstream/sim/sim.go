// Package sim makes a virtual phone a Grandstream GHP61x/62x. It is an
// independent reading of the manuals: it shares nothing with the vendor's own
// package, and its spellings come from keys.csv, written from the guide and the
// maker's template alone. A test of the vendor lists where the two disagree.
//
// Where the manuals are silent it takes the reading that is harder on a server;
// such places say "pessimistic".
package sim

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"bellwether/internal/phone"
)

// Persona plays the GHP61x/62x. New makes one.
type Persona struct {
	keys map[string]key
}

var _ phone.Persona = (*Persona)(nil)

// New loads the phone's settings. It fails where the embedded table is broken.
func New() (*Persona, error) {
	keys, err := loadKeys()
	if err != nil {
		return nil, fmt.Errorf("load the settings of the virtual GHP: %w", err)
	}
	return &Persona{keys: keys}, nil
}

// Vendor returns "grandstream".
func (*Persona) Vendor() string { return "grandstream" }

// Models lists the eight hotel phones (guide, "Product Overview").
func (*Persona) Models() []string {
	return []string{"GHP610", "GHP610W", "GHP611", "GHP611W", "GHP620", "GHP620W", "GHP621", "GHP621W"}
}

// Firmware returns the newest version that the guide mentions.
func (*Persona) Firmware() string { return "1.0.1.54" }

// Agent returns the user agent in the form of published captures.
func (*Persona) Agent(d phone.Device) string {
	return "Grandstream Model HW " + d.Model + " SW " + d.Firmware + " DevId " + d.MAC.String()
}

// Factory returns the guide's defaults, a random password as on the sticker, and
// on models with a radio the network that they look for out of the box.
func (p *Persona) Factory(d phone.Device, r *rand.Rand) map[string]string {
	out := map[string]string{"users.admin.password": sticker(r)}
	for name, k := range p.keys {
		if k.factory != "" && k.on(d.Model) {
			out[name] = k.factory
		}
	}
	if strings.HasSuffix(d.Model, "W") { // guide, "Connecting the GHP6XX/W"
		out["network.wifi.ssid.0.essid"] = "wp_master"
		out["network.wifi.ssid.0.psk"] = "wp!987@dmin"
	}
	return out
}

func sticker(r *rand.Rand) string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789"
	var b strings.Builder
	for range 8 {
		b.WriteByte(letters[r.IntN(len(letters))])
	}
	return b.String()
}

// Point sets protocol and path of the configuration server; the path has no
// scheme.
func (*Persona) Point(folder *url.URL) map[string]string {
	return map[string]string{
		protocolKey: strings.ToUpper(folder.Scheme),
		pathKey:     folder.Host + folder.EscapedPath(),
	}
}
