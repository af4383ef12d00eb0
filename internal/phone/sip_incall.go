package phone

import (
	"context"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// address is where speech comes in, as the phone tells it.
func (s *speech) address(l *line) netip.AddrPort {
	ip := l.a.sip.Address
	l.mu.Lock()
	if l.mapped.IsValid() && l.STUN {
		ip = l.mapped.Addr()
	}
	l.mu.Unlock()
	if own, err := netip.ParseAddr(l.a.voice.NATAddress); err == nil {
		ip = own
	}
	return netip.AddrPortFrom(ip, uint16(s.port)) //nolint:gosec // a port
}

// receiveInCall takes what belongs to a call.
func (l *line) receiveInCall(ctx context.Context, req *sip.Request, from hop) {
	c := l.a.callOf(field(req, "Call-ID"))
	if c == nil {
		l.answer(ctx, req, from, 481, "Call/Transaction Does Not Exist")
		return
	}
	switch req.Method {
	case sip.BYE:
		l.answer(ctx, req, from, sip.StatusOK, "OK")
		c.end(ctx, "the other side hung up")
	case sip.CANCEL:
		l.answer(ctx, req, from, sip.StatusOK, "OK")
		if c.decide() {
			l.answer(ctx, c.req, c.from, sip.StatusRequestTerminated, "Request Terminated")
			c.end(ctx, "the caller gave up")
		}
	case sip.UPDATE:
		c.mu.Lock()
		c.renew(req)
		c.mu.Unlock()
		headers := [][2]string{{"Contact", l.contact(from, sip.UPDATE)}}
		if said := field(req, "Session-Expires"); said != "" {
			headers = append(headers, [2]string{"Session-Expires", said})
		}
		l.answer(ctx, req, from, sip.StatusOK, "OK", headers...)
	default:
		l.answer(ctx, req, from, sip.StatusOK, "OK")
	}
}

// renew notes that the other side refreshed. The caller holds mu.
func (c *call) renew(req *sip.Request) {
	if said := parseSeconds(field(req, "Session-Expires")); said > 0 && c.timer.on {
		c.timer.expires = said
	}
	select {
	case c.timer.renewed <- struct{}{}:
	default: // it is noted already
	}
}

// changed takes a re-INVITE: hold, or a refresh.
func (c *call) changed(ctx context.Context, req *sip.Request, from hop) {
	l := c.line
	theirs := readSession(req.Body())
	c.mu.Lock()
	s := c.speech
	if s == nil {
		c.mu.Unlock()
		l.answer(ctx, req, from, sip.StatusRequestPending, "Request Pending")
		return
	}
	c.renew(req)
	old := c.ours
	c.mu.Unlock()
	ours, ok := l.meet(s, theirs, len(req.Body()) > 0)
	if !ok {
		l.answer(ctx, req, from, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	ours.id, ours.version = old.id, old.version+1
	c.mu.Lock()
	c.ours = ours
	c.mu.Unlock()
	if len(theirs.formats) > 0 {
		c.agree(theirs)
	}
	res := l.reply(req, from, sip.StatusOK, "OK")
	res.AppendHeader(sip.NewHeader("Contact", l.contact(from, sip.INVITE)))
	if said := field(req, "Session-Expires"); said != "" {
		res.AppendHeader(sip.NewHeader("Session-Expires", said))
	}
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	res.SetBody([]byte(ours.write(l.Media)))
	l.deliver(ctx, req, res, from)
	l.a.wg.Go(func() { l.insist(ctx, req, res, from) })
}

// Hold puts a call on hold, or takes it off again.
func (p *Phone) Hold(id string, on bool) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	a.do(func(ctx context.Context) { c.hold(ctx, on) })
	return nil
}

// Mute silences the microphone within a call, or opens it again. This phone has
// nobody who speaks into it, so that the other side hears no difference.
func (p *Phone) Mute(id string, on bool) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	c.mu.Lock()
	changed := c.info.Muted != on
	c.info.Muted = on
	c.mu.Unlock()
	act := ActUnmute
	if on {
		act = ActMute
	}
	if changed {
		a.do(func(ctx context.Context) { a.tell(ctx, act, c.line, c.info.Number) })
	}
	return nil
}

func (c *call) hold(ctx context.Context, on bool) {
	c.mu.Lock()
	c.holding, c.info.Held = on, on
	c.mu.Unlock()
	act := ActUnhold
	if on {
		act = ActHold
	}
	c.line.a.tell(ctx, act, c.line, c.info.Number)
	c.reinvite(ctx, false)
	if music := c.line.Guard.MusicURI; on && music != "" {
		c.playMusic(ctx, music)
	}
}

// reinvite describes the call anew; a refresh says how long it is to last.
func (c *call) reinvite(ctx context.Context, refresh bool) {
	l := c.line
	c.mu.Lock()
	if c.speech == nil || c.state != CallUp {
		c.mu.Unlock()
		return
	}
	s := c.ours
	s.version++
	s.held, s.send = c.holding, "sendrecv"
	if c.holding {
		s.send = "sendonly"
		if l.Calls.OldHold {
			s.send = ""
		}
	}
	c.ours = s
	timer := c.timer
	c.speech.mu.Lock()
	c.speech.quiet = c.holding || c.theirs.held
	c.speech.mu.Unlock()
	c.mu.Unlock()
	build, to := c.within(sip.INVITE)
	res, _, err := l.exchange(ctx, manner{fixed: to}, func(t target) *sip.Request {
		req := build(t)
		if refresh {
			req.AppendHeader(sip.NewHeader("Session-Expires", number(timer.expires)+";refresher=uac"))
		}
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		req.SetBody([]byte(s.write(l.Media)))
		return req
	})
	if err != nil || res.StatusCode >= 300 {
		return // the call goes on as it was
	}
	c.sendACK(ctx, res)
	c.agree(readSession(res.Body()))
}

// Press sends a digit within a call, as the account's settings have it.
func (p *Phone) Press(id string, digit byte) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	a.do(func(ctx context.Context) { c.press(ctx, digit) })
	return nil
}

func (c *call) press(ctx context.Context, digit byte) {
	m := c.line.Media
	c.mu.Lock()
	s := c.speech
	c.mu.Unlock()
	if s != nil && (m.InRTP || m.InAudio) {
		s.mu.Lock()
		for range 5 { // so many packets of a tone; an event is one
			if s.tones = append(s.tones, digit); m.InRTP {
				break
			}
		}
		s.mu.Unlock()
	}
	if !m.InSIP {
		return
	}
	build, to := c.within(sip.INFO)
	_, _, _ = c.line.exchange(ctx, manner{fixed: to}, func(t target) *sip.Request { // a digit that is lost is pressed again
		req := build(t)
		req.AppendHeader(sip.NewHeader("Content-Type", "application/dtmf-relay"))
		req.SetBody([]byte("Signal=" + string(digit) + "\r\nDuration=160\r\n"))
		return req
	})
}

// playMusic calls the source of the music on behalf of the one who waits, whose
// own address it names (as in RFC 7088).
func (c *call) playMusic(ctx context.Context, uri string) {
	l := c.line
	if !strings.Contains(uri, ":") {
		uri = "sip:" + uri
	}
	id, tag := l.a.token(24), l.a.token(10)
	c.mu.Lock()
	s := c.theirs
	c.mu.Unlock()
	s.send, s.version, s.crypto, s.held = "recvonly", 1, nil, false
	music := l.attach(ctx, id)
	res, _, err := l.exchange(ctx, manner{}, func(t target) *sip.Request {
		music.mu.Lock()
		defer music.mu.Unlock()
		music.seq++
		music.local, music.remote, music.goal, music.hop = l.me(l.domain(t), tag), "<"+uri+">", uri, t.hop
		req := l.request(sip.INVITE, uri, t, ids{call: id, seq: music.seq, from: music.local, to: music.remote})
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		req.SetBody([]byte(s.write(l.Media)))
		return req
	})
	if err != nil || res.StatusCode >= 300 {
		music.end(ctx, "no music")
		return
	}
	music.dialogOf(ctx, res)
	music.sendACK(ctx, res)
	music.mu.Lock()
	music.state = CallUp
	music.mu.Unlock()
	l.a.wg.Go(func() { // the music ends with the call or the hold
		for l.a.clock.Sleep(ctx, soon) == nil {
			c.mu.Lock()
			on := c.holding && c.state == CallUp
			c.mu.Unlock()
			if !on {
				music.hangUp(ctx, "the music is over")
				return
			}
		}
	})
}

// attach enters a call that has no speech of its own.
func (l *line) attach(ctx context.Context, id string) *call {
	c, _ := l.newCall(ctx, id, true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info.Number = "music on hold"
	return c
}
