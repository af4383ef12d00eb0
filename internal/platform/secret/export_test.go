package secret

import (
	"context"

	"bellwether/internal/platform/scope"
)

// RotateUntil is the change of one tenant's key that stops after n chunks.
func (v *Vault) RotateUntil(ctx context.Context, tenant string, n int, stop func()) error {
	ctx = scope.AsSystem(ctx, "test")
	if err := v.beginRotation(ctx, tenant); err != nil {
		return err
	}
	for range n {
		if _, err := v.resealChunk(ctx, tenant); err != nil {
			return err
		}
	}
	stop()
	return v.rotateTenant(ctx, tenant)
}
