package bus

import (
	"slices"
	"strings"
	"sync"

	"bellwether/internal/platform/fault"
)

// Memory is a bus within one process, without sockets and timers: in
// testing/synctest all its waiting is durable. Several "nodes" of one test share
// one.
type Memory struct {
	mu     sync.Mutex // guards subs, closed
	subs   map[*memorySub]bool
	closed bool
}

var _ Bus = (*Memory)(nil)

// NewMemory returns an empty bus.
func NewMemory() *Memory { return &Memory{subs: map[*memorySub]bool{}} }

// memorySub has a goroutine that hands its messages over in order.
type memorySub struct {
	parts []string
	gate  gate
	done  chan struct{} // closed when the goroutine has ended

	mu    sync.Mutex // guards queue, ended
	more  *sync.Cond
	queue []message
	ended bool
}

type message struct {
	subject string
	data    []byte
}

// Publish implements Bus.
func (m *Memory) Publish(subject string, data []byte) error {
	if err := checkSubject(subject, false); err != nil {
		return err
	}
	if err := checkSize(data); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fault.New(fault.Unavailable, "the bus is closed")
	}
	parts := strings.Split(subject, ".")
	for s := range m.subs {
		if matches(s.parts, parts) {
			s.push(message{subject, slices.Clone(data)})
		}
	}
	return nil
}

// Subscribe implements Bus.
func (m *Memory) Subscribe(subject string, fn func(subject string, data []byte)) (func(), error) {
	if err := checkSubject(subject, true); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fault.New(fault.Unavailable, "the bus is closed")
	}
	s := &memorySub{parts: strings.Split(subject, "."), gate: gate{fn: fn}, done: make(chan struct{})}
	s.more = sync.NewCond(&s.mu)
	m.subs[s] = true
	go s.run()
	return func() {
		m.mu.Lock()
		delete(m.subs, s)
		m.mu.Unlock()
		s.gate.shut()
		s.end()
		<-s.done
	}, nil
}

// Close implements Bus.
func (m *Memory) Close() error {
	m.mu.Lock()
	m.closed = true
	subs := m.subs
	m.subs = nil
	m.mu.Unlock()
	for s := range subs {
		s.end()
		<-s.done
	}
	return nil
}

func (s *memorySub) push(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, m)
	s.more.Signal()
}

func (s *memorySub) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.more.Signal()
}

// run hands messages over until the subscription ends and the queue is empty.
func (s *memorySub) run() {
	defer close(s.done)
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.ended {
			s.more.Wait()
		}
		if len(s.queue) == 0 {
			s.mu.Unlock()
			return
		}
		m := s.queue[0]
		s.queue = s.queue[1:]
		s.mu.Unlock()
		s.gate.call(m.subject, m.data)
	}
}

// matches reports whether a subject's parts fit a pattern's.
func matches(pattern, subject []string) bool {
	for i, p := range pattern {
		switch {
		case p == ">":
			return len(subject) > i
		case i >= len(subject) || p != "*" && p != subject[i]:
			return false
		}
	}
	return len(pattern) == len(subject)
}
