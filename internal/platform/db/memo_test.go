package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/scope"
)

// reader counts how often a tenant's name was read for a memo.
type reader struct {
	*db.Memo[string, string]
	reads int
}

func (r *reader) name(t *testing.T, ctx context.Context) string {
	t.Helper()
	name, err := r.Read(ctx, "one", func(q db.Q) (name string, err error) {
		r.reads++
		err = q.NewSelect().TableExpr("tenants").ColumnExpr("name").Where("id = 'one'").Scan(ctx, &name)
		return name, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func begin(t *testing.T, ctx context.Context, d *db.DB) {
	t.Helper()
	addTenant(t, d, "one")
	rename(t, ctx, d, "first")
}

func rename(t *testing.T, ctx context.Context, d *db.DB, name string, more ...func(tx *db.Tx)) {
	t.Helper()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, f := range more {
			f(tx)
		}
		_, err := tx.NewUpdate().TableExpr("tenants").Set("name = ?", name).Where("id = 'one'").Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMemo: on SQLite what was read is kept until its table changes, or its time is
// over; on PostgreSQL nothing is kept.
func TestMemo(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := scope.AsSystem(t.Context(), "test")
		begin(t, ctx, d)
		r := &reader{Memo: db.NewMemo[string, string](d, 10, nil, "tenants")}
		step := func(what, want string, reads int) {
			t.Helper()
			if got := r.name(t, ctx); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
			if d.Dialect() == db.SQLite && r.reads != reads {
				t.Errorf("%s: it was read %d times, want %d", what, r.reads, reads)
			}
		}
		step("at first", "first", 1)
		step("again", "first", 1)
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.NewRaw("INSERT INTO blob_uses (hash, uses) VALUES ('x', 1)").Exec(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		step("after another table changed", "first", 1)
		rename(t, ctx, d, "second")
		step("after a change", "second", 2)
		gone := errors.New("given up")
		if err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.NewUpdate().TableExpr("tenants").Set("name = 'never'").Where("id = 'one'").Exec(ctx); err != nil {
				return err
			}
			return gone
		}); !errors.Is(err, gone) {
			t.Fatal(err)
		}
		step("after one that was given up", "second", 3)
		rename(t, ctx, d, "second", func(tx *db.Tx) { tx.Unnoticed() })
		step("after one that is not to be noticed", "second", 3)
		if d.Dialect() == db.SQLite {
			fake.Advance(6 * time.Minute)
			step("after its time", "second", 4)
		}
		if _, at, ok := r.Get("two"); ok {
			t.Error("what was never put is there")
		} else {
			for _, k := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
				r.Put(k, k, at)
			}
		}
		kept := 0
		for _, k := range []string{"one", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			if _, _, ok := r.Get(k); ok {
				kept++
			}
		}
		if want := 10; d.Dialect() == db.SQLite && kept != want {
			t.Errorf("%d are kept, want %d", kept, want)
		}
	}, dbtest.WithClock(fake))
}

// TestMemo_beside_writers: whoever reads after a write came back sees it, however
// many write beside.
func TestMemo_beside_writers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ctx := scope.AsSystem(t.Context(), "test")
	begin(t, ctx, d)
	r := &reader{Memo: db.NewMemo[string, string](d, 10, nil, "tenants")}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 60 {
			_ = d.Write(ctx, func(tx *db.Tx) error { // it only stands in the way
				_, err := tx.NewRaw("UPDATE tenants SET version = version + 1 WHERE id = 'one'").Exec(ctx)
				return err
			})
		}
	}()
	for i := range 60 {
		want := "name " + time.Duration(i).String()
		rename(t, ctx, d, want)
		if got := r.name(t, ctx); got != want {
			t.Fatalf("%q was read after %q was written", got, want)
		}
	}
	<-done
}

// TestMemo_of_other_processes: what another process writes to the same files is
// seen.
func TestMemo_of_other_processes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := dbtest.Open(t, db.Config{Dir: dir})
	ctx := scope.AsSystem(t.Context(), "test")
	begin(t, ctx, d)
	r := &reader{Memo: db.NewMemo[string, string](d, 10, nil, "tenants")}
	if got := r.name(t, ctx) + r.name(t, ctx); got != "firstfirst" || r.reads != 1 {
		t.Fatalf("%q in %d reads", got, r.reads)
	}
	other := dbtest.Open(t, db.Config{Dir: dir})
	rename(t, ctx, other, "second")
	if got := r.name(t, ctx) + r.name(t, ctx); got != "secondsecond" || r.reads != 2 {
		t.Errorf("%q in %d reads after the other wrote", got, r.reads)
	}
	rename(t, ctx, d, "third")
	rename(t, ctx, other, "fourth")
	if got := r.name(t, ctx); got != "fourth" {
		t.Errorf("%q after both wrote", got)
	}
}
