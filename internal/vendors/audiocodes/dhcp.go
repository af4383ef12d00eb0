package audiocodes

import "bellwether/internal/vendors"

var _ vendors.Leaser = (*Vendor)(nil)

// Lease names the file of addresses in option 160, which 400HD phones look at
// first, and the folder and the names of the phone's files in 66 and 67, which
// they look at next (400HD administrator's manual, "Provisioning"). The path is
// the one that the maker's own manager has. Which vendor class the phones send is
// not evidenced, so that they are told by their addresses alone.
func (*Vendor) Lease(d vendors.Doors) vendors.Lease {
	l := vendors.Lease{OUIs: []string{"00908f"}}
	base := d.HTTP
	if base == "" {
		base = d.HTTPS
	}
	if base != "" {
		l.Options = append(l.Options, vendors.LeaseOption{Code: 160, Text: base + "/firmwarefiles;ipp/dhcption160.cfg", Note: "where everything else is"})
	}
	if folder := d.Folder(); folder != "" {
		l.Options = append(l.Options,
			vendors.LeaseOption{Code: 66, Text: folder, Note: "configuration server, where option 160 is not taken"},
			vendors.LeaseOption{Code: 67, Text: ";<MAC>.cfg", Note: "the phone puts its own address in"})
	}
	return l
}
