package grandstream

import (
	"strings"

	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

// Identify reads a request's name and user agent. It reports true where one of
// them is Grandstream's: a request with the agent of a Grandstream phone and a
// name that none is known to ask for has no File.
func (v *Vendor) Identify(r vendors.Request) (vendors.Sighting, bool) {
	seen, byAgent := v.readAgent(r.UserAgent)
	file, addr, model, byName := v.readName(r.Name, byAgent)
	if !byAgent && !byName {
		return vendors.Sighting{}, false
	}
	seen.File, seen.MAC = file, addr
	if addr != "" && byName {
		seen.Prefix, seen.Postfix, seen.Form = around(r.Name, file)
	}
	if seen.MAC == "" {
		seen.MAC = seen.AgentMAC
	}
	if seen.Model == "" {
		seen.Model = model
	}
	return seen, true
}

// readAgent reads the two forms of user agent that captures show:
//
//	Grandstream Model HW GXV3350  V1.3A SW 1.0.1.8 DevId c074ad150b88
//	Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/…) DevId 000b822726c8
//
// What is missing or odd in it is left empty.
func (v *Vendor) readAgent(agent string) (vendors.Sighting, bool) {
	if len(agent) > limit.UserAgent {
		agent = agent[:limit.UserAgent]
	}
	words := strings.Fields(agent)
	if len(words) < 2 || !strings.EqualFold(words[0], "Grandstream") {
		return vendors.Sighting{}, false
	}
	var seen vendors.Sighting
	rest := words[1:]
	if len(rest) >= 3 && strings.EqualFold(rest[0], "Model") && strings.EqualFold(rest[1], "HW") {
		rest = rest[2:]
	}
	seen.Model = v.labels[strings.ToLower(rest[0])]
	for i, w := range rest[:len(rest)-1] {
		switch next := rest[i+1]; {
		case strings.EqualFold(w, "SW") && isVersion(next):
			seen.Firmware = next
		case strings.EqualFold(w, "DevId"):
			if a, err := mac.Parse(next); err == nil {
				seen.AgentMAC = a
			}
		}
	}
	return seen, true
}

func isVersion(s string) bool {
	return len(s) <= 32 && s != "" && strings.Trim(s, "0123456789.") == "" && s[0] != '.' && s[len(s)-1] != '.'
}

// readName reads a file name in any case, with a prefix or postfix that an
// operator may have set (P234, P235) around it. sure says that the asker is a
// Grandstream phone, so that names that others use too may count.
func (v *Vendor) readName(name string, sure bool) (kind vendors.FileKind, addr mac.Address, model string, ok bool) {
	if name == "" || len(name) > limit.FileName || strings.ContainsFunc(name, oddRune) {
		return "", "", "", false
	}
	name = strings.ToLower(name)
	if a, rest, found := macAfter(name, "cfg"); found {
		return configKind(rest), a, "", true
	}
	if a, rest, found := macAfter(name, "dev"); found && strings.Contains(rest, ".cfg") {
		return vendors.Probe, a, "", true
	}
	if m, found := v.modelAfter(name); found {
		return vendors.Probe, "", m, true
	}
	switch {
	case isImage(name, sure):
		return vendors.Firmware, "", "", true
	case name == "cfg.xml", sure && strings.Contains(name, "cfg.xml"):
		return vendors.Probe, "", "", true
	case name == "gs_phonebook.xml", sure && name == "phonebook.xml":
		return vendors.Resource, "", "", true
	case sure && (name == "gs_screen.xml" || name == "gs_lang.xml"):
		return vendors.Probe, "", "", true
	}
	return "", "", "", false
}

// oddRune picks out what no phone's file name holds.
func oddRune(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`/\%"'<>|*?`, r)
}

// configKind tells the XML file from the binary one that firmware asks for
// before or after it.
func configKind(rest string) vendors.FileKind {
	if strings.HasPrefix(rest, ".xml") || strings.HasSuffix(rest, ".xml") {
		return vendors.Config
	}
	return vendors.Probe
}

// around is what stands before and after the name of a device's own file, and
// the form that the name asks for. Of a name with ".xml" in its middle or at its
// end the rest is the postfix.
func around(name string, kind vendors.FileKind) (prefix, postfix string, form vendors.Encoding) {
	low := strings.ToLower(name)
	_, rest, found := macAfter(low, "cfg")
	if !found {
		return "", "", ""
	}
	end := len(name) - len(rest)
	prefix, postfix = name[:end-len("cfg")-12], name[end:]
	if kind != vendors.Config {
		return prefix, postfix, vendors.Binary
	}
	if strings.HasPrefix(rest, ".xml") {
		return prefix, postfix[len(".xml"):], ""
	}
	return prefix, postfix[:len(postfix)-len(".xml")], ""
}

// macAfter finds the first mark that is followed by exactly 12 hex digits, and
// returns them as an address with what follows.
func macAfter(name, mark string) (addr mac.Address, rest string, ok bool) {
	for from := 0; ; {
		at := strings.Index(name[from:], mark)
		if at < 0 {
			return "", "", false
		}
		from += at + len(mark)
		digits := name[from:]
		n := len(digits) - len(strings.TrimLeft(digits, "0123456789abcdef"))
		if n != 12 {
			continue
		}
		if a, err := mac.Parse(digits[:12]); err == nil {
			return a, digits[12:], true
		}
	}
}

// modelAfter finds cfg<model>.xml, for a model of ours or for one that has the
// form of Grandstream's names, which then stays unknown.
func (v *Vendor) modelAfter(name string) (model string, ok bool) {
	at := strings.Index(name, "cfg")
	if at < 0 || !strings.Contains(name, ".xml") {
		return "", false
	}
	token := name[at+len("cfg"):]
	token = token[:len(token)-len(strings.TrimLeft(token, "abcdefghijklmnopqrstuvwxyz0123456789"))]
	if m := v.labels[token]; m != "" {
		return m, true
	}
	for _, series := range []string{"ghp", "grp", "gxp", "gxv", "gxw", "gac", "gds", "gsc", "dp", "ht", "wp"} {
		if rest, found := strings.CutPrefix(token, series); found && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return "", true
		}
	}
	return "", false
}

// isImage knows the unified image and its recovery by name; another image by
// its form alone where the asker is a Grandstream phone.
func isImage(name string, sure bool) bool {
	return strings.Contains(name, firmwareName) || strings.Contains(name, "ghp610recovery.bin") ||
		sure && strings.Contains(name, "fw.bin")
}
