package registrar

import (
	"crypto/subtle"
	"net/netip"
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// takeRoute takes our own Route off a request of a call that goes through us.
func (r *Registrar) takeRoute(req *sip.Request) bool {
	route := req.Route()
	if route == nil || !r.isMe(route.Address) {
		return false
	}
	req.RemoveHeader("Route") // the topmost
	return req.To().Params.Has("tag") || req.Method == sip.ACK
}

func (r *Registrar) isMe(u sip.Uri) bool {
	ip, err := netip.ParseAddr(u.Host)
	return err == nil && ip == r.addr.Addr() && (u.Port == int(r.addr.Port()) || u.Port == 0 && r.addr.Port() == 5060)
}

// passOn sends a request to the phone that it is for: by the contact in its
// address, or by the user. It goes to registered phones alone.
func (r *Registrar) passOn(req *sip.Request, from hop) {
	b, ok := r.at(req.Recipient)
	if !ok {
		if b, ok = r.find(req.Recipient.User); !ok {
			r.answer(req, from, sip.StatusNotFound, "Nobody Registered")
			return
		}
		req.Recipient = *b.contact.Clone()
	}
	left := 70
	if mf := req.MaxForwards(); mf != nil {
		left = int(mf.Val())
	}
	if left <= 0 {
		r.answer(req, from, sip.StatusTooManyHops, "Too Many Hops")
		return
	}
	req.RemoveHeader("Max-Forwards")
	req.AppendHeader(sip.NewHeader("Max-Forwards", strconv.Itoa(left-1)))
	if req.Method == sip.INVITE {
		req.PrependHeader(sip.NewHeader("Record-Route", "<sip:"+r.addr.String()+";lr>"))
		if !req.To().Params.Has("tag") {
			r.answer(req, from, sip.StatusTrying, "Trying")
		}
	}
	// Repetitions, ACK and CANCEL of a request get its branch, since no state says
	// what it was (RFC 3261 §16.11).
	branch := r.branch(req.Via(), field(req, "Call-ID"))
	req.PrependHeader(sip.NewHeader("Via", "SIP/2.0/"+b.to.transport()+" "+r.addr.String()+";branch="+branch+";rport"))
	r.send(req, b.to)
}

// branch is what only we can put into our Via above another one.
func (r *Registrar) branch(below *sip.ViaHeader, call string) string {
	p := below.Params
	return "z9hG4bK" + r.mark("branch", p.GetOr("branch", ""), below.SentBy(), p.GetOr("received", ""), p.GetOr("rport", ""), call)
}

// passBack sends an answer to where its request came from, which the Via below
// our own says. Our branch proves that it was really we who asked.
func (r *Registrar) passBack(res *sip.Response) {
	ours := res.Via().Params.GetOr("branch", "")
	res.RemoveHeader("Via")
	next := res.Via()
	if next == nil || subtle.ConstantTimeCompare([]byte(ours), []byte(r.branch(next, field(res, "Call-ID")))) != 1 {
		return
	}
	ip, err := netip.ParseAddr(next.Params.GetOr("received", ""))
	port, err2 := strconv.ParseUint(next.Params.GetOr("rport", ""), 10, 16)
	if err != nil || err2 != nil {
		return
	}
	to := hop{addr: netip.AddrPortFrom(ip, uint16(port))}
	if next.Transport == "TCP" {
		r.mu.Lock()
		to.conn = r.conns[to.addr]
		r.mu.Unlock()
		if to.conn == nil {
			return
		}
	}
	r.send(res, to)
}
