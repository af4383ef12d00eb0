package sim

import (
	"strings"

	"bellwether/internal/phone"
)

var _ phone.Lessee = (*Persona)(nil)

// byLease is what the method counts as while a lease names the addresses.
const byLease = "DHCP"

const firmwareURL = "provisioning/firmware/url"

// Lease reads the options of a phone whose method is DYNAMIC, as it is out of the
// box: 160 (or another that is set), then 66 with 67 (manual, "Provisioning"). 43
// is "support pending" there.
func (*Persona) Lease(d phone.Device, held map[string]string, l phone.Lease) phone.Told {
	told := phone.Told{Settings: map[string]string{}}
	if held[method] != "DYNAMIC" && held[method] != bySearch {
		return told
	}
	address := l.Text(uint8(number(held["provisioning/url_option_value"], 160))) //nolint:gosec // at most 254, by the table
	if address == "" {
		address = withNames(l.Text(66), l.Text(67))
	}
	if address == "" {
		return told
	}
	told.Settings = pointed(d, byLease, address)
	return told
}

// pointed are the settings that an address stands for, and how the phone came to it.
func pointed(d phone.Device, how, address string) map[string]string {
	if !strings.Contains(address, "://") {
		address = "tftp://" + address
	}
	address = strings.NewReplacer("<MAC>", strings.ToUpper(d.MAC.String()), "<MODEL>", d.Model).Replace(address)
	folder, image, config := parts(address)
	return map[string]string{method: how, configURL: folder + config, firmwareURL: folder + image}
}

// withNames joins 66 and 67; names in 66 win, and without 66 67 is of no use.
func withNames(server, files string) string {
	scheme, rest, named := strings.Cut(server, "://")
	if !named {
		scheme, rest = "tftp", server
	}
	if rest == "" {
		return ""
	}
	if files == "" || strings.ContainsAny(rest, ";") {
		return scheme + "://" + rest
	}
	return scheme + "://" + strings.TrimSuffix(rest, "/") + "/" + files
}

// parts reads proto://host[/path]/[<firmware file>][;<configuration file>]. What
// stands after the semicolon belongs to the folder of what stands before it, as the
// manual has it. The phone manager's own address (…/firmwarefiles;ipp/dhcption160.cfg)
// has no ending before it: it is asked for as it is written, since what else a phone
// makes of it is not told.
func parts(address string) (folder, image, config string) {
	before, after, both := strings.Cut(address, ";")
	at := strings.LastIndexByte(before, '/') + 1
	if at <= len("https://") && !strings.Contains(before[:at], "://") || strings.HasSuffix(before[:at], "://") {
		return before + "/", "", after // a host alone
	}
	name := before[at:]
	switch {
	case both && name != "" && !strings.Contains(name, "."):
		return before[:at], "", name + ";" + after
	case name != "" && !strings.Contains(name, "."):
		return before + "/", "", after
	}
	return before[:at], name, after
}
