package phone

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// line is one account at work. newLine makes one.
type line struct {
	Line
	a    *agent
	sock sockets

	mu         sync.Mutex // guards what follows
	waiting    map[string]*pending
	served     map[string]*served
	order      []string // keys of served, oldest first
	saved      saved
	mapped     netip.AddrPort // what STUN said; zero for nothing
	stun       map[[12]byte]chan netip.AddrPort
	registered bool
	server     target // that the line is registered at
	wake       context.CancelFunc
	nonces     map[string]bool // that were given out
	mail       string          // what the last message summary said
	watches    []*watch
}

func newLine(a *agent, conf Line) *line {
	return &line{
		Line: conf, a: a, waiting: map[string]*pending{}, served: map[string]*served{},
		stun: map[[12]byte]chan netip.AddrPort{}, nonces: map[string]bool{},
	}
}

// live is a line's life: it learns its address, clears what it left behind,
// registers and stays registered.
func (l *line) live(ctx context.Context, fresh bool) {
	if fresh && !l.a.sleep(ctx, l.a.voice.RegisterDelay) {
		return
	}
	if l.STUN && l.a.voice.STUN != "" {
		l.learnAddress(ctx)
	}
	if (l.STUN || l.Ping) && l.a.voice.Ping > 0 {
		l.a.wg.Go(func() { l.ping(ctx) })
	}
	if !l.Line.Register {
		return
	}
	r := &registration{line: l, id: l.a.token(20), tag: l.a.token(10)}
	if fresh && l.Unregister != UnregisterNot {
		if res, _, err := r.send(ctx, 0); err == nil && res.StatusCode < 300 {
			l.a.tell(ctx, ActUnregistered, l, "")
		}
	}
	if l.Options > 0 {
		l.a.wg.Go(func() { l.probe(ctx) })
	}
	r.keep(ctx)
}

// registration is a line's place at its registrar.
type registration struct {
	line  *line
	id    string
	tag   string
	seq   int
	wants time.Duration // longer than the settings say, where the server asks for it
}

// keep registers again and again.
func (r *registration) keep(ctx context.Context) {
	l := r.line
	for ctx.Err() == nil {
		res, t, err := r.send(ctx, r.expires())
		if err == nil && res.StatusCode == sip.StatusIntervalToBrief {
			if longer := seconds(res, "Min-Expires"); longer > r.expires() {
				r.wants = longer
				continue
			}
		}
		if err != nil || res.StatusCode >= 300 {
			l.setRegistered(false, t)
			l.a.tell(ctx, ActFailed, l, "")
			l.nap(ctx, l.Wait)
			continue
		}
		l.learnRport(res)
		l.setRegistered(true, t)
		l.a.tell(ctx, ActRegistered, l, "")
		l.watchAll(ctx)
		l.nap(ctx, r.again(res, t))
	}
}

func (r *registration) expires() time.Duration { return max(r.line.Expires, r.wants) }

// again says when the line registers next: before what the server granted runs
// out, and sooner where the first server is to be tried again.
func (r *registration) again(res *sip.Response, t target) time.Duration {
	l := r.line
	granted := seconds(res, "Expires")
	if c := res.Contact(); c != nil {
		if own, ok := c.Params.Get("expires"); ok {
			granted = parseSeconds(own)
		}
	}
	if granted <= 0 {
		granted = r.expires()
	}
	next := granted
	if l.Early < granted {
		next -= l.Early
	}
	if t.rank > 0 && l.Failback > 0 {
		l.mu.Lock()
		left := l.saved.since.Add(l.a.own(l.Failback)).Sub(l.a.clock.Now())
		l.mu.Unlock()
		next = min(next, max(scale(left, time.Minute, l.a.phone.cfg.MinutesAs), time.Second))
	}
	return next
}

// send registers for a time, or takes back what is there for none.
func (r *registration) send(ctx context.Context, expires time.Duration) (*sip.Response, target, error) {
	l := r.line
	return l.exchange(ctx, manner{register: true}, func(t target) *sip.Request { return r.request(t, expires) })
}

// request makes a REGISTER. The user is registered at the server whose turn it
// is, or, behind a proxy, at the first.
func (r *registration) request(t target, expires time.Duration) *sip.Request {
	l := r.line
	r.seq++
	server := l.domain(t)
	uri := l.scheme() + ":" + server
	me := l.me(server, r.tag)
	req := l.request(sip.REGISTER, uri, t, ids{call: r.id, seq: r.seq, from: me, to: "<" + l.address(l.User, server) + ">"})
	contact := l.contact(t.hop, sip.REGISTER)
	if expires == 0 {
		if l.Unregister == UnregisterAll {
			contact = "*"
		} else {
			contact += ";expires=0"
		}
	}
	req.AppendHeader(sip.NewHeader("Contact", contact))
	req.AppendHeader(sip.NewHeader("Expires", number(expires)))
	if l.AuthFirst {
		user := l.AuthUser
		if user == "" {
			user = l.User
		}
		host, _ := splitPort(server)
		req.AppendHeader(sip.NewHeader("Authorization", `Digest username="`+user+`", realm="`+host+`", nonce="", uri="`+uri+`", response="", algorithm=MD5`))
	}
	return req
}

// domain is the server in the addresses of a request.
func (l *line) domain(t target) string {
	if t.proxy || t.name == "" || t.rank >= len(l.Servers) {
		return l.Servers[0]
	}
	return l.Servers[t.rank]
}

// nap waits, or until somebody calls rouse.
func (l *line) nap(ctx context.Context, d time.Duration) {
	nap, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	l.wake = cancel
	l.mu.Unlock()
	l.a.sleep(nap, d)
}

// rouse makes the line register now.
func (l *line) rouse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake != nil {
		l.wake()
	}
}

func (l *line) setRegistered(ok bool, t target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.registered = ok
	if ok {
		l.server = t
	}
}

// up reports whether calls may go out: the line is registered, or does not
// register at all.
func (l *line) up() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.registered || !l.Line.Register
}

// probe asks the server by OPTIONS whether it is there; after so many in a row
// without an answer the line registers anew.
func (l *line) probe(ctx context.Context) {
	lost, tag := 0, l.a.token(10)
	rest := l.Options
	for l.a.sleep(ctx, rest) {
		rest = l.Options
		if !l.up() {
			lost = 0
			continue
		}
		l.mu.Lock()
		at := l.server
		l.mu.Unlock()
		id, began := l.a.token(20), l.a.clock.Now()
		_, _, err := l.exchange(ctx, manner{once: l.a.own(l.Options), fixed: &at.hop}, func(target) *sip.Request {
			server := l.domain(at)
			return l.request(sip.OPTIONS, l.scheme()+":"+server, at, ids{call: id, seq: 1, from: l.me(server, tag), to: "<" + l.scheme() + ":" + server + ">"})
		})
		rest = max(l.Options-scale(l.a.clock.Now().Sub(began), time.Minute, l.a.phone.cfg.MinutesAs), 0)
		if err == nil {
			lost = 0
			continue
		}
		if lost++; lost >= max(l.OptionsTries, 1) {
			lost, rest = 0, l.Options
			l.rouse()
		}
	}
}

// ping keeps the way through a NAT open by datagrams without content.
func (l *line) ping(ctx context.Context) {
	for l.a.sleep(ctx, l.a.voice.Ping) {
		if list := l.targets(ctx, false); len(list) > 0 && list[0].hop.transport == UDP {
			_ = l.sendPacket(nil, list[0].hop.addr) // the next one may get through
		}
	}
}

// LineInfo is what the phone's screen shows of a line.
type LineInfo struct {
	Index      int
	Name       string // as the settings have it, else the user
	User       string
	Registered bool
	Server     string // that it is registered at; "" for none
	Mail       string // what the server last said of voice messages
}

// Lines lists the lines that are in use.
func (p *Phone) Lines() []LineInfo {
	a := p.talker()
	if a == nil {
		return nil
	}
	var out []LineInfo
	for _, l := range a.lines {
		l.mu.Lock()
		i := LineInfo{Index: l.Index, Name: l.Name, User: l.User, Registered: l.registered, Mail: l.mail}
		if l.registered {
			i.Server = l.server.hop.addr.String()
		}
		l.mu.Unlock()
		if i.Name == "" {
			i.Name = i.User
		}
		out = append(out, i)
	}
	return out
}
