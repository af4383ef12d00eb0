package phone

import (
	"context"
	"time"

	"github.com/emiago/sipgo/sip"
)

// sessionState is a call's session timer (RFC 4028).
type sessionState struct {
	on       bool
	expires  time.Duration
	min      time.Duration
	byUs     bool // we refresh
	renewed  chan struct{}
	accepted bool // the other side knows UPDATE
}

func (s *sessionState) start(conf SessionTimer) {
	s.expires, s.min, s.renewed = conf.Expires, conf.Min, make(chan struct{}, 1)
}

// raise goes up to what a server demands.
func (s *sessionState) raise(smallest time.Duration) {
	s.min = max(s.min, smallest)
	s.expires = max(s.expires, s.min)
}

// ask says in an INVITE how long a session is to be.
func (s *sessionState) ask(req *sip.Request, conf SessionTimer) {
	if !conf.On {
		return
	}
	value := number(s.expires)
	if conf.AsCaller != "" {
		value += ";refresher=" + conf.AsCaller
	}
	if conf.Caller || conf.Force {
		req.AppendHeader(sip.NewHeader("Session-Expires", value))
	}
	req.AppendHeader(sip.NewHeader("Min-SE", number(s.min)))
}

// settle reads from the answer who refreshes; where the other side knows nothing
// of it, the phone does it only if it is forced to.
func (s *sessionState) settle(res *sip.Response, conf SessionTimer) {
	said := field(res, "Session-Expires")
	switch {
	case !conf.On:
	case said != "":
		s.on, s.expires = true, parseSeconds(said)
		s.byUs = param(said, "refresher") != "uas"
	case conf.Force:
		s.on, s.byUs = true, true
	}
	s.accepted = contains(res, "Allow", "UPDATE")
}

// answer says in a 200 who refreshes.
func (s *sessionState) answer(req *sip.Request, res *sip.Response, conf SessionTimer) {
	s.start(conf)
	if !conf.On || !conf.Callee && !conf.Force {
		return
	}
	theirs := contains(req, "Supported", "timer")
	said := field(req, "Session-Expires")
	if !theirs && !conf.Force {
		return
	}
	refresher := conf.AsCallee
	if said != "" {
		s.expires = max(parseSeconds(said), s.min)
		if r := param(said, "refresher"); r != "" {
			refresher = r
		}
	}
	if !theirs {
		refresher = "uas"
	}
	s.on, s.byUs = true, refresher == "uas"
	s.accepted = contains(req, "Allow", "UPDATE")
	if theirs {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", number(s.expires)+";refresher="+refresher))
}

// keepSession refreshes at half of the time, or ends a call that the other side
// did not refresh (RFC 4028 §10).
func (c *call) keepSession(ctx context.Context) {
	for {
		c.mu.Lock()
		s := c.timer
		c.mu.Unlock()
		if !s.on || s.expires <= 0 {
			return
		}
		wait := s.expires / 2
		if !s.byUs {
			wait = s.expires - min(32*time.Second, s.expires/3)
		}
		nap, cancel := context.WithCancel(ctx)
		select {
		case <-s.renewed:
			cancel()
			continue
		case <-c.line.a.after(nap, c.line.a.own(wait)):
			cancel()
		}
		if ctx.Err() != nil {
			return
		}
		if !s.byUs {
			c.line.a.spawn(ctx, func(ctx context.Context) { c.hangUp(ctx, "the session was not refreshed") })
			return
		}
		c.refresh(ctx, s)
	}
}

// refresh renews the session by UPDATE, or by INVITE where the settings or the
// other side want that.
func (c *call) refresh(ctx context.Context, s sessionState) {
	if !s.accepted || c.line.Session.ByInvite {
		c.reinvite(ctx, true)
		return
	}
	build, to := c.within(sip.UPDATE)
	_, _, _ = c.line.exchange(ctx, manner{fixed: to}, func(t target) *sip.Request { // the next refresh comes soon enough
		req := build(t)
		req.AppendHeader(sip.NewHeader("Session-Expires", number(s.expires)+";refresher="+c.role()))
		return req
	})
}

// role is what a refresh of ours says: the one who sends it is its caller.
func (c *call) role() string { return "uac" }
