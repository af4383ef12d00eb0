package identity

import (
	"context"
	"fmt"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
)

// Moved takes what a device can show along to another organization of its tenant:
// the phone finds its way by the address and the password that it has. The secrets
// are sealed anew, since each is bound to its owner's organization. The key for
// reports ends: what the phone tells with it was meant for the one before.
func (s *Service) Moved(ctx context.Context, tx *db.Tx, _, d device.Device) error {
	if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
		return err
	}
	rows, err := proofsOf(ctx, tx, d.ID, "")
	if err != nil {
		return fmt.Errorf("take a device's tokens along: %w", err)
	}
	for _, r := range rows {
		if r.SecretRef == "" {
			continue
		}
		if r.SecretRef, err = s.reseal(ctx, tx, d, r.SecretRef); err != nil {
			return fmt.Errorf("take a device's tokens along: %w", err)
		}
		if err := setSecret(ctx, tx, r); err != nil {
			return err
		}
	}
	label, err := labelOf(ctx, tx, d.ID)
	if err == nil && label.StickerRef != "" {
		if label.StickerRef, err = s.reseal(ctx, tx, d, label.StickerRef); err == nil {
			err = saveLabel(ctx, tx, label)
		}
	}
	if err != nil {
		return fmt.Errorf("take a sticker secret along: %w", err)
	}
	tx.AfterCommit(func() { s.cache.forget(d.ID) })
	if err := db.Rehome(ctx, tx, d.ID, d.OrgID, "device_secrets", "device_labels", "claims", "claim_windows", "legacy_uses"); err != nil {
		return fmt.Errorf("take a device's proofs along: %w", err)
	}
	if err := s.renewReport(ctx, tx, d); err != nil {
		return err
	}
	return trust.Moved(ctx, tx, d.ID, d.OrgID)
}

func (s *Service) reseal(ctx context.Context, tx *db.Tx, d device.Device, ref string) (string, error) {
	word, err := s.vault.Open(ctx, tx, secret.Ref(ref), secret.ForDevice(d.ID))
	if err != nil {
		return "", err
	}
	fresh, err := s.vault.Seal(ctx, tx, secret.Owner{TenantID: d.TenantID, OrgID: d.OrgID, Kind: "device", ID: d.ID}, word)
	if err != nil {
		return "", err
	}
	return string(fresh), s.vault.Delete(ctx, tx, secret.Ref(ref).Current())
}

func setSecret(ctx context.Context, tx *db.Tx, r tokenRow) error {
	_, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("secret_ref = ?", r.SecretRef).Where("id = ?", r.ID).Exec(ctx)
	return err
}
