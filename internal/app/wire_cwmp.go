package app

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"net"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/cwmp/cwmpd"
)

// sessionBytes are the random bytes in the name of a session.
const sessionBytes = 16

// cwmp are the doors of TR-069, by TLS and in clear. They share their sessions.
func (a *App) cwmp(cert *tls.Config, m *httpx.Metrics) []door {
	a.Sessions = cwmpd.New(cwmpd.Config{House: a.Provision, Manager: a.Manager, Nonces: a.Vault, Clock: a.Clock, Log: a.Log, Metrics: m, Every: provision.ManagerEvery,
		Address: func() string { return Doors(a.Config, a.Addrs()).CWMP },
		NewID:   func() string { return hex.EncodeToString(secret.Random(sessionBytes)) }})
	serve := func(name string, t *tls.Config) func(context.Context, net.Listener) error {
		return func(ctx context.Context, l net.Listener) error {
			return a.Sessions.Listener(name, t).Run(ctx, a.places.Listen(l))
		}
	}
	l := a.Config.Listen
	return []door{
		{name: "cwmp_https", addrs: l.CWMPHTTPS, serve: serve("cwmp_https", cert)},
		{name: "cwmp_http", addrs: l.CWMPHTTP, serve: serve("cwmp_http", nil)},
	}
}
