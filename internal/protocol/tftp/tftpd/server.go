package tftpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	lib "github.com/pin/tftp/v3"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/slots"
)

// Config is what a door must be told.
type Config struct {
	Files   Opener
	Log     *slog.Logger
	Metrics *Metrics
	Clock   clock.Clock
	// Retransmit is how long a block waits for its acknowledgement; 0 is
	// limit.TFTPRetransmit.
	Retransmit time.Duration
	Most       int // transfers at once; 0 is limit.TFTPTransfers, which is the most in any case
}

// Server is the door. Its limits hold for all its sockets together.
type Server struct {
	cfg   Config
	slots *slots.Slots
}

// New returns a door.
func New(c Config) *Server {
	if c.Retransmit <= 0 {
		c.Retransmit = limit.TFTPRetransmit
	}
	if c.Most <= 0 {
		c.Most = limit.TFTPTransfers
	}
	return &Server{cfg: c, slots: slots.New(min(c.Most, limit.TFTPTransfers), limit.TFTPPerAddress)}
}

// Run serves a socket until ctx ends, and then waits for the transfers, each of
// which ends with the block that it is at. It returns nil after an orderly end;
// the socket is closed.
func (s *Server) Run(ctx context.Context, conn net.PacketConn) error {
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	g := &gate{PacketConn: conn, ctx: run, slots: s.slots, metrics: s.cfg.Metrics, log: s.cfg.Log, broken: make(chan error, 1), active: map[netip.AddrPort]bool{}}
	srv := lib.NewServer(s.transfers(run, g), nil)
	srv.SetTimeout(s.cfg.Retransmit)
	srv.SetRetries(limit.TFTPRetries)
	srv.SetBackoff(func(n int) time.Duration { return s.patience(run, n) })
	srv.SetBlockSizeNegotiation(false) // the limit below fits every usual line
	srv.SetBlockSize(limit.TFTPBlock)
	srv.SetHook(g)

	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(g) }()
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-g.broken:
		failed = fmt.Errorf("serve tftp on %s: %w", conn.LocalAddr(), failed)
	}
	cancel()
	srv.Shutdown()
	return errors.Join(failed, <-ended) // Serve returns nil after Shutdown
}

// patience is how long a block that was sent n times waits beyond the timeout
// before it is sent again: a busy line is not made busier.
func (s *Server) patience(ctx context.Context, n int) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	return time.Duration(n) * s.cfg.Retransmit / 2
}
