package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"bellwether/internal/platform/fault"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the embedded migrations, one folder per set.
func Migrations() fs.FS { return migrations }

// migrateLock is the key of the advisory lock that lets one node migrate.
const migrateLock = 0x62656c6c

// The sets of migrations: a folder, and the table that holds its version. Both
// names are the same on both engines.
type migrationSet struct{ folder, table string }

func sets() []migrationSet {
	return []migrationSet{{"all", "schema_all"}, {"hot", "hot.schema_hot"}}
}

// newest returns the highest version of a set that this program has.
func (m migrationSet) newest() (int64, error) {
	names, err := fs.Glob(migrations, path.Join("migrations", m.folder, "*.sql"))
	if err != nil {
		return 0, err
	}
	var top int64
	for _, n := range names {
		digits, _, _ := strings.Cut(path.Base(n), "_")
		v, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", n, err)
		}
		top = max(top, v)
	}
	return top, nil
}

// checkVersion fails with fault.Conflict where the database is newer than the
// program.
func (d *DB) checkVersion(ctx context.Context) error {
	for _, m := range sets() {
		ours, err := m.newest()
		if err != nil {
			return err
		}
		theirs, err := d.version(ctx, m)
		if err != nil {
			return fmt.Errorf("read the schema's version: %w", err)
		}
		if theirs > ours {
			return fault.New(fault.Conflict, "the database is newer than this program: its schema %q has version %d, the program knows %d; use the newer program, or restore a backup from before the upgrade", m.folder, theirs, ours)
		}
	}
	return nil
}

// Migrated reports whether the database holds our schema in any version: then
// there may be rows that only the old key file opens.
func (d *DB) Migrated(ctx context.Context) (bool, error) {
	v, err := d.version(ctx, sets()[0])
	return v > 0, mapError(ctx, err)
}

// version returns the version of a set in the database, 0 for none.
func (d *DB) version(ctx context.Context, m migrationSet) (int64, error) {
	if d.pool == nil {
		return d.versionLite(ctx, m)
	}
	conn, err := pgx.ConnectConfig(ctx, d.owner)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", m.table).Scan(&there); err != nil || !there {
		return 0, err
	}
	var v int64
	err = conn.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM "+m.table).Scan(&v)
	return v, err
}

func (d *DB) versionLite(ctx context.Context, m migrationSet) (int64, error) {
	schema, table, found := strings.Cut(m.table, ".")
	if !found {
		schema, table = "main", m.table
	}
	var n int
	err := d.read.NewRaw("SELECT count(*) FROM ?.sqlite_master WHERE name = ?", bun.Ident(schema), table).Scan(ctx, &n)
	if err != nil || n == 0 {
		return 0, err
	}
	var v int64
	err = d.read.NewRaw("SELECT coalesce(max(version_id), 0) FROM ?.?", bun.Ident(schema), bun.Ident(table)).Scan(ctx, &v)
	return v, err
}

// Migrate brings the schema to this program's version. It is idempotent, and
// safe where several nodes start at once.
func (d *DB) Migrate(ctx context.Context) error {
	if err := d.checkVersion(ctx); err != nil {
		return mapError(ctx, err)
	}
	run := d.migrateLite
	if d.pool != nil {
		run = d.migratePostgres
	}
	if err := run(ctx); err != nil {
		return mapError(ctx, fmt.Errorf("migrate the database: %w", err))
	}
	return nil
}

func (d *DB) migrateLite(ctx context.Context) error {
	if err := up(ctx, goose.DialectSQLite3, d.main.DB, "all", "schema_all", d.cfg.Log); err != nil {
		return err
	}
	// Seen from inside, the hot file is the main database, so that one text
	// without schema names serves both engines.
	hot := openPool(fileURI(d.cfg.Dir, hotFile), []string{"journal_mode(WAL)"}, "", 1, nil)
	defer hot.Close()
	return up(ctx, goose.DialectSQLite3, hot.DB, "hot", "schema_hot", d.cfg.Log)
}

func (d *DB) migratePostgres(ctx context.Context) error {
	return d.Locked(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS hot"); err != nil {
			return err
		}
		for _, m := range sets() {
			schema, table, found := strings.Cut(m.table, ".")
			if !found {
				schema, table = "public", m.table
			}
			err := d.asOwner(schema, func(s *sql.DB) error {
				return up(ctx, goose.DialectPostgres, s, m.folder, table, d.cfg.Log)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Locked runs fn as the owner of the tables while no other node migrates, and
// then gives AppRole its rights and policies on every table. PostgreSQL only;
// it is for migrations.
func (d *DB) Locked(ctx context.Context, fn func(conn *pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, d.owner)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrateLock); err != nil {
		return err
	}
	if err := fn(conn); err != nil {
		return err
	}
	secure, err := migrations.ReadFile("migrations/postgres/row_security.sql")
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, string(secure)); err != nil {
		return fmt.Errorf("set row-level security: %w", err)
	}
	return nil
}

func up(ctx context.Context, dialect goose.Dialect, s *sql.DB, folder, table string, log *slog.Logger) error {
	sub, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, s, sub, goose.WithTableName(table), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	for _, r := range done {
		log.InfoContext(ctx, "database migrated", "schema", folder, "version", r.Source.Version, "millis", r.Duration.Milliseconds())
	}
	return err
}
