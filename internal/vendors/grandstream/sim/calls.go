package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/phone"
)

// codecs are the words of "Preferred vocoder".
func codec(word string) (phone.Codec, bool) {
	c, ok := map[string]phone.Codec{
		"PCMU": phone.PCMU, "PCMA": phone.PCMA, "G.726-32": phone.G726, "G.723.1": phone.G723, "G.722": phone.G722,
		"G.729A/B": phone.G729, "iLBC": phone.ILBC, "OPUS": phone.Opus,
	}[word]
	return c, ok
}

// media reads the pages "Codec Settings" and "RTP Settings". Where no codec is
// set the phone offers G.711 alone (pessimistic: the guide tells no list).
func (a account) media() phone.Media {
	m := phone.Media{
		ByCaller: a.text("codec.negotiatepriority") == "Caller", OneCodec: a.yes("codec.usefirstmatch"),
		ILBCFrame: a.length("codec.ilbc.framesize", 30), ILBCType: a.number("codec.payloadtype.ilbc", 97),
		G726Type: a.number("codec.payloadtype.g72632", 127), OpusType: a.number("codec.payloadtype.opus", 123),
		EventType: a.number("codec.payloadtype.dtmf", 101), IETFPacking: a.text("codec.g723.32.packingmode") == "IETF",
		InAudio: a.yes("dtmf.sendinaudio"), InRTP: a.text("dtmf.sendinrtp") != "No", InSIP: a.yes("dtmf.sendinsip"),
		Red: a.yes("audio.fec.enable"), RedType: a.number("codec.payloadtype.red", 124), FECType: a.number("codec.payloadtype.fec.audio", 121),
		Silence: a.yes("audio.silencesuppression"), SlowG723: a.text("codec.g723rate") == "5.3kbpsEncodingRate", Frames: a.number("audio.voiceframepertx", 2),
		SRTP: pick(a.text("audio.srtpmode"), map[string]phone.SRTPMode{
			"EnabledButNotForced": phone.SRTPOffered, "EnabledAndForced": phone.SRTPForced, "Optional": phone.SRTPOptional}),
		AES128: a.text("audio.srtpkeylength") != "AES256 Bit", AES256: a.text("audio.srtpkeylength") != "AES128 Bit",
		Lifetime:     a.text("audio.cryptolifetime") != "No",
		RTCP:         pick(a.text("rtcp.port.selection"), map[string]phone.RTCPMode{"Negotiated": phone.RTCPNamed, "RTCPMux": phone.RTCPMux, "RTCPMuxOnly": phone.RTCPMuxOnly}),
		SenderReport: a.text("rtcp.keepalivemethod") == "SenderReport", BadVersion: a.text("rtp.keepalivemethod") == "RTPVersion1",
		Symmetric: a.yes("audio.symmetricrtp"), Timeout: a.seconds("rtp.timeout", 0),
	}
	for n := 1; n <= 8; n++ {
		if c, ok := codec(a.text("codec.choice." + strconv.Itoa(n))); ok && !slices.Contains(m.Codecs, c) {
			m.Codecs = append(m.Codecs, c)
		}
	}
	if m.Codecs == nil {
		m.Codecs = []phone.Codec{phone.PCMU, phone.PCMA}
	}
	return m
}

// length reads "30ms".
func (a account) length(name string, usual int) int {
	d, err := time.ParseDuration(a.text(name))
	if err != nil {
		return usual
	}
	return int(d / time.Millisecond)
}

// calls reads the page "Call Settings".
func (a account) calls() phone.Calls {
	return phone.Calls{
		SendKey:    map[string]string{"Pound": "#", "Star": "*"}[a.text("call.keyassend")],
		KeyTimeout: a.seconds("call.nokeyentrytimeout", 4), Anonymous: a.yes("call.sendanonymous"), RejectAnonymous: a.yes("call.rejectanonymouscall"),
		Waiting: a.choice("call.callwaiting"), OldHold: a.yes("call.rfc2543hold.enable"), RingTimeout: a.seconds("ring.timeout", 60),
		Answer: a.yes("call.autoanswer"), AnswerNumbers: list(a.text("call.autoanswernumber")), AlertInfo: a.text("intercom.customcallinfoforautoanswer"),
		AnswerByInfo: a.text("intercom.allowautoanswer") != "No", Barge: a.yes("intercom.allowbargingbycallinfo"),
		MuteIntercom: a.yes("intercom.muteonanswerintercom"), HangupTransfers: a.yes("call.transferonconferencehangup"),
		LocalCodes: a.text("featurecodes.callfeatures") != "No", Recover: a.yes("call.recoveryonblindtransfer"),
		TransferWait: a.seconds("call.blindtransfertimeout", 60), ReferContact: a.yes("call.refertousetargetcontact"),
		Dial: a.dial, Ring: a.ring,
	}
}

// list reads numbers that are parted by commas or semicolons.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
}

// dial runs a number through the dial plan, unless it comes from where the plan
// is passed by, and puts the prefix before it.
func (a account) dial(number string, from phone.Source) (string, bool) {
	word := map[phone.Source]string{
		phone.FromContact: "contact", phone.FromIncoming: "incoming", phone.FromOutgoing: "outgoing",
		phone.FromPage: "dialing", phone.FromKey: "Mpk", phone.FromAPI: "api",
	}[from]
	out, ok := number, true
	if !slices.Contains(list(a.text("call.dialplanbypass")), word) {
		out, ok = dialled(a.text("call.dialplan"), number)
	}
	if !ok {
		return "", false
	}
	return a.text("call.dialplanprefix") + out, true
}

// ring picks the tone: the first rule that fits the caller or the Alert-Info,
// else the account's own.
func (a account) ring(caller, alert string) string {
	tones := []string{"SystemRingtone", "Ring1", "Ring2", "Ring3", "Ring4", "Ring5", "Ring6", "Doorbell"}
	_, info, _ := strings.Cut(alert, "info=")
	info = strings.Trim(strings.TrimSpace(info), `"`)
	for n := 1; n <= 10; n++ {
		rule := a.text("ring.match." + strconv.Itoa(n) + ".callerid")
		if rule == "" {
			continue
		}
		_, fits := dialled(rule, caller)
		if fits || info != "" && info == rule && !a.yes("ring.ignoresipalertinfo") {
			if i := a.number("ring.match."+strconv.Itoa(n)+".ringtone", 0); i >= 0 && i < len(tones) {
				return tones[i]
			}
		}
	}
	if own := a.text("ring.ringtone"); own != "" {
		return own
	}
	return tones[0]
}
