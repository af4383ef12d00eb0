package identity

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Service is the exported face of the package. New makes one; Run belongs to it.
// It is safe for concurrent use.
type Service struct {
	db         *db.DB
	vault      *secret.Vault
	audit      *audit.Service
	devices    *device.Service
	orgs       *org.Service
	trust      *trust.Service
	log        *slog.Logger
	cache      *cache
	uses       *uses
	asked      *asked
	tries      *tries
	alarms     Alarms
	legacyUses *legacyNotes
	byMAC      *db.Memo[mac.Address, device.Device] // what they are and where, not what they took last
	byPlace    *db.Memo[string, device.Device]      // the same, where one is looked for at some sites
	managers   *db.Memo[mac.Address, known]         // credentials for TR-069 that were used lately
	reportKeys *db.Memo[string, known]              // keys for reports, by the name in them
	reports    *db.Memo[string, known]              // tokens for reports that were used lately
	writing    sync.Mutex                           // one flush at a time, so that who flushes finds written what was noted before
}

// New returns a service.
func New(d *db.DB, v *secret.Vault, a *audit.Service, devices *device.Service, orgs *org.Service, t *trust.Service) *Service {
	return &Service{db: d, vault: v, audit: a, devices: devices, orgs: orgs, trust: t, log: d.Log(), cache: newCache(d.Clock()), uses: newUses(), asked: newAsked(), tries: newTries(), legacyUses: newLegacyNotes(),
		byMAC:      db.NewMemo[mac.Address, device.Device](d, cacheSize, nil, "devices", "sites"),
		byPlace:    db.NewMemo[string, device.Device](d, cacheSize, nil, "devices", "sites"),
		managers:   db.NewMemo[mac.Address, known](d, cacheSize, nil, "devices", "sites", "device_secrets"),
		reports:    db.NewMemo[string, known](d, limit.ReportTokensKept, nil, "devices", "sites", "device_secrets"),
		reportKeys: db.NewMemo[string, known](d, cacheSize, nil, "devices", "sites", "device_secrets")}
}

// kindPath is the kind of a path token in device_secrets.
const kindPath = "path"

// Issue gives a new device its first path token, in the transaction that makes
// the device. A device that has one keeps it.
func (s *Service) Issue(ctx context.Context, tx *db.Tx, d device.Device) error {
	_, err := currentOf(ctx, tx, d.ID, kindPath)
	if fault.Is(err, fault.NotFound) {
		if err = s.add(ctx, tx, d); err == nil {
			err = s.addManager(ctx, tx, d, d.ID)
		}
		if err == nil {
			err = s.addReport(ctx, tx, d, s.db.NewID())
		}
	}
	if err == nil {
		err = openWindow(ctx, tx, windowRow{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, Until: s.db.Now().Add(ClaimWindow).UnixMilli()})
	}
	if err != nil {
		return fmt.Errorf("issue a path token: %w", err)
	}
	return nil
}

func (s *Service) add(ctx context.Context, tx *db.Tx, d device.Device) error {
	token := newPathToken()
	ref, err := s.vault.Seal(ctx, tx, secret.Owner{TenantID: d.TenantID, OrgID: d.OrgID, Kind: "device", ID: d.ID}, token)
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, &tokenRow{
		ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: kindPath, Lookup: s.lookup(token.Reveal()),
		SecretRef: string(ref), State: string(current), CreatedAt: s.db.Now().UnixMilli(),
	})
}

// lookup is what a token is found by: no row holds the token itself.
func (s *Service) lookup(token string) string { return s.vault.MAC("path token", token) }

// Rotate gives a device a new path token. The one before stays good until the
// new one was used, and at most PreviousLife, so that a lost answer never shuts
// a phone out. The caller has checked that the actor may change the device.
func (s *Service) Rotate(ctx context.Context, tx *db.Tx, d device.Device) error {
	if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
		return err
	}
	if err := supersede(ctx, tx, d.ID, kindPath, s.db.Now().Add(PreviousLife).UnixMilli()); err != nil {
		return fmt.Errorf("replace a path token: %w", err)
	}
	if err := s.add(ctx, tx, d); err != nil {
		return fmt.Errorf("replace a path token: %w", err)
	}
	tx.AfterCommit(func() { s.cache.forget(d.ID) })
	return s.audit.Record(ctx, tx, audit.Entry{
		TenantID: d.TenantID, OrgID: d.OrgID, Action: "token.rotate", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
	})
}

// URLToken opens the path token that a device is to use from now on, for the
// purpose given: it stands in the URL that its configuration names.
func (s *Service) URLToken(ctx context.Context, q db.Q, deviceID string, p secret.Purpose) (secret.String, error) {
	row, err := currentOf(ctx, q, deviceID, kindPath)
	if err != nil {
		return secret.String{}, fmt.Errorf("find a device's path token: %w", err)
	}
	token, err := s.vault.Open(ctx, q, secret.Ref(row.SecretRef), p)
	if err != nil {
		return secret.String{}, fmt.Errorf("open a device's path token: %w", err)
	}
	return token, nil
}

// RevealToken shows an operator a device's path token and whether it was used
// yet: "unused" or "used". It writes that down in the operation log; the caller
// has checked that the operator may.
func (s *Service) RevealToken(ctx context.Context, tx *db.Tx, deviceID string) (token secret.String, state string, err error) {
	row, err := currentOf(ctx, tx, deviceID, kindPath)
	if err != nil {
		return token, "", fmt.Errorf("find a device's path token: %w", err)
	}
	const reason = "provisioning address shown"
	token, err = s.URLToken(ctx, tx, deviceID, secret.Reveal(scope.From(ctx).Actor.ID, reason))
	if err != nil {
		return token, "", err
	}
	state = "unused"
	if row.UsedAt > 0 {
		state = "used"
	}
	d, err := s.devices.GetIn(ctx, tx, deviceID)
	if err != nil {
		return secret.String{}, "", err
	}
	err = s.audit.Record(ctx, tx, audit.Entry{
		TenantID: d.TenantID, OrgID: d.OrgID, Action: "secret.reveal", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
		After: map[string]string{"reason": reason},
	})
	if err != nil {
		return secret.String{}, "", err
	}
	return token, state, nil
}

// DropDevice takes a device's proofs away, before the device itself goes.
func (s *Service) DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	rows, err := proofsOf(ctx, tx, deviceID, "")
	if err != nil {
		return fmt.Errorf("drop a device's tokens: %w", err)
	}
	for _, row := range rows {
		if row.SecretRef == "" {
			continue
		}
		if err := s.vault.Delete(ctx, tx, secret.Ref(row.SecretRef).Current()); err != nil {
			return fmt.Errorf("drop a device's tokens: %w", err)
		}
	}
	if err := s.dropSticker(ctx, tx, deviceID); err != nil {
		return err
	}
	if err := trust.DropDevice(ctx, tx, deviceID); err != nil {
		return fmt.Errorf("drop a device's certificate: %w", err)
	}
	if err := deleteClaims(ctx, tx, deviceID); err != nil {
		return fmt.Errorf("drop a device's claims: %w", err)
	}
	if err := deleteTokens(ctx, tx, deviceID); err != nil {
		return fmt.Errorf("drop a device's tokens: %w", err)
	}
	tx.AfterCommit(func() { s.cache.forget(deviceID) })
	return nil
}
