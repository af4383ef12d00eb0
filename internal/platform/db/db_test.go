package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

func system() context.Context { return scope.AsSystem(context.Background(), "test") }

func addTenant(t *testing.T, d *db.DB, id string) {
	t.Helper()
	err := d.Write(system(), func(tx *db.Tx) error { return insertTenant(tx, id) })
	if err != nil {
		t.Fatalf("add tenant: %v (%s)", err, db.Cause(err))
	}
}

func insertTenant(tx *db.Tx, id string) error {
	_, err := tx.NewRaw("INSERT INTO tenants (id, slug, name, created_at, updated_at) VALUES (?, ?, ?, 1, 1)", id, id, id).Exec(context.Background())
	return err
}

func tenants(t *testing.T, d *db.DB, ctx context.Context) []string {
	t.Helper()
	var ids []string
	err := d.Read(ctx, func(q db.Q) error {
		return q.NewRaw("SELECT id FROM tenants ORDER BY id").Scan(ctx, &ids)
	})
	if err != nil {
		t.Fatalf("read tenants: %v", err)
	}
	return ids
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addTenant(t, d, "kept")
		gone := errors.New("no")
		hinted := false
		err := d.Write(system(), func(tx *db.Tx) error {
			tx.AfterCommit(func() { hinted = true })
			if err := insertTenant(tx, "lost"); err != nil {
				return err
			}
			return gone
		})
		if !errors.Is(err, gone) || hinted {
			t.Errorf("Write = %v, hint %v; want the function's error and no hint", err, hinted)
		}
		if diff := cmp.Diff([]string{"kept"}, tenants(t, d, system())); diff != "" {
			t.Errorf("tenants (-want +got):\n%s", diff)
		}
		if err := d.Write(system(), func(tx *db.Tx) error { tx.AfterCommit(func() { hinted = true }); return nil }); err != nil || !hinted {
			t.Errorf("Write = %v, hint %v; want a hint", err, hinted)
		}
	})
}

func TestWrite_panic_rolls_back(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Write(system(), func(tx *db.Tx) error {
				if err := insertTenant(tx, "lost"); err != nil {
					return err
				}
				panic("oh")
			})
		}()
		addTenant(t, d, "kept")
		if diff := cmp.Diff([]string{"kept"}, tenants(t, d, system())); diff != "" {
			t.Errorf("tenants (-want +got):\n%s", diff)
		}
	})
}

func TestNesting_is_refused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := system()
		inner := map[string]func() error{
			"write": func() error { return d.Write(ctx, func(*db.Tx) error { return nil }) },
			"hot":   func() error { return d.WriteHot(ctx, func(db.Q) error { return nil }) },
			"read":  func() error { return d.Read(ctx, func(db.Q) error { return nil }) },
		}
		for name, again := range inner {
			for outer, err := range map[string]error{
				"write": d.Write(ctx, func(*db.Tx) error { return again() }),
				"hot":   d.WriteHot(ctx, func(db.Q) error { return again() }),
				"read":  d.Read(ctx, func(db.Q) error { return again() }),
			} {
				if !fault.Is(err, fault.Internal) || err == nil {
					t.Errorf("%s inside %s = %v, want an Internal error", name, outer, err)
				}
			}
			if err := again(); err != nil {
				t.Errorf("%s alone = %v", name, err)
			}
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.BeginTx(ctx, nil); return err }); err == nil {
			t.Error("BeginTx inside a transaction was accepted")
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addTenant(t, d, "t1")
		ctx := system()
		for name, tc := range map[string]struct {
			sql  string
			kind fault.Kind
		}{
			"unique key":     {"INSERT INTO tenants (id, slug, name, created_at, updated_at) VALUES ('t1', 'x', 'x', 1, 1)", fault.Conflict},
			"unique column":  {"INSERT INTO tenants (id, slug, name, created_at, updated_at) VALUES ('t2', 't1', 'x', 1, 1)", fault.Conflict},
			"foreign key":    {"INSERT INTO orgs (id, tenant_id, slug, name, created_at, updated_at) VALUES ('o', 'nobody', 'o', 'o', 1, 1)", fault.Conflict},
			"wrong language": {"SELEKT", fault.Internal},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.NewRaw(tc.sql).Exec(ctx); return err })
			if err == nil || fault.KindOf(err) != tc.kind {
				t.Errorf("%s: %v of kind %v, want %v", name, err, fault.KindOf(err), tc.kind)
			}
		}
		var id string
		err := d.Read(ctx, func(q db.Q) error { return q.NewRaw("SELECT id FROM tenants WHERE id = 'none'").Scan(ctx, &id) })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("no row: %v, want NotFound", err)
		}
		if err := d.Read(ctx, func(q db.Q) error { _, err := q.NewRaw("DELETE FROM tenants").Exec(ctx); return err }); err == nil {
			t.Error("Read wrote")
		}
	})
}

func TestWriteHot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := system()
		err := d.WriteHot(ctx, func(q db.Q) error {
			_, err := q.NewRaw("INSERT INTO hot.twins (device_id, tenant_id, org_id, mac) VALUES ('d', 't', 'o', '00005e005301')").Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatalf("WriteHot: %v (%s)", err, db.Cause(err))
		}
		var n int
		err = d.Read(ctx, func(q db.Q) error {
			return q.NewRaw("SELECT count(*) FROM hot.twins LEFT JOIN devices ON devices.id = twins.device_id").Scan(ctx, &n)
		})
		if err != nil || n != 1 {
			t.Errorf("hot rows = %d, %v; want 1", n, err)
		}
	})
}

func TestMigrate_is_idempotent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(system()); err != nil {
			t.Errorf("second Migrate = %v (%s)", err, db.Cause(err))
		}
	})
}

func TestWrite_full_disk(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ctx := system()
	addTenant(t, d, "kept")
	if _, err := d.Writer().ExecContext(ctx, "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	err := d.Write(ctx, func(tx *db.Tx) error { return insertTenant(tx, strings.Repeat("x", 1<<20)) })
	if !fault.Is(err, fault.Unavailable) || err.Error() != "the disk is full" {
		t.Errorf("Write = %v, want Unavailable", err)
	}
	if diff := cmp.Diff([]string{"kept"}, tenants(t, d, ctx)); diff != "" {
		t.Errorf("tenants (-want +got):\n%s", diff)
	}
}

func TestWrite_cancelled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(system())
		err := d.Write(ctx, func(tx *db.Tx) error {
			cancel()
			return insertTenant(tx, "lost")
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Write = %v, want context.Canceled", err)
		}
		addTenant(t, d, "kept")
		got := tenants(t, d, system())
		if err != nil && len(got) != 1 {
			t.Errorf("tenants = %v after %v", got, err)
		}
	})
}
