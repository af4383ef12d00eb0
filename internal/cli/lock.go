package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"bellwether/internal/config"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

const lockName = "serving.lock"

// lock makes this process the only one that serves from a data directory with
// SQLite: there a start takes up the jobs that a dead process left. The lock goes
// with the process, however that ends. It is nil for PostgreSQL.
func lock(c config.Config) (*os.File, error) {
	if c.Database != "" {
		return nil, nil //nolint:nilnil // nothing to lock
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(c.DataDir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) //nolint:gosec // a descriptor fits
	if err == nil {
		return f, f.Truncate(0)
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fault.New(fault.Conflict, "another bellwether serves from %s already; stop it first, or name another --data", c.DataDir)
	}
	return nil, fmt.Errorf("lock the data directory: %w", err)
}

// note writes into the lock where the console is, for commands beside the server;
// of a demo, whose doors no settings tell, also where each of them is.
func note(f *os.File, console string, demo bool, doors map[string][]string) error {
	if f == nil {
		return nil
	}
	if demo {
		for name, list := range doors {
			for _, addr := range list {
				console += "\n" + name + " " + addr
			}
		}
	}
	_, err := f.WriteAt([]byte(console), 0)
	return err
}

// noted returns where the console of a server is that runs on the same data, or
// "" where none does.
func noted(c config.Config) string {
	console, _ := running(c)
	return console
}

// running returns what noted does, and where the doors are of a demo; they are nil
// for a server that keeps to its settings.
func running(c config.Config) (console string, doors map[string][]string) {
	f, err := os.Open(filepath.Join(c.DataDir, lockName))
	if err != nil {
		return "", nil
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err == nil { //nolint:gosec // a descriptor fits
		return "", nil
	}
	b, err := io.ReadAll(io.LimitReader(f, limit.PathBytes))
	if err != nil {
		return "", nil
	}
	lines := strings.Split(string(b), "\n")
	for _, line := range lines[1:] {
		if name, addr, ok := strings.Cut(line, " "); ok {
			if doors == nil {
				doors = map[string][]string{}
			}
			doors[name] = append(doors[name], addr)
		}
	}
	return lines[0], doors
}
