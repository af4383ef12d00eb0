package phone

import (
	"context"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
)

// agent is a phone's telephony from one start, or change of its settings, to the
// next. startAgent makes one.
type agent struct {
	phone *Phone
	voice Voice
	net   VoiceNetwork
	dns   Resolver
	sip   SIP
	clock clock.Clock
	held  map[string]string // settings that it was made from
	lines []*line
	work  chan func(context.Context)
	off   context.CancelFunc
	gone  <-chan struct{} // closed when it stops
	wg    sync.WaitGroup

	mu       sync.Mutex // guards what follows
	rand     *rand.Rand
	calls    []*call
	nextPort int
	pad      pad
	pages    page
	engaged  bool // it has told that it is busy, or would have
}

// adaptVoice makes the telephony fit the settings: it starts, starts anew where
// they have changed, or goes on. A nil agent is one that is switched off.
func (p *Phone) adaptVoice(ctx context.Context, old *agent, fresh bool) *agent {
	speaker, ok := p.cfg.Persona.(Speaker)
	if p.cfg.SIP == nil || !ok {
		return nil
	}
	held, _ := p.effective(p.Settings())
	if old != nil {
		if maps.Equal(old.held, held) {
			return old
		}
		old.stop()
	}
	return p.startAgent(ctx, speaker.Voice(p.device(), held), held, fresh)
}

func (p *Phone) startAgent(ctx context.Context, v Voice, held map[string]string, fresh bool) *agent {
	run, off := context.WithCancel(ctx)
	a := &agent{
		phone: p, voice: v, net: p.cfg.Network.(VoiceNetwork), sip: *p.cfg.SIP, dns: p.cfg.SIP.DNS, clock: p.cfg.Clock,
		held: held, work: make(chan func(context.Context), 64), off: off, gone: run.Done(), rand: seeded(p.cfg.MAC),
	}
	if a.dns == nil {
		a.dns = systemDNS{}
	}
	for _, conf := range v.Lines {
		if !conf.Active {
			continue
		}
		l := newLine(a, conf)
		if err := l.open(run); err != nil {
			p.cfg.Log.Warn("a line cannot listen", "mac", p.cfg.MAC, "line", conf.Index, "error", err)
			continue
		}
		a.lines = append(a.lines, l)
	}
	a.wg.Go(func() { a.obey(run) })
	for _, l := range a.lines {
		a.wg.Go(func() { l.live(run, fresh) })
	}
	a.listenPages(run)
	p.mu.Lock()
	p.agent = a
	p.mu.Unlock()
	return a
}

// stop ends all calls without a word, as a phone does that loses its power.
func (a *agent) stop() {
	if a == nil {
		return
	}
	a.phone.mu.Lock()
	a.phone.agent = nil
	a.phone.mu.Unlock()
	a.off()
	for _, l := range a.lines {
		l.close()
	}
	a.closeMedia()
	a.wg.Wait()
}

// obey runs what people and messages set going.
func (a *agent) obey(ctx context.Context) {
	for {
		select {
		case f := <-a.work:
			a.wg.Go(func() { f(ctx) })
		case <-ctx.Done():
			return
		}
	}
}

// spawn hands over work; it never waits long, for the queue is only ever moved.
func (a *agent) spawn(ctx context.Context, f func(context.Context)) {
	select {
	case a.work <- f:
	case <-ctx.Done():
	}
}

// after returns a channel that closes after d of real time, or when ctx ends.
func (a *agent) after(ctx context.Context, d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	a.wg.Go(func() {
		defer close(c)
		_ = a.clock.Sleep(ctx, d)
	})
	return c
}

// own turns a time of the phone's into one of the clock's.
func (a *agent) own(d time.Duration) time.Duration {
	return scale(d, a.phone.cfg.MinutesAs, time.Minute)
}

// sleep waits for a time of the phone's own; it reports false where ctx ended.
func (a *agent) sleep(ctx context.Context, d time.Duration) bool {
	return a.clock.Sleep(ctx, a.own(d)) == nil && ctx.Err() == nil
}

// random returns a number below n.
func (a *agent) random(n int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rand.IntN(n)
}

// token returns n random letters of the phone's own.
func (a *agent) token(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[a.random(len(letters))]
	}
	return string(b)
}
