package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"bellwether/internal/platform/dial"
)

// door is one kind of listener: of connections, or of datagrams.
type door struct {
	name    string
	addrs   []string
	serve   func(context.Context, net.Listener) error
	packets func(context.Context, net.PacketConn) error // instead of serve

	listeners []net.Listener
	sockets   []net.PacketConn
}

// listen opens every configured address; all of them or none.
func (a *App) listen(ctx context.Context) error {
	for i := range a.doors {
		d := &a.doors[i]
		for _, addr := range d.addrs {
			c, err := d.open(ctx, a.Network, addr)
			if err != nil {
				return fmt.Errorf("listen for %s on %s: %w", d.name, addr, err)
			}
			a.later(d.name+" "+addr, func(context.Context) error {
				if err := c.Close(); !errors.Is(err, net.ErrClosed) {
					return err
				}
				return nil
			})
		}
	}
	return nil
}

func (d *door) open(ctx context.Context, n dial.Network, addr string) (io.Closer, error) {
	if d.packets != nil {
		c, err := n.ListenPacket(ctx, "udp", addr)
		if err == nil {
			d.sockets = append(d.sockets, c)
		}
		return c, err
	}
	l, err := n.Listen(ctx, "tcp", addr)
	if err == nil {
		d.listeners = append(d.listeners, l)
	}
	return l, err
}

// run begins to serve every address of a door.
func (d *door) run(ctx context.Context, supervise func(context.Context, string, func(context.Context) error)) {
	for _, l := range d.listeners {
		supervise(ctx, d.name, func(ctx context.Context) error { return d.serve(ctx, l) })
	}
	for _, c := range d.sockets {
		supervise(ctx, d.name, func(ctx context.Context) error { return d.packets(ctx, c) })
	}
}

// Addrs returns where each door listens, by the configuration's name.
func (a *App) Addrs() map[string][]string {
	out := map[string][]string{}
	for _, d := range a.doors {
		for _, l := range d.listeners {
			out[d.name] = append(out[d.name], l.Addr().String())
		}
		for _, c := range d.sockets {
			out[d.name] = append(out[d.name], c.LocalAddr().String())
		}
	}
	return out
}
