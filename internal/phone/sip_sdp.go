package phone

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// format is one codec of a session, with its number there.
type format struct {
	codec Codec
	kind  int
}

// described is one side's description of a call.
type described struct {
	addr     netip.AddrPort
	formats  []format
	event    int // payload type of DTMF events; 0 for none
	secure   bool
	crypto   []string // lines, without "a=crypto:"
	mux      bool
	send     string // "sendrecv", "sendonly", …
	held     bool
	version  int
	id       int
	port     int
	rejected bool
}

// static returns the codec's payload type and clock as RFC 3551 has them.
func (m Media) kind(c Codec) (kind, rate int, frame int) {
	switch c {
	case PCMU:
		return 0, 8000, 10
	case PCMA:
		return 8, 8000, 10
	case G722:
		return 9, 8000, 10
	case G723:
		return 4, 8000, 30
	case G729:
		return 18, 8000, 10
	case G726:
		return m.G726Type, 8000, 10
	case ILBC:
		return m.ILBCType, 8000, m.ILBCFrame
	}
	return m.OpusType, 48000, 20
}

// rtpmap names a format. The order of bits that IETF and ITU put into G.726
// shows in the name (RFC 3551 §4.5.4).
func (m Media) rtpmap(f format) string {
	_, rate, _ := m.kind(f.codec)
	name := string(f.codec)
	if f.codec == G726 && !m.IETFPacking {
		name = "AAL2-G726-32"
	}
	if f.codec == Opus {
		return fmt.Sprintf("%d opus/48000/2", f.kind)
	}
	return fmt.Sprintf("%d %s/%d", f.kind, name, rate)
}

// fmtp returns a format's parameters, "" for none.
func (m Media) fmtp(f format) string {
	vad := "no"
	if m.Silence {
		vad = "yes"
	}
	switch f.codec {
	case G729:
		return "annexb=" + vad
	case G723:
		rate := "6.3"
		if m.SlowG723 {
			rate = "5.3"
		}
		return "bitrate=" + rate + ";annexa=" + vad
	case ILBC:
		return "mode=" + strconv.Itoa(m.ILBCFrame)
	}
	return ""
}

// ptime is how much speech a packet holds: so many frames of the first codec, at
// most what the codec allows (120 ms, of Opus 60).
func (m Media) ptime(c Codec) int {
	_, _, frame := m.kind(c)
	most := 120
	if c == Opus {
		most = 60
	}
	return min(max(m.Frames, 1)*frame, most/frame*frame)
}

// formats lists what the settings offer.
func (m Media) offers() []format {
	var out []format
	for _, c := range m.Codecs {
		kind, _, _ := m.kind(c)
		f := format{c, kind}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// write describes a side: its head, its medium and, where the settings offer
// encryption without demanding it, the same medium in the clear.
func (s described) write(m Media) string {
	own := s.addr
	where := own.Addr().String()
	if s.held && s.send == "" {
		where = "0.0.0.0" // RFC 2543
	}
	head := fmt.Sprintf("v=0\r\no=- %d %d IN IP4 %s\r\ns=call\r\nc=IN IP4 %s\r\nt=0 0\r\n", s.id, s.version, own.Addr(), where)
	out := head + s.medium(m)
	if m.SRTP == SRTPOffered && s.secure && s.version == 1 && !s.rejected {
		s.secure, s.crypto = false, nil
		out += s.medium(m)
	}
	return out
}

// medium writes the line of the medium and what belongs to it.
func (s described) medium(m Media) string {
	profile := "RTP/AVP"
	if s.secure {
		profile = "RTP/SAVP"
	}
	kinds, lines := s.kinds(m)
	if len(s.formats) > 0 {
		lines = append(lines, fmt.Sprintf("a=ptime:%d", m.ptime(s.formats[0].codec)))
	}
	for _, c := range s.crypto {
		lines = append(lines, "a=crypto:"+c)
	}
	switch {
	case s.mux:
		lines = append(lines, fmt.Sprintf("a=rtcp:%d", s.addr.Port()), "a=rtcp-mux")
		if m.RTCP == RTCPMuxOnly {
			lines = append(lines, "a=rtcp-mux-only")
		}
	case m.RTCP == RTCPNamed:
		lines = append(lines, fmt.Sprintf("a=rtcp:%d", s.addr.Port()+1))
	}
	if s.send != "" {
		lines = append(lines, "a="+s.send)
	}
	return fmt.Sprintf("m=audio %d %s %s\r\n", s.addr.Port(), profile, strings.Join(kinds, " ")) + strings.Join(lines, "\r\n") + "\r\n"
}

// kinds lists the payload types and what they stand for.
func (s described) kinds(m Media) (kinds, lines []string) {
	for _, f := range s.formats {
		kinds = append(kinds, strconv.Itoa(f.kind))
		lines = append(lines, "a=rtpmap:"+m.rtpmap(f))
		if p := m.fmtp(f); p != "" {
			lines = append(lines, fmt.Sprintf("a=fmtp:%d %s", f.kind, p))
		}
	}
	if m.Red && len(s.formats) > 0 {
		kinds = append(kinds, strconv.Itoa(m.RedType), strconv.Itoa(m.FECType))
		lines = append(lines, fmt.Sprintf("a=rtpmap:%d red/8000", m.RedType), fmt.Sprintf("a=fmtp:%d %d/%d", m.RedType, s.formats[0].kind, m.FECType),
			fmt.Sprintf("a=rtpmap:%d ulpfec/8000", m.FECType))
	}
	if s.event > 0 {
		kinds = append(kinds, strconv.Itoa(s.event))
		lines = append(lines, fmt.Sprintf("a=rtpmap:%d telephone-event/8000", s.event), fmt.Sprintf("a=fmtp:%d 0-15", s.event))
	}
	return kinds, lines
}

// cryptoLines offers keys of the lengths that the settings have (RFC 4568, RFC
// 6188).
func (a *agent) cryptoLines(m Media) []string {
	var out []string
	add := func(suite string, size int) {
		key := base64.StdEncoding.EncodeToString([]byte(a.token(size)))
		life := ""
		if m.Lifetime {
			life = "|2^31"
		}
		out = append(out, fmt.Sprintf("%d %s inline:%s%s", len(out)+1, suite, key, life))
	}
	if m.AES256 {
		add("AES_256_CM_HMAC_SHA1_80", 46)
	}
	if m.AES128 {
		add("AES_CM_128_HMAC_SHA1_80", 30)
	}
	return out
}

// keyFor returns our own line of the key that both sides agreed on, "" for a call
// in the clear.
func (s described) keyFor(theirs described) string {
	for _, c := range s.crypto {
		for _, other := range theirs.crypto {
			f, t := strings.Fields(c), strings.Fields(other)
			if len(f) > 1 && len(t) > 1 && f[1] == t[1] {
				return c
			}
		}
	}
	return ""
}

// readSession reads the first medium of a description that has a port.
func readSession(body []byte) described {
	s := described{send: "sendrecv"}
	var ip netip.Addr
	names := map[int]string{}
	var kinds []string
	media := 0
	for text := range strings.SplitSeq(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") {
		kind, value, _ := strings.Cut(text, "=")
		if kind == "m" {
			media++
		}
		if media > 1 && s.port > 0 { // the first is taken
			break
		}
		switch kind {
		case "c":
			if f := strings.Fields(value); len(f) == 3 {
				ip, _ = netip.ParseAddr(f[2])
			}
		case "m":
			if f := strings.Fields(value); len(f) > 3 && f[0] == "audio" {
				s.port, _ = strconv.Atoi(f[1])
				s.secure = strings.Contains(f[2], "SAVP")
				kinds = f[3:]
			}
		case "a":
			s.attribute(value, names)
		}
	}
	s.addr = netip.AddrPortFrom(ip, uint16(s.port)) //nolint:gosec // a port
	s.held = ip.IsValid() && ip.IsUnspecified() || s.send == "sendonly" || s.send == "inactive"
	for _, k := range kinds {
		n, err := strconv.Atoi(k)
		if err != nil {
			continue
		}
		name := strings.ToLower(names[n])
		if strings.HasPrefix(name, "telephone-event/") {
			s.event = n
			continue
		}
		if c, ok := codecNamed(name, n); ok {
			s.formats = append(s.formats, format{c, n})
		}
	}
	return s
}

func (s *described) attribute(value string, names map[int]string) {
	name, rest, _ := strings.Cut(value, ":")
	switch name {
	case "rtpmap":
		number, what, _ := strings.Cut(rest, " ")
		if n, err := strconv.Atoi(number); err == nil {
			names[n] = what
		}
	case "crypto":
		s.crypto = append(s.crypto, rest)
	case "rtcp-mux":
		s.mux = true
	case "sendrecv", "sendonly", "recvonly", "inactive":
		s.send = name
	}
}

// codecNamed finds the codec of an rtpmap, or of a fixed payload type.
func codecNamed(name string, kind int) (Codec, bool) {
	fixed := map[int]Codec{0: PCMU, 8: PCMA, 9: G722, 4: G723, 18: G729}
	base, _, _ := strings.Cut(name, "/")
	base = strings.TrimPrefix(base, "aal2-")
	for _, c := range []Codec{PCMU, PCMA, G722, G723, G729, G726, ILBC, Opus} {
		if strings.EqualFold(base, string(c)) {
			return c, true
		}
	}
	c, ok := fixed[kind]
	return c, ok && name == ""
}
