package api_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// loopSite is a site of the desk's organization that the test's own requests come
// from.
func (d *desk) loopSite() api.Site {
	d.t.Helper()
	return testkit.Call[api.Site](d.t, d.c, http.MethodPost, d.org+"/sites", object{"name": "Loop", "subnets": []object{{"cidr": "127.0.0.1/32"}}})
}

// A stranger is told of at once, is approved as the very party that asked, and
// has its account on its first line. It is approved once.
func TestOnboard_a_stranger_becomes_a_phone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	site := d.loopSite()
	const mac = "020000009201"
	lines := bufio.NewScanner(d.c.Stream(t, d.org+"/events"))
	for lines.Scan() && !strings.Contains(lines.Text(), "data: {}") {
	}
	_, boot := d.knock("/cfg" + mac + ".xml")
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() && !strings.Contains(lines.Text(), `"unclaimed"`) {
	}
	says(t, lines.Text(), mac)
	seen := testkit.Call[testkit.List[api.Stranger]](t, d.c, http.MethodGet, d.org+"/unclaimed", nil)
	if len(seen.Items) != 1 || seen.Items[0].MAC != mac || seen.Items[0].SiteID != site.ID || seen.Items[0].Address != "127.0.0.1" {
		t.Fatalf("strangers %+v", seen.Items)
	}
	account := object{"server_id": d.w.Server.ID, "user_id": "4930123", "name": "Reception"}
	ask := object{"device": "02:00:00:00:92:01", "address": "127.0.0.1", "model": testkit.Model, "name": "Desk 9", "account": account}
	decide := func(verb string, rows ...object) []api.Decided {
		t.Helper()
		return testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/"+verb, object{"devices": rows}).Items
	}
	elsewhere := object{"device": mac, "address": "192.0.2.9", "model": testkit.Model}
	same(t, "seen elsewhere", decide("approve", elsewhere)[0].Code, "seen_elsewhere")
	got := decide("approve", ask, object{"device": "020000009202"}, object{"device": d.w.Waiting.MAC.String()}, object{"device": "nobody"})
	for i, want := range []bool{true, false, true, false} {
		same(t, got[i].Asked, got[i].Done, want)
	}
	says(t, got[1].Problem, "model")
	if dev := got[0].Device; dev.Life != "adopted" || dev.SiteID != site.ID || dev.Name != "Desk 9" || len(dev.Lines) != 1 || dev.Lines[0].UserID != "4930123" {
		t.Fatalf("approved %+v", dev)
	}
	same(t, "the record that waited", got[2].Device.Life, "adopted")
	status, file := d.knock(sent(t, boot) + "cfg" + mac + ".xml")
	same(t, "at its next request", status, http.StatusOK)
	says(t, file, "4930123")
	same(t, "again", decide("approve", ask)[0].Code, "approved")
	if left := testkit.Call[testkit.List[api.Stranger]](t, d.c, http.MethodGet, d.org+"/unclaimed", nil); len(left.Items) != 0 {
		t.Fatalf("strangers left %+v", left.Items)
	}
	shared := decide("approve", object{"device": "020000009203", "model": testkit.Model, "account": account})[0]
	same(t, "a number that phones share", shared.Done, true)
	account["password"] = "other"
	clash := decide("approve", object{"device": "020000009204", "model": testkit.Model, "account": account})[0]
	same(t, "another password", clash.Code, "account")
	problem(t, d.c.Do(t, http.MethodGet, d.org+"/devices/020000009204", nil), http.StatusNotFound)
}

// What is refused is given nothing, may be taken in after all, and a quarantined
// phone comes back by an operator's word.
func TestOnboard_refused_and_released(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.loopSite()
	const mac = "020000009211"
	_, boot := d.knock("/cfg" + mac + ".xml")
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	rows := object{"devices": []object{{"device": mac, "model": testkit.Model}, {"device": d.w.Waiting.MAC.String()}}}
	for _, r := range testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/reject", rows).Items {
		if !r.Done || r.Device.Life != "rejected" {
			t.Fatalf("rejected %+v", r)
		}
	}
	if status, _ := d.knock(sent(t, boot) + "cfg" + mac + ".xml"); status != http.StatusNotFound {
		t.Fatalf("a refused phone: %d", status)
	}
	back := testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/approve", object{"devices": []object{{"device": mac}}}).Items[0]
	if !back.Done || back.Device.Life != "adopted" {
		t.Fatalf("after all %+v", back)
	}
	problem(t, d.c.Do(t, http.MethodPost, d.org+"/devices/"+mac+"/release", nil), http.StatusConflict)
	now := d.c.Do(t, http.MethodGet, d.org+"/devices/"+mac, nil)
	d.c.Do(t, http.MethodPatch, d.org+"/devices/"+mac, object{"life": "quarantined"}, "If-Match: "+now.Header.Get("ETag"))
	out := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices/"+mac+"/release", nil)
	same(t, "released", out.Life, "adopted")
}

// Strangers from another tenant's networks are neither seen nor approved as the
// party that asked; and wrong words raise alarms.
func TestOnboard_nobody_elses_strangers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const mac = "020000009221"
	d.knock("/cfg" + mac + ".xml")
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	if seen := testkit.Call[testkit.List[api.Stranger]](t, d.c, http.MethodGet, d.org+"/unclaimed", nil); len(seen.Items) != 0 {
		t.Fatalf("strangers %+v", seen.Items)
	}
	operator := d.API(t, "operator")
	got := testkit.Call[testkit.List[api.Decided]](t, operator, http.MethodPost, d.org+"/devices/approve", object{"devices": []object{{"device": mac, "address": "127.0.0.1", "model": testkit.Model}}}).Items[0]
	same(t, "code", got.Code, "seen_elsewhere")
	dev := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": "020000009222", "model": testkit.Model, "serial": "S1"})
	d.knock("/cfg" + dev.MAC + ".xml")
	_, boot := d.knock("/cfg" + dev.MAC + ".xml")
	d.knock(sent(t, boot) + "cfg" + dev.MAC + ".xml")
	if err := d.Identity.FlushClaims(testkit.System()); err != nil {
		t.Fatal(err)
	}
	claim := testkit.Call[testkit.List[api.Claim]](t, d.c, http.MethodGet, d.org+"/devices/"+dev.MAC+"/claims", nil).Items[0].ID
	problem(t, d.c.Do(t, http.MethodPost, d.org+"/devices/"+dev.MAC+"/claims/"+claim+"/prove", object{"serial": "S2"}), http.StatusConflict)
	list := testkit.Call[testkit.List[api.Alarm]](t, d.c, http.MethodGet, d.org+"/alarms", nil)
	if len(list.Items) != 1 || list.Items[0].Code != "identity.serial-mismatch" {
		t.Fatalf("alarms %+v", list.Items)
	}
}
