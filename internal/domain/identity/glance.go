package identity

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
)

// A stranger may time our refusals. So what is asked of the database for a name
// that nobody has must be what is asked for one that is known, down to the rows
// that come back: where a name is unknown the same query reads another device, and
// where there is no secret to compare with another one is opened. What is read of
// the other one, a decoy, is thrown away.

// glance is a standing by one query, which suffices for a refusal. ok is false for
// a name that nobody has. What would change anything is judged once more by
// standing, in a transaction.
func (s *Service) glance(ctx context.Context, q db.Q, name mac.Address, ev Evidence, near org.Near) (c *standing, ok bool, err error) {
	address := ev.Address.Unmap().WithZone("")
	r, err := glanceAt(ctx, q, name, address.String())
	if err != nil {
		return nil, false, err
	}
	now := s.db.Now().UnixMilli()
	d := device.Device{ID: r.ID, TenantID: r.TenantID, OrgID: r.OrgID, SiteID: r.SiteID, MAC: mac.Address(r.MAC), Life: device.Life(r.Life)}
	mine := &claimRow{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Address: address.String(), State: r.MineState, TakenAt: r.MineTaken,
		FirstAt: now, LastAt: now, Requests: 1, Agent: ev.Agent, Subject: ev.subject}
	if mine.State == "" {
		mine.State = string(ClaimOpen)
	}
	c = &standing{s: s, device: d, mine: mine, full: r.MineState == "" && r.Parties >= limit.ClaimParties, rivals: r.Rivals,
		used: clock.FromMillis(r.UsedAt), until: clock.FromMillis(r.Until), inside: near.Covers(r.SiteID), trusted: near.Trusts(r.SiteID) && r.Proved == 0, address: address}
	ok = d.MAC == name
	c.sticker, err = s.sticker(ctx, q, r, ok, ev)
	return c, ok, err
}

// sticker reports whether a party shows the sticker secret of a device as the
// password of the door.
func (s *Service) sticker(ctx context.Context, q db.Q, r glanceRow, known bool, ev Evidence) (bool, error) {
	if ev.User == "" {
		return false, nil
	}
	if !known || r.StickerRef == "" {
		fake, err := decoys(ctx, q, 1)
		if err == nil {
			s.openDecoy(ctx, q, fake, 0, ev)
		}
		return false, err
	}
	wrong := r.Wrong
	if r.Day != s.db.Now().UTC().Format(time.DateOnly) {
		wrong = 0
	}
	// The query for a decoy is made here too, as it takes its time.
	if _, err := decoys(ctx, q, 1); err != nil {
		return false, err
	}
	word, err := s.vault.Open(ctx, q, secret.Ref(r.StickerRef), secret.ForDevice(r.ID))
	if err != nil {
		return false, fmt.Errorf("open a sticker secret: %w", err)
	}
	fits := ev.fits(word.Reveal())
	if !s.tries.take(r.ID, wrong) || !fits {
		return false, nil
	}
	s.tries.giveBack(r.ID)
	return true, nil
}

// openDecoy takes the time that it takes to compare with a real secret.
func (s *Service) openDecoy(ctx context.Context, q db.Q, list []tokenRow, i int, ev Evidence) {
	if len(list) == 0 {
		return // there is no secret at all, so none to be told from it
	}
	r := list[i%len(list)]
	word, err := s.vault.Open(ctx, q, secret.Ref(r.SecretRef), secret.ForDevice(r.DeviceID))
	if err == nil {
		ev.fits(word.Reveal())
	}
}

// wordRow is a proof that was asked for, or a decoy.
type wordRow struct {
	tokenRow
	Decoy int
}

// decoy is the first of some, the zero value where there is none.
func decoy(list []tokenRow) tokenRow {
	if len(list) == 0 {
		return tokenRow{}
	}
	return list[0]
}
