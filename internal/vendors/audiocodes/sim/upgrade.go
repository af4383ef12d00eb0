package sim

import "bellwether/internal/phone"

var _ phone.Upgrader = (*Persona)(nil)

// Upgrade asks for the image that the address names, or for that of the model in
// its folder (manual, "Provisioning"). That it looks each time is pessimistic.
func (*Persona) Upgrade(d phone.Device, s map[string]string) (phone.Upgrade, bool) {
	if s[firmwareURL] == "" {
		return phone.Upgrade{}, false
	}
	folder, name, err := split(s[firmwareURL])
	if err != nil {
		return phone.Upgrade{}, false
	}
	if name == "" {
		name = d.Model + ".img"
	}
	return phone.Upgrade{Name: name, Place: phone.Place{Folder: folder, Trust: phone.Trust{Factory: true}}}, true
}
