// Package idem remembers answers by the key that a client gave with its
// request, so that a request repeated after a lost answer is not done twice.
package idem

import (
	"context"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Keep is how long an answer is remembered.
const Keep = 24 * time.Hour

// stale is when a request that never ended may be tried again: longer than any
// request may take.
const stale = 5 * time.Minute

// Store keeps the answers. New makes one.
type Store struct{ db *db.DB }

// New returns a store.
func New(d *db.DB) *Store { return &Store{d} }

// Answer is what was answered. Status 0 means that the request is being worked on.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Begin takes a key of an owner for a request with this hash. It returns the
// answer where there is one already; fault.Invalid where the key was used for
// another request, fault.Conflict while the first one is still at work.
func (s *Store) Begin(ctx context.Context, owner, key, hash string) (a Answer, done bool, err error) {
	ctx = scope.AsSystem(ctx, "idem")
	now := s.db.Now()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		row, found, err := find(ctx, tx, owner, key)
		if err != nil {
			return err
		}
		at := clock.FromMillis(row.CreatedAt)
		switch {
		case !found || now.Sub(at) > Keep || row.Status == 0 && now.Sub(at) > stale:
			return put(ctx, tx, owner, key, hash, now.UnixMilli())
		case row.BodyHash != hash:
			return fault.New(fault.Invalid, "this Idempotency-Key was used for another request").WithCode("idempotency_key")
		case row.Status == 0:
			return fault.New(fault.Conflict, "the first request with this Idempotency-Key is still at work").WithCode("idempotency_busy")
		}
		done = true
		a, err = row.answer()
		return err
	})
	return a, done, err
}

// End records the answer to a request that Begin let through.
func (s *Store) End(ctx context.Context, owner, key string, a Answer) error {
	ctx = scope.AsSystem(context.WithoutCancel(ctx), "idem")
	return s.db.Write(ctx, func(tx *db.Tx) error { return end(ctx, tx, owner, key, a) })
}

// Forget gives a key back, for a request that failed on our side.
func (s *Store) Forget(ctx context.Context, owner, key string) error {
	ctx = scope.AsSystem(context.WithoutCancel(ctx), "idem")
	return s.db.Write(ctx, func(tx *db.Tx) error { return drop(ctx, tx, owner, key) })
}

// Prune drops what is older than Keep.
func (s *Store) Prune(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "idem")
	before := s.db.Now().Add(-Keep).UnixMilli()
	return s.db.Write(ctx, func(tx *db.Tx) error { return prune(ctx, tx, before) })
}
