package grandstream_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

func accRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-ACC-001": accActive, "GH-ACC-002": accName, "GH-ACC-003": accServers, "GH-ACC-004": accProxies, "GH-ACC-005": accCredentials,
		"GH-ACC-006": accTel, "GH-ACC-007": accVoiceMail, "GH-ACC-008": accFailback, "GH-ACC-009": accDNS, "GH-ACC-010": accRetries,
		"GH-ACC-011": accStay, "GH-ACC-012": accRegisterFirst, "GH-ACC-013": accNAT, "GH-ACC-014": accRport, "GH-ACC-015": accProxyRequire,
	}
}

func accActive(t *testing.T) {
	m := with(t, "account.2.enable", "no", "account.2.sip.server.1.address", "pbx.example.org", "account.2.sip.userid", "102").pbx.next("REGISTER")
	has(t, "To", m.h("To"), "sip:101@pbx.example.org")
	with(t, "account.1.enable", "no").pbx.none("REGISTER", time.Hour)
	r := with(t, "account.1.enable", "no", "account.2.enable", "yes", "account.2.sip.server.1.address", "pbx.example.org", "account.2.sip.userid", "102")
	has(t, "To", r.pbx.next("REGISTER").h("To"), "sip:102@pbx.example.org")
	unset := newRig(t)
	*unset.file = rendered(t, map[string]string{"account.1.sip.server.1.address": "pbx.example.org", "account.1.sip.userid": "101"})
	unset.on().pbx.none("REGISTER", time.Hour) // No is the default
}

// The account's name is for the screen: nobody on the wire sees it.
func accName(t *testing.T) {
	kept(t, "account.1.name", "Front desk")
	r := with(t, "account.1.name", "Front desk")
	lacks(t, "REGISTER", r.pbx.next("REGISTER").text(), "Front desk")
	synctest.Wait()
	eq(t, "the screen", fmt.Sprint(r.phone.Lines()), "[{1 Front desk 101 true "+pbxAddr+":5060 }]")
	eq(t, "the screen without a name", with(t).ready().phone.Lines()[0].Name, "101")
}

func accServers(t *testing.T) {
	r := newRig(t)
	spare := newPeer(t, r.net, spareAddr+":5060")
	r.set("account.1.sip.server.2.address", "spare.example.org").on()
	r.pbx.next("REGISTER")
	spare.none("REGISTER", 50*time.Minute) // while the first answers
	r.pbx.on("REGISTER", silent)
	m := spare.next("REGISTER")
	has(t, "the spare's REGISTER", m.start, "sip:spare.example.org")
	synctest.Wait()
	_, err := r.phone.Call(phone.Order{Number: "200"})
	if err != nil {
		t.Fatal(err)
	}
	has(t, "the spare's INVITE", spare.next("INVITE").start, "sip:200@spare.example.org")

	alone := newRig(t)
	other := newPeer(t, alone.net, spareAddr+":5070")
	alone.set("account.1.sip.server.1.address", "spare.example.org:5070").on()
	other.next("REGISTER") // the port counts
	if alone.pbx.count("REGISTER") > 0 {
		t.Error("another server was asked")
	}
}

func accProxies(t *testing.T) {
	r := newRig(t)
	proxy, second := newPeer(t, r.net, spareAddr+":5060"), newPeer(t, r.net, "192.0.2.30:5066")
	r.set("account.1.sip.outboundproxy.1.address", "spare.example.org", "account.1.sip.outboundproxy.2.address", "192.0.2.30:5066").on()
	m := proxy.next("REGISTER")
	has(t, "REGISTER", m.start, "sip:pbx.example.org ") // for the registrar, by way of the proxy
	second.none("REGISTER", 50*time.Minute)
	proxy.on("REGISTER", silent)
	has(t, "REGISTER", second.next("REGISTER").start, "sip:pbx.example.org ")
	if r.pbx.count("REGISTER") > 0 {
		t.Error("the server was asked past the proxy")
	}
}

// challenge asks for credentials.
func challenge(code int, header, answer string) func(*message) string {
	return func(m *message) string {
		if m.h(answer) == "" {
			return m.reply(code, "", header+`: Digest realm="pbx.example.org", nonce="n1", algorithm=MD5, qop="auth"`)
		}
		return m.reply(200, "", "Contact: "+m.h("Contact"), "Expires: "+m.h("Expires"))
	}
}

func accCredentials(t *testing.T) {
	r := newRig(t)
	r.pbx.on("REGISTER", challenge(401, "WWW-Authenticate", "Authorization"))
	r.set().on()
	first, second := r.pbx.next("REGISTER"), r.pbx.next("REGISTER")
	said := second.h("Authorization")
	eq(t, "the first Authorization", first.h("Authorization"), "")
	has(t, "From", second.h("From"), `"Anna" <sip:101@pbx.example.org>`)
	has(t, "credentials", said, `username="auth101"`)
	eq(t, "response", quoted(said, "response"), proof("auth101", "secret", "REGISTER", said))
	synctest.Wait()
	eq(t, "the status report", strings.Contains(strings.Join(values(r.phone.Settings()), " "), "secret"), true) // it keeps it, and shows it to nobody:
	lacks(t, "what was sent", first.text()+second.text(), "secret")

	r = newRig(t)
	r.pbx.on("REGISTER", challenge(401, "WWW-Authenticate", "Authorization"))
	r.set("account.1.sip.subscriber.userid", "", "account.1.sip.subscriber.name", "", "account.1.sip.subscriber.password", "other").on()
	r.pbx.next("REGISTER")
	m := r.pbx.next("REGISTER")
	said = m.h("Authorization")
	has(t, "From without a name", m.h("From"), `<sip:101@pbx.example.org>`)
	lacks(t, "From without a name", m.h("From"), `"`)
	has(t, "credentials by the user ID", said, `username="101"`)
	eq(t, "response", quoted(said, "response"), proof("101", "other", "REGISTER", said))
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func accTel(t *testing.T) {
	for value, want := range map[string]string{
		"Disabled": "INVITE sip:200@pbx.example.org SIP/2.0", "UserIsPhone": "INVITE sip:200@pbx.example.org;user=phone SIP/2.0", "Enabled": "INVITE tel:200 SIP/2.0",
	} {
		_, m := with(t, "account.1.sip.teluri", value).ready().call("200")
		eq(t, value, m.start, want)
		has(t, "To", m.h("To"), strings.TrimSuffix(strings.TrimPrefix(want, "INVITE "), " SIP/2.0"))
	}
}

func accVoiceMail(t *testing.T) {
	r := with(t, "account.1.sip.voicemail.number", "*97").ready()
	if _, err := r.phone.MessageKey(1); err != nil {
		t.Fatal(err)
	}
	has(t, "INVITE", r.pbx.next("INVITE").start, "sip:*97@pbx.example.org")
	if _, err := with(t).ready().phone.MessageKey(1); err == nil {
		t.Error("the message key dials without a number")
	}
}

func accFailback(t *testing.T) {
	back := func(minutes string) time.Duration {
		r := newRig(t)
		spare := newPeer(t, r.net, spareAddr+":5060")
		r.pbx.on("REGISTER", silent)
		r.set("account.1.sip.server.2.address", "spare.example.org", "account.1.network.failbacktimer", minutes).on()
		moved := spare.next("REGISTER").at
		r.pbx.on("REGISTER", r.pbx.usual)
		r.pbx.forget("REGISTER")
		return r.pbx.next("REGISTER").at.Sub(moved).Round(time.Minute)
	}
	eq(t, "back at the first server after", back("10"), 10*time.Minute)
	eq(t, "back at the first server after", back("25"), 25*time.Minute)
}

func accDNS(t *testing.T) {
	at := func(mode string) (string, []string) {
		r := newRig(t)
		ports := map[string]*peer{"A": r.pbx, "SRV": newPeer(t, r.net, pbxAddr+":5082"), "NAPTR": newPeer(t, r.net, pbxAddr+":5084")}
		r.dns.srv["_sip._udp.pbx.example.org"] = []phone.Service{{Host: "pbx.example.org", Port: 5082}}
		r.dns.srv["_sip._udp.naptr.example.org"] = []phone.Service{{Host: "pbx.example.org", Port: 5084}}
		r.dns.naptr["pbx.example.org"] = []string{"_sip._udp.naptr.example.org"}
		r.set("account.1.network.dnsmode", mode).on()
		for name, p := range ports {
			if p.within("REGISTER", time.Minute) != nil {
				return name, r.dns.questions()
			}
		}
		return "nowhere", r.dns.questions()
	}
	for mode, want := range map[string]string{"ARecord": "A", "SRV": "SRV", "NaptrOrSrv": "NAPTR"} {
		got, asked := at(mode)
		eq(t, mode+" leads to", got, want)
		if mode == "ARecord" {
			lacks(t, "what an A record needs", strings.Join(asked, " "), "SRV")
		}
	}
	// Configured addresses: the guide tells of them, but no name by which a file
	// could set them on this family, so they are typed in on the phone.
	r := newRig(t)
	second := newPeer(t, r.net, spareAddr+":5060")
	r.set("account.1.network.dnsmode", "UseConfiguredIP").on()
	r.pbx.none("REGISTER", 30*time.Second)
	r.phone.Set("account.1.network.primaryip", "192.0.2.99")
	r.phone.Set("account.1.network.backupip.1", spareAddr)
	r.phone.Provision()
	second.next("REGISTER")
}

func accRetries(t *testing.T) {
	for value, want := range map[string]int{"1": 2, "4": 5} {
		r := newRig(t)
		spare := newPeer(t, r.net, spareAddr+":5060")
		r.pbx.on("REGISTER", silent)
		r.set("account.1.network.maxnumofretries", value, "account.1.sip.server.2.address", "spare.example.org").on()
		spare.next("REGISTER")
		eq(t, "requests to the first server with "+value+" retries", r.pbx.count("REGISTER"), want)
	}
}

// srvPair is a domain whose two servers are found by SRV.
func srvPair(t *testing.T, pairs ...string) (*rig, *peer) {
	t.Helper()
	r := newRig(t)
	spare := newPeer(t, r.net, spareAddr+":5060")
	r.dns.srv["_sip._udp.pbx.example.org"] = []phone.Service{{Host: "pbx.example.org", Port: 5060}, {Host: "spare.example.org", Port: 5060}}
	r.dns.ttl = 30 * time.Minute
	r.pbx.on("REGISTER", silent)
	r.set(append([]string{"account.1.network.dnsmode", "SRV", "account.1.network.maxnumofretries", "1", "account.1.sip.registerexpiration", "10"}, pairs...)...)
	return r.on(), spare
}

func accStay(t *testing.T) {
	// first returns which server is asked first at each refresh after the phone
	// has fallen back, while the first server works again.
	first := func(mode string, refreshes int, spareDies bool) string {
		r, spare := srvPair(t, "account.1.network.dnssrvfailovermode", mode, "account.1.network.failbacktimer", "25")
		spare.next("REGISTER")
		synctest.Wait()
		r.pbx.on("REGISTER", r.pbx.usual)
		if spareDies {
			spare.on("REGISTER", silent)
		}
		out := ""
		time.Sleep(3 * time.Second) // for what asks two servers
		for range refreshes {
			before := r.pbx.count("REGISTER")
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if r.pbx.count("REGISTER") > before {
				out += "1"
			} else {
				out += "2"
			}
		}
		return out
	}
	eq(t, "Default", first("Default", 3, false), "111")
	eq(t, "SavedOneUntilDNSTTL, of 30 minutes", first("SavedOneUntilDNSTTL", 4, false), "2211")
	eq(t, "SavedOneUntilNoResponse", first("SavedOneUntilNoResponse", 4, false), "2222")
	eq(t, "SavedOneUntilNoResponse, and it does not answer", first("SavedOneUntilNoResponse", 2, true), "11")
	eq(t, "SavedWhenFailback, of 25 minutes", first("SavedWhenFailback", 4, false), "2211")
}

func accRegisterFirst(t *testing.T) {
	for value, want := range map[string]int{"yes": 1, "no": 0} {
		r := newRig(t)
		spare := newPeer(t, r.net, spareAddr+":5060")
		r.dns.srv["_sip._udp.pbx.example.org"] = []phone.Service{{Host: "pbx.example.org", Port: 5060}, {Host: "spare.example.org", Port: 5060}}
		r.set("account.1.network.dnsmode", "SRV", "account.1.network.maxnumofretries", "1", "account.1.network.dnssrvregisterbeforefailover", value).on().ready()
		r.pbx.on("INVITE", silent)
		if _, err := r.phone.Call(phone.Order{Number: "200"}); err != nil {
			t.Fatal(err)
		}
		spare.next("INVITE")
		eq(t, "REGISTERs at the spare before its INVITE with "+value, spare.count("REGISTER"), want)
	}
}

func accNAT(t *testing.T) {
	r := newRig(t)
	stun, err := r.net.Host(netip.MustParseAddr("192.0.2.40")).(packets).ListenPacket(t.Context(), "udp", "192.0.2.40:3478")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { stun.Close(); <-done })
	asked := make(chan struct{}, 10)
	go func() { // a STUN server by hand, RFC 5389 §15.2
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := stun.ReadFrom(buf)
			if err != nil {
				return
			}
			asked <- struct{}{}
			out := append([]byte{1, 1, 0, 12}, buf[4:n]...)
			out = append(out, 0, 0x20, 0, 8, 0, 1)
			out = binary.BigEndian.AppendUint16(out, 54321^0x2112)
			out = binary.BigEndian.AppendUint32(out, 0xcb007105^0x2112a442) // 203.0.113.5
			_, _ = stun.WriteTo(out, from)
		}
	}()
	r.set("account.1.network.nattraversal", "STUN", "network.stunserver", "192.0.2.40").on()
	has(t, "Contact with STUN", r.pbx.next("REGISTER").h("Contact"), "@203.0.113.5:54321")
	eq(t, "questions to the STUN server", len(asked) > 0, true)

	blanks := func(mode string) int {
		r := with(t, "account.1.network.nattraversal", mode, "network.stunserver", "192.0.2.40", "sip.keepaliveinterval", "20").ready()
		has(t, "Contact", r.pbx.first().h("Contact"), "@"+phoneAddr+":5060")
		time.Sleep(105 * time.Second)
		synctest.Wait()
		return r.pbx.blanks()
	}
	eq(t, "keep-alives in 105 s with Keep-Alive", blanks("Keep-Alive"), 5)
	eq(t, "keep-alives in 105 s with No", blanks("No"), 0)
}

func accRport(t *testing.T) {
	seen := func(value string) (string, string) {
		r := newRig(t)
		r.pbx.on("REGISTER", func(m *message) string { // as a server behind a NAT sees it
			return strings.Replace(r.pbx.usual(m), ";rport", ";received=203.0.113.9;rport=6000", 1)
		})
		r.set("account.1.network.supportrport", value, "account.1.sip.registerexpiration", "1").on()
		return r.pbx.next("REGISTER").h("Via"), r.pbx.next("REGISTER").h("Contact")
	}
	via, contact := seen("yes")
	has(t, "Via", via, ";rport")
	has(t, "the next Contact", contact, "@203.0.113.9:6000")
	via, contact = seen("no")
	lacks(t, "Via", via, "rport")
	has(t, "the next Contact", contact, "@"+phoneAddr+":5060")
}

func accProxyRequire(t *testing.T) {
	eq(t, "Proxy-Require", with(t, "account.1.network.proxyrequire", "com.example.nat").pbx.next("REGISTER").h("Proxy-Require"), "com.example.nat")
	eq(t, "Proxy-Require", with(t).pbx.next("REGISTER").h("Proxy-Require"), "")
}
