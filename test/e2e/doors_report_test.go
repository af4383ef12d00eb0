package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// The AudioCodes phones of the table, in the maker's range with a made-up rest.
const (
	reporter        = "00908f005301"
	reporterWaiting = "00908f005302"
	reporterUnknown = "00908f0053fe"
)

// reportURL is what they are told of where to report.
const reportURL = "http://reports.example.org:8081"

// report says what a phone says of itself, as curl sends it, and returns the answer.
func (d *doors) report(t *testing.T, folder, mac, state string) (status, body string) {
	t.Helper()
	text := `{"sessionId":"1a2b3c4d","emsUserName":"system","emsUserPassword":"00","mac":"` + strings.ToUpper(mac) + `","ip":"192.0.2.9","subnet":"255.255.255.0","vLanId":"","model":"420HD","fwVersion":"2.2.16.142.46",` +
		`"userAgent":"AUDC-IPPhone/2.2.16.142.46 (420HD; ` + strings.ToUpper(mac) + `)","userName":"","userId":"","phoneNumber":"","sipProxy":"","status":"` + state + `"}`
	return d.fetch(t, folder+"rest/v1/ipphoneMgrStatus/keep-alive", "--header", "Content-Type: application/json", "--data-binary", text)
}

// reportFolder is where the phone's own file has it report, at the door that there is.
func (d *doors) reportFolder(t *testing.T) string {
	t.Helper()
	files := call[struct{ URL string }](t, d.house, http.MethodGet, org+"/devices/"+reporter+"/provisioning", nil).URL
	_, path, _ := strings.Cut(files, "/p/")
	_, body := d.fetch(t, d.https+"p/"+path+reporter+".cfg")
	_, token, _ := strings.Cut(find(t, body, `ems_server/provisioning/url=`+reportURL+`/p/[^/\s]+`), "/p/")
	return d.rest + "p/" + token + "/"
}

// reports: a report with the phone's own token tells how it stands, and carries a
// command away, once; of the phone that waits, and the one nobody has, there is no
// token, and another's counts for neither.
func (d *doors) reports(t *testing.T) {
	for mac, life := range map[string]string{reporter: "adopted", reporterWaiting: "waiting"} {
		call[any](t, d.house, http.MethodPost, org+"/devices", map[string]string{"mac": mac, "model": "420HD", "life": life})
	}
	folder := d.reportFolder(t)
	if status, body := d.report(t, folder, reporter, "registered"); status != "200" || strings.Contains(body, "reset") {
		t.Fatalf("adopted: %s\n%s", status, body)
	}
	eventually(t, "the phone is known to be registered", func() bool {
		_, body := d.device(t, reporter)
		return strings.Contains(body, `"2.2.16.142.46"`) && strings.Contains(body, `"registered"`)
	})
	call[any](t, d.house, http.MethodPost, org+"/devices/"+reporter+"/commands", map[string]string{"kind": "reboot"})
	carried := 0
	for range 3 {
		status, body := d.report(t, folder, reporter, "registered")
		if status != "200" {
			t.Fatalf("adopted: %s\n%s", status, body)
		}
		carried += strings.Count(body, "reset")
	}
	if carried != 1 {
		t.Errorf("the phone is told to restart %d times", carried)
	}
	for _, mac := range []string{reporterWaiting, reporterUnknown} {
		if status, body := d.report(t, folder, mac, "registered"); status != "404" {
			t.Errorf("%s with another's token: %s\n%s", mac, status, body)
		}
	}
}

// reportsUnproven: the same answer for each name, without a command.
func (d *doors) reportsUnproven(t *testing.T) {
	call[any](t, d.house, http.MethodPost, org+"/devices/"+reporter+"/commands", map[string]string{"kind": "reboot"})
	_, want := d.report(t, d.rest, reporterUnknown, "unregistered")
	for _, mac := range []string{reporter, reporterWaiting, reporterUnknown} {
		if status, body := d.report(t, d.rest, mac, "unregistered"); status != "200" || body != want || strings.Contains(body, "reset") {
			t.Errorf("%s: %s\n%s", mac, status, body)
		}
	}
	if _, body := d.device(t, reporter); strings.Contains(body, `"unregistered"`) {
		t.Errorf("somebody without proof said how the phone stands:\n%s", body)
	}
}

// device is a device as the API tells it.
func (d *doors) device(t *testing.T, mac string) (status int, body string) {
	t.Helper()
	a := d.send(t, http.MethodGet, org+"/devices/"+mac, nil)
	return a.status, string(a.body)
}
