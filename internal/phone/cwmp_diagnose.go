package phone

import (
	"context"
	"errors"
	"net"
	"strconv"
	"syscall"
	"time"

	"bellwether/internal/protocol/cwmp"
)

// examine begins the tests that a server has just asked for, once the session is
// over.
func (t *talk) examine(data *tree, own map[string]string) {
	for at, run := range map[string]func(*manager, context.Context, *tree) map[string]string{pingAt: (*manager).ping, traceAt: (*manager).trace} {
		if own[at+"DiagnosticsState"] != "Requested" {
			continue
		}
		for name, value := range own {
			data.own[name] = value
		}
		m := t.m
		t.later(func(ctx context.Context) {
			m.work.Go(func() {
				found := run(m, ctx, data)
				if ctx.Err() != nil {
					return
				}
				m.mu.Lock()
				for name, value := range found {
					m.flash.own[at+name] = value
				}
				m.mu.Unlock()
				m.raise(cwmp.EventDiagnosticsComplete, "")
				m.phone.nudge()
			})
		})
	}
}

// probe asks a host for its echo by TCP, since a program without privileges sends no
// ICMP: whoever takes the connection or refuses it is there.
func (m *manager) probe(ctx context.Context, host string, patience time.Duration) (time.Duration, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	start := m.phone.cfg.Clock.Now()
	conn, err := m.phone.reach(ctx, "tcp", net.JoinHostPort(host, "7"))
	took := m.phone.cfg.Clock.Now().Sub(start)
	if err == nil {
		_ = conn.Close()
	}
	return took, err == nil || errors.Is(err, syscall.ECONNREFUSED)
}

// mostProbes bounds one test.
const mostProbes = 16

func (t *tree) number(name string, usual int) int {
	v, _ := t.value(name)
	n, err := strconv.Atoi(v.Value)
	if err != nil || n <= 0 {
		return usual
	}
	return n
}

func (m *manager) ping(ctx context.Context, t *tree) map[string]string {
	host, patience := t.own[pingAt+"Host"], time.Duration(t.number(pingAt+"Timeout", 1000))*time.Millisecond
	if host == "" {
		return map[string]string{"DiagnosticsState": "Error_CannotResolveHostName"}
	}
	good, bad := 0, 0
	var least, most, sum time.Duration
	for range min(t.number(pingAt+"NumberOfRepetitions", 4), mostProbes) {
		took, ok := m.probe(ctx, host, patience)
		if !ok {
			bad++
			continue
		}
		if good++; good == 1 || took < least {
			least = took
		}
		most, sum = max(most, took), sum+took
	}
	average := time.Duration(0)
	if good > 0 {
		average = sum / time.Duration(good)
	}
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	return map[string]string{"DiagnosticsState": "Complete", "SuccessCount": strconv.Itoa(good), "FailureCount": strconv.Itoa(bad),
		"AverageResponseTime": ms(average), "MinimumResponseTime": ms(least), "MaximumResponseTime": ms(most)}
}

// trace finds the host itself: the hops before it are not seen without privileges.
func (m *manager) trace(ctx context.Context, t *tree) map[string]string {
	host := t.own[traceAt+"Host"]
	took, ok := m.probe(ctx, host, time.Duration(t.number(traceAt+"Timeout", 5000))*time.Millisecond)
	if host == "" || !ok {
		return map[string]string{"DiagnosticsState": "Error_MaxHopCountExceeded", "NumberOfRouteHops": "0", "RouteHops.1.HopHost": ""}
	}
	return map[string]string{"DiagnosticsState": "Complete", "NumberOfRouteHops": "1", "ResponseTime": strconv.FormatInt(took.Milliseconds(), 10), "RouteHops.1.HopHost": host}
}
