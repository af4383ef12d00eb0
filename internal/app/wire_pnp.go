package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/sip"
	"bellwether/internal/protocol/sip/sipd"
)

// joiner is a network that listens to multicast groups.
type joiner interface {
	JoinGroup(ctx context.Context, name string, group netip.AddrPort) (dial.Link, error)
}

// everywhere stands for all interfaces that a network hangs on.
const everywhere = "*"

// seekers opens plug and play at each interface that is named; all of them or
// none.
func (a *App) seekers(ctx context.Context) error {
	names := a.Config.PnP.Interfaces
	if len(names) == 0 {
		return nil
	}
	j, ok := a.Network.(joiner)
	if !ok {
		return fault.New(fault.Internal, "this network has no multicast")
	}
	if slices.Contains(names, everywhere) {
		found, err := dial.Interfaces()
		if err != nil {
			return err
		}
		names = found[:min(len(found), limit.PnPInterfaces)]
	}
	group, err := netip.ParseAddrPort(sip.Group)
	if err != nil {
		return err
	}
	for _, name := range names {
		link, err := j.JoinGroup(ctx, name, group)
		if err != nil {
			return fmt.Errorf("open plug and play: %w", err)
		}
		srv := sipd.New(sipd.Config{Link: link, Seeker: a.Provision, Clock: a.Clock, Log: a.Log})
		a.later("pnp "+name, func(context.Context) error { return srv.Close() })
		a.supervise(ctx, "pnp", srv.Run)
	}
	return nil
}

// SeekersGroup is where phones ask their network for a server.
const SeekersGroup = sip.Group

// TrySeekers finds out whether plug and play would open at an interface of this
// machine, and says why not.
func TrySeekers(ctx context.Context, name string) error {
	group, err := netip.ParseAddrPort(SeekersGroup)
	if err != nil {
		return err
	}
	link, err := dial.New(dial.Policy{}).JoinGroup(ctx, name, group)
	if err != nil {
		return err
	}
	return errors.Join(link.Group.Close(), link.Own.Close())
}
