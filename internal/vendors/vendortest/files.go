package vendortest

import (
	"strings"

	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

const sampleMAC mac.Address = "00005e005301"

// checkFiles wants each name that a phone may ask for to be recognised again as
// what it is, in whatever case the phone writes it.
func checkFiles(v vendors.Vendor, f *findings) {
	for _, m := range v.Models() {
		own := 0
		for _, file := range v.Files(vendors.Device{MAC: sampleMAC, Model: m.Name, Family: m.Family}) {
			if file.Name == "" || strings.ContainsAny(file.Name, `/\`) {
				f.add("%s: file name %q", m.Name, file.Name)
			}
			if file.Kind == vendors.Config {
				own++
			}
			for _, name := range []string{file.Name, strings.ToUpper(file.Name)} {
				checkFile(v, name, file.Kind, f)
			}
		}
		if own != 1 {
			f.add("%s: %d files of its own, 1 is wanted", m.Name, own)
		}
	}
}

func checkFile(v vendors.Vendor, name string, kind vendors.FileKind, f *findings) {
	seen, ok := v.Identify(vendors.Request{Door: vendors.HTTPS, Name: name})
	if !ok || seen.File != kind {
		f.add("%s is of kind %s, and identified as %q (%t)", name, kind, seen.File, ok)
	}
	if named := strings.Contains(strings.ToLower(name), sampleMAC.String()); named && seen.MAC != sampleMAC {
		f.add("%s: the MAC address was read as %q", name, seen.MAC)
	}
}

// checkIdentify throws names and agents at the vendor that no phone sends. What
// it reads from them has to be well-formed; names alone that lead somewhere else
// have to be nobody's.
func checkIdentify(v vendors.Vendor, f *findings) {
	known := map[string]bool{"": true}
	for _, m := range v.Models() {
		known[m.Name] = true
	}
	for _, name := range hostileNames() {
		for _, agent := range hostileAgents() {
			seen, ok := v.Identify(vendors.Request{Door: vendors.HTTP, Name: name, UserAgent: agent})
			if !ok {
				if seen != (vendors.Sighting{}) {
					f.add("%q, %q: refused, and yet read as %+v", name, agent, seen)
				}
				continue
			}
			if agent == "" {
				f.add("name %q alone was taken for the vendor's", name)
			}
			if !known[seen.Model] || !wellFormed(seen.MAC) || !wellFormed(seen.AgentMAC) {
				f.add("%q, %q: read as %+v", name, agent, seen)
			}
			if seen.File == vendors.Config || seen.File == vendors.Firmware {
				f.add("%q was taken for a file of kind %s", name, seen.File)
			}
		}
	}
}

func wellFormed(a mac.Address) bool {
	parsed, err := mac.Parse(a.String())
	return a == "" || err == nil && parsed == a
}

func hostileNames() []string {
	return []string{
		"", ".", "..", "/", "a/b", `..\..\x`, "../../etc/passwd", "cfg../../x.xml", "cfg/00005e005301.xml",
		"cfg000000000000.xml", "cfgffffffffffff.xml", "cfg00005e00530.xml", "cfg00005e0053011.xml",
		"cfg%30%300005e005301.xml", "cfg00005e005301.xml\x00.png", "cfg00005e005301.xml\r\nX: y", "cfg00005e005301\\.xml",
		"cfg00005e00530g.xml", "cfg00005e00530１.xml", strings.Repeat("cfg", 40), strings.Repeat("a", 70000) + "cfg00005e005301.xml",
		"00005e005301..cfg", "\xff\xfe", "<script>", "index.html", "favicon.ico", "wp-login.php", ".env", "'; DROP TABLE device; --",
	}
}

func hostileAgents() []string {
	return []string{
		"", " ", "Mozilla/5.0 (X11; Linux x86_64)", "curl/8.0", "\x00\x01", "\xff\xff", strings.Repeat("x ", 50000),
		"Grandstream", "Grandstream ", "Grandstream Model", "Grandstream Model HW", "Grandstream Model HW  SW  DevId ",
		"Grandstream Model HW SW SW SW DevId DevId", "Grandstream Model HW GHP621W SW .. DevId zzzzzzzzzzzz",
		"Grandstream Model HW ../../x SW 1.0 DevId 000000000000", "Grandstream Model HW " + strings.Repeat("A", 5000) + " SW 1 DevId 00005e005301",
		"AUDC-IPPhone/", "AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 000000000000)", "AUDC-IPPhone/2.2.8.61 (; )", "AUDC-IPPhone/" + strings.Repeat("(", 4000),
	}
}
