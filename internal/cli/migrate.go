package cli

import (
	"context"

	"bellwether/internal/app"
)

type migrateCmd struct{ where }

// Run opens the database, which brings it to this version.
func (c *migrateCmd) Run(ctx context.Context, s *session) error {
	cfg, err := c.load(s)
	if err != nil {
		return err
	}
	return s.open(ctx, cfg, func(context.Context, *app.App) error {
		at := cfg.Database
		if at == "" {
			at = cfg.DataDir
		} else {
			at = "PostgreSQL"
		}
		s.print("the database in %s is that of version %s", at, s.version)
		return nil
	})
}
