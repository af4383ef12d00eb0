package manager

import (
	"context"

	"bellwether/internal/domain/command"
	"bellwether/internal/platform/db"
)

// told takes in the values that a phone told: names that it was thought to refuse are
// asked for again from now on.
func (s *Service) told(ctx context.Context, tx *db.Tx, deviceID string, values []command.Value) error {
	d, err := s.Devices.GetIn(ctx, tx, deviceID)
	if err != nil {
		return err
	}
	p, err := find(ctx, tx, deviceID)
	if err != nil {
		return err
	}
	p.Device = d
	var names []string
	for _, v := range values {
		if v.Fault == "" {
			names = append(names, v.Name)
		}
	}
	return dropRefused(ctx, tx, p.kind(), names)
}
