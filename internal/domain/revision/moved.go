package revision

import (
	"context"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
)

// Moved ends what a device had in the organization that it leaves: bindings and
// revisions are of that one. What the phone holds is remembered, so that its first
// configuration in the new organization takes away what came from the old one.
func (s *Service) Moved(ctx context.Context, tx *db.Tx, _, d device.Device) error {
	states, err := loadStates(ctx, tx, []string{d.ID})
	if err != nil {
		return err
	}
	st, had := states[d.ID]
	if !had {
		return nil
	}
	if err := DropDevice(ctx, tx, d.ID); err != nil {
		return err
	}
	keeps := state{ever: st.ever}
	keeps.FilePassword = st.FilePassword
	return saveState(ctx, tx, keeps.of(d), s.db.Now().UnixMilli())
}
