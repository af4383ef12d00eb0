package phone

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
)

// Order is a number that is dialled.
type Order struct {
	Line   int // from 1; 0 for the preferred one, or the first that works
	Number string
	From   Source // "" for the dialling page
}

// Call dials and returns the call's id. It fails with fault.Unavailable where no
// line works, and with fault.Denied where the dial plan does not let the number
// through. How the call goes on is seen in Calls.
func (p *Phone) Call(o Order) (string, error) {
	a := p.talker()
	if a == nil {
		return "", fault.New(fault.Unavailable, "the phone has no line")
	}
	return a.dial(o)
}

func (a *agent) dial(o Order) (string, error) {
	l := a.lineFor(o.Line)
	if l == nil {
		return "", fault.New(fault.Unavailable, "no line works")
	}
	if o.From == "" {
		o.From = FromPage
	}
	if goal, ok := strings.CutPrefix(o.Number, blindForward); ok && l.Calls.LocalCodes {
		return a.forward(l, goal)
	}
	number, ok := o.Number, true
	if l.Calls.Dial != nil {
		number, ok = l.Calls.Dial(o.Number, o.From)
	}
	if !ok || number == "" {
		return "", fault.New(fault.Denied, "the dial plan does not let %q through", o.Number)
	}
	id := l.a.token(24)
	a.remember(o.Number)
	l.start(id, number)
	return id, nil
}

// blindForward is the code that transfers the call that is up, where the phone
// knows it itself (GHP6xx guide, "Enable Local Call Features").
const blindForward = "*87"

func (a *agent) forward(l *line, number string) (string, error) {
	a.mu.Lock()
	list := slices.Clone(a.calls)
	a.mu.Unlock()
	for _, c := range list {
		if c.shown().State == CallUp {
			a.do(func(ctx context.Context) {
				a.tell(ctx, ActBlind, l, c.info.Number)
				c.transfer(ctx, l.numberURI(number, l.Servers[0]))
			})
			return c.id, nil
		}
	}
	return "", fault.New(fault.Conflict, "no call is up that could be forwarded")
}

// lineFor is the line that was asked for, else the preferred one where it works,
// else the first that does.
func (a *agent) lineFor(index int) *line {
	want := index
	if want == 0 {
		want = max(a.voice.Preferred, 1)
	}
	for _, l := range a.lines {
		if l.Index == want && (l.up() || index != 0) {
			return l
		}
	}
	if index != 0 {
		return nil
	}
	for _, l := range a.lines {
		if l.up() {
			return l
		}
	}
	return nil
}

// tooBrief refuses a session timer (RFC 4028 §6).
const tooBrief = 422

// start sets a call going.
func (l *line) start(id, number string) {
	c := make(chan struct{})
	l.a.do(func(ctx context.Context) {
		call, run := l.newCall(ctx, id, true)
		call.mu.Lock()
		call.info.Number = number
		call.mu.Unlock()
		close(c)
		l.a.tell(ctx, ActOutgoing, l, number)
		call.invite(ctx, run)
	})
	select {
	case <-c:
	case <-l.a.gone:
	}
}

// invite calls. ctx is the agent's, run the call's.
func (c *call) invite(ctx, run context.Context) {
	l := c.line
	s, err := l.openSpeech(run)
	if err != nil {
		c.end(ctx, "no port for speech is free")
		return
	}
	offer := l.offer(s)
	c.mu.Lock()
	c.speech, c.ours = s, offer
	c.timer.start(l.Session)
	c.mu.Unlock()
	m := manner{
		early: func(res *sip.Response) { c.early(ctx, res) },
		sent: func(req *sip.Request, h hop) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.req, c.hop = req, h
		},
		next: l.beforeFailover,
	}
	res, t, err := l.exchange(run, m, c.request)
	if err == nil && res.StatusCode == tooBrief {
		c.mu.Lock()
		c.timer.raise(seconds(res, "Min-SE"))
		c.mu.Unlock()
		res, t, err = l.exchange(run, m, c.request)
	}
	switch {
	case err != nil:
		c.end(ctx, err.Error())
	case res.StatusCode >= 300:
		c.end(ctx, res.Reason)
	default:
		c.answered(ctx, run, res, t)
	}
}

// beforeFailover registers with the next server before a call goes to it, where
// the settings want that.
func (l *line) beforeFailover(ctx context.Context, t target) bool {
	if !l.RegisterFirst || !l.Line.Register {
		return true
	}
	r := &registration{line: l, id: l.a.token(20), tag: l.a.token(10)}
	res, err := l.prove(ctx, manner{}, t, func(t target) *sip.Request { return r.request(t, r.expires()) })
	if err != nil || res.StatusCode >= 300 {
		return false
	}
	l.setRegistered(true, t)
	return true
}

// request makes the INVITE.
func (c *call) request(t target) *sip.Request {
	l := c.line
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	server := l.domain(t)
	goal := l.numberURI(c.info.Number, server)
	from := l.me(server, c.tag)
	if l.Calls.Anonymous {
		from = `"Anonymous" <` + l.scheme() + `:anonymous@anonymous.invalid>;tag=` + c.tag
	}
	c.goal, c.local, c.remote = goal, from, "<"+goal+">"
	req := l.request(sip.INVITE, goal, t, ids{call: c.id, seq: c.seq, from: from, to: c.remote})
	add := func(name, value string) { req.AppendHeader(sip.NewHeader(name, value)) }
	huawei := strings.HasPrefix(l.Special, "Huawai") || strings.HasPrefix(l.Special, "Huawei")
	if l.Privacy == Yes || l.Privacy == ByDefault && !huawei {
		privacy := "none"
		if l.Calls.Anonymous {
			privacy = "id"
		}
		add("Privacy", privacy)
	}
	if l.Identity == Yes || l.Identity == ByDefault && !huawei {
		name := ""
		if l.Display != "" {
			name = `"` + l.Display + `" `
		}
		add("P-Preferred-Identity", name+"<"+l.address(l.User, server)+">")
	}
	c.timer.ask(req, l.Session)
	add("Content-Type", "application/sdp")
	req.SetBody([]byte(c.ours.write(l.Media)))
	return req
}

// numberURI writes a number as the account's TEL mode has it.
func (l *line) numberURI(number, server string) string {
	if strings.HasPrefix(number, "sip:") || strings.HasPrefix(number, "sips:") {
		return number
	}
	switch l.Tel {
	case TelURI:
		return "tel:" + l.a.escape(number)
	case TelUserPhone:
		return l.address(number, server) + ";user=phone"
	}
	return l.address(number, server)
}

// offer describes our side of a new call.
func (l *line) offer(s *speech) described {
	m := l.Media
	out := described{addr: s.address(l), formats: m.offers(), version: 1, id: 1000 + l.a.random(100000), send: "sendrecv"}
	if m.InRTP {
		out.event = m.EventType
	}
	out.secure = m.SRTP == SRTPForced || m.SRTP == SRTPOffered
	if m.SRTP != SRTPOff {
		out.crypto = l.a.cryptoLines(m)
	}
	out.mux = m.RTCP == RTCPMux || m.RTCP == RTCPMuxOnly
	return out
}

// early takes a provisional answer, and acknowledges it where it is reliable
// (RFC 3262).
func (c *call) early(ctx context.Context, res *sip.Response) {
	if res.StatusCode < 180 {
		return
	}
	c.mu.Lock()
	if c.state == CallDialling {
		c.state = CallRinging
	}
	c.mu.Unlock()
	rseq := field(res, "RSeq")
	if rseq == "" || !strings.Contains(field(res, "Require"), "100rel") {
		return
	}
	c.dialogOf(ctx, res)
	build, to := c.within(sip.PRACK)
	c.line.a.spawn(ctx, func(ctx context.Context) {
		_, _, _ = c.line.exchange(ctx, manner{fixed: to}, func(t target) *sip.Request { // the peer repeats what is not acknowledged
			req := build(t)
			req.AppendHeader(sip.NewHeader("RAck", rseq+" "+field(res, "CSeq")))
			return req
		})
	})
}

// dialogOf takes over what an answer says of the dialog.
func (c *call) dialogOf(ctx context.Context, res *sip.Response) {
	var routes []string
	for _, h := range res.GetHeaders("Record-Route") {
		routes = append([]string{h.Value()}, routes...)
	}
	goal := uriOf(field(res, "Contact"))
	c.mu.Lock()
	usual := c.hop
	if goal == "" {
		goal = c.goal
	}
	c.goal, c.remote, c.routes = goal, field(res, "To"), routes
	c.mu.Unlock()
	h := c.line.nextHop(ctx, goal, routes, usual)
	c.mu.Lock()
	c.hop = h
	c.mu.Unlock()
}

// answered takes the call that the other side has taken.
func (c *call) answered(ctx, run context.Context, res *sip.Response, _ target) {
	c.dialogOf(ctx, res)
	c.sendACK(ctx, res)
	theirs := readSession(res.Body())
	c.agree(theirs)
	c.mu.Lock()
	c.timer.settle(res, c.line.Session)
	c.mu.Unlock()
	ours := c.described()
	if (c.line.Media.SRTP == SRTPForced || theirs.secure) && ours.keyFor(theirs) == "" {
		c.up(run)
		c.hangUp(ctx, "the other side does not encrypt")
		return
	}
	c.up(run)
}

// sendACK acknowledges an answer, and keeps the ACK for its repetitions.
func (c *call) sendACK(ctx context.Context, res *sip.Response) {
	build, to := c.within(sip.ACK)
	t := target{}
	if to != nil {
		t.hop = *to
	} else if list := c.line.targets(ctx, false); len(list) > 0 {
		t = list[0]
	}
	ack := build(t)
	c.mu.Lock()
	c.seq-- // an ACK has the INVITE's number
	c.mu.Unlock()
	ack.ReplaceHeader(sip.NewHeader("CSeq", strings.Replace(field(res, "CSeq"), "INVITE", "ACK", 1)))
	ack.PrependHeader(sip.NewHeader("Via", c.line.via(t.hop, "z9hG4bK"+c.line.a.token(16))))
	c.mu.Lock()
	c.ack = ack
	c.mu.Unlock()
	_ = c.line.send(ctx, ack, t.hop) // if it is lost, the answer comes again
}

// acknowledgeAgain answers a repeated 200 by the ACK that was lost.
func (a *agent) acknowledgeAgain(ctx context.Context, res *sip.Response, from hop) {
	c := a.callOf(field(res, "Call-ID"))
	if c == nil {
		return
	}
	c.mu.Lock()
	ack := c.ack
	c.mu.Unlock()
	if ack != nil {
		_ = c.line.send(ctx, ack, from) // it comes again if this is lost too
	}
}

// HangUp ends a call: one that is up by BYE, an incoming one by 486, an outgoing
// one by CANCEL.
func (p *Phone) HangUp(id string) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	a.do(func(ctx context.Context) { c.hangUp(ctx, reasonHungUp) })
	return nil
}

func (c *call) hangUp(ctx context.Context, reason string) {
	c.mu.Lock()
	state, req, h, from := c.state, c.req, c.hop, c.from
	c.mu.Unlock()
	l := c.line
	switch {
	case state == CallUp:
		build, to := c.within(sip.BYE)
		c.end(ctx, reason)
		_, _, _ = l.exchange(ctx, manner{fixed: to}, build) // whatever is answered, the call is over
	case state == CallEnded:
	case c.out && req != nil:
		cancel := sip.NewRequest(sip.CANCEL, req.Recipient)
		for _, name := range []string{"Via", "Route", "Max-Forwards", "From", "To", "Call-ID"} {
			for _, v := range req.GetHeaders(name) {
				cancel.AppendHeader(sip.NewHeader(name, v.Value()))
			}
		}
		seq, _, _ := strings.Cut(field(req, "CSeq"), " ")
		cancel.AppendHeader(sip.NewHeader("CSeq", seq+" CANCEL"))
		l.extras(cancel)
		_ = l.send(ctx, cancel, h)              // the INVITE ends by itself if it is lost
		_ = l.a.clock.Sleep(ctx, 4*time.Second) // for the 487
		c.end(ctx, reason)
	case !c.out && req != nil:
		if c.decide() {
			l.answer(ctx, req, from, sip.StatusBusyHere, "Busy Here")
		}
		c.end(ctx, reason)
	default:
		c.end(ctx, reason)
	}
}

// decide claims the right to answer the caller; only the first gets it.
func (c *call) decide() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.decided || c.state == CallEnded {
		return false
	}
	c.decided = true
	return true
}
