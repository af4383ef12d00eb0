package ippd_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/audiocodes/sim"
)

// virtual switches the virtual phone of a device on: where it reports it learns from
// its file. Its minutes are so long.
func (d desk) virtual(t testing.TB, a audc, minute time.Duration, conf phone.IPP, firmware string) *phone.Phone {
	t.Helper()
	roots := d.TLS(t)
	roots.ServerName = "" // a phone checks the host that it calls
	persona, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	conf.Address = netip.MustParseAddr("192.0.2.9")
	v, err := phone.New(phone.Config{MAC: a.MAC, Model: "430HD", Firmware: firmware, Persona: persona, ServerURL: a.folder, Network: d.Net, TLS: roots, MinutesAs: minute, Settings: map[string]string{"provisioning/period/type": "powerup"}, IPP: &conf})
	if err != nil {
		t.Fatal(err)
	}
	testkit.SwitchOn(t, v)
	testkit.Wait(t, "the phone's first report of how it stands", func() bool { return sent(v, ipp.KeepAlive) > 0 })
	return v
}

func phoneMAC(i int) mac.Address { return mac.Address(fmt.Sprintf("00908f0000%02x", 0xc0+i)) }

// sent counts the reports that were answered well.
func sent(v *phone.Phone, op ipp.Operation) (n int) {
	for _, r := range v.Reports().Sent {
		if r.Op == op && r.Code == 200 {
			n++
		}
	}
	return n
}

// did are the commands that a phone has carried out, in its own ledger.
func did(v *phone.Phone) string {
	var out []string
	for _, e := range v.Reports().Executed {
		out = append(out, e.Method)
	}
	return strings.Join(out, " ")
}

// ends waits for the end of a command.
func (d desk) ends(t testing.TB, id string) (c command.Command) {
	t.Helper()
	testkit.Wait(t, "the end of the command", func() bool {
		c = d.command(t, id)
		return c.State.Terminal()
	})
	return c
}

// TestVirtual_is_managed: phones of both firmwares, odd in their ways, learn from their
// file where they report, do each command once, and tell of alarms.
func TestVirtual_is_managed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i, tc := range []struct {
		name, firmware string
		quirks         phone.IPPQuirks
	}{
		{"as captured", "2.2.16.142.46", phone.IPPQuirks{}},
		{"UC", "UC_2.0.7.70", phone.IPPQuirks{}},
		{"a comma too many", "2.2.16.142.46", phone.IPPQuirks{Comma: true, Slashes: true}},
		{"another media type", "2.2.16.142.46", phone.IPPQuirks{ContentType: "text/plain; charset=iso-8859-1"}},
		{"each report twice", "2.2.16.142.46", phone.IPPQuirks{Twice: true}},
	} {
		a := d.phone(t, phoneMAC(i), d.w.Org, device.Adopted)
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var registered atomic.Bool
			v := d.virtual(t, a, 50*time.Millisecond, phone.IPP{Quirks: tc.quirks, Standing: func() ipp.Status {
				if registered.Load() {
					return ipp.Registered
				}
				return ipp.Unregistered
			}}, tc.firmware)
			h := d.now(t, a.ID).Hot
			if h.Status != device.Unregistered || h.Firmware != tc.firmware || h.Model != "430HD" || h.Reach != device.Online {
				t.Errorf("the twin holds %+v", h)
			}
			v.Alarm(ipp.Alarm{ID: "1", Name: alarm.RegisterFailure, Severity: ipp.Critical})
			testkit.Wait(t, "the alarm", func() bool { return d.raised(t, a) == 1 })
			registered.Store(true)
			testkit.Wait(t, "its end", func() bool { return d.raised(t, a) == 0 })
			say := d.ask(t, a.ID, command.Order{Kind: command.Message, Args: command.Args{Text: "Fire drill at noon", Seconds: 90}})
			boot := d.ask(t, a.ID, command.Order{Kind: command.Reboot})
			if c := d.ends(t, boot.ID); c.State != command.Confirmed || v.Status().Boots != 2 || did(v) != "send_message reset" {
				t.Errorf("the restart is %s (%s); %d starts, it did %s", c.State, c.Reason, v.Status().Boots, did(v))
			}
			testkit.Wait(t, "that the message counts as delivered", func() bool { return d.command(t, say.ID).State != command.Sent })
			if c := d.command(t, say.ID); c.State != command.Delivered || !slices.Equal(v.Reports().Shown, []phone.Shown{{Text: "Fire drill at noon", For: 90 * time.Second}}) {
				t.Errorf("the message is %s, it showed %v", c.State, v.Reports().Shown)
			}
		})
	}
}

// raised counts the open alarms of a phone.
func (d desk) raised(t testing.TB, a audc) int {
	t.Helper()
	s, err := d.Alarms.List(testkit.System(), alarm.Filter{OrgID: a.OrgID, SubjectKind: "device", SubjectID: a.ID})
	if err != nil {
		t.Fatal(err)
	}
	return len(s.Items)
}

// TestVirtual_loses_an_answer: a phone that lost the answer that carried a restart
// reports the same once more; it is not restarted, nobody takes that for a start, and
// the command does not go out again.
func TestVirtual_loses_an_answer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(t, a, "status=registered")
	boot := d.ask(t, a.ID, command.Order{Kind: command.Reboot})
	v := d.virtual(t, a, 50*time.Millisecond, phone.IPP{Quirks: phone.IPPQuirks{LoseAnswers: 1}, Standing: func() ipp.Status { return ipp.Registered }}, "2.2.16.142.46")
	before := sent(v, ipp.KeepAlive)
	testkit.Wait(t, "two more reports", func() bool { return sent(v, ipp.KeepAlive) > before+1 })
	log := v.Reports().Sent
	if log[0].Code != 0 || log[1].Session != log[0].Session || log[1].Op != ipp.Init {
		t.Errorf("it reported %+v", log[:2])
	}
	if c := d.command(t, boot.ID); c.State != command.Delivered || c.Attempts != 1 || did(v) != "" || v.Status().Boots != 1 {
		t.Errorf("the restart is %s after %d tries; it did %q, %d starts", c.State, c.Attempts, did(v), v.Status().Boots)
	}
}

// TestServer_disconnected: a phone that missed two reports and a little counts as
// offline, whatever it said of itself last, until it is back.
func TestServer_disconnected(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	d := newDesk(t, testkit.WithClock(fake))
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(t, a, "status=registered")
	want := func(r device.Reach) {
		t.Helper()
		d.now(t, a.ID)
		if err := d.Twins.Sweep(testkit.System()); err != nil {
			t.Fatal(err)
		}
		if h := d.now(t, a.ID).Hot; h.Reach != r || h.Status != device.Registered {
			t.Errorf("it is %s, and said %s", h.Reach, h.Status)
		}
	}
	fake.Advance(10*time.Minute + 50*time.Second)
	want(device.Online)
	fake.Advance(20 * time.Second)
	want(device.Offline)
	d.alive(t, a, "status=registered")
	want(device.Online)
}

// TestServer_frozen: what is held back is handed out once it is free again, once.
func TestServer_frozen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(t, a, "status=registered")
	c := d.ask(t, a.ID, command.Order{Kind: command.Reboot})
	hold := command.Extent{Where: a.Where(), DeviceID: a.ID}
	if _, err := d.Commands.Freeze(testkit.System(), hold, "a guest sleeps"); err != nil {
		t.Fatal(err)
	}
	if todo := d.alive(t, a, "status=registered"); len(todo) != 0 {
		t.Errorf("a frozen phone is told to do %v", todo)
	}
	if err := d.Commands.Thaw(testkit.System(), hold); err != nil {
		t.Fatal(err)
	}
	if todo := d.alive(t, a, "status=registered"); len(todo) != 1 || d.command(t, c.ID).Attempts != 1 {
		t.Errorf("thawed it is told to do %v", todo)
	}
}

// TestVirtual_takes_an_image: an image goes by its name alone, the phone fetches it
// where its own file says, and the version that it tells then confirms it.
func TestVirtual_takes_an_image(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	v := d.virtual(t, a, 50*time.Millisecond, phone.IPP{}, "2.2.16.142.46")
	img := phone.Image{Models: []string{"430HD"}, Version: "3.4.6.604", Payload: []byte(strings.Repeat("firmware", 900))}
	c := d.API(t, access.RoleOperator)
	r := testkit.Call[struct{ ID string }](t, c, http.MethodPost, "/orgs/"+d.w.Org.Slug+"/firmware", testkit.File{Field: "file", Name: "430HD.img", Data: img.Encode(), Fields: map[string]string{"models": "430HD", "file_version": "3.4.6.604"}})
	up := d.ask(t, a.ID, command.Order{Kind: command.Upgrade, Args: command.Args{Resource: r.ID}})
	if c := d.ends(t, up.ID); c.State != command.Confirmed || v.Status().Firmware != "3.4.6.604" || v.Status().Upgrades != 1 || did(v) != "update_firmware" {
		t.Errorf("the image is %s (%s); it runs %s and did %s", c.State, c.Reason, v.Status().Firmware, did(v))
	}
	if h := d.now(t, a.ID).Hot; h.Firmware != "3.4.6.604" {
		t.Errorf("the twin holds %+v", h)
	}
}

// TestVirtual_takes_a_configuration: a push is handed out with an answer, and counts as
// delivered when the phone has fetched its file.
func TestVirtual_takes_a_configuration(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	v := d.virtual(t, a, 50*time.Millisecond, phone.IPP{}, "2.2.16.142.46")
	c := d.API(t, access.RoleOperator)
	org := "/orgs/" + d.w.Org.Slug
	testkit.Call[any](t, c, http.MethodPut, org+"/devices/"+a.MAC.String()+"/lines/1", map[string]any{"account_id": d.w.Phones[0].Account.ID})
	plan := testkit.Call[struct{ Hash string }](t, c, http.MethodPost, org+"/plans", map[string]any{"targets": map[string]any{"devices": []string{a.ID}}, "move": map[string]any{"latest": true}})
	testkit.Call[any](t, c, http.MethodPost, org+"/plans/"+plan.Hash+"/push", map[string]any{})
	testkit.Wait(t, "the phone has its line", func() bool { return v.Settings()["voip/line/0/auth_password"] == d.w.Phones[0].Password })
	testkit.Wait(t, "that it is delivered", func() bool { return d.now(t, a.ID).Config.Word() == "delivered" })
	if got := did(v); got != "update_config" {
		t.Errorf("it did %q", got)
	}
}
