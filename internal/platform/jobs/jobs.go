// Package jobs does work later, at least once: a job is a row that is written in
// the transaction that causes it, and outlives the process. It is for waves,
// sweeps and outboxes, not for one job per device.
//
// River does the work; nobody else sees it. Start at New. A handler is found by
// the job's kind, and must be able to run twice for the same job.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Handler does one job; payload is what Job.Payload was encoded to. An error
// has the job tried again later, until its attempts are used up.
type Handler func(ctx context.Context, payload json.RawMessage) error

// Option changes how the jobs of a kind are worked.
type Option func(*kind)

// Timeout bounds one try; the default is limit.JobTime.
func Timeout(d time.Duration) Option { return func(k *kind) { k.timeout = d } }

// kind is what is known of the jobs of one name.
type kind struct {
	name    string
	handle  Handler
	timeout time.Duration
	every   time.Duration // 0 = only when enqueued
}

// Client writes and works jobs. Register and Every come before Start.
type Client struct {
	db     *db.DB
	log    *slog.Logger
	insert inserter

	mu      sync.Mutex // guards kinds, running
	kinds   map[string]*kind
	running runner
}

var _ db.Enqueuer = (*Client)(nil)

// runner is the part of River's client that does not depend on the engine.
type runner interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// New returns a client and attaches it to d, so that Tx.Enqueue works. It writes
// jobs at once and works them from Start on.
func New(d *db.DB, log *slog.Logger) (*Client, error) {
	c := &Client{db: d, log: log, kinds: map[string]*kind{}}
	_, insert, err := c.river(&river.Config{Logger: quiet(log), FetchCooldown: cooldown, FetchPollInterval: poll})
	if err != nil {
		return nil, fmt.Errorf("set up jobs: %w", err)
	}
	c.insert = insert
	d.SetEnqueuer(c)
	return c, nil
}

// Register has h do the jobs of a kind: lower case, with dots, "audit.seal". A
// kind that is registered twice is a programming error and panics.
func (c *Client) Register(name string, h Handler, options ...Option) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.kinds[name]; ok {
		panic("job kind registered twice: " + name)
	}
	k := &kind{name: name, handle: h, timeout: limit.JobTime}
	for _, o := range options {
		o(k)
	}
	c.kinds[name] = k
}

// Every has a job of a registered kind enqueued at the start and then each d, by
// one node of all, with a null payload. A run that is still waiting is not
// doubled.
func (c *Client) Every(name string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.kinds[name]
	if !ok {
		panic("periodic job of an unknown kind: " + name)
	}
	k.every = d
}

// Start migrates River's tables where needed and begins to work jobs. They go on
// until Stop, also where ctx ends.
func (c *Client) Start(ctx context.Context) error {
	if err := Migrate(ctx, c.db); err != nil {
		return err
	}
	if err := c.rescue(ctx); err != nil {
		return fmt.Errorf("take up jobs that a crash left: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running != nil {
		return fault.New(fault.Internal, "the jobs are running already")
	}
	run, _, err := c.river(c.config())
	if err != nil {
		return fmt.Errorf("set up job workers: %w", err)
	}
	if err := run.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start job workers: %w", err)
	}
	c.running = run
	return nil
}

// Stop takes no further job, waits for those at work until ctx ends, and then
// cancels them; they are tried again after the next Start.
func (c *Client) Stop(ctx context.Context) error {
	c.mu.Lock()
	run := c.running
	c.running = nil
	c.mu.Unlock()
	if run == nil {
		return nil
	}
	if err := run.Stop(ctx); err == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer cancel()
	if err := run.StopAndCancel(last); err != nil {
		return fmt.Errorf("stop job workers: %w", err)
	}
	return nil
}

// river makes a client of River on the database's engine, and what writes a job
// into a transaction of it.
func (c *Client) river(cfg *river.Config) (runner, inserter, error) {
	if c.db.Dialect() == db.Postgres {
		return newRiver(riverpgxv5.New(c.db.Pool()), cfg, (*db.Tx).Pgx)
	}
	cfg.Test.Time = liteTime{}
	return newRiver(riversqlite.New(c.db.Writer()), cfg, (*db.Tx).SQL)
}

func newRiver[T any](driver riverdriver.Driver[T], cfg *river.Config, pick func(*db.Tx) T) (runner, inserter, error) {
	client, err := river.NewClient(driver, cfg)
	if err != nil {
		return nil, nil, err
	}
	return client, func(ctx context.Context, tx *db.Tx, a args, o *river.InsertOpts) (result, error) {
		r, err := client.InsertTx(ctx, pick(tx), a, o)
		if err != nil {
			return result{}, err
		}
		return result{skipped: r.UniqueSkippedAsDuplicate, state: r.Job.State, at: r.Job.ScheduledAt}, nil
	}, nil
}
