package db

import (
	"sync"

	"github.com/petermattis/goid"

	"bellwether/internal/platform/fault"
)

// holders remembers which goroutines are inside a transaction. A second one
// from the same goroutine would wait for itself on SQLite's single writer, and
// under load for a connection of a full pool; it would also see other data than
// the first. So it is refused at once.
//
// The goroutine's number is the only mark that also reaches code that was handed
// the outer context. It is used for this refusal and for nothing else.
type holders struct {
	mu sync.Mutex // guards in
	in map[int64]string
}

func (h *holders) enter(what string) (leave func(), err error) {
	id := goid.Get()
	h.mu.Lock()
	defer h.mu.Unlock()
	if outer, ok := h.in[id]; ok {
		return nil, fault.New(fault.Internal, "%s inside %s of the same goroutine: pass on the handle that is open", what, outer)
	}
	if h.in == nil {
		h.in = map[int64]string{}
	}
	h.in[id] = what
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.in, id)
	}, nil
}
