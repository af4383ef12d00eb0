package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Speaker = (*Persona)(nil)

// set are a phone's settings, by their aliases in lower case: the families write
// the same names with capitals here and there.
type set map[string]string

// Voice reads telephony from the aliases. Phones that know P-values alone are
// not played on the telephone.
func (p *Persona) Voice(d phone.Device, s map[string]string) phone.Voice {
	if p.series.aliases == "" {
		return phone.Voice{}
	}
	low := set{}
	for k, v := range s {
		low[strings.ToLower(k)] = v
	}
	v := phone.Voice{
		RTPPort: low.number("network.rtp.local.port", 5004), RTPRange: low.number("network.rtp.local.portrange", 200),
		RandomPorts: low.yes("network.rtp.userandomport"), Ping: low.seconds("sip.keepaliveinterval", 20),
		STUN: low["network.stunserver"], NATAddress: low["sip.usernatip"], RegisterDelay: low.seconds("sip.delayregistration", 0),
		Notify: low.yes("ons.enable"), Actions: low.actions(),
		Preferred: map[string]int{"Account1": 1, "Account2": 2}[low["call.dial.preferredaccount"]],
		PlainHash: low["sip.escapeurl"] == "No", // the page's "Do not escape" is this one's opposite
		AutoDial:  low["call.dial.offhook.autodial.number"], AutoDialDelay: low.seconds("call.dial.offhook.autodial.delay", 0),
		OffHook: low.seconds("call.dial.offhook.timeout", 0), Redial: low.minutes("call.redial.expiration", 30),
		EarlyIncoming: low.yes("callfeatures.allowncomingcallbeforeringing"), CallWaiting: low["call.callwaiting.enable"] != "No",
		AnswerDelay: low.seconds("call.autoanswerdelay.value", 0), PageOverPage: low.yes("multicast.pagingpriorityactive"),
		PageChannel: low.number("multicast.channel", 0), Transfer: low["call.transfer.enable"] != "No",
		NotifyProof: low.yes("sip.notify.challenge"), HoldToTransfer: low["call.transfer.holdcall.enable"] != "No", DirectIP: low["call.ipcall.enable"] != "No",
	}
	v.PageBarge, _ = strconv.Atoi(strings.TrimPrefix(low["multicast.paginbarge"], "priority"))
	for n := 1; n <= 10; n++ {
		v.Pages = append(v.Pages, low["multicast.listening."+strconv.Itoa(n)+".address"])
	}
	for n := 1; n <= 16; n++ {
		a := account{low, "account." + strconv.Itoa(n) + "."}
		if a.s[a.at+"enable"] != "" {
			v.Lines = append(v.Lines, a.line(n, d))
		}
	}
	return v
}

// actions maps the addresses of the "Notification Events" page.
func (s set) actions() map[phone.Action]string {
	at := func(name string) string { return s["ons.actionurl."+name] }
	return map[phone.Action]string{
		phone.ActSetUp: at("setupcompleted"), phone.ActRegistered: at("registered"), phone.ActUnregistered: at("unregistered"), phone.ActFailed: at("registerfailed"),
		phone.ActBusy: at("idletobusy"), phone.ActIdle: at("busytoidle"), phone.ActProvisioned: at("autopfinish"), phone.ActMoved: at("ipchanged"),
		phone.ActOffHook: at("offhook"), phone.ActOnHook: at("onhook"), phone.ActIncoming: at("incomingcall"), phone.ActOutgoing: at("outgoingcall"),
		phone.ActMissed: at("missedcall"), phone.ActEstablished: at("establishedcall"), phone.ActTerminated: at("terminatedcall"), phone.ActAnswered: at("answernewincall"),
		phone.ActBlind: at("blindtransfer"), phone.ActAttended: at("attendedtransfer"), phone.ActTransferred: at("transferfinished"), phone.ActNotTransferred: at("transferfailed"),
		phone.ActHold: at("holdcall"), phone.ActUnhold: at("unholdcall"), phone.ActMute: at("mute"), phone.ActUnmute: at("unmute"),
	}
}

func (s set) yes(name string) bool { return s[name] == "Yes" }

func (s set) number(name string, usual int) int {
	n, err := strconv.Atoi(s[name])
	if err != nil {
		return usual
	}
	return n
}

func (s set) seconds(name string, usual int) time.Duration {
	return time.Duration(s.number(name, usual)) * time.Second
}

func (s set) minutes(name string, usual int) time.Duration {
	return time.Duration(s.number(name, usual)) * time.Minute
}

// account is one account's part of the settings.
type account struct {
	s  set
	at string
}

func (a account) text(name string) string { return a.s[a.at+name] }
func (a account) yes(name string) bool    { return a.s.yes(a.at + name) }
func (a account) number(name string, usual int) int {
	return a.s.number(a.at+name, usual)
}
func (a account) seconds(name string, usual int) time.Duration { return a.s.seconds(a.at+name, usual) }
func (a account) minutes(name string, usual int) time.Duration { return a.s.minutes(a.at+name, usual) }

// pick reads a word; one that is not in the list gives the zero value.
func pick[T any](value string, words map[string]T) T { return words[value] }

func (a account) choice(name string) phone.Choice {
	return pick(a.text(name), map[string]phone.Choice{"Yes": phone.Yes, "No": phone.No})
}

// present drops empty texts.
func present(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// line reads the account's pages "Basic Settings" and "SIP Settings".
func (a account) line(n int, d phone.Device) phone.Line {
	l := phone.Line{
		Index: n, Active: a.yes("enable"), Name: a.text("name"),
		Servers: present(a.text("sip.server.1.address"), a.text("sip.server.2.address")),
		Proxies: present(a.text("sip.outboundproxy.1.address"), a.text("sip.outboundproxy.2.address")),
		ProxyMode: pick(a.text("sip.outboundproxy.mode"), map[string]phone.ProxyMode{
			"Not In Route": phone.ProxyNotInRoute, "Always Sent To": phone.ProxyAlways}),
		User: a.text("sip.userid"), AuthUser: a.text("sip.subscriber.userid"), Password: a.text("sip.subscriber.password"), Display: a.text("sip.subscriber.name"),
		Tel:       pick(a.text("sip.teluri"), map[string]phone.TelMode{"UserIsPhone": phone.TelUserPhone, "Enabled": phone.TelURI}),
		VoiceMail: a.text("sip.voicemail.number"),
		DNS: pick(a.text("network.dnsmode"), map[string]phone.DNSMode{
			"SRV": phone.DNSService, "NaptrOrSrv": phone.DNSPointer, "UseConfiguredIP": phone.DNSFixed}),
		FixedIPs: present(a.text("network.primaryip"), a.text("network.backupip.1"), a.text("network.backupip.2")),
		Retries:  a.number("network.maxnumofretries", 0),
		Stay: pick(a.text("network.dnssrvfailovermode"), map[string]phone.Stay{
			"SavedOneUntilDNSTTL": phone.StayTTL, "SavedOneUntilNoResponse": phone.StayWhileAnswered,
			"SavedWhenFailback": phone.StayFailback, "SavedOneUntilFailbackTimeout": phone.StayFailback}),
		Failback: a.minutes("network.failbacktimer", 0), RegisterFirst: a.yes("network.dnssrvregisterbeforefailover"),
		STUN: a.text("network.nattraversal") == "STUN", Ping: a.text("network.nattraversal") == "Keep-Alive" || a.text("network.nattraversal") == "KeepAlive",
		Rport: a.yes("network.supportrport"), ProxyRequire: a.text("network.proxyrequire"),
		Register: a.text("sip.registration") != "No",
		Unregister: pick(a.text("sip.unregisteronreboot"), map[string]phone.Unregister{
			"All": phone.UnregisterAll, "Yes": phone.UnregisterAll, "Instance": phone.UnregisterOwn}),
		Expires: a.minutes("sip.registerexpiration", 60), SubscribeExpires: a.minutes("sip.subscribe.expiration", 60),
		Early: a.seconds("sip.registerbeforeexpiration", 0), Wait: a.seconds("sip.registrationfailureretrywaittime", 20),
		AuthFirst: a.yes("sip.header.authoninitialregister"), OptionsTries: a.number("sip.keepalive.maxlost", 3),
		WatchMail: a.yes("sip.subscribe.formwi"), WatchRegistration: a.yes("sip.subscribe.forregistration"),
		NotifyRoute: a.yes("sip.notify.route"),
		Session:     a.session(), Media: a.media(), Calls: a.calls(), Guard: a.guard(),
	}
	if a.yes("sip.keepalive.enable") {
		l.Options = a.seconds("sip.keepalive.interval", 30)
	}
	a.headers(&l, d)
	a.transport(&l)
	return l
}

// headers reads what the phone says of itself. The form of P-Access-Network-Info
// and the names of the two private headers are those of published captures.
func (a account) headers(l *phone.Line, d phone.Device) {
	l.Agent = "Grandstream " + d.Model + " " + d.Firmware
	if prefix := a.s["device.useragentprefix"]; prefix != "" {
		l.Agent = prefix + " " + l.Agent
	}
	l.Special = a.text("sip.specialfeature")
	l.Privacy, l.Identity = a.choice("sip.header.privacy"), a.choice("sip.header.ppi")
	if a.text("sip.header.xgrandstream") != "No" {
		l.PBXHeader = "X-Grandstream-PBX"
	}
	l.AccessInfo, l.EmergencyInfo = a.text("sip.header.pani") != "No", a.text("sip.header.pei") != "No"
	l.MACName = "MAC"
	l.MACHeader = pick(a.text("sip.header.macheader"), map[string]phone.Scope{"Register Only": phone.InRegister, "Yes To All Sip": phone.InAll})
	l.MACAgent = pick(a.text("sip.header.mac"), map[string]phone.Scope{"Yes Except Register": phone.InAllButRegister, "Yes To All Sip": phone.InAll})
	l.Instance, l.Reliable = a.text("sip.supportinstanceid") != "No", a.yes("sip.header.100rel")
}

// transport reads what SIP travels in, what is listened to and how long is waited.
func (a account) transport(l *phone.Line) {
	l.Transport = pick(a.text("sip.transport"), map[string]phone.Transport{"TCP": phone.TCP, "Tls Or Tcp": phone.TLS, "TlsOrTcp": phone.TLS})
	if l.Transport == "" {
		l.Transport = phone.UDP
	}
	mode, udp := a.text("sip.listeningmode"), l.Transport == phone.UDP
	both := mode != "" && mode != "Transport_Only"
	l.AlsoUDP = both && !udp
	l.AlsoTLS = mode == "Dual_Secured" && udp
	l.AlsoTCP = both && udp && !l.AlsoTLS
	l.LampsByTCP = mode == "Dual_BLF_Enforced"
	l.KeepTCP = a.yes("sip.enabletcpkeepalive")
	l.Port = a.number("sip.localport", 0)
	l.SIPS, l.Ephemeral = a.text("sip.urischemewhenusingtls") != "sip", a.yes("sip.useactualephemeralportincontactwithtcptls")
	word := func(name string, usual time.Duration) time.Duration {
		d, err := time.ParseDuration(strings.TrimSuffix(a.text(name), "ec")) // "0.5sec"
		if err != nil {
			return usual
		}
		return d
	}
	l.T1, l.T2 = word("sip.timer.t1", 500*time.Millisecond), word("sip.timer.t2", 4*time.Second)
}

func (a account) session() phone.SessionTimer {
	return phone.SessionTimer{
		On: a.yes("sip.sessiontimer.enable"), Expires: a.seconds("sip.sessiontimer.expiration", 180), Min: a.seconds("sip.minimumse", 90),
		Caller: a.yes("sip.sessiontimer.requesttimer.caller"), Callee: a.yes("sip.sessiontimer.requesttimer.callee"), Force: a.yes("sip.sessiontimer.force"),
		AsCaller: map[string]string{"UAC": "uac", "UAS": "uas", "Omit": ""}[a.text("sip.sessiontimer.refresher.uacspecify")],
		AsCallee: map[string]string{"1": "uac", "2": "uas", "": "uac"}[a.text("sip.sessiontimer.refresher.uasspecify")],
		ByInvite: a.yes("sip.sessiontimer.forceinvite"),
	}
}

func (a account) guard() phone.Guard {
	return phone.Guard{
		CheckName: a.yes("sip.validate.domaincertificates"), CheckChain: a.yes("sip.validate.certificationchain"),
		CheckMessages: a.yes("sip.validate.incomingmessage"),
		Refer: pick(a.text("sip.allowunsolicitedrefer"), map[string]phone.ReferMode{
			"Enabled": phone.ReferObeyed, "EnabledOrForceAuth": phone.ReferProved}),
		ServerOnly: a.yes("sip.validate.incomingserver"), UserOnly: a.yes("sip.validate.useridforinvite"),
		Challenge: a.yes("sip.authenticateincominginvite"), Reset: a.yes("sip.allowsipreset"), MusicURI: a.text("sip.musiconholduri"),
	}
}
