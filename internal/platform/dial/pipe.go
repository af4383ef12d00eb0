package dial

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"bellwether/internal/platform/clock"
)

// window is how many bytes are under way in one direction before a writer waits.
const window = 64 << 10

// memConn is one end of a connection in memory.
type memConn struct {
	in, out       *stream
	local, remote netip.AddrPort
}

var _ net.Conn = (*memConn)(nil)

// memPipe returns the two ends of a connection.
func memPipe(from, to netip.AddrPort) (near, far *memConn) {
	a, b := newStream(), newStream()
	return &memConn{in: a, out: b, local: from, remote: to}, &memConn{in: b, out: a, local: to, remote: from}
}

// Read reads what has come, or waits for it.
func (c *memConn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write writes, and waits where the other side does not read.
func (c *memConn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// wrap names the operation, but leaves io.EOF as readers expect it.
func (c *memConn) wrap(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // ours, unwrapped
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Close ends both directions. The other side still reads what was sent.
func (c *memConn) Close() error {
	c.out.endWrite()
	c.in.endRead()
	return nil
}

// CloseWrite ends this end's direction only.
func (c *memConn) CloseWrite() error {
	c.out.endWrite()
	return nil
}

// LocalAddr returns this end's address.
func (c *memConn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }

// RemoteAddr returns the other end's address.
func (c *memConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// SetDeadline sets both deadlines.
func (c *memConn) SetDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.reader, t)
	c.out.setDeadline(&c.out.writer, t)
	return nil
}

// SetReadDeadline sets when a Read gives up.
func (c *memConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.reader, t)
	return nil
}

// SetWriteDeadline sets when a Write gives up.
func (c *memConn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writer, t)
	return nil
}

// stream is one direction of a connection.
type stream struct {
	mu     sync.Mutex // guards all below
	change *sync.Cond
	buf    []byte
	reader side
	writer side
}

// side is what a stream knows of one of its ends.
type side struct {
	ended   bool
	expired bool
	timer   *time.Timer
	turn    int // of the deadline; a timer of an earlier one does nothing
}

func newStream() *stream {
	s := &stream{}
	s.change = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.reader.ended:
			return 0, net.ErrClosed
		case s.reader.expired:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			s.change.Broadcast()
			return n, nil
		case s.writer.ended:
			return 0, io.EOF
		}
		s.change.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := 0
	for {
		switch {
		case s.writer.ended:
			return done, net.ErrClosed
		case s.writer.expired:
			return done, os.ErrDeadlineExceeded
		case s.reader.ended:
			return done, syscall.EPIPE
		case done == len(p):
			return done, nil
		}
		if room := min(window-len(s.buf), len(p)-done); room > 0 {
			s.buf = append(s.buf, p[done:done+room]...)
			done += room
			s.change.Broadcast()
			continue
		}
		s.change.Wait()
	}
}

func (s *stream) endWrite() { s.end(&s.writer) }
func (s *stream) endRead()  { s.end(&s.reader) }

func (s *stream) end(e *side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.ended = true
	if e.timer != nil {
		e.timer.Stop()
	}
	s.change.Broadcast()
}

func (s *stream) setDeadline(e *side, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
	}
	e.turn++
	e.expired = false
	if t.IsZero() || e.ended {
		return
	}
	left := t.Sub((clock.System{}).Now())
	if left <= 0 {
		e.expired = true
		s.change.Broadcast()
		return
	}
	turn := e.turn
	e.timer = time.AfterFunc(left, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.turn == turn {
			e.expired = true
			s.change.Broadcast()
		}
	})
}
