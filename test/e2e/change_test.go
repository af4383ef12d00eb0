package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestChange is the main job: a value is changed, shown as a plan, pushed, and
// the phone has it at its next fetch; then it is taken away again. The phone is
// a process of its own.
func TestChange(t *testing.T) {
	t.Parallel()
	h := demo(t, filepath.Join(t.TempDir(), "demo"), "--phones", "1")
	h.authorize(t)
	r := h.room(t, "02000000000a", "301", canary("line"))
	// Its sixty minutes between two looks last 1.2 s.
	p := launch(t, environment(), os.Getenv(binEnv), "phone", "--server", r.folder, "--vendor", "grandstream", "--model", "ghp621w", "--mac", r.MAC,
		"--ca", filepath.Join(h.dir, "ca.pem"), "--minute", "20ms", "--stagger", "0s", "--json")
	eventually(t, "the new phone has its configuration", func() bool { return h.device(t, r.MAC).State == "delivered" })

	// With an evidenced default, and without.
	const known, unknown = "account.1.sip.validate.useridforinvite", "datetime.ntp.server.2"
	h.override(t, r.MAC, item{Key: known, Value: "yes"}, item{Key: unknown, Value: "ntp2.example.org"})
	if d := h.device(t, r.MAC); d.State != "delivered" {
		t.Errorf("saving alone made the device %s", d.State)
	}
	h.moved(t, r.MAC, map[string]string{known: "set", unknown: "set"})
	if _, body := h.fetch(t, r.folder+"cfg"+r.MAC+".xml"); !strings.Contains(body, unknown+`">ntp2.example.org<`) {
		t.Errorf("the file does not have the value:\n%s", body)
	}

	h.override(t, r.MAC)
	h.moved(t, r.MAC, map[string]string{known: "reset", unknown: "residue"})
	config := call[struct{ Items []item }](t, h, http.MethodGet, org+"/devices/"+r.MAC+"/config", nil)
	for _, it := range config.Items {
		if it.Key == known && it.State != "reset" || it.Key == unknown && it.State != "residue" {
			t.Errorf("the page shows %s as %s", it.Key, it.State)
		}
	}
	got := stopped(t, p)
	if got[known] != "No" {
		t.Errorf("the phone has %s=%q, want its default, No", known, got[known])
	}
	if got[unknown] != "ntp2.example.org" {
		t.Errorf("the phone has %s=%q; nobody gave it another value, so that it keeps the old one", unknown, got[unknown])
	}
	if got["account.1.sip.subscriber.password"] != r.password || got["audio.volume.ring"] != "5" {
		t.Error("the phone has not kept its line and its template")
	}
}

// moved plans the device's overrides, expects these changes, pushes and waits
// until the phone has them.
func (h *house) moved(t *testing.T, mac string, want map[string]string) {
	t.Helper()
	p := h.plan(t, mac)
	changes := p.changes()
	for key, kind := range want {
		if changes[key] != kind {
			t.Errorf("the plan says %q of %s, want %s", changes[key], key, kind)
		}
	}
	if len(changes) != len(want) || p.Devices != 1 {
		t.Errorf("the plan has %v for %d devices", changes, p.Devices)
	}
	done := h.done(t, h.push(t, p).ID)
	if done.State != "success" || done.Counts["success"] != 1 {
		t.Errorf("the task ended as %s: %v", done.State, done.Counts)
	}
	if d := h.device(t, mac); d.State != "delivered" || d.Delivered != d.Desired {
		t.Errorf("after the task the device is %s", d.State)
	}
	again := h.send(t, http.MethodPost, org+"/plans/"+p.Hash+"/push", map[string]any{})
	if again.status != http.StatusConflict {
		t.Errorf("the same plan a second time: %d %s", again.status, again.body)
	}
}

// stopped ends a fleet of one phone and returns what it holds.
func stopped(t testing.TB, p *process) map[string]string {
	t.Helper()
	if code := p.stop(t, syscall.SIGINT); code != 0 {
		t.Errorf("bellwether phone ended with %d", code)
	}
	var phones []struct {
		Applied  int
		Settings map[string]string
		Ignored  []string
	}
	if err := json.Unmarshal([]byte(p.out.String()), &phones); err != nil || len(phones) != 1 {
		t.Fatalf("bellwether phone --json: %v in %s", err, p.out)
	}
	if phones[0].Applied < 3 || len(phones[0].Ignored) > 0 {
		t.Errorf("the phone applied %d files and did not know %v", phones[0].Applied, phones[0].Ignored)
	}
	return phones[0].Settings
}

// TestPhone: the command on its own, from the box and used wrongly.
func TestPhone(t *testing.T) {
	t.Parallel()
	h := demo(t, filepath.Join(t.TempDir(), "demo"), "--phones", "1")
	h.authorize(t)
	out, errs, code := run(t, "phone", "--server", h.http, "--vendor", "Grandstream", "--model", "GHP610", "--count", "3", "--for", "2s", "--stagger", "500ms", "--scenario", "reboot-storm", "--json")
	if code != 0 || strings.Count(out, `"applied": 1`) != 3 || strings.Count(out, `"boots": 2`) != 3 {
		t.Errorf("three phones from the box: %d\n%s%s", code, out, errs)
	}
	eventually(t, "strangers are in the ledger of nobody", func() bool {
		return !slices.ContainsFunc(h.devices(t), func(d device) bool { return d.MAC != firstMAC })
	})
	for what, args := range map[string][]string{
		"a make that nobody plays": {"--server", h.http, "--vendor", "nobody", "--model", "x"},
		"an unknown scenario":      {"--server", h.http, "--vendor", "grandstream", "--model", "GHP621W", "--scenario", "flood"},
		"no address":               {"--server", "somewhere", "--vendor", "grandstream", "--model", "GHP621W"},
		"no phones":                {"--server", h.http, "--vendor", "grandstream", "--model", "GHP621W", "--count", "0"},
		"no server":                {"--vendor", "grandstream", "--model", "GHP621W"},
		"a MAC that is none":       {"--server", h.http, "--vendor", "grandstream", "--model", "GHP621W", "--mac", "xyz"},
	} {
		if _, errs, code := run(t, append([]string{"phone"}, args...)...); code != 2 || errs == "" {
			t.Errorf("%s: exit code %d\n%s", what, code, errs)
		}
	}
}
