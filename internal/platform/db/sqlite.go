package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
)

const (
	mainFile = "bellwether.db"
	hotFile  = "hot.db"

	readConns = 4
	// busyMillis is how long a statement waits for another process's lock.
	busyMillis = "5000"
	// walLimit is the size in bytes that a write-ahead log is cut back to.
	walLimit = "67108864"
)

// openSQLite opens the two files with three pools. One connection writes the
// main file, one writes only the hot one (its own main database is an empty one
// in memory, so that "hot.twins" is the same name everywhere), and four read.
func (d *DB) openSQLite(ctx context.Context) error {
	dir, err := filepath.Abs(d.cfg.Dir)
	if err != nil {
		return err
	}
	d.cfg.Dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	for _, name := range []string{mainFile, hotFile} {
		if err := touch(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	mainURI, hotURI := fileURI(dir, mainFile), fileURI(dir, hotFile)
	wal := []string{"journal_mode(WAL)", "journal_size_limit(" + walLimit + ")", "foreign_keys(1)"}
	attach := "ATTACH DATABASE '" + strings.ReplaceAll(hotURI, "'", "''") + "' AS hot;"
	hotWAL := "PRAGMA hot.journal_mode=WAL; PRAGMA hot.synchronous=NORMAL; PRAGMA hot.journal_size_limit=" + walLimit

	d.main = openPool(mainURI, append(wal, "synchronous(FULL)"), "", 1, d.changed.watch)
	d.hot = openPool("file::memory:", nil, attach+hotWAL, 1, nil)
	d.read = openPool(mainURI, append(wal, "synchronous(FULL)"), attach+"PRAGMA query_only=1", readConns, nil)
	if err := d.changed.open(dir); err != nil {
		return err
	}
	for _, b := range []*bun.DB{d.main, d.hot, d.read} {
		if err := b.PingContext(ctx); err != nil {
			return fmt.Errorf("open database in %s: %w", dir, err)
		}
	}
	return nil
}

// touch makes the file readable by us alone before SQLite makes it for others;
// the write-ahead log takes over its mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database file: %w", err)
	}
	return f.Close()
}

func fileURI(dir, name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, name))}).String()
}

// openPool opens n connections at most; after is run on each new one, and watch
// hears of each row that it changes.
func openPool(uri string, pragmas []string, after string, n int, watch sqlite.PreUpdateHookFn) *bun.DB {
	v := url.Values{"_txlock": {"immediate"}, "_busy_timeout": {busyMillis}, "_pragma": pragmas}
	c := &connector{dsn: uri + "?" + v.Encode()}
	if after != "" {
		c.driver.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
			_, err := conn.ExecContext(context.Background(), after, nil)
			return err
		})
	}
	if watch != nil {
		c.driver.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
			hooks, ok := conn.(sqlite.HookRegisterer)
			if !ok {
				return errors.New("the SQLite library gives no hooks")
			}
			hooks.RegisterPreUpdateHook(watch)
			return nil
		})
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return bun.NewDB(db, sqlitedialect.New())
}

// connector is a driver of its own per pool, since the library keeps the hooks
// of the driver that it registers in one global list.
type connector struct {
	driver sqlite.Driver
	dsn    string
}

var _ driver.Connector = (*connector)(nil)

// Connect opens one connection.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	l, ok := conn.(liteConn)
	if !ok {
		return conn, nil
	}
	return &preparing{liteConn: l, kept: map[string]*statement{}}, nil
}

// Driver returns the driver.
func (c *connector) Driver() driver.Driver { return &c.driver }
