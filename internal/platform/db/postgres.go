package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// AppRole is the PostgreSQL role in which the program works. It owns nothing,
// so that row-level security binds it; the migration makes it.
const AppRole = "bellwether_app"

// rollbackWait is how long a rollback may take once its own work was cancelled.
const rollbackWait = 5 * time.Second

// openPostgres prepares a pool whose connections step down to AppRole, and
// checks with one connection of the configured role that the server answers.
func (d *DB) openPostgres(ctx context.Context) error {
	pc, err := pgxpool.ParseConfig(d.cfg.URL)
	if err != nil {
		return fault.New(fault.Invalid, "the database address is not a PostgreSQL one: postgres://user:password@host/name is wanted")
	}
	pc.ConnConfig.RuntimeParams["search_path"] = "public"
	pc.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on"
	d.owner = pc.ConnConfig.Copy()
	conn, err := pgx.ConnectConfig(ctx, d.owner)
	if err != nil {
		return err
	}
	if err := conn.Close(ctx); err != nil {
		return err
	}
	if !strings.Contains(d.cfg.URL, "pool_max_conns") {
		pc.MaxConns = 16
	}
	pc.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "SET ROLE "+AppRole); err != nil {
			return fmt.Errorf("step down to the role %s, which \"bellwether migrate\" makes: %w", AppRole, err)
		}
		return nil
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return err
	}
	sdb := sql.OpenDB(onceConnector{stdlib.GetPoolConnector(d.pool)})
	sdb.SetMaxIdleConns(0) // the pool keeps them
	d.main = bun.NewDB(sdb, pgdialect.New())
	d.hot, d.read = d.main, d.main
	return nil
}

// OwnerPool opens a pool of the role that owns the tables; the caller closes it.
// It is for migrations; PostgreSQL only.
func (d *DB) OwnerPool(ctx context.Context) (*pgxpool.Pool, error) {
	pc, err := pgxpool.ParseConfig(d.cfg.URL)
	if err != nil {
		return nil, err
	}
	pc.ConnConfig = d.owner.Copy()
	return pgxpool.NewWithConfig(ctx, pc)
}

// asOwner runs fn with connections of the role that owns the tables, with schema
// as the one where names are looked up.
func (d *DB) asOwner(schema string, fn func(*sql.DB) error) error {
	c := d.owner.Copy()
	c.RuntimeParams["search_path"] = schema
	sdb := stdlib.OpenDB(*c)
	defer sdb.Close()
	return fn(sdb)
}

// pgWork runs fn in a transaction of both bun and pgx on one connection, under
// the row-level security settings of ctx's scope.
func (d *DB) pgWork(ctx context.Context, o pgx.TxOptions, fn func(bun.IDB, pgx.Tx) error) (err error) {
	conn, err := d.main.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var pc *pgx.Conn
	if err := conn.Raw(func(dc any) error { pc = dc.(*onceConn).Conn.Conn(); return nil }); err != nil {
		return err
	}
	o.BeginQuery = begin(ctx, o)
	tx, err := pc.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if done {
			return
		}
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackWait)
		defer cancel()
		_ = tx.Rollback(undo)
	}()
	if err := fn(conn, tx); err != nil {
		return err
	}
	done = true
	return tx.Commit(ctx)
}

// begin returns the text that opens a transaction and, in the same round trip,
// tells the row-level security policies on whose behalf it runs. The settings end
// with it.
func begin(ctx context.Context, o pgx.TxOptions) string {
	s := scope.From(ctx)
	// The list is one text; nothing in it may stand for more than one id.
	ids := slices.DeleteFunc(slices.Clone(s.Orgs), func(id string) bool { return strings.ContainsAny(id, "*,") })
	platform, orgs := "off", strings.Join(ids, ",")
	if s.Platform {
		platform = "on"
	}
	if s.AllOrgs {
		orgs = "*"
	}
	text := "begin"
	if o.IsoLevel != "" {
		text += " isolation level " + string(o.IsoLevel)
	}
	if o.AccessMode != "" {
		text += " " + string(o.AccessMode)
	}
	return text + "; select set_config('bellwether.platform', " + quote(platform) + ", true), set_config('bellwether.tenant', " +
		quote(s.Tenant) + ", true), set_config('bellwether.orgs', " + quote(orgs) + ", true)"
}

// quote writes a text as an SQL literal. Backslashes mean nothing in it, since
// every connection has standard_conforming_strings on.
func quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}
