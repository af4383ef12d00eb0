// Package db is the one way to the database: SQLite in the data directory, or
// PostgreSQL. It opens and migrates, runs each piece of work in one transaction
// under the scope in the context, and maps the engines' errors to fault kinds.
//
// Start at Open, then Read and Write in tx.go. Queries are written with bun in
// files named store.go, in the subset that both engines share; see
// migrations/all for the schema.
package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"

	"bellwether/internal/platform/clock"
)

// The dialects, as Dialect returns them.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Q runs queries inside a transaction that Read, Write or WriteHot has opened.
// It lets a service pass queries on without naming bun.
type Q = bun.IDB

// Config says which database. Zero Clock and Rand mean the machine's.
type Config struct {
	URL   string // "" = SQLite in Dir; else postgres://…
	Dir   string // SQLite: holds bellwether.db and hot.db; made where absent (0700)
	Clock clock.Clock
	Rand  io.Reader
	Log   *slog.Logger
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	cfg  Config
	ids  idMaker
	busy holders

	// SQLite: main is the writer's only connection, hot writes only the
	// second file, read is the pool that sees both. PostgreSQL: all three
	// are the same.
	main, hot, read *bun.DB
	changed         changes // SQLite only

	pool  *pgxpool.Pool   // PostgreSQL only
	owner *pgx.ConnConfig // PostgreSQL only: the role that owns the tables

	mu  sync.Mutex // guards enq
	enq Enqueuer
}

// Open opens the database and checks that this program knows its version; it
// does not migrate. It fails with fault.Conflict where the database was made by
// a newer program, and with fault.Unavailable where it cannot be reached.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &DB{cfg: c, ids: idMaker{clock: c.Clock, rand: c.Rand}}
	open := d.openSQLite
	if c.URL != "" {
		open = d.openPostgres
	}
	if err := open(ctx); err != nil {
		_ = d.Close()
		return nil, mapError(ctx, err)
	}
	if err := d.checkVersion(ctx); err != nil {
		_ = d.Close()
		return nil, mapError(ctx, err)
	}
	return d, nil
}

// Close ends all connections; on SQLite it also folds the write-ahead log into
// the files.
func (d *DB) Close() error {
	var first error
	for _, b := range []*bun.DB{d.read, d.hot, d.main} {
		if b == nil {
			continue
		}
		if err := b.Close(); err != nil && first == nil {
			first = err
		}
	}
	if d.pool != nil {
		d.pool.Close()
	}
	if d.changed.file != nil {
		if err := d.changed.file.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Dialect returns SQLite or Postgres.
func (d *DB) Dialect() string {
	if d.cfg.URL != "" {
		return Postgres
	}
	return SQLite
}

// Clock returns the clock that the database was opened with.
func (d *DB) Clock() clock.Clock { return d.cfg.Clock }

// Now returns the clock's time in UTC.
func (d *DB) Now() time.Time { return d.cfg.Clock.Now() }

// Log returns the logger that the database was opened with.
func (d *DB) Log() *slog.Logger { return d.cfg.Log }

// Pool returns the PostgreSQL pool, or nil on SQLite. It is for platform/jobs,
// whose library needs it; its connections see no tenant's rows.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Writer returns the SQLite writer's pool of one connection, or nil on
// PostgreSQL. It is for platform/jobs.
func (d *DB) Writer() *sql.DB {
	if d.pool != nil {
		return nil
	}
	return d.main.DB
}
