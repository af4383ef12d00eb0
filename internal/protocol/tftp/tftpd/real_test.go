package tftpd_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/domain/org"
	"bellwether/internal/testkit"
)

// run runs a program in a folder and returns its exit code and output.
func run(t *testing.T, dir, name string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s (scripts/setup.sh test installs it): %v", name, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestReal_tftp: Debian's client, with and without a larger block.
func TestReal_tftp(t *testing.T) {
	t.Parallel()
	_, c := house(t)
	host, port, _ := net.SplitHostPort(c.addr)
	want := len(c.get(t, stranger).body)
	dir := t.TempDir()
	if code, out := run(t, dir, "tftp", "-m", "binary", host, port, "-c", "get", stranger, "got"); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "got")); err != nil || len(got) != want {
		t.Errorf("it got %d bytes, %v; want %d", len(got), err, want)
	}
	code, missing := run(t, dir, "tftp", "-m", "binary", host, port, "-c", "get", "nothing.xml", "none")
	if code == 0 && missing == "" {
		t.Error("a file that there is not is no error")
	}
	if code, out := run(t, dir, "tftp", "-m", "binary", host, port, "-c", "put", "got", stranger); code == 0 && out == "" {
		t.Error("a write is no error")
	}
}

// TestReal_curl: curl asks for blksize and tsize by itself.
func TestReal_curl(t *testing.T) {
	t.Parallel()
	h, c := house(t)
	p := h.World(t).Phones[0]
	want := len(c.get(t, stranger).body)
	dir := t.TempDir()
	for _, path := range []string{stranger, "p/" + p.Token + "/" + p.File(), "//" + stranger} {
		if code, out := run(t, dir, "curl", "-sS", "--tftp-blksize", "1428", "-o", "got", "tftp://"+c.addr+"/"+path); code != 0 {
			t.Errorf("%.20s: exit %d: %s", path, code, out)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "got")); err != nil || len(got) != want {
			t.Errorf("%.20s: it got %d bytes, %v; want %d", path, len(got), err, want)
		}
	}
	for path, code := range map[string]int{"nothing.xml": 68, "firmware/ghp610fw.bin": 68, "p/x/" + stranger: 68} {
		if got, out := run(t, dir, "curl", "-sS", "tftp://"+c.addr+"/"+path); got != code {
			t.Errorf("%s: exit %d, want %d: %s", path, got, code, out)
		}
	}
	if code, out := run(t, dir, "curl", "-sS", "-T", "got", "tftp://"+c.addr+"/"+stranger); code != 69 {
		t.Errorf("a write: exit %d, want 69: %s", code, out)
	}
}

// TestDelivery: under the legacy flag a phone's own file counts as delivered when
// its last block was acknowledged, and not before.
func TestDelivery(t *testing.T) {
	t.Parallel()
	h, c := house(t)
	p := h.World(t).Phones[0]
	site, err := h.Orgs.Site(testkit.System(), p.SiteID)
	if err != nil {
		t.Fatal(err)
	}
	nets, until := []org.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.1/32"), Legacy: true}}, h.Clock.Now().Add(time.Hour)
	if _, err := h.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		d, err := h.Devices.Get(testkit.System(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		return d.Config.Word()
	}
	conn, to := socket(t, c.addr, c.from)
	defer conn.Close()
	_, _ = conn.WriteTo(c.request(1, p.File()), to)
	buf := make([]byte, 600)
	_, from, err := receive(conn, buf, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.WriteTo([]byte("\x00\x05\x00\x03disk full\x00"), from)
	part := c.get(t, "cfg.xml") // the door is at work on something else meanwhile
	if got := state(); got != "pending" || part.code != 1 {
		t.Errorf("after one block the device is %q, want pending", got)
	}
	if g := c.get(t, p.File()); g.code != 0 {
		t.Fatalf("error %d %s", g.code, g.text)
	}
	testkit.Wait(t, "the file counts as delivered", func() bool { return state() == "delivered" })
}
