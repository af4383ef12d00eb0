package phone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/tftp"
)

// How the phone asks by TFTP: which block the phones ask for is not told, so one
// is taken that fits any usual line whole.
const (
	tftpBlock = limit.TFTPBlock
	tftpAgain = 2 * time.Second // until it asks or acknowledges again
	tftpTries = 5
)

// tftpCarrier brings files by TFTP; each transfer has a port of its own.
type tftpCarrier struct{ net VoiceNetwork }

func (tftpCarrier) close() {}

// bring fetches a file from its beginning: TFTP knows no other place.
func (c tftpCarrier) bring(ctx context.Context, w wanted) (brought, error) {
	name, err := pathOf(w.target)
	if err != nil {
		return brought{}, err
	}
	server, err := lookUp(ctx, serverOf(w.target))
	if err != nil {
		return brought{}, err
	}
	conn, err := c.net.ListenPacket(ctx, "udp4", ":0")
	if err != nil {
		return brought{}, fmt.Errorf("open a port: %w", err)
	}
	t := &transfer{conn: conn, peer: server, in: make(chan datagram, 4), most: w.most, block: 512,
		out: tftp.Request{Name: name, Mode: tftp.Octet, Block: tftpBlock, Size: true}.Encode()}
	ended := make(chan struct{})
	quit := make(chan struct{})
	go func() {
		defer close(ended)
		readDatagrams(conn, t.in, quit)
	}()
	defer func() {
		close(quit)
		_ = conn.Close() // ends the reader
		<-ended
	}()
	return t.run(ctx)
}

// datagram is what came from somewhere.
type datagram struct {
	data []byte
	from netip.AddrPort
}

func readDatagrams(conn net.PacketConn, to chan<- datagram, quit <-chan struct{}) {
	buf := make([]byte, tftp.BlockMax+4)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		select {
		case to <- datagram{append([]byte(nil), buf[:n]...), addrOf(from)}:
		case <-quit:
			return
		}
	}
}

// transfer is one file on its way.
type transfer struct {
	conn   net.PacketConn
	peer   netip.AddrPort // its port is the transfer's own after the first answer
	bound  bool
	in     chan datagram
	out    []byte // what is sent again where nothing comes
	block  int    // bytes of a block
	most   int64
	size   int64 // that the server told, 0 for none
	number uint16
	data   []byte
}

// errSilent is what nobody's answer is.
var errSilent = errors.New("no answer")

func (t *transfer) run(ctx context.Context) (brought, error) {
	for try := 0; try < tftpTries; try++ {
		if err := t.send(t.out); err != nil {
			return brought{}, err
		}
		for heard := true; heard; {
			var d datagram
			var err error
			if d, heard, err = t.next(ctx); err != nil {
				return t.broken(err)
			}
			if !heard {
				break
			}
			done, answer, err := t.take(d)
			if err != nil {
				return t.broken(err)
			}
			if done {
				return answer, nil
			}
			if t.bound {
				try = 0
			}
		}
	}
	return t.broken(errSilent)
}

// broken is the end of a transfer that failed: a server that never answered is
// none, one that fell silent sent a file that broke off.
func (t *transfer) broken(err error) (brought, error) {
	if !t.bound {
		return brought{}, err
	}
	return brought{code: http.StatusOK, data: t.data}, fmt.Errorf("the file broke off after %d bytes: %w", len(t.data), err)
}

// next waits for a datagram until something has to be sent again.
func (t *transfer) next(ctx context.Context) (datagram, bool, error) {
	nap, cancel := context.WithTimeout(ctx, tftpAgain)
	defer cancel()
	select {
	case d := <-t.in:
		return d, true, nil
	case <-nap.Done():
		return datagram{}, false, ctx.Err()
	}
}

// take reads a datagram. It reports the end of the file, or a refusal.
func (t *transfer) take(d datagram) (bool, brought, error) {
	if d.from.Addr() != t.peer.Addr() || t.bound && d.from != t.peer {
		_, _ = t.conn.WriteTo(tftp.EncodeError(tftp.Unknown, "this is no transfer of yours"), net.UDPAddrFromAddrPort(d.from))
		return false, brought{}, nil
	}
	r, err := tftp.DecodeReply(d.data)
	if errors.Is(err, tftp.ErrOther) {
		return false, brought{}, nil
	}
	begins := !t.bound
	t.peer, t.bound = d.from, true
	switch {
	case err != nil || r.Kind == tftp.Agreed && (!begins || r.Block > tftpBlock):
		_ = t.send(tftp.EncodeError(tftp.Declined, "this was not asked for"))
		return false, brought{}, errors.New("the server agreed to what was not asked for")
	case r.Kind == tftp.Failed:
		return t.refused(r)
	case r.Kind == tftp.Agreed:
		return false, brought{}, t.agree(r)
	}
	return t.append(r)
}

func (t *transfer) agree(r tftp.Reply) error {
	if r.Block > 0 {
		t.block = r.Block
	}
	t.size = max(r.Size, 0)
	if t.size > t.most {
		_ = t.send(tftp.EncodeError(tftp.Declined, "more than fits"))
		return fmt.Errorf("the file has %d bytes, more than fit", t.size)
	}
	t.out = tftp.EncodeAck(0)
	return t.send(t.out)
}

// refused is an answer where nothing of the file has come, and else its end.
func (t *transfer) refused(r tftp.Reply) (bool, brought, error) {
	if t.number > 0 {
		return false, brought{}, fmt.Errorf("the server says %q", r.Text)
	}
	code := http.StatusBadGateway
	switch r.Code {
	case tftp.NotFound:
		code = http.StatusNotFound
	case tftp.Violation:
		code = http.StatusForbidden
	}
	return true, brought{code: code, text: "error " + strconv.Itoa(int(r.Code)) + " " + r.Text}, nil
}

// append takes the next block; one that was there is passed over.
func (t *transfer) append(r tftp.Reply) (bool, brought, error) {
	if r.Number != t.number+1 {
		return false, brought{}, nil
	}
	if len(r.Data) > t.block || int64(len(t.data)+len(r.Data)) > t.most {
		_ = t.send(tftp.EncodeError(tftp.Illegal, "more than fits"))
		return false, brought{}, errors.New("the file has more bytes than fit")
	}
	t.number++
	t.data = append(t.data, r.Data...)
	t.out = tftp.EncodeAck(t.number)
	if err := t.send(t.out); err != nil {
		return false, brought{}, err
	}
	if len(r.Data) == t.block {
		return false, brought{}, nil
	}
	if t.size > 0 && int64(len(t.data)) != t.size {
		return false, brought{}, fmt.Errorf("it was to have %d", t.size)
	}
	return true, brought{code: http.StatusOK, data: t.data}, nil
}

func (t *transfer) send(b []byte) error {
	_, err := t.conn.WriteTo(b, net.UDPAddrFromAddrPort(t.peer))
	return err
}

// lookUp is the address of host:port.
func lookUp(ctx context.Context, host string) (netip.AddrPort, error) {
	if ap, err := netip.ParseAddrPort(host); err == nil {
		return ap, nil
	}
	name, service, err := net.SplitHostPort(host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no port", service)
	}
	list, _, err := systemDNS{}.Hosts(ctx, name)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s has no address", name)
	}
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(list[0].Unmap(), uint16(port)), nil
}
