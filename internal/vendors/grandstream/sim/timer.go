package sim

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// What a mode of the timer means (template; guide, "Provision").
const (
	everyMinutes = "minutes"
	everyDay     = "day"
	everyWeek    = "week"
)

// Timer reads the automatic upgrade. Without a mode there is none (pessimistic:
// the default is not told). With a random start the phone looks at a random
// moment of the interval or window.
func (p *Persona) Timer(now time.Time, s map[string]string, r *rand.Rand) (time.Time, bool) {
	w := p.series.words
	random := s[w.random] == w.yes
	switch w.modes[s[w.mode]] {
	case everyMinutes:
		every := time.Duration(number(s[w.minute], 10080)) * time.Minute
		if random {
			return now.Add(time.Minute + within(r, every-time.Minute)), true
		}
		return now.Add(every), true
	case everyDay:
		return w.window(now, s, r, random, func(time.Weekday) bool { return true }), true
	case everyWeek:
		days := weekdays(s[w.day])
		return w.window(now, s, r, random, func(d time.Weekday) bool { return days[d] }), true
	}
	return time.Time{}, false
}

// window returns the next start of the hour window on a wanted day.
func (w words) window(now time.Time, s map[string]string, r *rand.Rand, random bool, wanted func(time.Weekday) bool) time.Time {
	hour, end := int(number(s[w.hour], 1)), int(number(s[w.endHour], -1))
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, now.Location())
	for !at.After(now) || !wanted(at.Weekday()) {
		at = at.AddDate(0, 0, 1)
	}
	if !random || end < 0 {
		return at
	}
	return at.Add(within(r, time.Duration((end-hour+24)%24)*time.Hour))
}

// weekdays reads "0/1/2", Sunday being 0; without one that can be read it is
// Monday, as in the template.
func weekdays(cell string) map[time.Weekday]bool {
	out := map[time.Weekday]bool{}
	for d := range strings.SplitSeq(cell, "/") {
		if n, err := strconv.Atoi(strings.TrimSpace(d)); err == nil && n >= 0 && n <= 6 {
			out[time.Weekday(n)] = true
		}
	}
	if len(out) == 0 {
		out[time.Monday] = true
	}
	return out
}

func within(r *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(d)))
}

func number(s string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return otherwise
}
