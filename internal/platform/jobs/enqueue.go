package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// slots is how many jobs of one unique key may exist: one waits, the others are
// at work or wait for another try.
const slots = 16

// args is a job as River keeps it.
type args struct {
	kind    string
	Unique  string          `json:"unique,omitempty" river:"unique"`
	Payload json.RawMessage `json:"payload"`
}

// Kind returns the job's kind.
func (a args) Kind() string { return a.kind }

// inserter writes one job into a transaction.
type inserter func(context.Context, *db.Tx, args, *river.InsertOpts) (result, error)

// result tells about the job that was written, or the one that stood in its way.
type result struct {
	skipped bool
	state   rivertype.JobState
	at      time.Time
}

// waits reports whether the job will still be taken up, at the latest at t.
func (r result) waits(t time.Time) bool {
	switch r.state {
	case rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateScheduled:
		return !r.at.After(t)
	}
	return false
}

// EnqueueTx writes job in the transaction. Where a job of the same kind and
// unique key already waits, nothing is written. One that is at work does not
// count: it may have read its input before this transaction's rows were there.
// It fails with fault.Internal for a kind that nobody handles.
func (c *Client) EnqueueTx(ctx context.Context, tx *db.Tx, job db.Job) error {
	c.mu.Lock()
	_, known := c.kinds[job.Kind]
	c.mu.Unlock()
	if !known {
		return fault.New(fault.Internal, "nobody handles jobs of the kind %q", job.Kind)
	}
	payload, err := json.Marshal(job.Payload)
	if err != nil {
		return fmt.Errorf("encode the payload of a job %q: %w", job.Kind, err)
	}
	a := args{kind: job.Kind, Unique: job.Unique, Payload: payload}
	o := &river.InsertOpts{MaxAttempts: attempts(job), ScheduledAt: job.At}
	if job.Unique == "" {
		_, err := c.insert(ctx, tx, a, o)
		return wrap(err, job)
	}
	o.UniqueOpts = unique()
	at := job.At
	if at.IsZero() {
		at = c.db.Now().Add(time.Second)
	}
	// On PostgreSQL the insert locks the job in its way until the transaction
	// ends, so that it cannot be taken up before this transaction's rows are there.
	for slot := range slots {
		a.Unique = job.Unique + "#" + strconv.Itoa(slot)
		r, err := c.insert(ctx, tx, a, o)
		if err != nil || !r.skipped || r.waits(at) {
			return wrap(err, job)
		}
	}
	return fault.New(fault.Unavailable, "%d jobs %q for %q are at work already", slots, job.Kind, job.Unique)
}

func attempts(job db.Job) int {
	if job.MaxAttempts > 0 {
		return job.MaxAttempts
	}
	return limit.JobAttempts
}

// unique makes jobs exclude each other by kind and the field Unique while they
// are not finished.
func unique() river.UniqueOpts {
	done := []rivertype.JobState{rivertype.JobStateCompleted}
	states := slices.DeleteFunc(rivertype.UniqueOptsByStateDefault(), func(s rivertype.JobState) bool { return slices.Contains(done, s) })
	return river.UniqueOpts{ByArgs: true, ByState: states}
}

func wrap(err error, job db.Job) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("enqueue a job %q: %w", job.Kind, err)
}
