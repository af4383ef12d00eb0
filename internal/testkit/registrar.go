package testkit

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"testing"

	"bellwether/internal/app"
)

// Registrar opens the registrar for trials, which lets every user in, and returns
// where it listens. It is closed with the test.
func Registrar(t testing.TB) (at string) {
	t.Helper()
	free, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	listen := netip.MustParseAddrPort(free.LocalAddr().String())
	_ = free.Close() // it has told its number
	r, err := app.OpenRegistrar(t.Context(), app.RegistrarOptions{Listen: listen, NextFree: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("open the registrar: %v", err)
	}
	ctx, off := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			t.Errorf("the registrar: %v", err)
		}
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
	return r.Addr().String()
}
