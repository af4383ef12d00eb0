package db

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"bellwether/internal/platform/fault"
)

// Tx is a transaction that writes. It is a Q, so stores take it as one. It ends
// with the function that Write called.
type Tx struct {
	bun.IDB
	db    *DB
	sql   *sql.Tx // SQLite
	pg    pgx.Tx  // PostgreSQL
	after []func()
	quiet bool
	wrote []string // SQLite: the tables
}

// Job is a piece of work to be done later, at least once.
type Job struct {
	Kind        string
	Payload     any       // encoded as JSON
	At          time.Time // zero = now
	Unique      string    // "" or a key: one waiting job per kind and key
	MaxAttempts int       // 0 = the default of platform/jobs
}

// Enqueuer writes jobs; platform/jobs is the one.
type Enqueuer interface {
	EnqueueTx(ctx context.Context, tx *Tx, job Job) error
}

// SetEnqueuer attaches what Tx.Enqueue writes to.
func (d *DB) SetEnqueuer(e Enqueuer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.enq = e
}

// Read runs fn in a transaction that only reads, with one view of the data from
// beginning to end. It may not be called from inside Read, Write or WriteHot of
// the same goroutine: use the handle that is there.
func (d *DB) Read(ctx context.Context, fn func(q Q) error) error {
	leave, err := d.busy.enter("a read")
	if err != nil {
		return err
	}
	defer leave()
	if d.pool != nil {
		o := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
		return mapError(ctx, d.pgWork(ctx, o, func(q bun.IDB, _ pgx.Tx) error { return fn(single{q}) }))
	}
	return mapError(ctx, liteWork(ctx, d.read, &sql.TxOptions{ReadOnly: true}, func(q bun.Tx) error { return fn(single{q}) }))
}

// Write runs fn in one transaction that is committed when fn returns nil; it
// retries nothing. On SQLite there is one writer at a time, so fn does no
// network I/O. A Write from inside a Write fails at once.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	tx := &Tx{db: d}
	err := d.write(ctx, tx, fn)
	if !tx.quiet {
		d.changed.note(tx.wrote) // also after an error: a commit may have reached the disk
	}
	if err != nil {
		return err
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

func (d *DB) write(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	leave, err := d.busy.enter("a write")
	if err != nil {
		return err
	}
	defer leave()
	if d.pool != nil {
		return mapError(ctx, d.pgWork(ctx, pgx.TxOptions{}, func(q bun.IDB, p pgx.Tx) error {
			tx.IDB, tx.pg = single{q}, p
			return fn(tx)
		}))
	}
	return mapError(ctx, liteWork(ctx, d.main, nil, func(q bun.Tx) error {
		tx.IDB, tx.sql = single{q}, q.Tx
		err := fn(tx)
		tx.wrote = d.changed.take() // before the next one has the connection
		return err
	}))
}

// WriteHot runs fn in one transaction that may touch only the schema hot. It is
// not as durable as Write: on SQLite a power cut may take the last moments.
func (d *DB) WriteHot(ctx context.Context, fn func(q Q) error) error {
	leave, err := d.busy.enter("a hot write")
	if err != nil {
		return err
	}
	defer leave()
	if d.pool != nil {
		return mapError(ctx, d.pgWork(ctx, pgx.TxOptions{}, func(q bun.IDB, _ pgx.Tx) error { return fn(single{q}) }))
	}
	return mapError(ctx, liteWork(ctx, d.hot, nil, func(q bun.Tx) error { return fn(single{q}) }))
}

func liteWork(ctx context.Context, b *bun.DB, o *sql.TxOptions, fn func(bun.Tx) error) error {
	tx, err := b.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			_ = tx.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	done = true
	return tx.Commit()
}

// Enqueue writes a job in this transaction: it exists exactly when the
// transaction does.
func (tx *Tx) Enqueue(ctx context.Context, job Job) error {
	tx.db.mu.Lock()
	e := tx.db.enq
	tx.db.mu.Unlock()
	if e == nil {
		return fault.New(fault.Internal, "no job client is attached for a job %q", job.Kind)
	}
	return e.EnqueueTx(ctx, tx, job)
}

// AfterCommit has fn run once the transaction is committed, and never otherwise.
// It is for hints; what must not be lost is a row or a job.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Unnoticed says that what the transaction writes is in no Memo, whatever table it
// is in: when something was last used.
func (tx *Tx) Unnoticed() { tx.quiet = true }

// Lock makes others that lock the same key wait until the transaction ends. On
// SQLite writes never run side by side, so that it does nothing there.
func (tx *Tx) Lock(ctx context.Context, key string) error {
	if tx.pg == nil {
		return nil
	}
	_, err := tx.pg.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
	return err
}

// SQL returns the SQLite transaction, or nil on PostgreSQL. It is for
// platform/jobs.
func (tx *Tx) SQL() *sql.Tx { return tx.sql }

// Pgx returns the PostgreSQL transaction, or nil on SQLite. It is for
// platform/jobs.
func (tx *Tx) Pgx() pgx.Tx { return tx.pg }

// single refuses a transaction inside the one that is open: on PostgreSQL it
// would commit the outer one's work.
type single struct{ bun.IDB }

// BeginTx fails.
func (single) BeginTx(context.Context, *sql.TxOptions) (bun.Tx, error) {
	return bun.Tx{}, fault.New(fault.Internal, "a transaction inside a transaction")
}

// RunInTx fails.
func (single) RunInTx(context.Context, *sql.TxOptions, func(context.Context, bun.Tx) error) error {
	return fault.New(fault.Internal, "a transaction inside a transaction")
}
