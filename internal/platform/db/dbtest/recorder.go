package dbtest

import (
	"context"
	"sync"

	"bellwether/internal/platform/db"
)

// Recorder takes the place of platform/jobs where a test only wants to know
// which jobs were enqueued. A job of a transaction that was rolled back is not
// kept.
type Recorder struct {
	mu   sync.Mutex // guards list
	list []db.Job
}

var _ db.Enqueuer = (*Recorder)(nil)

// Record attaches a new recorder to d.
func Record(d *db.DB) *Recorder {
	r := &Recorder{}
	d.SetEnqueuer(r)
	return r
}

// EnqueueTx keeps the job once the transaction is committed.
func (r *Recorder) EnqueueTx(_ context.Context, tx *db.Tx, job db.Job) error {
	tx.AfterCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.list = append(r.list, job)
	})
	return nil
}

// Take returns the jobs enqueued since the last call, in their order.
func (r *Recorder) Take() []db.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}
