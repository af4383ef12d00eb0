package httpd_test

import (
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/testkit"
)

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
		{"a bare name", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/"+f.p.File()) }, []identity.Reason{identity.NoProof}, []string{"nothing proves who asks"}},
		{"a MAC that nobody has", func(t *testing.T, f *faulty) { f.ask(t, "/cfg"+stranger+".xml") }, []identity.Reason{identity.NoProof, identity.NotInInventory}, []string{"no organization has a phone with this MAC"}},
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
		}, []identity.Reason{identity.WrongPassword}, []string{"the user is this device's, and the password is not"}},
		{"a wrong user", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/d/"+f.p.File(), "--user", "nobody:wrong") }, []identity.Reason{identity.WrongUser}, []string{"no device with a password for the doors"}},
		{"a token with a slip", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/p/aaaaaaaaaaaaaaaaaaaaaaaaaa/"+f.p.File()) }, []identity.Reason{identity.UnknownToken}, []string{"the token is not one of ours"}},
		{"another phone's token", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/p/"+f.w.Phones[1].Token+"/"+f.p.File()) }, []identity.Reason{identity.TokenOfOther}, []string{"another device than the one that the file's name speaks of"}},
		{"another phone's MAC in the name", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/"+f.p.File(), agent("GHP621W", stranger)...) }, []identity.Reason{identity.NoProof, identity.AgentOther}, []string{"the user agent tells the MAC 00:00:5e:00:53:77"}},
		{"registered as another model", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, f.own()+f.p.File(), agent("GHP620", f.p.MAC.String())...)
		}, []identity.Reason{identity.OtherModel}, []string{"calls itself a GHP620"}},
		{"a model that no catalog has", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, f.own()+f.p.File(), agent("GXX9999", f.p.MAC.String())...)
		}, []identity.Reason{identity.UnknownModel}, []string{"no catalog knows the model"}},
		{"outside the subnets", func(t *testing.T, f *faulty) { f.ask(t, "/"+f.p.File()) }, []identity.Reason{identity.NoProof, identity.OutsideSubnet}, []string{"outside the subnets of the device's site Floor 1"}},
		{"waiting", func(t *testing.T, f *faulty) { f.p = f.w.Waiting; f.inside(t); f.ask(t, f.own()+f.p.File()) }, []identity.Reason{identity.DeviceWaiting}, []string{"the device is waiting"}},
		{"rejected", life(device.Rejected), []identity.Reason{identity.DeviceRejected}, []string{"the device is rejected"}},
		{"retired", life(device.Retired), []identity.Reason{identity.DeviceRetired}, []string{"the device is retired"}},
		{"quarantined", life(device.Quarantined), []identity.Reason{identity.Contested}, []string{"the device is quarantined"}},
		{"the folder twice in the path", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, f.own()+f.own()[1:]+f.p.File()) }, []identity.Reason{identity.PathDoubled}, []string{"the folder with the token stands twice in the path"}},
		{"a scheme in the path", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/tftp://192.0.2.10/"+f.p.File()) }, []identity.Reason{identity.PathScheme}, []string{"stands inside the path"}},
		{"a wrong folder", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/phones/floor/"+f.p.File()) }, []identity.Reason{identity.WrongFolder}, []string{"there is no such folder"}},
		{"a clear-text door", func(t *testing.T, f *faulty) { f.inside(t); f.curl(t, "provision_http", f.own()+f.p.File()) }, []identity.Reason{identity.ClearText}, []string{"in clear text even the right token gets no configuration"}},
		{"a legacy flag that ended", func(t *testing.T, f *faulty) {
			f.inside(t)
			legacy(t, f, f.Clock.Now().Add(time.Second-org.LegacyGraceTime)) // the days of warning end in a second
			testkit.Wait(t, "the end of the flag", func() bool {
				at, err := f.Orgs.Stands(testkit.System(), f.w.Hotel.ID, f.w.Hotel.Subnets[0].CIDR.Addr())
				return err == nil && at.Ended
			})
			f.curl(t, "provision_http", f.own()+f.p.File())
		}, []identity.Reason{identity.ClearText, identity.LegacyEnded}, []string{"has ended, and the phone still comes in clear text"}},
		{"an image under a wrong name", func(t *testing.T, f *faulty) { f.inside(t); f.ask(t, "/firmware/ghp9zfw.bin") }, []identity.Reason{identity.UnknownImage}, []string{"no image is for anyone under this name"}},
		{"a name that no phone asks for", func(t *testing.T, f *faulty) { f.ask(t, "/settings.ini") }, []identity.Reason{identity.UnknownFile}, []string{"no phone that is known asks for a file of this name"}},
		{"it knows another authority", func(t *testing.T, f *faulty) {
			f.ask(t, "/"+f.p.File(), "--cacert", f.otherCA(t))
		}, []identity.Reason{identity.TLSUntrusted}, []string{"does not know the authority of our certificate"}},
		{"only TLS 1.0", func(t *testing.T, f *faulty) {
			f.shake(t, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })
		}, []identity.Reason{identity.TLSVersion}, []string{"speaks no version of TLS"}},
		{"no cipher suite in common", func(t *testing.T, f *faulty) {
			f.shake(t, func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
			})
		}, []identity.Reason{identity.TLSCipher}, []string{"no cipher suite or key in common"}},
		{"clear text at the encrypted door", func(t *testing.T, f *faulty) {
			r, err := http.Get("http://" + f.Addr(t, "provision_https") + "/" + f.p.File())
			if err == nil {
				_ = r.Body.Close()
			}
		}, []identity.Reason{identity.TLSClear}, []string{"speaks clear text at the encrypted door"}},
		{"it fetches again and again", func(t *testing.T, f *faulty) {
			f.inside(t)
			for range 7 {
				f.ask(t, f.own()+f.p.File())
			}
		}, []identity.Reason{identity.FetchLoop}, []string{"in quick succession, and comes again: it does not accept what it gets"}},
	}
}
