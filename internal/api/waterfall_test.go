package api_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	devices "bellwether/internal/domain/device"
	"bellwether/internal/phone"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/testkit"
)

// way is a phone of the desk that is on its way in.
type way struct {
	*desk
	dev api.Device
}

// boxed enters a phone that has never asked. It stands in a site, that of the
// test's own address for "".
func (d *desk) boxed(life, site string) *way {
	d.t.Helper()
	d.made++
	body := object{"mac": phone.FleetMAC(700 + d.made).String(), "model": testkit.Model, "life": life, "name": "Room 12", "site_id": site}
	if site == "" {
		body["site_id"] = d.w.Hotel.ID
	}
	return &way{d, testkit.Call[api.Device](d.t, d.c, http.MethodPost, d.org+"/devices", body)}
}

func (w *way) name() string { return "/cfg" + w.dev.MAC + ".xml" }

// call asks a door from an address of the loop, and returns the file.
func (w *way) call(door, path, from string) string {
	w.t.Helper()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0))}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: w.TLS(w.t)}
	defer transport.CloseIdleConnections()
	scheme := "https"
	if door == "provision_http" {
		scheme = "http"
	}
	resp, err := (&http.Client{Transport: transport}).Get(scheme + "://" + w.Addr(w.t, door) + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

const loop = "127.0.0.1"

// bare asks as from the box, and returns the folder that it is sent to.
func (w *way) bare() string {
	w.t.Helper()
	return sent(w.t, w.call("provision_http", w.name(), loop))
}

// returns asks in the folder that a bootstrap named.
func (w *way) returns() { w.call("provision_https", w.bare()+w.name()[1:], loop) }

// own asks by the device's own address.
func (w *way) own(from string) {
	w.t.Helper()
	url := testkit.Call[api.Provisioning](w.t, w.c, http.MethodGet, w.org+"/devices/"+w.dev.MAC+"/provisioning", nil).URL
	_, token, _ := strings.Cut(strings.TrimSuffix(url, "/"), "/p/")
	w.call("provision_https", "/p/"+token+w.name(), from)
}

// become moves the device to a stage of its life.
func (w *way) become(to devices.Life) {
	w.t.Helper()
	d, err := w.Devices.Get(testkit.System(), w.dev.ID)
	if err == nil {
		err = w.DB.Write(testkit.System(), func(tx *db.Tx) error { return w.Devices.Become(testkit.System(), tx, d, to, "the test") })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// written has everything written down that was noted.
func (d *desk) written() {
	d.t.Helper()
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		d.t.Fatal(err)
	}
	if err := d.Identity.FlushClaims(testkit.System()); err != nil {
		d.t.Fatal(err)
	}
}

func (w *way) waterfall() api.Waterfall {
	w.t.Helper()
	w.written()
	return testkit.Call[api.Waterfall](w.t, w.c, http.MethodGet, w.org+"/devices/"+w.dev.MAC+"/waterfall", nil)
}

// states are the stages with how far each is.
func states(w api.Waterfall) string {
	var out []string
	for _, s := range w.Steps {
		out = append(out, s.Stage+" "+s.State)
	}
	return strings.Join(out, "\n")
}

func stage(t testing.TB, w api.Waterfall, name string) api.WaterfallStep {
	t.Helper()
	for _, s := range w.Steps {
		if s.Stage == name {
			return s
		}
	}
	t.Fatalf("no stage %s", name)
	return api.WaterfallStep{}
}

// TestWaterfall follows a virtual phone from its box until nothing is awaited but
// its own word, which no channel carries yet.
func TestWaterfall(t *testing.T) {
	t.Parallel()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); fromTheBox(t, newDesk(t)) })
	t.Run(db.Postgres, func(t *testing.T) { t.Parallel(); fromTheBox(t, newDesk(t, testkit.OnDatabase(dbtest.URL(t)))) })
}

func fromTheBox(t *testing.T, d *desk) {
	w := d.boxed("adopted", "")
	d.setLine(w.dev.MAC, 1, object{"account_id": d.w.Phones[0].Account.ID})
	dev, err := d.Devices.Get(testkit.System(), w.dev.ID)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Box(t, dev.MAC, "http://"+d.Addr(t, "provision_http")+"/")
	testkit.SwitchOn(t, v)
	got := w.waterfall()
	same(t, "stands", got.Stands, "came_back")
	for range 2 { // the phone comes again with its next start alone
		before := v.Status().Fetches
		v.Reboot()
		testkit.Wait(t, "the phone has started again", func() bool { return v.Status().Fetches > before })
	}
	testkit.Wait(t, "the phone came by its own address", func() bool {
		got = w.waterfall()
		return stage(t, got, "own_address").State == "done" && stage(t, got, "firmware").State == "done"
	})
	same(t, "the way", states(got), `sought unseen
asked done
bootstrap done
encrypted done
came_back done
claim skipped
proven done
delivered done
own_address done
firmware done
registered unseen
confirmed here`)
	asked, took := stage(t, got, "asked"), stage(t, got, "delivered")
	if asked.Door != "http" || asked.Address != loop || asked.Verdict != "bootstrap" || asked.At == nil {
		t.Errorf("the first request %+v", asked)
	}
	if took.Door != "https" || took.Bytes < 100 || took.Verdict != "served" || took.At == nil || took.At.Before(*asked.At) {
		t.Errorf("the delivery %+v", took)
	}
	if back := stage(t, got, "encrypted"); back.After <= 0 || back.After > 60_000 {
		t.Errorf("it came back %d ms after it was sent", back.After)
	}
	says(t, stage(t, got, "proven").Text, "by claim", "the first to ask from the site's subnets")
	says(t, stage(t, got, "own_address").Text, "path token")
	says(t, stage(t, got, "firmware").Text, "it runs ")
	says(t, stage(t, got, "registered").Text, "as "+d.w.Phones[0].Account.UserID+" at pbx.example.org")
	says(t, got.Awaits, "only its own word")
	if got.Severity != "info" || len(got.Others) != 0 {
		t.Errorf("nothing is wrong, and it says %+v", got)
	}
	w.call("provision_http", w.name(), "127.0.0.2")
	if got = w.waterfall(); got.Stands != "confirmed" || len(got.Others) != 1 || got.Others[0].Address != "127.0.0.2" {
		t.Errorf("another party moved the phone to %s, others %+v", got.Stands, got.Others)
	}
	v.FactoryReset()
	testkit.Wait(t, "the phone starts over", func() bool {
		got = w.waterfall()
		return got.Stands == "came_back" && stage(t, got, "proven").State == "ahead" && got.Code == "came_back_bare"
	})
}

// TestWaterfall_stuck has a phone stand still at each step, and holds what is
// said of it against the cause.
func TestWaterfall_stuck(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i, tc := range []struct {
		name, life, site string
		make             func(w *way)
		stands, code     string
		awaits, remedy   string
	}{
		{"nothing came", "adopted", "", func(*way) {}, "asked", "", "Nothing has come from this phone yet.", "Plug the phone in"},
		{"told and gone", "adopted", "", func(w *way) { w.bare() }, "came_back", "no_proof", "its return over HTTPS is awaited", "reaches our HTTPS address"},
		{"outside its site", "adopted", d.w.Floor1.ID, func(w *way) { w.bare() }, "came_back", "outside_subnet", "outside the subnets of the device's site Floor 1", "Add the phone's network"},
		{"TLS does not come about", "adopted", "", func(w *way) {
			w.own("127.0.0.9")
			c, err := net.DialTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(w.Addr(w.t, "provision_https"))))
			if err != nil {
				w.t.Fatal(err)
			}
			defer c.Close()
			w.written() // the row that tells whose address it is
			if tls.Client(c, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}).HandshakeContext(w.t.Context()) == nil {
				w.t.Fatal("TLS came about")
			}
			testkit.Wait(w.t, "the handshake's row", func() bool { return w.waterfall().Stands == "encrypted" })
		}, "encrypted", "tls_time", "most likely its clock is far behind", "Set the phone's clock"},
		{"a wrong token", "adopted", "", func(w *way) { w.call("provision_https", "/p/aaaaaaaaaaaaaaaaaaaaaaaaaa"+w.name(), loop) }, "proven", "unknown_token", "not one of ours", "server path"},
		{"waits for approval", "waiting", "", func(w *way) { w.returns() }, "claim", "device_waiting", "waits for an operator's approval", "Accept the phone"},
		{"no window for it", "adopted", d.w.Floor1.ID, func(w *way) { w.returns() }, "claim", "outside_subnet", "so the open claim window does not count", "Add the phone's network"},
		{"approved and not back", "waiting", "", func(w *way) {
			w.returns()
			w.written()
			testkit.Call[api.Device](w.t, w.c, http.MethodPost, w.org+"/devices/"+w.dev.MAC+"/adopt", nil)
		}, "proven", "", "approved it, and its next request is awaited", "restart of the phone"},
		{"refused", "adopted", "", func(w *way) { w.become(devices.Rejected); w.returns() }, "claim", "device_rejected", "the device is rejected", "if the refusal was a mistake"},
		{"does not compile", "adopted", "", func(w *way) {
			testkit.Call[any](w.t, w.c, http.MethodPut, w.org+"/devices/"+w.dev.MAC+"/overrides", object{"items": []object{{"key": "hotel.name", "value": "%ITCS_Nobody%"}}}, "If-Match: *")
			w.own(loop)
		}, "delivered", "does_not_compile", "does not compile", "Mend the value"},
		{"has it, and not by its own address", "adopted", "", func(w *way) { w.returns() }, "own_address", "", "its first request by its own address is awaited", "comes by itself"},
		{"a new configuration waits", "adopted", "", func(w *way) {
			w.own(loop)
			w.override(set{Device: w.dev}, ring, "6")
			p := w.plan(object{"devices": []string{w.dev.ID}}, object{"overrides": true})
			w.push(p)
		}, "delivered", "", "waits for the phone's next fetch", "comes by itself"},
		{"all is well", "adopted", "", func(w *way) { w.own(loop) }, "confirmed", "", "only its own word", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			here := *d
			here.t, here.made = t, 10*i
			w := here.boxed(tc.life, tc.site)
			tc.make(w)
			got := w.waterfall()
			if got.Stands != tc.stands || got.Code != tc.code || !strings.Contains(got.Awaits, tc.awaits) || !strings.Contains(got.Remedy, tc.remedy) || tc.remedy == "" && got.Remedy != "" {
				t.Errorf("it stands at %s (%s): %s %s\nwant %s (%s): %s … %s", got.Stands, got.Code, got.Awaits, got.Remedy, tc.stands, tc.code, tc.awaits, tc.remedy)
			}
			if len(got.Steps) != 12 || stage(t, got, tc.stands).State != "here" {
				t.Errorf("the steps\n%s", states(got))
			}
			if strings.Count(got.Awaits, ". ") > 0 || !strings.HasSuffix(got.Awaits, ".") {
				t.Errorf("not one sentence: %s", got.Awaits)
			}
		})
	}
}

// TestWaterfall_stranger: the way of a machine that is nobody's is told to the
// organization whose subnets it asked from, and to the platform.
func TestWaterfall_stranger(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := &way{d, api.Device{MAC: "020000009301"}}
	w.returns()
	d.written()
	query := "/unclaimed/waterfall?mac=02:00:00:00:93:01"
	hidden := testkit.Call[api.Waterfall](t, d.c, http.MethodGet, d.org+query, nil)
	same(t, "before a site has the address", hidden.Awaits, "Nothing has come from this phone yet.")
	all := testkit.Call[api.Waterfall](t, d.API(t, access.RolePlatformOwner), http.MethodGet, query, nil)
	same(t, "to the platform", all.Code, "not_in_inventory")
	d.loopSite()
	got := testkit.Call[api.Waterfall](t, d.c, http.MethodGet, d.org+query, nil)
	same(t, "stands", got.Stands+" "+got.Code, "claim not_in_inventory")
	says(t, got.Awaits, "no organization has a phone with this MAC")
	says(t, got.Remedy, "adopt it from the pool")
	same(t, "came back", stage(t, got, "came_back").State, "done")
	problem(t, d.c.Do(t, http.MethodGet, d.org+"/unclaimed/waterfall?mac=x", nil), http.StatusUnprocessableEntity)
	// once it is entered, what came before counts as its own
	dev := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": "020000009301", "model": testkit.Model, "life": "waiting"})
	mine := testkit.Call[api.Waterfall](t, d.c, http.MethodGet, d.org+"/devices/"+dev.MAC+"/waterfall", nil)
	same(t, "the first request", stage(t, mine, "asked").State, "done")
	sister := d.API(t, access.RolePlatformOwner)
	other := testkit.Call[api.Waterfall](t, sister, http.MethodGet, "/orgs/"+d.w.SisterPhone.OrgID+"/devices/"+d.w.SisterPhone.ID+"/waterfall", nil)
	same(t, "another phone", other.Stands, "asked")
}

// TestRequests_by_several_reasons: a row counts that has any of the codes.
func TestRequests_by_several_reasons(t *testing.T) {
	t.Parallel()
	w := newDesk(t).boxed("adopted", "")
	w.bare()
	w.call("provision_https", "/p/aaaaaaaaaaaaaaaaaaaaaaaaaa"+w.name(), loop)
	w.own(loop)
	w.written()
	count := func(query string) int {
		return testkit.Call[testkit.List[api.Request]](t, w.c, http.MethodGet, w.org+"/requests?mac="+w.dev.MAC+query, nil).Total
	}
	same(t, "all", count(""), 3)
	same(t, "one code", count("&reason=unknown_token"), 1)
	same(t, "either of two", count("&reason=unknown_token&reason=no_proof"), 2)
	same(t, "one that no row has", count("&reason=retired"), 0)
}
