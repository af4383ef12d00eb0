package app

import (
	"net/netip"

	"bellwether/internal/domain/onboard"
	"bellwether/internal/platform/dial"
	"bellwether/internal/protocol/gsweb/gswebclient"
)

// pages call on phones' own web pages, by the make of the phone. They never reach
// this program itself; this machine they reach in the demo alone, whose phones are
// here.
func (a *App) pages() map[string]onboard.Pages {
	network := a.Network
	if _, inMemory := network.(*dial.MemNet); !inMemory {
		p := dial.Policy{Own: a.own}
		if a.Demo {
			p.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		}
		network = dial.New(p)
	}
	return map[string]onboard.Pages{"grandstream": gswebclient.New(network)}
}

// own are the addresses that this program listens on.
func (a *App) own() (out []netip.AddrPort) {
	for _, list := range a.Addrs() {
		for _, addr := range list {
			if ap, err := netip.ParseAddrPort(addr); err == nil {
				out = append(out, ap)
			}
		}
	}
	return out
}
