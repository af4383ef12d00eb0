package grandstream

import (
	"strings"

	"bellwether/internal/vendors"
)

// Files returns the names in the order in which a phone asks for them with
// "process all" off (GHP6xx guide, "Download and Process All Available Config
// Files"), and then its firmware. The device's own file is the only one with
// content; the others are asked for in passing. Older firmware asks for the
// binary form first. A prefix and a postfix stand around the whole name (the
// maker's provisioning guide; whether the postfix of an XML file stands before
// ".xml" is unproven, so both are recognised).
func (v *Vendor) Files(d vendors.Device) []vendors.File {
	var out []vendors.File
	add := func(name string, kind vendors.FileKind) {
		out = append(out, vendors.File{Name: d.Prefix + name + d.Postfix, Kind: kind})
	}
	mac, model := d.MAC.String(), strings.ToLower(d.Model)
	if mac != "" {
		add("cfg"+mac+".xml", vendors.Config)
		add("cfg"+mac, vendors.Probe) // binary
	}
	if model != "" {
		add("cfg"+model+".xml", vendors.Probe)
	}
	add("cfg.xml", vendors.Probe)
	if mac != "" {
		add("dev"+mac+".cfg", vendors.Probe)
	}
	if d.Family == hotel || d.Family == "" {
		out = append(out, vendors.File{Name: firmwareName, Kind: vendors.Firmware})
	}
	return out
}

// firmwareName is the image of the eight hotel phones (GHP6xx guide, "Unified
// Firmware"). Those of the other families are not evidenced.
const firmwareName = "ghp610fw.bin"
