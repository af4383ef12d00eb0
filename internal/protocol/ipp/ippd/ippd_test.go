package ippd_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/testkit"
)

// The form of both user agents, by the guide's own examples.
const (
	agentPlain = "AUDC-IPPhone/2.2.16.142.46 (430HD; 00908F0000A1)"
	agentUC    = "AUDC-IPPhone-430HD_UC_2.0.7.70/1.0.0000.0"
)

// desk is a house with a phone of the make in it.
type desk struct {
	*testkit.House
	w *testkit.World
}

func newDesk(t testing.TB, options ...testkit.Option) desk {
	t.Helper()
	h := testkit.New(t, append([]testkit.Option{testkit.WithDoors("ipp")}, options...)...)
	return desk{h, h.World(t)}
}

// audc is a phone of the organization, with its secret address and where it reports.
type audc struct {
	device.Device
	folder, reports, token string
}

// phone makes a phone of the organization.
func (d desk) phone(t testing.TB, m mac.Address, o org.Org, life device.Life) audc {
	t.Helper()
	dev, err := d.Devices.Create(testkit.System(), o, device.Input{MAC: m.String(), Model: "430HD", Life: life})
	if err != nil {
		t.Fatal(err)
	}
	a := audc{Device: dev}
	if a.folder, _, err = d.Provision.Address(testkit.System(), dev); err != nil {
		t.Fatal(err)
	}
	a.reports = d.reports(t, a)
	_, a.token, _ = strings.Cut(strings.Trim(a.reports, "/"), "/p/")
	return a
}

// reports is where the file of a phone has it report.
func (d desk) reports(t testing.TB, a audc) string {
	t.Helper()
	res := d.get(t, a.folder+a.MAC.String()+".cfg")
	for line := range strings.Lines(res) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "ems_server/provisioning/url="); ok {
			return v
		}
	}
	return ""
}

func (d desk) get(t testing.TB, url string) string {
	t.Helper()
	c := http.Client{Transport: &http.Transport{TLSClientConfig: d.TLS(t), DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// post sends a message as a script would, and returns what came back.
func (d desk) post(t testing.TB, url string, text []byte, headers ...string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", agentUC)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// message is a report in the form of the captures, with fields changed: "status=registered".
func message(m mac.Address, changes ...string) []byte {
	p := ipp.Report{Session: "1a2b3c4d", User: "system", MAC: strings.ToUpper(m.String()), IP: "192.0.2.9", Subnet: "255.255.255.0", VLAN: "213", Model: "430HD", Firmware: "UC_2.0.7.70", Agent: agentUC,
		UserName: "Alan Roberts", UserID: "alan@example.org", Phone: "4932001", Proxy: "sip.example.org", Status: ipp.Started, Location: "Ground floor", Region: "Hotel"}
	for _, c := range changes {
		name, value, _ := strings.Cut(c, "=")
		switch name {
		case "status":
			p.Status = ipp.Status(value)
		case "session":
			p.Session = value
		case "fw":
			p.Firmware = value
		case "user":
			p.User = value
		case "mac":
			p.MAC = value
		case "proxy":
			p.Proxy = value
		}
	}
	return ipp.AppendReport(nil, p, "00112233445566778899aabbccddeeff")
}

// alive reports and fails where that is not taken; it returns what the phone is to do.
func (d desk) alive(t testing.TB, a audc, changes ...string) []ipp.Action {
	t.Helper()
	status, body := d.post(t, a.reports+"rest/v1/"+string(ipp.KeepAlive), message(a.MAC, changes...))
	if status != http.StatusOK {
		t.Fatalf("the report is answered with %d %s", status, body)
	}
	todo, err := ipp.DecodeReply([]byte(body))
	if err != nil {
		t.Fatalf("the answer %s: %v", body, err)
	}
	return todo
}

// now is the device with all that is written behind.
func (d desk) now(t testing.TB, id string) device.Device {
	t.Helper()
	if err := d.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	if err := d.Twins.Flush(testkit.System(), true); err != nil {
		t.Fatal(err)
	}
	dev, err := d.Devices.Get(testkit.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	return dev
}

// ask has an operator ask for a command.
func (d desk) ask(t testing.TB, id string, o command.Order) command.Command {
	t.Helper()
	c, err := d.Commands.Ask(testkit.System(), d.now(t, id), o)
	if err != nil {
		t.Fatalf("ask for %s: %v", o.Kind, err)
	}
	return c
}

func (d desk) command(t testing.TB, id string) command.Command {
	t.Helper()
	c, err := d.Commands.Get(testkit.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServer_report: what a phone tells goes to its twin and to what is known of it.
func TestServer_report(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	if !strings.HasPrefix(a.reports, "http://127.0.0.1:") || len(a.token) != 52 {
		t.Fatalf("the phone is told to report at %q", a.reports)
	}
	if todo := d.alive(t, a, "status=registered"); len(todo) != 0 {
		t.Errorf("nothing waits, and it is told to do %v", todo)
	}
	got := d.now(t, a.ID)
	h := got.Hot
	if h.Reach != device.Online || h.Status != device.Registered || h.Firmware != "UC_2.0.7.70" || h.Model != "430HD" || h.Address != "127.0.0.1" || h.UserAgent != agentUC || h.Door != "ipp" {
		t.Errorf("the twin holds %+v", h)
	}
	if in := h.ExpectedBy.Sub(h.ReachAt); in.Minutes() != 11 {
		t.Errorf("its next report is expected after %v", in)
	}
	p, err := d.Manager.Phone(testkit.System(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Told.Standing; p.Told.Address != "192.0.2.9" || s.Subnet != "255.255.255.0" || s.VLAN != "213" || s.User != "Alan Roberts" || s.UserID != "alan@example.org" || s.Number != "4932001" || s.Proxy != "sip.example.org" || s.Location != "Ground floor" || s.Region != "Hotel" {
		t.Errorf("it told %+v", p.Told)
	}
}

// TestServer_started: a phone that starts twice without a word between is started
// anew, and a report that comes once more is not.
func TestServer_started(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	start := func(session string) []ipp.Action {
		t.Helper()
		status, body := d.post(t, a.reports+"rest/v1/"+string(ipp.Init), message(a.MAC, "session="+session))
		todo, err := ipp.DecodeReply([]byte(body))
		if status != http.StatusOK || err != nil {
			t.Fatalf("%d %s, %v", status, body, err)
		}
		return todo
	}
	start("0000aaa0")
	c := d.ask(t, a.ID, command.Order{Kind: command.Reboot})
	if todo := start("0000aaa1"); len(todo) != 1 {
		t.Fatalf("it is told to do %v", todo)
	}
	testkit.Wait(t, "that the command counts as delivered", func() bool { return d.command(t, c.ID).State != command.Sent })
	if todo := start("0000aaa1"); len(todo) != 0 || d.command(t, c.ID).State != command.Delivered {
		t.Errorf("once more it is told to do %v, and the command is %s", todo, d.command(t, c.ID).State)
	}
	start("0000aaa2")
	if got := d.command(t, c.ID); got.State != command.Confirmed {
		t.Errorf("after the start the command is %s: %s", got.State, got.Reason)
	}
}

// TestServer_command: a command goes out once, with the answer to the next report, and
// is confirmed by the phone's own word alone.
func TestServer_command(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(t, a, "status=registered")
	c := d.ask(t, a.ID, command.Order{Kind: command.Reboot})
	todo := d.alive(t, a, "status=registered", "session=0000aaaa")
	if len(todo) != 1 || todo[0].Cmd != ipp.Reset {
		t.Fatalf("the phone is told to do %+v", todo)
	}
	if again := d.alive(t, a, "status=registered", "session=0000aaab"); len(again) != 0 {
		t.Errorf("the phone is told once more: %+v", again)
	}
	testkit.Wait(t, "that the command counts as delivered", func() bool { return d.command(t, c.ID).State != command.Sent })
	if got := d.command(t, c.ID); got.State != command.Delivered || got.Channel != "ipp" || got.Attempts != 1 {
		t.Errorf("the command is %s over %q after %d tries: %s", got.State, got.Channel, got.Attempts, got.Reason)
	}
	d.alive(t, a, "status=started", "session=0000aaac")
	if got := d.command(t, c.ID); got.State != command.Confirmed {
		t.Errorf("after the start the command is %s: %s", got.State, got.Reason)
	}
}
