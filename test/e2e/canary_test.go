package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bellwether/internal/platform/secret"
)

// canary is a secret that is found again wherever it leaks.
func canary(what string) string { return "canary-" + what + "-" + secret.RandomText(12).Reveal() }

// TestCanary: secrets are in the phone's own file and nowhere else: no log, no
// answer of the API, no byte of the data directory.
func TestCanary(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	p := launch(t, environment(append(freePorts(), "BELLWETHER_LOG_LEVEL=debug")...), os.Getenv(binEnv), "demo", "--data", dir, "--phones", "1")
	h := settled(t, p, dir)
	h.authorize(t)
	line, changed, wifi, operator := canary("line"), canary("changed"), canary("wifi"), canary("operator")
	r := h.room(t, "02000000000b", "302", line)
	h.override(t, r.MAC, item{Key: "users.admin.password", Value: wifi})
	h.fetch(t, r.folder+"cfg"+r.MAC+".xml")
	h.changePassword(t, "302", changed)
	h.push(t, h.plan(t, r.MAC))
	_, file := h.awaitFile(t, r, changed)
	if !strings.Contains(file, wifi) {
		t.Errorf("the phone's own file does not have its secrets")
	}
	h.setUp(t, operator)
	for _, wrong := range []string{r.folder + "../x", h.https + "p/" + operator + "/cfg.xml", h.https + "p/" + changed, h.http + "x/p/" + line + "/"} {
		h.fetch(t, wrong, "--path-as-is")
	}
	h.send(t, http.MethodPost, org+"/accounts", map[string]string{"user_id": "x y", "password": wifi}, "Idempotency-Key: one")
	home := call[map[string]any](t, h, http.MethodGet, org, nil)
	made := call[struct{ Token string }](t, h, http.MethodPost, "/tokens", map[string]any{"name": "another", "tenant_id": home["tenant_id"], "org_id": home["id"]}, "Idempotency-Key: two")

	secrets := map[string]string{"another token": made.Token, "line": line, "changed line": changed, "override": wifi, "operator": operator, "API token": h.token, "path token": strings.Split(r.folder, "/")[4]}
	for _, path := range h.everyAnswer(r.device) {
		a := h.send(t, http.MethodGet, path, nil)
		if a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		clean(t, "the answer to "+path, a.body, secrets)
	}
	if code := h.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	clean(t, "the log", []byte(h.err.String()), secrets)
	clean(t, "standard output", []byte(h.out.String()), secrets)
	scan(t, dir, secrets)
}

func (h *house) everyAnswer(d device) []string {
	one := org + "/devices/" + d.MAC
	return []string{
		one, one + "/config", one + "/config/rendered", one + "/revisions", org + "/devices", org + "/accounts", org + "/sip-servers", org + "/templates", org + "/tasks",
		org + "/requests?limit=500", org + "/audit?limit=500", org + "/sites", "/tokens", "/operators", "/session", "/orgs",
	}
}

// changePassword gives the account of a user another password.
func (h *house) changePassword(t testing.TB, user, password string) {
	t.Helper()
	for _, a := range call[list[struct {
		ID      string
		UserID  string `json:"user_id"`
		Version int
	}]](t, h, http.MethodGet, org+"/accounts", nil).Items {
		if a.UserID == user {
			path := org + "/accounts/" + a.ID
			etag := h.send(t, http.MethodGet, path, nil).header.Get("ETag")
			call[any](t, h, http.MethodPatch, path, map[string]string{"password": password}, "If-Match: "+etag)
		}
	}
}

// awaitFile fetches a phone's file until it holds a text.
func (h *house) awaitFile(t testing.TB, r roomer, text string) (status, body string) {
	t.Helper()
	eventually(t, "the phone's file has what was pushed", func() bool {
		status, body = h.fetch(t, r.folder+"cfg"+r.MAC+".xml")
		return strings.Contains(body, text)
	})
	return status, body
}

// setUp makes a further operator on the command line, who sets this password,
// signs in with it, and mistypes it.
func (h *house) setUp(t testing.TB, password string) {
	t.Helper()
	out, errs, code := run(t, "operator", "create", "--data", h.dir, "second", "--role", "administrator", "--org", "demo")
	if code != 0 {
		t.Fatalf("operator create: %d\n%s", code, errs)
	}
	nobody := &house{process: h.process, console: h.console}
	if !strings.Contains(out, h.console+"/setup/") {
		t.Errorf("the link does not lead to the running server at %s:\n%s", h.console, out)
	}
	link, err := url.Parse(find(t, out, `http://\S+/setup/\S+`))
	if err != nil {
		t.Fatal(err)
	}
	if a := nobody.send(t, http.MethodPost, link.Path, map[string]string{"password": password}); a.status != http.StatusOK {
		t.Fatalf("set a password: %d %s", a.status, a.body)
	}
	for login, want := range map[string]int{"second": http.StatusOK, "demo": http.StatusUnauthorized} {
		if a := nobody.send(t, http.MethodPost, "/session", map[string]string{"login": login, "password": password}); a.status != want {
			t.Errorf("sign in as %s: %d %s", login, a.status, a.body)
		}
	}
}

// clean fails where text holds a secret, as it is or encoded.
func clean(t *testing.T, where string, text []byte, secrets map[string]string) {
	t.Helper()
	for what, s := range secrets {
		for form, needle := range map[string]string{
			"plain": s, "hexadecimal": hex.EncodeToString([]byte(s)), "base64": strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(s)), "=")[:len(s)], "escaped": url.QueryEscape(s),
		} {
			if bytes.Contains(text, []byte(needle)) {
				t.Errorf("%s holds the %s secret, %s", where, what, form)
			}
		}
	}
}

// scan looks through every file of the data directory.
func scan(t *testing.T, dir string, secrets map[string]string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		clean(t, filepath.Base(path), b, secrets)
		return err
	})
	if err != nil || files < 4 {
		t.Errorf("looked through %d files: %v", files, err)
	}
}
