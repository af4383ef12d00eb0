package sim

import (
	"net/netip"
	"net/url"
	"strings"

	"bellwether/internal/phone"
)

var (
	_ phone.Upgrader  = (*Persona)(nil)
	_ phone.Collector = (*Persona)(nil)
)

// firmwareWords steer how firmware is fetched.
type firmwareWords struct {
	protocol, path, user, password string
	prefix, postfix, check         string
	checks                         map[string]phone.Check // of the table's words for "check"
}

// bookWords steer the phonebook and the wallpaper.
type bookWords struct {
	mode, server, user, password string
	modes                        map[string]string // of the table's words for "mode"
	wallpaper, picture           string
}

// Upgrade reads the page "Firmware". A path without a scheme holds host and folder
// (guide, "Firmware Upgrade"); prefix and postfix stand around the whole name, and
// only what is named so is used. Without a mode it always looks (pessimistic: the
// default is not told).
func (p *Persona) Upgrade(d phone.Device, s map[string]string) (phone.Upgrade, bool) {
	w := p.series.words
	f := w.firmware
	if s[f.path] == "" {
		return phone.Upgrade{}, false
	}
	folder, err := w.folder(s[f.protocol], s[f.path])
	if err != nil {
		return phone.Upgrade{}, false
	}
	return phone.Upgrade{
		Name: s[f.prefix] + imageName(d.Model) + s[f.postfix], Affix: s[f.prefix] + " " + s[f.postfix], Check: f.checks[s[f.check]],
		Place: phone.Place{Folder: folder, User: s[f.user], Password: s[f.password], Preempt: s[w.preempt] == w.yes, Trust: w.trust(s)},
	}, true
}

// imageName is what the phones ask for: the hotel phones share one image (guide,
// "Unified Firmware"); that of the others is from memory.
func imageName(model string) string {
	if strings.HasPrefix(model, "GHP") {
		return "ghp610fw.bin"
	}
	return strings.ToLower(model) + "fw.bin"
}

var _ phone.Recoverer = (*Persona)(nil)

// Recovery is that of the hotel phones (guide, "Handling method"): they take the
// address 192.168.0.3 and ask at 192.168.0.2.
func (*Persona) Recovery(d phone.Device) (phone.Recovery, bool) {
	return phone.Recovery{Server: netip.AddrFrom4([4]byte{192, 168, 0, 2}), System: "ghp610recovery.bin", Firmware: imageName(d.Model)}, strings.HasPrefix(d.Model, "GHP")
}

// Extras reads where the phonebook and the wallpaper of a phone with a screen are.
// Both are looked for whenever the phone looks for its configuration: the
// phonebook's own interval is not played.
func (p *Persona) Extras(_ phone.Device, s map[string]string) []phone.Extra {
	w := p.series.words
	b := w.book
	var out []phone.Extra
	if folder, err := w.folder(w.protocols[b.modes[s[b.mode]]], s[b.server]); err == nil && b.mode != "" {
		out = append(out, phone.Extra{Kind: "phonebook", Name: "phonebook.xml", Most: 1 << 20, Place: phone.Place{Folder: folder, User: s[b.user], Password: s[b.password], Trust: w.trust(s)}})
	}
	path := s[b.picture]
	if s[b.wallpaper] != "Download" || path == "" {
		return out
	}
	if !strings.Contains(path, "://") {
		path = "http://" + path
	}
	u, err := url.Parse(path)
	if err != nil || u.Host == "" || w.protocols[strings.ToUpper(u.Scheme)] == "" {
		return out
	}
	at := strings.LastIndexByte(u.Path, '/') + 1
	name := u.Path[at:]
	u.Path, u.RawPath = u.Path[:at], ""
	if name == "" {
		return out
	}
	return append(out, phone.Extra{Kind: "wallpaper", Name: name, Most: 8 << 20, Place: phone.Place{Folder: u, Trust: w.trust(s)}})
}
