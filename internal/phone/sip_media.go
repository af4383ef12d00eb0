package phone

import (
	"context"
	"encoding/binary"
	"math"
	"net"
	"net/netip"
	"sync"
	"time"
)

// speech is the RTP of one call: silence, tones and events, which is all that a
// peer can tell a phone's settings by. Of an encrypted call RTCP is not sent.
type speech struct {
	a     *agent
	media Media
	in    net.PacketConn // RTP
	out   net.PacketConn // the same where RTP is symmetric
	rtcp  net.PacketConn // nil where RTCP goes with RTP
	port  int

	mu      sync.Mutex // guards what follows
	to      netip.AddrPort
	format  format
	event   int
	mux     bool
	quiet   bool
	heard   time.Time
	seq     uint16
	stamp   uint32
	source  uint32
	tones   []byte // digits that are to be sounded
	keys    *srtp  // nil for speech in the clear
	packets int
}

// mediaPorts picks the next pair of ports.
func (a *agent) mediaPort() int {
	first, count := a.voice.RTPPort, a.voice.RTPRange
	if first == 0 {
		first = 5004
	}
	if count < 24 {
		count = 200
	}
	if a.voice.RandomPorts {
		return 32768 + 2*a.random(14000)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	port := first + a.nextPort
	if a.nextPort += 2; a.nextPort+1 >= count {
		a.nextPort = 0
	}
	return port
}

// openSpeech binds the sockets of a call.
func (l *line) openSpeech(ctx context.Context) (*speech, error) {
	s := &speech{a: l.a, media: l.Media, source: uint32(l.a.random(math.MaxInt32))} //nolint:gosec // any number does
	var err error
	for range 8 { // another call or phone may hold a pair
		s.port = l.a.mediaPort()
		at := func(port int) string {
			return netip.AddrPortFrom(l.a.sip.Address, uint16(port)).String() //nolint:gosec // a port
		}
		if s.in, err = l.a.net.ListenPacket(ctx, "udp", at(s.port)); err != nil {
			continue
		}
		s.out = s.in
		if !l.Media.Symmetric {
			if s.out, err = l.a.net.ListenPacket(ctx, "udp", at(0)); err != nil {
				s.out = s.in
			}
		}
		if s.rtcp, err = l.a.net.ListenPacket(ctx, "udp", at(s.port+1)); err != nil {
			s.rtcp = nil
		}
		break
	}
	if s.in == nil {
		return nil, err
	}
	s.heard = l.a.clock.Now()
	for _, conn := range []net.PacketConn{s.in, s.rtcp} {
		if conn != nil {
			l.a.wg.Go(func() { s.listen(conn, conn == s.in) })
		}
	}
	return s, nil
}

func (s *speech) close() {
	if s == nil {
		return
	}
	for _, c := range []net.PacketConn{s.in, s.out, s.rtcp} {
		if c != nil {
			_ = c.Close()
		}
	}
}

func (s *speech) listen(conn net.PacketConn, counts bool) {
	buf := make([]byte, 2048)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if counts && n >= 12 && buf[0]>>6 == 2 {
			s.mu.Lock()
			s.heard = s.a.clock.Now()
			s.packets++
			s.mu.Unlock()
		}
	}
}

// start sends from now on; again it changes where to and what.
func (s *speech) direct(to netip.AddrPort, f format, event int, mux bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to, s.format, s.event, s.mux = to, f, event, mux
	s.heard = s.a.clock.Now()
}

// talk sends until ctx ends.
func (s *speech) talk(ctx context.Context) {
	s.mu.Lock()
	ptime := time.Duration(s.media.ptime(s.format.codec)) * time.Millisecond
	s.mu.Unlock()
	for s.a.clock.Sleep(ctx, ptime) == nil {
		s.mu.Lock()
		quiet := s.quiet || !s.to.IsValid() || s.to.Addr().IsUnspecified()
		var digit byte
		if len(s.tones) > 0 && !quiet {
			digit, s.tones = s.tones[0], s.tones[1:]
		}
		event := s.event
		s.mu.Unlock()
		switch {
		case quiet:
		case digit != 0 && s.media.InRTP && event > 0:
			s.sendEvent(digit, event)
		default:
			if !s.media.InAudio {
				digit = 0
			}
			s.sendVoice(digit, ptime)
		}
	}
}

// keepAlive sends what the settings have for an idle path, and watches whether
// the other side still speaks; it returns true where it does not.
func (s *speech) keepAlive(ctx context.Context) (silent bool) {
	for s.a.sleep(ctx, 5*time.Second) {
		s.mu.Lock()
		to, mux, heard, clear := s.to, s.mux, s.heard, s.keys == nil
		s.mu.Unlock()
		if !to.IsValid() {
			continue
		}
		if s.media.BadVersion {
			s.sendPacket(0x40, 0, nil)
		}
		conn, at := s.rtcp, netip.AddrPortFrom(to.Addr(), to.Port()+1)
		if mux {
			conn, at = s.in, to
		}
		if conn != nil && clear {
			_, _ = conn.WriteTo(s.report(), net.UDPAddrFromAddrPort(at)) // the next one may get through
		}
		if limit := s.media.Timeout; limit > 0 && s.a.clock.Now().Sub(heard) >= s.a.own(limit) {
			return true
		}
	}
	return false
}

// report is a sender's or receiver's report with a name (RFC 3550 §6.4).
func (s *speech) report() []byte {
	var b []byte
	if s.media.SenderReport {
		b = binary.BigEndian.AppendUint32([]byte{0x80, 200, 0, 6}, s.source)
		b = append(b, make([]byte, 20)...)
	} else {
		b = binary.BigEndian.AppendUint32([]byte{0x80, 201, 0, 1}, s.source)
	}
	b = append(b, 0x81, 202, 0, 3)
	b = binary.BigEndian.AppendUint32(b, s.source)
	return append(b, 1, 5, 'p', 'h', 'o', 'n', 'e', 0)
}

// sendPacket sends one packet of RTP.
func (s *speech) sendPacket(first byte, kind int, payload []byte) {
	s.mu.Lock()
	s.seq++
	to := s.to
	b := []byte{first, byte(kind)} //nolint:gosec // at most 127
	b = binary.BigEndian.AppendUint16(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, s.stamp)
	b = binary.BigEndian.AppendUint32(b, s.source)
	if b = append(b, payload...); s.keys != nil {
		b = s.keys.protect(b)
	}
	s.mu.Unlock()
	_, _ = s.out.WriteTo(b, net.UDPAddrFromAddrPort(to)) // speech is not repeated
}

// sendEvent sends a digit as RFC 4733 has it: a start, and the end three times.
func (s *speech) sendEvent(digit byte, event int) {
	code := eventCode(digit)
	for i := range 5 {
		end := byte(10)
		if i >= 2 {
			end |= 0x80
		}
		s.sendPacket(0x80, event, []byte{code, end, 0, byte(160 * (min(i, 2) + 1) & 0xff)})
	}
}

func eventCode(digit byte) byte {
	switch {
	case digit == '*':
		return 10
	case digit == '#':
		return 11
	case digit >= 'A' && digit <= 'D':
		return digit - 'A' + 12
	}
	return digit - '0'
}

// sendVoice sends silence, or a digit's two tones. Only G.711 µ-law carries real
// samples.
func (s *speech) sendVoice(digit byte, ptime time.Duration) {
	samples := int(ptime / time.Millisecond * 8)
	payload := make([]byte, samples)
	s.mu.Lock()
	f, at := s.format, s.stamp
	s.stamp += uint32(samples) //nolint:gosec // at most a second's
	s.mu.Unlock()
	silence := map[Codec]byte{PCMU: 0xff, PCMA: 0xd5}[f.codec]
	low, high := frequencies(digit)
	for i := range payload {
		payload[i] = silence
		if digit != 0 && f.codec == PCMU {
			t := 2 * math.Pi * float64(int(at)+i) / 8000
			payload[i] = muLaw(int(8000 * (math.Sin(low*t) + math.Sin(high*t))))
		}
	}
	s.sendPacket(0x80, f.kind, payload)
}

// frequencies are those of a key (ITU-T Q.23).
func frequencies(digit byte) (low, high float64) {
	const keys = "123A456B789C*0#D"
	for i := range keys {
		if keys[i] == digit {
			return []float64{697, 770, 852, 941}[i/4], []float64{1209, 1336, 1477, 1633}[i%4]
		}
	}
	return 0, 0
}

// muLaw encodes a sample of 16 bits (ITU-T G.711).
func muLaw(v int) byte {
	sign := byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32635) + 132
	exponent := 7
	for mask := 0x4000; exponent > 0 && v&mask == 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(v>>(exponent+3)&0x0f)) //nolint:gosec // 4 bits each
}
