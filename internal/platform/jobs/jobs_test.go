package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/jobs"
	"bellwether/internal/platform/scope"
)

const wait = 30 * time.Second

// bench is a client with one kind of job, "work", that reports its payloads.
type bench struct {
	*jobs.Client
	db   *db.DB
	done chan string
}

func newBench(t *testing.T, d *db.DB) *bench {
	t.Helper()
	if err := jobs.Migrate(context.Background(), d); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	c, err := jobs.New(d, log)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Client: c, db: d, done: make(chan string, 100)}
	c.Register("work", func(_ context.Context, p json.RawMessage) error { b.done <- string(p); return nil })
	return b
}

func (b *bench) start(t *testing.T) {
	t.Helper()
	if err := b.Start(context.Background()); err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

func (b *bench) enqueue(t *testing.T, list ...db.Job) {
	t.Helper()
	ctx := scope.AsSystem(context.Background(), "test")
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		for _, j := range list {
			if err := tx.Enqueue(ctx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("enqueue: %v", err)
	}
}

func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(wait):
		t.Fatal("nothing happened")
		panic("unreachable")
	}
}

// fence has a last job done and checks that nothing else was.
func (b *bench) fence(t *testing.T) {
	t.Helper()
	b.enqueue(t, db.Job{Kind: "work", Payload: "fence"})
	if got := next(t, b.done); got != `"fence"` {
		t.Errorf("job %s was done too", got)
	}
}

func TestEnqueue_lives_and_dies_with_the_transaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		ctx := scope.AsSystem(context.Background(), "test")
		no := errors.New("no")
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Enqueue(ctx, db.Job{Kind: "work", Payload: "lost"}); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		b.enqueue(t, db.Job{Kind: "work", Payload: map[string]int{"n": 1}})
		b.start(t)
		if got := next(t, b.done); got != `{"n":1}` && got != `{"n": 1}` {
			t.Errorf("payload = %s", got)
		}
		b.fence(t)
	})
}

func TestEnqueue_unknown_kind(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	newBench(t, d)
	ctx := context.Background()
	err := d.Write(ctx, func(tx *db.Tx) error { return tx.Enqueue(ctx, db.Job{Kind: "wrk"}) })
	if !fault.Is(err, fault.Internal) {
		t.Errorf("Enqueue = %v, want Internal", err)
	}
}

func TestEnqueue_unique(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		one := db.Job{Kind: "work", Unique: "a", Payload: "a"}
		b.enqueue(t, one, one)
		b.enqueue(t, one)
		b.start(t)
		next(t, b.done)
		b.fence(t)
		b.enqueue(t, one)
		if got := next(t, b.done); got != `"a"` {
			t.Errorf("after the first was done: %s", got)
		}
	})
}

// TestEnqueue_unique_while_at_work checks that a job that may already have read
// its input does not swallow a new one.
func TestEnqueue_unique_while_at_work(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		begun, goOn := make(chan string), make(chan struct{})
		b.Register("slow", func(_ context.Context, p json.RawMessage) error {
			begun <- string(p)
			<-goOn
			return nil
		})
		b.start(t)
		b.enqueue(t, db.Job{Kind: "slow", Unique: "a", Payload: 1})
		next(t, begun)
		b.enqueue(t, db.Job{Kind: "slow", Unique: "a", Payload: 2}, db.Job{Kind: "slow", Unique: "a", Payload: 3})
		goOn <- struct{}{}
		if got := next(t, begun); got != "2" {
			t.Errorf("second job = %s, want 2", got)
		}
		goOn <- struct{}{}
		b.fence(t)
	})
}

func TestEnqueue_scheduled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		b.start(t)
		at := d.Now().Add(1500 * time.Millisecond)
		b.enqueue(t, db.Job{Kind: "work", Payload: "later", At: at}, db.Job{Kind: "work", Payload: "now"})
		for _, want := range []string{`"now"`, `"later"`} {
			if got := next(t, b.done); got != want {
				t.Errorf("job = %s, want %s", got, want)
			}
		}
		if early := at.Sub(d.Now()); early > 0 {
			t.Errorf("done %v too early", early)
		}
	})
}

func TestEvery(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		b.Every("work", time.Second)
		b.start(t)
		for range 2 {
			if got := next(t, b.done); got != "null" {
				t.Errorf("payload = %s, want null", got)
			}
		}
	})
}

func TestHandler_error_is_tried_again(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		tries := make(chan string, 10)
		first := true
		b.Register("flaky", func(ctx context.Context, _ json.RawMessage) error {
			tries <- scope.From(ctx).Actor.Name
			if first {
				first = false
				return errors.New("not yet")
			}
			return nil
		})
		b.start(t)
		b.enqueue(t, db.Job{Kind: "flaky"})
		for range 2 {
			if got := next(t, tries); got != "job:flaky" {
				t.Errorf("actor = %q", got)
			}
		}
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		begun, ended := make(chan bool), make(chan error, 2)
		b.Register("stuck", func(ctx context.Context, _ json.RawMessage) error {
			begun <- true
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
		if err := b.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		b.enqueue(t, db.Job{Kind: "stuck"})
		next(t, begun)
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if err := b.Stop(gone); err != nil {
			t.Errorf("Stop = %v", err)
		}
		if err := next(t, ended); !errors.Is(err, context.Canceled) {
			t.Errorf("the job ended with %v, want it cancelled", err)
		}
		if err := b.Stop(context.Background()); err != nil {
			t.Errorf("second Stop = %v", err)
		}
	})
}

// TestStart_takes_up_what_a_crash_left plays a process that died in a job.
func TestStart_takes_up_what_a_crash_left(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	b := newBench(t, d)
	b.enqueue(t, db.Job{Kind: "work", Payload: "left"})
	if _, err := d.Writer().ExecContext(context.Background(), "UPDATE river_job SET state = 'running'"); err != nil {
		t.Fatal(err)
	}
	b.start(t)
	if got := next(t, b.done); got != `"left"` {
		t.Errorf("job = %s", got)
	}
}
