package app

import (
	"context"
	"net"

	"bellwether/internal/platform/httpx"
	"bellwether/internal/protocol/ipp/ippd"
)

// ipp is where AudioCodes phones report.
func (a *App) ipp(m *httpx.Metrics) door {
	srv := ippd.New(ippd.Config{House: a.Provision, Manager: a.Manager, Clock: a.Clock, Log: a.Log, Metrics: m})
	return door{name: "ipp", addrs: a.Config.Listen.IPP, serve: func(ctx context.Context, l net.Listener) error {
		return srv.Listener("ipp").Run(ctx, a.places.Listen(l))
	}}
}
