package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Migrate brings River's tables to the version of this program, after
// db.Migrate. It is idempotent, and fails with fault.Conflict where the tables
// are newer.
func Migrate(ctx context.Context, d *db.DB) error {
	if d.Dialect() == db.SQLite {
		return migrate(ctx, riversqlite.New(d.Writer()))
	}
	return d.Locked(ctx, func(*pgx.Conn) error {
		pool, err := d.OwnerPool(ctx)
		if err != nil {
			return err
		}
		defer pool.Close()
		return migrate(ctx, riverpgxv5.New(pool))
	})
}

func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	m, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	there, err := m.ExistingVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the job tables: %w", err)
	}
	known := m.AllVersions()
	if len(there) > len(known) {
		return fault.New(fault.Conflict, "the database is newer than this program: its job tables have version %d, the program knows %d; use the newer program, or restore a backup from before the upgrade", there[len(there)-1].Version, known[len(known)-1].Version)
	}
	if len(there) == len(known) {
		return nil
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job tables: %w", err)
	}
	return nil
}
