package phone_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/protocol/ipp"
	audiocodes "bellwether/internal/vendors/audiocodes/sim"
)

// clerk is a manager that notes reports and answers with what it has.
type clerk struct {
	*world
	heard   []string // operation and status, or the alarms
	agents  []string
	answers []string // of the next ones; then an empty one
}

func newClerk(t *testing.T) *clerk {
	t.Helper()
	c := &clerk{world: newWorld(t)}
	c.answer(func(w http.ResponseWriter, r *http.Request) bool {
		p, ok := ipp.ParsePath(r.URL.Path)
		if !ok {
			return false
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return false
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		text := `{"requests":[]}`
		if p.Op == ipp.Alert {
			a, err := ipp.DecodeAlerts(b)
			for _, one := range a.List {
				c.heard = append(c.heard, fmt.Sprint("alarm ", one.Name, " ", one.Severity, " ", one.Source, err))
			}
		} else {
			m, err := ipp.DecodeReport(b)
			c.heard = append(c.heard, fmt.Sprint(strings.TrimPrefix(string(p.Op), "ipphoneMgrStatus/"), " ", m.Status, " ", m.Firmware, err))
			if len(c.answers) > 0 {
				text, c.answers = c.answers[0], c.answers[1:]
			}
		}
		c.agents = append(c.agents, r.UserAgent())
		_, _ = io.WriteString(w, text)
		return true
	})
	return c
}

func (c *clerk) takes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.heard
	c.heard = nil
	return out
}

// TestPlay_alarms: each phone of a fleet raises an alarm and ends it, once a round.
func TestPlay_alarms(t *testing.T) {
	t.Parallel()
	persona, err := audiocodes.New()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := newClerk(t)
		f, err := phone.NewFleet(phone.FleetConfig{Count: 3, Stagger: 3 * time.Second, Make: func(i int) phone.Config {
			return phone.Config{MAC: phone.FleetMAC(i), Model: "430HD", Persona: persona, ServerURL: "http://prov.example.org/p/t/", Network: c.net, IPP: &phone.IPP{},
				Settings: map[string]string{"ems_server/provisioning/url": "http://prov.example.org/", "provisioning/period/type": "powerup"}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := phone.Play(t.Context(), f, "alarms", phone.Bounds{For: time.Hour, Rounds: 2, Pause: time.Minute}); err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, line := range c.takes() {
			n[line]++
		}
		for i := range 3 {
			for _, s := range []ipp.Severity{ipp.Critical, ipp.Cleared} {
				if line := fmt.Sprint("alarm IPPhoneRegisterFailure ", s, " IPPhone/", phone.FleetMAC(i), "<nil>"); n[line] != 2 {
					t.Errorf("%s came %d times of %v", line, n[line], n)
				}
			}
		}
	})
}

// TestPhone_reports: a phone that is told a manager says that it has started, then how
// it stands, and so on at its interval; it does what answers tell it, each as often as
// it is told, and passes over what it does not know.
func TestPhone_reports(t *testing.T) {
	t.Parallel()
	persona, err := audiocodes.New()
	if err != nil {
		t.Fatal(err)
	}
	for firmware, agent := range map[string]string{"2.2.16.142.46": "AUDC-IPPhone/2.2.16.142.46 (430HD-Rev0; 00005E005301)", "UC_2.0.7.70": "AUDC-IPPhone-430HD_UC_2.0.7.70/1.0.0000.0"} {
		t.Run(firmware, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClerk(t)
				standing := ipp.Unregistered
				c.putRaw("/p/t/00005E005301.cfg", "voip/line/0/id=201\nprovisioning/period/type=powerup\nems_server/provisioning/url=http://prov.example.org/\nems_server/keep_alive_period=5\n")
				p := c.phone(t, func(conf *phone.Config) {
					conf.Persona, conf.Model, conf.Firmware, conf.ServerURL = persona, "430HD", firmware, "http://prov.example.org/p/t/"
					conf.IPP = &phone.IPP{Standing: func() ipp.Status { return standing }}
				})
				time.Sleep(12 * time.Minute)
				synctest.Wait()
				want := []string{"init started " + firmware + "<nil>"}
				for range 3 {
					want = append(want, "keep-alive unregistered "+firmware+"<nil>")
				}
				if got := c.takes(); !slices.Equal(got, want) {
					t.Fatalf("heard %q", got)
				}
				if c.agents[0] != agent {
					t.Errorf("it calls itself %s", c.agents[0])
				}
				standing = ipp.Registered
				c.answers = []string{string(ipp.AppendReply(nil, []ipp.Action{{Cmd: ipp.SendMessage, ID: "7", Text: "Fire drill", Seconds: 20}, {Cmd: "dance"}, {Cmd: ipp.UpdateConfig, Delay: 2}})), string(ipp.AppendReply(nil, []ipp.Action{{Cmd: ipp.Reset}}))}
				p.Alarm(ipp.Alarm{ID: "1", Name: "IPPhoneSurvivableModeStart", Severity: ipp.Major})
				time.Sleep(7 * time.Minute)
				synctest.Wait()
				want = []string{"alarm IPPhoneSurvivableModeStart major IPPhone/00005e005301<nil>", "keep-alive registered " + firmware + "<nil>", "keep-alive registered " + firmware + "<nil>", "init started " + firmware + "<nil>", "keep-alive registered " + firmware + "<nil>"}
				if got := c.takes(); !slices.Equal(got, want) {
					t.Errorf("heard %q", got)
				}
				s := p.Reports()
				var did []string
				for _, e := range s.Executed {
					did = append(did, e.Method+e.Key)
				}
				if !slices.Equal(did, []string{"send_message7", "update_config", "reset"}) || !slices.Equal(s.Ignored, []string{"dance"}) || !slices.Equal(s.Shown, []phone.Shown{{Text: "Fire drill", For: 20 * time.Second}}) || p.Status().Boots != 2 {
					t.Errorf("it did %v, %+v, %d starts", did, s, p.Status().Boots)
				}
			})
		})
	}
}
