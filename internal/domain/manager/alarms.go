package manager

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Alarm is what a phone says of itself that is wrong, or no longer is.
type Alarm struct {
	Code     string // one that alarm knows, else Own makes one of the phone's own name for it
	Name     string
	Severity alarm.Severity
	Over     bool
	Text     string
	Type     string // of event
	Cause    string
	Info     string
}

// Own is the code of an alarm that has a name of its phone's own. It is no code of
// ours, whatever the phone calls it.
func Own(name string) string { return ownMark + name }

const ownMark = "phone."

// alarmQuiet is how soon after an alarm the same one counts as the same message,
// sent again because its answer was lost.
const alarmQuiet = 30 * time.Second

// Alarmed takes alarms of a phone in, all or none, and returns how many were one too
// many: a phone has at most limit.IPPAlarmsOpen of its own open.
func (s *Service) Alarmed(ctx context.Context, who identity.Reporter, address string, list []Alarm) (beyond int, err error) {
	d := who.Device()
	ctx = scope.AsSystem(ctx, "manager.alarm")
	source := sourceOf(d)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		beyond = 0
		open, err := s.Alarms.Open(ctx, tx, keyOf(d, "").Place, keyOf(d, "").Subject)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(a alarm.Alarm) bool { return a.Source != source })
		for _, a := range list {
			k := keyOf(d, a.Code)
			stands := slices.ContainsFunc(open, func(o alarm.Alarm) bool { return o.Code == a.Code })
			switch {
			case a.Over:
				err = s.Alarms.Clear(ctx, tx, k, "the phone said that it is over")
				open = slices.DeleteFunc(open, func(o alarm.Alarm) bool { return o.Code == a.Code })
			case !stands && len(open) >= limit.IPPAlarmsOpen:
				beyond++
			default:
				err = s.Alarms.Hold(ctx, tx, alarm.Cause{Key: k, Name: a.Name, Severity: a.Severity, Source: source, Text: a.Text, Type: a.Type, Probable: a.Cause, Info: a.Info, Address: address, Quiet: alarmQuiet})
				if !stands {
					open = append(open, alarm.Alarm{Key: k})
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("write down a phone's alarms: %w", err)
	}
	return beyond, nil
}

// Overcome clears alarms of a phone because what it told since shows that their cause
// has gone.
func (s *Service) Overcome(ctx context.Context, d device.Device, reason string, codes ...string) error {
	ctx = scope.AsSystem(ctx, "manager.alarm")
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, c := range codes {
			if err := s.Alarms.Clear(ctx, tx, keyOf(d, c), reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// sourceOf is how AudioCodes' own manager names where an alarm comes from (EMS IP
// phone manager guide, Figure 3-8).
func sourceOf(d device.Device) string { return "IPPhone:" + d.MAC.String() }

func keyOf(d device.Device, code string) alarm.Key {
	name := d.MAC.Colons()
	if d.Name != "" {
		name = d.Name + " (" + name + ")"
	}
	return alarm.Key{Code: code, Place: alarm.Place{TenantID: d.TenantID, OrgID: d.OrgID, SiteID: d.SiteID}, Subject: alarm.Subject{Kind: "device", ID: d.ID, Name: name}}
}
