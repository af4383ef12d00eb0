package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"bellwether/internal/platform/db"
)

// EnvPostgres names the variable that may hold the address of a PostgreSQL
// server to use instead of one of our own. Its user must be a superuser.
const EnvPostgres = "BELLWETHER_TEST_PG"

// waitPostgres bounds each step against the server.
const waitPostgres = 2 * time.Minute

// server is found once per test binary.
type server struct {
	once     sync.Once
	base     string   // address of a database to administer from
	template string   // name of a migrated database to copy
	users    *os.File // holds our lock on the server until the process ends
	err      error
}

//nolint:gochecknoglobals // one server for all tests of a binary
var shared server

// URL returns the address of a fresh migrated PostgreSQL database that is
// dropped after the test. The server is started where BELLWETHER_TEST_PG names
// none; it is shared by all test binaries that run at the time, and ends with
// the last of them.
func URL(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.err = shared.start() })
	if shared.err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", shared.err)
	}
	name := "t_" + randomName()
	if err := admin(shared.base, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, shared.template)); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := admin(shared.base, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return withDatabase(shared.base, name)
}

func (s *server) start() error {
	s.base = os.Getenv(EnvPostgres)
	if s.base == "" {
		var err error
		if s.base, err = s.join(); err != nil {
			return err
		}
	}
	fingerprint, err := fingerprint()
	if err != nil {
		return err
	}
	s.template = "template_" + fingerprint
	return s.makeTemplate()
}

// makeTemplate migrates one database, once per server and set of migrations.
// The advisory lock keeps other test binaries waiting meanwhile.
func (s *server) makeTemplate() error {
	ctx, cancel := context.WithTimeout(context.Background(), waitPostgres)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.base)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(4711)"); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.template).Scan(&there); err != nil || there {
		return err
	}
	draft := "draft_" + randomName()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+draft+" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"); err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Config{URL: withDatabase(s.base, draft)})
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx); err != nil {
		return fmt.Errorf("%w (%s)", err, db.Cause(err))
	}
	if err := d.Close(); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+s.template)
	return err
}

// fingerprint tells one set of migrations from another, so that test binaries
// of different states of the tree can share a server.
func fingerprint() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(db.Migrations(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(db.Migrations(), path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}

func admin(base, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), waitPostgres)
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func withDatabase(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	u.Path = "/" + name
	return u.String()
}

func randomName() string { return strings.ToLower(rand.Text()[:12]) }

// Hold keeps the shared server from ending between two test binaries; it starts
// none. It is for the command that runs them.
func Hold() (release func(), err error) {
	dir, err := meetingPlace()
	if err != nil {
		return nil, err
	}
	f, err := openLocked(filepath.Join(dir, "users"), syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// meetingPlace returns the folder with the locks by which the test binaries of
// this user find each other.
func meetingPlace() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("bellwether-pg-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(owner.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s belongs to someone else", dir)
	}
	return dir, nil
}

// join returns the address of the server that all test binaries of this user
// share, and starts it where it is not running. This process holds a shared lock
// on the file "users" until it ends; the server's keeper waits for an exclusive
// one and then ends the server, also where a test was killed.
func (s *server) join() (string, error) {
	dir, err := meetingPlace()
	if err != nil {
		return "", err
	}
	if s.users, err = openLocked(filepath.Join(dir, "users"), syscall.LOCK_SH); err != nil {
		return "", err
	}
	start, err := openLocked(filepath.Join(dir, "start"), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer start.Close()
	ready := filepath.Join(dir, "ready")
	if b, err := os.ReadFile(ready); err == nil {
		base := string(b)
		if admin(base, "SELECT 1") == nil {
			return base, nil
		}
	}
	base, err := launch(dir)
	if err != nil {
		return "", err
	}
	return base, os.WriteFile(ready, []byte(base), 0o600)
}

func openLocked(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
