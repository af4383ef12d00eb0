package sim

import (
	"net"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Speaker = (*Persona)(nil)

// Voice reads telephony. All lines are at one proxy; a line registers there only
// where the phone is told to use it for that, or has a registrar of its own
// (pessimistic: out of the box it does neither).
func (*Persona) Voice(d phone.Device, s map[string]string) phone.Voice {
	v := phone.Voice{RTPPort: 4000, RTPRange: 100, CallWaiting: true, Transfer: true, DirectIP: true}
	for n := range lines(d.Model) {
		if l, ok := line(n, d, s); ok {
			v.Lines = append(v.Lines, l)
		}
	}
	return v
}

const (
	usualSIPPort = "5060"
	usualExpiry  = 3600 * time.Second
)

func line(n int, d phone.Device, s map[string]string) (phone.Line, bool) {
	at := "voip/line/" + strconv.Itoa(n) + "/"
	if s[at+"enabled"] != "1" {
		return phone.Line{}, false
	}
	const sip = "voip/signalling/sip/"
	l := phone.Line{Index: n + 1, Active: true, User: s[at+"id"], AuthUser: s[at+"auth_name"], Password: s[at+"auth_password"], Display: s[at+"description"],
		Agent: "AUDC-IPPhone-" + d.Model + "/" + d.Firmware, Transport: phone.UDP, Expires: usualExpiry, SubscribeExpires: usualExpiry, Wait: 20 * time.Second,
		T1: 500 * time.Millisecond, T2: 4 * time.Second, Rport: true}
	if s[sip+"use_proxy"] == "1" && s[sip+"proxy_address"] != "" {
		port := s[sip+"proxy_port"]
		if port == "" {
			port = usualSIPPort
		}
		l.Servers = []string{net.JoinHostPort(s[sip+"proxy_address"], port)}
		l.Register = s[sip+"use_proxy_ip_and_port_for_registration"] == "1"
	}
	if addr := s[sip+"sip_registrar/addr"]; s[sip+"sip_registrar/enabled"] == "1" && addr != "" && !l.Register {
		l.Servers, l.Register = append([]string{addr}, l.Servers...), true
	}
	if t := phone.Transport(s[sip+"transport_protocol"]); t != "" {
		l.Transport = t
	}
	if sec, err := strconv.Atoi(s[sip+"registration_expires"]); err == nil {
		l.Expires = time.Duration(sec) * time.Second
	}
	l.Media = phone.Media{EventType: 101, InRTP: true, Frames: 1}
	for c := range 4 {
		if name := phone.Codec(strings.ToUpper(s["voip/codec/codec_info/"+strconv.Itoa(c)+"/name"])); name == phone.PCMU || name == phone.PCMA || name == phone.G722 || name == phone.G729 {
			l.Media.Codecs = append(l.Media.Codecs, name)
		}
	}
	if l.Media.Codecs == nil {
		l.Media.Codecs = []phone.Codec{phone.PCMA, phone.PCMU}
	}
	l.Calls = phone.Calls{KeyTimeout: 4 * time.Second, RingTimeout: time.Minute, TransferWait: time.Minute, LocalCodes: true,
		Dial: func(number string, _ phone.Source) (string, bool) { return number, number != "" }}
	return l, true
}
