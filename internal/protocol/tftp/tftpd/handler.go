package tftpd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime/debug"
	"time"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/phonepath"
	"bellwether/internal/protocol/tftp"
	"bellwether/internal/vendors"
)

// ahead is how many bytes of a stored file are read at once.
const ahead = 16 << 10

// transfer answers one request, from a hub, and gives its place back.
func (d *desk) transfer(ctx context.Context, h *hub, p *place, r tftp.Request, to *net.UDPAddr) {
	defer d.floor.release(p)
	defer func() {
		if v := recover(); v != nil {
			d.cfg.Log.ErrorContext(ctx, "tftp transfer panicked", "peer", p.peer.String(), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			d.refuse(to, tftp.NotFound, errNotFound.Error())
		}
	}()
	work := context.WithoutCancel(ctx) // what was asked is written down, also while the server stops
	a := d.open(work, r.Name, p.peer.Addr())
	file, size, ok := a.Open()
	if !ok {
		a.Done(work, provision.Outcome{Status: int(tftp.NotFound)})
		d.cfg.Metrics.transfers.WithLabelValues("refused").Inc()
		_, _ = h.conn.WriteTo(tftp.EncodeError(tftp.NotFound, errNotFound.Error()), to) // who does not hear it asks again
		return
	}
	var body io.Reader = file
	if a.Content != nil {
		body = bufio.NewReaderSize(file, ahead)
	}
	src := &source{body: body, ctx: ctx, clock: d.cfg.Clock, until: d.cfg.Clock.Now().Add(limit.TFTPTime)}
	t := newTransfer(r, size)
	t.place, t.floor, t.hub, t.to, t.body = p, d.floor, h, to, src
	if r.Mode == tftp.NetASCII {
		t.body = &lines{in: bufio.NewReaderSize(src, ahead)}
	}
	err := h.send(t)
	o := provision.Outcome{Bytes: src.sent, Complete: err == nil} // nil: the last block was acknowledged
	result := "complete"
	if err != nil {
		result = "broken"
		d.cfg.Log.DebugContext(ctx, "tftp transfer broke off", "peer", p.peer.String(), "bytes", o.Bytes, "error", err)
	}
	d.cfg.Metrics.transfers.WithLabelValues(result).Inc()
	a.Done(work, o)
}

func (s *Server) open(ctx context.Context, name string, from netip.Addr) provision.Answer {
	p := phonepath.Parse(name)
	return s.cfg.Files.Open(ctx, provision.Request{Door: vendors.TFTP, Name: p.Name, Folder: provision.Folder(p.Folder), Token: p.Token, Address: from, Problem: p.Problem, Fault: p.Fault})
}

// send has a transfer go on until its end.
func (h *hub) send(t *transfer) error {
	if err := h.begin(t); err != nil {
		return err
	}
	return <-t.ended
}

// source is a file that stops being readable when its transfer has to end.
type source struct {
	body  io.Reader
	ctx   context.Context //nolint:containedctx // a reader has none
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

// lines writes a text as netascii wants it: its lines end in CR LF, and a CR that
// ends none is followed by a zero (RFC 764).
type lines struct {
	in   *bufio.Reader
	next byte // that goes out before the next of in
	owed bool // there is a next
}

// Read reads the next bytes.
func (l *lines) Read(p []byte) (n int, err error) {
	for n < len(p) {
		b := l.next
		if !l.owed {
			if b, err = l.in.ReadByte(); err != nil {
				return n, err
			}
			switch b {
			case '\n':
				b, l.next, l.owed = '\r', '\n', true
			case '\r':
				l.next, l.owed = 0, true
			}
		} else {
			l.owed = false
		}
		p[n] = b
		n++
	}
	return n, nil
}
