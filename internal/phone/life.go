package phone

import (
	"context"
	"time"
)

// order is something that a person or a peer makes the phone do.
type order uint8

const (
	orderReboot order = iota
	orderReset
	orderFetch
)

// Reboot switches the phone off and on again.
func (p *Phone) Reboot() { p.order(orderReboot) }

// FactoryReset puts back what the phone had out of the box, and restarts it.
func (p *Phone) FactoryReset() { p.order(orderReset) }

// Provision makes the phone look for its files now, as its web page or a NOTIFY
// would.
func (p *Phone) Provision() { p.order(orderFetch) }

func (p *Phone) order(o order) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders = append(p.orders, o)
	if p.wake != nil {
		p.wake()
	}
}

// Set changes a setting on the phone itself, as its user would.
func (p *Phone) Set(name, value string) {
	p.mu.Lock()
	p.settings[name] = value
	p.typed[name] = true
	p.mu.Unlock()
	p.nudge()
}

// Run is the phone's life: it starts, looks for its files, waits for its timer,
// an order or the end of ctx, and so on. It returns ctx's error. A phone runs
// once at a time.
func (p *Phone) Run(ctx context.Context) error {
	p.mu.Lock()
	if p.running {
		p.mu.Unlock()
		return errRunning
	}
	p.running = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running = false
	}()
	defer p.telling.Wait()
	started := p.cfg.Clock.Now()
	p.boot()
	p.recoverAll(ctx)
	p.renew()
	defer p.live(ctx)()
	reason, failures := AtBoot, 0
	var talk *agent
	defer func() { talk.stop() }()
	for ctx.Err() == nil {
		if reason == AtBoot {
			p.search(ctx)
		}
		applied := p.Status().Applied
		restarts, ok := p.look(ctx, reason)
		if restarts {
			talk.stop()
			talk, reason = nil, AtBoot
			p.boot()
			p.renew()
			continue
		}
		if failures++; ok {
			failures = 0
		}
		talk = p.adaptVoice(ctx, talk, reason == AtBoot)
		p.tellRound(ctx, reason, p.Status().Applied > applied)
		if reason = p.pause(ctx, started, failures); reason == AtBoot {
			talk.stop()
			talk = nil
		}
	}
	return ctx.Err()
}

func (p *Phone) boot() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Boots++
	p.lamps, p.status.Lamp = append(p.lamps[:min(len(p.lamps), keptFetches)], LampStart), LampStart
	p.cfg.Log.Debug("phone starts", "mac", p.cfg.MAC, "model", p.cfg.Model)
	p.say(LogInfo, "system starts, firmware "+p.dev.Firmware)
	p.nudge()
}

// pause waits until the phone looks for files again and says why it does.
func (p *Phone) pause(ctx context.Context, started time.Time, failures int) Reason {
	next, reason := p.next(started, failures)
	p.mu.Lock()
	p.status.NextFetch = next
	p.mu.Unlock()
	for ctx.Err() == nil {
		if o, ok := p.sleep(ctx, next); ok {
			return p.obey(o)
		}
		if !next.IsZero() && !p.cfg.Clock.Now().Before(next) {
			return reason
		}
	}
	return reason
}

// sleep waits for an order, until next, or for ctx.
func (p *Phone) sleep(ctx context.Context, next time.Time) (order, bool) {
	nap, cancel := context.WithCancel(ctx)
	defer cancel()
	p.mu.Lock()
	if o, ok := p.takeOrder(); ok {
		p.mu.Unlock()
		return o, true
	}
	p.wake = cancel
	p.mu.Unlock()
	length := 24 * time.Hour // without a timer it looks up once a day, and sleeps on
	if !next.IsZero() {
		length = next.Sub(p.cfg.Clock.Now())
	}
	_ = p.cfg.Clock.Sleep(nap, length) // why it ended is seen below
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake = nil
	return p.takeOrder()
}

// takeOrder takes the oldest order. The caller holds mu.
func (p *Phone) takeOrder() (order, bool) {
	if len(p.orders) == 0 {
		return 0, false
	}
	o := p.orders[0]
	p.orders = p.orders[1:]
	return o, true
}

func (p *Phone) obey(o order) Reason {
	if o == orderFetch {
		return ByOrder
	}
	if o == orderReset {
		fresh := p.factory()
		p.mu.Lock()
		p.settings, p.typed = fresh, map[string]bool{}
		p.status.Resets++
		p.mu.Unlock()
	}
	p.boot()
	p.renew()
	return AtBoot
}

// longestRetry is the longest pause after a failed round, in the phone's minutes.
const longestRetry = 60

// next says when the phone looks for files by itself: after a failure soon, and
// each time later; else by its timer.
func (p *Phone) next(started time.Time, failures int) (time.Time, Reason) {
	now := p.cfg.Clock.Now()
	timer, on := p.cfg.Persona.Timer(p.ownTime(started, now), p.Settings(), p.cfg.Rand)
	due := time.Time{}
	if on {
		due = p.serverTime(started, timer)
	}
	if failures == 0 {
		return due, ByTimer
	}
	minutes := longestRetry
	if failures < 7 {
		minutes = min(1<<(failures-1), longestRetry)
	}
	spread := time.Duration(p.cfg.Rand.Int64N(int64(p.cfg.MinutesAs)/2 + 1))
	retry := now.Add(time.Duration(minutes)*p.cfg.MinutesAs + spread)
	if on && due.Before(retry) {
		return due, ByTimer
	}
	return retry, ByRetry
}

// ownTime is what the phone's clock shows: since it was switched on it runs as
// fast as MinutesAs says.
func (p *Phone) ownTime(started, now time.Time) time.Time {
	return started.Add(scale(now.Sub(started), time.Minute, p.cfg.MinutesAs))
}

// serverTime is the inverse of ownTime.
func (p *Phone) serverTime(started, own time.Time) time.Time {
	return started.Add(scale(own.Sub(started), p.cfg.MinutesAs, time.Minute))
}

// scale returns d·to/from without overflow for the years that a phone lives.
func scale(d, to, from time.Duration) time.Duration {
	if to == from {
		return d
	}
	return time.Duration(float64(d) * (float64(to) / float64(from)))
}
