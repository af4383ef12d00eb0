// Package httpd is the HTTP and the HTTPS provisioning door: phones fetch their
// files here. It turns a request into a provision.Request, sends the answer and
// reports what went out; it judges nothing itself.
//
// Start at handler.go; challenges and credentials are in challenge.go.
package httpd

import (
	"bellwether/internal/vendors"
	"context"
	"net/netip"

	"bellwether/internal/domain/provision"
	"bellwether/internal/domain/report"
)

// Opener is what answers a request: domain/provision.
type Opener interface {
	Open(ctx context.Context, r provision.Request) provision.Answer
	// Broken notes a TLS handshake that came to nothing.
	Broken(door vendors.Door, peer netip.Addr, problem string)
}

// Taker is what takes in what phones tell of events: domain/report.
type Taker interface{ Take(report.Letter) bool }

var _ Taker = (*report.Service)(nil)

var _ Opener = (*provision.Service)(nil)
