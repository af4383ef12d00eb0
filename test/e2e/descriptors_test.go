package e2e

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	crowd = 2000            // connections that say nothing
	soon  = 4 * time.Second // that the console answers in: before the doors hang up on who says nothing
)

// TestDescriptors: the program may open 256 files, and two thousand connections
// hang on its doors. It goes on, the console and the database answer, and when the
// crowd has gone phones are served within ten seconds.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	p := launch(t, environment(freePorts()...), "sh", "-c", `ulimit -n 256; exec "$0" demo --data "$1" --phones 1`, os.Getenv(binEnv), dir)
	h := settled(t, p, dir)
	h.authorize(t)
	var held []net.Conn
	release := func() {
		for _, c := range held {
			_ = c.Close() // most are closed already
		}
		held = nil
	}
	defer release()
	for i := range crowd {
		door, err := url.Parse([]string{h.http, h.https}[i%2])
		if err != nil {
			t.Fatal(err)
		}
		if c, err := net.DialTimeout("tcp", door.Host, time.Second); err == nil {
			held = append(held, c)
		}
	}
	if len(held) < crowd*9/10 {
		t.Fatalf("only %d connections came about", len(held))
	}
	for range 20 {
		asked := time.Now()
		if a := h.send(t, http.MethodGet, org+"/devices", nil); a.status != http.StatusOK {
			t.Fatalf("while the crowd hangs on the console answers %d %s", a.status, a.body)
		}
		if took := time.Since(asked); took > soon {
			t.Fatalf("while the crowd hangs on the console answers after %s", took)
		}
	}
	if p.hasEnded() {
		t.Fatal("the program has ended")
	}
	release()
	gone := time.Now()
	eventually(t, "a phone is served", func() bool {
		out, code := other(t, "", "curl", "--silent", "--cacert", filepath.Join(h.dir, "ca.pem"), "--max-time", "5", "--write-out", "%{http_code}", h.phone+"cfg.xml")
		return code == 0 && strings.HasSuffix(out, "404") // there is no such file; who has no proof is told so too, so it must be over TLS
	})
	if took := time.Since(gone); took > 10*time.Second {
		t.Errorf("after the crowd had gone a phone was served in %s", took)
	}
	if code := h.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
