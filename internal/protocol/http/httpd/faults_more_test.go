package httpd_test

import (
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/testkit"
)

const (
	ntp      = "datetime.ntp.server.1"
	fileWord = "provisioning.config.filepassword"
	before   = "provisioning.config.fileprefix"
	behind   = "provisioning.config.filepostfix"

	// elsewhere is another party's address, as curl takes it.
	elsewhere = "127.0.0.2"

	// unusedToken is the cause that takes 30 days.
	unusedToken = "an old token after 30 days"
)

// loops fetches so often and so quickly as only a phone does that cannot use what
// it gets.
func (f *faulty) loops(t *testing.T, agent ...string) {
	t.Helper()
	for range 7 {
		f.ask(t, f.own()+f.p.File(), agent...)
	}
}

func moreCauses() []cause {
	one := func(r identity.Reason) []identity.Reason { return []identity.Reason{r} }
	return []cause{
		{"a prefix that the record does not have", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.set(t, map[string]string{before: "hotel-"})
			f.ask(t, f.own()+f.p.File())
			f.ask(t, f.own()+"motel-"+f.p.File())
		}, one(identity.WrongPrefix), []string{`the phone has the prefix "hotel-" for the names of its files; this name has "motel-"`}},
		{"a postfix that the record does not have", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.set(t, map[string]string{behind: "-a"})
			f.ask(t, f.own()+f.p.File())
			f.ask(t, f.own()+f.p.File()+"-b")
		}, one(identity.WrongPostfix), []string{`the phone has the postfix "-a" for the names of its files; this name has "-b"`}},
		{"an old token after its successor was used", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, f.own()+f.p.File())
			f.ask(t, f.rotate(t)+f.p.File())
			f.ask(t, f.own()+f.p.File())
		}, one(identity.OldToken), []string{"the one that took its place was used since"}},
		{unusedToken, func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, f.own()+f.p.File())
			f.rotate(t)
			f.clock.Advance(31 * 24 * time.Hour)
			f.ask(t, f.own()+f.p.File(), "--insecure")
		}, one(identity.OldToken), []string{"was given another one more than 30 days ago and has not used it"}},
		{"a second claimant", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.claim(t)
			f.claim(t, "--interface", elsewhere)
		}, one(identity.Contested), []string{"a second party asked for the device within its claim window"}},
		{"a claim window that is closed", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.window(t, time.Nanosecond)
			f.claim(t)
		}, one(identity.ClaimClosed), []string{"the claim window of the device is closed"}},
		{"a clock that is behind", func(t *testing.T, f *faulty) { f.openssl(t, time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)) }, one(identity.TLSTime), []string{"most likely its clock is far behind"}},
		{"a clock that is ahead", func(t *testing.T, f *faulty) { f.openssl(t, f.Clock.Now().AddDate(30, 0, 0)) }, one(identity.TLSTime), []string{"its clock is ahead, or our certificate is over"}},
		{"a configuration that does not compile", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.set(t, map[string]string{ntp: "%ITCS_Nobody%"})
			f.ask(t, f.own()+f.p.File())
		}, one(identity.DoesNotCompile), []string{"the configuration does not compile"}},
		{"too many images at once", func(t *testing.T, f *faulty) {
			f.image(t, 1000)
			f.ask(t, "/firmware/"+image+"?try=[1-121]")
		}, one(identity.RateLimited), []string{"fetch too many images at once"}},
		{"a part of a file", func(t *testing.T, f *faulty) {
			f.image(t, 48<<20)
			f.ask(t, "/firmware/"+image, "--limit-rate", "100k", "--max-time", "1")
		}, one(identity.Partial), []string{"took only a part of the file"}},
		{"a sealed file that it cannot open", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.set(t, map[string]string{fileWord: "canary-word"})
			f.ask(t, f.own()+f.p.File()) // the first one, which tells the password
			f.loops(t)
		}, one(identity.FetchLoop), []string{"most likely the phone's password for files is another"}},
		{"a word where the MAC belongs", func(t *testing.T, f *faulty) { f.ask(t, "/cfg%3Cmac%3E.xml") }, one(identity.MACLiteral), []string{"a word where the phone's own MAC belongs"}},
		{"a MAC that is not 12 digits", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, "/cfg"+f.p.MAC.Colons()+".xml")
		}, one(identity.MACLiteral), []string{"the MAC in the name is not written as 12 digits"}},
		{"a token that expired", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.ask(t, "/p/1s00000000"+strings.Repeat("a", 32)+"/"+f.p.File())
		}, one(identity.BootstrapOther), []string{"given to another address or for another MAC"}},
	}
}

func pairs() []cause {
	retired := func(t *testing.T, f *faulty) { t.Helper(); f.inside(t); f.become(t, device.Retired) }
	password := func(t *testing.T, f *faulty) {
		t.Helper()
		d, err := f.Devices.Get(testkit.System(), f.p.ID)
		if err == nil {
			_, _, err = f.Identity.NewPassword(testkit.System(), d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return []cause{
		{"a wrong user outside the subnets", func(t *testing.T, f *faulty) { f.ask(t, "/d/"+f.p.File(), "--user", "nobody:wrong") },
			[]identity.Reason{identity.WrongUser, identity.OutsideSubnet}, []string{"no device with a password", "outside the subnets"}},
		{"a foreign token at a retired phone", func(t *testing.T, f *faulty) {
			retired(t, f)
			f.ask(t, "/p/"+f.w.Phones[2].Token+"/"+f.p.File())
		}, []identity.Reason{identity.TokenOfOther, identity.DeviceRetired}, []string{"another device than the one", "is retired"}},
		{"a doubled path of a rejected phone", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.become(t, device.Rejected)
			f.ask(t, f.own()+f.own()[1:]+f.p.File())
		}, []identity.Reason{identity.PathDoubled, identity.DeviceRejected}, []string{"", "is rejected"}},
		{"an old token outside the subnets", func(t *testing.T, f *faulty) {
			f.ask(t, f.rotate(t)+f.p.File())
			f.ask(t, f.own()+f.p.File())
		}, []identity.Reason{identity.OldToken, identity.OutsideSubnet}, []string{"took its place was used since", "outside the subnets"}},
		{"a wrong password at a retired phone", func(t *testing.T, f *faulty) {
			password(t, f)
			retired(t, f)
			f.ask(t, "/d/"+f.p.File(), "--user", f.p.MAC.String()+":wrong")
		}, []identity.Reason{identity.WrongPassword, identity.DeviceRetired}, []string{"the password is not", "is retired"}},
		{"another model whose configuration does not compile", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.set(t, map[string]string{ntp: "%ITCS_Nobody%"})
			f.ask(t, f.own()+f.p.File(), agent("GHP620", f.p.MAC.String())...)
		}, []identity.Reason{identity.DoesNotCompile, identity.OtherModel}, []string{"does not compile", "calls itself a GHP620"}},
		{"a wrong prefix and a wrong postfix", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.set(t, map[string]string{before: "a-", behind: "-z"})
			f.ask(t, f.own()+f.p.File())
			f.ask(t, f.own()+"b-"+f.p.File()+"-y")
		}, []identity.Reason{identity.WrongPrefix, identity.WrongPostfix}, []string{`the prefix "a-"`, `the postfix "-z"`}},
		{"another model in clear text", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.curl(t, "provision_http", f.own()+f.p.File(), agent("GHP620", f.p.MAC.String())...)
		}, []identity.Reason{identity.ClearText, identity.OtherModel}, []string{"in clear text even the right token", "calls itself a GHP620"}},
		{"a closed window outside the subnets", func(t *testing.T, f *faulty) {
			f.window(t, time.Nanosecond)
			f.claim(t)
		}, []identity.Reason{identity.ClaimClosed, identity.OutsideSubnet}, []string{"window of the device is closed", "outside the subnets"}},
		{"another model that fetches again and again", func(t *testing.T, f *faulty) {
			f.inside(t)
			f.loops(t, agent("GHP620", f.p.MAC.String())...)
		}, []identity.Reason{identity.OtherModel, identity.FetchLoop}, []string{"calls itself a GHP620", "does not accept what it gets"}},
		{"a stranger's transfer that ends in the middle", func(t *testing.T, f *faulty) { f.inside(t); f.cut(t, f.p.File()) },
			[]identity.Reason{identity.NoProof, identity.Partial}, []string{"nothing proves who asks", "took only a part"}},
	}
}
