package cwmpd_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

// settle is how long phones have in these tests.
const settle = 50 * time.Millisecond

func driftHouse(t *testing.T) (*testkit.House, *testkit.World) {
	t.Helper()
	h := testkit.New(t, testkit.WithDoors(overTLS, inClear), testkit.Settles(settle))
	return h, h.World(t)
}

func deviceOf(t *testing.T, h *testkit.House, p testkit.Phone) device.Device {
	t.Helper()
	d, err := h.Devices.Get(testkit.System(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func drift(t *testing.T, h *testkit.House, p testkit.Phone) map[string]manager.Finding {
	t.Helper()
	all, err := h.Manager.Drift(testkit.System(), deviceOf(t, h, p))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]manager.Finding{}
	for _, f := range all {
		out[string(f.Key)] = f
	}
	return out
}

// here changes a value on the phone as somebody who stands before it would.
func here(t *testing.T, v *phone.Phone, name, value string) {
	t.Helper()
	v.Set(name, value)
	if got := v.Settings()[name]; got != value {
		t.Fatalf("the phone has %q", got)
	}
}

// readAll asks the phone for its settings.
func readAll(t *testing.T, h *testkit.House, p testkit.Phone) {
	t.Helper()
	c := asked(t, h, p, command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"account.1.sip.userid", "account.1.sip.server.1.address", "account.1.enable"}}})
	if c.State != command.Confirmed {
		t.Fatalf("the values are %s (%s)", c.State, c.Reason)
	}
}

// TestDrift_virtual: what a phone took is confirmed by what it says afterwards; a value
// that was changed on it is found, and told to it once more where that is the policy,
// but only once for each finding.
func TestDrift_virtual(t *testing.T) {
	t.Parallel()
	const key = "account.1.sip.server.1.address"
	h, w := driftHouse(t)
	p := w.Phones[0]
	v := managedAt(t, h, p, phone.CWMP{Address: netip.MustParseAddr("127.0.0.85")}, 100*time.Millisecond)
	testkit.Wait(t, "the phone's own word agrees", func() bool { return deviceOf(t, h, p).Config.Word() == "confirmed" })
	if len(drift(t, h, p)) != 0 {
		t.Fatalf("it agrees, and yet: %+v", drift(t, h, p))
	}
	ours := v.Settings()[key]
	here(t, v, key, "elsewhere.example.net")
	readAll(t, h, p)
	f := drift(t, h, p)[key]
	if f.Desired != ours || f.Reported != "elsewhere.example.net" || f.Policy != manager.Monitor || !f.EnforcedAt.IsZero() {
		t.Fatalf("it is found: %+v", f)
	}
	told, err := h.Manager.Told(testkit.System(), deviceOf(t, h, p))
	if err != nil || told[key] != "elsewhere.example.net" || told["account.1.enable"] != "yes" {
		t.Errorf("it told %v, %v", told, err)
	}
	d := deviceOf(t, h, p)
	rules := func(list ...manager.Rule) {
		t.Helper()
		if err := h.Manager.SetRules(testkit.System(), manager.Extent{Where: access.Where{TenantID: p.TenantID, OrgID: p.OrgID}, Name: "org"}, list); err != nil {
			t.Fatal(err)
		}
	}
	rules(manager.Rule{Key: "account.*", Policy: manager.Enforce})
	if err := h.Manager.SetRules(testkit.System(), manager.Extent{Where: d.Where(), DeviceID: d.ID, Name: "phone"}, []manager.Rule{{Key: key, Policy: manager.Ignore}}); err != nil {
		t.Fatal(err)
	}
	readAll(t, h, p)
	if f = drift(t, h, p)[key]; f.Policy != manager.Ignore || !f.EnforcedAt.IsZero() {
		t.Errorf("what is the phone's own business: %+v", f)
	}
	if err := h.Manager.SetRules(testkit.System(), manager.Extent{Where: d.Where(), DeviceID: d.ID, Name: "phone"}, nil); err != nil {
		t.Fatal(err)
	}
	readAll(t, h, p)
	testkit.Wait(t, "the phone has what it should again", func() bool { return v.Settings()[key] == ours })
	testkit.Wait(t, "and nothing is found any more", func() bool { return len(drift(t, h, p)) == 0 })
}

// TestDrift_bare: a phone that never takes a value is told its configuration once more,
// and not for ever; values that come back as the phone writes them are the same.
func TestDrift_bare(t *testing.T) {
	t.Parallel()
	h, w := driftHouse(t)
	p := w.Phones[0]
	c := settled(t, h, p, overTLS)
	const at = "Device.Services.VoiceService.1.VoiceProfile.1."
	said := map[string]string{at + "Line.1.DirectoryNumber": " 201\n", at + "SIP.RegistrarServer": "PBX.example.org", at + "Line.1.Enable": "enabled"}
	delivers := 0
	talk := func(events ...string) {
		t.Helper()
		c.inform(events...)
		_, m, _ := c.post(nil, "")
		for m != nil {
			var answer cwmp.Message
			switch ask := m.(type) {
			case *cwmp.GetParameterValues:
				out := &cwmp.GetParameterValuesResponse{}
				for _, n := range ask.Names {
					if v, ok := said[n]; ok {
						out.Parameters = append(out.Parameters, cwmp.ParameterValue{Name: n, Value: v, Type: cwmp.String})
					}
				}
				answer = out
			case *cwmp.Download:
				delivers++
				answer = &cwmp.DownloadResponse{Status: cwmp.Committed}
			default:
				t.Fatalf("it is asked %T", m)
			}
			_, m, _ = c.post(answer, "")
		}
	}
	talk("1 BOOT")
	readable := func() bool { // its time to take in what it took is over
		talk("2 PERIODIC")
		return deviceOf(t, h, p).Config.Word() == "confirmed"
	}
	testkit.Wait(t, "the phone's own word agrees", readable)
	if err := h.Manager.SetRules(testkit.System(), manager.Extent{Where: access.Where{TenantID: p.TenantID, OrgID: p.OrgID}, Name: "org"}, []manager.Rule{{Key: "*", Policy: manager.Enforce}}); err != nil {
		t.Fatal(err)
	}
	said[at+"SIP.RegistrarServer"] = "elsewhere.example.net"
	for range 3 {
		commanded(t, h, p.ID, command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"account.1.sip.server.1.address"}}})
		talk("2 PERIODIC")
		talk("2 PERIODIC")
	}
	f := drift(t, h, p)["account.1.sip.server.1.address"]
	if delivers != 1 || f.EnforcedAt.IsZero() || f.Reported != "elsewhere.example.net" {
		t.Errorf("it is told %d times, and found: %+v", delivers, f)
	}
	said[at+"SIP.RegistrarServer"] = "pbx.example.org"
	commanded(t, h, p.ID, command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"account.1.sip.server.1.address"}}})
	talk("2 PERIODIC")
	if left := drift(t, h, p); len(left) != 0 {
		t.Errorf("it agrees, and yet: %+v", left)
	}
}
