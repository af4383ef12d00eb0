package idem_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/idem"
)

func TestStore(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := context.Background(), idem.New(d)
		if _, done, err := s.Begin(ctx, "ann", "k", "h"); done || err != nil {
			t.Fatalf("first: done %v, %v", done, err)
		}
		if _, _, err := s.Begin(ctx, "ann", "k", "h"); !fault.Is(err, fault.Conflict) {
			t.Fatalf("while at work: %v", err)
		}
		want := idem.Answer{Status: 201, Header: map[string]string{"ETag": `"1"`}, Body: []byte(`{"id":"x"}`)}
		if err := s.End(ctx, "ann", "k", want); err != nil {
			t.Fatal(err)
		}
		got, done, err := s.Begin(ctx, "ann", "k", "h")
		if err != nil || !done {
			t.Fatalf("again: done %v, %v", done, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if _, _, err := s.Begin(ctx, "ann", "k", "other"); !fault.Is(err, fault.Invalid) {
			t.Fatalf("another body: %v", err)
		}
		if _, done, err := s.Begin(ctx, "bob", "k", "other"); done || err != nil {
			t.Fatalf("another owner: done %v, %v", done, err)
		}
		if err := s.Forget(ctx, "bob", "k"); err != nil {
			t.Fatal(err)
		}
		if _, done, err := s.Begin(ctx, "bob", "k", "third"); done || err != nil {
			t.Fatalf("after forgetting: done %v, %v", done, err)
		}
	}, dbtest.WithClock(fake))
}
