// Package httpd is the HTTP and the HTTPS provisioning door: phones fetch their
// files here. It turns a request into a provision.Request, sends the answer and
// reports what went out; it judges nothing itself.
//
// Start at handler.go.
package httpd

import (
	"context"

	"bellwether/internal/domain/provision"
)

// Opener is what answers a request: domain/provision.
type Opener interface {
	Open(ctx context.Context, r provision.Request) provision.Answer
}

var _ Opener = (*provision.Service)(nil)
