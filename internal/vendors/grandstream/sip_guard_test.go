package grandstream_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func secRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-SEC-001": secCertificates, "GH-SEC-002": secMessages, "GH-SEC-003": secRefer, "GH-SEC-004": secInvite, "GH-SEC-005": secReset, "GH-SEC-006": secMusic,
	}
}

func secCertificates(t *testing.T) {
	for _, row := range []struct {
		name, chain  string
		host         string // in the server's certificate
		stranger, ok bool
	}{
		{"no", "no", "other.example.org", true, true}, {"", "", "other.example.org", true, true},
		{"yes", "no", "pbx.example.org", true, true}, {"yes", "no", "other.example.org", false, false},
		{"no", "yes", "other.example.org", false, true}, {"no", "yes", "pbx.example.org", true, false},
		{"yes", "yes", "pbx.example.org", false, true}, {"yes", "yes", "pbx.example.org", true, false}, {"yes", "yes", "other.example.org", false, false},
	} {
		r := newRig(t)
		cert, roots := certify(t, row.host, row.stranger)
		r.pbx.listen(pbxAddr+":5061", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		r.tls = &tls.Config{RootCAs: pool(roots), MinVersion: tls.VersionTLS12}
		r.set("account.1.sip.transport", "Tls Or Tcp", "account.1.sip.validate.domaincertificates", row.name, "account.1.sip.validate.certificationchain", row.chain).on()
		eq(t, fmt.Sprint("registers: ", row), r.pbx.within("REGISTER", time.Minute) != nil, row.ok)
	}
}

func secMessages(t *testing.T) {
	for _, row := range []struct {
		value, header string
		want          int
	}{
		{"yes", "CSeq: -", 400}, {"yes", "From: -", 400}, {"no", "CSeq: -", 200}, {"no", "From: -", 200}, {"yes", "CSeq: 7 BYE", 400}, {"yes", "From: <sip:pbx.example.org>;tag=x", 400}, {"yes", "X-Other: 1", 200},
		{"no", "From: <sip:pbx.example.org>;tag=x", 200}, {"", "From: <sip:pbx.example.org>;tag=x", 200},
	} {
		r := with(t, "account.1.sip.validate.incomingmessage", row.value).ready()
		eq(t, row.value+" "+row.header, r.pbx.send(r.pbx.request("OPTIONS", "o", 1, "", row.header)).code, row.want)
	}
}

// credentials answers a challenge as the account's owner would.
func credentials(m *message, method, uri string) string {
	ask := m.h("WWW-Authenticate")
	cred := fmt.Sprintf(`Digest username="auth101", realm="%s", nonce="%s", uri="%s", algorithm=MD5`, quoted(ask, "realm"), quoted(ask, "nonce"), uri)
	return "Authorization: " + cred + `, response="` + proof("auth101", "secret", method, cred) + `"`
}

func secRefer(t *testing.T) {
	const uri = "sip:101@" + phoneAddr + ":5060"
	to := "Refer-To: <sip:300@pbx.example.org>"
	for value, want := range map[string]int{"Disabled": 403, "": 403, "Enabled": 202, "EnabledOrForceAuth": 401} {
		r := with(t, "account.1.sip.allowunsolicitedrefer", value).ready()
		m := r.pbx.send(r.pbx.request("REFER", "ref", 1, "", to))
		eq(t, "with "+value, m.code, want)
		dials := r.pbx.within("INVITE", time.Second)
		eq(t, "dials with "+value, dials != nil && strings.HasPrefix(dials.start, "INVITE sip:300@"), value == "Enabled")
		if want != 401 {
			continue
		}
		wrong := strings.Replace(credentials(m, "REFER", uri), `response="`, `response="0`, 1)
		eq(t, "with a wrong answer", r.pbx.send(r.pbx.request("REFER", "ref", 2, "", to, wrong)).code, 401)
		r.pbx.none("INVITE", time.Second)
		m = r.pbx.send(r.pbx.request("REFER", "ref", 3, "", to))
		eq(t, "with the right one", r.pbx.send(r.pbx.request("REFER", "ref", 4, "", to, credentials(m, "REFER", uri))).code, 202)
		has(t, "INVITE", r.pbx.next("INVITE").start, "sip:300@pbx.example.org")
	}
}

func secInvite(t *testing.T) {
	const server, user, proved = "account.1.sip.validate.incomingserver", "account.1.sip.validate.useridforinvite", "account.1.sip.authenticateincominginvite"
	to := func(key, value, uri string) int {
		r := with(t, key, value, "account.1.call.autoanswer", "yes").ready()
		return r.incoming("in", "URI: "+uri).code
	}
	for _, row := range []struct {
		key, value, uri string
		want            int
	}{
		{server, "yes", "sip:101@" + phoneAddr + ":5060", 403}, {server, "yes", "sip:101@pbx.example.org", 200}, {server, "no", "sip:101@" + phoneAddr + ":5060", 200}, {server, "", "sip:101@" + phoneAddr, 200},
		{user, "yes", "sip:999@" + phoneAddr + ":5060", 404}, {user, "yes", "sip:101@" + phoneAddr + ":5060", 200}, {user, "no", "sip:999@" + phoneAddr + ":5060", 200}, {user, "", "sip:999@" + phoneAddr, 200},
		{proved, "no", "sip:101@" + phoneAddr, 200}, {proved, "", "sip:101@" + phoneAddr, 200},
	} {
		eq(t, fmt.Sprint(row), to(row.key, row.value, row.uri), row.want)
	}
	r := with(t, proved, "yes", "account.1.call.autoanswer", "yes").ready()
	m := r.incoming("in")
	eq(t, "unasked", m.code, 401)
	has(t, "challenge", m.h("WWW-Authenticate"), `Digest realm="pbx.example.org"`)
	again := r.pbx.send(r.pbx.request("INVITE", "in", 2, r.pbx.description(), credentials(m, "INVITE", "sip:101@"+phoneAddr+":5060")))
	eq(t, "with the account's credentials", again.code, 200)
	stale := r.pbx.send(r.pbx.request("INVITE", "in2", 1, r.pbx.description(), strings.Replace(credentials(m, "INVITE", "sip:101@"+phoneAddr+":5060"), quoted(m.h("WWW-Authenticate"), "nonce"), "madeup", 1)))
	eq(t, "with a nonce that it never gave", stale.code, 401)
}

func secReset(t *testing.T) {
	for value, want := range map[string]int{"yes": 200, "no": 403, "": 403} {
		r := with(t, "account.1.sip.allowsipreset", value).ready()
		time.Sleep(time.Second)
		eq(t, "NOTIFY with "+value, r.pbx.send(r.pbx.request("NOTIFY", "n", 1, "", "Event: reset-to-factory")).code, want)
		synctest.Wait()
		resets := 0
		if want == 200 {
			resets = 1
		}
		eq(t, "factory resets with "+value, r.phone.Status().Resets, resets)
	}
	r := with(t, "account.1.sip.allowsipreset", "yes", "sip.notify.challenge", "yes").ready() // where a NOTIFY needs proof, this one does too
	m := r.pbx.send(r.pbx.request("NOTIFY", "n", 1, "", "Event: reset-to-factory"))
	eq(t, "NOTIFY without proof", m.code, 401)
	eq(t, "NOTIFY with it", r.pbx.send(r.pbx.request("NOTIFY", "n", 2, "", "Event: reset-to-factory", credentials(m, "NOTIFY", "sip:101@"+phoneAddr+":5060"))).code, 200)
}

func secMusic(t *testing.T) {
	r := with(t, "account.1.sip.musiconholduri", "sip:music@pbx.example.org").ready()
	id, _ := r.call("200")
	synctest.Wait()
	_ = r.phone.Hold(id, true)
	has(t, "the hold", r.pbx.next("INVITE").body, "a=sendonly")
	m := r.pbx.next("INVITE")
	has(t, "the call to the music", m.start, "INVITE sip:music@pbx.example.org ")
	has(t, "where the music is sent", m.body, "m=audio 40000 ")
	synctest.Wait()
	_ = r.phone.Hold(id, false)
	m = r.pbx.next("BYE")
	has(t, "the music's end", m.h("To"), "music@")

	r = with(t).ready()
	id, _ = r.call("200")
	synctest.Wait()
	_ = r.phone.Hold(id, true)
	r.pbx.next("INVITE")
	r.pbx.none("INVITE", time.Second)

	// The special feature shows in the headers that it takes away.
	for value, want := range map[string]bool{"Standard": true, "Broadsoft": true, "Huawai IMS": false} {
		_, m := both(t, "account.1.sip.specialfeature", value)
		eq(t, "P-Preferred-Identity with "+value, m.h("P-Preferred-Identity") != "", want)
	}
	kept(t, "account.1.call.onholdremindertone", "yes") // heard in the handset alone
	kept(t, "account.1.call.onholdremindertone", "no")
}
