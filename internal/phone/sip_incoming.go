package phone

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
)

// receiveInvite takes a new call, or a change of one that is.
func (l *line) receiveInvite(ctx context.Context, req *sip.Request, from hop) {
	if c := l.a.callOf(field(req, "Call-ID")); c != nil {
		c.changed(ctx, req, from)
		return
	}
	if l.Guard.Challenge && !l.proved(ctx, req, from) {
		return
	}
	caller := uriOf(field(req, "From"))
	others, dialling := l.a.busy(nil)
	barging := false
	switch {
	case l.Calls.RejectAnonymous && anonymous(req):
		l.answer(ctx, req, from, sip.StatusTemporarilyUnavailable, "Anonymous calls are refused")
		return
	case dialling && !l.a.voice.EarlyIncoming:
		l.answer(ctx, req, from, sip.StatusBusyHere, "Busy Here")
		return
	case others > 0 && l.byInfo(req) && l.Calls.Barge:
		barging = true
	case others > 0 && !l.waiting2():
		l.answer(ctx, req, from, sip.StatusBusyHere, "Busy Here")
		return
	}
	l.answer(ctx, req, from, sip.StatusTrying, "Trying")
	c, run := l.newCall(ctx, field(req, "Call-ID"), false)
	c.take(ctx, req, from, userOf(caller))
	l.a.tell(ctx, ActIncoming, l, c.info.Number)
	if barging {
		l.a.holdOthers(ctx, c)
	}
	l.a.spawn(ctx, func(ctx context.Context) { c.ring(ctx, run, barging) })
}

// waiting2 reports whether a second call is let in: the account says so, or
// leaves it to the phone.
func (l *line) waiting2() bool {
	return l.Calls.Waiting == Yes || l.Calls.Waiting == ByDefault && l.a.voice.CallWaiting
}

// take enters what an INVITE says of the dialog.
func (c *call) take(ctx context.Context, req *sip.Request, from hop, number string) {
	res := c.line.reply(req, from, sip.StatusOK, "OK") // only its To is used: the tag that all answers share
	to := res.To()
	to.Params.Remove("tag")
	to.Params.Add("tag", c.tag)
	routes := []string{}
	for _, h := range req.GetHeaders("Record-Route") {
		routes = append(routes, h.Value())
	}
	goal := uriOf(field(req, "Contact"))
	h := c.line.nextHop(ctx, goal, routes, from)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.req, c.from = req, from
	c.info.Number = number
	if c.line.Calls.Ring != nil {
		c.info.Tone = c.line.Calls.Ring(number, field(req, "Alert-Info"))
	}
	c.theirs = readSession(req.Body())
	c.local, c.remote = to.Value(), field(req, "From")
	c.goal, c.routes, c.hop = goal, routes, h
	req.RemoveHeader("To")
	req.AppendHeader(sip.NewHeader("To", c.local))
	c.seq = c.line.a.random(10000)
}

// ring rings, and answers by itself where the settings or the caller say so.
func (c *call) ring(ctx, run context.Context, now bool) {
	l := c.line
	ringing := l.reply(c.req, c.from, sip.StatusRinging, "Ringing")
	ringing.AppendHeader(sip.NewHeader("Contact", l.contact(c.from, sip.INVITE)))
	if l.Reliable && (contains(c.req, "Supported", "100rel") || contains(c.req, "Require", "100rel")) {
		ringing.AppendHeader(sip.NewHeader("Require", "100rel"))
		ringing.AppendHeader(sip.NewHeader("RSeq", "1"))
	}
	l.deliver(ctx, c.req, ringing, c.from)
	intercom := l.byInfo(c.req)
	if now || intercom || l.Calls.Answer && (len(l.Calls.AnswerNumbers) == 0 || slices.Contains(l.Calls.AnswerNumbers, c.info.Number)) {
		l.a.wg.Go(func() {
			if l.a.sleep(run, l.a.voice.AnswerDelay) {
				l.a.spawn(ctx, func(ctx context.Context) { c.pickUp(ctx, run, intercom && l.Calls.MuteIntercom) })
			}
		})
	}
	c.ringFor(run, l.Calls.RingTimeout, func(ctx context.Context) {
		if c.decide() {
			l.answer(ctx, c.req, c.from, sip.StatusTemporarilyUnavailable, "Nobody Answers")
		}
		c.end(ctx, "nobody answered")
	})
}

// byInfo reports whether the caller's Call-Info or Alert-Info makes the phone
// answer: the text of the settings alone where there is one, else the usual ones.
func (l *line) byInfo(req *sip.Request) bool {
	if !l.Calls.AnswerByInfo {
		return false
	}
	alert, info := strings.ToLower(field(req, "Alert-Info")), strings.ToLower(field(req, "Call-Info"))
	if own := strings.ToLower(l.Calls.AlertInfo); own != "" {
		return strings.Contains(alert, own)
	}
	return strings.Contains(alert, "info=alert-autoanswer") || strings.Contains(alert, "auto answer") || strings.Contains(alert, "ring-answer") ||
		strings.Contains(info, "answer-after=0")
}

func anonymous(req *sip.Request) bool {
	from := strings.ToLower(field(req, "From"))
	return strings.Contains(from, "anonymous") || contains(req, "Privacy", "id") || contains(req, "Privacy", "user")
}

// contains looks for a word in a list.
func contains(m headed, header, word string) bool {
	for _, h := range m.GetHeaders(header) {
		for part := range strings.FieldsFuncSeq(h.Value(), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			if strings.EqualFold(part, word) {
				return true
			}
		}
	}
	return false
}

// Answer takes a call that rings.
func (p *Phone) Answer(id string) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	if c.out {
		return fault.New(fault.Conflict, "the call is an outgoing one")
	}
	a.do(func(ctx context.Context) {
		run, cancel := context.WithCancel(ctx)
		c.mu.Lock()
		old := c.cancel
		c.cancel = func() { old(); cancel() }
		c.mu.Unlock()
		c.pickUp(ctx, run, false)
	})
	return nil
}

// pickUp answers with what both sides can.
func (c *call) pickUp(ctx, run context.Context, muted bool) {
	if !c.decide() {
		return
	}
	l := c.line
	s, err := l.openSpeech(run)
	if err != nil {
		l.answer(ctx, c.req, c.from, sip.StatusServiceUnavailable, "No Port")
		c.end(ctx, "no port for speech is free")
		return
	}
	ours, ok := l.meet(s, c.theirs, len(c.req.Body()) > 0)
	if !ok {
		s.close()
		l.answer(ctx, c.req, c.from, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		c.end(ctx, "no codec or key in common")
		return
	}
	res := l.reply(c.req, c.from, sip.StatusOK, "OK")
	res.AppendHeader(sip.NewHeader("Contact", l.contact(c.from, sip.INVITE)))
	res.AppendHeader(sip.NewHeader("Supported", l.supported()))
	res.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, OPTIONS, CANCEL, BYE, NOTIFY, INFO, REFER, UPDATE, PRACK"))
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	res.SetBody([]byte(ours.write(l.Media)))
	c.mu.Lock()
	c.speech, c.ours = s, ours
	c.info.Muted = muted
	c.timer.answer(c.req, res, l.Session)
	theirs := c.theirs
	c.mu.Unlock()
	if len(theirs.formats) > 0 {
		c.agree(theirs)
	}
	l.deliver(ctx, c.req, res, c.from)
	l.a.wg.Go(func() { l.insist(run, c.req, res, c.from) })
	l.a.tell(ctx, ActAnswered, l, c.info.Number)
	c.up(run)
}

// meet answers a description by ours; false where nothing fits. Without one it
// offers.
func (l *line) meet(s *speech, theirs described, offered bool) (described, bool) {
	ours := l.offer(s)
	if !offered {
		return ours, true
	}
	m := l.Media
	wants := theirs.secure || len(theirs.crypto) > 0
	if theirs.secure && m.SRTP == SRTPOff || m.SRTP == SRTPForced && !wants {
		return described{}, false
	}
	ours.secure, ours.crypto = theirs.secure, nil
	if wants && m.SRTP != SRTPOff {
		ours.crypto = commonKey(l.a.cryptoLines(m), theirs.crypto)
		if ours.crypto == nil && theirs.secure {
			return described{}, false
		}
	}
	ours.rejected = true // one medium only
	ours.mux = theirs.mux && m.RTCP != RTCPNext
	if theirs.event == 0 {
		ours.event = 0
	} else if ours.event > 0 {
		ours.event = theirs.event
	}
	ours.formats = commonFormats(ours.formats, theirs.formats, m.ByCaller)
	switch theirs.send {
	case "sendonly":
		ours.send = "recvonly"
	case "inactive":
		ours.send = "inactive"
	}
	return ours, len(ours.formats) > 0
}

// commonFormats keeps what both sides have, in our order or in theirs, under
// their numbers.
func commonFormats(ours, theirs []format, byCaller bool) []format {
	var out []format
	has := func(list []format, c Codec) bool {
		return slices.ContainsFunc(list, func(f format) bool { return f.codec == c })
	}
	if byCaller {
		for _, t := range theirs {
			if has(ours, t.codec) {
				out = append(out, t)
			}
		}
		return out
	}
	for _, o := range ours {
		for _, t := range theirs {
			if t.codec == o.codec && !has(out, o.codec) {
				out = append(out, t)
			}
		}
	}
	return out
}

// commonKey answers the first of their keys whose kind we have, by one of ours.
func commonKey(ours, theirs []string) []string {
	for _, t := range theirs {
		number, rest, _ := strings.Cut(t, " ")
		suite, _, _ := strings.Cut(rest, " ")
		for _, o := range ours {
			_, own, _ := strings.Cut(o, " ")
			if strings.HasPrefix(own, suite+" ") {
				return []string{number + " " + own}
			}
		}
	}
	return nil
}

// holdOthers puts all other calls on hold, so that one can go through.
func (a *agent) holdOthers(ctx context.Context, but *call) {
	a.mu.Lock()
	list := slices.Clone(a.calls)
	a.mu.Unlock()
	for _, c := range list {
		c.mu.Lock()
		up := c.state == CallUp && !c.holding
		c.mu.Unlock()
		if c != but && up {
			a.spawn(ctx, func(ctx context.Context) { c.hold(ctx, true) })
		}
	}
}

// soon bounds what a person waits for.
const soon = 4 * time.Second
