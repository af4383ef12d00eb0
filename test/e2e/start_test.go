package e2e

import (
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "modernc.org/sqlite" // to spoil a database
)

// TestFirstStart: the first start of the server prints a link that makes the
// first operator, once.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	h := serve(t, dir)
	h.await(t, h.err, "/setup/")
	link, err := url.Parse(find(t, h.err.String(), `http://\S+/setup/\S+`))
	if err != nil || !strings.HasPrefix(link.String(), h.console) {
		t.Fatalf("the link is %v, the console %s", link, h.console)
	}
	if a := h.send(t, http.MethodPost, link.Path, map[string]string{"login": "boss", "password": "short"}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a short password: %d %s", a.status, a.body)
	}
	owner := map[string]string{"login": "boss", "name": "The boss", "password": "correct horse battery"}
	if a := h.send(t, http.MethodPost, link.Path, owner); a.status != http.StatusOK || !strings.Contains(string(a.body), `"platform":true`) {
		t.Fatalf("the link: %d %s", a.status, a.body)
	}
	if a := h.send(t, http.MethodPost, link.Path, owner); a.status != http.StatusNotFound {
		t.Errorf("the link a second time: %d %s", a.status, a.body)
	}
	out, _, code := run(t, "operator", "list", "--data", dir, "--json")
	if code != 0 || !strings.Contains(out, `"boss"`) || !strings.Contains(out, `"platform-owner"`) {
		t.Errorf("operator list: %d\n%s", code, out)
	}
	out, _, code = run(t, "operator", "reset", "--data", dir, "boss")
	if code != 0 || !strings.Contains(out, "/setup/") {
		t.Errorf("operator reset: %d\n%s", code, out)
	}
	if code := h.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	again := serve(t, dir)
	if code := again.stop(t, syscall.SIGTERM); code != 0 || strings.Contains(again.err.String(), "/setup/") {
		t.Errorf("the second start: %d\n%s", code, again.err)
	}
}

// made is a data directory with a database.
func made(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if out, errs, code := run(t, "migrate", "--data", dir); code != 0 {
		t.Fatalf("migrate: %d\n%s%s", code, out, errs)
	}
	return dir
}

// TestRefusedStart: what cannot be served is refused with the reason, and is
// left as it is.
func TestRefusedStart(t *testing.T) {
	t.Parallel()
	t.Run("a newer database", func(t *testing.T) {
		t.Parallel()
		dir := made(t)
		file := filepath.Join(dir, "bellwether.db")
		d, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.ExecContext(t.Context(), "INSERT INTO schema_all (version_id, is_applied) VALUES (9042, 1)"); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		before := read(t, file)
		_, errs, code := run(t, "serve", "--data", dir)
		if code != 1 || !strings.Contains(errs, "9042") {
			t.Errorf("exit code %d\n%s", code, errs)
		}
		if read(t, file) != before {
			t.Error("the database was changed")
		}
	})
	t.Run("without its key file", func(t *testing.T) {
		t.Parallel()
		dir := made(t)
		key := filepath.Join(dir, "root.key")
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"serve", "--data", dir}, {"demo", "--data", dir}, {"operator", "list", "--data", dir}} {
			if _, errs, code := run(t, args...); code != 1 || !strings.Contains(errs, key) {
				t.Errorf("%v: exit code %d\n%s", args, code, errs)
			}
		}
		if _, err := os.Stat(key); err == nil {
			t.Error("another key was made, with which nothing can be opened")
		}
	})
	t.Run("wrong use", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		for want, calls := range map[int][][]string{
			2: {{"serve", "--config", filepath.Join(dir, "none.yaml")}, {"serve", "--port", "1"}, {"nonsense"}, {}, {"demo", "--phones", "0"}, {"token", "create"}, {"operator", "create", "x", "--role", "owner", "--data", dir}},
			1: {{"token", "create", "--data", dir, "--operator", "x", "--org", "y"}, {"operator", "list", "--data", filepath.Join(dir, "none")}},
			0: {{"--help"}, {"serve", "--help"}, {"version"}, {"version", "--json"}, {"serve", "--print-config"}},
		} {
			for _, args := range calls {
				if out, errs, code := run(t, args...); code != want {
					t.Errorf("%v: exit code %d, want %d\n%s%s", args, code, want, out, errs)
				}
			}
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("something was made: %v, %v", entries, err)
		}
	})
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
