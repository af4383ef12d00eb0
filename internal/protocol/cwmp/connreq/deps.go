// Package connreq calls phones to report at once (TR-069 §3.2.2): by an HTTP
// request to the address that a phone named. It is the command channel of TR-069:
// it says what reaches a phone and how soon; what is done then is cwmpd's.
//
// channel.go is what command asks; http.go makes the call, and guard.go says whom
// it may call: the address is the phone's own word.
package connreq

import (
	"context"
	"net/netip"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/secret"
)

// Phones knows how phones can be called, and keeps how that went: domain/manager.
type Phones interface {
	Phone(ctx context.Context, deviceID string) (manager.Phone, error)
	CallPasswords(ctx context.Context, d device.Device) ([]secret.String, error)
	Called(ctx context.Context, d device.Device, problem string) error
}

var _ Phones = (*manager.Service)(nil)

// Sites knows which networks are an organization's: domain/org.
type Sites interface {
	Near(ctx context.Context, address netip.Addr) (org.Near, error)
}

var _ Sites = (*org.Service)(nil)
