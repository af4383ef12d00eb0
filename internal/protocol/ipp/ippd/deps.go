// Package ippd is where AudioCodes phones report (protocol/ipp): it turns reports
// into calls of domain/manager and the commands that wait into what a reply carries.
// It is served in clear text, so nothing that goes out is a secret.
//
// handler.go takes one request; report.go is a report, commands.go what its answer
// has the phone do, alerts.go a message of alarms; channel.go is how domain/command
// sees it. How the traffic is judged and what is kept of it is in docs/adr/0017.
package ippd

import (
	"context"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/provision"
)

// House judges who reports: domain/provision.
type House interface {
	Meet(ctx context.Context, v provision.Visit) provision.Meeting
	ImageFor(ctx context.Context, d device.Device, resource string) (provision.Image, error)
	ReportEvery(ctx context.Context, d device.Device) (time.Duration, error)
}

var _ House = (*provision.Service)(nil)

// Manager keeps what phones told and the commands for them: domain/manager.
type Manager interface {
	Beats(ctx context.Context, who identity.Reporter, b manager.Beat) (manager.Heard, error)
	Alarmed(ctx context.Context, who identity.Reporter, address string, list []manager.Alarm) (beyond int, err error)
	Overcome(ctx context.Context, d device.Device, reason string, codes ...string) error
	HandedIn(deviceID, session string)
	Next(ctx context.Context, deviceID, channel string, carries func(command.Kind) bool) (command.Command, bool, error)
	Answer(ctx context.Context, deviceID, id string, o command.Outcome) error
	Lost(ctx context.Context, id, reason string) error
	LatestOf(ctx context.Context, deviceID string, k command.Kind) (command.Command, bool, error)
	Phone(ctx context.Context, deviceID string) (manager.Phone, error)
}

var _ Manager = (*manager.Service)(nil)
