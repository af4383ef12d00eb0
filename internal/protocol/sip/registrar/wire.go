package registrar

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// hop is where a message came from or goes to; a nil conn is UDP.
type hop struct {
	addr netip.AddrPort
	conn net.Conn
}

func (h hop) transport() string {
	if h.conn != nil {
		return "TCP"
	}
	return "UDP"
}

// header is a name and its value.
type header struct{ name, value string }

func addrOf(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

func (r *Registrar) readPackets(ctx context.Context) {
	buf := make([]byte, limit.SIPBytes+1)
	for {
		n, from, err := r.udp.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return
		}
		if err != nil || n > limit.SIPBytes {
			continue // of a datagram that did not arrive (ICMP), or is no message of a phone
		}
		r.receive(ctx, bytes.Clone(buf[:n]), hop{addr: addrOf(from)})
	}
}

func (r *Registrar) accept(ctx context.Context) {
	for {
		conn, err := r.tcp.Accept()
		if err != nil {
			return
		}
		if !r.adopt(conn) {
			_ = conn.Close()
			continue
		}
		r.wg.Go(func() {
			r.readStream(ctx, hop{addr: addrOf(conn.RemoteAddr()), conn: conn})
			r.drop(conn)
		})
	}
}

func (r *Registrar) adopt(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.conns) >= limit.RegistrarConns {
		return false
	}
	r.conns[addrOf(conn.RemoteAddr())] = conn
	return true
}

func (r *Registrar) drop(conn net.Conn) {
	_ = conn.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := addrOf(conn.RemoteAddr()); r.conns[at] == conn {
		delete(r.conns, at)
	}
}

// readStream cuts a stream into messages by their Content-Length. A stream that
// is silent for long is closed.
func (r *Registrar) readStream(ctx context.Context, from hop) {
	in := bufio.NewReader(from.conn)
	for ctx.Err() == nil {
		if err := from.conn.SetReadDeadline(r.cfg.Clock.Now().Add(limit.RegistrarIdle)); err != nil {
			return
		}
		data, err := readMessage(in)
		if err != nil {
			return
		}
		if len(data) > 0 {
			r.receive(ctx, data, from)
		}
	}
}

// readMessage reads one message of a stream; a keep-alive (RFC 5626 §3.5.1) is
// an empty one.
func readMessage(in *bufio.Reader) ([]byte, error) {
	var head bytes.Buffer
	length := 0
	for {
		line, err := readLine(in, limit.SIPBytes-head.Len())
		if err != nil {
			return nil, err
		}
		if len(line) == 0 && head.Len() == 0 {
			return nil, nil
		}
		head.Write(line)
		head.WriteString("\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		if name = strings.TrimSpace(name); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
			if err != nil || n > limit.SIPBytes {
				return nil, fault.New(fault.Invalid, "a message of a stream has no length, or is too long")
			}
			length = int(n)
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(in, body)
	return append(head.Bytes(), body...), err
}

// readLine reads a line of at most n bytes, without its end.
func readLine(in *bufio.Reader, n int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > n {
			return nil, fault.New(fault.Invalid, "a message is longer than %d bytes", limit.SIPBytes)
		}
		line = append(line, part...)
		if err == nil {
			return bytes.TrimRight(line, "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

// send writes a message; nobody hears of one that is lost, as with any datagram.
func (r *Registrar) send(msg sip.Message, to hop) {
	var err error
	data := []byte(msg.String())
	if to.conn != nil {
		if err = to.conn.SetWriteDeadline(r.cfg.Clock.Now().Add(limit.HeaderTime)); err == nil {
			_, err = to.conn.Write(data)
		}
	} else {
		_, err = r.udp.WriteTo(data, net.UDPAddrFromAddrPort(to.addr))
	}
	if err != nil {
		r.cfg.Log.Debug("a message of the registrar did not go out", "to", to.addr, "error", err)
	}
}

// answer replies to where a request came from.
func (r *Registrar) answer(req *sip.Request, to hop, code int, reason string, more ...header) {
	if req.Method == sip.ACK {
		return
	}
	res := r.reply(req, code, reason, nil)
	for _, h := range more {
		res.AppendHeader(sip.NewHeader(h.name, h.value))
	}
	r.send(res, to)
}

// reply makes an answer. Its tag depends on the request alone, so that a
// repetition gets the same.
func (r *Registrar) reply(req *sip.Request, code int, reason string, body []byte) *sip.Response {
	res := sip.NewResponse(code, reason)
	sip.CopyHeaders("Via", req, res)
	if code >= sip.StatusOK && code < 300 && req.Method == sip.INVITE {
		sip.CopyHeaders("Record-Route", req, res)
	}
	for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
		sip.CopyHeaders(name, req, res)
	}
	if to := res.To(); to != nil && !to.Params.Has("tag") && code > sip.StatusTrying {
		to.Params.Add("tag", r.tag(req))
	}
	res.AppendHeader(sip.NewHeader("Server", "Bellwether"))
	res.SetBody(body)
	return res
}

// tag is our end of a call.
func (r *Registrar) tag(req *sip.Request) string {
	return r.mark("tag", field(req, "Call-ID"), req.From().Params.GetOr("tag", ""))
}
