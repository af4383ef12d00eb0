package grandstream

import (
	"strings"

	"bellwether/internal/vendors"
)

var _ vendors.Carder = (*Vendor)(nil)

// Card names the two fields of the page "Upgrade and Provisioning". The path is
// written without its scheme, which the field before it chooses: with one, the
// phone asks a host named "https". The names and the menu are those of the
// GHP6xx administration guide ("Upgrade and Provisioning", "Upgrading via local
// web"); for other families the names alone are told, and no menu.
func (*Vendor) Card(m vendors.Model, d vendors.Doors) vendors.Card {
	var c vendors.Card
	protocol, server := "Config Upgrade via", "Config Server Path"
	if m.Family == hotel {
		c.Menu = []string{"Maintenance", "Upgrade and Provisioning", "Config File"}
		protocol, server = "Configure Upgrade via", "Configure Server Path"
	}
	scheme, path, ok := strings.Cut(strings.TrimSuffix(d.Folder(), "/"), "://")
	if ok {
		c.Fields = []vendors.CardField{{Name: protocol, Value: strings.ToUpper(scheme)}, {Name: server, Value: path}}
	}
	return c
}
