package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// with builds the program beside a server that may be running on the same data,
// lets do work on it as the command line, and closes it again. Nothing listens
// and no job runs.
func (s *session) with(ctx context.Context, w where, do func(ctx context.Context, a *app.App) error) error {
	cfg, err := w.load(s)
	if err != nil {
		return err
	}
	if err := exists(cfg); err != nil {
		return err
	}
	return s.open(ctx, cfg, do)
}

// open is with for a database that need not be there yet.
func (s *session) open(ctx context.Context, cfg config.Config, do func(ctx context.Context, a *app.App) error) error {
	cfg.Log.Level = "error"
	a, err := s.build(ctx, cfg, dial.New(dial.Policy{}))
	if err != nil {
		return err
	}
	err = do(scope.AsSystem(ctx, "command line"), a)
	if stop := a.Stop(context.WithoutCancel(ctx)); err == nil {
		err = stop
	}
	return err
}

// exists refuses a data directory without a database, so that a wrong --data
// does not make a new one.
func exists(c config.Config) error {
	if c.Database != "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(c.DataDir, "bellwether.db")); err != nil {
		return fault.New(fault.NotFound, "there is no database in %s; name another --data, or make one with: bellwether migrate --data %s", c.DataDir, c.DataDir)
	}
	return nil
}

// printJSON prints v for machines.
func (s *session) printJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
