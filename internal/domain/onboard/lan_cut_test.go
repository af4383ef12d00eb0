package onboard_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
)

// wire is where a phone shows its pages, until somebody pulls the plug: before it
// hears what it is to set, or after that and before it has answered.
type wire struct {
	phone.Listener
	pull *atomic.Int32
}

const (
	whole int32 = iota
	unheard
	unanswered
)

func (w wire) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	l, err := w.Listener.Listen(ctx, network, addr)
	return pulled{l, w.pull}, err
}

type pulled struct {
	net.Listener
	pull *atomic.Int32
}

func (p pulled) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &pulledConn{Conn: c, pull: p.pull}, nil
}

type pulledConn struct {
	net.Conn
	pull *atomic.Int32
	cut  atomic.Bool
}

var errPulled = errors.New("somebody pulled the plug")

func (c *pulledConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if bytes.Contains(b[:n], []byte("api.values.post")) && c.pull.Load() != whole {
		c.cut.Store(true)
		if c.pull.Load() == unheard {
			_ = c.Conn.Close()
			return 0, errPulled
		}
	}
	return n, err
}

func (c *pulledConn) Write(b []byte) (int, error) {
	if c.cut.Load() {
		_ = c.Conn.Close()
		return 0, errPulled
	}
	return c.Conn.Write(b)
}

// A phone that goes off while it is set, at any moment: what it held first is kept,
// nothing is taken for done, and doing it again ends well.
func TestClaimOverLAN_cut_off_midway(t *testing.T) {
	t.Parallel()
	for name, moment := range map[string]int32{"before it heard": unheard, "before it answered": unanswered} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLAN(t)
			pull := &atomic.Int32{}
			p := l.boxOn("GXP1625", boxMAC, "192.0.2.27", nil, func(l phone.Listener) phone.Listener { return wire{l, pull} })
			before := p.Settings()
			l.seen(boxMAC, "GXP1625", "192.0.2.27")
			v := onboard.Visit{Device: boxMAC.String(), Password: word(p), Clear: true}
			pull.Store(moment)
			_, err := l.claim(v)
			l.code("claim, cut off", err, "cut")
			if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "sid=") {
				t.Errorf("it says %v", err)
			}
			d, err := l.Devices.Get(testkit.System(), boxMAC.String())
			l.ok(err)
			was, err := l.Onboard.AsItWas(testkit.System(), d)
			l.ok(err)
			if !was.Kept || was.Done || d.Life != device.Adopted {
				t.Errorf("after the cut: %s, %+v", d.Life, was)
			}
			pull.Store(whole)
			_, err = l.claim(v)
			l.ok(err)
			d = l.takes(p)
			for _, s := range l.was(d).Settings {
				if s.Name == "P237" && s.Value != "old.example.org/gs/" {
					t.Errorf("what it held first is lost: %q", s.Value)
				}
			}

			pull.Store(moment)
			_, err = l.Onboard.GiveBack(testkit.System(), l.w.Org, d, v)
			l.code("give back, cut off", err, "cut")
			if d, err = l.Devices.Get(testkit.System(), d.ID); err != nil || d.Life != device.Adopted || !l.was(d).Kept {
				t.Errorf("after the cut it is %s, %v", d.Life, err)
			}
			pull.Store(whole)
			given, err := l.Onboard.GiveBack(testkit.System(), l.w.Org, d, v)
			l.ok(err)
			after := p.Settings()
			for _, name := range given.Stay {
				delete(after, name)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func (l *lan) was(d device.Device) onboard.Was {
	l.t.Helper()
	w, err := l.Onboard.AsItWas(testkit.System(), d)
	l.ok(err)
	return w
}

// What is kept goes with the device, is not that of other hardware, and is read
// anew once somebody else has led the phone away.
func TestAsItWas_kept(t *testing.T) {
	t.Parallel()
	each(t, func(l *lan) {
		p := l.box(testkit.Model, boxMAC, "192.0.2.28", map[string]string{"provisioning.config.username": "olduser"})
		l.seen(boxMAC, testkit.Model, "192.0.2.28")
		v := onboard.Visit{Device: boxMAC.String(), Password: word(p)}
		_, err := l.claim(v)
		l.ok(err)
		d := l.takes(p)
		p.Set("provisioning.config.serverpath", "third.example.org/")
		_, err = l.claim(v)
		l.ok(err)
		path := ""
		for _, s := range l.was(d).Settings {
			if s.Name == "provisioning.config.serverpath" {
				path = s.Value
			}
		}
		if path != "third.example.org/" {
			l.t.Errorf("it was led from %q", path)
		}
		frozen, err := l.Devices.Get(testkit.System(), d.ID)
		l.ok(err)
		_, err = l.Commands.Freeze(testkit.System(), command.Extent{Where: d.Where(), DeviceID: d.ID}, "a fair")
		l.ok(err)
		_, err = l.claim(v)
		l.code("frozen", err, "frozen")
		_, err = l.Onboard.GiveBack(testkit.System(), l.w.Org, frozen, v)
		l.code("frozen", err, "frozen")
		l.ok(l.Commands.Thaw(testkit.System(), command.Extent{Where: d.Where(), DeviceID: d.ID}))

		if frozen, err = l.Devices.Get(testkit.System(), d.ID); err != nil {
			l.t.Fatal(err)
		}
		fresh, err := l.Devices.Replace(testkit.System(), l.w.Org, d.ID, device.Replacement{MAC: "020000000939"}, frozen.Version)
		l.ok(err)
		if l.was(fresh).Kept {
			l.t.Error("what the old phone held counts for the new one")
		}
		l.ok(l.Devices.Delete(testkit.System(), d.ID, fresh.Version))
	})
}

// A secret that the page does not show is empty after the phone was given back,
// and the answer says so; a phone that is gone keeps everything.
func TestGiveBack_secrets_and_silence(t *testing.T) {
	t.Parallel()
	l := newLAN(t)
	dev := l.w.Phones[0]
	p := l.box(testkit.Model, dev.MAC, "192.0.2.29", map[string]string{"account.1.sip.subscriber.password": "old-secret"})
	l.seen(dev.MAC, testkit.Model, "192.0.2.29")
	_, err := l.claim(onboard.Visit{Device: dev.MAC.String(), Password: word(p)})
	l.ok(err)
	d := l.takes(p)
	p.Set("security.webaccessmode", "Disabled")
	testkit.Wait(t, "its pages are gone", func() bool { return len(p.Status().Pages) == 0 })
	_, err = l.Onboard.GiveBack(testkit.System(), l.w.Org, d, onboard.Visit{Password: word(p)})
	l.code("a phone without pages", err, onboard.PageSilent)
	if !l.was(d).Kept {
		t.Fatal("what it held is gone")
	}
	p.Set("security.webaccessmode", "HTTPS")
	testkit.Wait(t, "its pages are there", func() bool { return len(p.Status().Pages) > 0 })
	given, err := l.Onboard.GiveBack(testkit.System(), l.w.Org, d, onboard.Visit{Password: word(p)})
	l.ok(err)
	if len(given.Emptied) == 0 || given.Emptied[0] != "account.1.sip.subscriber.password" || p.Settings()["account.1.sip.subscriber.password"] != "" {
		t.Errorf("emptied: %v", given.Emptied)
	}
	l.actions(d)
	_, err = l.Onboard.GiveBack(testkit.System(), l.w.Org, l.w.Phones[1].Device, onboard.Visit{Password: secret.NewString("x")})
	l.code("a phone that was never claimed so", err, "not_kept")
}
