package provision

import (
	"bellwether/internal/domain/identity"
	"bellwether/internal/vendors"
)

// Kept reports whether the answer to a request by a device's own path token is kept.
func (s *Service) Kept(r Request, deviceID string) bool {
	_, sight, _ := s.Vendors.Identify(vendors.Request{Door: r.Door, Name: r.Name, UserAgent: r.UserAgent})
	_, _, ok := s.shelf.Get(asked{deviceID, r.Door.Clear(), identity.PathToken, "", sight})
	return ok
}
