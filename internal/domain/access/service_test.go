package access_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

const (
	goodPassword = "correct horse battery"
	home         = "192.0.2.10"
)

// bench is a service with two tenants, their organizations and some sites.
type bench struct {
	*access.Service
	t     *testing.T
	db    *db.DB
	clock *clock.Fake
	audit *audit.Service
}

// each runs body on both engines.
func each(t *testing.T, body func(b bench)) {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) { body(newBench(t, d, fake)) }, dbtest.WithClock(fake))
}

// one runs on SQLite alone, for what does not depend on the engine.
func one(t *testing.T) bench {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	return newBench(t, dbtest.New(t, dbtest.WithClock(fake)), fake)
}

func newBench(t *testing.T, d *db.DB, fake *clock.Fake) bench {
	t.Helper()
	root, err := secret.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	v, err := secret.New(t.Context(), d, root)
	if err != nil {
		t.Fatal(err)
	}
	au := audit.New(d, v)
	b := bench{Service: access.New(d, v, au, access.Config{Argon: access.Argon{Time: 1, Memory: 64, Threads: 1}}), t: t, db: d, clock: fake, audit: au}
	b.exec(`INSERT INTO tenants (id, slug, name, created_at, updated_at) VALUES ('t1', 't1', 'One', 1, 1), ('t2', 't2', 'Two', 1, 1)`)
	b.exec(`INSERT INTO orgs (id, tenant_id, slug, name, created_at, updated_at) VALUES
		('o1', 't1', 'o1', 'One', 1, 1), ('o2', 't1', 'o2', 'Two', 1, 1), ('o3', 't2', 'o3', 'Three', 1, 1)`)
	b.exec(`INSERT INTO sites (id, tenant_id, org_id, parent_id, name, name_key, depth, path, created_at, updated_at) VALUES
		('hotel', 't1', 'o1', '', 'Hotel', 'hotel', 1, 'hotel', 1, 1), ('lobby', 't1', 'o1', 'hotel', 'Lobby', 'lobby', 2, 'hotel/lobby', 1, 1)`)
	return b
}

func (b bench) system() context.Context { return scope.AsSystem(b.t.Context(), "test") }

func (b bench) exec(query string, args ...any) {
	b.t.Helper()
	err := b.db.Write(b.system(), func(tx *db.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(b.system())
		return err
	})
	if err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}

// operator makes an operator with grants.
func (b bench) operator(login string, grants ...access.Grant) access.Operator {
	b.t.Helper()
	o, err := b.CreateOperator(b.system(), access.NewOperator{Login: login, Password: secret.NewString(goodPassword), Grants: grants})
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// as signs an operator in and returns a request's context.
func (b bench) as(login string) context.Context {
	b.t.Helper()
	_, p, err := b.Login(b.t.Context(), login, secret.NewString(goodPassword), home, "test")
	if err != nil {
		b.t.Fatal(err)
	}
	return access.With(b.t.Context(), p)
}

// withToken returns the context of a request with that token.
func (b bench) withToken(token secret.String) context.Context {
	b.t.Helper()
	p, err := b.Authenticate(b.t.Context(), token, home)
	if err != nil {
		b.t.Fatal(err)
	}
	return access.With(b.t.Context(), p)
}

func (b bench) want(what string, err error, kind fault.Kind) {
	b.t.Helper()
	if err == nil || !fault.Is(err, kind) {
		b.t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func (b bench) ok(what string, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// actions lists what the operation log holds, newest first.
func (b bench) actions() (out []string) {
	b.t.Helper()
	rows, err := b.audit.List(b.system(), audit.Filter{Page: db.Page{Limit: 500}})
	b.ok("read the operation log", err)
	for _, r := range rows.Items {
		out = append(out, r.Action+" by "+r.ActorName)
	}
	return out
}

func platformOwner() access.Grant { return access.Grant{RoleID: access.RolePlatformOwner} }

func tenant(role, id string) access.Grant { return access.Grant{RoleID: role, TenantID: id} }

func org(role, tenant, id string) access.Grant {
	return access.Grant{RoleID: role, TenantID: tenant, OrgID: id}
}

func site(role, id string) access.Grant {
	return access.Grant{RoleID: role, TenantID: "t1", OrgID: "o1", SiteID: id}
}

func str(s string) *string { return &s }
