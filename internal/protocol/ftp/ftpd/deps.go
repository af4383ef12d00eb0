// Package ftpd is the FTP and FTPS provisioning door. Any name and password sign
// in; they go along with each file that is asked for, and domain/provision judges
// them there, so that a wrong password looks like any other. There is one thing to
// do: fetch a file whose name is known. Nothing is listed and nothing is written.
//
// Sessions and data connections are ftpserverlib's; its file system is ours and
// has no files, only questions to domain/provision (files.go). A file counts as
// fetched over FTPS where commands and data are both encrypted; where the data
// is not, it is the clear door.
//
// Start at server.go.
package ftpd

import (
	"context"
	"net/netip"

	"bellwether/internal/domain/provision"
	"bellwether/internal/vendors"
)

// Opener is what answers a request: domain/provision.
type Opener interface {
	Open(ctx context.Context, r provision.Request) provision.Answer
	// Broken notes a TLS handshake that came to nothing.
	Broken(door vendors.Door, peer netip.Addr, problem string)
}

var _ Opener = (*provision.Service)(nil)
