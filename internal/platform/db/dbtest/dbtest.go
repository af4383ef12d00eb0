// Package dbtest gives tests a fresh, migrated database of either engine. Each
// is the test's own and is gone after it.
package dbtest

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
)

// Option changes the configuration of a test's database.
type Option func(*db.Config)

// WithClock has the database use c.
func WithClock(c clock.Clock) Option { return func(cfg *db.Config) { cfg.Clock = c } }

// WithRand has the database use r for its ids.
func WithRand(r io.Reader) Option { return func(cfg *db.Config) { cfg.Rand = r } }

// New returns a fresh migrated SQLite database in the test's own directory.
func New(t testing.TB, options ...Option) *db.DB {
	t.Helper()
	return Open(t, db.Config{Dir: t.TempDir()}, options...)
}

// Each runs body on a fresh SQLite database and on a fresh PostgreSQL one, as
// subtests of these names.
func Each(t *testing.T, body func(t *testing.T, d *db.DB), options ...Option) {
	t.Helper()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); body(t, New(t, options...)) })
	t.Run(db.Postgres, func(t *testing.T) {
		t.Parallel()
		body(t, Open(t, db.Config{URL: URL(t)}, options...))
	})
}

// Open opens and migrates the database that cfg names and closes it after the
// test. What the database logs goes to the test's log.
func Open(t testing.TB, cfg db.Config, options ...Option) *db.DB {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	for _, o := range options {
		o(&cfg)
	}
	ctx := context.Background()
	d, err := db.Open(ctx, cfg)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	if err := d.Migrate(ctx); err != nil {
		t.Fatalf("migrate the test's database: %v (%s)", err, db.Cause(err))
	}
	return d
}
