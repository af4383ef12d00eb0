package api_test

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/identity"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// knock asks the HTTPS door for a path and returns the status and the file.
func (d *desk) knock(path string) (int, string) {
	d.t.Helper()
	transport := dial.Transport(d.Net)
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = d.TLS(d.t)
	transport.TLSClientConfig.ServerName = ""
	resp, err := (&http.Client{Transport: transport}).Get("https://" + d.Addr(d.t, "provision_https") + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// item is a value in a file of aliases.
func item(file, name string) string {
	_, rest, _ := strings.Cut(file, `<item name="`+name+`">`)
	value, _, _ := strings.Cut(rest, "<")
	return value
}

// sent is the folder that a file sends its phone to.
func sent(t testing.TB, file string) string {
	t.Helper()
	_, path, ok := strings.Cut(item(file, "provisioning.config.serverpath"), "/")
	if !ok {
		t.Fatalf("the file sends the phone nowhere:\n%s", file)
	}
	return "/" + path
}

// A phone from the box is sent to a folder of its own, waits there, is approved,
// gets its configuration, and comes from then on by its permanent address.
func TestClaims_from_the_box_to_its_own_file(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.made++
	body := object{"mac": phone.FleetMAC(700 + d.made).String(), "model": testkit.Model, "life": "waiting", "name": "Room 12"}
	dev := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", body)
	name := "cfg" + dev.MAC + ".xml"
	status, boot := d.knock("/" + name)
	same(t, "bare", status, http.StatusOK)
	folder := sent(t, boot)
	if status, file := d.knock(folder + name); status != http.StatusNotFound || strings.Contains(file, "gs_provision") {
		t.Fatalf("before the approval: %d %s", status, file)
	}
	if err := d.Identity.FlushClaims(testkit.System()); err != nil {
		t.Fatal(err)
	}
	list := testkit.Call[testkit.List[api.Claim]](t, d.c, http.MethodGet, d.org+"/claims", nil)
	if list.Total != 1 || list.Items[0].Device.MAC != dev.MAC || list.Items[0].State != "open" || list.Items[0].Device.Name != "Room 12" {
		t.Fatalf("claims %+v", list)
	}
	got := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices/"+dev.MAC+"/claims/"+list.Items[0].ID+"/approve", nil)
	same(t, "life", got.Life, "adopted")
	status, file := d.knock(folder + name)
	same(t, "approved", status, http.StatusOK)
	own := sent(t, file)
	if own == folder || !strings.HasPrefix(own, "/p/") || !strings.Contains(file, "BEGIN CERTIFICATE") {
		t.Fatalf("the file sends the phone to %s, after %s", own, folder)
	}
	if shown := testkit.Call[api.Provisioning](t, d.c, http.MethodGet, d.org+"/devices/"+dev.MAC+"/provisioning", nil).URL; !strings.HasSuffix(shown, own) {
		t.Fatalf("the phone is sent to %s, its address is %s", own, shown)
	}
	status, again := d.knock(own + name)
	same(t, "by its own address", status, http.StatusOK)
	same(t, "the same file", again, file)
	if status, _ := d.knock(folder + name); status != http.StatusNotFound {
		t.Fatalf("by the bootstrap once it uses its own: %d", status)
	}
	preview := d.c.Do(t, http.MethodGet, d.org+"/devices/"+dev.MAC+"/config/rendered", nil)
	says(t, string(preview.Body), "/p/***/")
	if strings.Contains(string(preview.Body), own) {
		t.Fatal("the preview shows the secret address")
	}
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	rows := testkit.Call[testkit.List[api.Request]](t, d.c, http.MethodGet, d.org+"/requests?mac="+dev.MAC, nil)
	var reasons []string
	for _, r := range rows.Items {
		reasons = append(reasons, r.Reason)
	}
	says(t, strings.Join(reasons, "\n"), "waits for an operator's approval", "an operator approved this very request", "its path token", "comes with nothing again")
}

// Approving a waiting phone on which one party waits gives it to that one.
func TestClaims_adopting_approves_the_one_that_waits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	waits := d.w.Waiting
	from := netip.MustParseAddr("203.0.113.7")
	ask := func() bool {
		_, v := d.Identity.Authenticate(testkit.System(), identity.Evidence{Door: vendors.HTTPS, Token: d.Identity.Bootstrap(waits.MAC, vendors.HTTPS, from), MACInName: waits.MAC, Address: from})
		if err := d.Identity.FlushClaims(testkit.System()); err != nil {
			t.Fatal(err)
		}
		return v.OK
	}
	same(t, "before", ask(), false)
	testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices/"+waits.MAC.String()+"/adopt", nil)
	same(t, "after", ask(), true)
	c := testkit.Call[testkit.List[api.Claim]](t, d.c, http.MethodGet, d.org+"/devices/"+waits.MAC.String()+"/claims", nil)
	if c.Total != 1 || c.Items[0].State != "taken" || c.Items[0].DecidedBy == "" {
		t.Fatalf("claims %+v", c.Items)
	}
	w := testkit.Call[api.ClaimWindow](t, d.c, http.MethodPost, d.org+"/devices/"+waits.MAC.String()+"/claim-window", object{"hours": 2})
	if !w.Until.After(d.Clock.Now()) {
		t.Fatalf("window until %v", w.Until)
	}
	problem(t, d.c.Do(t, http.MethodPost, d.org+"/devices/"+waits.MAC.String()+"/claim-window", object{"hours": 25}), http.StatusUnprocessableEntity)
}
