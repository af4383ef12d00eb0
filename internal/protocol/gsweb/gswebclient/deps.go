// Package gswebclient calls on a Grandstream phone's own web page: it signs in
// once, reads and sets settings, and has the phone restart. What is said is
// gsweb; when it may be said is decided by onboard.
//
// A phone has its certificate from itself, so it proves nothing here: the client
// takes any, and holds on to it for the length of a visit.
package gswebclient

import (
	"context"
	"net"
)

// Network is the way to a phone: platform/dial with its deny list.
type Network interface {
	Listen(ctx context.Context, network, addr string) (net.Listener, error)
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
	ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error)
}
