package grandstream_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
)

func sipCallRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-SIP-011": sipPrivacy, "GH-SIP-012": sipVendorHeaders, "GH-SIP-024": sip100rel, "GH-SIP-026": sipSessionTimer,
		"GH-SIP-027": sipSessionWho, "GH-SIP-028": sipRefresher,
	}
}

func sipPrivacy(t *testing.T) {
	const huawei = "Huawai IMS" // as the maker's template spells it
	for _, row := range []struct {
		value, special string
		want           bool
	}{{"Default", "", true}, {"Default", huawei, false}, {"Yes", huawei, true}, {"No", "", false}} {
		what := row.value + " " + row.special
		_, m := both(t, "account.1.sip.header.privacy", row.value, "account.1.sip.specialfeature", row.special)
		eq(t, what+": Privacy", m.h("Privacy") != "", row.want)
		_, m = both(t, "account.1.sip.header.ppi", row.value, "account.1.sip.specialfeature", row.special)
		eq(t, what+": P-Preferred-Identity", m.h("P-Preferred-Identity") == `"Anna" <sip:101@pbx.example.org>`, row.want)
	}
	_, m := both(t, "account.1.sip.header.privacy", "Yes", "account.1.call.sendanonymous", "yes")
	eq(t, "Privacy of an anonymous call", m.h("Privacy"), "id")
}

func sipVendorHeaders(t *testing.T) {
	eui := "IEEE-EUI-48;eui-48-addr=" + strings.ToUpper(strings.ReplaceAll(macA.Colons(), ":", "-"))
	for key, header := range map[string][2]string{"xgrandstream": {"X-Grandstream-PBX", "true"}, "pani": {"P-Access-Network-Info", eui}, "pei": {"P-Emergency-Info", eui}} {
		for value, want := range map[string]string{"yes": header[1], "no": "", "": header[1]} {
			register, invite := both(t, "account.1.sip.header."+key, value)
			eq(t, header[0]+" of a REGISTER with "+value, register.h(header[0]), want)
			eq(t, header[0]+" of an INVITE with "+value, invite.h(header[0]), want)
		}
	}
}

func sip100rel(t *testing.T) {
	for value, want := range map[string]bool{"yes": true, "no": false, "": false} {
		r := newRig(t)
		r.pbx.on("INVITE", func(m *message) string {
			m.write(m.reply(180, "", "Require: 100rel", "RSeq: 7", "Contact: <sip:pbx@"+pbxAddr+">"))
			return ""
		})
		r.set("account.1.sip.header.100rel", value).on().ready()
		_, m := r.call("200")
		eq(t, "100rel in Supported with "+value, strings.Contains(m.h("Supported"), "100rel"), want)
		if want {
			eq(t, "RAck", r.pbx.next("PRACK").h("RAck"), "7 "+m.h("CSeq"))
		}
	}
	// as the one who is called
	r := with(t, "account.1.sip.header.100rel", "yes").ready()
	r.pbx.write(r.pbx.request("INVITE", "in", 1, r.pbx.description(), "Supported: 100rel"))
	has(t, "its 180", r.pbx.next("early").text(), "Require: 100rel")
	r = with(t).ready()
	r.pbx.write(r.pbx.request("INVITE", "in", 1, r.pbx.description(), "Supported: 100rel"))
	lacks(t, "its 180 by default", r.pbx.next("early").text(), "100rel")
}

// timed makes the PBX one that agrees to a session timer.
func timed(r *rig, answer string, allow string) *rig {
	r.pbx.on("INVITE", func(m *message) string {
		extra := []string{"Contact: <sip:pbx@" + pbxAddr + ">", "Allow: " + allow}
		if answer != "" {
			extra = append(extra, "Session-Expires: "+answer)
		}
		return m.reply(200, r.pbx.description(), extra...)
	})
	return r
}

func sipSessionTimer(t *testing.T) {
	on := []string{"account.1.sip.sessiontimer.enable", "yes", "account.1.sip.sessiontimer.requesttimer.caller", "yes"}
	_, m := both(t, append(on, "account.1.sip.sessiontimer.expiration", "600", "account.1.sip.minimumse", "120")...)
	eq(t, "Session-Expires", m.h("Session-Expires"), "600;refresher=uac")
	eq(t, "Min-SE", m.h("Min-SE"), "120")
	has(t, "Supported", m.h("Supported"), "timer")
	_, m = both(t, on...)
	eq(t, "the default", m.h("Session-Expires")+" "+m.h("Min-SE"), "180;refresher=uac 90")
	_, m = both(t, "account.1.sip.sessiontimer.enable", "no", "account.1.sip.sessiontimer.requesttimer.caller", "yes")
	eq(t, "switched off", m.h("Session-Expires")+m.h("Min-SE"), "")
	lacks(t, "Supported, switched off", m.h("Supported"), "timer")

	r := timed(newRig(t), "300;refresher=uac", "INVITE, UPDATE").set(on...).on().ready()
	_, m = r.call("200")
	eq(t, "refreshed after half of the time", r.pbx.next("UPDATE").at.Sub(m.at).Round(time.Second), 150*time.Second)

	r = timed(newRig(t), "300;refresher=uas", "INVITE, UPDATE").set(on...).on().ready()
	_, m = r.call("200") // the PBX does not refresh as it has promised
	gone := r.pbx.next("BYE").at.Sub(m.at)
	if gone < 200*time.Second || gone > 300*time.Second {
		t.Errorf("hung up after %v, want shortly before 300 s (RFC 4028 §10)", gone)
	}
	r = newRig(t)
	first := true
	r.pbx.on("INVITE", func(m *message) string {
		if first {
			first = false
			return m.reply(422, "", "Min-SE: 400")
		}
		return m.reply(200, r.pbx.description(), "Contact: <sip:pbx@"+pbxAddr+">")
	})
	r.set(on...).on().ready()
	r.call("200")
	m = r.pbx.next("INVITE")
	eq(t, "after 422", m.h("Session-Expires")+" "+m.h("Min-SE"), "400;refresher=uac 400")
}

// incoming calls the phone, which answers by itself, and returns its 200.
func (r *rig) incoming(id string, extra ...string) *message {
	r.t.Helper()
	m := r.pbx.send(r.pbx.request("INVITE", id, 1, r.pbx.description(), extra...))
	if m.code == 200 {
		r.pbx.ack(id, 1, m)
		synctest.Wait()
	}
	return m
}

func sipSessionWho(t *testing.T) {
	const timer, who = "account.1.sip.sessiontimer.enable", "account.1.sip.sessiontimer."
	for _, row := range []struct {
		caller, force, want string
	}{{"yes", "no", "180;refresher=uac"}, {"no", "no", ""}, {"no", "yes", "180;refresher=uac"}} {
		_, m := both(t, timer, "yes", who+"requesttimer.caller", row.caller, who+"force", row.force)
		eq(t, "calling, "+row.caller+", force "+row.force, m.h("Session-Expires"), row.want)
	}
	for _, row := range []struct{ callee, force, supported, want string }{
		{"yes", "no", "timer", "180;refresher=uac"}, {"no", "no", "timer", ""}, {"yes", "no", "-", ""}, {"no", "yes", "-", "180;refresher=uas"},
	} {
		r := with(t, timer, "yes", who+"requesttimer.callee", row.callee, who+"force", row.force, "account.1.call.autoanswer", "yes").ready()
		m := r.incoming("in", "Supported: "+row.supported)
		eq(t, fmt.Sprint("called, ", row), m.h("Session-Expires"), row.want)
	}
	refreshes := func(force string) bool {
		r := timed(newRig(t), "", "INVITE, UPDATE").set(timer, "yes", who+"force", force, who+"requesttimer.caller", "yes").on().ready()
		r.call("200")
		return r.pbx.within("UPDATE", 2*time.Minute) != nil
	}
	eq(t, "refreshes though the other side knows nothing of it, forced", refreshes("yes"), true)
	eq(t, "refreshes though the other side knows nothing of it", refreshes("no"), false)
}

func sipRefresher(t *testing.T) {
	on := []string{"account.1.sip.sessiontimer.enable", "yes", "account.1.sip.sessiontimer.requesttimer.caller", "yes", "account.1.sip.sessiontimer.requesttimer.callee", "yes", "account.1.call.autoanswer", "yes"}
	for value, want := range map[string]string{"UAC": "180;refresher=uac", "UAS": "180;refresher=uas", "Omit": "180"} {
		_, m := both(t, append(on, "account.1.sip.sessiontimer.refresher.uacspecify", value)...)
		eq(t, "calling, "+value, m.h("Session-Expires"), want)
	}
	for value, want := range map[string]string{"UAC": "180;refresher=uac", "UAS": "180;refresher=uas"} {
		r := with(t, append(on, "account.1.sip.sessiontimer.refresher.uasspecify", value)...).ready()
		eq(t, "called, "+value, r.incoming("in", "Supported: timer").h("Session-Expires"), want)
		eq(t, "called, "+value+": the phone refreshes", r.pbx.within("INVITE", 95*time.Second) != nil, value == "UAS")
	}
	for value, want := range map[string]string{"yes": "INVITE", "no": "UPDATE", "": "UPDATE"} {
		r := timed(newRig(t), "180;refresher=uac", "INVITE, UPDATE").set(append(on, "account.1.sip.sessiontimer.forceinvite", value)...).on().ready()
		r.call("200")
		eq(t, "refreshed by, with "+value, r.pbx.within(want, 2*time.Minute) != nil, true)
	}
}

// loopback is the machine, but names lead nowhere.
func loopback() *dial.Machine {
	return dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

// TCP's own keep-alive is set on the socket, where the kernel shows its timer:
// 2 in the column tr of /proc/net/tcp.
func TestPhone_TCP_keepalive(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"yes": true, "no": false} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			b := base()
			b["account.1.sip.server.1.address"], b["account.1.sip.transport"], b["account.1.sip.enabletcpkeepalive"], b["account.1.sip.localport"] = l.Addr().String(), "TCP", value, freePort(t)
			live(t, b, nil)
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Read(make([]byte, 2000)); err != nil { // the REGISTER: the socket is as it will be
				t.Fatal(err)
			}
			if got := kernelKeeps(t, c.RemoteAddr(), c.LocalAddr()); got != want {
				t.Errorf("keep-alive with %s: %t", value, got)
			}
		})
	}
}

func kernelKeeps(t *testing.T, local, remote net.Addr) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	end := func(a net.Addr) string { return fmt.Sprintf("0100007F:%04X", a.(*net.TCPAddr).Port) }
	for line := range strings.SplitSeq(string(table), "\n") {
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == end(local) && f[2] == end(remote) {
			return strings.HasPrefix(f[5], "02:")
		}
	}
	t.Fatal("the kernel does not list the connection")
	return false
}

func freePort(t *testing.T) string {
	t.Helper()
	for range 20 { // a port may be free for datagrams and taken for connections
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", c.LocalAddr().String())
		_ = c.Close()
		if err != nil {
			continue
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		_ = l.Close()
		return port
	}
	t.Fatal("no port is free for both datagrams and connections")
	return ""
}

// live switches a phone on that holds settings from before, on the machine's
// real network.
func live(t *testing.T, settings map[string]string, conf *tls.Config) *phone.Phone {
	t.Helper()
	per := persona(t, "GHP621W")
	f, err := per.Read(phone.Device{MAC: macA, Model: "GHP621W"}, "cfg.xml", rendered(t, settings))
	if err != nil {
		t.Fatal(err)
	}
	p, err := phone.New(phone.Config{
		MAC: macA, Model: "GHP621W", Persona: per, ServerURL: "http://127.0.0.1:9/", Settings: f.Settings, Network: loopback(), TLS: conf,
		SIP: &phone.SIP{Address: netip.MustParseAddr("127.0.0.1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
	return p
}
