package ippd_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/testkit"
)

// raise sends alarms and fails where they are not taken.
func (d desk) raise(t testing.TB, a audc, list ...ipp.Alarm) {
	t.Helper()
	for i := range list {
		list[i].Source = "IPPhone/" + a.MAC.String()
	}
	status, body := d.post(t, a.reports+"rest/v1/"+string(ipp.Alert), ipp.AppendAlerts(nil, ipp.Alerts{Session: "1a2b3c4d", User: "system", List: list}, "00"))
	if status != http.StatusOK || body != "{}" {
		t.Fatalf("the alarms are answered with %d %s", status, body)
	}
}

// TestServer_alarms: the three alarms of the guide are raised as it describes them,
// whatever the phone makes of them, and found by name, MAC and address.
func TestServer_alarms(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	b := d.phone(t, "00908f0000b2", d.w.Org, device.Adopted)
	d.raise(t, a, ipp.Alarm{ID: "1", Name: "IPPhoneRegisterFailure", Severity: ipp.Minor}, ipp.Alarm{ID: "2", Name: "IPPHONE SURVIVABLE MODE START", Severity: ipp.Major, Text: "limited"})
	d.raise(t, b, ipp.Alarm{ID: "1", Name: "Lync Login Failure", Severity: ipp.Critical, Type: 1, Cause: 5, Info: [2]string{"TlsConnectionFailure", "NtpServerError"}})
	type row struct{ name, severity, oid, kind, cause, info, source, address, text string }
	want := map[string]row{
		alarm.RegisterFailure:  {"Registration Failure", "critical", ".1.3.6.1.4.1.5003.9.20.3.2.0.39", "communicationsAlarm(1)", "communicationsProtocolError(5)", "", "IPPhone:00908f0000a1", "127.0.0.1", "This alarm is activated when a registration failure occurs."},
		alarm.SurvivableMode:   {"Survivable Mode Start", "major", ".1.3.6.1.4.1.5003.9.20.3.2.0.40", "Other(0)", "other(0)", "", "IPPhone:00908f0000a1", "127.0.0.1", "limited"},
		alarm.LyncLoginFailure: {"Lync Login Failure", "critical", ".1.3.6.1.4.1.5003.9.20.3.2.0.41", "communicationsAlarm(1)", "communicationsProtocolError(5)", "TlsConnectionFailure; NtpServerError", "IPPhone:00908f0000b2", "127.0.0.1", "This alarm is activated when failing to connect to the Lync server during sign in."},
	}
	c := d.API(t, access.RoleReadOnly)
	type shown struct {
		Code, Name, Severity, OID, Info, Source, Address, Text, Remedy string
		Type                                                           string `json:"event_type"`
		Probable                                                       string `json:"probable_cause"`
		LastAt                                                         string `json:"last_at"`
		ChangedAt                                                      string `json:"changed_at"`
	}
	list := func(query string) []shown {
		t.Helper()
		return testkit.Call[testkit.List[shown]](t, c, http.MethodGet, "/orgs/"+d.w.Org.Slug+"/alarms?"+query, nil).Items
	}
	all := list("subject_kind=device")
	if len(all) != len(want) {
		t.Errorf("%d alarms", len(all))
	}
	for _, x := range all {
		got := row{x.Name, x.Severity, x.OID, x.Type, x.Probable, x.Info, x.Source, x.Address, x.Text}
		if w := want[x.Code]; got != w || x.Remedy == "" || x.LastAt == "" || x.ChangedAt == "" {
			t.Errorf("%s is\n%+v, wanted\n%+v", x.Code, got, w)
		}
	}
	for query, n := range map[string]int{"q=registration": 1, "q=IPPhoneSurvivableModeStart": 1, "q=00908f0000a1": 2, "q=00:90:8f:00:00:b2": 1, "q=127.0.0.1": 3, "q=192.0.2.77": 0, "q=NtpServerError": 1} {
		if got := list(query); len(got) != n {
			t.Errorf("%s finds %d", query, len(got))
		}
	}
}

// TestServer_alarms_end: an alarm is over when the phone says so, or that it is
// registered; then it is history. The same message once more counts once.
func TestServer_alarms_end(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(t, a, "status=unregistered")
	for range 2 {
		d.raise(t, a, ipp.Alarm{ID: "1", Name: alarm.RegisterFailure, Severity: ipp.Critical}, ipp.Alarm{ID: "2", Name: alarm.SurvivableMode, Severity: ipp.Major})
	}
	open := d.open(t)
	if len(open) != 2 || open[0].Count != 1 || open[1].Count != 1 {
		t.Fatalf("open are %+v", open)
	}
	d.alive(t, a, "status=registered")
	if open = d.open(t); len(open) != 1 || open[0].Code != alarm.SurvivableMode {
		t.Fatalf("after it registered are open %+v", open)
	}
	d.raise(t, a, ipp.Alarm{ID: "2", Name: "IPPhone Survivable Mode Start", Severity: ipp.Cleared})
	if open = d.open(t); len(open) != 0 {
		t.Errorf("after their end are open %+v", open)
	}
	was, err := d.Alarms.List(testkit.System(), alarm.Filter{OrgID: d.w.Org.ID, States: []alarm.State{alarm.Cleared}})
	if err != nil || len(was.Items) != 2 || was.Items[0].ClearReason == "" {
		t.Errorf("history is %+v, %v", was.Items, err)
	}
}

// TestServer_alarms_own: names that nobody knows are kept as they came, so many of a
// phone and no more, and none of them touches an alarm of ours.
func TestServer_alarms_own(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.raise(t, a, ipp.Alarm{Name: "IPPHONE CONFERENCE SPEAKER CONNECTION FAILURE", Severity: ipp.Warning, Type: 2, Cause: 5}, ipp.Alarm{Name: alarm.SecondClaimant, Severity: ipp.Major})
	open := d.open(t)
	names := map[string]string{}
	for _, x := range open {
		names[x.Name] = fmt.Sprint(x.Code, " ", x.Severity, " ", x.Type, " ", x.Probable)
	}
	if names["IPPHONE CONFERENCE SPEAKER CONNECTION FAILURE"] != "phone.IPPHONE CONFERENCE SPEAKER CONNECTION FAILURE warning (2) communicationsProtocolError(5)" || names[alarm.SecondClaimant] != "phone."+alarm.SecondClaimant+" major Other(0) other(0)" {
		t.Errorf("open are %v", names)
	}
	for i := range 3 {
		var many []ipp.Alarm
		for j := range limit.IPPAlarms {
			many = append(many, ipp.Alarm{Name: fmt.Sprint("alarm ", i, " ", j), Severity: ipp.Major})
		}
		d.raise(t, a, many...)
	}
	if open = d.open(t); len(open) != limit.IPPAlarmsOpen {
		t.Errorf("%d are open", len(open))
	}
	if rows := d.rows(t, a.MAC); !strings.Contains(rows[0].Reason, "were not raised") {
		t.Errorf("the ledger says %s", rows[0].Reason)
	}
	both := ipp.AppendAlerts(nil, ipp.Alerts{List: []ipp.Alarm{{Name: "x", Severity: ipp.Major, Source: "IPPhone/" + a.MAC.String()}, {Name: "y", Severity: ipp.Major, Source: "IPPhone/00908f0000a2"}}}, "")
	if status, _ := d.post(t, a.reports+"rest/v1/"+string(ipp.Alert), both); status != http.StatusNotFound {
		t.Errorf("alarms of two phones are answered with %d", status)
	}
}
