package onboard_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/allsim"
)

// lan is a house at 192.0.2.1 on a network in memory, whose lobby has the phones up
// to 192.0.2.63.
type lan struct {
	*testkit.House
	t   *testing.T
	w   *testkit.World
	mem *dial.MemNet
}

func newLAN(t *testing.T, options ...testkit.Option) *lan {
	t.Helper()
	h := testkit.New(t, append([]testkit.Option{testkit.OnLAN()}, options...)...)
	return &lan{House: h, t: t, w: h.World(t), mem: h.Net.(*dial.MemNet)}
}

func each(t *testing.T, body func(l *lan)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); body(newLAN(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); body(newLAN(t, testkit.OnDatabase(dbtest.URL(t)))) })
}

const (
	boxMAC = mac.Address("020000000931")
	old    = "https://old.example.org/gs/"
)

// box switches a phone on that somebody else has set up.
func (l *lan) box(model string, m mac.Address, address string, typed map[string]string) *phone.Phone {
	l.t.Helper()
	return l.boxOn(model, m, address, typed, func(own phone.Listener) phone.Listener { return own })
}

// boxOn is box with something between the phone's pages and the network.
func (l *lan) boxOn(model string, m mac.Address, address string, typed map[string]string, between func(phone.Listener) phone.Listener) *phone.Phone {
	l.t.Helper()
	all, err := allsim.New()
	l.ok(err)
	persona, label, found := all.Find("", model)
	if !found {
		l.t.Fatalf("nobody plays %s", model)
	}
	host := l.mem.Host(netip.MustParseAddr(address))
	roots := l.TLS(l.t)
	roots.ServerName = ""
	p, err := phone.New(phone.Config{MAC: m, Model: label, Persona: persona, ServerURL: old, Settings: typed, Network: host, Web: between(host), TLS: roots})
	l.ok(err)
	ctx, off := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) }) // it ends with the test
	l.t.Cleanup(func() {
		off()
		running.Wait()
	})
	testkit.Wait(l.t, "the phone shows its pages", func() bool { return len(p.Status().Pages) > 0 })
	return p
}

// seen has a door see a phone's MAC at an address.
func (l *lan) seen(m mac.Address, model, address string) {
	l.t.Helper()
	l.get(address, "http://192.0.2.1:9080/cfg"+m.String()+".xml", "Grandstream Model HW "+model+" SW 1.0.1.54 DevId "+m.String())
	l.ok(l.Ledger.Flush(testkit.System()))
}

func (l *lan) get(address, url, agent string) (status int, body string) {
	l.t.Helper()
	tr := dial.Transport(l.mem.Host(netip.MustParseAddr(address)))
	defer tr.CloseIdleConnections()
	tr.TLSClientConfig = l.TLS(l.t)
	tr.TLSClientConfig.ServerName = ""
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, url, nil)
	l.ok(err)
	r.Header.Set("User-Agent", agent)
	resp, err := (&http.Client{Transport: tr}).Do(r)
	l.ok(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	l.ok(err)
	return resp.StatusCode, string(b)
}

func (l *lan) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lan) code(what string, err error, code string) {
	l.t.Helper()
	if fault.CodeOf(err) != code || err == nil {
		l.t.Errorf("%s: %v, want the code %q", what, err, code)
	}
}

func word(p *phone.Phone) secret.String {
	s := p.Settings()
	return secret.NewString(s["users.admin.password"] + s["P2"])
}

func (l *lan) claim(v onboard.Visit) (onboard.Led, error) {
	return l.Onboard.ClaimOverLAN(testkit.System(), l.w.Org, v)
}

// takes waits until a phone has its own configuration, and holds it: its path is no
// bootstrap any more.
func (l *lan) takes(p *phone.Phone) device.Device {
	l.t.Helper()
	var d device.Device
	testkit.Wait(l.t, "the phone takes its own configuration", func() bool {
		var err error
		d, err = l.Devices.Get(testkit.System(), p.MAC().String())
		l.ok(err)
		if d.Config.Word() != "delivered" && d.Config.Word() != "confirmed" {
			return false
		}
		for _, v := range p.Settings() {
			if strings.Contains(v, "/p/1s") {
				return false
			}
		}
		return true
	})
	return d
}

// actions are what the operation log says of a device.
func (l *lan) actions(d device.Device) (out []string) {
	l.t.Helper()
	rows, err := l.Audit.List(testkit.System(), audit.Filter{SubjectID: d.ID})
	l.ok(err)
	for _, r := range rows.Items {
		out = append(out, r.Action)
		if strings.Contains(r.Before+r.After, "old-secret") {
			l.t.Errorf("a secret stands in the log: %s %s", r.Before, r.After)
		}
	}
	return out
}

// A phone of the record that somebody else has set up is claimed through its page,
// fetches its own configuration over HTTPS, and is given back byte for byte.
func TestClaimOverLAN_there_and_back(t *testing.T) {
	t.Parallel()
	each(t, func(l *lan) {
		dev := l.w.Phones[0]
		p := l.box(testkit.Model, dev.MAC, "192.0.2.20", map[string]string{
			"provisioning.config.fileprefix": "old_", "provisioning.config.username": "olduser", "provisioning.3cxautoprovision": "Yes",
			"provisioning.override.dhcp.allowcommonoptions": "Yes", "account.1.sip.userid": "900", "account.1.enable": "Yes", "audio.volume.ring": "6", "datetime.ntp.server.1": "old.example.org",
		})
		testkit.Wait(l.t, "it has looked in vain", func() bool { return p.Status().Fetches > 0 || p.Status().LastError != "" || p.Status().Looks > 0 })
		before := p.Settings()
		l.seen(dev.MAC, testkit.Model, "192.0.2.20")
		led, err := l.claim(onboard.Visit{Device: dev.MAC.String(), Password: word(p)})
		l.ok(err)
		if !led.Restarted || led.Address != "192.0.2.20" || !slices.Contains(led.Set, "provisioning.config.serverpath") {
			l.t.Errorf("claimed: %+v", led)
		}
		d := l.takes(p)
		held := p.Settings()
		if held["account.1.sip.userid"] != dev.Account.UserID || held["account.1.sip.subscriber.password"] != dev.Password || held["provisioning.config.fileprefix"] != "" {
			l.t.Errorf("it has the account %q", held["account.1.sip.userid"])
		}
		if held["provisioning.config.username"] != "olduser" {
			l.t.Error("a password that the page does not show was taken away")
		}
		if !strings.Contains(held["provisioning.config.serverpath"], "/p/"+dev.Token+"/") {
			l.t.Errorf("it looks in %q", held["provisioning.config.serverpath"])
		}

		p.Set("audio.volume.handset", "3") // by its user: that stays
		was, err := l.Onboard.AsItWas(testkit.System(), d)
		l.ok(err)
		if !was.Kept || !was.Done || was.Address != "192.0.2.20" || len(was.Settings) < 10 {
			l.t.Errorf("as it was: %+v", was)
		}
		for _, s := range was.Settings {
			if s.Name == "provisioning.config.serverpath" && s.Value != "old.example.org/gs/" || s.Secret && s.Value != "" {
				l.t.Errorf("kept: %+v", s)
			}
		}
		given, err := l.Onboard.GiveBack(testkit.System(), l.w.Org, d, onboard.Visit{Password: word(p)})
		l.ok(err)
		after := p.Settings()
		if after["audio.volume.handset"] != "3" {
			l.t.Error("what its user changed went too")
		}
		before["audio.volume.handset"] = "3"
		if diff := cmp.Diff(before, after); diff != "" {
			l.t.Errorf("the phone is not as it was (%v stay): %s", given.Stay, diff)
		}
		if len(given.Stay) > 0 || !given.Restarted || given.Device.Life != device.Retired {
			l.t.Errorf("given back: %+v", given)
		}
		if status, _ := l.get("192.0.2.20", dev.URL+dev.File(), ""); status != http.StatusNotFound {
			l.t.Errorf("its address still answers: %d", status)
		}
		if was, err = l.Onboard.AsItWas(testkit.System(), d); err != nil || was.Kept {
			l.t.Errorf("what was kept is still there: %+v, %v", was, err)
		}
		_, err = l.Onboard.GiveBack(testkit.System(), l.w.Org, d, onboard.Visit{Password: word(p)})
		l.code("a second time", err, "not_kept")
		if log := l.actions(d); !slices.Contains(log, "device.lead_here") || !slices.Contains(log, "claim.approved") || !slices.Contains(log, "device.give_back") {
			l.t.Errorf("the log has %v", log)
		}
		if strings.Contains(l.Log.String(), word(p).Reveal()) {
			l.t.Error("the phone's password stands in the log")
		}
	})
}

// A stranger of another family is taken in through its page, in either form.
func TestClaimOverLAN_a_stranger(t *testing.T) {
	t.Parallel()
	for model, clear := range map[string]bool{"GRP2614": false, "GXP2170": false, "GXP1625": true, "WP826": false} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			l := newLAN(t)
			p := l.box(model, boxMAC, "192.0.2.21", nil)
			before := p.Settings()
			l.seen(boxMAC, model, "192.0.2.21")
			v := onboard.Visit{Device: boxMAC.Colons(), Password: word(p), Name: "Desk"}
			if clear {
				_, err := l.claim(v)
				l.code("without a word on clear text", err, onboard.ClearOnly)
				v.Clear = true
			}
			led, err := l.claim(v)
			l.ok(err)
			if led.Device.Name != "Desk" || led.Device.Model != model || led.Device.SiteID != l.w.Lobby.ID || led.Device.Life != device.Adopted {
				t.Errorf("taken in as %+v", led.Device)
			}
			d := l.takes(p)
			given, err := l.Onboard.GiveBack(testkit.System(), l.w.Org, d, onboard.Visit{Password: word(p), Clear: clear})
			l.ok(err)
			after := p.Settings()
			for _, name := range given.Stay { // told as it is: nobody knows how it was
				delete(after, name)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%v stay: %s", given.Stay, diff)
			}
		})
	}
}

// A wrong password is shown once. Until an hour has passed no other is, neither by
// the phone's MAC nor at its address.
func TestClaimOverLAN_a_wrong_password(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Now())
	l := newLAN(t, testkit.WithClock(now))
	p := l.box(testkit.Model, boxMAC, "192.0.2.22", nil)
	l.seen(boxMAC, testkit.Model, "192.0.2.22")
	v := onboard.Visit{Device: boxMAC.String(), Password: secret.NewString("wrong")}
	_, err := l.claim(v)
	l.code("a wrong one", err, onboard.WrongPassword)
	v.Password = word(p)
	for range 8 { // more than lock the phone
		_, err = l.claim(v)
		l.code("a right one too soon", err, "wait")
	}
	l.seen("020000000932", testkit.Model, "192.0.2.22")
	_, err = l.claim(onboard.Visit{Device: "020000000932", Password: word(p)})
	l.code("another MAC at that address", err, "wait")
	if _, err := l.Devices.Get(testkit.System(), boxMAC.String()); !fault.Is(err, fault.NotFound) {
		t.Errorf("a record was made: %v", err)
	}
	now.Advance(limit.PageRetry)
	_, err = l.claim(v)
	l.ok(err)
}

// What is not the phone that is meant, or where it may be, is not changed.
func TestClaimOverLAN_refuses(t *testing.T) {
	t.Parallel()
	l := newLAN(t)
	p := l.box(testkit.Model, boxMAC, "192.0.2.23", nil)
	before := p.Settings()

	other := l.w.Phones[0].MAC
	l.seen(other, testkit.Model, "192.0.2.23") // somebody else asks with its MAC
	_, err := l.claim(onboard.Visit{Device: other.String(), Password: word(p)})
	l.code("another phone's page", err, "other_phone")

	away := l.w.Phones[3].MAC // of Floor 2
	l.seen(away, testkit.Model, "192.0.2.23")
	_, err = l.claim(onboard.Visit{Device: away.String(), Password: word(p)})
	l.code("outside its site's subnets", err, "outside_subnets")

	_, err = l.claim(onboard.Visit{Device: other.String(), Password: word(p), Address: "192.0.2.24"})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("an address that no door saw: %v", err)
	}
	_, err = l.claim(onboard.Visit{Device: l.w.Phones[1].MAC.String(), Password: word(p)})
	l.code("never seen", err, "not_seen")

	l.seen(other, testkit.Model, "192.0.2.30") // and a third one, from elsewhere in the lobby
	_, err = l.claim(onboard.Visit{Device: other.String(), Password: word(p)})
	l.code("two addresses", err, "addresses")
	_, err = l.claim(onboard.Visit{Device: other.String(), Password: word(p), Address: "192.0.2.30"})
	l.code("one of them", err, onboard.PageSilent)

	name := "Their lobby" // another tenant says that the address is theirs
	_, err = l.Orgs.CreateSite(testkit.System(), l.w.Foreign, org.SiteInput{Name: &name, Subnets: &[]org.Subnet{{CIDR: netip.MustParsePrefix("192.0.2.16/28")}}})
	l.ok(err)
	_, err = l.claim(onboard.Visit{Device: other.String(), Password: word(p)})
	if err == nil || fault.CodeOf(err) == "other_phone" {
		t.Errorf("an address in two tenants' subnets was called: %v", err)
	}
	_, err = l.claim(onboard.Visit{Device: other.String(), Password: word(p), Address: "192.0.2.23"})
	l.code("two tenants' subnet", err, "outside_subnets")

	if !maps.Equal(before, p.Settings()) {
		t.Error("the phone was changed")
	}
	d, err := l.Devices.Get(testkit.System(), other.String())
	l.ok(err)
	if was, err := l.Onboard.AsItWas(testkit.System(), d); err != nil || was.Kept {
		t.Errorf("something is kept: %+v, %v", was, err)
	}
	claims, err := l.Identity.Claims(testkit.System(), d.OrgID, d.ID)
	l.ok(err)
	if len(claims) > 0 {
		t.Errorf("somebody was approved: %+v", claims)
	}
}

// A model whose page is not known to answer programs is told to be set by hand; a
// frozen phone is left alone.
func TestClaimOverLAN_by_hand(t *testing.T) {
	t.Parallel()
	l := newLAN(t)
	l.seen(boxMAC, "HT801", "192.0.2.25")
	_, err := l.claim(onboard.Visit{Device: boxMAC.String(), Password: secret.NewString("x")})
	l.code("an adapter", err, "by_hand")
	l.seen("020000000933", testkit.Model, "192.0.2.26")
	_, err = l.claim(onboard.Visit{Device: "020000000933", Password: secret.NewString("x")})
	l.code("nobody at home", err, onboard.PageSilent)
	_, err = l.claim(onboard.Visit{Device: "020000000933"})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("without a password: %v", err)
	}
}
