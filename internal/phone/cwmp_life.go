package phone

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/protocol/cwmp"
)

// run is the phone's life as a managed one: it opens a session whenever there is
// something to tell, and rests in between.
func (m *manager) run(ctx context.Context) {
	doors := &doors{manager: m}
	defer m.work.Wait()
	defer doors.close()
	defer func() {
		if m.kept != nil {
			_ = m.kept.Close()
		}
	}()
	for ctx.Err() == nil {
		since := m.phone.changes()
		conf := m.management()
		doors.adapt(ctx, conf)
		m.notice(conf)
		switch at, due := m.due(conf); {
		case !due:
			m.phone.rest(ctx, 24*time.Hour, since)
		case m.phone.cfg.Clock.Now().Before(at):
			m.phone.rest(ctx, at.Sub(m.phone.cfg.Clock.Now()), since)
		default:
			m.hold(ctx, conf)
		}
	}
}

// counts reads how often the phone has started and was reset.
func (m *manager) counts() (boots, resets int, firmware string) {
	p := m.phone
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status.Boots, p.status.Resets, p.dev.Firmware
}

// notice sees what has happened since it looked last, and makes events of it.
func (m *manager) notice(conf Management) {
	boots, resets, firmware := m.counts()
	now := m.phone.cfg.Clock.Now()
	m.mu.Lock()
	if boots != m.live.boots {
		if resets != m.live.resets {
			m.flash = blank()
		}
		m.live = volatile{boots: boots, resets: resets, started: now, fresh: true}
		if conf.Random {
			m.live.notBefore = now.Add(m.pause(time.Second + time.Duration(m.rand.Int64N(int64(3600*time.Second)))))
		}
		m.add(cwmp.EventBoot, "")
		for _, e := range m.flash.next {
			m.add(e.Code, e.Key)
		}
		m.flash.next = nil
	}
	if conf.URL != "" && conf.URL != m.flash.known && !slices.Contains(m.flash.events, cwmp.Event{Code: cwmp.EventBootstrap}) {
		m.flash.events = slices.Insert(m.flash.events, 0, cwmp.Event{Code: cwmp.EventBootstrap})
		m.live.fresh = true
	}
	if m.flash.firmware != "" && m.flash.firmware != firmware {
		m.add(cwmp.EventValueChange, "")
	}
	m.mu.Unlock()
	m.watch(conf)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byTime(conf, now)
}

// watch compares the values that the server wants to hear of with what it was told.
func (m *manager) watch(conf Management) {
	m.mu.Lock()
	watched := map[string]int{}
	for name, how := range m.flash.notify {
		if how != cwmp.NotifyOff {
			watched[name] = how
		}
	}
	m.mu.Unlock()
	if len(watched) == 0 {
		return
	}
	t := m.data(conf)
	for name, how := range watched {
		v, ok := t.value(name)
		m.mu.Lock()
		if old, known := m.flash.told[name]; ok && known && old != v.Value && how == cwmp.NotifyActive {
			m.add(cwmp.EventValueChange, "")
		} else if ok && !known {
			m.flash.told[name] = v.Value
		}
		m.mu.Unlock()
	}
}

// byTime raises the events whose time has come. The caller holds mu.
func (m *manager) byTime(conf Management, now time.Time) {
	m.live.scheduled = slices.DeleteFunc(m.live.scheduled, func(s scheduled) bool {
		if now.Before(s.at) {
			return false
		}
		m.add(cwmp.EventScheduled, "")
		m.add(cwmp.EventMScheduleInform, s.key)
		return true
	})
	if conf.Every <= 0 {
		m.live.periodic = time.Time{}
		return
	}
	if next := m.nextPeriodic(conf, now); m.live.periodic.IsZero() || next.Before(m.live.periodic) {
		m.live.periodic = next
	}
	if !now.Before(m.live.periodic) {
		m.add(cwmp.EventPeriodic, "")
		m.live.periodic = m.nextPeriodic(conf, now)
	}
}

// nextPeriodic is the next time by the interval, in step with PeriodicInformTime
// where the server has set one. The caller holds mu.
func (m *manager) nextPeriodic(conf Management, now time.Time) time.Time {
	every := max(m.pause(conf.Every), time.Millisecond)
	base := cwmp.ParseTime(m.flash.own["ManagementServer.PeriodicInformTime"])
	if base.IsZero() {
		return now.Add(every)
	}
	past := now.Sub(base) % every
	if past < 0 {
		past += every
	}
	return now.Add(every - past)
}

// due says when the next session is to be; false for never as things are.
func (m *manager) due(conf Management) (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if conf.URL == "" || m.offline || m.live.down {
		return time.Time{}, false
	}
	var at time.Time
	switch {
	case len(m.flash.events) > 0 && (m.live.fresh || m.status.Retry == 0):
		at = m.phone.cfg.Clock.Now()
	case len(m.flash.events) > 0:
		at = m.live.retryAt
	default:
		at = m.live.periodic
	}
	for _, s := range m.live.scheduled {
		if at.IsZero() || s.at.Before(at) {
			at = s.at
		}
	}
	if p := m.live.periodic; !p.IsZero() && (at.IsZero() || p.Before(at)) {
		at = p
	}
	if at.Before(m.live.notBefore) && !at.IsZero() {
		at = m.live.notBefore
	}
	return at, !at.IsZero()
}

// The first pause after a session that failed, and how often it doubles (TR-069
// §3.2.1.1 with the defaults of its two parameters).
const (
	firstRetry  = 5 * time.Second
	mostRetries = 10
)

// retryAfter is the pause before the n-th retry: at least 5 s doubled n-1 times, and
// less than twice that.
func (m *manager) retryAfter(n int) time.Duration {
	least := firstRetry << (min(n, mostRetries) - 1)
	return least + time.Duration(m.rand.Int64N(int64(least)))
}

// hold holds one session and draws the conclusions.
func (m *manager) hold(ctx context.Context, conf Management) {
	m.mu.Lock()
	m.live.fresh = false
	m.mu.Unlock()
	after, err := m.session(ctx, conf)
	if ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	if err == nil {
		m.status.Sessions++
		m.status.Retry, m.status.LastError = 0, ""
	} else {
		m.status.Failures++
		m.status.Retry++
		m.status.LastError = err.Error()
		m.live.retryAt = m.phone.cfg.Clock.Now().Add(m.pause(m.retryAfter(m.status.Retry)))
	}
	m.mu.Unlock()
	for _, f := range after {
		f(ctx)
	}
}
