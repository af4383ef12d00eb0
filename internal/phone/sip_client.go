package phone

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// errNoAnswer is what a request ends with that nobody answered.
var errNoAnswer = errors.New("no answer")

// manner is how a request is asked.
type manner struct {
	early    func(*sip.Response)                       // hears provisional answers; may be nil
	sent     func(*sip.Request, hop)                   // hears what went out; may be nil
	once     time.Duration                             // >0: sent once, and waited for so long
	fixed    *hop                                      // where it goes; nil for the line's targets
	register bool                                      // it is a REGISTER
	next     func(context.Context, target) (goOn bool) // asked before a further target is tried; may be nil
}

// exchange sends a request to the line's targets in turn until one answers, and
// answers one challenge of each. make is called for each target and attempt.
func (l *line) exchange(ctx context.Context, m manner, build func(target) *sip.Request) (*sip.Response, target, error) {
	list := []target{}
	if m.fixed != nil {
		list = append(list, target{hop: *m.fixed, name: m.fixed.addr.String()})
	} else {
		list = l.targets(ctx, m.register)
	}
	err := errNoAnswer
	for i, t := range list {
		if i > 0 && m.next != nil && !m.next(ctx, t) {
			continue
		}
		if t.hop.transport != UDP { // Contact and Via may need the connection's port
			if _, err = l.connect(ctx, t.hop); err != nil {
				continue
			}
		}
		var res *sip.Response
		res, err = l.prove(ctx, m, t, build)
		if ctx.Err() != nil {
			return nil, t, ctx.Err()
		}
		if err == nil && (res.StatusCode != sip.StatusServiceUnavailable || i == len(list)-1) {
			if m.fixed == nil {
				l.answered(t)
			}
			return res, t, nil
		}
	}
	return nil, target{}, err
}

// prove asks, and asks again with the credentials where they are wanted.
func (l *line) prove(ctx context.Context, m manner, t target, build func(target) *sip.Request) (*sip.Response, error) {
	res, err := l.ask(ctx, build(t), t.hop, m)
	for range 2 { // a second time for a nonce that has become stale
		if err != nil || res.StatusCode != sip.StatusUnauthorized && res.StatusCode != sip.StatusProxyAuthRequired {
			return res, err
		}
		req := build(t)
		if !l.authorize(req, res) {
			return res, nil
		}
		res, err = l.ask(ctx, req, t.hop, m)
	}
	return res, err
}

// authorize adds the answer to a challenge; false where there is none to give.
func (l *line) authorize(req *sip.Request, res *sip.Response) bool {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	h := res.GetHeader(ask)
	if h == nil {
		return false
	}
	challenge, err := digest.ParseChallenge(h.Value())
	if err != nil {
		return false
	}
	user := l.AuthUser
	if user == "" {
		user = l.User
	}
	cred, err := digest.Digest(challenge, digest.Options{Method: string(req.Method), URI: req.Recipient.String(), Count: 1, Username: user, Password: l.Password})
	if err != nil {
		return false
	}
	req.RemoveHeader(answer)
	req.AppendHeader(sip.NewHeader(answer, cred.String()))
	return true
}

// pending is a request that waits for its answer.
type pending struct {
	answers chan *sip.Response
}

// ask is the client transaction of RFC 3261 §17.1, with the line's T1 and T2. It
// fails with errNoAnswer, or with what the transport says.
func (l *line) ask(ctx context.Context, req *sip.Request, to hop, m manner) (*sip.Response, error) {
	branch := "z9hG4bK" + l.a.token(16)
	req.PrependHeader(sip.NewHeader("Via", l.via(to, branch)))
	wait := &pending{answers: make(chan *sip.Response, 16)}
	key := branch + string(req.Method)
	l.mu.Lock()
	l.waiting[key] = wait
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, key)
	}()
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	if m.sent != nil {
		m.sent(req, to)
	}
	return l.await(run, req, to, m, wait)
}

// await sends, repeats and waits.
func (l *line) await(ctx context.Context, req *sip.Request, to hop, m manner, wait *pending) (*sip.Response, error) {
	gap, tries, invite := l.T1, 0, req.IsInvite()
	end := l.a.after(ctx, 64*l.T1)
	if m.once > 0 {
		end = l.a.after(ctx, m.once)
	}
	if err := l.send(ctx, req, to); err != nil {
		return nil, err
	}
	again := l.a.after(ctx, gap)
	for {
		select {
		case res := <-wait.answers:
			if res.StatusCode >= 200 {
				if invite && res.StatusCode >= 300 {
					l.acknowledge(ctx, req, res, to)
				}
				return res, nil
			}
			if m.early != nil {
				m.early(res)
			}
			if invite { // §17.1.1.2: it rings as long as it likes
				again, end = nil, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again:
			if again = nil; to.transport != UDP || m.once > 0 {
				continue
			}
			tries++
			if err := l.repeat(ctx, req, to, tries); err != nil {
				return nil, err
			}
			if gap *= 2; !invite {
				gap = min(gap, l.T2)
			}
			again = l.a.after(ctx, gap)
		case <-end:
			return nil, cmp.Or(ctx.Err(), errNoAnswer)
		}
	}
}

// repeat sends a request again, as often as the settings let it.
func (l *line) repeat(ctx context.Context, req *sip.Request, to hop, tries int) error {
	if l.Retries > 0 && tries > l.Retries {
		return errNoAnswer
	}
	return l.send(ctx, req, to)
}

// acknowledge ends a call that was refused (§17.1.1.3).
func (l *line) acknowledge(ctx context.Context, req *sip.Request, res *sip.Response, to hop) {
	ack := sip.NewRequest(sip.ACK, req.Recipient)
	ack.AppendHeader(sip.NewHeader("Via", req.GetHeader("Via").Value()))
	ack.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	for _, r := range req.GetHeaders("Route") {
		ack.AppendHeader(sip.NewHeader("Route", r.Value()))
	}
	ack.AppendHeader(sip.NewHeader("From", req.GetHeader("From").Value()))
	ack.AppendHeader(sip.NewHeader("To", res.GetHeader("To").Value()))
	ack.AppendHeader(sip.NewHeader("Call-ID", req.GetHeader("Call-ID").Value()))
	seq, _, _ := strings.Cut(req.GetHeader("CSeq").Value(), " ")
	ack.AppendHeader(sip.NewHeader("CSeq", seq+" ACK"))
	l.extras(ack)
	_ = l.send(ctx, ack, to) // if it is lost, the answer comes again
}
