package identity

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// kindReport is the kind of the key by which a device tells of events. The key is
// made from a name that stands in the row, under a key of the vault, so that no row
// holds one. It is good at no door for a file, a command or a session: it does not
// have the form of any other proof, and is looked for here alone.
const kindReport = "report"

const (
	reportName = 20 // hex digits of the name in a key: random bits of the row's id
	reportMAC  = 32 // hex digits of the HMAC: 128 bits
)

// reportLookup is the name in the key of a row. It is no secret.
func reportLookup(id string) string {
	plain := strings.ReplaceAll(id, "-", "")
	return plain[max(len(plain)-reportName, 0):]
}

func (s *Service) reportKey(name string) string {
	return name + s.vault.MAC("report key", name)[:reportMAC]
}

func (s *Service) addReport(ctx context.Context, tx *db.Tx, d device.Device, id string) error {
	return db.Insert(ctx, tx, &tokenRow{ID: id, TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Kind: kindReport, Lookup: kindReport + " " + reportLookup(id), State: string(current), CreatedAt: s.db.Now().UnixMilli()})
}

// ReportKey returns the key that a proven device is to use from now on.
func (s *Service) ReportKey(ctx context.Context, q db.Q, who AuthenticatedDevice) (secret.String, error) {
	row, err := currentOf(ctx, q, who.deviceID, kindReport)
	if err != nil {
		return secret.String{}, fmt.Errorf("find a device's key for reports: %w", err)
	}
	return secret.NewString(s.reportKey(strings.TrimPrefix(row.Lookup, kindReport+" "))), nil
}

// ByReportKey judges a key that came with an event. Who is known may report and
// gets nothing: it is never an AuthenticatedDevice. A key that was never given out is
// found out without a look at the database.
func (s *Service) ByReportKey(ctx context.Context, key string) (Reporter, Verdict) {
	unknown := because(UnknownToken, "the key is none of ours")
	if len(key) != reportName+reportMAC || subtle.ConstantTimeCompare([]byte(s.reportKey(key[:reportName])), []byte(key)) != 1 {
		return Reporter{}, unknown
	}
	ctx = scope.AsSystem(ctx, "identity.report")
	k, err := s.reportKeys.Read(ctx, key[:reportName], func(q db.Q) (known, error) { return s.findReport(ctx, q, key[:reportName]) })
	switch {
	case fault.Is(err, fault.NotFound):
		return Reporter{}, because(OldToken, "the key is one of ours, and its device is gone")
	case err != nil:
		_, v := undecided(err)
		return Reporter{}, v
	}
	why := s.judge(Evidence{}, k)
	if why.Reason == "" && k.device.Life != device.Adopted {
		why = because(OfLife(k.device.Life), "the device is "+string(k.device.Life)+", and its key counts no more")
	}
	if why.Reason != "" {
		why.DeviceID, why.reporter = k.device.ID, k.device
		return Reporter{}, why
	}
	s.used(ctx, k)
	return Reporter{device: k.device, current: k.state == current}, Verdict{Reason: "its own key for reports", DeviceID: k.device.ID, reporter: k.device}
}

// Of is the device whose key for reports it was, also where it counts no more; the
// zero value for none.
func (v Verdict) Of() device.Device { return v.reporter }

func (s *Service) findReport(ctx context.Context, q db.Q, name string) (known, error) {
	row, err := findToken(ctx, q, kindReport, kindReport+" "+name)
	if err != nil {
		return known{}, err
	}
	d, err := s.devices.GetIn(ctx, q, row.DeviceID)
	return known{id: row.ID, state: State(row.State), ends: clock.FromMillis(row.EndsAt), fresh: row.UsedAt == 0, kind: kindReport, device: d}, err
}

// RotateReport gives a device a new key for reports; the one before stays good as a
// path token would. The phone hears of it by its next file. The caller has checked
// that the actor may change the device.
func (s *Service) RotateReport(ctx context.Context, d device.Device) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "identity."+d.ID); err != nil {
			return err
		}
		if err := supersede(ctx, tx, d.ID, kindReport, s.db.Now().Add(PreviousLife).UnixMilli()); err != nil {
			return err
		}
		if err := s.addReport(ctx, tx, d, s.db.NewID()); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "report_key.rotate", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String()})
	})
	if err != nil {
		return fmt.Errorf("replace a key for reports: %w", err)
	}
	return nil
}

// renewReport ends all keys of a device at once and gives it another one: what the
// device tells from now on is for somebody else.
func (s *Service) renewReport(ctx context.Context, tx *db.Tx, d device.Device) error {
	id := s.db.NewID()
	if _, err := endBefore(ctx, tx, d.ID, kindReport, id, s.db.Now().UnixMilli()); err != nil {
		return fmt.Errorf("end a device's keys for reports: %w", err)
	}
	return s.addReport(ctx, tx, d, id)
}
