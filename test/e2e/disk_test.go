package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// diskSize is how much room the program gets.
const diskSize = "24m"

// TestDiskFull: with a full disk phones are served and pages are read, changes
// are refused with the reason, and when there is room again all goes on. The
// disk is the program's own, in a namespace of its own.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	enter := []string{"-m"}
	if os.Getuid() != 0 {
		enter = []string{"-U", "-r", "-m"}
	}
	const script = `mount -t tmpfs -o size=` + diskSize + ` none "$1" && exec "$2" demo --data "$1/demo" --phones 2`
	p := launch(t, environment(freePorts()...), "unshare", append(enter, "sh", "-c", script, "sh", dir, os.Getenv(binEnv))...)
	h := settled(t, p, filepath.Join(dir, "demo"))
	h.dir = fmt.Sprintf("/proc/%d/root%s/demo", p.cmd.Process.Pid, dir)
	h.authorizeByLink(t)
	r := h.room(t, "02000000000c", "303", canary("line"))
	_, want := h.fetch(t, r.folder+"cfg"+r.MAC+".xml")
	eventually(t, "the delivery is written down", func() bool { return h.device(t, r.MAC).State == "delivered" })

	filler := filepath.Join(h.dir, "filler")
	fill(t, filler)
	refused := h.changeUntil(t, r.MAC, func(a answer) bool { return a.status != http.StatusOK })
	if refused.status != http.StatusServiceUnavailable || !strings.Contains(refused.header.Get("Content-Type"), "problem+json") {
		t.Errorf("a change on a full disk: %d %s", refused.status, refused.body)
	}
	h.goesOn(t, r, want)
	if a := h.send(t, http.MethodPost, org+"/sites", map[string]string{"name": "Annex"}); a.status != http.StatusServiceUnavailable {
		t.Errorf("another change on a full disk: %d %s", a.status, a.body)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "changes are taken again", func() bool {
		return h.change(t, r.MAC, 1).status == http.StatusOK
	})
	if task := h.done(t, h.push(t, h.planAfterFetch(t, r)).ID); task.State != "success" {
		t.Errorf("a push after the disk had room again ended as %s: %v", task.State, task.Counts)
	}
	if code := h.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// authorizeByLink makes an API token at the console, since the command line
// cannot see this disk.
func (h *house) authorizeByLink(t *testing.T) {
	t.Helper()
	nobody := &house{process: h.process, console: h.console}
	a := nobody.send(t, http.MethodPost, strings.TrimPrefix(h.link, h.console), map[string]string{})
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	orgs := call[list[struct {
		ID     string
		Tenant string `json:"tenant_id"`
	}]](t, nobody, http.MethodGet, "/orgs", nil, "Cookie: "+cookie)
	made := call[struct{ Token string }](t, nobody, http.MethodPost, "/tokens", map[string]string{"name": "test", "tenant_id": orgs.Items[0].Tenant, "org_id": orgs.Items[0].ID}, "Cookie: "+cookie)
	if h.token = made.Token; h.token == "" {
		t.Fatal("no token was made")
	}
}

// fill writes until nothing fits any more.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		for block := make([]byte, size); err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("fill the disk: %v", err)
		}
		err = nil
	}
}

// change saves another value; it changes no phone.
func (h *house) change(t testing.TB, mac string, n int) answer {
	t.Helper()
	items := []item{{Key: "audio.volume.ring", Value: fmt.Sprint(n%8 + 1)}, {Key: "device.useragentprefix", Value: strings.Repeat("x", 20) + fmt.Sprint(n)}}
	return h.send(t, http.MethodPut, org+"/devices/"+mac+"/overrides", map[string]any{"items": items}, "If-Match: *")
}

// changeUntil changes until an answer is as wanted. The write-ahead log has room
// of its own, so that the first changes still fit.
func (h *house) changeUntil(t *testing.T, mac string, wanted func(answer) bool) (a answer) {
	t.Helper()
	for n := range 3000 {
		if a = h.change(t, mac, n); wanted(a) {
			return a
		}
	}
	t.Fatal("the disk never was full")
	return a
}

// goesOn: what does not write works as before.
func (h *house) goesOn(t *testing.T, r roomer, want string) {
	t.Helper()
	for range 5 {
		if status, body := h.fetch(t, r.folder+"cfg"+r.MAC+".xml"); status != "200" || body != want {
			t.Errorf("the phone gets %s\n%s", status, body)
		}
	}
	if status, _ := h.fetch(t, h.http+"cfg"+r.MAC+".xml"); status != "200" {
		t.Errorf("a bare name gets %s", status)
	}
	for _, path := range []string{org + "/devices", org + "/devices/" + r.MAC + "/config", org + "/requests", org + "/audit"} {
		if a := h.send(t, http.MethodGet, path, nil); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// planAfterFetch plans what was changed, and has the phone fetch it once pushed.
func (h *house) planAfterFetch(t *testing.T, r roomer) plan {
	t.Helper()
	p := launch(t, environment(), os.Getenv(binEnv), "phone", "--server", r.folder, "--vendor", "grandstream", "--model", "ghp621w", "--mac", r.MAC, "--ca", h.ca(t), "--minute", "20ms", "--stagger", "0s")
	t.Cleanup(func() { p.stop(t, syscall.SIGINT) })
	return h.plan(t, r.MAC)
}

// ca copies the authority to where others can read it.
func (h *house) ca(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(read(t, filepath.Join(h.dir, "ca.pem"))), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
