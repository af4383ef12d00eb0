package tftpd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	lib "github.com/pin/tftp/v3"

	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/slots"
	"bellwether/internal/protocol/tftp"
)

// gate stands between the socket and the library. It lets through one well-formed
// read request at a time, in canonical form, from a peer that has no transfer
// under way and a place to have one.
type gate struct {
	net.PacketConn
	ctx     context.Context //nolint:containedctx // the library's calls have none
	slots   *slots.Slots
	metrics *Metrics
	log     *slog.Logger
	broken  chan error // the socket's end, where it was not ours

	mu     sync.Mutex // guards what follows
	active map[netip.AddrPort]bool
	last   netip.AddrPort // let through last
}

// badReads is how many reads may fail one after another before the socket is
// given up.
const badReads = 100

// ReadFrom returns the next request that may begin a transfer.
func (g *gate) ReadFrom(p []byte) (int, net.Addr, error) {
	buf := make([]byte, limit.TFTPRequest+1)
	for bad := 0; ; {
		n, from, err := g.PacketConn.ReadFrom(buf)
		if err != nil {
			if bad++; bad < badReads && !errors.Is(err, net.ErrClosed) {
				continue
			}
			select {
			case g.broken <- err:
			default: // it was said before
			}
			<-g.ctx.Done() // else the library would ask again at once
			return 0, nil, err
		}
		bad = 0
		if out := g.let(buf[:n], from); out != nil {
			return copy(p, out), from, nil
		}
	}
}

// let returns the canonical request of a datagram, nil where it begins nothing.
func (g *gate) let(b []byte, from net.Addr) []byte {
	udp, ok := from.(*net.UDPAddr)
	r, err := tftp.Decode(b)
	switch {
	case !ok || errors.Is(err, tftp.ErrOther):
		g.drop("other")
	case errors.Is(err, tftp.ErrLong):
		g.drop("malformed")
		g.answer(from, tftp.NotFound, errNotFound.Error())
	case err != nil:
		g.drop("malformed")
		g.answer(from, tftp.Illegal, "this is no request that can be answered")
	case r.Write:
		g.drop("write")
		g.answer(from, tftp.Violation, "this server is read only")
	default:
		if r.Mode == tftp.NetASCII {
			r.Size = false // nobody knows it before every line was looked at
		}
		if g.admit(udp.AddrPort()) {
			return r.Encode()
		}
	}
	return nil
}

func (g *gate) drop(reason string) { g.metrics.dropped.WithLabelValues(reason).Inc() }

// answer sends an error, which is never longer than what it answers is likely
// to be; one that is lost is sent again when the request is.
func (g *gate) answer(to net.Addr, c tftp.Code, text string) {
	if _, err := g.WriteTo(tftp.EncodeError(c, text), to); err != nil {
		g.log.Debug("tftp error not sent", "peer", to.String(), "error", err)
	}
}

// admit takes a place for a peer. A request that comes again while its transfer
// runs is not heard: the transfer repeats its first block by itself.
func (g *gate) admit(peer netip.AddrPort) bool {
	peer = plain(peer)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.active[peer] {
		g.drop("repeated")
		return false
	}
	if !g.slots.Take(peer.Addr()) {
		g.drop("busy")
		return false
	}
	g.active[peer], g.last = true, peer
	g.metrics.running.Inc()
	return true
}

// release gives a peer's place back.
func (g *gate) release(peer netip.AddrPort) {
	peer = plain(peer)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.active[peer] {
		delete(g.active, peer)
		g.slots.Give(peer.Addr())
		g.metrics.running.Dec()
	}
}

// OnSuccess is not needed: the transfer's own return says it.
func (g *gate) OnSuccess(lib.TransferStats) {}

// OnFailure hears of a request that the library could not begin a transfer for,
// for want of a socket: then nobody else gives its place back. Failures of a
// transfer carry their peer and are the transfer's own business.
func (g *gate) OnFailure(s lib.TransferStats, err error) {
	if s.RemoteAddr != nil || g.ctx.Err() != nil {
		return
	}
	g.log.Warn("tftp transfer not begun", "error", err)
	g.mu.Lock()
	last := g.last
	g.mu.Unlock()
	g.release(last)
}

// plain is a peer's address in its one spelling.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
