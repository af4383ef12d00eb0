package db

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"

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
	in map[uint64]string
}

func (h *holders) enter(what string) (leave func(), err error) {
	id := goroutine()
	h.mu.Lock()
	defer h.mu.Unlock()
	if outer, ok := h.in[id]; ok {
		return nil, fault.New(fault.Internal, "%s inside %s of the same goroutine: pass on the handle that is open", what, outer)
	}
	if h.in == nil {
		h.in = map[uint64]string{}
	}
	h.in[id] = what
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.in, id)
	}, nil
}

// goroutine returns the running goroutine's number from the first line of its
// stack trace, "goroutine 18 [running]:".
func goroutine() uint64 {
	var buf [40]byte
	line := buf[:runtime.Stack(buf[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	digits, _, _ := bytes.Cut(line, []byte(" "))
	n, _ := strconv.ParseUint(string(digits), 10, 64)
	return n
}
