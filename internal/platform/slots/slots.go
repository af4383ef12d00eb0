// Package slots counts what strangers may have going at once: so many in all,
// and so many of one address, so that one cannot take every place.
package slots

import (
	"net/netip"
	"sync"
)

// Slots is a number of places. New makes one.
type Slots struct {
	total, each int

	mu   sync.Mutex // guards what follows
	used int
	of   map[netip.Addr]int
}

// New returns places: total in all, each for one address.
func New(total, each int) *Slots {
	return &Slots{total: total, each: each, of: map[netip.Addr]int{}}
}

// Take takes a place for an address and reports whether there was one.
func (s *Slots) Take(a netip.Addr) bool {
	a = a.Unmap()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.total || s.of[a] >= s.each {
		return false
	}
	s.used++
	s.of[a]++
	return true
}

// Give gives a place back that Take gave.
func (s *Slots) Give(a netip.Addr) {
	a = a.Unmap()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[a] == 0 {
		return
	}
	s.used--
	if s.of[a]--; s.of[a] == 0 {
		delete(s.of, a)
	}
}

// Of returns how many places an address has.
func (s *Slots) Of(a netip.Addr) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[a.Unmap()]
}

// Used returns how many places are taken.
func (s *Slots) Used() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}
