package identity

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// Label is what somebody read from the label of the phone that is at hand.
type Label struct {
	Serial  string        // "" not read
	Sticker secret.String // the printed default password; empty: not read
}

// Warning is news that an operator should hear of, in the transaction of its cause.
// It is about a device or about a site.
type Warning struct {
	Code, Text string // Text is plain sentences
	Device     device.Device
	Site       org.Site // where it is about no device
}

// The codes of warnings.
const (
	WarnSecondClaimant = "device.second_claimant" // two parties asked for one device
	WarnOldToken       = "device.old_token"       // a path token came that its successor had replaced
	WarnLabelLocked    = "device.label_locked"    // too many wrong words from the label in a day
	WarnSerial         = "device.serial_mismatch" // the label names another serial number than the record
	WarnLegacyEnding   = "site.legacy_ending"     // a legacy flag ends soon
	WarnLegacyGrace    = "site.legacy_grace"      // it has ended and serves yet
	WarnTrusted        = "site.lan_trusted"       // the network of a site is trusted
)

// Alarms is where warnings go besides the operation log. Clear ends one on a site;
// its text says why.
type Alarms interface {
	Raise(ctx context.Context, tx *db.Tx, w Warning) error
	Clear(ctx context.Context, tx *db.Tx, w Warning) error
}

// Tell says where warnings go; without it the operation log alone has them. It is
// called before the service is used.
func (s *Service) Tell(a Alarms) { s.alarms = a }

func (s *Service) warn(ctx context.Context, tx *db.Tx, w Warning) error {
	d := w.Device
	err := s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: w.Code, SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
		After: map[string]string{"reason": w.Text}})
	if err != nil || s.alarms == nil {
		return err
	}
	return s.alarms.Raise(ctx, tx, w)
}

// Sticker is a step that writes a device's sticker secret down, sealed, in the
// transaction that makes or changes the device. An empty word takes it away. It
// fails with Invalid for a word of more than limit.Name characters.
func (s *Service) Sticker(word secret.String) device.Creation {
	return func(ctx context.Context, tx *db.Tx, d device.Device) error {
		if utf8.RuneCountInString(word.Reveal()) > limit.Name {
			return fault.InvalidFields("the sticker secret is not valid", fault.Field{Path: "sticker_secret", Message: "at most 64 characters"})
		}
		if err := s.dropSticker(ctx, tx, d.ID); err != nil || word.Reveal() == "" {
			return err
		}
		ref, err := s.vault.Seal(ctx, tx, secret.Owner{TenantID: d.TenantID, OrgID: d.OrgID, Kind: "device", ID: d.ID}, word)
		if err != nil {
			return fmt.Errorf("seal a sticker secret: %w", err)
		}
		return saveLabel(ctx, tx, labelRow{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, StickerRef: string(ref)})
	}
}

func (s *Service) dropSticker(ctx context.Context, tx *db.Tx, deviceID string) error {
	row, err := labelOf(ctx, tx, deviceID)
	if err == nil && row.StickerRef != "" {
		err = s.vault.Delete(ctx, tx, secret.Ref(row.StickerRef).Current())
	}
	if err == nil {
		err = deleteLabel(ctx, tx, deviceID)
	}
	if err != nil {
		return fmt.Errorf("drop a sticker secret: %w", err)
	}
	return nil
}

// Prove approves a claim by what stands on the label of the phone: each word that
// is given must be the record's. Wrong words are counted, at most
// limit.LabelTries a day; a wrong serial number quarantines the device. Which
// word was wrong is not told. The caller has checked that the actor may prove
// claims on the device.
func (s *Service) Prove(ctx context.Context, d device.Device, claimID string, l Label) error {
	l.Serial = strings.TrimSpace(l.Serial)
	if l.Serial == "" && l.Sticker.Reveal() == "" {
		return fault.InvalidFields("the label proves nothing", fault.Field{Path: "sticker_secret", Message: "give the serial number or the sticker secret"})
	}
	wrong := ""
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
			return err
		}
		wrong, err = s.readLabel(ctx, tx, d, claimID, l)
		return err
	})
	switch {
	case err != nil:
		return err
	case wrong != "":
		return fault.New(fault.Conflict, "%s", wrong).WithCode("label")
	}
	return s.Approve(ctx, d, claimID)
}

const (
	wrongLabel  = "what was read from the label is not what the record of this phone says"
	lockedLabel = "too many wrong words for this phone today; try again tomorrow, or let somebody approve the request"
)

// readLabel judges a label and counts a wrong one.
func (s *Service) readLabel(ctx context.Context, tx *db.Tx, d device.Device, claimID string, l Label) (wrong string, err error) {
	if d, err = s.devices.GetIn(ctx, tx, d.ID); err != nil {
		return "", err
	}
	c, err := findClaim(ctx, tx, claimID)
	if err == nil && c.DeviceID != d.ID {
		err = fault.New(fault.NotFound, "claim not found")
	}
	if err != nil {
		return "", err
	}
	if st := ClaimState(c.State); d.Life == device.Quarantined || st == ClaimRejected || st == ClaimContested {
		return "an operator has to decide on this request; the label does not suffice", nil
	}
	row, err := s.labelToday(ctx, tx, d)
	if err != nil {
		return "", err
	}
	if row.Wrong >= limit.LabelTries {
		return lockedLabel, nil
	}
	sticker, err := s.openSticker(ctx, tx, row)
	if err != nil {
		return "", err
	}
	word := l.Sticker.Reveal() == "" || sticker != "" && equal(l.Sticker.Reveal(), sticker)
	serial := l.Serial == "" || d.Serial != "" && equal(strings.ToLower(l.Serial), strings.ToLower(d.Serial))
	if word && serial {
		return "", nil
	}
	if err := s.countWrong(ctx, tx, d, row, 1); err != nil {
		return "", err
	}
	if !serial && d.Serial != "" && (d.Life == device.Adopted || d.Life == device.Waiting) {
		const why = "the label names another serial number than the record"
		if err := s.warn(ctx, tx, Warning{Code: WarnSerial, Text: why, Device: d}); err != nil {
			return "", err
		}
		tx.AfterCommit(func() { s.cache.forget(d.ID) })
		if err := s.devices.Become(ctx, tx, d, device.Quarantined, why); err != nil {
			return "", err
		}
	}
	return wrongLabel, nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// labelToday is a device's row with the count of today, UTC.
func (s *Service) labelToday(ctx context.Context, q db.Q, d device.Device) (labelRow, error) {
	row, err := labelOf(ctx, q, d.ID)
	if today := s.db.Now().UTC().Format(time.DateOnly); row.Day != today {
		row.Day, row.Wrong = today, 0
	}
	row.DeviceID, row.TenantID, row.OrgID = d.ID, d.TenantID, d.OrgID
	return row, err
}

// openSticker reads a sticker secret, "" for none.
func (s *Service) openSticker(ctx context.Context, q db.Q, row labelRow) (string, error) {
	if row.StickerRef == "" {
		return "", nil
	}
	word, err := s.vault.Open(ctx, q, secret.Ref(row.StickerRef), secret.ForDevice(row.DeviceID))
	if err != nil {
		return "", fmt.Errorf("open a sticker secret: %w", err)
	}
	return word.Reveal(), nil
}

// countWrong counts wrong words, and says so once where the day's last is gone.
func (s *Service) countWrong(ctx context.Context, tx *db.Tx, d device.Device, row labelRow, n int) error {
	before := row.Wrong
	row.Wrong += n
	if err := saveLabel(ctx, tx, row); err != nil {
		return err
	}
	if before < limit.LabelTries && row.Wrong >= limit.LabelTries {
		return s.warn(ctx, tx, Warning{Code: WarnLabelLocked, Text: "too many wrong words from a label today; until tomorrow the label proves nothing", Device: d})
	}
	return nil
}

// tries are the wrong stickers that came at a door and the old tokens that were
// used, since they were last written down. Nobody waits for that to be written.
type tries struct {
	mu    sync.Mutex // guards wrong, old
	wrong map[string]int
	old   map[string]bool
}

func newTries() *tries { return &tries{wrong: map[string]int{}, old: map[string]bool{}} }

// take spends one try on a device of which so many were written down already,
// and reports whether there was one left. A right word gives it back.
func (t *tries) take(deviceID string, written int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if written+t.wrong[deviceID] >= limit.LabelTries {
		return false
	}
	t.wrong[deviceID]++
	return true
}

func (t *tries) giveBack(deviceID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wrong[deviceID]--; t.wrong[deviceID] <= 0 {
		delete(t.wrong, deviceID)
	}
}

func (t *tries) noteOld(deviceID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.old) < limit.FlushRows {
		t.old[deviceID] = true
	}
}

func (t *tries) drain() (wrong map[string]int, old map[string]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wrong, old = t.wrong, t.old
	t.wrong, t.old = map[string]int{}, map[string]bool{}
	return wrong, old
}

// flushTries writes down what tries holds.
func (s *Service) flushTries(ctx context.Context) error {
	wrong, old := s.tries.drain()
	if len(wrong)+len(old) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for id, n := range wrong {
			d, err := s.devices.GetIn(ctx, tx, id)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			row, err := s.labelToday(ctx, tx, d)
			if err == nil {
				err = s.countWrong(ctx, tx, d, row, n)
			}
			if err != nil {
				return err
			}
		}
		for id := range old {
			d, err := s.devices.GetIn(ctx, tx, id)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err == nil {
				err = s.warn(ctx, tx, Warning{Code: WarnOldToken, Text: "somebody came with a provisioning address that was replaced", Device: d})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
