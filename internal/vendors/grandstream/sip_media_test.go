package grandstream_test

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func codRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-COD-001": codOrder, "GH-COD-002": codPriority, "GH-COD-003": codFirst, "GH-COD-004": codILBC, "GH-COD-005": codG726,
		"GH-COD-006": codOpus, "GH-COD-007": codDTMF, "GH-COD-008": codRed, "GH-COD-009": codSilence, "GH-COD-010": codJitter,
		"GH-COD-011": codG723, "GH-COD-012": codFrames, "GH-COD-013": codSRTP, "GH-COD-014": codKeyLength, "GH-COD-015": codLifetime,
		"GH-COD-016": codRTCP, "GH-COD-017": codKeepAlive, "GH-COD-018": codSymmetric, "GH-COD-019": codTimeout,
	}
}

// codecs sets the list of codecs.
func codecs(list ...string) []string {
	var out []string
	for i, c := range list {
		out = append(out, fmt.Sprintf("account.1.codec.choice.%d", i+1), c)
	}
	return out
}

// offered returns the SDP of an INVITE.
func offered(t *testing.T, pairs ...string) string {
	t.Helper()
	_, m := with(t, pairs...).ready().call("200")
	return m.body
}

// kinds returns the names of the payload types in the order of the first medium.
func kinds(sdp string) string {
	_, rest, _ := strings.Cut(sdp, "m=audio ")
	line, _, _ := strings.Cut(rest, "\r\n")
	var out []string
	for _, k := range strings.Fields(line)[2:] {
		_, name, ok := strings.Cut(sdp, "a=rtpmap:"+k+" ")
		if name, _, _ = strings.Cut(name, "/"); !ok {
			name = k
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func codOrder(t *testing.T) {
	eq(t, "all eight", kinds(offered(t, codecs("OPUS", "G.722", "PCMU", "PCMA", "G.723.1", "G.729A/B", "G.726-32", "iLBC")...)),
		"opus G722 PCMU PCMA G723 G729 AAL2-G726-32 iLBC telephone-event")
	eq(t, "another order", kinds(offered(t, codecs("PCMA", "G.729A/B", "G.722")...)), "PCMA G729 G722 telephone-event")
	eq(t, "one twice", kinds(offered(t, codecs("PCMA", "PCMA", "PCMU")...)), "PCMA PCMU telephone-event")
}

func codPriority(t *testing.T) {
	for value, want := range map[string]string{"Caller": "PCMA PCMU", "Callee": "PCMU PCMA", "": "PCMU PCMA"} {
		r := with(t, append(codecs("PCMU", "G.722", "PCMA"), "account.1.call.autoanswer", "yes", "account.1.codec.negotiatepriority", value)...).ready()
		r.pbx.describe(answerSDP("m=audio 40000 RTP/AVP 8 0 18"))
		eq(t, "answered with "+value, kinds(r.incoming("in").body), want)
	}
	r := with(t, append(codecs("PCMU"), "account.1.call.autoanswer", "yes")...).ready()
	r.pbx.describe(answerSDP("m=audio 40000 RTP/AVP 18"))
	eq(t, "nothing in common", r.incoming("in").code, 488)
}

// ear takes RTP at the peer's media port.
type ear struct {
	conn net.PacketConn
	got  chan []byte
	from chan string
}

func (r *rig) ear(port int) *ear {
	r.t.Helper()
	conn, err := r.pbx.net.(packets).ListenPacket(r.t.Context(), "udp", pbxAddr+":"+strconv.Itoa(port))
	if err != nil {
		r.t.Fatal(err)
	}
	e := &ear{conn: conn, got: make(chan []byte, 1<<14), from: make(chan string, 1<<14)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			buf := make([]byte, 2000)
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			select {
			case e.got <- buf[:n]:
				e.from <- from.String()
			default:
			}
		}
	}()
	r.t.Cleanup(func() { _ = conn.Close(); <-done })
	return e
}

// within collects what comes in d.
func (e *ear) within(d time.Duration) [][]byte {
	time.Sleep(d)
	synctest.Wait()
	var out [][]byte
	for len(e.got) > 0 {
		out = append(out, <-e.got)
	}
	return out
}

func codFirst(t *testing.T) {
	for value, want := range map[string]byte{"yes": 8, "no": 0, "": 0} {
		r := newRig(t)
		r.pbx.describe(answerSDP("m=audio 40000 RTP/AVP 8 0")) // the answer has PCMA first, the phone likes PCMU
		e := r.ear(40000)
		r.set(append(codecs("PCMU", "PCMA"), "account.1.codec.usefirstmatch", value)...).on().ready()
		r.call("200")
		got := e.within(time.Second)
		if len(got) == 0 {
			t.Fatal("no speech came")
		}
		eq(t, "payload type with "+value, got[0][1], want)
	}
}

func codILBC(t *testing.T) {
	sdp := offered(t, append(codecs("iLBC"), "account.1.codec.payloadtype.ilbc", "105", "account.1.codec.ilbc.framesize", "20ms")...)
	has(t, "SDP", sdp, "a=rtpmap:105 iLBC/8000")
	has(t, "SDP", sdp, "a=fmtp:105 mode=20")
	has(t, "SDP", sdp, "a=ptime:40")
	sdp = offered(t, codecs("iLBC")...)
	has(t, "SDP by default", sdp, "a=rtpmap:97 iLBC/8000")
	has(t, "SDP by default", sdp, "a=fmtp:97 mode=30")
	has(t, "SDP by default", sdp, "a=ptime:60")
}

func codG726(t *testing.T) {
	has(t, "ITU", offered(t, codecs("G.726-32")...), "a=rtpmap:127 AAL2-G726-32/8000") // RFC 3551 §4.5.4
	has(t, "IETF", offered(t, append(codecs("G.726-32"), "account.1.codec.g723.32.packingmode", "IETF", "account.1.codec.payloadtype.g72632", "99")...), "a=rtpmap:99 G726-32/8000")
}

func codOpus(t *testing.T) {
	has(t, "SDP by default", offered(t, codecs("OPUS")...), "a=rtpmap:123 opus/48000/2")
	has(t, "SDP", offered(t, append(codecs("OPUS"), "account.1.codec.payloadtype.opus", "111")...), "a=rtpmap:111 opus/48000/2")
}

// loudest tells which key sounds in samples of G.711 µ-law, 0 for none (Goertzel).
func loudest(samples []byte) byte {
	power := func(f float64) float64 {
		k, a, b := 2*math.Cos(2*math.Pi*f/8000), 0.0, 0.0
		for _, s := range samples {
			a, b = linear(s)+k*a-b, a
		}
		return (a*a + b*b - k*a*b) / float64(len(samples)*len(samples))
	}
	best := func(fs []float64) (int, float64) {
		at, most := 0, 0.0
		for i, f := range fs {
			if p := power(f); p > most {
				at, most = i, p
			}
		}
		return at, most
	}
	row, p := best([]float64{697, 770, 852, 941})
	column, q := best([]float64{1209, 1336, 1477, 1633})
	if p < 1e4 || q < 1e4 {
		return 0
	}
	return "123A456B789C*0#D"[row*4+column]
}

func linear(s byte) float64 {
	s = ^s
	v := float64((int(s&0x0f)<<3+0x84)<<(s>>4&7) - 0x84)
	if s&0x80 != 0 {
		return -v
	}
	return v
}

func codDTMF(t *testing.T) {
	// how returns by which ways a pressed 5 arrives.
	how := func(pairs ...string) string {
		r := newRig(t)
		r.pbx.describe(answerSDP("m=audio 40000 RTP/AVP 0 110", "a=rtpmap:110 telephone-event/8000"))
		e := r.ear(40000)
		r.set(append(codecs("PCMU"), pairs...)...).on().ready()
		id, _ := r.call("200")
		e.within(time.Second)
		_ = r.phone.Press(id, '5')
		out := ""
		var sound []byte
		for _, b := range e.within(time.Second) {
			if b[1] == 110 && b[12] == 5 && b[13]&0x80 != 0 && !strings.Contains(out, "event") {
				out += "event "
			}
			if b[1] == 0 && loudest(b[12:]) != 0 {
				sound = append(sound, b[12:]...)
			}
		}
		if loudest(sound) == '5' {
			out += "tone "
		}
		if m := r.pbx.within("INFO", time.Second); m != nil && strings.Contains(m.body, "Signal=5") {
			out += "info "
		}
		return strings.TrimSpace(out)
	}
	const audio, rtp, sip = "account.1.dtmf.sendinaudio", "account.1.dtmf.sendinrtp", "account.1.dtmf.sendinsip"
	eq(t, "by default", how(), "event")
	eq(t, "in audio", how(audio, "yes", rtp, "no", sip, "no"), "tone")
	eq(t, "by INFO", how(audio, "no", rtp, "no", sip, "yes"), "info")
	eq(t, "by RFC 2833 and INFO", how(rtp, "yes", sip, "yes"), "event info")
	has(t, "SDP", offered(t, "account.1.codec.payloadtype.dtmf", "116"), "a=rtpmap:116 telephone-event/8000")
	lacks(t, "SDP without events", offered(t, rtp, "no", sip, "yes"), "telephone-event")
}

func codRed(t *testing.T) {
	sdp := offered(t, append(codecs("PCMU"), "account.1.audio.fec.enable", "yes")...)
	has(t, "SDP", sdp, " red/8000")
	has(t, "SDP", sdp, " ulpfec/8000")
	sdp = offered(t, append(codecs("PCMU"), "account.1.audio.fec.enable", "no")...)
	lacks(t, "SDP", sdp, "red/")
	lacks(t, "SDP", sdp, "ulpfec")
}

func codSilence(t *testing.T) {
	list := codecs("G.729A/B", "G.723.1", "PCMU")
	for value, want := range map[string]string{"yes": "yes", "no": "no", "": "no"} {
		sdp := offered(t, append(list, "account.1.audio.silencesuppression", value)...)
		has(t, "G.729 with "+value, sdp, "a=fmtp:18 annexb="+want)
		has(t, "G.723 with "+value, sdp, "annexa="+want)
		lacks(t, "PCMU with "+value, sdp, "a=fmtp:0 ")
	}
}

// How a phone buffers what comes in nobody sees outside.
func codJitter(t *testing.T) {
	kept(t, "account.1.audio.jitterbuffertype", "Fixed", "account.1.audio.jitterbufferlength", "800ms")
	kept(t, "account.1.audio.jitterbuffertype", "Adaptive", "account.1.audio.jitterbufferlength", "100ms")
}

func codG723(t *testing.T) {
	has(t, "SDP", offered(t, append(codecs("G.723.1"), "account.1.codec.g723rate", "5.3kbpsEncodingRate")...), "bitrate=5.3")
	has(t, "SDP", offered(t, append(codecs("G.723.1"), "account.1.codec.g723rate", "6.3kbpsEncodingRate")...), "bitrate=6.3")
}

func codFrames(t *testing.T) {
	for _, row := range []struct{ codec, frames, want string }{
		{"PCMU", "2", "20"}, {"G.729A/B", "2", "20"}, {"G.726-32", "2", "20"}, {"PCMU", "", "20"}, {"PCMU", "4", "40"}, {"G.723.1", "2", "60"},
		{"PCMU", "64", "120"}, {"G.723.1", "10", "120"}, {"OPUS", "9", "60"},
	} {
		sdp := offered(t, append(codecs(row.codec), "account.1.audio.voiceframepertx", row.frames)...)
		has(t, row.codec+" with "+row.frames, sdp, "a=ptime:"+row.want+"\r\n")
	}
	r := newRig(t)
	e := r.ear(40000)
	r.set(append(codecs("PCMU"), "account.1.audio.voiceframepertx", "4")...).on().ready()
	r.call("200")
	e.within(100 * time.Millisecond)
	got := e.within(time.Second)
	eq(t, "packets in a second of 40 ms each", len(got), 25)
	eq(t, "bytes of a packet", len(got[0]), 12+320)
}

func codSRTP(t *testing.T) {
	const mode = "account.1.audio.srtpmode"
	for value, want := range map[string]string{"Disabled": "AVP", "EnabledButNotForced": "SAVP AVP", "EnabledAndForced": "SAVP", "Optional": "AVP", "": "AVP"} {
		sdp, got := offered(t, mode, value), ""
		for line := range strings.SplitSeq(sdp, "\r\n") {
			if f := strings.Fields(line); strings.HasPrefix(line, "m=audio") {
				got += strings.TrimPrefix(f[2], "RTP/") + " "
			}
		}
		eq(t, value+" offers", strings.TrimSpace(got), want)
		eq(t, value+" offers keys", strings.Contains(sdp, "a=crypto:1 "), value != "Disabled" && value != "")
	}
	const key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
	plain, secure := answerSDP("m=audio 40000 RTP/AVP 0"), answerSDP("m=audio 40000 RTP/SAVP 0", key)
	for _, row := range []struct {
		mode, offer string
		want        string
	}{
		{"Disabled", plain, "200 plain"}, {"Disabled", secure, "488 plain"}, {"EnabledButNotForced", plain, "200 plain"}, {"EnabledButNotForced", secure, "200 key"},
		{"EnabledAndForced", plain, "488 plain"}, {"EnabledAndForced", secure, "200 key"}, {"Optional", plain, "200 plain"}, {"Optional", secure, "200 key"},
	} {
		r := with(t, mode, row.mode, "account.1.call.autoanswer", "yes").ready()
		r.pbx.describe(row.offer)
		m := r.incoming("in")
		got := fmt.Sprint(m.code, " plain")
		if strings.Contains(m.body, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") {
			got = fmt.Sprint(m.code, " key")
			has(t, "the answer", m.body, "RTP/SAVP")
		}
		eq(t, row.mode+" called "+row.offer[len(row.offer)-30:], got, row.want)
	}
	r := with(t, mode, "EnabledAndForced").ready() // and hangs up where the answer is plain
	r.call("200")
	r.pbx.next("BYE")
	r = newRig(t) // or has no key in common
	r.pbx.describe(answerSDP("m=audio 40000 RTP/SAVP 0", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA"))
	e := r.ear(40000)
	r.set(mode, "EnabledAndForced").on().ready()
	r.call("200")
	r.pbx.next("BYE")
	eq(t, "packets without a key", len(e.within(time.Second)), 0)

	for _, value := range []string{"EnabledAndForced", "Optional", "EnabledButNotForced"} {
		eq(t, "speech is encrypted with "+value, spoken(t, "AES_CM_128_HMAC_SHA1_80", mode, value), "silence in secret")
	}
	eq(t, "speech with Disabled to one who encrypts unasked", spoken(t, "AES_CM_128_HMAC_SHA1_80", mode, "Disabled"), "nothing")
}

// spoken returns what the phone says to a peer that has answered with a key.
func spoken(t *testing.T, suite string, pairs ...string) string {
	t.Helper()
	r := newRig(t)
	size := map[string]int{"AES_CM_128_HMAC_SHA1_80": 30, "AES_256_CM_HMAC_SHA1_80": 46}[suite]
	r.pbx.describe(answerSDP("m=audio 40000 RTP/SAVP 0", "a=crypto:1 "+suite+" inline:"+base64.StdEncoding.EncodeToString(make([]byte, size))))
	e := r.ear(40000)
	r.set(append(codecs("PCMU"), pairs...)...).on().ready()
	_, m := r.call("200")
	got := e.within(time.Second)
	if len(got) < 10 {
		return "nothing"
	}
	_, rest, _ := strings.Cut(m.body, suite+" inline:")
	text, _, _ := strings.Cut(rest, "\r\n")
	text, _, _ = strings.Cut(text, "|")
	key, _ := base64.StdEncoding.DecodeString(text)
	silence, out := bytes.Repeat([]byte{0xff}, 160), ""
	for _, b := range got {
		said := "something else"
		if bytes.Equal(b[12:], silence) {
			said = "silence in the clear"
		} else if len(key) == size && bytes.Equal(decrypted(t, key, b), silence) {
			said = "silence in secret"
		}
		if out != "" && said != out {
			return "now " + out + ", now " + said
		}
		out = said
	}
	return out
}

// decrypted opens a packet block by block, as RFC 3711 has it; nil is that its
// tag is wrong. The test's calls end before the sequence number turns over.
func decrypted(t *testing.T, key, b []byte) []byte {
	t.Helper()
	size := len(key) - 14
	stream := func(key, start []byte, n int) []byte {
		c, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		var out []byte
		for i := 0; len(out) < n; i++ {
			in, block := make([]byte, 16), make([]byte, 16)
			copy(in, start)
			in[14], in[15] = byte(i>>8), byte(i)
			c.Encrypt(block, in)
			out = append(out, block...)
		}
		return out[:n]
	}
	session := func(label byte, n int) []byte {
		start := append([]byte(nil), key[size:]...)
		start[7] ^= label
		return stream(key[:size], start, n)
	}
	body, tag := b[:len(b)-10], b[len(b)-10:]
	mac := hmac.New(sha1.New, session(1, 20))
	mac.Write(append(append([]byte(nil), body...), 0, 0, 0, 0))
	if !bytes.Equal(mac.Sum(nil)[:10], tag) {
		return nil
	}
	start := session(2, 14)
	for i := range 4 {
		start[4+i] ^= body[8+i] // SSRC
	}
	start[12] ^= body[2] // sequence number
	start[13] ^= body[3]
	out := append([]byte(nil), body[12:]...)
	for i, k := range stream(session(0, size), start, len(out)) {
		out[i] ^= k
	}
	return out
}

func codKeyLength(t *testing.T) {
	const forced, length = "account.1.audio.srtpmode", "account.1.audio.srtpkeylength"
	for value, want := range map[string][2]bool{"AES128 And 256Bit": {true, true}, "AES128 Bit": {true, false}, "AES256 Bit": {false, true}, "": {true, true}} {
		sdp := offered(t, forced, "EnabledAndForced", length, value)
		eq(t, value, [2]bool{strings.Contains(sdp, "AES_CM_128_HMAC_SHA1_80"), strings.Contains(sdp, "AES_256_CM_HMAC_SHA1_80")}, want)
	}
	r := with(t, forced, "EnabledAndForced", length, "AES256 Bit", "account.1.call.autoanswer", "yes").ready()
	r.pbx.describe(answerSDP("m=audio 40000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"))
	eq(t, "called with a key of 128 bits", r.incoming("in").code, 488)
	eq(t, "speech with a key of 256 bits", spoken(t, "AES_256_CM_HMAC_SHA1_80", forced, "EnabledAndForced", length, "AES256 Bit"), "silence in secret")
}

func codLifetime(t *testing.T) {
	for value, want := range map[string]bool{"yes": true, "no": false, "": true} {
		sdp := offered(t, "account.1.audio.srtpmode", "EnabledAndForced", "account.1.audio.cryptolifetime", value)
		eq(t, "a lifetime with "+value, strings.Contains(sdp, "|2^"), want)
	}
}

// mediaPort reads the port off an SDP.
func mediaPort(t *testing.T, sdp string) int {
	t.Helper()
	_, rest, _ := strings.Cut(sdp, "m=audio ")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func codRTCP(t *testing.T) {
	const mode = "account.1.rtcp.port.selection"
	for value, want := range map[string][3]bool{"Default": {false, false, false}, "Negotiated": {true, false, false}, "RTCPMux": {false, true, false}, "RTCPMuxOnly": {false, true, true}, "": {}} {
		sdp := offered(t, mode, value)
		named := strings.Contains(sdp, fmt.Sprintf("a=rtcp:%d\r\n", mediaPort(t, sdp)+1))
		eq(t, value, [3]bool{named, strings.Contains(sdp, "a=rtcp-mux\r\n"), strings.Contains(sdp, "a=rtcp-mux-only\r\n")}, want)
	}
	// where the reports go
	at := func(value, answer string) string {
		r := newRig(t)
		r.pbx.describe(answerSDP("m=audio 40000 RTP/AVP 0", answer))
		rtp, rtcp := r.ear(40000), r.ear(40001)
		r.set(mode, value).on().ready()
		r.call("200")
		time.Sleep(11 * time.Second)
		switch {
		case len(reports(rtp.within(0))) > 0:
			return "RTP's port"
		case len(reports(rtcp.within(0))) > 0:
			return "the next port"
		}
		return "nowhere"
	}
	eq(t, "reports by default", at("Default", "a=sendrecv"), "the next port")
	eq(t, "reports with mux", at("RTCPMux", "a=rtcp-mux"), "RTP's port")
	eq(t, "reports with mux that the other side has not", at("RTCPMux", "a=sendrecv"), "the next port")
}

// reports picks RTCP's reports out of packets.
func reports(list [][]byte) []byte {
	var out []byte
	for _, b := range list {
		if b[0]>>6 == 2 && (b[1] == 200 || b[1] == 201) {
			out = append(out, b[1])
		}
	}
	return out
}

func codKeepAlive(t *testing.T) {
	for value, want := range map[string]byte{"ReceiverReport": 201, "SenderReport": 200} {
		r := newRig(t)
		e := r.ear(40001)
		r.set("account.1.rtcp.keepalivemethod", value).on().ready()
		r.call("200")
		got := e.within(12 * time.Second)
		eq(t, value+"s in 12 s", string(reports(got)), string([]byte{want, want}))
		eq(t, "source description in "+value, strings.Contains(string(got[0]), "\x81\xca"), true)
	}
	for value, want := range map[string]bool{"RTPVersion1": true, "No": false} {
		r := newRig(t)
		e := r.ear(40000)
		r.set("account.1.rtp.keepalivemethod", value).on().ready()
		r.call("200")
		bad := false
		for _, b := range e.within(12 * time.Second) {
			bad = bad || b[0]>>6 == 1
		}
		eq(t, "RTP of version 1 with "+value, bad, want)
	}
}

func codSymmetric(t *testing.T) {
	for value, want := range map[string]bool{"yes": true, "no": false, "": false} {
		r := newRig(t)
		e := r.ear(40000)
		r.set("account.1.audio.symmetricrtp", value).on().ready()
		_, m := r.call("200")
		e.within(time.Second)
		from := netip.MustParseAddrPort(<-e.from)
		eq(t, "speech comes from the port of the SDP with "+value, int(from.Port()) == mediaPort(t, m.body), want)
	}
}

func codTimeout(t *testing.T) {
	// ended returns after how long without RTP the phone hangs up.
	ended := func(value string, speak bool) time.Duration {
		r := with(t, "account.1.rtp.timeout", value).ready()
		_, m := r.call("200")
		if speak { // for a minute
			port := mediaPort(t, m.body)
			for range 60 {
				b := binary.BigEndian.AppendUint64([]byte{0x80, 0, 0, 1}, 0)
				_, _ = r.pbx.udp.WriteTo(b, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(phoneAddr), uint16(port))))
				time.Sleep(time.Second)
			}
		}
		bye := r.pbx.within("BYE", 12*time.Minute)
		if bye == nil {
			return 0
		}
		return bye.at.Sub(m.at).Round(5 * time.Second)
	}
	eq(t, "with 30", ended("30", false), 30*time.Second)
	eq(t, "with 30 and a minute's speech", ended("30", true), 90*time.Second)
	eq(t, "with 600", ended("600", false), 600*time.Second)
	eq(t, "with 0", ended("0", false), time.Duration(0))
}
