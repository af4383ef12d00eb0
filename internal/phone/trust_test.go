package phone_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"

	"github.com/google/go-cmp/cmp"
)

// From the box: clear text without a token, a bootstrap, and the second fetch
// only with the next start (no timer is set, and none is assumed).
func TestPhone_from_the_box(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/cfg"+macA+".xml", "provisioning.config.protocol=HTTPS", "provisioning.config.serverpath=prov.example.org/p/new/",
			"trustedcacertificates.load=All Certificates", "trustedcacertificates.trustedcacertificate.1="+w.roots)
		w.put("/p/new/cfg"+macA+".xml", "hotel.name=A", "security.validate.servercertificate=Yes", "provisioning.validatehostnameincertificate=Yes")
		p := w.phone(t, func(c *phone.Config) { c.ServerURL, c.TLS = "http://prov.example.org/", nil })
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]string{"http /cfg" + macA + ".xml"}, w.requests()); diff != "" {
			t.Error(diff)
		}
		if got := p.Status().ConfigFrom; got != "https://prov.example.org/p/new/" {
			t.Errorf("it will ask %q next", got)
		}
		for range 2 { // the second time it checks the certificate
			p.Reboot()
			synctest.Wait()
			if diff := cmp.Diff([]string{"https /p/new/cfg" + macA + ".xml"}, w.requests()); diff != "" {
				t.Error(diff)
			}
		}
		wants(t, p, "hotel.name=A")
		if s := p.Status(); s.LastError != "" || s.Applied != 3 {
			t.Errorf("%+v", s)
		}
		p.FactoryReset()
		synctest.Wait()
		if got := w.requests(); len(got) != 1 || !strings.HasPrefix(got[0], "http /cfg") {
			t.Errorf("after a reset it asked for %v", got)
		}
	})
}

func TestPhone_judges_the_server(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		settings func(w *world) []string
		roots    bool   // the factory knows the CA
		host     string // "" for the right one
		ok       bool
	}{
		"does not look":            {func(*world) []string { return nil }, false, "", true},
		"CA of the factory":        {func(*world) []string { return []string{"validate=Yes"} }, true, "", true},
		"CA unknown":               {func(*world) []string { return []string{"validate=Yes"} }, false, "", false},
		"CA stored, not loaded":    {func(w *world) []string { return []string{"validate=Yes", "ca=" + w.roots} }, false, "", false},
		"CA stored and loaded":     {func(w *world) []string { return []string{"validate=Yes", "ca=" + w.roots, "load=Custom Certificates"} }, false, "", true},
		"factory's switched off":   {func(*world) []string { return []string{"validate=Yes", "load=Custom Certificates"} }, true, "", false},
		"stored one is no PEM":     {func(*world) []string { return []string{"ca=x", "load=All Certificates"} }, true, "", false},
		"other name, chain alone":  {func(*world) []string { return []string{"validate=Yes"} }, true, "192.0.2.1", true},
		"other name, name counted": {func(*world) []string { return []string{"validate=Yes", "host=Yes"} }, true, "192.0.2.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
				names := map[string]string{
					"validate": "security.validate.servercertificate", "host": "provisioning.validatehostnameincertificate",
					"load": "trustedcacertificates.load", "ca": "trustedcacertificates.trustedcacertificate.1",
				}
				p := w.phone(t, func(c *phone.Config) {
					c.Settings = map[string]string{}
					for _, s := range tc.settings(w) {
						k, v, _ := strings.Cut(s, "=")
						c.Settings[names[k]] = v
					}
					if !tc.roots {
						c.TLS = nil
					}
					if tc.host != "" {
						c.ServerURL = "https://" + tc.host + "/p/t/"
					}
				})
				synctest.Wait()
				if s := p.Status(); (s.Applied == 1) != tc.ok || (s.LastError == "") != tc.ok {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestPhone_credentials(t *testing.T) {
	t.Parallel()
	for name, preempt := range map[string]string{"asked": "No", "unasked": "Yes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
				w.answer(func(rw http.ResponseWriter, r *http.Request) bool {
					user, password, _ := r.BasicAuth()
					if user == "u" && password == "secret" {
						return false
					}
					rw.Header().Set("WWW-Authenticate", `Basic realm="x"`)
					rw.WriteHeader(http.StatusUnauthorized)
					return true
				})
				p := w.phone(t, func(c *phone.Config) {
					c.Settings = map[string]string{
						"provisioning.config.username": "u", "provisioning.config.password": "secret",
						"provisioning.alwaysauthenticatebeforechallenge": preempt,
					}
				})
				synctest.Wait()
				wants(t, p, "hotel.name=A")
				if got, want := len(w.requests()), map[string]int{"No": 2, "Yes": 1}[preempt]; got != want {
					t.Errorf("%d requests, want %d", got, want)
				}
			})
		})
	}
}
