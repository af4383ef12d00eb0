package phone

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
)

// CallState is where a call is.
type CallState string

// The states of a call.
const (
	CallDialling CallState = "dialling"
	CallRinging  CallState = "ringing"
	CallUp       CallState = "up"
	CallEnded    CallState = "ended"
)

// CallInfo is what the phone's screen shows of a call.
type CallInfo struct {
	ID      string
	Line    int
	Out     bool
	State   CallState
	Number  string // the other side
	Reason  string // why it ended
	Held    bool   // by us
	Muted   bool
	Tone    string // how it rings
	Codec   Codec
	Packets int // of RTP that came
}

// call is one call. Its dialog is RFC 3261 §12's.
type call struct {
	line   *line
	id     string
	out    bool
	tag    string
	cancel context.CancelFunc // ends its timers
	done   chan struct{}      // closed when it has ended

	mu      sync.Mutex // guards what follows
	state   CallState
	info    CallInfo
	seq     int
	local   string // From of our requests
	remote  string // To of our requests
	goal    string // Request-URI of our requests
	routes  []string
	hop     hop // where they go
	req     *sip.Request
	from    hop
	ours    described
	theirs  described
	speech  *speech
	ack     *sip.Request
	timer   sessionState
	decided bool // an answer to their INVITE is out
	holding bool
	moved   chan string // what NOTIFYs say of a transfer
}

// Calls lists the calls that are, the oldest first; ended ones are kept until the
// next start.
func (p *Phone) Calls() []CallInfo {
	a := p.talker()
	if a == nil {
		return nil
	}
	a.mu.Lock()
	list := slices.Clone(a.calls)
	a.mu.Unlock()
	var out []CallInfo
	for _, c := range list {
		out = append(out, c.shown())
	}
	return out
}

func (c *call) shown() CallInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.info
	i.ID, i.Line, i.Out, i.State = c.id, c.line.Index, c.out, c.state
	if c.speech != nil {
		c.speech.mu.Lock()
		i.Packets, i.Codec = c.speech.packets, c.speech.format.codec
		c.speech.mu.Unlock()
	}
	return i
}

func (p *Phone) talker() *agent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agent
}

// newCall enters a call. The caller has given it what it needs to be found.
func (l *line) newCall(ctx context.Context, id string, out bool) (*call, context.Context) {
	run, cancel := context.WithCancel(ctx)
	c := &call{line: l, id: id, out: out, tag: l.a.token(10), cancel: cancel, done: make(chan struct{}), state: CallRinging}
	if out {
		c.state = CallDialling
	}
	l.a.mu.Lock()
	l.a.calls = append(l.a.calls, c)
	l.a.mu.Unlock()
	l.a.tellBusy(ctx, l)
	return c, run
}

func (a *agent) callOf(id string) *call {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.calls {
		if c.id == id && !c.over() {
			return c
		}
	}
	return nil
}

// busy counts the calls that have not ended.
func (a *agent) busy(but *call) (n int, dialling bool) {
	a.mu.Lock()
	list := slices.Clone(a.calls)
	a.mu.Unlock()
	for _, c := range list {
		if c != but && !c.over() {
			n++
			c.mu.Lock()
			dialling = dialling || c.state == CallDialling
			c.mu.Unlock()
		}
	}
	return n, dialling
}

func (c *call) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// reasonHungUp is that the user of the phone did not want a call, or no longer.
const reasonHungUp = "hung up"

// end ends a call; only the first reason counts.
func (c *call) end(ctx context.Context, reason string) {
	c.mu.Lock()
	if c.state == CallEnded {
		c.mu.Unlock()
		return
	}
	was := c.state
	c.state = CallEnded
	c.info.Reason = reason
	close(c.done)
	s := c.speech
	c.mu.Unlock()
	c.cancel()
	s.close()
	if was == CallRinging && !c.out && reason != reasonHungUp {
		c.line.a.tell(ctx, ActMissed, c.line, c.info.Number)
	}
	c.line.a.tell(ctx, ActTerminated, c.line, c.info.Number)
	c.line.a.tellBusy(ctx, c.line)
}

// closeMedia ends the calls of a phone that is switched off.
func (a *agent) closeMedia() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.calls {
		c.cancel()
		c.mu.Lock()
		s := c.speech
		c.mu.Unlock()
		s.close()
	}
	a.pages.close()
}

// up makes the call one in which both sides speak.
func (c *call) up(ctx context.Context) {
	c.mu.Lock()
	if c.state == CallEnded {
		c.mu.Unlock()
		return
	}
	c.state = CallUp
	s := c.speech
	c.mu.Unlock()
	a := c.line.a
	a.tell(ctx, ActEstablished, c.line, c.info.Number)
	if s == nil {
		return
	}
	a.wg.Go(func() { s.talk(ctx) })
	a.wg.Go(func() {
		if s.keepAlive(ctx) {
			a.spawn(ctx, func(ctx context.Context) { c.hangUp(ctx, "no speech came") })
		}
	})
	a.wg.Go(func() { c.keepSession(ctx) })
}

// agree settles where speech goes and by which codec.
func (c *call) agree(theirs described) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs = theirs
	if c.speech == nil || len(theirs.formats) == 0 {
		return
	}
	m := c.line.Media
	chosen := theirs.formats[0]
	if c.out && !m.OneCodec { // our own order, among what the answer has
		for _, f := range slices.Backward(c.ours.formats) {
			for _, t := range theirs.formats {
				if t.codec == f.codec {
					chosen = t
				}
			}
		}
	}
	event := theirs.event
	if !m.InRTP {
		event = 0
	}
	c.speech.direct(theirs.addr, chosen, event, c.ours.mux && theirs.mux)
	c.speech.mu.Lock()
	defer c.speech.mu.Unlock()
	c.speech.quiet = theirs.held || c.holding
	if line := c.ours.keyFor(theirs); line != "" && c.speech.keys == nil {
		keys, err := newSRTP(line)
		c.speech.keys, c.speech.quiet = keys, c.speech.quiet || err != nil // what cannot be encrypted is not said
	}
}

// described is our own side.
func (c *call) described() described {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ours
}

// takeAnswer takes the SDP of an ACK.
func (c *call) takeAnswer(body []byte) { c.agree(readSession(body)) }

// find returns a call that a person means.
func (p *Phone) find(id string) (*call, *agent, error) {
	a := p.talker()
	if a == nil {
		return nil, nil, fault.New(fault.Unavailable, "the phone has no line")
	}
	if c := a.callOf(id); c != nil {
		return c, a, nil
	}
	return nil, nil, fault.New(fault.NotFound, "there is no call %s", id)
}

// within makes a request within the call.
func (c *call) within(method sip.RequestMethod) (build func(target) *sip.Request, to *hop) {
	l := c.line
	c.mu.Lock()
	goal, local, remote, routes, h := c.goal, c.local, c.remote, c.routes, c.hop
	c.mu.Unlock()
	if routes == nil {
		routes = []string{}
	}
	if l.ProxyMode == ProxyAlways && len(l.Proxies) > 0 {
		to = nil
	} else {
		to = &h
	}
	return func(t target) *sip.Request {
		c.mu.Lock()
		c.seq++
		n := c.seq
		c.mu.Unlock()
		return l.request(method, goal, t, ids{call: c.id, seq: n, from: local, to: remote, routes: routes})
	}, to
}

// next works out where requests within the call go: to the first of the route
// set, else to the peer's contact.
func (l *line) nextHop(ctx context.Context, goal string, routes []string, usual hop) hop {
	uri := goal
	if len(routes) > 0 {
		uri = uriOf(routes[0])
	}
	host, port := splitPort(hostOf(uri))
	by := usual.transport
	for _, part := range strings.Split(uri, ";")[1:] {
		if k, v, _ := strings.Cut(part, "="); k == "transport" {
			by = Transport(strings.ToUpper(v))
		}
	}
	if usual.transport != UDP && by == usual.transport {
		return usual // the connection that is there
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return hop{transport: by, host: host, addr: netip.AddrPortFrom(ip, orPort(port, by))}
	}
	if hops, _ := l.hosts(ctx, host, port, by); len(hops) > 0 {
		return hops[0]
	}
	return usual
}

// ringFor ends a call that rings too long.
func (c *call) ringFor(ctx context.Context, d time.Duration, over func(context.Context)) {
	if d <= 0 {
		return
	}
	c.line.a.wg.Go(func() {
		if !c.line.a.sleep(ctx, d) {
			return
		}
		c.mu.Lock()
		still := c.state == CallRinging && !c.decided
		c.mu.Unlock()
		if still {
			c.line.a.spawn(ctx, over)
		}
	})
}

// Ready reports whether the phone has a line by which it can call.
func (p *Phone) Ready() bool {
	a := p.talker()
	return a != nil && a.lineFor(0) != nil
}
