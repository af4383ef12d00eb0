package phone_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
)

// shelf serves an ACS and files beside it, and takes what is put.
func (w *world) shelf(t *testing.T, files map[string]string) (*acs, *sync.Map) {
	t.Helper()
	a, put := w.acs(t), &sync.Map{}
	w.answer(func(rw http.ResponseWriter, r *http.Request) bool {
		switch body, ok := files[r.URL.Path]; {
		case r.URL.Path == "/acs":
			a.ServeHTTP(rw, r)
		case r.Method == http.MethodPut:
			b, _ := io.ReadAll(r.Body)
			put.Store(r.URL.Path, string(b))
			rw.WriteHeader(http.StatusCreated)
		case ok && r.URL.Query().Get("t") == "1":
			rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = io.WriteString(rw, body)
		default:
			return false
		}
		return true
	})
	return a, put
}

// TestCWMP_download: firmware by a Download restarts the phone, which then tells how
// it went; a configuration is taken over; what is wrong is told with its fault.
func TestCWMP_download(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		image := phone.Image{Models: []string{"GHP621W"}, Version: "1.0.9.9", Payload: []byte("x")}
		a, _ := w.shelf(t, map[string]string{
			"/fw": string(image.Encode()), "/broken": string(image.Encode()[:40]), "/cfg.xml": config("", "account.1.name=By download"), "/bell": "ring",
		})
		at := func(name string) string { return "http://prov.example.org" + name + "?t=1" }
		a.wants(
			&cwmp.Download{Key: "d1", FileType: cwmp.FileFirmware, URL: at("/fw"), Delay: 5}, &cwmp.Download{Key: "d2", FileType: cwmp.FileFirmware, URL: at("/broken")},
			&cwmp.Download{Key: "d3", FileType: cwmp.FileConfig, URL: at("/cfg.xml")}, &cwmp.Download{Key: "d4", FileType: cwmp.FileRinger, URL: at("/nothing")},
			&cwmp.Download{Key: "d5", FileType: cwmp.FileWeb, URL: at("/fw")}, &cwmp.Download{Key: "d6", FileType: cwmp.FileFirmware, URL: "gopher://192.0.2.1/"},
			&cwmp.Download{Key: "d7", FileType: cwmp.FileRinger, URL: at("/bell"), Delay: 3600}, &cwmp.GetQueuedTransfers{}, &cwmp.CancelTransfer{Key: "d7"},
		)
		p := w.managedPhone(t, phone.CWMP{}, nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		list := a.heard()
		ends := map[string]int{}
		var events []string
		var faults []int
		for _, e := range list {
			switch m := e.Body.(type) {
			case *cwmp.TransferComplete:
				ends[m.Key] = m.Failure.Code
			case *cwmp.Inform:
				events = append(events, codes(m))
			case *cwmp.Fault:
				faults = append(faults, m.Code)
			case *cwmp.GetQueuedTransfersResponse:
				if len(m.Transfers) != 5 {
					t.Errorf("%d transfers are queued", len(m.Transfers))
				}
			}
		}
		if diff := cmp.Diff(map[string]int{"d1": 0, "d2": cwmp.FaultCorrupted, "d3": 0, "d4": cwmp.FaultAccess}, ends); diff != "" {
			t.Error("the transfers ended otherwise:", diff)
		}
		if diff := cmp.Diff([]int{cwmp.FaultArguments, cwmp.FaultScheme}, faults); diff != "" {
			t.Error("refused:", diff)
		}
		last := events[len(events)-1]
		if !strings.Contains(last, "1 BOOT") || !strings.Contains(last, "M Download d1") || !strings.Contains(last, "7 TRANSFER COMPLETE") || !strings.Contains(last, "4 VALUE CHANGE") {
			t.Errorf("after new firmware the phone says %q", last)
		}
		if st := p.Status(); st.Firmware != "1.0.9.9" || st.Boots != 2 || p.Settings()["account.1.name"] != "By download" {
			t.Errorf("the phone has %s, %d starts, %q", st.Firmware, st.Boots, p.Settings()["account.1.name"])
		}
		if diff := cmp.Diff([]string{"d1", "d2", "d3", "d4", "d7"}, keys(p, "Download")); diff != "" {
			t.Error("executed:", diff)
		}
	})
}

// TestCWMP_upload: a phone gives its configuration away, and no secret with it.
func TestCWMP_upload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, put := w.shelf(t, nil)
		a.wants(&cwmp.Upload{Key: "u1", FileType: cwmp.UploadConfig, URL: "http://prov.example.org/up/cfg"}, &cwmp.Upload{Key: "u2", FileType: cwmp.UploadLog, URL: "http://prov.example.org/up/log"},
			&cwmp.Upload{Key: "u3", FileType: "7 Something", URL: "http://prov.example.org/up/x"})
		p := w.managedPhone(t, phone.CWMP{}, nil)
		synctest.Wait()
		ends := map[string]int{}
		for _, e := range a.heard() {
			if m, ok := e.Body.(*cwmp.TransferComplete); ok {
				ends[m.Key] = m.Failure.Code
			}
		}
		if diff := cmp.Diff(map[string]int{"u1": 0, "u2": 0}, ends); diff != "" {
			t.Error("the uploads:", diff)
		}
		cfg, _ := put.Load("/up/cfg")
		log, _ := put.Load("/up/log")
		if s, _ := cfg.(string); !strings.Contains(s, `tr069.url="http://prov.example.org/acs"`) || strings.Contains(s, "secret-") || strings.Contains(s, p.Settings()["users.admin.password"]) {
			t.Errorf("the configuration is %q", s)
		}
		if s, _ := log.(string); !strings.Contains(s, "Upload u1") {
			t.Errorf("the log is %q", s)
		}
	})
}

// TestCWMP_diagnostics: a test that the server asks for is made after the session,
// and what it found is read in the next.
func TestCWMP_diagnostics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		const ping, trace = "Device.LAN.IPPingDiagnostics.", "Device.LAN.TraceRouteDiagnostics."
		set := func(pairs ...string) *cwmp.SetParameterValues {
			m := &cwmp.SetParameterValues{}
			for i := 0; i < len(pairs); i += 2 {
				m.Parameters = append(m.Parameters, cwmp.ParameterValue{Name: pairs[i], Value: pairs[i+1]})
			}
			return m
		}
		a.wants(set(ping+"Host", "192.0.2.1", ping+"NumberOfRepetitions", "3", ping+"DiagnosticsState", "Requested"))
		p := w.managedPhone(t, phone.CWMP{}, nil)
		synctest.Wait()
		if list := informs(a.heard()); len(list) != 2 || codes(list[1]) != "8 DIAGNOSTICS COMPLETE" {
			t.Fatalf("%d Informs", len(list))
		}
		a.wants(&cwmp.GetParameterValues{Names: []string{ping + "DiagnosticsState", ping + "SuccessCount", ping + "FailureCount"}}, set(trace+"Host", "192.0.2.1", trace+"DiagnosticsState", "Requested"))
		w.call(t, p.Management().RequestURL, "acs", "secret-2")
		synctest.Wait()
		var got []string
		for _, v := range only[*cwmp.GetParameterValuesResponse](t, a.heard()).Parameters {
			got = append(got, v.Value)
		}
		if diff := cmp.Diff([]string{"Complete", "3", "0"}, got); diff != "" {
			t.Error("the ping found:", diff)
		}
		a.wants(&cwmp.GetParameterValues{Names: []string{trace}})
		w.call(t, p.Management().RequestURL, "acs", "secret-2")
		synctest.Wait()
		found := map[string]string{}
		for _, v := range only[*cwmp.GetParameterValuesResponse](t, a.heard()).Parameters {
			found[strings.TrimPrefix(v.Name, trace)] = v.Value
		}
		if found["DiagnosticsState"] != "Complete" || found["NumberOfRouteHops"] != "1" || found["RouteHops.1.HopHost"] != "192.0.2.1" {
			t.Errorf("the trace found %v", found)
		}
	})
}

// TestCWMP_udp: a phone behind a translation learns its address by STUN, tells it,
// and comes for a signed datagram, once.
func TestCWMP_udp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		stun := newStun(t, w, "198.51.100.9:40000")
		const at = "Device.ManagementServer."
		a.wants(&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{
			{Name: at + "STUNServerAddress", Value: "192.0.2.1"}, {Name: at + "STUNUsername", Value: "cpe-1"}, {Name: at + "STUNPassword", Value: "stun-1"}, {Name: at + "STUNEnable", Value: "1"},
		}})
		p := w.managedPhone(t, phone.CWMP{}, nil)
		synctest.Wait()
		list := informs(a.heard())
		if len(list) != 2 || codes(list[1]) != "4 VALUE CHANGE" {
			t.Fatalf("%d Informs; the server of STUN was asked %d times", len(list), stun.asked())
		}
		if got, _ := list[1].Value("ManagementServer.UDPConnectionRequestAddress"); got != "198.51.100.9:40000" {
			t.Errorf("the phone tells the address %q", got)
		}
		if plain, signed, bound := stun.seen(); plain != 1 || signed < 1 || !bound {
			t.Errorf("%d requests without a proof, %d with one, for connection requests: %v", plain, signed, bound)
		}
		now := time.Now().Unix()
		stun.request(t, now, "1", "acs", "wrong")
		stun.request(t, now, "2", "cpe", "secret-2")
		synctest.Wait()
		if n := len(informs(a.heard())); n > 0 {
			t.Errorf("the phone came %d times for forgeries", n)
		}
		for range 3 {
			stun.request(t, now, "3", "acs", "secret-2")
			time.Sleep(100 * time.Millisecond)
		}
		stun.request(t, now-60, "4", "acs", "secret-2")
		synctest.Wait()
		if m := only[*cwmp.Inform](t, a.heard()); codes(m) != "6 CONNECTION REQUEST" || p.Management().Requests != 1 {
			t.Errorf("the phone comes for %s, %d requests", codes(m), p.Management().Requests)
		}
		before := stun.asked()
		time.Sleep(2 * time.Minute)
		if n := stun.asked() - before; n < 5 || n > 7 {
			t.Errorf("the binding was kept with %d requests in two minutes", n)
		}
	})
}
