package e2e

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"bellwether/internal/platform/clock"
)

// TestDemo is the newcomer's way: the demo starts, its phones are served, and a
// real program in the phone's place gets what the phone gets.
func TestDemo(t *testing.T) {
	t.Parallel()
	h := demo(t, filepath.Join(t.TempDir(), "demo"))
	h.authorize(t)
	t.Run("six phones are served", h.sixPhones)
	t.Run("a phone has registered and its call is answered", func(t *testing.T) { h.await(t, h.out, "registered, called 600, was answered and hears itself") })
	t.Run("some phones come by a certificate", h.byCertificate)
	t.Run("curl in the phone's place", h.curl)
	t.Run("without proof", h.withoutProof)
	t.Run("a wrong token", h.wrongToken)
	t.Run("openssl at the door", h.openssl)
	t.Run("the console's link", h.consoleLink)
	t.Run("only one serves the data", func(t *testing.T) {
		for _, args := range [][]string{{"demo", "--data", h.dir}, {"serve", "--data", h.dir}} {
			if _, errs, code := run(t, args...); code != 1 || !strings.Contains(errs, "serves from "+h.dir+" already") {
				t.Errorf("%v: exit code %d\n%s", args, code, errs)
			}
		}
	})
	t.Run("ends in good order", h.goodOrder)
	t.Run("starts again", func(t *testing.T) { startsAgain(t, h.dir) })
}

const firstMAC = "020000000001"

func (h *house) sixPhones(t *testing.T) {
	eventually(t, "all phones have their configuration", func() bool {
		ds := h.devices(t)
		n := 0
		for _, d := range ds {
			if d.State == "delivered" && d.Delivered == d.Desired && d.Reach == "online" {
				n++
			}
		}
		return n == 6 && len(ds) == 6
	})
	eventually(t, "the ledger says so", func() bool {
		return call[list[any]](t, h, http.MethodGet, org+"/requests?verdict=served", nil).Total >= 6
	})
}

// byCertificate: the third phone has no address of its own; a certificate of the
// demo's own CA proves it.
func (h *house) byCertificate(t *testing.T) {
	if !strings.Contains(h.out.String(), "2 of the phones know no such address") || !strings.Contains(h.out.String(), "demo's own\nCA") {
		t.Errorf("the demo says\n%s", h.out)
	}
	type request struct{ Verdict, Reason string }
	eventually(t, "the third phone was served by its certificate", func() bool {
		for _, r := range call[list[request]](t, h, http.MethodGet, org+"/requests?mac=020000000003", nil).Items {
			if r.Verdict == "served" && strings.Contains(r.Reason, "certificate") {
				return true
			}
		}
		return false
	})
}

// fetch asks with curl, and returns status and body.
func (h *house) fetch(t testing.TB, url string, args ...string) (status, body string) {
	t.Helper()
	out, code := other(t, "", "curl", append([]string{"--silent", "--show-error", "--cacert", filepath.Join(h.dir, "ca.pem"), "--write-out", "\n%{http_code}", url}, args...)...)
	if code != 0 {
		t.Fatalf("curl ended with %d: %s", code, out)
	}
	at := strings.LastIndexByte(out, '\n')
	return out[at+1:], out[:at]
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func (h *house) curl(t *testing.T) {
	status, first := h.fetch(t, h.phone+"cfg"+firstMAC+".xml")
	_, second := h.fetch(t, h.phone+"cfg"+firstMAC+".xml")
	if status != "200" || digest(first) != digest(second) {
		t.Fatalf("%s, %s and %s", status, digest(first), digest(second))
	}
	shown := h.send(t, http.MethodGet, org+"/devices/"+firstMAC+"/config/rendered", nil)
	secret := regexp.MustCompile(`(password">)[^<]+<`)
	token := regexp.MustCompile(`/p/[a-z2-7]{26}/`)
	if !token.MatchString(first) {
		t.Errorf("the phone's own file does not tell its address:\n%s", first)
	}
	if masked := token.ReplaceAllString(secret.ReplaceAllString(first, "$1***<"), "/p/***/"); masked != string(shown.body) {
		t.Errorf("the phone's file is\n%s\nand the console shows\n%s", masked, shown.body)
	}
	if found := secret.FindString(first); found == "" || strings.Contains(found, "***") {
		t.Errorf("the phone's own file has no password: %q", found)
	}
	status, _ = h.fetch(t, h.phone+"cfg020000000002.xml")
	if status != "404" {
		t.Errorf("another phone's file under this phone's token: %s", status)
	}
}

func (h *house) withoutProof(t *testing.T) {
	for _, base := range []string{h.https, h.http} {
		status, known := h.fetch(t, base+"cfg"+firstMAC+".xml")
		status2, unknown := h.fetch(t, base+"cfg00005e005399.xml")
		if status != "200" || status2 != "200" || len(known) != len(unknown) {
			t.Errorf("%s: a known phone's name gives %s and %d bytes, an unknown one's %s and %d", base, status, len(known), status2, len(unknown))
		}
		if !strings.Contains(known, "BEGIN CERTIFICATE") || strings.Contains(known, "account.") {
			t.Errorf("%s: this is no bootstrap:\n%s", base, known)
		}
	}
	clear := strings.Replace(h.phone, strings.TrimSuffix(h.https, "/"), strings.TrimSuffix(h.http, "/"), 1)
	status, body := h.fetch(t, clear+"cfg"+firstMAC+".xml")
	if status != "200" || strings.Contains(body, "account.") {
		t.Errorf("with the right token in clear text: %s\n%s", status, body)
	}
}

func (h *house) wrongToken(t *testing.T) {
	want := ""
	for _, path := range []string{
		"p/aaaaaaaaaaaaaaaaaaaaaaaaaa/cfg" + firstMAC + ".xml", "p/aaaaaaaaaaaaaaaaaaaaaaaaaa/cfg00005e005399.xml", "p/x/cfg" + firstMAC + ".xml", "cfg.xml", "cfgghp621w.xml", "nothing",
	} {
		status, body := h.fetch(t, h.https+path)
		if want == "" {
			want = status + body
		}
		if status != "404" || status+body != want {
			t.Errorf("%s: %s %q", path, status, body)
		}
	}
	for _, path := range []string{"../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "p/../../root.key", "p/x/..%2f..%2froot.key"} {
		status, body := h.fetch(t, h.https+path, "--path-as-is")
		if status != "404" && status != "400" || strings.Contains(body, "key") {
			t.Errorf("%s: %s %q", path, status, body)
		}
	}
}

func (h *house) openssl(t *testing.T) {
	at := strings.Trim(strings.TrimPrefix(h.https, "https:"), "/")
	ca := filepath.Join(h.dir, "ca.pem")
	request := "GET /cfg" + firstMAC + ".xml HTTP/1.0\r\n\r\n"
	out, code := other(t, request, "openssl", "s_client", "-connect", at, "-CAfile", ca, "-verify_return_error", "-verify_ip", "127.0.0.1", "-quiet", "-no_ign_eof", "-ign_eof")
	if code != 0 || !strings.Contains(out, "HTTP/1.0 200 OK") {
		t.Errorf("openssl ended with %d:\n%s", code, out)
	}
	if out, code := other(t, "", "openssl", "s_client", "-connect", at, "-CAfile", ca, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"); code == 0 {
		t.Errorf("TLS 1.1 was taken:\n%s", out)
	}
}

// consoleLink: the link signs the demo's operator in, once.
func (h *house) consoleLink(t *testing.T) {
	path := strings.TrimPrefix(h.link, h.console)
	nobody := &house{process: h.process, console: h.console}
	if a := nobody.send(t, http.MethodGet, "/session", nil); a.status != http.StatusUnauthorized {
		t.Errorf("a stranger's session: %d", a.status)
	}
	a := nobody.send(t, http.MethodPost, path, map[string]string{})
	if a.status != http.StatusOK || !bytes.Contains(a.body, []byte(`"login":"demo"`)) {
		t.Fatalf("the link: %d %s", a.status, a.body)
	}
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if me := nobody.send(t, http.MethodGet, "/session", nil, "Cookie: "+cookie); me.status != http.StatusOK {
		t.Errorf("the session after it: %d %s", me.status, me.body)
	}
	if again := nobody.send(t, http.MethodPost, path, map[string]string{}); again.status != http.StatusNotFound {
		t.Errorf("the link a second time: %d %s", again.status, again.body)
	}
}

// goodOrder: a request that is under way when the program is told to stop is
// still answered, and the exit code is 0.
func (h *house) goodOrder(t *testing.T) {
	body := `{"items":[]}`
	head := "PUT /api/v1" + org + "/devices/" + firstMAC + "/overrides HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + h.token +
		fmt.Sprintf("\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	c, err := net.Dial("tcp", strings.TrimPrefix(h.console, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(head + body[:5])); err != nil {
		t.Fatal(err)
	}
	nap(t) // the server has read the header
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the console takes no more connections", func() bool {
		probe, err := net.Dial("tcp", strings.TrimPrefix(h.console, "http://"))
		if err == nil {
			_ = probe.Close()
		}
		return err != nil
	})
	if _, err := c.Write([]byte(body[5:])); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a request under way: %v, %v", resp, err)
	} else {
		_ = resp.Body.Close()
	}
	if code := h.wait(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	if strings.Contains(h.err.String(), "level=ERROR") {
		t.Errorf("the log of an orderly life has errors:\n%s", h.err)
	}
}

// nap lets another process go on for a moment that nothing tells the end of.
func nap(t testing.TB) {
	t.Helper()
	if err := (clock.System{}).Sleep(t.Context(), napTime); err != nil {
		t.Fatal(err)
	}
}

// startsAgain: a second start finds what the first one made.
func startsAgain(t *testing.T, dir string) {
	h := demo(t, dir, "--phones", "7")
	h.authorize(t)
	for collection, want := range map[string]int{"devices": 7, "accounts": 7, "sip-servers": 1, "templates": 2, "sites": 5} {
		if got := call[list[any]](t, h, http.MethodGet, org+"/"+collection, nil).Total; got != want {
			t.Errorf("%d %s, want %d", got, collection, want)
		}
	}
	if orgs := call[list[any]](t, h, http.MethodGet, "/orgs", nil).Total; orgs != 1 {
		t.Errorf("%d organizations", orgs)
	}
	eventually(t, "the new phone has its configuration", func() bool { return h.device(t, "020000000007").State == "delivered" })
	if code := h.stop(t, syscall.SIGINT); code != 0 {
		t.Errorf("exit code %d after SIGINT", code)
	}
}
