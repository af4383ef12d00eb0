package db_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/scope"
)

// walls lists, for two tenants with two organizations each, who may see which
// requests ("tenant/org", with nothing for a tenant as a whole).
func walls() map[string]struct {
	scope scope.Scope
	want  []string
} {
	all := []string{"/", "t1/", "t1/a", "t1/b", "t2/", "t2/c"}
	return map[string]struct {
		scope scope.Scope
		want  []string
	}{
		"platform":             {scope.Scope{Platform: true}, all},
		"nobody":               {scope.Scope{}, nil},
		"nobody with an org":   {scope.Scope{Orgs: []string{"a"}}, nil},
		"nobody with all orgs": {scope.Scope{AllOrgs: true}, nil},
		"tenant":               {scope.Scope{Tenant: "t1", AllOrgs: true}, []string{"t1/", "t1/a", "t1/b"}},
		"one organization":     {scope.Scope{Tenant: "t1", Orgs: []string{"b"}}, []string{"t1/", "t1/b"}},
		"two organizations":    {scope.Scope{Tenant: "t1", Orgs: []string{"a", "b"}}, []string{"t1/", "t1/a", "t1/b"}},
		"another's org":        {scope.Scope{Tenant: "t2", Orgs: []string{"a"}}, []string{"t2/"}},
		"a quote":              {scope.Scope{Tenant: "t1' or 'a'='a", Orgs: []string{"b', 'a"}}, nil},
		"a backslash":          {scope.Scope{Tenant: `t1\'`, Orgs: []string{`\`}}, nil},
		"a word for all":       {scope.Scope{Tenant: "t2", Orgs: []string{"t1", "on", "*", "x,c"}}, []string{"t2/"}},
	}
}

func addRequests(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := system()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, o := range [][2]string{{"", ""}, {"t1", ""}, {"t1", "a"}, {"t1", "b"}, {"t2", ""}, {"t2", "c"}} {
			_, err := tx.NewRaw(`INSERT INTO requests (id, tenant_id, org_id, at, last_at, count, door, address, name, verdict, reason, status)
				VALUES (?, ?, ?, 1, 1, 1, 'http', '192.0.2.1', 'x', 'refused', '', 404)`, o[0]+"/"+o[1], o[0], o[1]).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err, db.Cause(err))
	}
}

func TestScoped(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addRequests(t, d)
		for name, tc := range walls() {
			ctx := scope.With(context.Background(), tc.scope)
			for _, alias := range []string{"", "r"} {
				var got []string
				err := d.Read(system(), func(q db.Q) error {
					sel := q.NewSelect().ColumnExpr("id").TableExpr("requests AS r").OrderExpr("id")
					return db.Scoped(sel, scope.From(ctx), alias).Scan(ctx, &got)
				})
				if err != nil {
					t.Fatalf("%s: %v (%s)", name, err, db.Cause(err))
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		}
	})
}

func TestScoped_change(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addRequests(t, d)
		ctx := scope.With(context.Background(), scope.Scope{Tenant: "t1", Orgs: []string{"a"}})
		err := d.Write(system(), func(tx *db.Tx) error {
			u, err := db.ScopedUpdate(tx.NewUpdate().Table("requests").Set("count = 7"), scope.From(ctx), "").Exec(ctx)
			if err != nil {
				return err
			}
			if n, _ := u.RowsAffected(); n != 2 {
				t.Errorf("update hit %d rows, want 2", n)
			}
			del, err := db.ScopedDelete(tx.NewDelete().Table("requests"), scope.From(ctx), "").Exec(ctx)
			if err != nil {
				return err
			}
			if n, _ := del.RowsAffected(); n != 2 {
				t.Errorf("delete hit %d rows, want 2", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err, db.Cause(err))
		}
	})
}

// TestRowSecurity checks that PostgreSQL holds the wall where a query forgot it.
func TestRowSecurity(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{URL: dbtest.URL(t)})
	addRequests(t, d)
	for name, tc := range walls() {
		ctx := scope.With(context.Background(), tc.scope)
		var got []string
		sel := func(q bun.IDB) error { return q.NewRaw("SELECT id FROM requests ORDER BY id").Scan(ctx, &got) }
		for verb, run := range map[string]func() error{
			"read":  func() error { return d.Read(ctx, func(q db.Q) error { return sel(q) }) },
			"write": func() error { return d.Write(ctx, func(tx *db.Tx) error { return sel(tx) }) },
			"hot":   func() error { return d.WriteHot(ctx, func(q db.Q) error { return sel(q) }) },
		} {
			got = nil
			if err := run(); err != nil {
				t.Fatalf("%s, %s: %v (%s)", name, verb, err, db.Cause(err))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, verb, diff)
			}
		}
	}
}

func TestRowSecurity_foreign_rows_cannot_be_made(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{URL: dbtest.URL(t)})
	addRequests(t, d)
	ctx := scope.With(context.Background(), scope.Scope{Tenant: "t1", Orgs: []string{"a"}})
	for name, sql := range map[string]string{
		"insert": "INSERT INTO roles (id, tenant_id, name, name_key, permissions, created_at, updated_at) VALUES ('r', 't2', 'r', 'r', '', 1, 1)",
		"move":   "UPDATE requests SET org_id = 'b' WHERE id = 't1/a'",
	} {
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.NewRaw(sql).Exec(ctx); return err })
		if err == nil {
			t.Errorf("%s of another's row was accepted", name)
		}
	}
}

// TestRowSecurity_every_table reads the catalogue: a table with a tenant has the
// policy, and the role that the program works in cannot step over it.
func TestRowSecurity_every_table(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{URL: dbtest.URL(t)})
	ctx := system()
	var open []string
	var who struct {
		Name   string
		Bypass bool
		Owns   int
	}
	err := d.Read(ctx, func(q db.Q) error {
		err := q.NewRaw(`SELECT DISTINCT n.nspname || '.' || c.relname
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'hot')
			AND (a.attname = 'tenant_id' OR c.relname = 'tenants') AND NOT a.attisdropped
			AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*'))`).Scan(ctx, &open)
		if err != nil {
			return err
		}
		return q.NewRaw(`SELECT current_user AS name, rolbypassrls OR rolsuper AS bypass,
			(SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owns FROM pg_roles r WHERE rolname = current_user`).
			Scan(ctx, &who.Name, &who.Bypass, &who.Owns)
	})
	if err != nil {
		t.Fatal(err, db.Cause(err))
	}
	if len(open) > 0 {
		t.Errorf("tables with a tenant and without a policy: %v", open)
	}
	if who.Name != db.AppRole || who.Bypass || who.Owns > 0 {
		t.Errorf("the program works as %+v; want %s, bound by policies, owning nothing", who, db.AppRole)
	}
}

// TestRowSecurity_orgs checks that an operator of one organization does not see
// the names of the tenant's others.
func TestRowSecurity_orgs(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{URL: dbtest.URL(t)})
	addTenant(t, d, "t1")
	addTenant(t, d, "t2")
	ctx := system()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, o := range []string{"a", "b"} {
			if _, err := tx.NewRaw(fmt.Sprintf("INSERT INTO orgs (id, tenant_id, slug, name, created_at, updated_at) VALUES ('%[1]s', 't1', '%[1]s', '%[1]s', 1, 1)", o)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err, db.Cause(err))
	}
	narrow := scope.With(context.Background(), scope.Scope{Tenant: "t1", Orgs: []string{"a"}})
	var got []string
	err = d.Read(narrow, func(q db.Q) error {
		return q.NewRaw("SELECT 'org ' || id FROM orgs UNION SELECT 'tenant ' || id FROM tenants ORDER BY 1").Scan(narrow, &got)
	})
	if err != nil {
		t.Fatal(err, db.Cause(err))
	}
	if diff := cmp.Diff([]string{"org a", "tenant t1"}, got); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}
