package db_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
)

func TestOpen_newer_database_is_refused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const future = "(version_id, is_applied) VALUES (9000, true)"
	for _, table := range []string{"schema_all", "schema_hot"} {
		t.Run("sqlite/"+table, func(t *testing.T) {
			t.Parallel()
			cfg := db.Config{Dir: t.TempDir()}
			dbtest.Open(t, cfg)
			file := map[string]string{"schema_all": "bellwether.db", "schema_hot": "hot.db"}[table]
			raw, err := sql.Open("sqlite", filepath.Join(cfg.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := raw.ExecContext(ctx, "INSERT INTO "+table+future); err != nil {
				t.Fatal(err)
			}
			if err := raw.Close(); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, cfg)
		})
		t.Run("postgres/"+table, func(t *testing.T) {
			t.Parallel()
			cfg := db.Config{URL: dbtest.URL(t)}
			conn, err := pgx.Connect(ctx, cfg.URL)
			if err != nil {
				t.Fatal(err)
			}
			name := map[string]string{"schema_all": "public.schema_all", "schema_hot": "hot.schema_hot"}[table]
			if _, err := conn.Exec(ctx, "INSERT INTO "+name+future); err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(ctx); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, cfg)
		})
	}
}

func wantRefused(t *testing.T, cfg db.Config) {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err == nil {
		_ = d.Close()
	}
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "version 9000") || !strings.Contains(err.Error(), "the program knows ") {
		t.Errorf("Open = %v; want a Conflict that names both versions", err)
	}
}

func TestOpen_unreachable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url  string
		kind fault.Kind
	}{
		"no server":  {"postgres://u:p@127.0.0.1:1/x?sslmode=disable", fault.Unavailable},
		"no address": {"postgres://u:p@[", fault.Invalid},
	} {
		_, err := db.Open(context.Background(), db.Config{URL: tc.url})
		if !fault.Is(err, tc.kind) {
			t.Errorf("%s: Open = %v, want %v", name, err, tc.kind)
		}
		if err != nil && strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func TestOpen_again_keeps_the_rows(t *testing.T) {
	t.Parallel()
	cfg := db.Config{Dir: filepath.Join(t.TempDir(), "with ?#% and 'quotes'")}
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err, db.Cause(err))
	}
	if err := d.Migrate(context.Background()); err != nil {
		t.Fatal(err, db.Cause(err))
	}
	addTenant(t, d, "t1")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tenants(t, dbtest.Open(t, cfg), system()); len(got) != 1 {
		t.Errorf("tenants = %v, want one", got)
	}
}
