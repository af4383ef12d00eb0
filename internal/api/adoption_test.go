package api_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/dial"
	"bellwether/internal/testkit"
)

// shows asks the HTTPS door for a path with a certificate, as a phone of the make
// does.
func (d *desk) shows(c tls.Certificate, mac string) (int, string) {
	d.t.Helper()
	transport := dial.Transport(d.Net)
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = d.TLS(d.t)
	transport.TLSClientConfig.ServerName, transport.TLSClientConfig.Certificates = "", []tls.Certificate{c}
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, "https://"+d.Addr(d.t, "provision_https")+"/cfg"+mac+".xml", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "Grandstream Model HW "+testkit.Model+" SW 1.0.1.61 DevId "+mac)
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestAdoption: a stranger with a good certificate from the site's network is
// adopted, and its next request brings its first configuration; one without waits,
// with the rule's suggestion, and goes where it says once it is approved.
func TestAdoption(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	loop := d.loopSite()
	maker := testkit.Root(t, d.Clock.Now(), "Maker CA")
	d.TrustCA(t, trust.Place{}, maker)
	rules := d.org + "/adoption-rules"
	extra := d.template(object{"name": "Rooms with two clocks", "auto": "none"}, ntp2, "192.0.2.99").ID
	group := testkit.Call[api.Group](t, d.c, http.MethodPost, d.org+"/groups", object{"name": "New rooms"})
	body := object{"name": "Rooms", "action": "adopt", "site_id": d.w.Floor2.ID, "group_id": group.ID, "template_id": extra, "match": object{"vendor": "grandstream", "model": "GHP62*", "subnets": []string{"127.0.0.0/8"}}}
	rule := testkit.Call[api.AdoptionRule](t, d.c, http.MethodPost, rules, body)

	const proven, named = "020000009501", "020000009502"
	status, _ := d.shows(maker.Issue(t, proven), proven)
	same(t, "the first request with a certificate", status, http.StatusNotFound)
	status, file := d.shows(maker.Issue(t, proven), proven)
	same(t, "the next one", status, http.StatusOK)
	same(t, "the site's template", item(file, ring), "2")
	same(t, "the rule's template", item(file, ntp2), "192.0.2.99")
	dev := testkit.Call[api.Device](t, d.c, http.MethodGet, d.org+"/devices/"+proven, nil)
	if dev.Life != "adopted" || dev.SiteID != d.w.Floor2.ID {
		t.Fatalf("adopted %+v", dev)
	}

	d.shows(tls.Certificate{}, named)
	d.shows(testkit.Root(t, d.Clock.Now(), "Another").Issue(t, named), named)
	seen := testkit.Call[testkit.List[api.Stranger]](t, d.c, http.MethodGet, d.org+"/unclaimed", nil).Items
	if len(seen) != 1 || seen[0].MAC != named || seen[0].SiteID != loop.ID || seen[0].Suggestion == nil || seen[0].Suggestion.Adopts || seen[0].Suggestion.SiteID != d.w.Floor2.ID || seen[0].Suggestion.RuleID != rule.ID {
		t.Fatalf("strangers %+v", seen)
	}
	dry := testkit.Call[testkit.List[api.DryRun]](t, d.c, http.MethodPost, rules+"/dry-run", nil).Items
	if len(dry) != 1 || dry[0].Suggestion == nil || dry[0].Suggestion.RuleID != rule.ID {
		t.Fatalf("dry run %+v", dry)
	}
	says(t, dry[0].Suggestion.Why, "nothing proves")
	tried := object{"rule_id": rule.ID, "rule": object{"match": object{"model": "GXP*"}}}
	dry = testkit.Call[testkit.List[api.DryRun]](t, d.c, http.MethodPost, rules+"/dry-run", tried).Items
	if len(dry) != 1 || dry[0].Suggestion != nil || len(dry[0].Passed) != 1 || dry[0].Passed[0].RuleID != rule.ID {
		t.Fatalf("the rule as it might be %+v", dry)
	}
	dry = testkit.Call[testkit.List[api.DryRun]](t, d.c, http.MethodPost, rules+"/dry-run", nil).Items
	same(t, "the template that is suggested", dry[0].Suggestion.Template, "Rooms with two clocks")
	got := testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/approve", object{"devices": []object{{"device": named}}}).Items[0]
	if !got.Done || got.Device.SiteID != d.w.Floor2.ID {
		t.Fatalf("approved %+v", got)
	}
	same(t, "approved, with the rule's template", d.has(named, ntp2), "192.0.2.99")
	rule = testkit.Call[api.AdoptionRule](t, d.c, http.MethodGet, rules+"/"+rule.ID, nil)
	members := testkit.Call[api.GroupDevices](t, d.c, http.MethodGet, d.org+"/groups/"+group.ID, nil)
	if rule.Hits != 2 || rule.LastHit == nil || len(members.Devices) != 2 {
		t.Fatalf("the rule %+v, its group %+v", rule, members)
	}
}

// TestApprove_template: a phone that is approved gets the template that its row
// names with its first configuration, and none where the row says none; the rule
// holds as far as the operator says nothing else.
func TestApprove_template(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.loopSite()
	ruled := d.template(object{"auto": "none"}, ntp2, "192.0.2.99").ID
	chosen := d.template(object{"auto": "none"}, ntp2, "192.0.2.98").ID
	testkit.Call[api.AdoptionRule](t, d.c, http.MethodPost, d.org+"/adoption-rules", object{"name": "Rooms", "site_id": d.w.Floor2.ID, "template_id": ruled})
	for mac, tc := range map[string]struct {
		row        object
		site, want string
	}{
		"020000009511": {object{}, d.w.Floor2.ID, "192.0.2.99"},
		"020000009512": {object{"site_id": d.w.Floor2.ID}, d.w.Floor2.ID, "192.0.2.99"},
		"020000009513": {object{"site_id": d.w.Lobby.ID}, d.w.Lobby.ID, ""},
		"020000009514": {object{"template_id": ""}, d.w.Floor2.ID, ""},
		"020000009515": {object{"site_id": d.w.Lobby.ID, "template_id": chosen}, d.w.Lobby.ID, "192.0.2.98"},
	} {
		d.shows(tls.Certificate{}, mac)
		tc.row["device"] = mac
		got := testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/approve", object{"devices": []object{tc.row}}).Items[0]
		if !got.Done || got.Device.SiteID != tc.site {
			t.Fatalf("%v: %+v", tc.row, got)
		}
		if got := d.has(mac, ntp2); got != tc.want {
			t.Errorf("%v has %q, want %q", tc.row, got, tc.want)
		}
	}
	waits := d.w.Waiting.MAC.String()
	got := testkit.Call[testkit.List[api.Decided]](t, d.c, http.MethodPost, d.org+"/devices/approve", object{"devices": []object{{"device": waits, "template_id": chosen}, {"device": "020000009516", "model": testkit.Model, "template_id": "nobody's"}}}).Items
	if !got[0].Done || got[1].Done {
		t.Fatalf("approved %+v", got)
	}
	says(t, got[1].Problem, "template_id")
	same(t, "a record that waited", d.has(waits, ntp2), "192.0.2.98")
}

// has is the value of a key in a phone's effective configuration, "" without.
func (d *desk) has(mac, key string) string {
	d.t.Helper()
	for _, v := range testkit.Call[api.Config](d.t, d.c, http.MethodGet, d.org+"/devices/"+mac+"/config", nil).Items {
		if v.Key == key {
			return v.Value
		}
	}
	return ""
}
