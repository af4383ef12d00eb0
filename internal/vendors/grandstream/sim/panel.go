package sim

import (
	"strconv"
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Paneler = (*Persona)(nil)

// panel reports whether the family's web page is reported to answer programs, and
// whether it wants a hashed password: three projects used it on a GXP2170, a
// GRP2601P, a WP826 and on GXP16xx. That the hotel phones do is inferred.
func (p *Persona) panel() (hashed, ok bool) {
	switch p.series.models[0] {
	case "GHP610", "GRP2601", "WP816", "GXP2130":
		return true, true
	case "GXP1610":
		return false, true
	}
	return false, false
}

// firstMadeUp is where the numbers begin that are made up: the page has one for
// each setting, and the manuals tell few.
const firstMadeUp = 60_000

// Panel numbers what the phone holds.
func (p *Persona) Panel(d phone.Device) (phone.Panel, bool) {
	hashed, ok := p.panel()
	if !ok {
		return phone.Panel{}, false
	}
	out := phone.Panel{Hashed: hashed, Settings: map[string]phone.PanelSetting{}}
	known := p.numbers()
	for i, name := range p.Names() {
		if !p.Knows(d.Model, name) {
			continue
		}
		number, numbered := strings.CutPrefix(name, "P")
		if p.series.aliases != "" {
			if numbered && strings.Trim(number, "0123456789") == "" {
				continue // the same setting under its other name
			}
			number = strconv.Itoa(firstMadeUp + i)
			if n, ok := known[name]; ok {
				number = n
			}
		}
		out.Settings[number] = phone.PanelSetting{Name: name, Words: p.words(number), Secret: p.unshown(name)}
	}
	return out, true
}

// numbers are the maintenance settings by the family's own names.
func (p *Persona) numbers() map[string]string {
	w := p.series.words
	out := map[string]string{}
	for n, name := range map[string]string{"212": w.protocol, "237": w.path, "234": w.prefix, "235": w.postfix, "1360": w.user, "1361": w.password, "145": w.override, "1414": w.find, "2": w.admin} {
		out[name] = n
	}
	return out
}

// words are what the family's files say for the values of a maintenance setting.
func (p *Persona) words(number string) map[string]string {
	if p.series.aliases == "" {
		return nil
	}
	switch number {
	case "212":
		return map[string]string{"0": "TFTP", "1": "HTTP", "2": "HTTPS", "3": "FTP", "4": "FTPS"}
	case "145":
		return map[string]string{"0": "No", "1": "Yes", "2": "Fallback"}
	case "1414":
		return map[string]string{"0": "No", "1": "Yes"}
	}
	return nil
}

// unshown are the passwords (pessimistic: whether a page shows any is unknown).
func (p *Persona) unshown(name string) bool {
	w := p.series.words
	return name == w.admin || name == w.password || name == w.filePassword || strings.Contains(strings.ToLower(name), "password")
}

// otherPages are the web pages of the other families with a panel. The GXP16xx has
// its on HTTP alone, as it was reached; the others on both. Lock-out as on the
// hotel phones.
func (p *Persona) otherPages(s map[string]string) phone.Services {
	hashed, ok := p.panel()
	if !ok {
		return phone.Services{}
	}
	w := phone.WebService{HTTP: 80, HTTPS: 443, Idle: 10 * time.Minute, Attempts: 5, LockOut: 5 * time.Minute, Password: s[p.series.words.admin], SetPassword: p.series.words.admin}
	if !hashed {
		w.HTTPS = 0
	}
	return phone.Services{Web: w}
}
