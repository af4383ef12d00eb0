package registrar

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// offer is what a caller wants to speak (RFC 4566, RFC 3264).
type offer struct {
	addr   netip.Addr
	port   uint16
	format string   // the first that it names
	lines  []string // what it says of that
	way    string   // direction of the answer
}

// readOffer reads the first sound of a description. It takes plain RTP alone.
func readOffer(body []byte) (o offer, ok bool) {
	o.way = "sendrecv"
	sound := false
	for line := range strings.SplitSeq(string(body), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "m="):
			if ok { // a further one is not looked at
				return o, o.addr.IsValid()
			}
			ok = o.sound(strings.Fields(line[2:]))
			sound = ok
		case strings.HasPrefix(line, "c=IN IP4 ") && (sound || !ok):
			if ip, err := netip.ParseAddr(strings.TrimSpace(line[9:])); err == nil {
				o.addr = ip
			}
		case sound:
			o.attribute(line)
		}
	}
	return o, ok && o.addr.IsValid()
}

// attribute reads a line below the sound.
func (o *offer) attribute(line string) {
	for _, name := range []string{"a=rtpmap:", "a=fmtp:"} {
		if rest, ok := strings.CutPrefix(line, name); ok && strings.HasPrefix(rest, o.format+" ") && len(o.lines) < 4 {
			o.lines = append(o.lines, line)
		}
	}
	switch line {
	case "a=sendonly":
		o.way = "recvonly"
	case "a=recvonly":
		o.way = "sendonly"
	case "a=inactive":
		o.way = "inactive"
	}
}

// sound reads the words of an m= line.
func (o *offer) sound(f []string) bool {
	if len(f) < 4 || f[0] != "audio" || f[2] != "RTP/AVP" && f[2] != "RTP/AVPF" {
		return false
	}
	port, err := strconv.ParseUint(f[1], 10, 16)
	_, err2 := strconv.ParseUint(f[3], 10, 7)
	o.port, o.format = uint16(port), f[3]
	return err == nil && err2 == nil && port > 0
}

// answer accepts the first format of the offer, whatever it is: nothing has to
// understand what is only sent back.
func (o offer) answer(at netip.AddrPort, began time.Time) []byte {
	id, ip := strconv.FormatInt(began.Unix(), 10), at.Addr().String()
	lines := []string{"v=0", "o=bellwether " + id + " " + id + " IN IP4 " + ip, "s=echo", "c=IN IP4 " + ip, "t=0 0", "m=audio " + strconv.Itoa(int(at.Port())) + " RTP/AVP " + o.format}
	lines = append(append(lines, o.lines...), "a="+o.way, "")
	return []byte(strings.Join(lines, "\r\n"))
}
