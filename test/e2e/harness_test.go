// Package e2e tests the built program as its users have it: a process of its
// own, real sockets, and real programs of others in the phone's place.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
)

// binEnv names the program under test; TestMain builds it where it is not set.
const binEnv = "BELLWETHER_TEST_BIN"

func TestMain(m *testing.M) { os.Exit(withBinary(m.Run)) }

func withBinary(do func() int) int {
	if os.Getenv(binEnv) != "" {
		return do()
	}
	dir, err := os.MkdirTemp("", "bellwether-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "bellwether")
	build := exec.Command("go", "build", "-ldflags", "-s -w -X main.version=e2e", "-o", bin, "./cmd/bellwether")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv(binEnv, bin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return do()
}

// process is a running program. Its output may be read at any time.
type process struct {
	cmd      *exec.Cmd
	out, err *output
	ended    chan struct{}
	code     int // once ended
}

// output collects what a process writes.
type output struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// Write takes bytes.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

// String returns everything so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// environment is the test's own without settings of ours, and more.
func environment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "BELLWETHER_") })
	return append(env, more...)
}

// launch starts a program, which is killed where the test leaves it running.
func launch(t testing.TB, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), out: &output{}, err: &output{}, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = p.out, p.err, env
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		defer close(p.ended)
		err := p.cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			p.code = exit.ExitCode()
		}
	}()
	t.Cleanup(func() {
		if !p.hasEnded() {
			_ = p.cmd.Process.Kill() // it may have ended meanwhile
		}
		<-p.ended
		if t.Failed() {
			t.Logf("%s %s\n%s%s", filepath.Base(name), strings.Join(args, " "), p.out, p.err)
		}
	})
	return p
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// stop asks the process to end and returns its exit code.
func (p *process) stop(t testing.TB, s syscall.Signal) int {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("signal: %v", err)
	}
	return p.wait(t)
}

// wait waits for the end and returns the exit code.
func (p *process) wait(t testing.TB) int {
	t.Helper()
	eventually(t, "the process has ended", p.hasEnded)
	return p.code
}

// patience is how long anything may take.
// napTime is how long nap lasts.
const napTime = 200 * time.Millisecond

const patience = 40 * time.Second

// eventually waits until done reports true.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	within(t, patience, what, done)
}

// within is eventually with a patience of the test's own.
func within(t testing.TB, patience time.Duration, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !done() {
		if (clock.System{}).Sleep(ctx, 25*time.Millisecond) != nil {
			t.Fatalf("it never came to be: %s", what)
		}
	}
}

// run runs the program to its end.
func run(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	p := launch(t, environment(), os.Getenv(binEnv), args...)
	code = p.wait(t)
	return p.out.String(), p.err.String(), code
}

// other runs somebody else's program to its end; stdin may be empty.
func other(t testing.TB, stdin, name string, args ...string) (stdout string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return string(out) + string(exit.Stderr), exit.ExitCode()
	case err != nil:
		t.Fatalf("run %s: %v", name, err)
	}
	return string(out), 0
}

// house is a running server.
type house struct {
	*process
	dir         string
	console     string // http://host:port
	https, http string // the doors' bases, ending in /
	link        string // with which somebody signs in; "" for none
	phone       string // of the demo: its first phone's secret folder
	token       string // API token, once made
}

// freePorts has every door take a port of its own.
func freePorts() []string {
	return []string{"BELLWETHER_LISTEN_ADMIN=127.0.0.1:0", "BELLWETHER_LISTEN_PROVISION_HTTP=127.0.0.1:0", "BELLWETHER_LISTEN_PROVISION_HTTPS=127.0.0.1:0", "BELLWETHER_LISTEN_METRICS=127.0.0.1:0", "BELLWETHER_LISTEN_TFTP=127.0.0.1:0",
		"BELLWETHER_LISTEN_CWMP_HTTPS=127.0.0.1:0", "BELLWETHER_LISTEN_CWMP_HTTP=127.0.0.1:0", "BELLWETHER_LISTEN_IPP=127.0.0.1:0"}
}

// demo starts the demo.
func demo(t testing.TB, dir string, args ...string) *house {
	t.Helper()
	p := launch(t, environment(freePorts()...), os.Getenv(binEnv), append([]string{"demo", "--data", dir}, args...)...)
	return settled(t, p, dir)
}

// settled waits for the demo's banner and reads it.
func settled(t testing.TB, p *process, dir string) *house {
	t.Helper()
	h := &house{process: p, dir: dir}
	h.await(t, p.out, "Ctrl-C")
	text := p.out.String()
	h.link = find(t, text, `http://\S+/setup/\S+`)
	h.console, _, _ = strings.Cut(h.link, "/setup/")
	h.phone = find(t, text, `https://[^/\s]+/p/[^/\s]+/`)
	h.https = find(t, h.phone, `https://[^/\s]+/`)
	h.http = strings.TrimSuffix(find(t, text, `curl http://\S+/cfg`), "cfg")[len("curl "):]
	return h
}

// serve starts the server proper.
func serve(t testing.TB, dir string, env ...string) *house {
	t.Helper()
	p := launch(t, environment(append(freePorts(), env...)...), os.Getenv(binEnv), "serve", "--data", dir)
	h := &house{process: p, dir: dir}
	h.await(t, p.err, "metrics and health on")
	text := p.err.String()
	h.console = "http://" + strings.TrimPrefix(find(t, text, `console and API on \S+`), "console and API on ")
	h.https = "https://" + strings.TrimPrefix(find(t, text, `phones, HTTPS on \S+`), "phones, HTTPS on ") + "/"
	h.http = "http://" + strings.TrimPrefix(find(t, text, `phones, HTTP on \S+`), "phones, HTTP on ") + "/"
	return h
}

func (h *house) await(t testing.TB, o *output, text string) {
	t.Helper()
	eventually(t, "the program says "+text, func() bool { return h.hasEnded() || strings.Contains(o.String(), text) })
	if h.hasEnded() {
		t.Fatalf("the program ended with %d:\n%s%s", h.code, h.out, h.err)
	}
}

func find(t testing.TB, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindString(text)
	if found == "" {
		t.Fatalf("no %s in:\n%s", pattern, text)
	}
	return found
}
