package phone_test

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
)

// TestCWMP_first_contact: the first session tells of the bootstrap, with a proof,
// and what the phone is; the second is by its interval.
func TestCWMP_first_contact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		a.user, a.password = "cpe", "secret-1"
		p := w.managedPhone(t, phone.CWMP{}, func(c *phone.Config) {
			c.Settings = managed("tr069.periodicinform=Yes", "tr069.periodicinforminterval=300")
		})
		synctest.Wait()
		m := only[*cwmp.Inform](t, a.heard())
		if codes(m) != "0 BOOTSTRAP, 1 BOOT" || m.Device.MAC() != macA || m.Device.OUI != "C074AD" || m.Device.ProductClass != "GHP621W" || m.RetryCount != 0 {
			t.Errorf("the first Inform is %+v", m)
		}
		for name, want := range map[string]string{
			"DeviceInfo.SoftwareVersion": p.Status().Firmware, "LAN.IPAddress": "192.0.2.77", "ManagementServer.ConnectionRequestURL": p.Management().RequestURL, "ManagementServer.ParameterKey": "",
		} {
			if got, ok := m.Value(name); !ok || got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if st := p.Management(); st.Sessions != 1 || len(st.Waiting) > 0 || !strings.HasPrefix(st.RequestURL, "http://192.0.2.77:7547/") {
			t.Errorf("after the first session: %+v", st)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		var all []string
		for _, m := range informs(a.heard()) {
			all = append(all, codes(m))
		}
		if diff := cmp.Diff([]string{"2 PERIODIC", "2 PERIODIC"}, all); diff != "" {
			t.Error("by its interval:", diff)
		}
		p.Set("tr069.url", "http://prov.example.org/acs?moved")
		synctest.Wait()
		if m := only[*cwmp.Inform](t, a.heard()); codes(m) != "0 BOOTSTRAP" {
			t.Errorf("at another server the phone says %s", codes(m))
		}
	})
}

// TestCWMP_basic: by Basic the phone proves itself over TLS alone.
func TestCWMP_basic(t *testing.T) {
	t.Parallel()
	for url, sessions := range map[string]int{"https://prov.example.org/acs": 1, "http://prov.example.org/acs": 0} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			a := w.acs(t)
			a.user, a.password, a.basic = "cpe", "secret-1", true
			p := w.managedPhone(t, phone.CWMP{}, func(c *phone.Config) { c.Settings["tr069.url"] = url })
			synctest.Wait()
			if st := p.Management(); st.Sessions != sessions {
				t.Errorf("%s: %+v", url, st)
			}
			a.set(func() {
				for _, r := range a.posts {
					if r.TLS == nil && r.Header.Get("Authorization") != "" {
						t.Errorf("the password went out in the clear: %s", r.Header.Get("Authorization"))
					}
				}
			})
		})
	}
}

// TestCWMP_retries: a server that is down is tried again as the book has it, and
// the count of tries is told.
func TestCWMP_retries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		a.refuse = http.StatusServiceUnavailable
		p := w.managedPhone(t, phone.CWMP{}, nil)
		last := time.Now()
		for n := 1; n <= 12; n++ {
			for p.Management().Failures < n {
				time.Sleep(time.Second)
				synctest.Wait()
			}
			if n > 1 {
				least := 5 * time.Second << (min(n-1, 10) - 1)
				if took := time.Since(last); took < least-time.Second || took > 2*least+time.Second {
					t.Errorf("try %d came %s after the one before, want %s to %s", n, took, least, 2*least)
				}
			}
			last = time.Now()
		}
		a.set(func() { a.refuse = 0 })
		p.Offline(true)
		p.Offline(false)
		p.Reboot() // a new event is told at once
		synctest.Wait()
		if m := only[*cwmp.Inform](t, a.heard()); m.RetryCount != 12 || codes(m) != "0 BOOTSTRAP, 1 BOOT" {
			t.Errorf("the Inform that got through says %d tries, %s", m.RetryCount, codes(m))
		}
		if st := p.Management(); st.Retry != 0 || st.LastError != "" || st.Sessions != 1 {
			t.Errorf("after that: %+v", st)
		}
	})
}

// TestCWMP_parameters: names, values, attributes and objects, read and written.
func TestCWMP_parameters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		const line, inform = "Device.Services.VoiceService.1.VoiceProfile.1.", "Device.ManagementServer.InformParameter."
		values := func(pairs ...string) []cwmp.ParameterValue {
			var out []cwmp.ParameterValue
			for i := 0; i < len(pairs); i += 2 {
				out = append(out, cwmp.ParameterValue{Name: pairs[i], Value: pairs[i+1], Type: cwmp.String})
			}
			return out
		}
		a.wants(
			&cwmp.GetRPCMethods{},
			&cwmp.GetParameterNames{Path: "Device.", NextLevel: true},
			&cwmp.GetParameterNames{Path: "Device.ManagementServer.PeriodicInformTime"},
			&cwmp.GetParameterNames{Path: "Device.No."},
			&cwmp.SetParameterValues{Parameters: values(line+"Name", "Front desk", line+"Line.1.Enable", "Enabled", line+"Line.1.SIP.AuthPassword", "pw-1", line+"SIP.UserAgentTransport", "TLS"), Key: "rev-1"},
			&cwmp.SetParameterValues{Parameters: values(line+"Name", "lost", "Device.DeviceInfo.UpTime", "1", "Device.No", "1", line+"Line.1.Enable", "Perhaps", "Device.ManagementServer.PeriodicInformInterval", "soon")},
			&cwmp.GetParameterValues{Names: []string{line, "Device.ManagementServer.ParameterKey"}},
			&cwmp.GetParameterValues{Names: []string{"Device.No"}},
			&cwmp.SetParameterAttributes{Parameters: []cwmp.AttributeChange{{ParameterAttribute: cwmp.ParameterAttribute{Name: line + "Name", Notification: cwmp.NotifyActive}, ChangeNotification: true}}},
			&cwmp.GetParameterAttributes{Names: []string{line + "Name"}},
			&cwmp.AddObject{Object: inform, Key: "add-1"},
			&cwmp.AddObject{Object: inform, Key: "add-2"},
			&cwmp.DeleteObject{Object: inform + "1.", Key: "del-1"},
			&cwmp.DeleteObject{Object: inform + "1.", Key: "del-2"},
			&cwmp.AddObject{Object: "Device.Services.VoiceService.1.VoiceProfile."},
			&cwmp.SetParameterValues{Parameters: values(inform+"2.Enable", "1", inform+"2.ParameterName", line+"Name"), Key: "rev-2"},
			&cwmp.ScheduleDownload{},
		)
		p := w.managedPhone(t, phone.CWMP{}, nil)
		synctest.Wait()
		list := a.heard()
		var faults []int
		for _, e := range list {
			if f, ok := e.Body.(*cwmp.Fault); ok {
				faults = append(faults, f.Code)
			}
		}
		if diff := cmp.Diff([]int{cwmp.FaultName, cwmp.FaultArguments, cwmp.FaultName, cwmp.FaultName, cwmp.FaultDenied, cwmp.FaultMethod}, faults); diff != "" {
			t.Error("the faults:", diff)
		}
		for _, e := range list {
			switch m := e.Body.(type) {
			case *cwmp.Fault:
				if len(m.Set) > 0 {
					want := []cwmp.ParameterFault{
						{Name: "Device.DeviceInfo.UpTime", Code: cwmp.FaultNotWritable, String: "parameter is not writable"}, {Name: "Device.No", Code: cwmp.FaultName, String: "invalid parameter name"},
						{Name: line + "Line.1.Enable", Code: cwmp.FaultValue, String: "invalid parameter value"}, {Name: "Device.ManagementServer.PeriodicInformInterval", Code: cwmp.FaultValue, String: "invalid parameter value"},
					}
					if diff := cmp.Diff(want, m.Set); diff != "" {
						t.Error("of the values:", diff)
					}
				}
			case *cwmp.GetParameterValuesResponse:
				want := map[string]string{"Name": "Front desk", "Line.1.Enable": "Enabled", "Line.1.SIP.AuthPassword": "", "SIP.UserAgentTransport": "TLS", "Device.ManagementServer.ParameterKey": "rev-1"}
				for _, v := range m.Parameters {
					if wanted, ok := want[strings.TrimPrefix(v.Name, line)]; ok && v.Value != wanted {
						t.Errorf("%s is %q, want %q", v.Name, v.Value, wanted)
					}
					delete(want, strings.TrimPrefix(v.Name, line))
				}
				if len(want) > 0 {
					t.Errorf("not told: %v", want)
				}
			case *cwmp.GetParameterAttributesResponse:
				if diff := cmp.Diff([]cwmp.ParameterAttribute{{Name: line + "Name", Notification: cwmp.NotifyActive}}, m.Parameters); diff != "" {
					t.Error("the attributes:", diff)
				}
			}
		}
		if s := p.Settings(); s["account.1.name"] != "Front desk" || s["account.1.enable"] != "Yes" || s["account.1.sip.subscriber.password"] != "pw-1" || s["account.1.sip.transport"] != "Tls Or Tcp" {
			t.Errorf("the phone's settings are %q, %q, %q, %q", s["account.1.name"], s["account.1.enable"], s["account.1.sip.subscriber.password"], s["account.1.sip.transport"])
		}
		if diff := cmp.Diff([]string{"rev-1", "rev-2"}, keys(p, "SetParameterValues")); diff != "" {
			t.Error("executed:", diff)
		}
		p.Set("account.1.name", "Back desk")
		synctest.Wait()
		m := only[*cwmp.Inform](t, a.heard())
		if got, _ := m.Value("Services.VoiceService.1.VoiceProfile.1.Name"); codes(m) != "4 VALUE CHANGE" || got != "Back desk" {
			t.Errorf("of a change on the phone it says %s, %q", codes(m), got)
		}
	})
}

// TestCWMP_reboot_and_reset: what the phone was told survives its restart, a reset
// makes it as new, and what it executed is remembered through both.
func TestCWMP_reboot_and_reset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		a.wants(&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: "Device.DeviceInfo.ProvisioningCode", Value: "p"}}, Key: "rev-1"}, &cwmp.Reboot{Key: "cmd-1"}, &cwmp.ScheduleInform{Delay: 60, Key: "cmd-2"})
		p := w.managedPhone(t, phone.CWMP{}, nil)
		synctest.Wait()
		list := informs(a.heard())
		if len(list) != 2 || codes(list[1]) != "1 BOOT, M Reboot cmd-1" {
			t.Fatalf("after a restart there are %d Informs, the last of %s", len(list), codes(list[len(list)-1]))
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := len(informs(a.heard())); n != 0 || p.Status().Boots != 2 {
			t.Errorf("a restart loses what was scheduled; %d Informs, %d starts", n, p.Status().Boots)
		}
		a.wants(&cwmp.GetParameterValues{Names: []string{"Device.DeviceInfo.ProvisioningCode", "Device.ManagementServer.ParameterKey"}}, &cwmp.ScheduleInform{Delay: 60, Key: "cmd-3"})
		p.Reboot()
		synctest.Wait()
		if got := only[*cwmp.GetParameterValuesResponse](t, a.heard()).Parameters; got[0].Value != "p" || got[1].Value != "rev-1" {
			t.Errorf("after a restart the phone holds %+v", got)
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		early := len(informs(a.heard()))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if m := only[*cwmp.Inform](t, a.heard()); early != 0 || codes(m) != "3 SCHEDULED, M ScheduleInform cmd-3" {
			t.Errorf("scheduled: %d before, then %s", early, codes(m))
		}
		a.wants(&cwmp.FactoryReset{})
		p.Reboot()
		synctest.Wait()
		if p.Status().Resets != 1 || p.Settings()["tr069.url"] != "" {
			t.Error("the phone is not reset")
		}
		for name, value := range managed() {
			p.Set(name, value)
		}
		synctest.Wait()
		list = informs(a.heard())
		if codes(list[len(list)-1]) != "0 BOOTSTRAP, 1 BOOT" {
			t.Errorf("after a reset the phone says %s", codes(list[len(list)-1]))
		}
		var done []string
		for _, e := range p.Management().Executed {
			done = append(done, strings.TrimSpace(e.Method+" "+e.Key))
		}
		if diff := cmp.Diff([]string{"SetParameterValues rev-1", "Reboot cmd-1", "ScheduleInform cmd-2", "ScheduleInform cmd-3", "FactoryReset"}, done); diff != "" || p.Management().Key != "" {
			t.Error("executed:", diff)
		}
	})
}

// TestCWMP_script: a phone that is told to fail fails where it is told to.
func TestCWMP_script(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turn     phone.Turn
		executed int
		starts   int
		sessions int
	}{
		"obeys":                      {phone.Turn{}, 1, 1, 1},
		"refuses":                    {phone.Turn{Fault: cwmp.FaultDenied}, 0, 1, 1},
		"is gone before":             {phone.Turn{Cut: phone.CutBefore}, 0, 1, 0},
		"is gone without an answer":  {phone.Turn{Cut: phone.CutAfter}, 1, 1, 0},
		"loses its power afterwards": {phone.Turn{Cut: phone.CutPower}, 1, 2, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			a := w.acs(t)
			a.wants(&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: "Device.DeviceInfo.ProvisioningCode", Value: "p"}}, Key: "k"})
			p := w.managedPhone(t, phone.CWMP{Script: func(m cwmp.Message) phone.Turn { return c.turn }}, nil)
			synctest.Wait()
			if st := p.Management(); len(st.Executed) != c.executed || p.Status().Boots != c.starts || st.Sessions != c.sessions {
				t.Errorf("%s: %d executed, %d starts, %d sessions, %s", name, len(st.Executed), p.Status().Boots, st.Sessions, st.LastError)
			}
		})
	}
}

// TestCWMP_connection_request: only who knows the secret path and the password has
// the phone come.
func TestCWMP_connection_request(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		p := w.managedPhone(t, phone.CWMP{}, nil)
		synctest.Wait()
		a.heard()
		url := p.Management().RequestURL
		for what, c := range map[string]struct {
			url, user, password string
			code                int
		}{
			"another path": {strings.TrimSuffix(url, url[len(url)-16:]), "acs", "secret-2", http.StatusNotFound}, "no password": {url, "", "", http.StatusUnauthorized},
			"a wrong password": {url, "acs", "secret-1", http.StatusUnauthorized}, "another name": {url, "cpe", "secret-2", http.StatusUnauthorized},
		} {
			if code := w.call(t, c.url, c.user, c.password); code != c.code {
				t.Errorf("%s is answered with %d, want %d", what, code, c.code)
			}
		}
		synctest.Wait()
		if n := len(informs(a.heard())); n > 0 || p.Management().Requests > 0 {
			t.Errorf("the phone came %d times for strangers", n)
		}
		if code := w.call(t, url, "acs", "secret-2"); code != http.StatusOK {
			t.Errorf("the right request is answered with %d", code)
		}
		synctest.Wait()
		if m := only[*cwmp.Inform](t, a.heard()); codes(m) != "6 CONNECTION REQUEST" {
			t.Errorf("the phone comes for %s", codes(m))
		}
		p.Offline(true)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if c, err := w.net.Host(netip.MustParseAddr("192.0.2.1")).Dial(ctx, "tcp", "192.0.2.77:7547"); err == nil {
			c.Close()
			t.Error("a phone off its network takes connections")
		}
	})
}

// TestCWMP_random_start: with the setting the first session comes within an hour,
// and not at once.
func TestCWMP_random_start(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		w.managedPhone(t, phone.CWMP{}, func(c *phone.Config) { c.Settings["tr069.randomstart.enable"] = "Yes" })
		time.Sleep(time.Second / 2)
		synctest.Wait()
		early := len(informs(a.heard()))
		time.Sleep(time.Hour)
		synctest.Wait()
		if late := informs(a.heard()); early != 0 || len(late) != 1 {
			t.Errorf("%d Informs at once, %d within the hour", early, len(late))
		}
	})
}

// TestCWMP_needs: what a managed phone cannot do without is asked for.
func TestCWMP_needs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := phone.Config{MAC: macA, Model: "GHP621W", Persona: persona(t), ServerURL: "https://prov.example.org/p/t/", Network: w.net.Host(phoneAt()), CWMP: &phone.CWMP{}}
	if _, err := phone.New(c); err == nil || !strings.Contains(err.Error(), "address") {
		t.Errorf("without an address: %v", err)
	}
	c.CWMP = nil
	p, err := phone.New(c)
	if err != nil || !slices.Equal(p.Management().Executed, nil) {
		t.Errorf("a phone that is not managed: %v", err)
	}
}
