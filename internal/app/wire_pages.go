package app

import (
	"net/netip"

	"bellwether/internal/domain/onboard"
	"bellwether/internal/platform/dial"
	"bellwether/internal/protocol/gsweb/gswebclient"
)

// toPhones is the network as phones are called by it. What they say of themselves
// never leads to this program, and to this machine in the demo alone, whose phones
// are here, or where the settings allow it.
func (a *App) toPhones() dial.Network {
	if n, inMemory := a.Network.(*dial.MemNet); inMemory {
		return n
	}
	p := dial.Policy{Own: a.own}
	if a.Demo {
		p.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	for _, s := range a.Config.Dial.Allow {
		if n, err := netip.ParsePrefix(s); err == nil { // config has checked it
			p.Allow = append(p.Allow, n)
		}
	}
	return dial.New(p)
}

// pages call on phones' own web pages, by the make of the phone.
func (a *App) pages() map[string]onboard.Pages {
	return map[string]onboard.Pages{"grandstream": gswebclient.New(a.toPhones())}
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
