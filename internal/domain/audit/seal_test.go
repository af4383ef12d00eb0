package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/scope"
)

func sys(t testing.TB) context.Context { return scope.AsSystem(t.Context(), "test") }

func fill(t *testing.T, d *db.DB, s *audit.Service, n int) {
	t.Helper()
	entries := make([]audit.Entry, n)
	for i := range entries {
		entries[i] = entry("o1", "device.create", d.NewID())
		entries[i].After = map[string]int{"n": i}
	}
	record(t, d, s, "alice", entries...)
}

func sealed(t *testing.T, s *audit.Service) audit.Report {
	t.Helper()
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := s.Verify(t.Context())
	if err != nil || r.Broken != "" {
		t.Fatalf("Verify = %+v, %v", r, err)
	}
	return r
}

func TestService_Seal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		if r := sealed(t, s); r.Seals != 0 {
			t.Fatalf("an empty log has %d seals", r.Seals)
		}
		fill(t, d, s, 1100) // three batches
		if r := sealed(t, s); r.Seals != 3 || r.Rows != 1100 || r.Unsealed != 0 {
			t.Fatalf("%+v", r)
		}
		fill(t, d, s, 2)
		if r, err := s.Verify(t.Context()); err != nil || r.Unsealed != 2 || r.Broken != "" {
			t.Fatalf("%+v, %v", r, err)
		}
		got, err := s.List(sys(t), audit.Filter{Page: db.Page{Limit: 3}})
		if err != nil || got.Items[0].Sealed || !got.Items[2].Sealed {
			t.Fatalf("List = %+v, %v", got.Items, err)
		}
		if r := sealed(t, s); r.Seals != 4 || r.Rows != 1102 {
			t.Fatalf("%+v", r)
		}
	})
}

// A row whose transaction took long commits with an older id than rows that are
// sealed already.
func TestService_Seal_late_row(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		fill(t, d, s, 3)
		sealed(t, s)
		exec(t, d, `INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id)
			VALUES ('00000000-0000-7000-8000-000000000000', 1, 'operator', 'x', 'x', 'device.create', 'device', 'late')`)
		if r := sealed(t, s); r.Seals != 2 || r.Rows != 4 || r.Unsealed != 0 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestService_Seal_is_leased(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := newService(t, d)
	fill(t, d, s, 1)
	if _, ok, err := d.Lease(sys(t), audit.JobSeal, "another node", time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Verify(t.Context()); err != nil || r.Seals != 0 {
		t.Fatalf("sealed while another node holds the lease: %+v, %v", r, err)
	}
	if err := d.ReleaseLease(sys(t), audit.JobSeal, "another node"); err != nil {
		t.Fatal(err)
	}
	if r := sealed(t, s); r.Seals != 1 {
		t.Fatalf("%+v", r)
	}
}

func exec(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(sys(t), func(tx *db.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(sys(t))
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// harm is one way to falsify the log behind its back.
func harm(rt *rapid.T) (query string, args []any) {
	row, other := rapid.IntRange(0, 19).Draw(rt, "row"), rapid.IntRange(0, 19).Draw(rt, "other")
	seal := rapid.IntRange(1, 4).Draw(rt, "seal")
	nth := "(SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET ?)"
	switch rapid.SampledFrom([]string{"edit", "move time", "delete", "swap", "unseal", "reseal", "add", "truncate", "drop seal", "edit seal", "forge"}).Draw(rt, "harm") {
	case "edit":
		column := rapid.SampledFrom([]string{"tenant_id", "org_id", "actor_kind", "actor_id", "actor_name", "address", "action",
			"subject_kind", "subject_id", "subject_name", "before", "after"}).Draw(rt, "column")
		return "UPDATE audit SET ? = ? || 'x' WHERE id = " + nth, []any{bun.Ident(column), bun.Ident(column), row}
	case "move time":
		return "UPDATE audit SET at = at + 1 WHERE id = " + nth, []any{row}
	case "delete":
		return "DELETE FROM audit WHERE id = " + nth, []any{row}
	case "swap": // what one row says goes to another id
		return "UPDATE audit SET subject_id = (SELECT subject_id FROM audit ORDER BY id LIMIT 1 OFFSET ?) WHERE id = " + nth,
			[]any{(row + 1 + other%19) % 20, row}
	case "unseal":
		return "UPDATE audit SET seal_seq = 0 WHERE id = " + nth, []any{row}
	case "reseal":
		return "UPDATE audit SET seal_seq = CASE WHEN seal_seq = 1 THEN 2 ELSE seal_seq - 1 END WHERE id = " + nth, []any{row}
	case "add":
		return `INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, seal_seq)
			VALUES ('0-forged', 1, 'operator', 'x', 'x', 'device.create', 'device', 'x', ?)`, []any{seal + row%2}
	case "truncate": // the newest rows go, and so does the seal over them
		return "DELETE FROM audit WHERE seal_seq >= ?", []any{seal}
	case "drop seal":
		return "DELETE FROM audit_seals WHERE seq >= ?", []any{seal}
	case "edit seal":
		column := rapid.SampledFrom([]string{"from_id", "to_id", "prev_hash", "hash", "signature", "key_id"}).Draw(rt, "column")
		return "UPDATE audit_seals SET ? = ? || 'x' WHERE seq = ?", []any{bun.Ident(column), bun.Ident(column), seal}
	default:
		return "UPDATE audit_seals SET sealed_at = sealed_at + 1, rows_sealed = rows_sealed + ? WHERE seq = ?", []any{row % 2, seal}
	}
}

// Whatever is done to sealed rows or seals is noticed.
func TestService_Verify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		for range 4 {
			fill(t, d, s, 5)
			sealed(t, s)
		}
		rapid.Check(t, func(rt *rapid.T) {
			query, args := harm(rt)
			var r audit.Report
			undo := errors.New("take the harm back")
			err := d.Write(sys(t), func(tx *db.Tx) error {
				if _, err := tx.NewRaw(query, args...).Exec(sys(t)); err != nil {
					return err
				}
				var err error
				if r, err = s.VerifyIn(sys(t), tx); err != nil {
					return err
				}
				return undo
			})
			if !errors.Is(err, undo) {
				rt.Fatalf("%s: %v", query, err)
			}
			if r.Broken == "" {
				rt.Fatalf("not noticed: %s %v", query, args)
			}
		})
		if r, err := s.Verify(t.Context()); err != nil || r.Broken != "" || r.Rows != 20 {
			t.Errorf("the unharmed log: %+v, %v", r, err)
		}
	})
}

// Cutting off both the newest rows and their seals is noticed by a process that
// sealed them, and by anyone who kept the checkpoint from the log.
func TestService_Verify_cut_end(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := newService(t, d)
	fill(t, d, s, 5)
	first := sealed(t, s).Head
	fill(t, d, s, 5)
	last := sealed(t, s).Head
	exec(t, d, "DELETE FROM audit WHERE seal_seq = 2")
	exec(t, d, "DELETE FROM audit_seals WHERE seq = 2")
	if r, err := s.Verify(t.Context()); err != nil || r.Broken == "" {
		t.Errorf("the sealing process: %+v, %v", r, err)
	}
	other := s.Restarted()
	if r, err := other.Verify(t.Context(), first); err != nil || r.Broken != "" {
		t.Errorf("an older checkpoint: %+v, %v", r, err)
	}
	if r, err := other.Verify(t.Context(), last); err != nil || r.Broken == "" {
		t.Errorf("the last checkpoint: %+v, %v", r, err)
	}
	if r, err := other.Verify(t.Context(), audit.Checkpoint{Seq: 1, Hash: "another"}); err != nil || r.Broken == "" {
		t.Errorf("a checkpoint at odds: %+v, %v", r, err)
	}
}
