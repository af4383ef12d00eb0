// Package tftpd is the TFTP provisioning door. It reads requests, has them
// answered by domain/provision and sends the file block by block, each transfer
// from a port of its own. It is read-only and in clear text: what a phone gets
// here is decided behind it.
//
// Blocks and retransmission are pin/tftp's. What comes in meets gate.go first:
// the library believes the options of a request, answers a repeated request
// twice and knows no limits.
//
// Start at server.go.
package tftpd

import (
	"context"

	"bellwether/internal/domain/provision"
)

// Opener is what answers a request: domain/provision.
type Opener interface {
	Open(ctx context.Context, r provision.Request) provision.Answer
}

var _ Opener = (*provision.Service)(nil)
