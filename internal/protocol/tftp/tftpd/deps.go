// Package tftpd is the TFTP provisioning door. It reads requests, has them
// answered by domain/provision and sends the file block by block. It is read-only
// and in clear text: what a phone gets here is decided behind it.
//
// A request has a place (floor.go) before anything is done for it. Whoever has
// asked and never acknowledged anything loses its place first, so that peers that
// ask and never answer take nobody's. Transfers share a few sockets (hub.go): a
// peer is known by its address and port, and no transfer has a goroutine that
// wakes for each block. What becomes of a block is in transfer.go.
//
// Start at server.go.
package tftpd

import (
	"context"
	"net"

	"bellwether/internal/domain/provision"
)

// Opener is what answers a request: domain/provision.
type Opener interface {
	Open(ctx context.Context, r provision.Request) provision.Answer
}

var _ Opener = (*provision.Service)(nil)

// Listener opens the sockets that transfers go from: platform/dial.
type Listener interface {
	ListenAnswers(ctx context.Context, network, addr string) (net.PacketConn, error)
}
