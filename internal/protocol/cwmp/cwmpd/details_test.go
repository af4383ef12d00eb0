package cwmpd_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

func detailsOf(t *testing.T, h *testkit.House, p testkit.Phone, wait time.Duration) manager.Details {
	t.Helper()
	d, err := h.Devices.Get(testkit.System(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Manager.Details(testkit.System(), d, wait)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func field(d manager.Details, name string) manager.Field {
	i := slices.IndexFunc(d.Fields, func(f manager.Field) bool { return f.Name == name })
	if i < 0 {
		return manager.Field{}
	}
	return d.Fields[i]
}

// TestDetails_virtual: a look at a phone's details asks the phone itself, shows what
// it says as it says it, and of what it cannot say why; a phone that cannot be reached
// shows what it said before, with the time.
func TestDetails_virtual(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	p := w.Phones[0]
	if d := detailsOf(t, h, p, 10*time.Second); d.Freshness != "never" || d.Why == "" || !d.ReadAt.IsZero() {
		t.Errorf("before it ever reported: %+v", d)
	}
	v := managedBy(t, h, p, phone.CWMP{Address: netip.MustParseAddr("127.0.0.81")})
	d := detailsOf(t, h, p, 10*time.Second)
	if d.Freshness != "live" || d.ReadAt.IsZero() || d.StartedAt.IsZero() || d.Start != "factory_reset" {
		t.Fatalf("it is %s (%s), read %v, started %v by %q", d.Freshness, d.Why, d.ReadAt, d.StartedAt, d.Start)
	}
	for name, want := range map[string]string{"system.model": testkit.Model, "system.software": v.Status().Firmware, "system.hardware": testkit.Model + " V1.0A", "system.mac": p.MAC.Colons(), "ipv4.address": "127.0.0.81", "ipv4.type": "DHCP", "system.maker": "Grandstream"} {
		if f := field(d, name); f.Value != want || f.At.IsZero() {
			t.Errorf("%s is %+v, not %q", name, f, want)
		}
	}
	for _, name := range []string{"system.part_number", "ipv6.address", "system.openvpn", "ipv4.gateway"} {
		if f := field(d, name); f.Value != "" || f.Why == "" {
			t.Errorf("of %s it is said: %+v", name, f)
		}
	}
	if field(d, "energy.mode").Name != "" {
		t.Error("energy saving is shown of a phone that has none")
	}
	line, err := h.Accounts.Lines(testkit.System(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	ours := line[p.ID][0].Account
	if len(d.Accounts) != 1 || d.Accounts[0].UserID != ours.UserID || d.Accounts[0].Local || d.Accounts[0].ServerName != ours.ServerName || d.Accounts[0].Server != ours.ServerAddress || d.Accounts[0].Status != manager.Unknown || d.Accounts[0].Enabled == nil || !*d.Accounts[0].Enabled {
		t.Errorf("its accounts: %+v, and we gave it %+v", d.Accounts, ours)
	}
	boot := asked(t, h, p, command.Order{Kind: command.Reboot})
	if boot.State != command.Confirmed {
		t.Fatalf("the restart is %s", boot.State)
	}
	if d = detailsOf(t, h, p, 10*time.Second); d.Start != "command" {
		t.Errorf("it started by %q", d.Start)
	}
}

// TestDetails_bare: what a phone tells by itself is shown, an account that was put on it
// by hand is marked, and a phone that falls silent keeps what it said.
func TestDetails_bare(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	p := w.Phones[0]
	c := settled(t, h, p, overTLS)
	c.inform("1 BOOT")
	c.ends(nil)
	if err := h.Twins.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	const at = "Device.Services.VoiceService.1.VoiceProfile."
	got := detailsOf(t, h, p, 0)
	again := detailsOf(t, h, p, 0)
	if got.Freshness != "known" || got.Command == "" || got.Command != again.Command || got.Start != "unknown" {
		t.Fatalf("a phone that has not answered is %s, asked by %q and then by %q, started by %q", got.Freshness, got.Command, again.Command, got.Start)
	}
	c.inform("6 CONNECTION REQUEST")
	var watched *cwmp.SetParameterAttributes
	said := map[string]string{at + "1.Line.1.Status": "Up", at + "2.Line.1.Status": "Error", at + "2.Line.1.DirectoryNumber": "777", at + "2.SIP.RegistrarServer": "pbx.example.org", at + "1.Line.1.CallState": "InCall", "Device.DeviceInfo.UpTime": "10"}
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
		case *cwmp.SetParameterAttributes:
			watched, answer = ask, &cwmp.SetParameterAttributesResponse{}
		default:
			t.Fatalf("it is asked %T", m)
		}
		_, m, _ = c.post(answer, "")
	}
	if watched == nil || len(watched.Parameters) != 2 || watched.Parameters[0].Name != at+"1.Line.1.Status" || watched.Parameters[0].Notification != cwmp.NotifyActive || !watched.Parameters[0].ChangeNotification {
		t.Errorf("it is to tell by itself: %+v", watched)
	}
	got = detailsOf(t, h, p, 10*time.Second)
	if len(got.Accounts) != 2 || got.Accounts[0].Status != "registered" || got.Accounts[0].Local || got.Accounts[0].Call != "busy" || got.Accounts[1].Status != "unregistered" || !got.Accounts[1].Local || got.Accounts[1].Told != "Error" || got.Accounts[1].Server != "pbx.example.org" {
		t.Errorf("its accounts: %+v", got.Accounts)
	}
	in := c.message("4 VALUE CHANGE")
	in.Parameters = append(in.Parameters, cwmp.ParameterValue{Name: at + "1.Line.1.Status", Value: "Registering", Type: cwmp.String}, cwmp.ParameterValue{Name: at + "1.Line.1.SIP.AuthPassword", Value: "open sesame", Type: cwmp.String})
	if s := c.begin(in); s != 200 {
		t.Fatalf("the Inform gets %d", s)
	}
	c.ends(nil)
	if err := h.Twins.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if d := deviceOf(t, h, p); d.Hot.Status != device.Unregistered || d.Hot.Door != "cwmp" {
		t.Errorf("in the list it is %q, by %q", d.Hot.Status, d.Hot.Door)
	}
	if got = detailsOf(t, h, p, 10*time.Second); got.Accounts[0].Status != "unregistered" || got.Accounts[0].Told != "Registering" {
		t.Errorf("once it told a change: %+v", got.Accounts[0])
	}
}
