package provision

import (
	"context"
	"slices"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/limit"
)

// SeenAt are the addresses that a device's requests came from, and those for its
// MAC before anybody had entered it, the newest first, at most limit.PageAddress.
// What asks with a MAC proves nothing: the caller judges the addresses.
func (s *Service) SeenAt(ctx context.Context, d device.Device) (out []string, err error) {
	rows, err := s.way(ctx, d.ID, d.MAC)
	slices.SortStableFunc(rows, func(a, b Entry) int { return b.LastAt.Compare(a.LastAt) })
	for _, r := range rows {
		if r.Address != "" && !slices.Contains(out, r.Address) && len(out) < limit.PageAddress {
			out = append(out, r.Address)
		}
	}
	return out, err
}
