package tftpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime/debug"
	"time"

	lib "github.com/pin/tftp/v3"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/phonepath"
	"bellwether/internal/protocol/tftp"
	"bellwether/internal/vendors"
)

// errNotFound is the plain refusal, the same for every name and asker. The
// library sends it with code 1.
var errNotFound = errors.New("file not found")

var (
	errStopping = errors.New("the server is stopping")
	errTooLong  = errors.New("the transfer took too long")
)

// transfers returns what the library calls for each request.
func (s *Server) transfers(ctx context.Context, g *gate) func(string, io.ReaderFrom) error {
	return func(name string, to io.ReaderFrom) (err error) {
		out, ok := to.(lib.OutgoingTransfer)
		if !ok {
			return errNotFound
		}
		addr := out.RemoteAddr()
		peer := addr.AddrPort()
		defer g.release(peer)
		defer func() {
			if v := recover(); v != nil {
				s.cfg.Log.ErrorContext(ctx, "tftp transfer panicked", "peer", peer.String(), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				err = errNotFound
			}
		}()
		return s.answer(ctx, name, peer.Addr(), transfer{out, to})
	}
}

// transfer is the library's two sides of a transfer.
type transfer struct {
	lib.OutgoingTransfer
	io.ReaderFrom
}

// answer opens a file and sends it. An error is what the peer is to hear; where
// the transfer itself broke off the library has told it already.
func (s *Server) answer(ctx context.Context, name string, from netip.Addr, t transfer) error {
	work := context.WithoutCancel(ctx) // what was asked is written down, also while the server stops
	p := phonepath.Parse(name)
	a := s.cfg.Files.Open(work, provision.Request{Door: vendors.TFTP, Name: p.Name, Folder: provision.Folder(p.Folder), Token: p.Token, Address: from.Unmap(), Problem: p.Problem, Fault: p.Fault})
	file, size, ok := a.Open()
	if !ok {
		a.Done(work, provision.Outcome{Status: int(tftp.NotFound)})
		s.cfg.Metrics.transfers.WithLabelValues("refused").Inc()
		return errNotFound
	}
	t.SetSize(size)
	body := &source{body: file, ctx: ctx, clock: s.cfg.Clock, until: s.cfg.Clock.Now().Add(limit.TFTPTime)}
	_, err := t.ReadFrom(body)
	o := provision.Outcome{Bytes: body.sent, Complete: err == nil} // nil: the last block was acknowledged
	result := "complete"
	if err != nil {
		result = "broken"
		s.cfg.Log.DebugContext(ctx, "tftp transfer broke off", "peer", from.String(), "bytes", o.Bytes, "error", err)
	}
	s.cfg.Metrics.transfers.WithLabelValues(result).Inc()
	a.Done(work, o)
	return nil
}

// source is a file that stops being readable when its transfer has to end.
type source struct {
	body  io.Reader
	ctx   context.Context //nolint:containedctx // the library's reads have none
	clock clock.Clock
	until time.Time
	sent  int64 // bytes that were handed out, the block that is under way included
}

// Read reads the next bytes.
func (s *source) Read(p []byte) (int, error) {
	switch {
	case s.ctx.Err() != nil:
		return 0, errStopping
	case s.clock.Now().After(s.until):
		return 0, errTooLong
	}
	n, err := s.body.Read(p)
	s.sent += int64(n)
	return n, err
}
