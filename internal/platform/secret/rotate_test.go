package secret_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

func keysOf(t *testing.T, d *db.DB, where string) (ids []string) {
	t.Helper()
	err := d.Read(system(t), func(q db.Q) error {
		return q.NewRaw("SELECT DISTINCT key_id FROM secrets "+where+" ORDER BY key_id").Scan(system(t), &ids)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func fill(t *testing.T, d *db.DB, v *secret.Vault, n int) []secret.Ref {
	t.Helper()
	refs := make([]secret.Ref, 0, n)
	err := d.Write(system(t), func(tx *db.Tx) error {
		for i := range n {
			o := secret.Owner{TenantID: fmt.Sprintf("t%d", i%2), OrgID: "o", Kind: "account", ID: fmt.Sprint(i)}
			ref, err := v.Seal(system(t), tx, o, secret.NewString(fmt.Sprint("value ", i)))
			if err != nil {
				return err
			}
			refs = append(refs, ref)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return refs
}

func readable(t *testing.T, d *db.DB, v *secret.Vault, refs []secret.Ref) {
	t.Helper()
	for i, ref := range refs {
		if got, err := open(system(t), d, v, ref, secret.ForDevice("d")); err != nil || got != fmt.Sprint("value ", i) {
			t.Fatalf("secret %d = %q, %v", i, got, err)
		}
	}
}

func TestVault_Rotate(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root, err := secret.NewRoot()
		if err != nil {
			t.Fatal(err)
		}
		v := vaultOf(t, d, root)
		mac := v.MAC("label", "x")
		refs := fill(t, d, v, 700)
		before := keysOf(t, d, "")
		if err := v.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := keysOf(t, d, "")
		if len(before) != 2 || len(after) != 2 || before[0] == after[0] || before[1] == after[1] {
			t.Fatalf("keys %v, then %v", before, after)
		}
		readable(t, d, v, refs)
		again := vaultOf(t, d, root)
		readable(t, d, again, refs)
		if again.MAC("label", "x") != mac {
			t.Error("the change of keys changed the MAC")
		}
	}, dbtest.WithClock(fake))
}

// A change of keys that was cut short is finished by the next call, and until
// then everything stays readable.
func TestVault_Rotate_resumes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	v := newVault(t, d)
	refs := fill(t, d, v, 600) // two tenants of 300: more than one chunk each
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := v.RotateUntil(ctx, "t0", 1, cancel); err == nil {
		t.Fatal("the change was not cut short")
	}
	if keys := keysOf(t, d, "WHERE tenant_id = 't0'"); len(keys) != 2 {
		t.Fatalf("after the cut: keys %v", keys)
	}
	readable(t, d, v, refs)
	half := keysOf(t, d, "WHERE tenant_id = 't0'")[1]
	if err := v.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys := keysOf(t, d, "WHERE tenant_id = 't0'"); len(keys) != 1 || keys[0] != half {
		t.Fatalf("after the resumed change: keys %v, want %s", keys, half)
	}
	readable(t, d, v, refs)
}

func TestVault_Rotate_drops_old_keys(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	d := dbtest.New(t, dbtest.WithClock(fake))
	v := newVault(t, d)
	refs := fill(t, d, v, 4)
	for range 3 {
		if err := v.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		fake.Advance(25 * time.Hour)
	}
	var n int
	err := d.Read(system(t), func(q db.Q) error {
		return q.NewRaw("SELECT count(*) FROM data_keys WHERE tenant_id = 't0'").Scan(system(t), &n)
	})
	if err != nil || n != 2 { // the one in use, and the one retired last
		t.Fatalf("%d data keys are left, %v", n, err)
	}
	readable(t, d, v, refs)
}

func TestStageRoot(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	path := filepath.Join(t.TempDir(), "root.key")
	old, err := secret.LoadRoot(path, exists(false))
	if err != nil {
		t.Fatal(err)
	}
	v := vaultOf(t, d, old)
	refs, mac := fill(t, d, v, 10), v.MAC("label", "x")
	if _, err := secret.StageRoot(path); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.StageRoot(path); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second stage = %v", err)
	}
	both, err := secret.LoadRoot(path, exists(true))
	if err != nil || both.ID() == old.ID() {
		t.Fatalf("two keys: %v, %v", both, err)
	}
	v = vaultOf(t, d, both)
	readable(t, d, v, refs)
	if err := v.DropOldRoots(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Fatalf("drop before the change = %v", err)
	}
	if err := v.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := v.DropOldRoots(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh, err := secret.LoadRoot(path, exists(true))
	if err != nil || fresh.ID() != both.ID() {
		t.Fatalf("new key alone: %v, %v", fresh, err)
	}
	v = vaultOf(t, d, fresh)
	readable(t, d, v, refs)
	if v.MAC("label", "x") != mac {
		t.Error("the change of root changed the MAC")
	}
	if _, err := secret.New(t.Context(), d, old); err == nil {
		t.Error("the old root still opens the vault")
	}
}
