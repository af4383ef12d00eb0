package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

const (
	// cancelWait is how long cancelled jobs may take to notice.
	cancelWait = 5 * time.Second
	// rescueAfter is how much longer than its time a job of a node that died
	// stays at work before another takes it up.
	rescueAfter = time.Minute
	// cooldown is the shortest time between two looks for jobs.
	cooldown = 20 * time.Millisecond
	// poll is the time between two looks where nothing was announced.
	poll = time.Second
)

// worker does the jobs of one kind.
type worker struct {
	river.WorkerDefaults[args]
	kind *kind
}

// Timeout returns how long one try may take.
func (w *worker) Timeout(*river.Job[args]) time.Duration { return w.kind.timeout }

// Work does one job as the system.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	return w.kind.handle(scope.AsSystem(ctx, "job:"+w.kind.name), job.Args.Payload)
}

// config returns River's configuration for the registered kinds.
func (c *Client) config() *river.Config {
	workers := river.NewWorkers()
	var periodic []*river.PeriodicJob
	longest := limit.JobTime
	for _, name := range slices.Sorted(maps.Keys(c.kinds)) {
		k := c.kinds[name]
		longest = max(longest, k.timeout)
		river.AddWorkerArgs(workers, args{kind: name}, &worker{kind: k})
		if k.every > 0 {
			periodic = append(periodic, periodicJob(k))
		}
	}
	cfg := &river.Config{
		Logger:               quiet(c.log),
		FetchCooldown:        cooldown,
		FetchPollInterval:    poll,
		JobTimeout:           limit.JobTime,
		MaxAttempts:          limit.JobAttempts,
		RescueStuckJobsAfter: longest + rescueAfter,
		PeriodicJobs:         periodic,
	}
	if len(c.kinds) > 0 {
		cfg.Workers = workers
		cfg.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: limit.JobWorkers}}
	}
	return cfg
}

func periodicJob(k *kind) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(k.every), func() (river.JobArgs, *river.InsertOpts) {
		a := args{kind: k.name, Unique: "every", Payload: json.RawMessage("null")}
		return a, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: unique()}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// rescue gives back the jobs that were at work when the last process on this
// SQLite database died: nobody else can be at work there. On PostgreSQL other
// nodes may be, so that River's own rescuer has to wait for the job's time.
func (c *Client) rescue(ctx context.Context) error {
	if c.db.Dialect() != db.SQLite {
		return nil
	}
	return c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.NewRaw("UPDATE river_job SET state = 'available' WHERE state = 'running'").Exec(ctx)
		return err
	})
}

// liteTime makes River name the time itself in its queries on SQLite, instead of
// asking SQLite, which in testing/synctest knows only the real one. On
// PostgreSQL the server's clock is the one that all nodes share.
type liteTime struct{}

// Now returns the machine's time.
func (liteTime) Now() time.Time { return (clock.System{}).Now() }

// NowOrNil returns the same.
func (t liteTime) NowOrNil() *time.Time { now := t.Now(); return &now }

// quiet lets only River's warnings and errors through, and of these not the ones
// that say that it was told to stop.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

// Enabled reports whether a record of the level is written.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the level.
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }

// WithGroup keeps the level.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// Handle writes a record, unless its error is that of an ended context.
func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	stopped := false
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		stopped = ok && errors.Is(err, context.Canceled) || a.Value.String() == context.Canceled.Error()
		return !stopped
	})
	if stopped {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}
