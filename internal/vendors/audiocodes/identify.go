package audiocodes

import (
	"strings"

	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

// Identify reads a request's name and user agent. It reports true where one of
// them is an AudioCodes phone's: a request with the agent of one and a name that
// none is known to ask for has no File.
func (v *Vendor) Identify(r vendors.Request) (vendors.Sighting, bool) {
	seen, byAgent := v.readAgent(r.UserAgent)
	file, addr, model, byName := v.readName(r.Name, byAgent)
	if !byAgent && !byName {
		return vendors.Sighting{}, false
	}
	seen.File, seen.MAC = file, addr
	if seen.MAC == "" {
		seen.MAC = seen.AgentMAC
	}
	if seen.Model == "" {
		seen.Model = model
	}
	return seen, true
}

// readAgent reads the forms that captures show:
//
//	AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)
//	Genesys /2.2.16.142.46 (420HDG-Rev2-AC494; 00908F9A9623)
//	AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0
//	AUDC/3.4.6.604 AUDC-IPPhone-C450HD_UC_3.4.6.604/1
//
// What is missing or odd in it is left empty.
func (v *Vendor) readAgent(agent string) (vendors.Sighting, bool) {
	if len(agent) > limit.UserAgent {
		agent = agent[:limit.UserAgent]
	}
	words := strings.FieldsFunc(agent, func(r rune) bool { return strings.ContainsRune(" /();", r) })
	if len(words) < 2 {
		return vendors.Sighting{}, false
	}
	var seen vendors.Sighting
	ours := strings.HasPrefix(words[0], "AUDC")
	for _, w := range words {
		if label, rest, ok := v.model(w); ok && seen.Model == "" {
			seen.Model = label
			if at := strings.Index(rest, "UC_"); at >= 0 && isVersion(rest[at+len("UC_"):]) {
				seen.Firmware = rest[at:]
			}
		}
		if a, err := mac.Parse(w); err == nil && len(w) == 12 {
			seen.AgentMAC = a
		}
		if seen.Firmware == "" && isVersion(w) {
			seen.Firmware = w
		}
	}
	// A brand of its own is known by what stands in the brackets.
	if !ours && (seen.Model == "" || seen.AgentMAC == "" || !strings.Contains(agent, "(")) {
		return vendors.Sighting{}, false
	}
	return seen, true
}

// model finds a model in a word such as 440HDG-Rev0 or AUDC-IPPhone-430HD_UC_…,
// and returns its label and what follows.
func (v *Vendor) model(word string) (label, rest string, ok bool) {
	at := strings.Index(word, "HD")
	if at < 3 {
		return "", "", false
	}
	start := at - 3
	if start > 0 && word[start-1] == 'C' {
		start--
	}
	label, ok = v.labels[strings.ToLower(word[start:at+2])]
	return label, word[at+2:], ok
}

func isVersion(s string) bool {
	return len(s) <= 32 && strings.Count(s, ".") >= 2 && strings.Trim(s, "0123456789.") == "" && s[0] != '.' && s[len(s)-1] != '.'
}

// readName reads a file name in any case. sure says that the asker is one of
// these phones, so that names that others use too may count.
func (v *Vendor) readName(file string, sure bool) (kind vendors.FileKind, addr mac.Address, model string, ok bool) {
	if file == "" || len(file) > limit.FileName || strings.ContainsFunc(file, oddRune) {
		return "", "", "", false
	}
	file = strings.ToLower(file)
	if base, found := strings.CutSuffix(file, ".img"); found {
		label, known := v.labels[base]
		return vendors.Firmware, "", label, known || sure
	}
	base, found := strings.CutSuffix(file, ".cfg")
	if !found {
		return "", "", "", false
	}
	if a, err := mac.Parse(base); err == nil && len(base) == 12 {
		return vendors.Config, a, "", true
	}
	switch {
	case base == "dhcption160", base == "dhcpoption160":
		return vendors.Common, "", "", true
	case base == "00000000" && sure:
		return vendors.Probe, "", "", true
	}
	if label, of := v.globalOf(base); of {
		return vendors.Global, "", label, true
	}
	if a, within := macWithin(base); within && sure { // <MODEL>_<MAC>_conf.cfg and the like
		label, _, _ := v.model(strings.ToUpper(base))
		return vendors.Config, a, label, true
	}
	return "", "", "", false
}

// oddRune picks out what no phone's file name holds.
func oddRune(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`/\%"'<>|*?`, r)
}

// globalOf knows audiocodes_420hd_global_….
func (v *Vendor) globalOf(base string) (label string, ok bool) {
	rest, ok := strings.CutPrefix(base, "audiocodes_")
	if !ok {
		return "", false
	}
	model, _, ok := strings.Cut(rest, "_global")
	label = v.labels[model]
	return label, ok && label != ""
}

// macWithin finds exactly 12 hex digits between other signs.
func macWithin(s string) (mac.Address, bool) {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '-' }) {
		if a, err := mac.Parse(part); err == nil && len(part) == 12 {
			return a, true
		}
	}
	return "", false
}
