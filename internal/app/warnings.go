package app

import (
	"context"
	"time"

	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/identity"
)

// warnings raises what identity warns of as alarms on the phone or the site.
type warnings struct{ alarms *alarm.Service }

func (w warnings) Raise(ctx context.Context, tx txn, n identity.Warning) error {
	if n.Site.ID == "" {
		return w.alarms.Raise(ctx, tx, alarm.Cause{Source: "identity", Text: n.Text, Key: keyOf(n)})
	}
	return w.alarms.Hold(ctx, tx, alarm.Cause{Source: "identity", Text: n.Text, Key: keyOf(n), Quiet: siteEvery})
}

// siteEvery is how often a warning on a site is told again while it stands.
const siteEvery = 24 * time.Hour

func (w warnings) Clear(ctx context.Context, tx txn, n identity.Warning) error {
	return w.alarms.Clear(ctx, tx, keyOf(n), n.Text)
}

func keyOf(n identity.Warning) alarm.Key {
	if s := n.Site; s.ID != "" {
		return alarm.Key{Code: alarmOf(n.Code), Place: alarm.Place{TenantID: s.TenantID, OrgID: s.OrgID, SiteID: s.ID}, Subject: alarm.Subject{Kind: "site", ID: s.ID, Name: s.Name}}
	}
	d := n.Device
	name := d.MAC.Colons()
	if d.Name != "" {
		name = d.Name + " (" + name + ")"
	}
	return alarm.Key{Code: alarmOf(n.Code), Place: alarm.Place{TenantID: d.TenantID, OrgID: d.OrgID, SiteID: d.SiteID}, Subject: alarm.Subject{Kind: "device", ID: d.ID, Name: name}}
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
	case identity.WarnLegacyEnding:
		return alarm.LegacyEnding
	case identity.WarnLegacyGrace:
		return alarm.LegacyGrace
	case identity.WarnTrusted:
		return alarm.LanTrusted
	}
	return code
}
