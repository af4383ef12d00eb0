package audiocodes

import "bellwether/internal/vendors"

// Files returns the names that a phone asks for: its own configuration, and the
// firmware of its hardware type (400HD manual, "Provisioning"). What DHCP option
// 160 names comes before both, once.
func (v *Vendor) Files(d vendors.Device) []vendors.File {
	out := []vendors.File{{Name: "dhcpoption160.cfg", Kind: vendors.Common}, {Name: "dhcption160.cfg", Kind: vendors.Common}}
	if d.MAC != "" {
		out = append(out, vendors.File{Name: d.Prefix + d.MAC.String() + d.Postfix + ".cfg", Kind: vendors.Config})
	}
	if d.Model != "" {
		out = append(out, vendors.File{Name: d.Model + ".img", Kind: vendors.Firmware})
	}
	return out
}

// GlobalName names the file that a model's phones share in include mode, in the
// form of the phone manager's own; tag keeps two of them apart.
func (v *Vendor) GlobalName(model, tag string) string {
	return "AudioCodes_" + model + "_global_" + tag + ".cfg"
}

// Include is the line that pulls a file in; Render writes it first.
func (v *Vendor) Include(file string) vendors.SpelledValue {
	return vendors.SpelledValue{Name: Include, Value: file}
}
