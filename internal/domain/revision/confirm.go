package revision

import (
	"context"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Standing is what a device should have and where it stands, inside a transaction; the
// zero revision where it should have none yet.
func (s *Service) Standing(ctx context.Context, q db.Q, deviceID string) (Revision, Status, error) {
	states, err := loadStates(ctx, q, []string{deviceID})
	st := states[deviceID]
	if err != nil || st.Desired == "" {
		return Revision{}, st.status(), err
	}
	r, err := desired(ctx, q, &s.parts, deviceID)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return r, st.status(), err
}

// Agrees records that a device's own word agrees with the revision that it took last.
// It is a Conflict where the device took another one since.
func (s *Service) Agrees(ctx context.Context, tx *db.Tx, d device.Device, revisionID string) error {
	s.devices.Changed(tx, d)
	return setConfirmed(ctx, tx, d.ID, revisionID, s.db.Now().UnixMilli())
}
