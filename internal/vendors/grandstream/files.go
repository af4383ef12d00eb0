package grandstream

import (
	"strings"

	"bellwether/internal/vendors"
)

// Files returns the names in the order in which a phone asks for them with
// "process all" off (GHP6xx guide, "Download and Process All Available Config
// Files"), and then its firmware. The device's own file is the only one with
// content; the others are asked for in passing.
func (v *Vendor) Files(d vendors.Device) []vendors.File {
	var out []vendors.File
	mac, model := d.MAC.String(), strings.ToLower(d.Model)
	if mac != "" {
		out = append(out,
			vendors.File{Name: "cfg" + mac + ".xml", Kind: vendors.Config},
			vendors.File{Name: "cfg" + mac, Kind: vendors.Probe}) // binary
	}
	if model != "" {
		out = append(out, vendors.File{Name: "cfg" + model + ".xml", Kind: vendors.Probe})
	}
	out = append(out, vendors.File{Name: "cfg.xml", Kind: vendors.Probe})
	if mac != "" {
		out = append(out, vendors.File{Name: "dev" + mac + ".cfg", Kind: vendors.Probe})
	}
	return append(out, vendors.File{Name: firmwareName, Kind: vendors.Firmware})
}

// firmwareName is the image of all eight models (GHP6xx guide, "Unified
// Firmware").
const firmwareName = "ghp610fw.bin"
