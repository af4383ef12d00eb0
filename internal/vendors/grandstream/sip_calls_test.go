package grandstream_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

func calRows() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"GH-CAL-001": calSend, "GH-CAL-002": calAnonymous, "GH-CAL-003": calWaitingHold, "GH-CAL-004": calRingTimeout, "GH-CAL-005": calAutoAnswer,
		"GH-CAL-006": calIntercom, "GH-CAL-007": calTransfer, "GH-CAL-008": calPrefix, "GH-CAL-009": calBypass,
		"GH-CAL-021": calRing, "GH-CAL-022": calIgnoreAlert,
	}
}

func calSend(t *testing.T) {
	const send, timeout = "account.1.call.keyassend", "account.1.call.nokeyentrytimeout"
	// dialled returns which number is called how long after the last key.
	dialled := func(keys string, pairs ...string) string {
		r := with(t, pairs...).ready()
		if err := r.phone.Lift(); err != nil {
			t.Fatal(err)
		}
		for i := range keys {
			r.phone.Key(keys[i])
			synctest.Wait()
		}
		last := time.Now()
		m := r.pbx.within("INVITE", time.Minute)
		if m == nil {
			return "nothing"
		}
		return fmt.Sprint(strings.TrimSuffix(strings.TrimPrefix(strings.Fields(m.start)[1], "sip:"), "@pbx.example.org"), " after ", m.at.Sub(last))
	}
	eq(t, "#", dialled("123#", send, "Pound", timeout, "9"), "123 after 0s")
	eq(t, "*", dialled("123*", send, "Star", timeout, "9"), "123 after 0s")
	eq(t, "no key", dialled("123", send, "Disabled", timeout, "9"), "123 after 9s")
	eq(t, "no key", dialled("123", timeout, "3"), "123 after 3s")
	eq(t, "# is another key", dialled("123#", send, "Star", timeout, "2", "account.1.call.dialplan", "{ x+# }"), "123%23 after 2s")
}

func calAnonymous(t *testing.T) {
	_, m := both(t, "account.1.call.sendanonymous", "yes")
	has(t, "From", m.h("From"), "<sip:anonymous@anonymous.invalid>")
	lacks(t, "From", m.h("From"), "101")
	_, m = both(t, "account.1.call.sendanonymous", "no")
	has(t, "From", m.h("From"), "<sip:101@pbx.example.org>")

	for value, want := range map[string]int{"yes": 480, "no": 200} {
		r := with(t, "account.1.call.rejectanonymouscall", value, "account.1.call.autoanswer", "yes").ready()
		eq(t, "an anonymous caller with "+value, r.incoming("a", `From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=x`).code, want)
		r = with(t, "account.1.call.rejectanonymouscall", value, "account.1.call.autoanswer", "yes").ready()
		eq(t, "a known caller with "+value, r.incoming("b").code, 200)
	}
}

func calWaitingHold(t *testing.T) {
	for value, want := range map[string]int{"No": 486, "Yes": 200} {
		r := with(t, "account.1.call.callwaiting", value, "account.1.call.autoanswer", "yes").ready()
		eq(t, "the first call", r.incoming("one").code, 200)
		eq(t, "the second with "+value, r.incoming("two").code, want)
	}
	for value, want := range map[string][2]string{"yes": {"c=IN IP4 0.0.0.0", "a=sendonly"}, "no": {"a=sendonly", "c=IN IP4 0.0.0.0"}} {
		r := with(t, "account.1.call.rfc2543hold.enable", value).ready()
		id, m := r.call("200")
		synctest.Wait()
		_ = r.phone.Hold(id, true)
		hold := r.pbx.next("INVITE")
		eq(t, "Call-ID of the hold", hold.h("Call-ID"), m.h("Call-ID"))
		has(t, "hold with "+value, hold.body, want[0])
		lacks(t, "hold with "+value, hold.body, want[1])
		synctest.Wait()
		_ = r.phone.Hold(id, false)
		back := r.pbx.next("INVITE")
		has(t, "back with "+value, back.body, "c=IN IP4 "+phoneAddr)
		has(t, "back with "+value, back.body, "a=sendrecv")
	}
}

func calRingTimeout(t *testing.T) {
	for value, want := range map[string]time.Duration{"30": 30 * time.Second, "600": 10 * time.Minute} {
		r := with(t, "account.1.ring.timeout", value).ready()
		start := time.Now()
		m := r.pbx.send(r.pbx.request("INVITE", "in", 1, r.pbx.description()))
		eq(t, "the answer", m.code, 480)
		eq(t, "it rings for", m.at.Sub(start), want)
	}
	r := with(t, "account.1.ring.timeout", "30").ready()
	r.pbx.write(r.pbx.request("INVITE", "in", 1, r.pbx.description()))
	r.pbx.next("early")
	_ = r.phone.Answer(r.info().ID)
	eq(t, "answered in time", r.pbx.next("answer").code, 200)
}

// outcome tells what becomes of a call within ten seconds: 200, or 0 where it
// rings on.
func (r *rig) outcome(id string, extra ...string) int {
	r.t.Helper()
	r.pbx.forget("answer")
	r.pbx.write(r.pbx.request("INVITE", id, 1, r.pbx.description(), extra...))
	m := r.pbx.within("answer", 10*time.Second)
	if m == nil {
		return 0
	}
	r.pbx.ack(id, 1, m)
	synctest.Wait()
	return m.code
}

func calAutoAnswer(t *testing.T) {
	eq(t, "by default", with(t).ready().outcome("in"), 0)
	eq(t, "with No", with(t, "account.1.call.autoanswer", "no").ready().outcome("in"), 0)
	eq(t, "with Yes", with(t, "account.1.call.autoanswer", "yes").ready().outcome("in"), 200)
	numbers := []string{"account.1.call.autoanswer", "yes", "account.1.call.autoanswernumber", "200,201,202,203,204,205,206,207,208,209"}
	for number, want := range map[string]int{"200": 200, "209": 200, "300": 0} {
		eq(t, "with numbers, "+number, with(t, numbers...).ready().outcome("in", "From: <sip:"+number+"@pbx.example.org>;tag=x"), want)
	}
}

func calIntercom(t *testing.T) {
	const allow, custom, barge = "account.1.intercom.allowautoanswer", "account.1.intercom.customcallinfoforautoanswer", "account.1.intercom.allowbargingbycallinfo"
	alert, info := "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0", "Call-Info: <sip:pbx.example.org>;answer-after=0"
	eq(t, "Alert-Info by default", with(t).ready().outcome("in", alert), 200)
	eq(t, "Call-Info by default", with(t).ready().outcome("in", info), 200)
	eq(t, "another Alert-Info", with(t).ready().outcome("in", "Alert-Info: <http://127.0.0.1>;info=priority"), 0)
	eq(t, "not allowed", with(t, allow, "no").ready().outcome("in", alert), 0)
	eq(t, "the custom one", with(t, custom, "porter").ready().outcome("in", "Alert-Info: <http://127.0.0.1>;info=porter"), 200)
	eq(t, "the usual one beside a custom one", with(t, custom, "porter").ready().outcome("in", alert), 0)

	for value, want := range map[string]bool{"yes": true, "no": false, "": false} {
		r := with(t, barge, value, "account.1.call.callwaiting", "Yes").ready()
		r.call("300")
		synctest.Wait()
		eq(t, "the page's call", r.outcome("page", alert), 200)
		eq(t, "the other call goes on hold with "+value, r.pbx.within("INVITE", time.Second) != nil, want)
	}
	for value, want := range map[string]bool{"yes": true, "no": false} {
		r := with(t, "account.1.intercom.muteonanswerintercom", value).ready()
		e := r.ear(40000)
		eq(t, "the call", r.outcome("in", alert), 200)
		eq(t, "muted with "+value, r.info().Muted, want)
		e.within(time.Second)
	}
	kept(t, "account.1.intercom.playwarningtoneforautoanswer", "yes") // heard in the room alone
	kept(t, "account.1.intercom.playwarningtoneforautoanswer", "no")
}

// sipfrag tells the phone how its transfer goes.
func (r *rig) sipfrag(id, status string) {
	r.pbx.write(r.pbx.request("NOTIFY", id, 500, "SIP/2.0 "+status, "Event: refer", "Subscription-State: active", "Content-Type: message/sipfrag"))
}

func calTransfer(t *testing.T) {
	transfer := func(pairs ...string) (*rig, *message) {
		r := with(t, pairs...).ready()
		id, m := r.call("200")
		synctest.Wait()
		if err := r.phone.Transfer(id, "300"); err != nil {
			t.Fatal(err)
		}
		refer := r.pbx.next("REFER")
		eq(t, "Refer-To", refer.h("Refer-To"), "<sip:300@pbx.example.org>")
		eq(t, "Call-ID", refer.h("Call-ID"), m.h("Call-ID"))
		return r, refer
	}
	for value, want := range map[string][2]bool{"yes": {true, false}, "no": {false, true}} { // taken back, or hung up
		r, refer := transfer("account.1.call.recoveryonblindtransfer", value)
		r.pbx.forget("INVITE")
		r.sipfrag(refer.h("Call-ID"), "486 Busy Here")
		back := r.pbx.within("INVITE", 5*time.Second)
		eq(t, "taken back after a failure with "+value, back != nil && strings.Contains(back.body, "a=sendrecv"), want[0])
		eq(t, "hung up after a failure with "+value, r.pbx.within("BYE", 5*time.Second) != nil, want[1])
	}
	for value, want := range map[string]time.Duration{"30": 30 * time.Second, "300": 5 * time.Minute} {
		r, refer := transfer("account.1.call.blindtransfertimeout", value, "account.1.call.recoveryonblindtransfer", "no")
		eq(t, "given up after", r.pbx.next("BYE").at.Sub(refer.at), want)
	}
	r, refer := transfer()
	r.sipfrag(refer.h("Call-ID"), "200 OK")
	eq(t, "hung up after success", r.pbx.within("BYE", 2*time.Second) != nil, true)

	for value, want := range map[string]string{"yes": "REFER sip:300@pbx.example.org", "no": "INVITE sip:*87300@pbx.example.org"} {
		r := with(t, "account.1.featurecodes.callfeatures", value).ready()
		r.call("200")
		synctest.Wait()
		_, _ = r.phone.Call(phone.Order{Number: "*87300"})
		got := ""
		if m := r.pbx.within("REFER", time.Second); m != nil {
			got = "REFER " + strings.Trim(m.h("Refer-To"), "<>")
		} else if m := r.pbx.within("INVITE", time.Second); m != nil {
			got = strings.TrimSuffix(m.start, " SIP/2.0")
		}
		eq(t, "*87300 with local features "+value, got, want)
	}
	calJoin(t)
}

// calJoin shows the transfers between two calls.
func calJoin(t *testing.T) {
	two := func(pairs ...string) (*rig, string, string) {
		r := newRig(t)
		r.pbx.on("INVITE", func(m *message) string {
			user, _, _ := strings.Cut(strings.TrimPrefix(strings.Fields(m.start)[1], "sip:"), "@")
			return m.reply(200, r.pbx.description(), "Contact: <sip:"+user+"-contact@"+pbxAddr+">")
		})
		r.set(pairs...).on().ready()
		one, _ := r.call("200")
		synctest.Wait()
		other, _ := r.call("300")
		synctest.Wait()
		return r, one, other
	}
	for value, want := range map[string]string{"yes": "<sip:300-contact@" + pbxAddr + "?Replaces=", "no": "<sip:300@pbx.example.org?Replaces="} {
		r, one, other := two("account.1.call.refertousetargetcontact", value)
		if err := r.phone.Join(one, other); err != nil {
			t.Fatal(err)
		}
		to := r.pbx.next("REFER").h("Refer-To")
		has(t, "Refer-To with "+value, to, want)
		plain, _ := url.QueryUnescape(to)
		has(t, "Replaces", plain, "Replaces="+other+";to-tag=peer;from-tag=")
	}
	for value, want := range map[string]bool{"yes": true, "no": false} {
		r, one, other := two("account.1.call.transferonconferencehangup", value)
		if err := r.phone.HangUpConference(one, other); err != nil {
			t.Fatal(err)
		}
		eq(t, "the others are joined with "+value, r.pbx.within("REFER", 2*time.Second) != nil, want)
		eq(t, "both are hung up with "+value, r.pbx.count("BYE") == 2, !want)
	}
}

func calPrefix(t *testing.T) {
	_, m := both(t, "account.1.call.dialplanprefix", "9")
	has(t, "INVITE", m.start, "sip:9200@")
	_, m = both(t)
	has(t, "INVITE without", m.start, "sip:200@")
}

func calBypass(t *testing.T) {
	sources := map[string]phone.Source{
		"contact": phone.FromContact, "incoming": phone.FromIncoming, "outgoing": phone.FromOutgoing, "dialing": phone.FromPage, "Mpk": phone.FromKey, "api": phone.FromAPI,
	}
	for word := range sources {
		r := with(t, "account.1.call.dialplan", "{ <2=011>x+ }", "account.1.call.dialplanbypass", word).ready()
		for other, source := range sources {
			if _, err := r.phone.Call(phone.Order{Number: "255", From: source}); err != nil {
				t.Fatal(err)
			}
			want := "sip:01155@"
			if other == word {
				want = "sip:255@"
			}
			has(t, "past the plan "+word+", from "+other, r.pbx.next("INVITE").start, want)
		}
	}
	r := with(t, "account.1.call.dialplan", "{ <2=011>x+ }", "account.1.call.dialplanbypass", "contact,api").ready()
	for source, want := range map[phone.Source]string{phone.FromContact: "sip:255@", phone.FromAPI: "sip:255@", phone.FromPage: "sip:01155@"} {
		if _, err := r.phone.Call(phone.Order{Number: "255", From: source}); err != nil {
			t.Fatal(err)
		}
		has(t, "two places, from "+string(source), r.pbx.next("INVITE").start, want)
	}
}

// rings returns how the phone rings for a caller.
func (r *rig) rings(caller, alert string) string {
	r.t.Helper()
	id := fmt.Sprint("ring", len(r.pbx.all()))
	extra := []string{"From: <sip:" + caller + "@pbx.example.org>;tag=x"}
	if alert != "" {
		extra = append(extra, "Alert-Info: <http://127.0.0.1>;info="+alert)
	}
	r.pbx.write(r.pbx.request("INVITE", id, 1, r.pbx.description(), extra...))
	synctest.Wait()
	tone := r.info().Tone
	r.pbx.write(r.pbx.request("CANCEL", id, 1, "", extra...))
	synctest.Wait()
	return tone
}

// How a phone rings is heard in the room; here it is read off the phone.
func calRing(t *testing.T) {
	pairs := []string{"account.1.ring.ringtone", "Doorbell"}
	for n, rule := range []string{"8321123", "[345]xx", "[6-9]xx", "priority", "22+", "1x", "", "", "", "xxxxx"} {
		pairs = append(pairs, fmt.Sprintf("account.1.ring.match.%d.callerid", n+1), rule)
		if rule != "" {
			pairs = append(pairs, fmt.Sprintf("account.1.ring.match.%d.ringtone", n+1), []string{"Ring1", "Ring2", "Ring3", "Ring4", "Ring5", "Ring6", "", "", "", "Ring2"}[n])
		}
	}
	r := with(t, pairs...).ready()
	for _, row := range []struct{ caller, alert, want string }{
		{"8321123", "", "Ring1"}, {"345", "", "Ring2"}, {"299", "", "Doorbell"}, {"601", "", "Ring3"}, {"1234567", "priority", "Ring4"}, {"222", "", "Ring5"},
		{"17", "", "Ring6"}, {"170", "", "Doorbell"}, {"12345", "", "Ring2"}, {"1234567", "other", "Doorbell"},
	} {
		eq(t, row.caller+" "+row.alert, r.rings(row.caller, row.alert), row.want)
	}
	kept(t, pairs[:4]...)
}

func calIgnoreAlert(t *testing.T) {
	rule := []string{"account.1.ring.match.1.callerid", "priority", "account.1.ring.match.1.ringtone", "Ring4"}
	for value, want := range map[string]string{"yes": "SystemRingtone", "no": "Ring4", "": "Ring4"} {
		eq(t, "with "+value, with(t, append(rule, "account.1.ring.ignoresipalertinfo", value)...).ready().rings("200", "priority"), want)
	}
	kept(t, "account.1.ring.ignoresipalertinfo", "yes")
}
