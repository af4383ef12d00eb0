package grandstream

import "bellwether/internal/vendors"

var _ vendors.Leaser = (*Vendor)(nil)

// Lease puts the folder into option 66, which phones since the GXP21xx take as a
// whole URL (DHCP options guide), and into 160 for those whose additional
// override option (P8337) is set to it. Option 67 they do not use; what they take
// from option 43 is not evidenced, so it is not there.
func (*Vendor) Lease(d vendors.Doors) vendors.Lease {
	l := vendors.Lease{OUIs: ouis(), Class: "Grandstream"} // P148: "Grandstream GRP2612"
	if folder := d.Folder(); folder != "" {
		l.Options = []vendors.LeaseOption{
			{Code: 66, Text: folder, Note: "configuration server"},
			{Code: 160, Text: folder, Note: "the same, where the phone's additional override option is 160"},
		}
	}
	return l
}

// ouis are the ranges of addresses that published captures show.
func ouis() []string { return []string{oldOUI, "c074ad", "ec74d7"} }
