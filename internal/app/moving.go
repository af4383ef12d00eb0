package app

import (
	"context"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/template"
)

// moving is what happens to the rows of a device that moves to another
// organization. The nouns are made after the inventory, so they are looked up when
// it happens.
func (a *App) moving() []device.Moving {
	left := func(drop device.Removal) device.Moving {
		return func(ctx context.Context, tx txn, from, _ device.Device) error { return drop(ctx, tx, from.ID) }
	}
	return []device.Moving{
		func(ctx context.Context, tx txn, from, to device.Device) error {
			return a.Commands.Moved(ctx, tx, from, to)
		},
		func(ctx context.Context, tx txn, from, to device.Device) error {
			return a.Revisions.Moved(ctx, tx, from, to)
		},
		manager.Moved, left(func(ctx context.Context, tx txn, id string) error { return a.Onboard.DropDevice(ctx, tx, id) }),
		left(account.DropDevice), left(group.DropDevice), left(template.DropDevice), left(placeholder.DropDevice), left(rps.DropDevice),
		func(ctx context.Context, tx txn, from, to device.Device) error {
			return a.Identity.Moved(ctx, tx, from, to)
		},
		func(ctx context.Context, tx txn, from, _ device.Device) error {
			return a.quiet(ctx, tx, from, "the phone was moved to another organization")
		},
	}
}

// quiet ends the alarms on a device that is there no more.
func (a *App) quiet(ctx context.Context, tx txn, d device.Device, reason string) error {
	return a.Alarms.ClearSubject(ctx, tx, alarm.Place{TenantID: d.TenantID, OrgID: d.OrgID}, alarm.Subject{Kind: "device", ID: d.ID}, reason)
}
