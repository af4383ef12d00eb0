package registrar

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/limit"
)

// echo is a call to the extension that sends speech back.
type echo struct {
	peer   hop
	signal netip.Addr // where its signalling comes from
	rtp    net.PacketConn
	began  time.Time
	cancel context.CancelFunc

	mu    sync.Mutex     // guards what follows
	media netip.AddrPort // where the peer says that it listens
	heard time.Time
	acked bool
	seq   uint32 // of the INVITE that is answered
	last  *sip.Response
}

// The answer to an INVITE is repeated until it is acknowledged (RFC 3261
// §13.3.1.4): after T1, twice that, and so on up to T2, for 64·T1.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

// callOf returns the echo call that a request belongs to.
func (r *Registrar) callOf(req *sip.Request) *echo {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[callKey(req)]
}

// callKey names a call by its id and the caller's end.
func callKey(req *sip.Request) string {
	return field(req, "Call-ID") + "\x00" + req.From().Params.GetOr("tag", "")
}

// startEcho answers a new call.
func (r *Registrar) startEcho(ctx context.Context, req *sip.Request, from hop) {
	offer, ok := readOffer(req.Body())
	if !ok {
		r.answer(req, from, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	run, cancel := context.WithCancel(ctx)
	e := &echo{peer: from, signal: from.addr.Addr(), began: r.cfg.Clock.Now(), heard: r.cfg.Clock.Now(), cancel: cancel}
	rtp, err := r.cfg.Network.ListenPacket(ctx, "udp", netip.AddrPortFrom(r.addr.Addr(), 0).String())
	if err != nil {
		cancel()
		r.answer(req, from, sip.StatusBusyHere, "No Port")
		return
	}
	e.rtp = rtp
	if !r.hold(callKey(req), e) {
		e.close()
		r.answer(req, from, sip.StatusBusyHere, "Too Many Calls")
		return
	}
	r.wg.Go(func() { e.reflect(r) })
	r.answerEcho(run, e, req, offer)
}

// hold keeps a call, where there is room.
func (r *Registrar) hold(key string, e *echo) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.calls) >= limit.RegistrarCalls {
		return false
	}
	r.calls[key] = e
	return true
}

// inEcho takes a request within a call that is answered.
func (r *Registrar) inEcho(ctx context.Context, e *echo, req *sip.Request, from hop) {
	switch req.Method {
	case sip.ACK:
		e.mu.Lock()
		e.acked = e.acked || req.CSeq().SeqNo == e.seq
		e.mu.Unlock()
	case sip.INVITE:
		if again := e.repeated(req.CSeq().SeqNo); again != nil {
			r.send(again, from)
			return
		}
		offer, ok := readOffer(req.Body())
		if !ok {
			r.answer(req, from, sip.StatusNotAcceptableHere, "Not Acceptable Here")
			return
		}
		r.answerEcho(ctx, e, req, offer)
	case sip.BYE:
		r.answer(req, from, sip.StatusOK, "OK")
		r.end(req)
	default: // CANCEL comes too late, OPTIONS and INFO are taken as they are
		r.answer(req, from, sip.StatusOK, "OK")
	}
}

// end forgets a call.
func (r *Registrar) end(req *sip.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.calls[callKey(req)]; e != nil {
		e.close()
		delete(r.calls, callKey(req))
	}
}

// answerEcho accepts an offer, and repeats that until it was heard.
func (r *Registrar) answerEcho(ctx context.Context, e *echo, req *sip.Request, o offer) {
	body := o.answer(addrOf(e.rtp.LocalAddr()), e.began)
	res := r.reply(req, sip.StatusOK, "OK", body)
	res.AppendHeader(sip.NewHeader("Contact", "<sip:"+r.cfg.Echo+"@"+r.addr.String()+">"))
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	e.mu.Lock()
	e.media, e.acked, e.seq, e.last = netip.AddrPortFrom(o.addr, o.port), false, req.CSeq().SeqNo, res
	seq := e.seq
	e.mu.Unlock()
	r.send(res, e.peer)
	r.wg.Go(func() {
		for gap, total := t1, time.Duration(0); total < 64*t1; gap = min(2*gap, t2) {
			if r.cfg.Clock.Sleep(ctx, gap) != nil || !e.waits(seq) {
				return
			}
			r.send(res, e.peer)
			total += gap
		}
	})
}

// waits reports whether the answer to an INVITE was not acknowledged yet.
func (e *echo) waits(seq uint32) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.acked && e.seq == seq
}

// repeated returns the answer that an INVITE had already.
func (e *echo) repeated(seq uint32) *sip.Response {
	e.mu.Lock()
	defer e.mu.Unlock()
	if seq != e.seq {
		return nil
	}
	return e.last
}

// over reports whether a call has lasted, or been silent, for too long.
func (e *echo) over(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return now.Sub(e.heard) > limit.RegistrarSilence || now.Sub(e.began) > longest
}

func (e *echo) close() {
	e.cancel()
	_ = e.rtp.Close()
}

// mostRTP bounds a packet of speech.
const mostRTP = 2048

// reflect sends each packet back. It takes them only from the caller: from the
// address that it named, and then to the port that it named, or, behind a NAT,
// from where it signals, and then to where they came from.
func (e *echo) reflect(r *Registrar) {
	buf := make([]byte, mostRTP)
	for {
		n, from, err := e.rtp.ReadFrom(buf)
		if err != nil {
			if r.alive(e) {
				continue // of a packet that did not arrive (ICMP)
			}
			return
		}
		if to, ok := e.back(addrOf(from), r.cfg.Clock.Now()); ok {
			_, _ = e.rtp.WriteTo(buf[:n], net.UDPAddrFromAddrPort(to)) // the next one may get through
		}
	}
}

// back says where a packet goes back to; false for a stranger's.
func (e *echo) back(from netip.AddrPort, now time.Time) (netip.AddrPort, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch from.Addr() {
	case e.media.Addr():
		e.heard = now
		return e.media, true
	case e.signal:
		e.heard = now
		return from, true
	}
	return from, false
}

// alive reports whether a call is still held.
func (r *Registrar) alive(e *echo) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if c == e {
			return !r.closed
		}
	}
	return false
}
