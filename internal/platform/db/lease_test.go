package db_test

import (
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
)

func TestLease(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, engine := range []string{db.SQLite, db.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(start)
			cfg := db.Config{Clock: c}
			if engine == db.SQLite {
				cfg.Dir = t.TempDir()
			} else {
				cfg.URL = dbtest.URL(t)
			}
			d := dbtest.Open(t, cfg)
			steps := []struct {
				what, holder string
				wait         time.Duration
				fence        int64
				ok           bool
			}{
				{"first", "n1", 0, 1, true},
				{"taken", "n2", 0, 0, false},
				{"renewed", "n1", 5 * time.Second, 1, true},
				{"still taken", "n2", 9 * time.Second, 0, false},
				{"run out", "n2", time.Second, 2, true},
				{"lost", "n1", 0, 0, false},
				{"own one run out", "n2", 20 * time.Second, 3, true},
			}
			for _, s := range steps {
				c.Advance(s.wait)
				fence, ok, err := d.Lease(system(), "sweep", s.holder, 10*time.Second)
				if err != nil || fence != s.fence || ok != s.ok {
					t.Fatalf("%s: Lease = %d, %v, %v; want %d, %v", s.what, fence, ok, err, s.fence, s.ok)
				}
			}
			if err := d.ReleaseLease(system(), "sweep", "n1"); err != nil {
				t.Fatal(err)
			}
			if _, ok, _ := d.Lease(system(), "sweep", "n1", time.Second); ok {
				t.Error("a release by another ended the lease")
			}
			if err := d.ReleaseLease(system(), "sweep", "n2"); err != nil {
				t.Fatal(err)
			}
			if fence, ok, err := d.Lease(system(), "sweep", "n1", time.Second); !ok || fence != 4 {
				t.Errorf("after the release: Lease = %d, %v, %v; want 4, true", fence, ok, err)
			}
		})
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(time.UnixMilli(1_795_262_400_123))
	d := dbtest.New(t, dbtest.WithClock(c), dbtest.WithRand(strings.NewReader(strings.Repeat("\xff", 200_000))))
	var ids []string
	for i := range 10_000 {
		ids = append(ids, d.NewID())
		if i == 9_000 {
			c.Advance(-time.Hour)
		}
	}
	if !sort.StringsAreSorted(ids) {
		t.Error("the ids do not grow")
	}
	seen := map[string]bool{}
	for _, id := range ids {
		u, err := uuid.Parse(id)
		if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no UUIDv7: %v", id, err)
		}
		if seen[id] {
			t.Fatalf("%s came twice", id)
		}
		seen[id] = true
	}
	if sec, nsec := uuid.MustParse(ids[0]).Time().UnixTime(); sec != 1_795_262_400 || nsec != 123_000_000 {
		t.Errorf("the id's time is %d.%09d", sec, nsec)
	}
}
