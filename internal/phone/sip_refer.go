package phone

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
)

// receiveRefer dials what a peer asks for outside of a call, as far as the
// settings let it; within a call it refuses, for nobody on the phone said yes.
func (l *line) receiveRefer(ctx context.Context, req *sip.Request, from hop) {
	number := userOf(uriOf(field(req, "Refer-To")))
	switch {
	case l.a.callOf(field(req, "Call-ID")) != nil:
		l.answer(ctx, req, from, 603, "Decline")
		return
	case l.Guard.Refer == ReferRefused:
		l.answer(ctx, req, from, sip.StatusForbidden, "Unsolicited REFER")
		return
	case l.Guard.Refer == ReferProved && !l.proved(ctx, req, from):
		return
	case number == "":
		l.answer(ctx, req, from, sip.StatusBadRequest, "No Refer-To")
		return
	}
	l.answer(ctx, req, from, sip.StatusAccepted, "Accepted", [2]string{"Contact", l.contact(from, sip.REFER)})
	_, _ = l.a.dial(Order{Line: l.Index, Number: number, From: FromAPI}) // what the plan forbids is not dialled
}

// receiveNotify takes news, and orders to look for files, restart or reset.
func (l *line) receiveNotify(ctx context.Context, req *sip.Request, from hop) {
	event, _, _ := strings.Cut(field(req, "Event"), ";")
	event = strings.TrimSpace(event)
	orders := []string{"reset-to-factory", "factory-reset", "check-sync", "resync"}
	if l.a.voice.NotifyProof && slices.Contains(orders, event) && !l.proved(ctx, req, from) {
		return
	}
	switch event {
	case "message-summary", "reg":
		l.watched(req)
		l.answer(ctx, req, from, sip.StatusOK, "OK")
	case "refer":
		l.answer(ctx, req, from, sip.StatusOK, "OK")
		if c := l.a.callOf(field(req, "Call-ID")); c != nil {
			c.transferred(string(req.Body()))
		}
	case "reset-to-factory", "factory-reset":
		if !l.Guard.Reset {
			l.answer(ctx, req, from, sip.StatusForbidden, "Reset Not Allowed")
			return
		}
		l.answer(ctx, req, from, sip.StatusOK, "OK")
		l.a.phone.FactoryReset()
	case "check-sync", "resync":
		l.answer(ctx, req, from, sip.StatusOK, "OK")
		l.a.phone.Provision()
	default:
		l.answer(ctx, req, from, 489, "Bad Event")
	}
}

// watched notes what a subscription tells, and where its notifier is.
func (l *line) watched(req *sip.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasPrefix(field(req, "Event"), "message-summary") {
		l.mail = string(req.Body())
	}
	for _, w := range l.watches {
		if c := field(req, "Contact"); w.id == field(req, "Call-ID") && c != "" && l.NotifyRoute {
			w.goal = uriOf(c)
		}
	}
}

// Transfer sends the other side of a call to a number. The call ends when the
// other side has arrived; where it does not within the account's time, the call
// is taken back or, where the settings say so, given up.
func (p *Phone) Transfer(id, number string) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	if !a.voice.Transfer {
		return fault.New(fault.Denied, "this phone does not transfer calls")
	}
	a.do(func(ctx context.Context) {
		a.tell(ctx, ActBlind, c.line, c.info.Number)
		c.transfer(ctx, c.line.numberURI(number, c.line.Servers[0]))
	})
	return nil
}

// Join connects the other sides of two calls with one another.
func (p *Phone) Join(id, with string) error {
	c, a, err := p.find(id)
	if err != nil {
		return err
	}
	other, _, err := p.find(with)
	if err != nil {
		return err
	}
	a.do(func(ctx context.Context) { c.join(ctx, other) })
	return nil
}

// join refers the one side to the other, by the contact of the call that is
// there or by its public address.
func (c *call) join(ctx context.Context, other *call) {
	c.line.a.tell(ctx, ActAttended, c.line, c.info.Number)
	other.mu.Lock()
	goal, remote, local := uriOf(other.remote), other.remote, other.local
	if other.line.Calls.ReferContact {
		goal = other.goal
	}
	replaces := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", other.id, param(remote, "tag"), param(local, "tag"))
	other.mu.Unlock()
	c.transfer(ctx, goal+"?Replaces="+url.QueryEscape(replaces))
}

func (c *call) transfer(ctx context.Context, goal string) {
	l := c.line
	c.mu.Lock()
	c.moved = make(chan string, 4)
	moved := c.moved
	c.mu.Unlock()
	if l.a.voice.HoldToTransfer {
		c.hold(ctx, true)
	}
	build, to := c.within(sip.REFER)
	res, _, err := l.exchange(ctx, manner{fixed: to}, func(t target) *sip.Request {
		req := build(t)
		req.AppendHeader(sip.NewHeader("Refer-To", "<"+goal+">"))
		req.AppendHeader(sip.NewHeader("Referred-By", "<"+l.address(l.User, l.Servers[0])+">"))
		return req
	})
	ok := err == nil && res.StatusCode < 300 && c.arrived(ctx, moved)
	act := ActNotTransferred
	if ok {
		act = ActTransferred
	}
	l.a.tell(ctx, act, l, c.info.Number)
	switch {
	case ok:
		c.hangUp(ctx, "transferred")
	case l.Calls.Recover:
		c.hold(ctx, false)
	default:
		c.hangUp(ctx, "the transfer failed")
	}
}

// arrived waits for the last word on a transfer.
func (c *call) arrived(ctx context.Context, moved chan string) bool {
	wait := c.line.Calls.TransferWait
	if wait <= 0 {
		wait = time.Minute
	}
	nap, cancel := context.WithCancel(ctx)
	defer cancel()
	over := c.line.a.after(nap, c.line.a.own(wait))
	for {
		select {
		case word := <-moved:
			if f := strings.Fields(word); len(f) > 1 && f[1] >= "200" {
				return f[1] < "300"
			}
		case <-c.done:
			return true
		case <-over:
			return false
		}
	}
}

func (c *call) transferred(body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moved != nil {
		select {
		case c.moved <- body:
		default: // the last word is there already
		}
	}
}

// HangUpConference leaves a conference of two calls: the others stay connected
// where the settings say so.
func (p *Phone) HangUpConference(one, two string) error {
	c, a, err := p.find(one)
	if err != nil {
		return err
	}
	other, _, err := p.find(two)
	if err != nil {
		return err
	}
	a.do(func(ctx context.Context) {
		if c.line.Calls.HangupTransfers {
			c.join(ctx, other)
			return
		}
		c.hangUp(ctx, "hung up")
		other.hangUp(ctx, "hung up")
	})
	return nil
}
