package tftpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/tftp"
)

// hub is a socket that many transfers go from. One goroutine reads it, so that
// while phones are at work nobody has to be woken for a block.
type hub struct {
	conn  net.PacketConn
	clock clock.Clock
	wait  time.Duration   // for the first acknowledgement of a block
	look  time.Duration   // how often is looked for blocks to send again
	ctx   context.Context //nolint:containedctx // ends when the door does
	free  func() bool     // undoes the wait for ctx

	mu     sync.Mutex // guards what follows, and the transfers
	peers  map[netip.AddrPort]*transfer
	closed bool
}

// buffer is how many bytes of datagrams may wait for the hub: an acknowledgement of
// each of thousands of transfers.
const buffer = 4 << 20

// looks is how often within a block's patience is looked whether it is over.
const looks = 4

// newHub opens a socket on the address that a listening socket has.
func (s *Server) newHub(ctx context.Context, door net.PacketConn) (*hub, error) {
	addr := ":0"
	if udp, ok := door.LocalAddr().(*net.UDPAddr); ok {
		addr = (&net.UDPAddr{IP: udp.IP, Zone: udp.Zone}).String()
	}
	conn, err := s.cfg.Network.ListenAnswers(ctx, "udp", addr)
	if err != nil {
		return nil, fmt.Errorf("open a socket for tftp transfers: %w", err)
	}
	if b, ok := conn.(interface{ SetReadBuffer(bytes int) error }); ok {
		_ = b.SetReadBuffer(buffer) // with less, blocks are sent again
	}
	h := &hub{conn: conn, clock: s.cfg.Clock, wait: s.cfg.Retransmit, look: s.cfg.Retransmit / looks, ctx: ctx, peers: map[netip.AddrPort]*transfer{}}
	h.free = context.AfterFunc(ctx, h.stop)
	return h, nil
}

// read takes what peers say until the socket is closed.
func (h *hub) read() {
	buf := make([]byte, limit.TFTPRequest)
	var looked time.Time
	for {
		n, from, err := h.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		now := h.clock.Now()
		h.mu.Lock()
		if udp, ok := from.(*net.UDPAddr); err == nil && ok {
			h.heard(udp.AddrPort(), buf[:n], now)
		}
		if since := now.Sub(looked); since >= h.look || since < 0 {
			looked = now
			h.patrol(now)
		}
		h.mu.Unlock()
	}
}

// heard has a transfer go on. Who has none is told nothing, so that two programs
// never keep each other busy.
func (h *hub) heard(from netip.AddrPort, b []byte, now time.Time) {
	t := h.peers[plain(from)]
	w, err := tftp.DecodeWord(b)
	if t == nil || err != nil {
		return
	}
	if w.Bad {
		h.end(t, fmt.Errorf("%w: error %d", errGaveUp, w.Code))
		return
	}
	if done, err := t.acknowledged(w.Block, now); done || err != nil {
		h.end(t, err)
	}
}

// patrol sends again what was not acknowledged, and ends what was so too often. It
// says when the socket is to be looked at the next time, if at all.
func (h *hub) patrol(now time.Time) {
	for _, t := range h.peers {
		if now.Before(t.due) {
			continue
		}
		if err := t.again(now); err != nil {
			h.end(t, err)
		}
	}
	var next time.Time
	if len(h.peers) > 0 {
		next = (clock.System{}).Now().Add(h.look) // the socket knows no other clock
	}
	_ = h.conn.SetReadDeadline(next) // of a closed one nobody waits
}

// begin sends a transfer's first block and takes it in.
func (h *hub) begin(t *transfer) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errStopping
	}
	if err := t.first(h.clock.Now()); err != nil {
		t.tell(err)
		return err
	}
	h.peers[t.place.peer] = t
	t.floor.begun(t.place, t) // before its peer is heard
	if len(h.peers) == 1 {
		_ = h.conn.SetReadDeadline((clock.System{}).Now().Add(h.look)) // see patrol
	}
	return nil
}

// drop ends a transfer from outside.
func (h *hub) drop(t *transfer, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(t, err)
}

// end ends a transfer unless it has ended; a peer that can still hear is told why.
func (h *hub) end(t *transfer, err error) {
	if h.peers[t.place.peer] != t {
		return
	}
	delete(h.peers, t.place.peer)
	t.tell(err)
	t.ended <- err
}

// stop ends every transfer.
func (h *hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, t := range h.peers {
		h.end(t, errStopping)
	}
}

func (h *hub) close() error {
	h.free()
	h.stop()
	return h.conn.Close()
}

// plain is a peer's address in its one spelling.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
