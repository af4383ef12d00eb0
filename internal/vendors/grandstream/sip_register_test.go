package grandstream_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

func sipRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-SIP-001": sipRegistration, "GH-SIP-002": sipUnregister, "GH-SIP-003": sipExpires, "GH-SIP-004": sipSubscribeExpires,
		"GH-SIP-005": sipEarly, "GH-SIP-006": sipRetryWait, "GH-SIP-007": sipAuthFirst, "GH-SIP-008": sipOptions, "GH-SIP-009": sipMWI,
		"GH-SIP-010": sipReg, "GH-SIP-013": sipMACHeader, "GH-SIP-014": sipMACAgent, "GH-SIP-015": sipTransport,
		"GH-SIP-017": sipListening, "GH-SIP-018": sipPort, "GH-SIP-019": sipScheme, "GH-SIP-020": sipEphemeral, "GH-SIP-021": sipInstance,
		"GH-SIP-022": sipTimers, "GH-SIP-023": sipProxyMode, "GH-SIP-025": sipRouteSet,
	}
}

func sipRegistration(t *testing.T) {
	with(t, "account.1.sip.registration", "yes").pbx.next("REGISTER")
	with(t).pbx.next("REGISTER") // the default
	r := with(t, "account.1.sip.registration", "no")
	r.pbx.none("REGISTER", 2*time.Hour)
	_, m := r.call("200") // it calls all the same
	has(t, "INVITE", m.start, "sip:200@pbx.example.org")
}

func sipUnregister(t *testing.T) {
	for value, want := range map[string]string{"No": "", "All": "*", "Instance": ";expires=0"} {
		r := with(t, "account.1.sip.unregisteronreboot", value).ready()
		time.Sleep(time.Minute)
		synctest.Wait()
		r.pbx.forget("REGISTER")
		r.phone.Reboot()
		m := r.pbx.next("REGISTER")
		switch want {
		case "":
			eq(t, "Expires of the first REGISTER with No", m.h("Expires"), "3600")
		case "*":
			eq(t, "Contact of the first REGISTER with All", m.h("Contact"), "*")
			eq(t, "its Expires", m.h("Expires"), "0")
		default:
			has(t, "Contact of the first REGISTER with Instance", m.h("Contact"), "sip:101@"+phoneAddr)
			has(t, "Contact of the first REGISTER with Instance", m.h("Contact"), want)
		}
		if want != "" {
			eq(t, "Expires of the second", r.pbx.next("REGISTER").h("Expires"), "3600")
		}
	}
}

// gap returns how long after the first the second request of a method comes.
func (r *rig) gap(method string) time.Duration {
	r.t.Helper()
	first := r.pbx.next(method)
	return r.pbx.next(method).at.Sub(first.at).Round(100 * time.Millisecond)
}

func sipExpires(t *testing.T) {
	for minutes, want := range map[string]time.Duration{"1": time.Minute, "45": 45 * time.Minute} {
		r := with(t, "account.1.sip.registerexpiration", minutes)
		eq(t, "refreshed after", r.gap("REGISTER"), want)
		eq(t, "Expires", r.pbx.first().h("Expires"), int(want/time.Second))
	}
	long := with(t, "account.1.sip.registerexpiration", "64800")
	eq(t, "the longest", long.pbx.next("REGISTER").h("Expires"), 64800*60)
	r := newRig(t)
	b := base()
	delete(b, "account.1.sip.registerexpiration")
	*r.file = rendered(t, b)
	eq(t, "the default", r.on().pbx.next("REGISTER").h("Expires"), "3600")
}

func sipSubscribeExpires(t *testing.T) {
	for minutes, want := range map[string]time.Duration{"5": 5 * time.Minute, "60": time.Hour} {
		r := with(t, "account.1.sip.subscribe.formwi", "yes", "account.1.sip.subscribe.expiration", minutes)
		eq(t, "refreshed after", r.gap("SUBSCRIBE"), want)
		for _, m := range r.pbx.all() {
			if m.method == "SUBSCRIBE" {
				eq(t, "Expires", m.h("Expires"), int(want/time.Second))
			}
		}
	}
}

func sipEarly(t *testing.T) {
	eq(t, "refreshed after", with(t, "account.1.sip.registerexpiration", "10", "account.1.sip.registerbeforeexpiration", "90").gap("REGISTER"), 8*time.Minute+30*time.Second)
	eq(t, "refreshed by default after", with(t, "account.1.sip.registerexpiration", "10").gap("REGISTER"), 10*time.Minute)
}

func sipRetryWait(t *testing.T) {
	for seconds, want := range map[string]time.Duration{"7": 7 * time.Second, "300": 5 * time.Minute, "": 20 * time.Second} {
		r := newRig(t)
		r.pbx.on("REGISTER", refuse(403))
		eq(t, "tried again after", r.set("account.1.sip.registrationfailureretrywaittime", seconds).on().gap("REGISTER"), want)
	}
}

func sipAuthFirst(t *testing.T) {
	m := with(t, "account.1.sip.header.authoninitialregister", "yes").pbx.next("REGISTER")
	has(t, "Authorization", m.h("Authorization"), `Digest username="auth101", realm="pbx.example.org"`)
	has(t, "Authorization", m.h("Authorization"), `response=""`)
	eq(t, "Authorization by default", with(t).pbx.next("REGISTER").h("Authorization"), "")
}

func sipOptions(t *testing.T) {
	for _, row := range []struct{ interval, lost int }{{30, 3}, {20, 5}} {
		r := with(t, "account.1.sip.keepalive.enable", "yes", "account.1.sip.keepalive.interval", fmt.Sprint(row.interval), "account.1.sip.keepalive.maxlost", fmt.Sprint(row.lost)).ready()
		every := time.Duration(row.interval) * time.Second
		eq(t, "OPTIONS every", r.gap("OPTIONS"), every)
		last := r.pbx.next("OPTIONS").at
		r.pbx.on("OPTIONS", silent)
		again := r.pbx.next("REGISTER").at.Sub(last)
		if most := time.Duration(row.lost+1)*every + 5*time.Second; again < time.Duration(row.lost)*every || again > most {
			t.Errorf("registered anew %v after the last answer, want after %d are lost", again, row.lost)
		}
		eq(t, "OPTIONS in all", r.pbx.count("OPTIONS"), 3+row.lost)
	}
	off := with(t, "account.1.sip.keepalive.enable", "no", "account.1.sip.keepalive.interval", "30").ready()
	off.pbx.none("OPTIONS", time.Hour-time.Second)
}

func sipMWI(t *testing.T) {
	r := with(t, "account.1.sip.subscribe.formwi", "yes")
	m := r.pbx.next("SUBSCRIBE")
	eq(t, "Event", m.h("Event"), "message-summary")
	res := r.pbx.send(r.pbx.request("NOTIFY", m.h("Call-ID"), 1, "Messages-Waiting: yes\r\nVoice-Message: 2/0\r\n", "Event: message-summary", "Subscription-State: active"))
	eq(t, "answer to the NOTIFY", res.code, 200)
	has(t, "what the phone shows", r.phone.Lines()[0].Mail, "Voice-Message: 2/0")
	with(t).pbx.none("SUBSCRIBE", time.Hour)
}

func sipReg(t *testing.T) {
	eq(t, "Event", with(t, "account.1.sip.subscribe.forregistration", "yes").pbx.next("SUBSCRIBE").h("Event"), "reg")
	with(t, "account.1.sip.subscribe.forregistration", "no").pbx.none("SUBSCRIBE", time.Hour)
}

// both returns a REGISTER and an INVITE of a phone.
func both(t *testing.T, pairs ...string) (register, invite *message) {
	t.Helper()
	r := with(t, pairs...)
	register = r.pbx.next("REGISTER")
	synctest.Wait()
	_, invite = r.call("200")
	return register, invite
}

func sipMACHeader(t *testing.T) {
	mac := strings.ToUpper(macA.Colons())
	for value, want := range map[string][2]string{"No": {"", ""}, "Register Only": {mac, ""}, "Yes To All Sip": {mac, mac}} {
		register, invite := both(t, "account.1.sip.header.macheader", value)
		eq(t, value, [2]string{register.h("MAC"), invite.h("MAC")}, want)
	}
	register, invite := both(t)
	eq(t, "the default", register.h("MAC")+invite.h("MAC"), "")
}

func sipMACAgent(t *testing.T) {
	for value, want := range map[string][2]bool{"No": {false, false}, "Yes Except Register": {false, true}, "Yes To All Sip": {true, true}} {
		register, invite := both(t, "account.1.sip.header.mac", value)
		eq(t, value, [2]bool{strings.Contains(register.h("User-Agent"), macA.String()), strings.Contains(invite.h("User-Agent"), macA.String())}, want)
		has(t, "User-Agent", register.h("User-Agent"), "Grandstream GHP621W 1.0.1.54")
	}
}

// streams lets the PBX take TCP and TLS; what it is called is in its certificate.
func (r *rig) streams() *rig {
	r.t.Helper()
	cert, roots := certify(r.t, "pbx.example.org", false)
	r.pbx.listen(pbxAddr+":5060", nil)
	r.pbx.listen(pbxAddr+":5061", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	own, _ := certify(r.t, phoneAddr, false)
	r.tls = &tls.Config{RootCAs: pool(roots), Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	return r
}

func sipTransport(t *testing.T) {
	for value, want := range map[string]string{"UDP": "udp SIP/2.0/UDP", "TCP": "tcp SIP/2.0/TCP", "Tls Or Tcp": "tls SIP/2.0/TLS"} {
		m := newRig(t).streams().set("account.1.sip.transport", value).on().pbx.next("REGISTER")
		via, _, _ := strings.Cut(m.h("Via"), " ")
		eq(t, value, m.by+" "+via, want)
	}
	eq(t, "the default", newRig(t).streams().set().on().pbx.next("REGISTER").by, "udp")
}

// reach asks the phone by OPTIONS over each transport, and tells which answered.
func (r *rig) reach(port string) string {
	r.t.Helper()
	out := ""
	ask := strings.Replace(r.pbx.request("OPTIONS", "reach"+port, 1, ""), "/UDP", "/TCP", 1)
	r.pbx.forget("answer")
	r.pbx.write(r.pbx.request("OPTIONS", "reach", 1, ""))
	if m := r.pbx.within("answer", time.Second); m != nil && m.code == 200 && m.by == "udp" {
		out += "udp "
	}
	for _, secure := range []bool{false, true} {
		c, err := r.pbx.net.Dial(r.t.Context(), "tcp", phoneAddr+":"+port)
		if err != nil {
			continue
		}
		name := "tcp "
		if secure {
			name, c = "tls ", tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		}
		_ = c.SetDeadline(time.Now().Add(2 * time.Second))
		if _, err := c.Write([]byte(ask)); err == nil {
			buf := make([]byte, 2000)
			if n, err := c.Read(buf); err == nil && strings.HasPrefix(string(buf[:n]), "SIP/2.0 200") {
				out += name
			}
		}
		_ = c.Close()
	}
	return strings.TrimSpace(out)
}

func sipListening(t *testing.T) {
	for _, row := range []struct{ transport, mode, want string }{
		{"UDP", "Transport_Only", "udp"}, {"UDP", "Dual", "udp tcp"}, {"UDP", "Dual_Secured", "udp tls"}, {"UDP", "Dual_BLF_Enforced", "udp tcp"},
		{"TCP", "Transport_Only", "tcp"}, {"TCP", "Dual", "udp tcp"}, {"Tls Or Tcp", "Transport_Only", "tls"}, {"Tls Or Tcp", "Dual", "udp tls"}, {"UDP", "", "udp"},
	} {
		r := newRig(t).streams().set("account.1.sip.transport", row.transport, "account.1.sip.listeningmode", row.mode).on().ready()
		eq(t, row.transport+", "+row.mode, r.reach("5060"), row.want)
	}
	m := with(t, "account.1.sip.listeningmode", "Dual_BLF_Enforced", "account.1.sip.subscribe.formwi", "yes").pbx.next("SUBSCRIBE")
	has(t, "Contact of a subscription", m.h("Contact"), ";transport=tcp")
	m = with(t, "account.1.sip.subscribe.formwi", "yes").pbx.next("SUBSCRIBE")
	lacks(t, "Contact of a subscription", m.h("Contact"), "transport")
}

func sipPort(t *testing.T) {
	m := with(t, "account.1.sip.localport", "5099").pbx.next("REGISTER")
	eq(t, "comes from", m.from, phoneAddr+":5099")
	has(t, "Contact", m.h("Contact"), phoneAddr+":5099")
	has(t, "Via", m.h("Via"), phoneAddr+":5099")
	eq(t, "comes by default from", with(t).pbx.next("REGISTER").from, phoneAddr+":5060")
}

func sipScheme(t *testing.T) {
	for value, want := range map[string]string{"sips": "sips:", "sip": "sip:", "": "sips:"} {
		m := newRig(t).streams().set("account.1.sip.transport", "Tls Or Tcp", "account.1.sip.urischemewhenusingtls", value).on().pbx.next("REGISTER")
		has(t, value+": request", m.start, "REGISTER "+want+"pbx.example.org ")
		has(t, value+": Contact", m.h("Contact"), "<"+want+"101@")
		has(t, value+": To", m.h("To"), "<"+want+"101@")
	}
	m := with(t, "account.1.sip.urischemewhenusingtls", "sips").pbx.next("REGISTER")
	has(t, "without TLS", m.start, "REGISTER sip:")
}

func sipEphemeral(t *testing.T) {
	for value, want := range map[string]bool{"yes": true, "no": false, "": false} {
		for _, by := range []string{"TCP", "Tls Or Tcp"} {
			m := newRig(t).streams().set("account.1.sip.transport", by, "account.1.sip.useactualephemeralportincontactwithtcptls", value).on().pbx.next("REGISTER")
			eq(t, by+", the connection's own port in Contact with "+value, strings.Contains(m.h("Contact"), "@"+m.from), want)
			eq(t, by+", the listening port in Contact with "+value, strings.Contains(m.h("Contact"), phoneAddr+":5060"), !want)
		}
	}
}

func sipInstance(t *testing.T) {
	want := `+sip.instance="<urn:uuid:00000000-0000-1000-8000-` + strings.ToUpper(macA.String()) + `>"`
	has(t, "Contact by default", with(t).pbx.next("REGISTER").h("Contact"), want)
	has(t, "Contact with Yes", with(t, "account.1.sip.supportinstanceid", "yes").pbx.next("REGISTER").h("Contact"), want)
	lacks(t, "Contact with No", with(t, "account.1.sip.supportinstanceid", "no").pbx.next("REGISTER").h("Contact"), "instance")
}

func sipTimers(t *testing.T) {
	// gaps between the repetitions of a REGISTER that nobody answers
	gaps := func(pairs ...string) string {
		r := newRig(t)
		r.pbx.on("REGISTER", silent)
		r.set(append(pairs, "account.1.network.maxnumofretries", "6")...).on()
		out, last := "", r.pbx.next("REGISTER").at
		for range 6 {
			m := r.pbx.next("REGISTER")
			out += fmt.Sprintf("%.1f ", m.at.Sub(last).Seconds())
			last = m.at
		}
		return out
	}
	eq(t, "the default", gaps(), "0.5 1.0 2.0 4.0 4.0 4.0 ")
	eq(t, "T1 1 s, T2 2 s", gaps("account.1.sip.timer.t1", "1sec", "account.1.sip.timer.t2", "2sec"), "1.0 2.0 2.0 2.0 2.0 2.0 ")
	eq(t, "T1 2 s, T2 8 s", gaps("account.1.sip.timer.t1", "2sec", "account.1.sip.timer.t2", "8sec"), "2.0 4.0 8.0 8.0 8.0 8.0 ")
}

func sipProxyMode(t *testing.T) {
	for value, want := range map[string][2]string{"In Route": {"<sip:spare.example.org;lr>", "peer"}, "Not In Route": {"", "peer"}, "Always Sent To": {"", "proxy"}} {
		r := newRig(t)
		proxy := newPeer(t, r.net, spareAddr+":5060")
		proxy.on("INVITE", func(m *message) string {
			return m.reply(200, proxy.description(), "Contact: <sip:200@"+pbxAddr+":5060>")
		})
		r.set("account.1.sip.outboundproxy.1.address", "spare.example.org", "account.1.sip.outboundproxy.mode", value).on()
		m := proxy.next("REGISTER")
		eq(t, value+": Route of a REGISTER", m.h("Route"), want[0])
		synctest.Wait()
		id, err := r.phone.Call(phone.Order{Number: "200"})
		if err != nil {
			t.Fatal(err)
		}
		eq(t, value+": Route of an INVITE", proxy.next("INVITE").h("Route"), want[0])
		synctest.Wait()
		_ = r.phone.HangUp(id)
		at := "nowhere"
		if proxy.within("BYE", time.Second) != nil {
			at = "proxy"
		} else if r.pbx.within("BYE", time.Second) != nil {
			at = "peer"
		}
		eq(t, value+": BYE goes to", at, want[1])
	}
}

func sipRouteSet(t *testing.T) {
	for value, want := range map[string]string{"yes": "sip:notifier@" + pbxAddr + ":5060", "no": "sip:watcher@" + pbxAddr + ":5060"} {
		r := with(t, "account.1.sip.subscribe.formwi", "yes", "account.1.sip.subscribe.expiration", "10", "account.1.sip.notify.route", value)
		m := r.pbx.next("SUBSCRIBE")
		has(t, "the first", m.start, "sip:101@pbx.example.org")
		synctest.Wait()
		r.pbx.send(r.pbx.request("NOTIFY", m.h("Call-ID"), 1, "Messages-Waiting: no\r\n", "Event: message-summary", "Contact: <sip:notifier@"+pbxAddr+":5060>"))
		eq(t, "the refresh with "+value, strings.Fields(r.pbx.next("SUBSCRIBE").start)[1], want)
	}
}
