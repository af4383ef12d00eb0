package ftpd_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/testkit"
)

// run runs a program in a folder and returns its exit code and output.
func run(t *testing.T, dir, name string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir) // no settings of whoever runs the tests
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s (scripts/setup.sh test installs it): %v", name, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// at is a house with a phone that has its first revision, and a folder with our
// authority's certificate.
func at(t *testing.T) (*testkit.House, testkit.Phone, string) {
	t.Helper()
	h := house(t)
	p := h.World(t).Phones[0]
	testkit.SwitchOn(t, h.Virtual(t, p))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), h.CA.Roots(), 0o600); err != nil {
		t.Fatal(err)
	}
	return h, p, dir
}

func read(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "got"))
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(dir, "got"))
	return string(b)
}

// TestReal_curl: clear, explicit and implicit, passive and extended passive.
func TestReal_curl(t *testing.T) {
	t.Parallel()
	h, p, dir := at(t)
	_, port, _ := strings.Cut(h.Addr(t, "ftps"), ":")
	clear, sealed := "ftp://"+h.Addr(t, "ftp")+"/", "ftps://localhost:"+port+"/"
	own := "p/" + p.Token + "/" + p.File()
	for what, tc := range map[string]struct {
		args   []string
		secret bool
	}{
		"clear":            {[]string{clear + own}, false},
		"bare name":        {[]string{clear + p.File()}, false},
		"without EPSV":     {[]string{"--disable-epsv", clear + stranger}, false},
		"one CWD":          {[]string{"--ftp-method", "singlecwd", clear + own}, false},
		"implicit":         {[]string{"--cacert", "ca.pem", sealed + own}, true},
		"explicit":         {[]string{"--cacert", "ca.pem", "--ssl-reqd", strings.Replace(clear, "127.0.0.1", "localhost", 1) + own}, true},
		"explicit, no CWD": {[]string{"--cacert", "ca.pem", "--ssl-reqd", "--ftp-method", "nocwd", strings.Replace(clear, "127.0.0.1", "localhost", 1) + own}, true},
	} {
		code, out := run(t, dir, "curl", append([]string{"-4sS", "-u", "phone:whatever", "-o", "got"}, tc.args...)...)
		if code != 0 {
			t.Errorf("%s: exit %d: %s", what, code, out)
			continue
		}
		if got := read(t, dir); strings.Contains(got, p.Password) != tc.secret || len(got) == 0 {
			t.Errorf("%s: %d bytes, with the secret: %t, want %t", what, len(got), !tc.secret, tc.secret)
		}
	}
	for _, path := range []string{"nothing.xml", "p/x/" + p.File(), "firmware/ghp610fw.bin"} {
		if code, out := run(t, dir, "curl", "-4sS", "--cacert", "ca.pem", sealed+path); code != 78 {
			t.Errorf("%s: exit %d, want 78: %s", path, code, out)
		}
	}
	if code, out := run(t, dir, "curl", "-4sS", "-T", "ca.pem", clear); code == 0 {
		t.Errorf("a write went through: %s", out)
	}
	if code, out := run(t, dir, "curl", "-4sS", clear); code != 0 || strings.TrimSpace(out) != "" {
		t.Errorf("a list: exit %d, %q", code, out)
	}
}

// TestReal_lftp: lftp signs in, asks for sizes and resumes.
func TestReal_lftp(t *testing.T) {
	t.Parallel()
	h, p, dir := at(t)
	_, port, _ := strings.Cut(h.Addr(t, "ftps"), ":")
	own := "p/" + p.Token + "/" + p.File()
	for what, tc := range map[string]struct {
		script string
		secret bool
	}{
		"clear":    {"set ftp:ssl-allow false; get ftp://phone:x@" + h.Addr(t, "ftp") + "/" + own + " -o got", false},
		"explicit": {"set ftp:ssl-force true; set ftp:ssl-protect-data true; set ssl:ca-file ca.pem; get ftp://phone:x@" + strings.Replace(h.Addr(t, "ftp"), "127.0.0.1", "localhost", 1) + "/" + own + " -o got", true},
		"implicit": {"set ssl:ca-file ca.pem; get ftps://phone:x@localhost:" + port + "/" + own + " -o got", true},
	} {
		code, out := run(t, dir, "lftp", "-c", "set net:max-retries 1; set net:timeout 10; set dns:order inet; "+tc.script)
		if code != 0 {
			t.Errorf("%s: exit %d: %s", what, code, out)
			continue
		}
		if got := read(t, dir); strings.Contains(got, p.Password) != tc.secret {
			t.Errorf("%s: %d bytes, with the secret: %t, want %t", what, len(got), !tc.secret, tc.secret)
		}
	}
	if code, _ := run(t, dir, "lftp", "-c", "set net:max-retries 1; set ftp:ssl-allow false; get ftp://phone:x@"+h.Addr(t, "ftp")+"/nothing.xml -o got"); code == 0 {
		t.Error("a file that there is not is no error")
	}
}
