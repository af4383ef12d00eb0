package e2e

import (
	"net"
	"os"
	"path/filepath"
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
		var out, errs string
		eventually(t, "doctor tells that all is well", func() bool {
			out, errs, _ = run(t, "doctor", "--data", dir, "--phone", first.MAC)
			return strings.Contains(out, "only its own word on what it holds is awaited")
		})
		for _, words := range []string{first.Name, "done     delivered", "Its last requests:"} {
			if !strings.Contains(out, words) {
				t.Errorf("%q is wanted in\n%s%s", words, out, errs)
			}
		}
	})
}
