package provision

import (
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/limit"
)

// throttle bounds how often an address is told no: somebody who guesses is told
// to come later, alike for known and unknown names. It is asked after the
// judgement, so that it never stands in the way of a right proof: a phone behind
// the guesser's address gets in. An IPv6 address counts by its /64.
type throttle struct {
	mu      sync.Mutex // guards what follows
	buckets map[missKey]bucket
	swept   time.Time
}

// missKey is an address and what it was told: who guesses tokens takes no
// bootstrap away from the phones beside him.
type missKey struct {
	network netip.Prefix
	told    Verdict
}

// bucket holds what an address may still be told, and fills again with time.
type bucket struct {
	left float64
	at   time.Time
}

func newThrottle() *throttle { return &throttle{buckets: map[missKey]bucket{}} }

// take reports whether an address may be told so once more, and counts it.
func (t *throttle) take(from netip.Addr, told Verdict, now time.Time) bool {
	k := missKey{network(from), told}
	t.mu.Lock()
	defer t.mu.Unlock()
	b, known := t.buckets[k]
	if !known && len(t.buckets) >= limit.MissNetworks {
		t.sweep(now)
		if len(t.buckets) >= limit.MissNetworks { // the addresses for which there is no room share one
			k.network = netip.Prefix{}
			b, known = t.buckets[k]
		}
	}
	if !known {
		b = bucket{limit.MissBurst, now}
	}
	b = b.filled(now)
	enough := b.left >= 1
	if enough {
		b.left--
	}
	t.buckets[k] = b
	return enough
}

func (b bucket) filled(now time.Time) bucket {
	if since := now.Sub(b.at); since > 0 {
		b.left, b.at = min(b.left+since.Seconds()*limit.MissSecond, limit.MissBurst), now
	}
	return b
}

// sweep forgets the addresses whose buckets are full again, at most once a second.
func (t *throttle) sweep(now time.Time) {
	if since := now.Sub(t.swept); since >= 0 && since < time.Second {
		return
	}
	t.swept = now
	for k, b := range t.buckets {
		if b.filled(now).left >= limit.MissBurst {
			delete(t.buckets, k)
		}
	}
}

// throttled turns a refusal into one to come later, where the address was told as
// much too often. A challenge is none: without it a phone could not show its
// password.
func (s *Service) throttled(r Request, v verdict) verdict {
	switch v.entry.Verdict {
	case Bootstrap, Refused, Invalid, Probe:
	default:
		return v
	}
	challenge := r.Folder == Challenge && r.User == "" && v.entry.Verdict != Invalid
	if v.entry.Shown.Proven() || challenge || s.misses.take(r.Address, v.entry.Verdict, v.entry.At) {
		return v
	}
	why := identity.Finding{Reason: identity.RateLimited, Text: "rate limited: nothing that came from this address proved who asks, too often in a short time"}
	v.answer, v.entry.stranger = Answer{}, nil
	v.entry.Findings = append([]identity.Finding{why}, v.entry.Findings...)
	return v.say(Busy, why.Text+"; "+v.entry.Reason)
}
