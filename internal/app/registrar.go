package app

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"syscall"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/sip/registrar"
)

// Registrar is the SIP registrar for trials.
type Registrar = registrar.Registrar

// RegistrarOptions are what a registrar for trials needs.
type RegistrarOptions struct {
	Listen   netip.AddrPort
	Accounts map[string]secret.String // nil lets every user in
	Echo     string                   // "" for 600
	NextFree bool                     // where the port is taken, one of the next is
	Log      *slog.Logger
}

// nextPorts is how many ports are tried.
const nextPorts = 50

// OpenRegistrar makes the SIP registrar for trials, which stands beside the
// program and knows nothing of it. It may call this machine only where it listens
// on a loopback address.
func OpenRegistrar(ctx context.Context, o RegistrarOptions) (r *Registrar, err error) {
	p := dial.Policy{}
	if o.Listen.Addr().IsLoopback() {
		p.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	for at := o.Listen; ; at = netip.AddrPortFrom(at.Addr(), at.Port()+1) {
		r, err = registrar.Open(ctx, registrar.Config{Network: dial.New(p), Listen: at, Accounts: o.Accounts, Echo: o.Echo, Log: o.Log})
		if !o.NextFree || !errors.Is(err, syscall.EADDRINUSE) || at.Port()-o.Listen.Port() >= nextPorts {
			return r, err
		}
	}
}
