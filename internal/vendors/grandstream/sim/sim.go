// Package sim makes a virtual phone a Grandstream. It is an independent reading
// of the manuals: it shares nothing with the vendor's own package, and its
// spellings come from its own tables, written from the guide, the makers'
// templates (keys.csv, grp26xx.csv, gxv33xx.csv, wp8x6.csv) and the published
// pattern of the P-values (p.csv). A test of the vendor lists where the two
// disagree.
//
// Where the manuals are silent it takes the reading that is harder on a server;
// such places say "pessimistic".
package sim

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/phone"
)

// Persona plays the phones of one family. New and All make them.
type Persona struct {
	series series
	keys   map[string]key
	spelt  map[string]string // names as the family spells them, by their lower case
}

var _ phone.Persona = (*Persona)(nil)

// New plays the GHP61x/62x. It fails where the embedded table is broken.
func New() (*Persona, error) { return load(allSeries()[0]) }

// All plays every family.
func All() ([]*Persona, error) {
	var out []*Persona
	for _, m := range allSeries() {
		p, err := load(m)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func load(m series) (*Persona, error) {
	keys, err := loadKeys(m)
	if err != nil {
		return nil, fmt.Errorf("load the settings of the virtual %s: %w", m.models[0], err)
	}
	spelt := make(map[string]string, len(keys))
	for name := range keys {
		spelt[strings.ToLower(name)] = name
	}
	return &Persona{series: m, keys: keys, spelt: spelt}, nil
}

// Vendor returns "grandstream".
func (*Persona) Vendor() string { return "grandstream" }

// Models lists the models of the family.
func (p *Persona) Models() []string { return slices.Clone(p.series.models) }

// Firmware returns the newest version that the manuals at hand mention.
func (p *Persona) Firmware() string { return p.series.firmware }

// Agent returns the user agent in the form of published captures.
func (*Persona) Agent(d phone.Device) string {
	return "Grandstream Model HW " + d.Model + " SW " + d.Firmware + " DevId " + d.MAC.String()
}

// Factory returns the manuals' defaults, a random password as on the sticker, and
// on hotel phones with a radio the network that they look for out of the box.
func (p *Persona) Factory(d phone.Device, r *rand.Rand) map[string]string {
	out := map[string]string{p.series.words.admin: sticker(r)}
	for name, k := range p.keys {
		if k.factory != "" && k.on(d.Model) {
			out[name] = k.factory
		}
	}
	if strings.HasPrefix(d.Model, "GHP") && strings.HasSuffix(d.Model, "W") { // guide, "Connecting the GHP6XX/W"
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
func (p *Persona) Point(folder *url.URL) map[string]string {
	w := p.series.words
	return map[string]string{
		w.protocol: w.protocols[strings.ToUpper(folder.Scheme)],
		w.path:     folder.Host + folder.EscapedPath(),
	}
}
