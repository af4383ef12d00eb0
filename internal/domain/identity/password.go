package identity

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 7616 asks for it; the passwords are random
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// kindPassword is the kind of a device's password for the doors. Its user is the
// device's MAC, in any form.
const kindPassword = "password"

// Digest is a phone's answer to a door's challenge (RFC 7616 §3.4). The door made
// the nonce and found it fresh.
type Digest struct {
	Method, URI, Realm, Nonce, Response string
	Algorithm                           string // "" and "MD5" are the same
	QOP, NC, CNonce                     string // "" from phones that know RFC 2069 alone
}

// byPassword judges a user and a password, or the answer to a challenge. A wrong
// one is as good as none.
func (s *Service) byPassword(ctx context.Context, ev Evidence) (AuthenticatedDevice, Verdict) {
	found, wrong, err := s.fitting(ctx, ev)
	switch {
	case err != nil:
		return undecided(err)
	case found == nil:
		return refused(wrong, map[Reason]string{WrongUser: "no device with a password for the doors has the user that came", WrongPassword: "the user is this device's, and the password is not"}[wrong])
	}
	if why := s.judge(ev, *found); why.Reason != "" {
		why.DeviceID = found.device.ID
		return AuthenticatedDevice{}, why
	}
	if ev.Door.Clear() {
		a, v := s.legacy(ctx, ev, found.device, ClearPassword)
		if ev.Door.Managed() {
			s.used(ctx, *found)
			v.reporter, v.current = found.device, found.state == current
		}
		v.DeviceID = found.device.ID
		return a, v
	}
	s.used(ctx, *found)
	v := Verdict{OK: true, Reason: "its own password", DeviceID: found.device.ID}
	if ev.Door.Managed() {
		v.reporter, v.current = found.device, found.state == current
	}
	return proven(found.device, Password), v
}

// fitting finds the password that fits, of the kind that counts at the door.
func (s *Service) fitting(ctx context.Context, ev Evidence) (found *known, wrong Reason, err error) {
	find := s.matching
	if ev.Door.Managed() {
		if k, ok := s.keptManager(ev); ok {
			return &k, "", nil
		}
		find = s.matchingManager
	}
	at := s.managers.Now()
	err = s.db.Read(ctx, func(q db.Q) (err error) {
		found, wrong, err = find(ctx, q, ev)
		return err
	})
	if err == nil && found != nil && ev.Door.Managed() {
		s.managers.Put(found.device.MAC, *found, at)
	}
	return found, wrong, err
}

// leastWords is how many secrets are opened for one user at least: a device that
// was given a new password and has not used it yet has two.
const leastWords = 2

// wordsFor are the proofs of a kind of who calls itself so, and the decoys that stand
// in where nobody has the name: the same steps are taken then.
func wordsFor(ctx context.Context, q db.Q, ev Evidence, kind string) (rows []wordRow, fakes []tokenRow, err error) {
	user, err := mac.Parse(ev.User)
	if err != nil {
		user = "" // nobody's
	}
	if fakes, err = decoys(ctx, q, leastWords); err != nil {
		return nil, nil, err
	}
	rows, err = wordsOf(ctx, q, user, kind, decoy(fakes))
	return rows, fakes, err
}

// matching finds the password that fits, or tells what of the two is wrong. A user
// that is not known takes the same steps as one that is (glance.go).
func (s *Service) matching(ctx context.Context, q db.Q, ev Evidence) (*known, Reason, error) {
	rows, fakes, err := wordsFor(ctx, q, ev, kindPassword)
	if err != nil {
		return nil, "", err
	}
	var found *tokenRow
	opened := 0
	for i, r := range rows {
		if r.SecretRef == "" || r.Decoy != 0 {
			continue
		}
		word, err := s.vault.Open(ctx, q, secret.Ref(r.SecretRef), secret.ForDevice(r.DeviceID))
		if err != nil {
			return nil, "", fmt.Errorf("open a device's password: %w", err)
		}
		if opened++; ev.fits(word.Reveal()) {
			found = &rows[i].tokenRow
		}
	}
	none := opened == 0
	for ; opened < leastWords; opened++ {
		s.openDecoy(ctx, q, fakes, opened, ev)
	}
	switch {
	case none:
		return nil, WrongUser, nil
	case found == nil:
		return nil, WrongPassword, nil
	}
	d, err := s.devices.GetIn(ctx, q, found.DeviceID)
	if err != nil {
		return nil, "", err
	}
	return &known{id: found.ID, ref: secret.Ref(found.SecretRef), state: State(found.State), ends: clock.FromMillis(found.EndsAt), fresh: found.UsedAt == 0, device: d, kind: kindPassword}, "", nil
}

// fits reports whether what came was made from a password.
func (ev Evidence) fits(password string) bool {
	if ev.Digest == nil {
		return subtle.ConstantTimeCompare([]byte(ev.Password.Reveal()), []byte(password)) == 1
	}
	want := ev.Digest.response(ev.User, password)
	return want != "" && subtle.ConstantTimeCompare([]byte(strings.ToLower(ev.Digest.Response)), []byte(want)) == 1
}

// response is what the phone should have answered, "" for an algorithm that is
// not offered.
func (d Digest) response(user, password string) string {
	var fresh func() hash.Hash
	switch strings.ToUpper(d.Algorithm) {
	case "", "MD5":
		fresh = md5.New
	case "SHA-256":
		fresh = sha256.New
	default:
		return ""
	}
	sum := func(parts ...string) string {
		h := fresh()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	first, second := sum(user, d.Realm, password), sum(d.Method, d.URI)
	switch d.QOP {
	case "":
		return sum(first, d.Nonce, second)
	case "auth":
		return sum(first, d.Nonce, d.NC, d.CNonce, d.QOP, second)
	}
	return ""
}

// NewPassword gives a device a new password for the doors and shows it, once. The
// one before stays good until the new one was used, and at most PreviousLife. The
// caller has checked that the operator may see secrets of the device.
func (s *Service) NewPassword(ctx context.Context, d device.Device) (user string, password secret.String, err error) {
	password = newPathToken()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
			return err
		}
		if err := supersede(ctx, tx, d.ID, kindPassword, s.db.Now().Add(PreviousLife).UnixMilli()); err != nil {
			return err
		}
		ref, err := s.vault.Seal(ctx, tx, secret.Owner{TenantID: d.TenantID, OrgID: d.OrgID, Kind: "device", ID: d.ID}, password)
		if err != nil {
			return err
		}
		err = db.Insert(ctx, tx, &tokenRow{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: kindPassword, Lookup: s.vault.MAC("door password", d.ID, password.Reveal()),
			SecretRef: string(ref), State: string(current), CreatedAt: s.db.Now().UnixMilli()})
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "password.new", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			After: map[string]string{"by": scope.From(ctx).Actor.Name, "shown": "once"}})
	})
	if err != nil {
		return "", secret.String{}, fmt.Errorf("give a device a password: %w", err)
	}
	return d.MAC.String(), password, nil
}
