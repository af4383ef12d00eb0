package app

import (
	"context"

	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/identity"
)

// warnings raises what identity warns of as alarms on the phone.
type warnings struct{ alarms *alarm.Service }

func (w warnings) Raise(ctx context.Context, tx txn, n identity.Warning) error {
	d := n.Device
	name := d.MAC.Colons()
	if d.Name != "" {
		name = d.Name + " (" + name + ")"
	}
	return w.alarms.Raise(ctx, tx, alarm.Cause{Source: "identity", Text: n.Text, Key: alarm.Key{Code: alarmOf(n.Code),
		Place: alarm.Place{TenantID: d.TenantID, OrgID: d.OrgID, SiteID: d.SiteID}, Subject: alarm.Subject{Kind: "device", ID: d.ID, Name: name}}})
}

func alarmOf(code string) string {
	switch code {
	case identity.WarnSecondClaimant:
		return alarm.SecondClaimant
	case identity.WarnOldToken:
		return alarm.OldSecret
	case identity.WarnSerial:
		return alarm.SerialMismatch
	case identity.WarnLabelLocked:
		return alarm.LabelLocked
	}
	return code
}
