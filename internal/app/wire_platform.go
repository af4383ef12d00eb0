package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"bellwether/internal/platform/blob"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/idem"
	"bellwether/internal/platform/jobs"
	"bellwether/internal/platform/pki"
	"bellwether/internal/platform/secret"
)

// Platform is the plumbing.
type Platform struct {
	DB    *db.DB
	Vault *secret.Vault
	CA    *pki.CA
	Bus   bus.Bus
	Jobs  *jobs.Client
	Blobs *blob.Store
	Idem  *idem.Store
	Node  string
}

func (a *App) wirePlatform(ctx context.Context) (err error) {
	c := a.Config
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if a.DB, err = db.Open(ctx, db.Config{URL: c.Database, Dir: c.DataDir, Clock: a.Clock, Rand: a.Rand, Log: a.Log}); err != nil {
		return err
	}
	a.later("database", func(context.Context) error { return a.DB.Close() })
	keyFile := c.Keys.File
	if keyFile == "" {
		keyFile = filepath.Join(c.DataDir, "root.key")
	}
	root, err := secret.LoadRoot(keyFile, func() (bool, error) { return a.sealed(ctx) })
	if err != nil {
		return err
	}
	if err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	if a.Vault, err = secret.New(ctx, a.DB, root); err != nil {
		return err
	}
	if a.Bus, err = bus.Open(ctx, bus.Config{URL: c.Bus, Log: a.Log}); err != nil {
		return err
	}
	a.later("bus", func(context.Context) error { return a.Bus.Close() })
	if a.Jobs, err = jobs.New(a.DB, a.Log); err != nil {
		return err
	}
	dir := c.Blobs
	if dir == "" {
		dir = filepath.Join(c.DataDir, "blobs")
	}
	if a.Blobs, err = blob.Open(dir); err != nil {
		return err
	}
	a.later("blobs", func(context.Context) error { return a.Blobs.Close() })
	a.Idem = idem.New(a.DB)
	a.Node = a.DB.NewID()
	a.CA = pki.New(a.DB, a.Vault)
	return a.CA.Ensure(ctx)
}

// sealed reports whether the database holds anything that an older root key
// sealed: then a new key would lose it.
func (a *App) sealed(ctx context.Context) (bool, error) {
	migrated, err := a.DB.Migrated(ctx)
	if err != nil || !migrated {
		return false, err
	}
	return secret.Exists(ctx, a.DB)
}

// MigrateJobs makes the tables of the jobs, for work beside a server that has
// never run. Start does it by itself.
func (a *App) MigrateJobs(ctx context.Context) error { return jobs.Migrate(ctx, a.DB) }
