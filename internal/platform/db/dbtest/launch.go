package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"bellwether/internal/platform/clock"
)

// postgresBin is where Debian 12 installs the server.
const postgresBin = "/usr/lib/postgresql/15/bin"

// keeper starts the server, waits until no test holds the file "users" any
// longer, and then ends the server and removes its data. It holds that lock
// until all is gone, so that the next test starts a server of its own.
// $1 folder with the locks, $2 folder with the data, the rest the server.
const keeper = `
locks=$1; data=$2; shift 2
"$@" >"$data/log" 2>&1 &
server=$!
exec 9>>"$locks/users"
flock -x 9
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$data"
`

// settings make the server quick: its data need not outlive the tests.
const settings = `
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
shared_buffers = 64MB
max_wal_size = 1GB
`

// launch makes and starts a server with its data under a new temporary folder,
// as an unprivileged user, and returns its address.
func launch(dir string) (base string, err error) {
	if _, err := os.Stat(filepath.Join(postgresBin, "postgres")); err != nil {
		return "", errors.New("it is not installed; run: apt-get install -y postgresql-15")
	}
	who, err := unprivileged()
	if err != nil {
		return "", err
	}
	data, err := os.MkdirTemp("", "bellwether-pg-data-")
	if err != nil {
		return "", err
	}
	password := randomName()
	if err := initialise(data, password, who); err != nil {
		_ = os.RemoveAll(data)
		return "", err
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	args := []string{"-c", keeper, "keeper", dir, data}
	if who != nil {
		// The keeper stays root, since the locks are root's; the server steps down.
		args = append(args, "setpriv", fmt.Sprintf("--reuid=%d", who.Uid), fmt.Sprintf("--regid=%d", who.Gid), "--clear-groups")
	}
	args = append(args, filepath.Join(postgresBin, "postgres"), "-D", filepath.Join(data, "cluster"), "-p", strconv.Itoa(port))
	// No context: the keeper outlives the test that starts it.
	run := exec.CommandContext(context.Background(), "/bin/sh", args...)
	run.Dir = data
	run.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := run.Start(); err != nil {
		return "", err
	}
	if err := run.Process.Release(); err != nil {
		return "", err
	}
	base = fmt.Sprintf("postgres://tester:%s@127.0.0.1:%d/postgres?sslmode=disable", password, port)
	return base, answers(base, data)
}

// unprivileged returns whom to run the server as: PostgreSQL refuses to be
// root. Nil means the user that runs the tests.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("there is neither a user postgres nor nobody to run it as")
}

func initialise(data, password string, who *syscall.Credential) error {
	secret := filepath.Join(data, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	for _, path := range []string{data, secret} {
		if who == nil {
			continue
		}
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			return err
		}
	}
	cluster := filepath.Join(data, "cluster")
	cmd := exec.CommandContext(context.Background(), filepath.Join(postgresBin, "initdb"), "-D", cluster, "-U", "tester", "--no-sync",
		"--no-locale", "--encoding=UTF8", "--auth=password", "--pwfile="+secret)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	cmd.Dir = data
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(cluster, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := conf.WriteString(settings); err != nil {
		return err
	}
	return conf.Close()
}

func freePort() (int, error) {
	var c net.ListenConfig
	l, err := c.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers waits until the server takes connections.
func answers(base, data string) error {
	ctx, cancel := context.WithTimeout(context.Background(), waitPostgres)
	defer cancel()
	for {
		err := admin(base, "SELECT 1")
		if err == nil {
			return nil
		}
		if (clock.System{}).Sleep(ctx, 50*time.Millisecond) != nil {
			log, _ := os.ReadFile(filepath.Join(data, "log"))
			return fmt.Errorf("it did not start: %w\n%s", err, log)
		}
	}
}
