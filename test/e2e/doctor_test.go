package e2e

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDoctor: the built program looks at a set-up whose HTTPS port is held by
// another process, and at a phone of a demo that runs.
func TestDoctor(t *testing.T) {
	t.Parallel()
	t.Run("a port that is taken", func(t *testing.T) {
		t.Parallel()
		dir := made(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		p := launch(t, environment(append(freePorts(), "BELLWETHER_LISTEN_PROVISION_HTTPS="+l.Addr().String())...), os.Getenv(binEnv), "doctor", "--data", dir)
		code := p.wait(t)
		want := "provision_https at " + l.Addr().String() + " does not open: the port is taken by e2e.test"
		if code != 1 || !strings.Contains(p.out.String(), want) || !strings.Contains(p.err.String(), "1 of ") {
			t.Errorf("exit code %d; %q is wanted in\n%s%s", code, want, p.out, p.err)
		}
	})
	t.Run("a phone of a demo that runs", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "data")
		h := demo(t, dir, "--phones", "1")
		h.authorize(t)
		var first device
		eventually(t, "the phone has its configuration", func() bool {
			first = h.devices(t)[0]
			return first.Delivered != ""
		})
		// The ledger is written a moment later than the delivery.
		var out string
		wanted := []string{"only its own word on what it holds is awaited", first.Name, "done     delivered", "Its last requests:"}
		eventually(t, "doctor tells that all is well", func() bool {
			out, _, _ = run(t, "doctor", "--data", dir, "--phone", first.MAC)
			return !slices.ContainsFunc(wanted, func(words string) bool { return !strings.Contains(out, words) })
		})
	})
}
