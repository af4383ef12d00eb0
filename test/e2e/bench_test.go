package e2e

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	orgs "bellwether/internal/domain/org"
	"bellwether/internal/domain/trust"
	"bellwether/internal/testkit"
)

// The sizes that the goals name.
const (
	benchPhones   = 20_000
	benchSettings = 300
	benchConns    = 32
)

// scale is the part of the work that BELLWETHER_BENCH_SCALE asks for; 1 by itself.
func scale(b *testing.B) float64 {
	b.Helper()
	s := os.Getenv("BELLWETHER_BENCH_SCALE")
	if s == "" {
		return 1
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f <= 0 || f > 10 {
		b.Fatalf("BELLWETHER_BENCH_SCALE: %q is no part of the work", s)
	}
	return f
}

// figure prints one measured goal beside what it is to be, and gives it to the
// benchmark's own report.
func figure(b *testing.B, id, what string, got, goal float64, most bool, unit, note string) {
	b.Helper()
	met := "met"
	if (most && got > goal) || (!most && got < goal) {
		met = "MISSED"
	}
	bound := "at least"
	if most {
		bound = "at most"
	}
	b.Logf("%s %s: %.2f %s, %s %.2f: %s (%s)", id, what, got, unit, bound, goal, met, note)
	b.ReportMetric(got, strings.ReplaceAll(id+"-"+what, " ", "_"))
}

// nginx serves a folder, over plain HTTP and over HTTPS with certificates of its
// clients asked for and checked.
type nginx struct {
	*process
	http, https string
}

func (n *nginx) cpu(b *testing.B) time.Duration {
	b.Helper()
	var all time.Duration
	out, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", n.cmd.Process.Pid, n.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		all += cpu(b, pid)
	}
	return all
}

func startNginx(b *testing.B, root string, cert tls.Certificate, clients string) *nginx {
	b.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		b.Fatal("nginx is wanted to compare with: scripts/setup.sh bench")
	}
	dir := b.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		b.Fatal(err)
	}
	addrs := ports(b, 2)
	for name, text := range map[string]string{
		"key.pem": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})), "clients.pem": clients,
		"cert.pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})),
		"nginx.conf": fmt.Sprintf(`daemon off; pid %[1]s/pid; error_log %[1]s/error.log; worker_processes 2; worker_rlimit_nofile 8192; user root;
events { worker_connections 4096; }
http { access_log %[1]s/access.log; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
 keepalive_requests 1000000; root %[2]s; types { text/xml xml; }
 server { listen %[3]s; }
 server { listen %[4]s ssl; ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem; ssl_client_certificate %[1]s/clients.pem; ssl_verify_client on; ssl_session_cache off; ssl_session_tickets off; }
}`, dir, root, addrs[0], addrs[1]),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	n := &nginx{launch(b, os.Environ(), path, "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "error.log")), addrs[0], addrs[1]}
	b.Cleanup(func() { n.stop(b, syscall.SIGTERM) })
	eventually(b, "nginx listens", func() bool {
		c, err := net.Dial("tcp", n.http)
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
	return n
}

// load sends n requests, those of path(i), over connections that dial makes and
// that are kept where keep says so. Every answer has to be a configuration.
func load(b *testing.B, n int, keep bool, dial func(i int) (net.Conn, error), path func(i int) string) (took time.Duration) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Pointer[string]
	begun := time.Now()
	for range benchConns {
		wg.Go(func() {
			var c *loader
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					break
				}
				var err error
				if c == nil {
					if c, err = open(dial, i); err != nil {
						break
					}
				}
				if err = c.get(path(i)); err != nil {
					s := fmt.Sprintf("%s: %v", path(i), err)
					failed.Store(&s)
					break
				}
				if !keep {
					c.close()
					c = nil
				}
			}
			if c != nil {
				c.close()
			}
		})
	}
	wg.Wait()
	if s := failed.Load(); s != nil {
		b.Fatal(*s)
	}
	if done := next.Load(); done < int64(n) {
		b.Fatalf("%d of %d requests were sent", done, n)
	}
	return time.Since(begun)
}

// loader is one connection of the load.
type loader struct {
	net.Conn
	in *bufio.Reader
}

func open(dial func(i int) (net.Conn, error), i int) (*loader, error) {
	c, err := dial(i)
	if err != nil {
		return nil, err
	}
	return &loader{Conn: c, in: bufio.NewReaderSize(c, 32<<10)}, nil
}

func (l *loader) close() { _ = l.Conn.Close() }

// errAnswer is an answer that is not what was asked for.
var errAnswer = errors.New("another answer than was asked for")

func (l *loader) get(path string) error {
	mac := path[len(path)-len("020000000000.xml") : len(path)-len(".xml")]
	if _, err := fmt.Fprintf(l, "GET %s HTTP/1.1\r\nHost: phones\r\nUser-Agent: Grandstream Model HW GHP621W SW 1.0.1.54 DevId %s\r\n\r\n", path, mac); err != nil {
		return err
	}
	res, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
		return fmt.Errorf("%w: %s, %d bytes: %.300q", errAnswer, res.Status, len(body), body)
	}
	return nil
}

func tcp(addr string) func(int) (net.Conn, error) {
	return func(int) (net.Conn, error) { return net.Dial("tcp", addr) }
}

// want is a value that each phone's own configuration holds, and a bootstrap does not.
const want = ">v1<"

// perRequest is the processor time of one request in microseconds.
func perRequest(d time.Duration, n int) float64 { return float64(d.Microseconds()) / float64(n) }

// BenchmarkConfigs is P-1 and P-2: many phones' own configurations, beside nginx
// that has the same bytes as files.
func BenchmarkConfigs(b *testing.B) {
	n := max(benchConns, int(benchPhones*scale(b)))
	maker := testkit.Root(b, time.Now(), "Bench maker")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	var server tls.Certificate
	p := newPark(b, n, benchSettings, true, func(h *testkit.House, _ orgs.Org) {
		h.TrustCA(b, trust.Place{}, maker)
		server = have(h.CA.IssueServer(testkit.System(), []string{"phones"}, []net.IP{net.IPv4(127, 0, 0, 1)}))(b)
	})
	h := serve(b, p.dir)
	name := func(i int) string { return "cfg" + p.macs[i%n] + ".xml" }
	root := p.files(b, h, n, name)
	peer := startNginx(b, root, server, maker.PEM())
	address := strings.Trim(strings.TrimPrefix(h.http, "http://"), "/")
	pid := h.cmd.Process.Pid

	run := func(from func(*testing.B) time.Duration, keep bool, dial func(int) (net.Conn, error), path func(int) string, n int) (cpuEach float64, took time.Duration) {
		before := from(b)
		took = load(b, n, keep, dial, path)
		return perRequest(from(b)-before, n), took
	}
	own := func(b *testing.B) time.Duration { return cpu(b, pid) }
	file := func(i int) string { return "/" + name(i) }
	folder := func(i int) string { return "/p/" + p.tokens[i%n] + "/" + name(i) }

	first, _ := run(own, true, tcp(address), folder, n)
	run(own, true, tcp(address), folder, n) // what a start writes down has everything made anew once more
	again, _ := run(own, true, tcp(address), folder, n)
	theirs, _ := run(peer.cpu, true, tcp(peer.http), file, max(n, benchPhones)) // the clock of the processor time is a coarse one
	run(own, true, tcp(address), file, n)
	bare, _ := run(own, true, tcp(address), file, n)
	figure(b, "P-1", "first render", first/theirs, 12, true, "× nginx's CPU a request", fmt.Sprintf("%.0f µs beside %.0f µs", first, theirs))
	figure(b, "P-1", "keep-alive by token", again/theirs, 4, true, "× nginx's CPU a request", fmt.Sprintf("%.0f µs beside %.0f µs, %d phones", again, theirs, n))
	figure(b, "P-1", "keep-alive by name", bare/theirs, 4, true, "× nginx's CPU a request", fmt.Sprintf("%.0f µs beside %.0f µs, under the legacy flag", bare, theirs))

	certs := make([]tls.Certificate, min(n, 1000))
	for i := range certs {
		certs[i] = maker.IssueTo(b, key, p.macs[i])
	}
	shake := func(addr string) func(int) (net.Conn, error) {
		return func(i int) (net.Conn, error) {
			return tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{certs[i%len(certs)]}}) //nolint:gosec // the peer is not what is measured
		}
	}
	shown := func(i int) string { return "/" + name(i%len(certs)) }
	m := max(benchConns, n/4)
	run(own, false, shake(strings.Trim(strings.TrimPrefix(h.https, "https://"), "/")), shown, len(certs))
	mine, _ := run(own, false, shake(strings.Trim(strings.TrimPrefix(h.https, "https://"), "/")), shown, m)
	other, _ := run(peer.cpu, false, shake(peer.https), shown, m)
	figure(b, "P-2", "new mutual TLS", mine/other, 0.55, true, "× nginx's CPU a request", fmt.Sprintf("%.0f µs beside %.0f µs, %d connections", mine, other, m))
	if code := h.stop(b, syscall.SIGTERM); code != 0 {
		b.Errorf("exit code %d", code)
	}
}

// files fetches every phone's configuration for the first time, says what that
// costs, and leaves the bytes as files in a folder that it returns.
func (p park) files(b *testing.B, h *house, n int, name func(int) string) string {
	b.Helper()
	root := b.TempDir()
	var next atomic.Int64
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancelCause(b.Context())
	defer cancel(nil)
	before, begun := cpu(b, h.cmd.Process.Pid), time.Now()
	var size atomic.Int64
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := save(h.http+"p/"+p.tokens[i]+"/"+name(i), filepath.Join(root, name(i)), &size); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		b.Fatal(err)
	}
	b.Logf("first delivery: %.0f µs CPU a request, %s for %d; %d bytes a file", perRequest(cpu(b, h.cmd.Process.Pid)-before, n), time.Since(begun), n, size.Load()/int64(n))
	return root
}

func save(url, file string, size *atomic.Int64) error {
	res, err := http.Get(url) //nolint:gosec // a benchmark's own server
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
		return fmt.Errorf("%w: %s: %.400q", errAnswer, res.Status, body)
	}
	size.Add(int64(len(body)))
	return os.WriteFile(file, body, 0o644) //nolint:gosec // nginx is to read it
}
