// Package cwmpd is the TR-069 server (CWMP, TR-069 Amendment 6): phones open a
// session, say who they are and what happened, and do what waits for them. It turns
// messages into calls of domain/manager and commands into requests; who may have
// what is for identity to say.
//
// handler.go takes one HTTP request, inform.go begins a session, session.go keeps
// the table of them, jobs.go says what a phone is asked next, and the files beside
// it how each command becomes requests.
package cwmpd

import (
	"context"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/provision"
)

// House judges who reports, and knows where a phone finds its files:
// domain/provision.
type House interface {
	Meet(ctx context.Context, v provision.Visit) provision.Meeting
	OwnURL(ctx context.Context, who identity.AuthenticatedDevice) (string, error)
	ImageURL(ctx context.Context, who identity.AuthenticatedDevice, resource string) (provision.Image, error)
	Bootstrap(m provision.Meeting) string
}

var _ House = (*provision.Service)(nil)

// Manager keeps what phones told and the commands for them: domain/manager.
type Manager interface {
	Arrive(ctx context.Context, who identity.Reporter, p manager.Phone, door, address, agent string) (manager.Phone, error)
	Credential(ctx context.Context, who identity.AuthenticatedDevice) (identity.Manager, error)
	Next(ctx context.Context, deviceID, channel string, carries func(command.Kind) bool) (command.Command, bool, error)
	Answer(ctx context.Context, deviceID, id string, o command.Outcome) error
	Reading(ctx context.Context, p manager.Phone, c command.Command) (manager.Reading, error)
	Refuse(ctx context.Context, p manager.Phone, list []manager.Refusal) error
	Heard(ctx context.Context, p manager.Phone, values []command.Value) error
	Watched(ctx context.Context, deviceID, mark string) error
	Lost(ctx context.Context, id, reason string) error
	ByKey(ctx context.Context, deviceID, key string) (command.Command, error)
	LatestOf(ctx context.Context, deviceID string, k command.Kind) (command.Command, bool, error)
	Say(deviceID string, l manager.Line)
}

var _ Manager = (*manager.Service)(nil)
