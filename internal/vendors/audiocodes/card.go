package audiocodes

import "bellwether/internal/vendors"

var _ vendors.Carder = (*Vendor)(nil)

// Card holds the two lines that turn a phone from DHCP to an address of its own
// (400HD administrator's manual, "Provisioning"); the phone adds the name of its
// file to a folder. Where its web page has them is not evidenced, so no menu is
// told: the lines are loaded as a configuration file.
func (*Vendor) Card(_ vendors.Model, d vendors.Doors) vendors.Card {
	folder := d.Folder()
	if folder == "" {
		return vendors.Card{}
	}
	return vendors.Card{Fields: []vendors.CardField{
		{Name: "provisioning/method", Value: "STATIC"},
		{Name: "provisioning/configuration/url", Value: folder},
	}}
}
