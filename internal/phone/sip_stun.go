package phone

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// cookie marks STUN (RFC 5389 §6).
const cookie = 0x2112a442

// stunWait is how long one question waits for its answer.
const stunWait = 500 * time.Millisecond

// learnAddress asks the STUN server, from the very socket that SIP uses, what
// address the phone has outside.
func (l *line) learnAddress(ctx context.Context) {
	host, port := splitPort(l.a.voice.STUN)
	if port == 0 {
		port = 3478
	}
	hops, _ := l.hosts(ctx, host, port, UDP)
	if ip, err := netip.ParseAddr(host); err == nil {
		hops = []hop{{addr: netip.AddrPortFrom(ip, port)}}
	}
	for _, h := range hops {
		for range 3 {
			if mapped, ok := l.bind(ctx, h.addr); ok {
				l.mu.Lock()
				l.mapped = mapped
				l.mu.Unlock()
				return
			}
		}
	}
}

// bind sends one binding request.
func (l *line) bind(ctx context.Context, to netip.AddrPort) (netip.AddrPort, bool) {
	var id [12]byte
	copy(id[:], l.a.token(12))
	answer := make(chan netip.AddrPort, 1)
	l.mu.Lock()
	l.stun[id] = answer
	l.mu.Unlock()
	msg := binary.BigEndian.AppendUint32([]byte{0, 1, 0, 0}, cookie)
	if err := l.sendPacket(append(msg, id[:]...), to); err != nil {
		return netip.AddrPort{}, false
	}
	nap, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case mapped := <-answer:
		return mapped, true
	case <-l.a.after(nap, stunWait):
		return netip.AddrPort{}, false
	}
}

// takeSTUN takes a datagram that is STUN's; false leaves it to SIP.
func (l *line) takeSTUN(data []byte) bool {
	if len(data) < 20 || data[0] > 3 || binary.BigEndian.Uint32(data[4:]) != cookie {
		return false
	}
	if binary.BigEndian.Uint16(data) != 0x0101 {
		return true
	}
	l.mu.Lock()
	answer := l.stun[[12]byte(data[8:20])]
	l.mu.Unlock()
	for rest := data[20:]; answer != nil && len(rest) >= 12; {
		kind, size := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		if kind == 0x0020 && size >= 8 && rest[5] == 1 { // XOR-MAPPED-ADDRESS, IPv4
			port := binary.BigEndian.Uint16(rest[6:]) ^ (cookie >> 16)
			var ip [4]byte
			binary.BigEndian.PutUint32(ip[:], binary.BigEndian.Uint32(rest[8:])^cookie)
			select {
			case answer <- netip.AddrPortFrom(netip.AddrFrom4(ip), port):
			default: // it has been answered
			}
			return true
		}
		rest = rest[min(4+(size+3)/4*4, len(rest)):]
	}
	return true
}

// watch is a subscription.
type watch struct {
	line   *line
	event  string
	accept string
	id     string
	tag    string
	seq    int
	goal   string // Request-URI of the next refresh
	to     string
}

// watchAll subscribes, once, to what the settings say.
func (l *line) watchAll(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watches != nil {
		return
	}
	l.watches = []*watch{}
	if l.WatchMail {
		l.watches = append(l.watches, &watch{line: l, event: "message-summary", accept: "application/simple-message-summary"})
	}
	if l.WatchRegistration {
		l.watches = append(l.watches, &watch{line: l, event: "reg", accept: "application/reginfo+xml"})
	}
	for _, w := range l.watches {
		l.a.wg.Go(func() { w.keep(ctx) })
	}
}

// keep subscribes again and again.
func (w *watch) keep(ctx context.Context) {
	l := w.line
	w.start()
	for {
		res, _, err := l.exchange(ctx, manner{}, w.request)
		if ctx.Err() != nil {
			return
		}
		next := l.Wait
		if err == nil && res.StatusCode < 300 {
			l.mu.Lock()
			w.to = field(res, "To")
			if c := field(res, "Contact"); c != "" && (!l.NotifyRoute || w.goal == "") {
				w.goal = uriOf(c)
			}
			l.mu.Unlock()
			if next = seconds(res, "Expires"); next <= 0 {
				next = l.SubscribeExpires
			}
		} else {
			w.start() // a subscription that is gone is not refreshed
		}
		if !l.a.sleep(ctx, next) {
			return
		}
	}
}

func (w *watch) start() {
	id, tag := w.line.a.token(20), w.line.a.token(10)
	w.line.mu.Lock()
	defer w.line.mu.Unlock()
	w.id, w.tag, w.goal, w.to, w.seq = id, tag, "", "", 0
}

func (w *watch) request(t target) *sip.Request {
	l := w.line
	l.mu.Lock()
	w.seq++
	server := l.domain(t)
	uri, to := w.goal, w.to
	d := ids{call: w.id, seq: w.seq}
	l.mu.Unlock()
	if uri == "" {
		uri = l.address(l.User, server)
	}
	if to == "" {
		to = "<" + l.address(l.User, server) + ">"
	}
	d.from, d.to = l.me(server, w.tag), to
	req := l.request(sip.SUBSCRIBE, uri, t, d)
	req.AppendHeader(sip.NewHeader("Event", w.event))
	req.AppendHeader(sip.NewHeader("Accept", w.accept))
	req.AppendHeader(sip.NewHeader("Expires", number(l.SubscribeExpires)))
	return req
}
