package api_test

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/api"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/dial"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

const (
	filePassword = "provisioning.config.filepassword"
	filePrefix   = "provisioning.config.fileprefix"
	filePostfix  = "provisioning.config.filepostfix"
)

// file is the name of the phone's own file.
func (s handset) file() string { return "cfg" + s.mac() + ".xml" }

// opens fails unless a file is sealed with the password, and returns its text.
func (d *desk) opens(t testing.TB, body, password string) string {
	t.Helper()
	v, _ := d.Vendors.Get("grandstream")
	e, ok := d.Vendors.AsEncoder(v)
	if !ok {
		t.Fatal("nobody opens sealed files")
	}
	plain, err := e.Decode(vendors.Delivery{Encoding: vendors.Sealed, Password: password}, []byte(body))
	if err != nil || !strings.Contains(string(plain), "<gs_provision") {
		t.Fatalf("%q does not open it: %v", password, err)
	}
	return string(plain)
}

// moved makes values the template's next version and publishes it.
func (d *desk) moved(tpl api.Template, kv ...string) {
	d.t.Helper()
	d.save(tpl, kv...)
	d.generate(tpl)
}

func TestSealedFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, filePassword, "canary-seal-1")
	s := d.handset(testkit.Model)
	t.Run("the first password goes out in clear over HTTPS, then files are sealed with it", func(t *testing.T) {
		same(t, "password", s.Settings()[filePassword], "canary-seal-1")
		sealed, tag := s.get(s.file())
		plain := d.opens(t, sealed, "canary-seal-1")
		again, tag2 := s.get(s.file())
		if sealed != again || tag != tag2 || !strings.Contains(plain, "<mac>"+s.mac()) {
			t.Fatalf("equal revisions differ: %s, %s", tag, tag2)
		}
		testkit.Refetch(t, s.Phone)
		same(t, "applied", s.Status().LastError, "")
		testkit.Wait(t, "the ledger has the sealed one too", func() bool { return strings.Contains(s.said(s.file(), "served"), "sealed") })
		says(t, s.said(s.file(), "served"), "sealed", "version 1")
	})
	t.Run("a new one comes sealed with the old", func(t *testing.T) {
		d.moved(tpl, filePassword, "canary-seal-2", ntp2, "b.example.org")
		body, _ := s.get("cfg.xml")
		same(t, "a probe", body, "")
		testkit.Refetch(t, s.Phone)
		same(t, "password", s.Settings()[filePassword], "canary-seal-2")
		same(t, "applied", s.Status().LastError, "")
		body, _ = s.get(s.file())
		d.opens(t, body, "canary-seal-2")
		testkit.Refetch(t, s.Phone)
		same(t, "applied again", s.Status().LastError, "")
	})
	t.Run("one that is taken out of the template the phone keeps", func(t *testing.T) {
		d.moved(tpl, ntp2, "c.example.org")
		testkit.Refetch(t, s.Phone)
		same(t, "value", s.Settings()[ntp2], "c.example.org")
		body, _ := s.get(s.file())
		d.opens(t, body, "canary-seal-2")
	})
	t.Run("after a factory reset the operator's word lets it in again", func(t *testing.T) {
		d.moved(tpl, ntp2, "d.example.org", filePassword, "canary-seal-3")
		testkit.Refetch(t, s.Phone)
		s.FactoryReset()
		testkit.Wait(t, "the reset phone refuses the sealed file", func() bool { return strings.Contains(s.Status().LastError, "holds no password") })
		testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices/"+s.mac()+"/was-reset", nil)
		testkit.Refetch(t, s.Phone)
		same(t, "applied", s.Status().LastError, "")
		same(t, "value", s.Settings()[ntp2], "d.example.org")
		body, _ := s.get(s.file())
		d.opens(t, body, "canary-seal-3")
		rows := testkit.Call[testkit.List[api.AuditRow]](t, d.c, http.MethodGet, d.org+"/audit?action=device.was_reset", nil).Items
		same(t, "audited", len(rows), 1)
	})
	if logged := d.Log.String(); strings.Contains(logged, "canary-seal") {
		t.Error("the log holds a password for files")
	}
}

// flagged lets names suffice in the hotel.
func (d *desk) flagged() {
	d.t.Helper()
	until := time.Now().Add(time.Hour)
	nets := []orgs.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/8"), Legacy: true}}
	if _, err := d.Orgs.UpdateSite(testkit.System(), d.w.Hotel.ID, orgs.SiteInput{Subnets: &nets, LegacyUntil: &until}, d.w.Hotel.Version); err != nil {
		d.t.Fatal(err)
	}
}

// The first password never goes out where others may listen.
func TestSealedFiles_first_password_by_name_alone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.flagged()
	d.template(object{"model": testkit.Model}, filePassword, "canary-clear")
	q := d.quiet(testkit.Model)
	testkit.Call[api.Device](t, d.c, http.MethodPatch, d.org+"/devices/"+q.mac(), object{"site_id": d.w.Hotel.ID}, match(q.Device.Version))
	fetch := func() (string, int) {
		transport := dial.Transport(d.Net)
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Get("http://" + d.Addr(t, "provision_http") + "/" + q.file())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var b strings.Builder
		if _, err := io.Copy(&b, resp.Body); err != nil {
			t.Fatal(err)
		}
		return b.String(), resp.StatusCode
	}
	if body, code := fetch(); code != http.StatusNotFound || strings.Contains(body, "canary") {
		t.Fatalf("by name alone over HTTP: %d\n%s", code, body)
	}
	says(t, q.said(q.file(), "refused"), "first password")
	q.get(q.file())
	body, code := fetch()
	same(t, "sealed it may go there", code, http.StatusOK)
	d.opens(t, body, "canary-clear")
}

func TestFileNames_with_prefix_and_postfix(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, filePrefix, "a-", filePostfix, "-z")
	s := d.handset(testkit.Model)
	same(t, "the phone's next name", s.Settings()[filePrefix], "a-")
	testkit.Refetch(t, s.Phone)
	shown := testkit.Call[api.Provisioning](t, d.c, http.MethodGet, d.org+"/devices/"+s.mac()+"/provisioning", nil).Names
	same(t, "the name that is shown", shown[0], "a-"+s.file()+"-z")
	for _, name := range []string{"a-" + s.file() + "-z", "a-cfg" + s.mac() + "-z.xml", "A-CFG" + strings.ToUpper(s.mac()) + ".XML-Z"} {
		if body, _ := s.get(name); body == "" {
			t.Errorf("nothing under %s", name)
		}
	}
	for _, name := range []string{s.file(), "b-" + s.file() + "-z", "a-" + s.file(), "a-" + s.file() + "-y"} {
		if body, _ := s.get(name); body != "" {
			t.Errorf("a file under %s", name)
		}
	}
	says(t, s.said("b-"+s.file()+"-z", "refused"), `prefix "a-"`, `"b-"`)
	says(t, s.said("a-"+s.file()+"-y", "refused"), `postfix "-z"`, `"-y"`)
	d.moved(tpl, filePrefix, "b-", filePostfix, "")
	if body, _ := s.get("b-" + s.file()); body != "" {
		t.Error("the new prefix counts before the phone has it")
	}
	testkit.Refetch(t, s.Phone)
	if body, _ := s.get("b-" + s.file()); body == "" {
		t.Error("the new prefix does not count")
	}
	same(t, "the phone finds its file", func() string { testkit.Refetch(t, s.Phone); return s.Status().LastError }(), "")
	body, _ := s.get("b-cfg" + s.mac())
	same(t, "the binary form", body, "")
	says(t, s.said("b-cfg"+s.mac(), "probe"), "binary form")
}

// A phone that checks files takes its own, and one that protects its user's
// settings keeps them.
func TestPhones_that_guard_themselves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, "provisioning.config.authenticatefile", "yes", "provisioning.userprotect.enable", "yes", ring, "3", ntp2, "a.example.org")
	s := d.handset(testkit.Model)
	same(t, "ring", s.Settings()[ring], "3")
	s.Set(ring, "7")
	d.moved(tpl, "provisioning.config.authenticatefile", "yes", "provisioning.userprotect.enable", "yes", ring, "5", ntp2, "b.example.org")
	testkit.Refetch(t, s.Phone)
	same(t, "what the user set", s.Settings()[ring], "7")
	same(t, "what the user did not set", s.Settings()[ntp2], "b.example.org")
	same(t, "applied", s.Status().LastError, "")
	d.moved(tpl, "provisioning.userprotect.enable", "no", ring, "5", ntp2, "b.example.org")
	testkit.Refetch(t, s.Phone)
	testkit.Refetch(t, s.Phone)
	same(t, "without protection", s.Settings()[ring], "5")
}

// What holds for one family holds for all that have words for it: password,
// prefix and postfix stand in each one's own. To the others they are never told.
func TestSealedFiles_on_every_family(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.template(object{"vendor": "grandstream"}, filePassword, "canary-family", filePrefix, "x-", filePostfix, "-y")
	sealed := 0
	for _, model := range []string{"GHP610", "GRP2614", "GXP2170", "GXP1625", "GXV3380", "WP826", "WP820", "HT802", "DP750"} {
		v, m, _ := d.Vendors.ByModel(model)
		words := v.Catalog().Spelled(filePassword, param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name})
		s := d.handset(model)
		same(t, model+" at first contact", s.Status().LastError, "")
		name := s.file()
		if words {
			sealed++
			name = "x-" + name + "-y"
		}
		body, _ := s.get(name)
		if body == "" {
			t.Fatalf("%s: nothing under the name %s", model, name)
		}
		if words {
			d.opens(t, body, "canary-family")
		}
		testkit.Refetch(t, s.Phone)
		same(t, model+" again", s.Status().LastError, "")
		same(t, model+" applied", s.Status().Applied, 2)
	}
	if sealed < 5 {
		t.Errorf("only %d families have words for it", sealed)
	}
}
