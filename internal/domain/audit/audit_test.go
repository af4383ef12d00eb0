package audit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func newService(t *testing.T, d *db.DB) *audit.Service {
	t.Helper()
	root, err := secret.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	v, err := secret.New(t.Context(), d, root)
	if err != nil {
		t.Fatal(err)
	}
	return audit.New(d, v)
}

func as(ctx context.Context, name string) context.Context {
	return scope.With(ctx, scope.Scope{
		Actor:    scope.Actor{Kind: scope.Operator, ID: "op-" + name, Name: name, Address: "192.0.2.7"},
		Platform: true,
	})
}

func record(t *testing.T, d *db.DB, s *audit.Service, name string, entries ...audit.Entry) {
	t.Helper()
	ctx := as(t.Context(), name)
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, e := range entries {
			if err := s.Record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func entry(org, action, name string) audit.Entry {
	noun, _, _ := strings.Cut(action, ".")
	return audit.Entry{TenantID: "t1", OrgID: org, Action: action, SubjectKind: noun, SubjectID: "id-" + name, SubjectName: name}
}

func TestService_Record(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		e := entry("o1", "device.update", "Lobby\x00\x1b[31m phone")
		e.Before = map[string]any{"name": "old", "password": secret.NewString("hunter22hunter22")}
		e.After = map[string]string{"name": "new", "note": strings.Repeat("x", 70_000)}
		record(t, d, s, "alice", e)
		got, err := s.List(as(t.Context(), "bob"), audit.Filter{})
		if err != nil || len(got.Items) != 1 {
			t.Fatalf("List = %+v, %v", got, err)
		}
		row := got.Items[0]
		row.ID = ""
		want := audit.Row{
			TenantID: "t1", OrgID: "o1", At: start, ActorKind: scope.Operator, ActorID: "op-alice", ActorName: "alice", Address: "192.0.2.7",
			Action: "device.update", SubjectKind: "device", SubjectID: "id-Lobby[31m phone", SubjectName: "Lobby[31m phone",
			Before: `{"name":"old","password":"***"}`, After: `{"too_large_bytes":70024}`,
		}
		if diff := cmp.Diff(want, row); diff != "" {
			t.Error(diff)
		}
	}, dbtest.WithClock(fake))
}

func TestService_Record_wants_an_actor(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := newService(t, d)
	err := d.Write(t.Context(), func(tx *db.Tx) error { return s.Record(t.Context(), tx, entry("o1", "device.create", "a")) })
	if !fault.Is(err, fault.Internal) {
		t.Fatalf("Record without an actor = %v", err)
	}
}

func TestService_List(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		record(t, d, s, "alice", entry("o1", "device.create", "Lobby"), entry("o2", "device.create", "100% bar"), entry("", "tenant.update", "Hotel"))
		record(t, d, s, "bob", entry("o1", "device.delete", "Lobby"), entry("o1", "devices.import", "list"))
		both := scope.With(t.Context(), scope.Scope{Tenant: "t1", AllOrgs: true})
		for name, tc := range map[string]struct {
			ctx    context.Context
			filter audit.Filter
			want   string
		}{
			"platform":           {as(t.Context(), "x"), audit.Filter{}, "list Lobby Hotel 100% bar Lobby"},
			"tenant":             {both, audit.Filter{}, "list Lobby Hotel 100% bar Lobby"},
			"organization":       {scope.InOrg(t.Context(), "t1", "o1"), audit.Filter{}, "list Lobby Lobby"},
			"other tenant":       {scope.InOrg(t.Context(), "t2", "o1"), audit.Filter{}, ""},
			"nobody":             {t.Context(), audit.Filter{}, ""},
			"one of the tenant":  {both, audit.Filter{OrgID: "o2"}, "100% bar"},
			"actor":              {both, audit.Filter{Actor: "op-bob"}, "list Lobby"},
			"action":             {both, audit.Filter{Action: "device.create"}, "100% bar Lobby"},
			"all of a noun":      {both, audit.Filter{Action: "device"}, "Lobby 100% bar Lobby"},
			"subject":            {both, audit.Filter{SubjectKind: "device", SubjectID: "id-Lobby"}, "Lobby Lobby"},
			"words":              {both, audit.Filter{Query: "LOB bob"}, "Lobby"},
			"a percent is no *":  {both, audit.Filter{Query: "0%"}, "100% bar"},
			"before their time":  {both, audit.Filter{To: start}, ""},
			"since their time":   {both, audit.Filter{From: start, Query: "hotel"}, "Hotel"},
			"after their time":   {both, audit.Filter{From: start.Add(time.Second)}, ""},
			"quote in the query": {both, audit.Filter{Query: `' OR 1=1 --`}, ""},
		} {
			got, err := s.List(tc.ctx, tc.filter)
			var names []string
			for _, r := range got.Items {
				names = append(names, r.SubjectName)
			}
			if diff := cmp.Diff(tc.want, strings.Join(names, " ")); diff != "" || err != nil || got.Total != len(names) {
				t.Errorf("%s: total %d, %v, %s", name, got.Total, err, diff)
			}
		}
	}, dbtest.WithClock(fake))
}

func TestService_List_pages(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := newService(t, d)
	for i := range 7 {
		record(t, d, s, "alice", entry("o1", "device.create", fmt.Sprint(i)))
	}
	var names []string
	f := audit.Filter{Page: db.Page{Limit: 3}}
	for range 3 {
		got, err := s.List(as(t.Context(), "x"), f)
		if err != nil || got.Total != 7 {
			t.Fatalf("total %d, %v", got.Total, err)
		}
		for _, r := range got.Items {
			names = append(names, r.SubjectName)
		}
		f.Cursor = got.Next
	}
	if got := strings.Join(names, ""); got != "6543210" || f.Cursor != "" {
		t.Errorf("pages give %s, then cursor %q", got, f.Cursor)
	}
	if _, err := s.List(as(t.Context(), "x"), audit.Filter{Page: db.Page{Cursor: "nonsense"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("bad cursor: %v", err)
	}
}
