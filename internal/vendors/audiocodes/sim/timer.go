package sim

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Timer reads the period. To each look a random delay is added, up to the one
// that is set. The words for a day of the week are not told: the English names
// and the numbers from Sunday on are understood, else there is no look
// (pessimistic).
func (p *Persona) Timer(now time.Time, s map[string]string, r *rand.Rand) (time.Time, bool) {
	delay := time.Duration(number(s["provisioning/random_provisioning_time"], 0)) * time.Second
	if delay > 0 {
		delay = time.Duration(r.Int64N(int64(delay)))
	}
	switch s["provisioning/period/type"] {
	case "every5minutes":
		return now.Add(5*time.Minute + delay), true
	case "every15minutes":
		return now.Add(15*time.Minute + delay), true
	case "hourly":
		return now.Add(time.Duration(number(s["provisioning/period/hourly/hours_interval"], 24))*time.Hour + delay), true
	case "daily":
		return at(now, s["provisioning/period/daily/time"]).Add(delay), true
	case "weekly":
		day, ok := weekday(s["provisioning/period/weekly/day"])
		next := at(now, s["provisioning/period/weekly/time"])
		for ok && next.Weekday() != day {
			next = next.AddDate(0, 0, 1)
		}
		return next.Add(delay), ok
	}
	return time.Time{}, false // powerup
}

// at returns the next moment when the clock shows hh:mm; midnight where that
// cannot be read.
func at(now time.Time, clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		t = time.Time{}
	}
	next := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	return next
}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(s, d.String()) || s == strconv.Itoa(int(d)) {
			return d, true
		}
	}
	return 0, false
}

func number(s string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n <= 1<<31 {
		return n
	}
	return otherwise
}
