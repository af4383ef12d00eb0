package device

import (
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
)

// Changed tells whoever watches the device to look again, after the commit.
func (s *Service) Changed(tx *db.Tx, d Device) {
	tx.AfterCommit(func() { bus.Announce(s.bus, d.OrgID, "devices", d.ID) })
}
