package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/param"
	"bellwether/internal/testkit"
)

// TestOverrides does to one phone's own values what its page of parameters does.
func TestOverrides(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.w.Phones[1]
	s := set{Device: testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+p.ID, nil)}
	own := d.org + "/devices/" + s.MAC + "/overrides"
	v := d.Virtual(t, p)
	testkit.SwitchOn(t, v)
	push := func() {
		t.Helper()
		tk := d.push(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}))
		testkit.Refetch(t, v)
		d.succeeds(tk)
	}
	values := func(o api.Overrides) map[string]string {
		out := map[string]string{}
		for _, it := range o.Items {
			out[it.Key] = it.Value
		}
		return out
	}
	text := func(lines string) api.TakenOverrides {
		return testkit.Call[api.TakenOverrides](t, d.c, http.MethodPut, own+"/text", []byte(lines), "If-Match: *")
	}

	t.Run("GD-PAR-007 as text", func(t *testing.T) {
		got := text("P5005=45\ndatetime.ntp.server.2=ntp.example.org\n" + password + "=canary-own-1\nP35=201\n")
		same(t, "by P-value", values(got.Overrides)[ntpEvery], "45")
		same(t, "by alias", values(got.Overrides)[ntp2], "ntp.example.org")
		same(t, "a secret", values(got.Overrides)[password], "***")
		says(t, strings.Join(got.Warnings, "\n"), "1 belong to an account on a line")
		back := string(d.c.Do(t, http.MethodGet, own+"/text", nil).Body)
		says(t, back, ntpEvery+"=45", ntp2+"=ntp.example.org", password+"=***")
		if strings.Contains(back, "canary") {
			t.Error("the text shows a secret")
		}
		push()
		same(t, "at the phone", v.Settings()[ntpEvery], "45")
		same(t, "the secret at the phone", v.Settings()[password], "canary-own-1")
		same(t, "the blanked secret is taken for the one that is there", len(text(back).Warnings), 0)
		same(t, "taken back as it was, it changes", d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}).Devices, 0)
		says(t, problemText(t, d.c.Do(t, http.MethodPut, own+"/text", []byte("P5005=4"), "If-Match: *")), "line 1")
		problem(t, d.c.Do(t, http.MethodPut, own+"/text", []byte("P5005=5")), http.StatusPreconditionFailed)
	})
	t.Run("GD-PAR-003 reset", func(t *testing.T) {
		d.override(s, "account.1.sip.transport", "TCP", "account.1.sip.registerexpiration", "5", ntp2, "ntp.example.org")
		push()
		same(t, "at the phone", v.Settings()["account.1.sip.transport"]+v.Settings()["account.1.sip.registerexpiration"], "TCP5")
		got := testkit.Call[api.TakenOverrides](t, d.c, http.MethodPost, own+"/defaults", object{"keys": []string{"account.1.sip.transport", "account.1.sip.registerexpiration", ntp2}})
		says(t, strings.Join(got.Warnings, "\n"), ntp2)
		same(t, "one whose default is not known stays", values(got.Overrides)[ntp2], "ntp.example.org")
		push()
		same(t, "at the phone again", v.Settings()["account.1.sip.transport"]+v.Settings()["account.1.sip.registerexpiration"], "UDP60")
	})
	t.Run("GD-PAR-004 copy an account", func(t *testing.T) {
		d.override(s, "account.1.sip.transport", "TCP", "account.1.sip.registerexpiration", "5", "account.2.sip.registerexpiration", "7", "account.2.ring.timeout", "30", ring, "3")
		got := testkit.Call[api.TakenOverrides](t, d.c, http.MethodPost, own+"/copy-account", object{"from": 1, "to": []int{2}})
		has := values(got.Overrides)
		same(t, "copied", has["account.2.sip.transport"]+has["account.2.sip.registerexpiration"], "TCP5")
		same(t, "the first one's own", has["account.1.sip.transport"], "TCP")
		same(t, "in place of its own", has["account.2.ring.timeout"], "")
		same(t, "what is no account's", has[ring], "3")
		push()
		same(t, "at the phone", v.Settings()["account.2.sip.transport"]+v.Settings()["account.2.sip.registerexpiration"], "TCP5")
		for _, body := range []object{{"from": 1, "to": []int{3}}, {"from": 1, "to": []int{1}}, {"from": 1, "to": []int{}}, {"from": 0, "to": []int{2}}} {
			problem(t, d.c.Do(t, http.MethodPost, own+"/copy-account", body), http.StatusUnprocessableEntity)
		}
	})
	t.Run("GD-PAR-010 only what is there is pushed", func(t *testing.T) {
		v.Set("audio.volume.lock", "Both")
		d.override(s, ring, "5")
		push()
		same(t, "set", v.Settings()[ring], "5")
		same(t, "left alone", v.Settings()["audio.volume.lock"], "Both")
	})
	t.Run("an account's keys are not the line's", func(t *testing.T) {
		got := testkit.Call[api.TakenOverrides](t, d.c, http.MethodPost, own+"/copy-account", object{"from": 1, "to": []int{2}})
		for k := range values(got.Overrides) {
			g, _ := d.Vendors.Get("grandstream")
			if row, _, ok := g.Catalog().Lookup(param.Key(k)); ok && row.Role.Identity() {
				t.Errorf("%s was copied", k)
			}
		}
	})
}

func problemText(t *testing.T, a testkit.Answer) string {
	t.Helper()
	p := problem(t, a, http.StatusUnprocessableEntity)
	out := p.Detail
	for _, e := range p.Errors {
		out += "\n" + e.Location + ": " + e.Message
	}
	return out
}
