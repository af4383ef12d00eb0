package grandstream_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func phnRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-PHN-001": phnPorts, "GH-PHN-002": phnRandom, "GH-PHN-003": phnNAT, "GH-PHN-004": phnNotify, "GH-PHN-005": phnGeneral,
		"GH-PHN-006": phnAutoDial, "GH-PHN-007": phnOffHook, "GH-PHN-008": phnRedial, "GH-PHN-009": phnIncoming, "GH-PHN-010": phnInCall,
		"GH-PHN-011": phnTones, "GH-PHN-012": phnPaging,
	}
}

func phnPorts(t *testing.T) {
	r := with(t, "network.rtp.local.port", "20000", "network.rtp.local.portrange", "24").ready()
	r.pbx.on("INVITE", refuse(486))
	seen := map[int]bool{}
	for range 15 {
		_, m := r.call("200")
		port := mediaPort(t, m.body)
		if seen[port] = true; port < 20000 || port >= 20024 || port%2 == 1 {
			t.Errorf("port %d", port)
		}
		synctest.Wait()
	}
	eq(t, "ports of a range of 24", len(seen), 12)
	_, m := with(t, "network.rtp.local.port", "1024").ready().call("200")
	eq(t, "another port", mediaPort(t, m.body), 1024)
}

func phnRandom(t *testing.T) {
	ports := func(value string) (sip, rtp string) {
		r := with(t, "network.rtp.userandomport", value, "network.rtp.local.port", "20000")
		m := r.pbx.next("REGISTER")
		synctest.Wait()
		_, invite := r.call("200")
		return strings.TrimPrefix(m.from, phoneAddr+":"), fmt.Sprint(mediaPort(t, invite.body))
	}
	sip, rtp := ports("no")
	eq(t, "ports with No", sip+" "+rtp, "5060 20000")
	sip, rtp = ports("yes")
	if sip == "5060" || rtp == "20000" {
		t.Errorf("ports with Yes: %s, %s", sip, rtp)
	}
}

func phnNAT(t *testing.T) {
	r := with(t, "account.1.network.nattraversal", "Keep-Alive", "sip.keepaliveinterval", "10").ready()
	time.Sleep(61 * time.Second)
	synctest.Wait()
	eq(t, "keep-alives in a minute, every 10 s", r.pbx.blanks(), 6)
	r = with(t, "account.1.network.nattraversal", "Keep-Alive", "sip.keepaliveinterval", "30").ready()
	time.Sleep(61 * time.Second)
	synctest.Wait()
	eq(t, "every 30 s", r.pbx.blanks(), 2)

	register, invite := both(t, "sip.usernatip", "203.0.113.7")
	has(t, "Contact", register.h("Contact"), "@203.0.113.7:5060")
	has(t, "SDP", invite.body, "c=IN IP4 203.0.113.7")
	register, invite = both(t)
	has(t, "Contact without", register.h("Contact"), "@"+phoneAddr)
	has(t, "SDP without", invite.body, "c=IN IP4 "+phoneAddr)

	for value, want := range map[string]time.Duration{"45": 45 * time.Second, "0": 0, "": 0} {
		start := time.Now()
		eq(t, "registers after, with "+value, with(t, "sip.delayregistration", value).pbx.next("REGISTER").at.Sub(start).Round(time.Second), want)
	}
	accNAT(t) // the STUN server
}

func phnNotify(t *testing.T) {
	pairs := []string{
		"ons.actionurl.registered", "http://prov.example.org/action/registered?user=$active_user", "ons.actionurl.outgoingcall", "http://prov.example.org/action/out",
		"ons.actionurl.establishedcall", "http://prov.example.org/action/up", "ons.actionurl.terminatedcall", "http://prov.example.org/action/over",
	}
	for value, want := range map[string]string{"yes": "out over registered up", "no": ""} {
		r := with(t, append(pairs, "ons.enable", value)...).ready()
		id, _ := r.call("200")
		synctest.Wait()
		_ = r.phone.HangUp(id)
		time.Sleep(time.Second)
		synctest.Wait()
		var got []string
		for len(r.hits) > 0 {
			got = append(got, strings.TrimPrefix(<-r.hits, "/action/"))
		}
		slices.Sort(got) // each is a request of its own
		eq(t, "actions with "+value, strings.Join(got, " "), want)
	}
}

func phnGeneral(t *testing.T) {
	second := []string{"account.2.enable", "yes", "account.2.sip.server.1.address", "pbx.example.org", "account.2.sip.userid", "102"}
	for value, want := range map[string]string{"Account1": "sip:101@", "Account2": "sip:102@"} {
		r := with(t, append(second, "call.dial.preferredaccount", value)...).ready()
		time.Sleep(time.Second)
		_, m := r.call("200")
		has(t, "From with "+value, m.h("From"), want)
	}
	r := newRig(t) // the preferred one is not available
	r.pbx.on("REGISTER", func(m *message) string {
		if strings.Contains(m.h("To"), "102") {
			return m.reply(403, "")
		}
		return r.pbx.usual(m)
	})
	r.set(append(second, "call.dial.preferredaccount", "Account2")...).on().ready()
	time.Sleep(time.Second)
	_, m := r.call("200")
	has(t, "From of the one that works", m.h("From"), "sip:101@")

	for value, want := range map[string]string{"yes": "sip:1%232@", "no": "sip:1#2@"} {
		_, m := with(t, "sip.escapeurl", value, "account.1.call.dialplan", "{ x#x }").ready().call("1#2")
		has(t, "escaped with "+value, m.start, want)
	}
	has(t, "User-Agent", with(t, "device.useragentprefix", "Hotel").pbx.next("REGISTER").h("User-Agent"), "Hotel Grandstream GHP621W")
	eq(t, "User-Agent", strings.HasPrefix(with(t).pbx.next("REGISTER").h("User-Agent"), "Grandstream GHP621W"), true)
	kept(t, "keys.custom.mute.idle", "IdleMute") // a key under the user's finger
	kept(t, "keys.custom.mute.idle", "DND")
}

func phnAutoDial(t *testing.T) {
	for _, delay := range []string{"0", "10"} {
		r := with(t, "call.dial.offhook.autodial.number", "900", "call.dial.offhook.autodial.delay", delay).ready()
		start := time.Now()
		_ = r.phone.Lift()
		m := r.pbx.next("INVITE")
		has(t, "INVITE", m.start, "sip:900@pbx.example.org")
		eq(t, "dialled after", fmt.Sprint(m.at.Sub(start).Seconds()), delay)
	}
	r := with(t, "call.dial.offhook.autodial.number", "900", "call.dial.offhook.autodial.delay", "10").ready()
	_ = r.phone.Lift()
	time.Sleep(5 * time.Second)
	r.phone.PutDown()
	r.pbx.none("INVITE", time.Minute)
	r = with(t).ready()
	_ = r.phone.Lift()
	r.pbx.none("INVITE", time.Minute)
}

func phnOffHook(t *testing.T) {
	for value, want := range map[string]string{"10": "11 s on-hook", "60": "11 s off-hook", "": "11 s off-hook"} {
		r := with(t, "call.dial.offhook.timeout", value, "ons.enable", "yes", "ons.actionurl.onhook", "http://prov.example.org/action/onhook").ready()
		_ = r.phone.Lift()
		time.Sleep(11 * time.Second)
		synctest.Wait()
		got := "11 s on-hook"
		if r.phone.Lifted() {
			got = "11 s off-hook"
		}
		eq(t, "with "+value, got, want)
		eq(t, "told by its action with "+value, len(r.hits) == 1, value == "10")
		r.phone.Key('1') // an idle phone dials nothing
		eq(t, "dials on with "+value, r.pbx.within("INVITE", 5*time.Second) != nil, value != "10")
	}
}

func phnRedial(t *testing.T) {
	for value, want := range map[string][2]bool{"10": {true, false}, "0": {true, true}, "": {true, false}} {
		r := with(t, "call.redial.expiration", value).ready()
		r.pbx.on("INVITE", refuse(486))
		r.call("200")
		for i, wait := range []time.Duration{5 * time.Minute, 40 * time.Minute} {
			time.Sleep(wait)
			_, err := r.phone.Redial()
			eq(t, fmt.Sprintf("redial after %v with %q", wait, value), err == nil, want[i])
			if err == nil {
				has(t, "INVITE", r.pbx.next("INVITE").start, "sip:200@")
			}
		}
		r.phone.Reboot() // power off forgets it in any case
		r.pbx.next("REGISTER")
		synctest.Wait()
		if _, err := r.phone.Redial(); err == nil {
			t.Error("the number outlives a restart")
		}
	}
}

func phnIncoming(t *testing.T) {
	for value, want := range map[string]int{"yes": 200, "no": 486} {
		r := newRig(t)
		r.pbx.on("INVITE", func(m *message) string { return m.reply(100, "") }) // dialled, and it does not ring yet
		r.set("callfeatures.allowncomingcallbeforeringing", value, "account.1.call.autoanswer", "yes", "account.1.call.callwaiting", "Yes").on().ready()
		r.call("300")
		eq(t, "a call before ringing with "+value, r.outcome("in"), want)
	}
	for _, delay := range []string{"0", "10"} {
		r := with(t, "account.1.call.autoanswer", "yes", "call.autoanswerdelay.value", delay).ready()
		start := time.Now()
		m := r.pbx.send(r.pbx.request("INVITE", "in", 1, r.pbx.description()))
		eq(t, "answered after", fmt.Sprint(m.at.Sub(start).Seconds()), delay)
	}
	kept(t, "call.callwaiting.enabletone", "yes") // heard in the handset alone
	kept(t, "call.callwaiting.enabletone", "no")
}

// Muting, and what is heard when the other side hangs up, stay in the room.
func phnInCall(t *testing.T) {
	kept(t, "callfeatures.autounmute.enable", "yes", "call.disconnect.remote.enabletone", "yes", "call.disable.mute.key", "yes")
	kept(t, "callfeatures.autounmute.enable", "no", "call.disconnect.remote.enabletone", "no", "call.disable.mute.key", "no")
}

// Tones sound in the handset alone.
func phnTones(t *testing.T) {
	var pairs []string
	for _, key := range []string{"dial", "seconddial", "message", "ringback", "callwaiting", "busy", "reorder"} {
		pairs = append(pairs, "audio.tone."+key, "f1=350@-13,f2=440@-13,c=100/200-100/200-300/400;")
	}
	kept(t, append(pairs, "audio.tone.callwaiting.gain", "High")...)
}

// page sends a page, in the form of its channel, and tells whether the call that
// is up goes on hold for it.
func (r *rig) page(group string, packet []byte) {
	r.t.Helper()
	if _, err := r.pbx.udp.WriteTo(packet, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(group))); err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

func phnPaging(t *testing.T) {
	rtp := append([]byte{0x80, 0}, make([]byte, 170)...)
	polycom := append([]byte{0x10, 7}, make([]byte, 170)...)
	groups := []string{"multicast.listening.1.address", "224.0.1.116:5001", "multicast.listening.2.address", "224.0.1.116:5002", "multicast.listening.3.address", "224.0.1.116:5003"}
	at := func(level int) string { return fmt.Sprintf("224.0.1.116:500%d", level) }

	for _, row := range []struct {
		barge string
		level int
		hold  bool
	}{{"priority2", 1, true}, {"priority2", 2, false}, {"priority3", 2, true}, {"Disable", 1, false}, {"", 1, false}} {
		r := with(t, append(groups, "multicast.paginbarge", row.barge)...).ready()
		r.call("200")
		synctest.Wait()
		r.page(at(row.level), rtp)
		m := r.pbx.within("INVITE", time.Second)
		eq(t, fmt.Sprint("the call goes on hold: ", row), m != nil && strings.Contains(m.body, "a=sendonly"), row.hold)
	}
	for value, want := range map[string]int{"yes": 1, "no": 2} {
		r := with(t, append(groups, "multicast.pagingpriorityactive", value)...).ready()
		r.page(at(2), rtp)
		eq(t, "the page that is played", r.phone.Paging(), 2)
		r.page(at(3), rtp)
		eq(t, "after a less important one", r.phone.Paging(), 2)
		r.page(at(1), rtp)
		eq(t, "after a more important one with "+value, r.phone.Paging(), want)
	}
	for _, row := range []struct {
		channel string
		packet  []byte
		want    int
	}{{"0", rtp, 1}, {"0", polycom, 0}, {"7", polycom, 1}, {"8", polycom, 0}, {"7", rtp, 0}} {
		r := with(t, append(groups, "multicast.channel", row.channel)...).ready()
		r.page(at(1), row.packet)
		eq(t, fmt.Sprint("played on channel ", row.channel, " ", row.packet[0]), r.phone.Paging(), row.want)
	}
	r := with(t, append(groups, "multicast.listening.10.address", "224.0.1.116:5010")...).ready()
	r.page("224.0.1.116:5010", rtp)
	eq(t, "the tenth address", r.phone.Paging(), 10)
	r = with(t).ready()
	r.page(at(1), rtp)
	eq(t, "without an address", r.phone.Paging(), 0)
}
