package db_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/db"
)

// TestVirtualTime holds docs/adr/0002-virtual-time.md to its word: SQLite that
// is opened inside a bubble runs in virtual time, and ends with it.
func TestVirtualTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, err := db.Open(context.Background(), db.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for i := range 48 {
			fence, ok, err := d.Lease(system(), "sweep", "n", time.Minute)
			if err != nil || !ok || fence != int64(i+1) {
				t.Fatalf("Lease = %d, %v, %v; want %d", fence, ok, err, i+1)
			}
			time.Sleep(time.Hour)
		}
		if got := time.Since(start); got != 48*time.Hour {
			t.Errorf("%v have passed, want two days", got)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}
