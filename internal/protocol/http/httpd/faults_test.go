package httpd_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/db"
	"bellwether/internal/testkit"
)

// faulty is a house, and what asks it wrongly. The world's sites do not cover
// loopback, but for Hotel: Floor 1 is home of a phone that stands outside.
type faulty struct {
	*library
	p testkit.Phone
}

// ask has curl ask at the HTTPS door.
func (f *faulty) ask(t *testing.T, path string, args ...string) {
	f.curl(t, "provision_https", path, args...)
}

func (f *faulty) own() string { return "/p/" + f.p.Token + "/" }

// shake begins TLS at the HTTPS door, which has to fail.
func (f *faulty) shake(t *testing.T, change func(*tls.Config)) {
	t.Helper()
	cfg := f.TLS(t)
	change(cfg)
	c, err := net.Dial("tcp", f.Addr(t, "provision_https"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if tls.Client(c, cfg).HandshakeContext(t.Context()) == nil {
		t.Fatal("TLS was agreed")
	}
}

// inside puts the phone where its site covers loopback.
func (f *faulty) inside(t *testing.T) {
	t.Helper()
	d, err := f.Devices.Get(testkit.System(), f.p.ID)
	if err == nil {
		site := f.w.Hotel.ID
		_, err = f.Devices.Update(testkit.System(), d.ID, device.Patch{SiteID: &site}, d.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// become moves the phone to a stage of its life.
func (f *faulty) become(t *testing.T, to device.Life) {
	t.Helper()
	d, err := f.Devices.Get(testkit.System(), f.p.ID)
	if err == nil {
		err = f.DB.Write(testkit.System(), func(tx *db.Tx) error { return f.Devices.Become(testkit.System(), tx, d, to, "the test") })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// latest are the reasons of the newest row.
func (f *faulty) latest(t *testing.T) provision.Entry {
	t.Helper()
	var row provision.Entry
	testkit.Wait(t, "a row in the ledger", func() bool {
		if err := f.Ledger.Flush(testkit.System()); err != nil {
			t.Fatal(err)
		}
		s, err := f.Ledger.List(testkit.System(), provision.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Items) > 0 {
			row = s.Items[0]
		}
		return len(s.Items) > 0
	})
	return row
}

func agent(model, mac string) []string {
	return []string{"--user-agent", "Grandstream Model HW " + model + " SW 1.0.1.61 DevId " + mac}
}

type cause struct {
	name string
	make func(t *testing.T, f *faulty)
	want []identity.Reason
}

func causes() []cause {
	stranger := "00005e005377"
	legacy := func(t *testing.T, f *faulty, until time.Time) {
		nets := []org.Subnet{{CIDR: f.w.Hotel.Subnets[0].CIDR, Legacy: true}}
		site, err := f.Orgs.Site(testkit.System(), f.w.Hotel.ID)
		if err == nil {
			_, err = f.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	life := func(to device.Life) func(*testing.T, *faulty) {
		return func(t *testing.T, f *faulty) { f.inside(t); f.become(t, to); f.ask(t, f.own()+f.p.File()) }
	}
	return []cause{
		{"a bare name", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/"+f.p.File()) }, []identity.Reason{identity.NoProof}},
		{"a MAC that nobody has", func(t *testing.T, f *faulty) { f.ask(t, "/cfg"+stranger+".xml") }, []identity.Reason{identity.NoProof, identity.NotInInventory}},
		{"a wrong password", func(t *testing.T, f *faulty) {
			f.inside(t)
			d, err := f.Devices.Get(testkit.System(), f.p.ID)
			if err == nil {
				_, _, err = f.Identity.NewPassword(testkit.System(), d)
			}
			if err != nil {
				t.Fatal(err)
			}
			f.ask(t, "/d/"+f.p.File(), "--user", f.p.MAC.String()+":wrong")
		}, []identity.Reason{identity.WrongPassword}},
		{"a wrong user", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/d/"+f.p.File(), "--user", "nobody:wrong") }, []identity.Reason{identity.WrongUser}},
		{"a token with a slip", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/p/aaaaaaaaaaaaaaaaaaaaaaaaaa/"+f.p.File()) }, []identity.Reason{identity.UnknownToken}},
		{"another phone's token", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/p/"+f.w.Phones[1].Token+"/"+f.p.File()) }, []identity.Reason{identity.TokenOfOther}},
		{"another phone's MAC in the name", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/"+f.p.File(), agent("GHP621W", stranger)...) }, []identity.Reason{identity.NoProof, identity.AgentOther}},
		{"registered as another model", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, f.own()+f.p.File(), agent("GHP620", f.p.MAC.String())...)
		}, []identity.Reason{identity.OtherModel}},
		{"a model that no catalog has", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, f.own()+f.p.File(), agent("GXX9999", f.p.MAC.String())...)
		}, []identity.Reason{identity.UnknownModel}},
		{"outside the subnets", func(t *testing.T, f *faulty) { f.ask(t, "/"+f.p.File()) }, []identity.Reason{identity.NoProof, identity.OutsideSubnet}},
		{"waiting", func(t *testing.T, f *faulty) { f.p = f.w.Waiting; f.inside(t); f.ask(t, f.own()+f.p.File()) }, []identity.Reason{identity.DeviceWaiting}},
		{"rejected", life(device.Rejected), []identity.Reason{identity.DeviceRejected}},
		{"retired", life(device.Retired), []identity.Reason{identity.DeviceRetired}},
		{"quarantined", life(device.Quarantined), []identity.Reason{identity.Contested}},
		{"the folder twice in the path", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, f.own()+f.own()[1:]+f.p.File()) }, []identity.Reason{identity.PathDoubled}},
		{"a scheme in the path", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/tftp://192.0.2.10/"+f.p.File()) }, []identity.Reason{identity.PathScheme}},
		{"a wrong folder", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/phones/floor/"+f.p.File()) }, []identity.Reason{identity.WrongFolder}},
		{"a clear-text door", func(t *testing.T, f *faulty) { f.inside(t); f.curl(t, "provision_http", f.own()+f.p.File()) }, []identity.Reason{identity.ClearText}},
		{"a legacy flag that ended", func(t *testing.T, f *faulty) {
			f.inside(t)
			legacy(t, f, f.Clock.Now().Add(time.Second-org.LegacyGraceTime)) // the days of warning end in a second
			testkit.Wait(t, "the end of the flag", func() bool {
				at, err := f.Orgs.Stands(testkit.System(), f.w.Hotel.ID, f.w.Hotel.Subnets[0].CIDR.Addr())
				return err == nil && at.Ended
			})
			f.curl(t, "provision_http", f.own()+f.p.File())
		}, []identity.Reason{identity.ClearText, identity.LegacyEnded}},
		{"an image under a wrong name", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/firmware/ghp9zfw.bin") }, []identity.Reason{identity.UnknownImage}},
		{"a name that no phone asks for", func(t *testing.T, f *faulty) { f.ask(t, "/settings.ini") }, []identity.Reason{identity.UnknownFile}},
		{"it knows another authority", func(t *testing.T, f *faulty) { f.shake(t, func(c *tls.Config) { c.RootCAs = nil }) }, []identity.Reason{identity.TLSUntrusted}},
		{"only TLS 1.0", func(t *testing.T, f *faulty) {
			f.shake(t, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })
		}, []identity.Reason{identity.TLSVersion}},
		{"no cipher suite in common", func(t *testing.T, f *faulty) {
			f.shake(t, func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
			})
		}, []identity.Reason{identity.TLSCipher}},
		{"clear text at the encrypted door", func(t *testing.T, f *faulty) {
			r, err := http.Get("http://" + f.Addr(t, "provision_https") + "/" + f.p.File())
			if err == nil {
				_ = r.Body.Close()
			}
		}, []identity.Reason{identity.TLSClear}},
		{"it fetches again and again", func(t *testing.T, f *faulty) {
			f.inside(t)
			for range 7 {
				f.ask(t, f.own()+f.p.File())
			}
		}, []identity.Reason{identity.FetchLoop}},
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range causes() {
		t.Run(c.name, func(t *testing.T) { t.Parallel(); tells(t, c) })
	}
}

// tells has a cause happen, and compares it with what the ledger names.
func tells(t *testing.T, c cause) {
	t.Helper()
	l := newLibrary(t)
	f := &faulty{l, l.w.Phones[1]}
	if c.want[0] == identity.TokenOfOther {
		f.p = l.w.Phones[0]
	}
	c.make(t, f)
	row := f.latest(t)
	var got []identity.Reason
	for _, x := range row.Findings {
		got = append(got, x.Reason)
		if x.Text == "" || x.Reason.Remedy() == "" {
			t.Errorf("%s has no words or no remedy", x.Reason)
		}
	}
	if !slices.Equal(got, c.want) {
		t.Errorf("%s at %s: the ledger names %v (%s), want %v", row.Verdict, row.Door, got, row.Reason, c.want)
	}
}

func TestFaults_two_at_once(t *testing.T) {
	t.Parallel()
	for _, c := range []cause{
		{"a wrong password outside the subnets", func(t *testing.T, f *faulty) { f.ask(t, "/d/"+f.p.File(), "--user", "nobody:wrong") }, []identity.Reason{identity.WrongUser, identity.OutsideSubnet}},
		{"a foreign token at a retired phone", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.become(t, device.Retired)
			f.ask(t, "/p/"+f.w.Phones[2].Token+"/"+f.p.File())
		}, []identity.Reason{identity.TokenOfOther, identity.DeviceRetired}},
		{"a doubled path of a rejected phone", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.become(t, device.Rejected)
			f.ask(t, f.own()+f.own()[1:]+f.p.File())
		}, []identity.Reason{identity.PathDoubled, identity.DeviceRejected}},
	} {
		t.Run(c.name, func(t *testing.T) { t.Parallel(); tells(t, c) })
	}
}
