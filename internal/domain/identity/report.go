package identity

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// A report token is what a phone shows in the path where it reports in clear, as
// AudioCodes phones do. It names the row of the device's credential for its manager,
// and proves it by 128 bits that are made from the row's id under a key of the vault.
// So it is replaced with that credential, no row holds it, and whoever overhears it
// has nothing that is good anywhere else.
const (
	reportHex   = 32              // hex digits of the proof
	reportHalf  = pathLen         // letters of each half
	reportLen   = 2 * reportHalf  // of the whole
	reportBytes = len("01234567") // of a UUID, twice
)

// reportToken is the token of a row.
func (s *Service) reportToken(rowID string) (string, error) {
	id, err := hex.DecodeString(strings.ReplaceAll(rowID, "-", ""))
	if err != nil || len(id) != 2*reportBytes {
		return "", fault.New(fault.Internal, "the credential %.40q has no id that a token can name", rowID)
	}
	proof, err := hex.DecodeString(s.vault.MAC("report token", rowID)[:reportHex])
	if err != nil {
		return "", fmt.Errorf("make a token for reports: %w", err)
	}
	return base32Lower.EncodeToString(id) + base32Lower.EncodeToString(proof), nil
}

// rowOfReport is the row that a token names and proves; false for a token that is
// none of ours.
func (s *Service) rowOfReport(token string) (id string, ok bool) {
	if len(token) != reportLen {
		return "", false
	}
	raw, err := base32Lower.DecodeString(token[:reportHalf])
	if err != nil || len(raw) != 2*reportBytes {
		return "", false
	}
	h := hex.EncodeToString(raw)
	id = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	want, err := s.reportToken(id)
	return id, err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(token)) == 1
}

// byReport judges who reports in clear. A token of its own makes the device known,
// and no more: nothing that is given in clear text may be a secret. Without one the
// site's legacy flag lets a name suffice, as for files; a user and a password that
// come with it must be those that every phone of the make has.
func (s *Service) byReport(ctx context.Context, ev Evidence) (AuthenticatedDevice, Verdict) {
	if ev.Token != "" {
		return s.byReportToken(ctx, ev)
	}
	if ev.User != "" && (ev.User != SystemUser || ev.Password.Reveal() != SystemUser) {
		return refused(WrongPassword, "the user and the password are not those that phones of this make report with at first")
	}
	a, v := s.byName(ctx, ev)
	if v.OK && ev.User == "" {
		v.Reason += ", without the user that phones of this make report with at first"
	}
	return a, v
}

// SystemUser is the user that phones report with before they have another, and its
// password (EMS IP phone manager guide, "Configuring a 'System User'").
const SystemUser = "system"

func (s *Service) byReportToken(ctx context.Context, ev Evidence) (AuthenticatedDevice, Verdict) {
	k, at, ok := s.reports.Get(ev.Token)
	if !ok {
		id, ours := s.rowOfReport(ev.Token)
		if !ours {
			return refused(UnknownToken, "the token is not one of ours")
		}
		err := s.db.Read(ctx, func(q db.Q) (err error) {
			k, err = reportRow(ctx, q, s.devices, id)
			return err
		})
		if fault.Is(err, fault.NotFound) {
			return refused(UnknownToken, "the token is not one of ours")
		}
		if err != nil {
			return undecided(err)
		}
		s.reports.Put(ev.Token, k, at)
	}
	v := s.judge(ev, k)
	if v.Reason == "" && k.device.Life != device.Adopted {
		v = because(OfLife(k.device.Life), "the device is "+string(k.device.Life)+", and only an adopted device reports")
	}
	v.DeviceID = k.device.ID
	if v.Reason != "" {
		if v.Old {
			s.tries.noteOld(k.device.ID)
		}
		return AuthenticatedDevice{}, v
	}
	s.used(ctx, k)
	v.Reason, v.reporter, v.current = "its own token for reports", k.device, k.state == current
	return AuthenticatedDevice{}, v
}

func reportRow(ctx context.Context, q db.Q, devices *device.Service, id string) (known, error) {
	row, err := findToken(ctx, q, kindManager, id)
	if err != nil {
		return known{}, err
	}
	d, err := devices.GetIn(ctx, q, row.DeviceID)
	return known{id: row.ID, state: State(row.State), ends: clock.FromMillis(row.EndsAt), fresh: row.UsedAt == 0, kind: kindManager, device: d}, err
}
