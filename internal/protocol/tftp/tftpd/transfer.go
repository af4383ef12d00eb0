package tftpd

import (
	"errors"
	"io"
	"net"
	"time"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/tftp"
)

var (
	errNotFound = errors.New("file not found") // the plain refusal, the same for every name and asker
	errStopping = errors.New("the server is stopping")
	errTooLong  = errors.New("the transfer took too long")
	errCrowded  = errors.New("others wait for the place")
	errGaveUp   = errors.New("the phone gave up")
	errSilent   = errors.New("the phone says nothing more")
)

// transfer is a file on its way. The hub's mu guards it once it has begun.
type transfer struct {
	place *place
	floor *floor
	hub   *hub
	to    net.Addr
	body  io.Reader
	ended chan error // one word: how it ended; nil: the last block was acknowledged

	opening []byte   // the agreement to options, nil once it was acknowledged or where there is none
	block   int      // bytes of a full one
	window  int      // blocks that may be under way
	out     [][]byte // datagrams under way, the oldest first
	spare   [][]byte // their memory, to be used again
	number  uint16   // of the oldest
	last    bool     // the last block is among them
	due     time.Time
	tries   int
	spoke   bool // the peer has acknowledged something
}

// newTransfer agrees to what a request asks for. size is negative where nobody
// knows it.
func newTransfer(r tftp.Request, size int64) *transfer {
	t := &transfer{block: 512, window: 1, number: 1, ended: make(chan error, 1)}
	block, window := 0, 0
	if r.Block >= t.block { // smaller ones are for memories that nobody has any more, and many times the work
		block = min(r.Block, limit.TFTPBlock)
		t.block = block
	}
	if r.Window > 0 {
		window = min(r.Window, limit.TFTPWindow)
		t.window = window
	}
	if !r.Size || r.Mode == tftp.NetASCII { // there nobody knows it before every line was looked at
		size = -1
	}
	if block > 0 || window > 0 || size >= 0 {
		t.opening = tftp.EncodeAgreed(block, size, window)
	}
	return t
}

// first sends what begins the transfer.
func (t *transfer) first(now time.Time) error {
	if t.opening == nil {
		if err := t.fill(); err != nil {
			return err
		}
	}
	t.send(now)
	return nil
}

// fill reads blocks until the window is full or the file at its end.
func (t *transfer) fill() error {
	for len(t.out) < t.window && !t.last {
		var b []byte
		if n := len(t.spare); n > 0 {
			b, t.spare = t.spare[n-1], t.spare[:n-1]
		} else {
			b = make([]byte, tftp.DataHeader+t.block)
		}
		n, err := io.ReadFull(t.body, b[tftp.DataHeader:cap(b)])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		t.last = n < t.block
		b = b[:tftp.DataHeader+n]
		tftp.PutData(b, t.number+uint16(len(t.out))) //nolint:gosec // numbers go round
		t.out = append(t.out, b)
	}
	return nil
}

// send sends what is under way. What is lost, for whatever reason, is sent again.
func (t *transfer) send(now time.Time) {
	if t.opening != nil {
		_, _ = t.hub.conn.WriteTo(t.opening, t.to)
	}
	for _, b := range t.out {
		_, _ = t.hub.conn.WriteTo(b, t.to)
	}
	t.due = now.Add(t.hub.wait + time.Duration(t.tries)*t.hub.wait/2) // a busy line is not made busier
}

// acknowledged goes on after a block that came, and reports whether it was the last.
// One that was acknowledged before changes nothing: else each block would go out
// twice for ever (RFC 1123 §4.2.3.1).
func (t *transfer) acknowledged(block uint16, now time.Time) (done bool, err error) {
	if t.opening != nil {
		if block != 0 {
			return false, nil
		}
		t.opening = nil
	} else {
		came := int(block-t.number) + 1
		if came < 1 || came > len(t.out) {
			return false, nil
		}
		t.spare = append(t.spare, t.out[:came]...)
		t.out = append(t.out[:0], t.out[came:]...)
		t.number = block + 1
	}
	if !t.spoke {
		t.spoke = true
		t.floor.spoke(t.place)
	}
	t.tries = 0
	if err := t.fill(); err != nil {
		return false, err
	}
	if len(t.out) == 0 {
		return true, nil
	}
	t.send(now)
	return false, nil
}

// again sends what was not acknowledged in time. It fails after the last try.
func (t *transfer) again(now time.Time) error {
	if t.tries++; t.tries > limit.TFTPRetries {
		return errSilent
	}
	t.send(now)
	return nil
}

// tell says to the peer why a transfer ends, unless it has the file or said so itself.
func (t *transfer) tell(err error) {
	switch {
	case err == nil, errors.Is(err, errGaveUp):
	case errors.Is(err, errStopping), errors.Is(err, errTooLong), errors.Is(err, errCrowded), errors.Is(err, errSilent):
		_, _ = t.hub.conn.WriteTo(tftp.EncodeError(tftp.Undefined, err.Error()), t.to)
	default:
		_, _ = t.hub.conn.WriteTo(tftp.EncodeError(tftp.Undefined, "the file cannot be read"), t.to)
	}
}
