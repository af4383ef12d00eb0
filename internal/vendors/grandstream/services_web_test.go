package grandstream_test

import (
	"crypto/tls"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

func webPorts(t *testing.T, s *station) {
	b := s.browser("192.0.2.5", nil)
	for mode, want := range map[string][2]int{"HTTP": {200, 0}, "HTTPS": {0, 200}, "Both": {200, 200}, "Disabled": {0, 0}} {
		s.tell("security.webaccessmode", mode, "network.web.port.http", "8080", "network.web.port.https", "8443")
		p := s.phone(nil)
		synctest.Wait()
		if got := [2]int{b.get("http://" + stationAddr + ":8080/"), b.get("https://" + stationAddr + ":8443/")}; got != want {
			t.Errorf("mode %s: %v, want %v", mode, got, want)
		}
		if b.get("https://"+stationAddr+"/") != 0 || b.get("http://"+stationAddr+"/") != 0 {
			t.Errorf("mode %s: the usual ports are open", mode)
		}
		p.Set("security.webaccessmode", "Disabled")
		synctest.Wait()
	}
}

func webList(t *testing.T, s *station) {
	listed, other := s.browser("192.0.2.9", nil), s.browser("192.0.2.200", nil)
	for control, want := range map[string][2]int{"None": {200, 200}, "Whitelist": {200, 403}, "Blacklist": {403, 200}} {
		s.tell("security.webaccesscontrol", control)
		p := s.phone(func(c *phone.Config) { c.WebList = []netip.Prefix{netip.MustParsePrefix("192.0.2.8/29")} })
		synctest.Wait()
		if got := [2]int{listed.get("https://" + stationAddr + "/"), other.get("https://" + stationAddr + "/")}; got != want {
			t.Errorf("%s: the listed one and the other get %v, want %v", control, got, want)
		}
		p.Set("security.webaccessmode", "Disabled")
		synctest.Wait()
	}
}

// signIn posts a password.
func (b browser) signIn(password string) int {
	return b.post("https://"+stationAddr+"/login", "username", "admin", "password", password)
}

func webSession(t *testing.T, s *station) {
	for minutes, idle := range map[string]time.Duration{"": 10 * time.Minute, "2": 2 * time.Minute, "60": time.Hour} {
		told := []string{"users.admin.password", "Correct Horse"}
		if minutes != "" {
			told = append(told, "security.webaccess.session.timeout", minutes)
		}
		s.tell(told...)
		p := s.phone(nil)
		synctest.Wait()
		b := s.browser("192.0.2.5", nil)
		if got := b.signIn("Correct Horse"); got != 200 {
			t.Fatalf("signing in: %d", got)
		}
		for range 3 { // each look begins the time anew
			time.Sleep(idle - time.Second)
			if got := b.get("https://" + stationAddr + "/status"); got != 200 {
				t.Errorf("timeout %q: %d before it is over", minutes, got)
			}
		}
		time.Sleep(idle)
		if got := b.get("https://" + stationAddr + "/status"); got != 401 {
			t.Errorf("timeout %q: %d when it is over", minutes, got)
		}
		p.Set("security.webaccessmode", "Disabled")
		synctest.Wait()
	}
}

func webLockOut(t *testing.T, s *station) {
	for _, tc := range []struct {
		told     []string
		attempts int
		lock     time.Duration
	}{
		{[]string{"security.webaccess.attemptlimit", "3", "security.webkeypadrestrictmodelockoutduration", "10"}, 3, 10 * time.Minute},
		{[]string{"security.webkeypadrestrictmodelockoutduration", "60"}, 5, time.Hour},
		{[]string{"security.webaccess.attemptlimit", "1", "security.webkeypadrestrictmodelockoutduration", "0"}, 1, 0},
	} {
		s.tell(append(tc.told, "users.admin.password", "Correct Horse")...)
		p := s.phone(nil)
		synctest.Wait()
		b := s.browser("192.0.2.5", nil)
		for range tc.attempts {
			if got := b.signIn("wrong"); got != 401 {
				t.Errorf("%v: %d for a wrong password", tc.told, got)
			}
		}
		want := 429
		if tc.lock == 0 {
			want = 200
		}
		if got := b.signIn("Correct Horse"); got != want {
			t.Errorf("%v: %d after %d wrong ones", tc.told, got, tc.attempts)
		}
		time.Sleep(tc.lock)
		if got := b.signIn("Correct Horse"); got != 200 {
			t.Errorf("%v: %d after %s", tc.told, got, tc.lock)
		}
		p.Set("security.webaccessmode", "Disabled")
		synctest.Wait()
	}
}

func webPassword(t *testing.T, s *station) {
	s.tell("users.admin.password", "Correct Horse")
	p := s.phone(nil)
	synctest.Wait()
	b := s.browser("192.0.2.5", nil)
	if b.signIn("correct horse") != 401 || b.signIn("Correct Horse") != 200 {
		t.Fatal("the password that was pushed does not count letter by letter")
	}
	change := func(current, next, again string) int {
		return b.post("https://"+stationAddr+"/password", "current", current, "new", next, "confirm", again)
	}
	if got := [4]int{change("Wrong", "Next1", "Next1"), change("Correct Horse", "Next1", "Next2"), change("Correct Horse", "", ""), change("Correct Horse", "Next1", "Next1")}; got != [4]int{403, 422, 422, 204} {
		t.Errorf("changing it at the phone: %v", got)
	}
	if b.signIn("Next1") != 200 {
		t.Error("the new password does not count")
	}
	p.Provision() // what is pushed wins over what was set at the phone
	synctest.Wait()
	if b.signIn("Correct Horse") != 200 {
		t.Error("the pushed password does not come back")
	}
}

func webSticker(t *testing.T, s *station) {
	s.tell("hotel.name", "A")
	p := s.phone(nil)
	synctest.Wait()
	b := s.browser("192.0.2.5", nil)
	sticker := p.Settings()["users.admin.password"]
	if len(sticker) < 8 || b.signIn("admin") != 401 || b.signIn(sticker) != 200 {
		t.Errorf("out of the box the sticker's password (%d characters) is not the one that counts", len(sticker))
	}
}

// fetched looks whether the phone takes its file from a folder of the server.
func (s *station) fetched(p *phone.Phone) bool {
	before := p.Status().Applied
	p.Provision()
	synctest.Wait()
	return p.Status().Applied > before
}

const overTLS = "prov.example.org/"

func webValidate(t *testing.T, s *station) {
	s.tell("provisioning.config.protocol", "HTTPS", "provisioning.config.serverpath", overTLS, "security.validate.servercertificate", "no")
	p := s.phone(nil)
	synctest.Wait()
	if !s.fetched(p) {
		t.Fatalf("without a check nothing comes: %s", p.Status().LastError)
	}
	s.tell("security.validate.servercertificate", "yes")
	if !s.fetched(p) || s.fetched(p) {
		t.Error("with the check a server of an unknown authority still counts")
	}
}

func webAuthorities(t *testing.T, s *station) {
	const list = "trustedcacertificates.trustedcacertificate.6"
	for load, want := range map[string]bool{"Default Certificates": false, "Custom Certificates": true, "All Certificates": true} {
		s.tell("provisioning.config.protocol", "HTTPS", "provisioning.config.serverpath", overTLS, "security.validate.servercertificate", "yes",
			"trustedcacertificates.load", load, list, s.roots)
		p := s.phone(func(c *phone.Config) { c.Web = nil })
		synctest.Wait()
		if got := s.fetched(p); got != want {
			t.Errorf("%s: fetched %t: %s", load, got, p.Status().LastError)
		}
	}
}

func webTLS(t *testing.T, s *station) {
	for _, tc := range []struct {
		oldest, newest string
		ours           [2]uint16
		want           int
	}{
		{"TLS_1_2", "UNLIMITED", [2]uint16{tls.VersionTLS10, tls.VersionTLS11}, 0},
		{"TLS_1_2", "UNLIMITED", [2]uint16{tls.VersionTLS13, tls.VersionTLS13}, 200},
		{"TLS_1_0", "TLS_1_1", [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, 0},
		{"TLS_1_0", "TLS_1_2", [2]uint16{tls.VersionTLS13, tls.VersionTLS13}, 0},
		{"TLS_1_1", "TLS_1_2", [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, 200},
	} {
		s.tell("security.minimum.tls.version", tc.oldest, "security.maximum.tls.version", tc.newest)
		p := s.phone(nil)
		synctest.Wait()
		p.Set("security.webaccessmode", "Disabled") // the pages open anew with what was pushed
		synctest.Wait()
		p.Set("security.webaccessmode", "HTTPS")
		synctest.Wait()
		b := s.browser("192.0.2.5", &tls.Config{InsecureSkipVerify: true, MinVersion: tc.ours[0], MaxVersion: tc.ours[1]}) //nolint:gosec // old versions are the point
		if got := b.get("https://" + stationAddr + "/"); got != tc.want {
			t.Errorf("%s to %s, asked with %x: %d", tc.oldest, tc.newest, tc.ours, got)
		}
		p.Set("security.webaccessmode", "Disabled")
		synctest.Wait()
	}
}

func webCertificate(t *testing.T, s *station) {
	own, _ := issue(t, "room-201.example.org")
	s.tell("security.customcertificate", keyed(t, own), "provisioning.config.protocol", "HTTPS", "provisioning.config.serverpath", overTLS)
	p := s.phone(nil)
	synctest.Wait()
	if !s.fetched(p) {
		t.Fatalf("%s", p.Status().LastError)
	}
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	if len(seen) == 0 || seen[0].Subject.CommonName != "room-201.example.org" {
		t.Fatalf("the server sees %v", seen)
	}
	shown := ""
	b := s.browser("192.0.2.5", &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(cs tls.ConnectionState) error { //nolint:gosec // looks at it itself
		shown = cs.PeerCertificates[0].Subject.CommonName
		return nil
	}})
	if b.get("https://"+stationAddr+"/") != 200 || shown != "room-201.example.org" {
		t.Errorf("the pages show the certificate of %q", shown)
	}
}
