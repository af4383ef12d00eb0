package jobs_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/jobs"
	"bellwether/internal/platform/scope"
)

// TestVirtualTime holds docs/adr/0002-virtual-time.md to its word: jobs on SQLite
// run in virtual time, to the second.
func TestVirtualTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, err := db.Open(context.Background(), db.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		ctx := scope.AsSystem(context.Background(), "test")
		if err := d.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		c, err := jobs.New(d, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			t.Fatal(err)
		}
		ticks, late := 0, time.Duration(-1)
		at := d.Now().Add(3 * time.Minute)
		c.Register("tick", func(context.Context, json.RawMessage) error { ticks++; return nil })
		c.Register("once", func(context.Context, json.RawMessage) error { late = d.Now().Sub(at); return nil })
		c.Every("tick", time.Minute)
		if err := c.Start(ctx); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return tx.Enqueue(ctx, db.Job{Kind: "once", At: at}) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5*time.Minute + 30*time.Second)
		if err := c.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		if ticks < 5 || ticks > 6 || late < 0 || late > 5*time.Second {
			t.Errorf("%d ticks in five minutes and a half, a job %v late", ticks, late)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
