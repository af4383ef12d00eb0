package api_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/phone"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/allsim"

	"github.com/google/go-cmp/cmp"
)

// leased switches a 420HD from the box on that DHCP sends to the file of addresses,
// as the phone manager's guide has it.
func (d *desk) leased(m string) *phone.Phone {
	d.t.Helper()
	all, err := allsim.New()
	if err != nil {
		d.t.Fatal(err)
	}
	persona, label, _ := all.Find("audiocodes", "420HD")
	roots := d.TLS(d.t)
	roots.ServerName = ""
	v, err := phone.New(phone.Config{MAC: mac.Address(m), Model: label, Persona: persona, Network: d.Net, TLS: roots, Clock: d.Clock, MinutesAs: time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Settings: map[string]string{"provisioning/period/type": "powerup"},
		IPP:      &phone.IPP{},
		Lease: func() (phone.Lease, error) {
			return phone.Lease{Options: map[uint8]string{160: "http://" + d.Addr(d.t, "provision_http") + "/firmwarefiles;ipp/dhcption160.cfg"}}, nil
		}})
	if err != nil {
		d.t.Fatal(err)
	}
	testkit.SwitchOn(d.t, v)
	return v
}

// image uploads firmware for the 420HD under its default name.
func (d *desk) image(version string) {
	d.t.Helper()
	i := phone.Image{Models: []string{"420HD"}, Version: version, Payload: []byte(strings.Repeat("firmware", 9000))}
	testkit.Call[any](d.t, d.API(d.t, access.RoleOperator), http.MethodPost, d.org+"/firmware", testkit.File{Field: "file", Name: "420HD.img", Data: i.Encode(), Fields: map[string]string{"models": "420HD"}})
}

// walk is what the phone asked for, each with the answer: the door and path, a token
// written as such.
func walk(v *phone.Phone) []string {
	var out []string
	for _, f := range v.Fetches() {
		u, err := url.Parse(f.URL)
		if err != nil {
			return append(out, err.Error())
		}
		path := u.Path
		if rest, ok := strings.CutPrefix(path, "/p/"); ok {
			_, name, _ := strings.Cut(rest, "/")
			path = "/p/<token>/" + name
		}
		out = append(out, u.Scheme+" "+path+" "+http.StatusText(f.Code))
	}
	return out
}

// pulls is the guide's order for a phone that is known: the image, which proves its
// claim by its site's subnet, restarts it; with its configuration comes its
// permanent address.
const pulls = `http /firmwarefiles;ipp/dhcption160.cfg OK
https /configfiles/00908F0000A1.cfg OK
https /p/<token>/420HD.img OK
https /p/<token>/00908F0000A1.cfg OK
https /p/<token>/420HD.img OK`

// TestAudioCodes_known_phone: a phone whose MAC was entered comes by DHCP, is told
// addresses, then where to come back, gets its organization's image of the default
// name, restarts with it, gets its configuration and reports how it stands. Nobody
// touches it.
func TestAudioCodes_known_phone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, testkit.WithDoors("ipp"))
	site := d.loopSite()
	d.image("3.4.6.604")
	const m = "00908f0000a1"
	testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": m, "model": "420HD", "site_id": site.ID})
	testkit.Call[any](t, d.c, http.MethodPut, d.org+"/devices/"+m+"/lines/1", object{"account_id": d.w.Phones[0].Account.ID})
	v := d.leased(m)
	testkit.Wait(t, "the phone has its configuration and its firmware", func() bool { return len(v.Fetches()) == 5 })
	if diff := cmp.Diff(pulls, strings.Join(walk(v), "\n")); diff != "" {
		t.Fatal(diff)
	}
	held := v.Settings()
	if held["voip/line/0/auth_password"] != d.w.Phones[0].Password || held["provisioning/method"] != "STATIC" || v.Status().Firmware != "3.4.6.604" {
		t.Errorf("it holds %v, %+v", held["provisioning/method"], v.Status())
	}
	testkit.Wait(t, "its new version is known, and how it stands", func() bool {
		got := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+m, nil)
		return got.Firmware == "3.4.6.604" && got.Standing == "unregistered" // there is no SIP server
	})
}

// TestAudioCodes_unknown_phone: a phone that nobody entered waits among the
// strangers; approved there and restarted it has its configuration.
func TestAudioCodes_unknown_phone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.loopSite()
	const m = "00908f0000a1"
	v := d.leased(m)
	testkit.Wait(t, "the phone has been told where to come back", func() bool { return len(v.Fetches()) == 3 })
	v.Reboot()
	testkit.Wait(t, "the phone has asked there", func() bool { return len(v.Fetches()) == 5 })
	if got := walk(v)[3:]; got[0] != "https /p/<token>/00908F0000A1.cfg Not Found" {
		t.Errorf("before it is approved it got %v", got)
	}
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	seen := testkit.Call[testkit.List[api.Stranger]](t, d.c, http.MethodGet, d.org+"/unclaimed", nil)
	if len(seen.Items) != 1 || seen.Items[0].MAC != m || seen.Items[0].Model != "420HD" {
		t.Fatalf("strangers %+v", seen.Items)
	}
	row := object{"device": m, "address": "127.0.0.1", "model": "420HD", "account": object{"server_id": d.w.Server.ID, "user_id": "4930777", "name": "Reception"}}
	got := testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/approve", object{"devices": []object{row}}).Items
	if len(got) != 1 || !got[0].Done {
		t.Fatalf("approved %+v", got)
	}
	v.Reboot()
	testkit.Wait(t, "the phone has its configuration", func() bool { return v.Settings()["voip/line/0/id"] == "4930777" })
}

// TestAudioCodes_lease_is_left: what the phone was told by the file of addresses it
// keeps, and it never comes back to that file.
func TestAudioCodes_lease_is_left(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.loopSite()
	v := d.leased("00908f0000a1")
	testkit.Wait(t, "the phone has been told where to come back", func() bool { return len(v.Fetches()) == 3 })
	for n := range 3 {
		v.Reboot()
		testkit.Wait(t, "the phone has asked again", func() bool { return len(v.Fetches()) == 5+2*n })
	}
	for _, f := range walk(v)[3:] {
		if !strings.HasPrefix(f, "https /p/<token>/") {
			t.Errorf("it asked for %s", f)
		}
	}
}
