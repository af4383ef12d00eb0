// Package bucket bounds how often somebody does something: so many times at once,
// and so many in a second after that.
package bucket

import (
	"sync"
	"time"
)

// Set holds a bucket for each key. New makes one; it is safe for concurrent use.
type Set[K comparable] struct {
	burst, second float64
	most          int

	mu      sync.Mutex // guards what follows
	buckets map[K]bucket
	swept   time.Time
}

// bucket holds what is left, and fills again with time.
type bucket struct {
	left float64
	at   time.Time
}

// New returns an empty set: burst times at once, second times in a second after
// that, for most keys at a time. The keys for which there is no room share the
// bucket of the zero value.
func New[K comparable](burst, second, most int) *Set[K] {
	return &Set[K]{burst: float64(burst), second: float64(second), most: most, buckets: map[K]bucket{}}
}

// Take reports whether a key may once more, and counts it.
func (s *Set[K]) Take(k K, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := s.buckets[k]
	if !known && len(s.buckets) >= s.most {
		s.sweep(now)
		if len(s.buckets) >= s.most {
			var shared K
			k = shared
			b, known = s.buckets[k]
		}
	}
	if !known {
		b = bucket{s.burst, now}
	}
	b = s.filled(b, now)
	enough := b.left >= 1
	if enough {
		b.left--
	}
	s.buckets[k] = b
	return enough
}

func (s *Set[K]) filled(b bucket, now time.Time) bucket {
	if since := now.Sub(b.at); since > 0 {
		b.left, b.at = min(b.left+since.Seconds()*s.second, s.burst), now
	}
	return b
}

// sweep forgets the keys whose buckets are full again, at most once a second.
func (s *Set[K]) sweep(now time.Time) {
	if since := now.Sub(s.swept); since >= 0 && since < time.Second {
		return
	}
	s.swept = now
	for k, b := range s.buckets {
		if s.filled(b, now).left >= s.burst {
			delete(s.buckets, k)
		}
	}
}
