package identity

import (
	"context"
	"fmt"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// kindManager is the kind of a device's credential for TR-069. Its user is the
// device's MAC. The password is made from the row's id under a key of the vault, so
// that no row holds one: the doors that ask for it are asked too often to open a
// secret each time.
const kindManager = "manager"

// managerHex is how long such a password is, in hex digits: 128 bits.
const managerHex = 32

// Manager is what a device signs in to its manager with, and what the manager
// calls it with. The device's MAC is the user of both.
type Manager struct {
	User           string
	Password, Call secret.String
	Reports        secret.String // its token where it reports in clear
}

// Reporter is a device that showed its own credential at a door where phones
// report. Where others could listen it is no AuthenticatedDevice: it may report
// and take what holds no secret. Its zero value is nobody.
type Reporter struct {
	device  device.Device
	who     AuthenticatedDevice
	current bool
}

// Settled reports whether it showed the very credential that it is to use from now
// on, so that it needs no other.
func (r Reporter) Settled() bool { return r.current }

// Device returns the device as the inventory has it.
func (r Reporter) Device() device.Device { return r.device }

// Known reports whether it is anybody.
func (r Reporter) Known() bool { return r.device.ID != "" }

// Authenticated returns the device as one that may be given secrets, and whether
// it may.
func (r Reporter) Authenticated() (AuthenticatedDevice, bool) { return r.who, r.who.deviceID != "" }

// Recognize judges evidence at a door where phones report. The verdict is that of
// Authenticate: OK means that the device may be given secrets. Nobody is returned
// where no credential of its own came.
func (s *Service) Recognize(ctx context.Context, ev Evidence) (Reporter, Verdict) {
	a, v := s.Authenticate(ctx, ev)
	if !v.OK {
		return Reporter{device: v.reporter, current: v.current}, v
	}
	if v.reporter.ID == a.deviceID {
		return Reporter{v.reporter, a, v.current}, v
	}
	d, err := s.byMAC.Read(scope.AsSystem(ctx, "identity"), a.mac, func(q db.Q) (device.Device, error) {
		return s.devices.GetIn(scope.AsSystem(ctx, "identity"), q, a.deviceID)
	})
	if err != nil {
		_, v = undecided(err)
		return Reporter{}, v
	}
	return Reporter{device: d, who: a}, v
}

func (s *Service) addManager(ctx context.Context, tx *db.Tx, d device.Device, id string) error {
	return db.Insert(ctx, tx, &tokenRow{ID: id, TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: kindManager, Lookup: id, State: string(current), CreatedAt: s.db.Now().UnixMilli()})
}

func (s *Service) managerPassword(id string) string {
	return s.vault.MAC("manager password", id)[:managerHex]
}

// callPassword is what the phone asks the manager for when it is called (TR-069
// §3.2.2). It is no proof of the device.
func (s *Service) callPassword(id string) string { return s.vault.MAC("manager call", id)[:managerHex] }

// Manager returns the credential that a proven device is to use from now on.
func (s *Service) Manager(ctx context.Context, q db.Q, who AuthenticatedDevice) (Manager, error) {
	row, err := currentOf(ctx, q, who.deviceID, kindManager)
	if err != nil {
		return Manager{}, fmt.Errorf("find a device's credential for its manager: %w", err)
	}
	token, err := s.reportToken(row.ID)
	return Manager{User: who.mac.String(), Password: secret.NewString(s.managerPassword(row.ID)), Call: secret.NewString(s.callPassword(row.ID)), Reports: secret.NewString(token)}, err
}

// CallPasswords are what a device may want to be called with, the newest first:
// it has the one before for as long as it has not taken the new one.
func (s *Service) CallPasswords(ctx context.Context, d device.Device) (out []secret.String, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		rows, err := proofsOf(ctx, q, d.ID, kindManager)
		if err != nil {
			return err
		}
		for i := len(rows) - 1; i >= 0; i-- {
			if State(rows[i].State) != old {
				out = append(out, secret.NewString(s.callPassword(rows[i].ID)))
			}
		}
		return nil
	})
	return out, err
}

// keptManager judges by what a device showed lately. A stranger's time is the same
// whether the device is known here or not.
func (s *Service) keptManager(ev Evidence) (known, bool) {
	user, err := mac.Parse(ev.User)
	if err != nil {
		return known{}, false
	}
	k, _, ok := s.managers.Get(user)
	return k, ev.fits(s.managerPassword(k.id)) && ok
}

// matchingManager finds the credential that fits, or tells what of user and
// password is wrong.
func (s *Service) matchingManager(ctx context.Context, q db.Q, ev Evidence) (*known, Reason, error) {
	rows, _, err := wordsFor(ctx, q, ev, kindManager)
	if err != nil {
		return nil, "", err
	}
	var found *tokenRow
	for i, r := range rows {
		if ev.fits(s.managerPassword(r.ID)) && r.ID != "" && r.Decoy == 0 {
			found = &rows[i].tokenRow
		}
	}
	switch {
	case found == nil && (rows[0].ID == "" || rows[0].Decoy != 0):
		return nil, WrongUser, nil
	case found == nil:
		return nil, WrongPassword, nil
	}
	d, err := s.devices.GetIn(ctx, q, found.DeviceID)
	if err != nil {
		return nil, "", err
	}
	return &known{id: found.ID, state: State(found.State), ends: clock.FromMillis(found.EndsAt), fresh: found.UsedAt == 0, kind: kindManager, device: d}, "", nil
}

// RotateManager gives a device a new credential for its manager; the one before
// stays good as a path token would. The caller has checked that the actor may
// change the device.
func (s *Service) RotateManager(ctx context.Context, tx *db.Tx, d device.Device) error {
	if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
		return err
	}
	if err := supersede(ctx, tx, d.ID, kindManager, s.db.Now().Add(PreviousLife).UnixMilli()); err != nil {
		return fmt.Errorf("replace a credential for the manager: %w", err)
	}
	return s.addManager(ctx, tx, d, s.db.NewID())
}
