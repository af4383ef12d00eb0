package secret

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// rotateChunk is how many secrets one transaction seals again: few enough that
// other writers wait for some ten milliseconds at most.
const rotateChunk = 250

// retiredKeep is how long a data key outlives the change: longer than any
// transaction that may still seal with it.
const retiredKeep = 24 * time.Hour

// Rotate changes every tenant's data key and seals its secrets again, and wraps
// every data key with the root key in use. References stay valid. It works in
// small transactions beside everything else; where it was interrupted, the next
// call finishes that change instead of beginning another.
func (v *Vault) Rotate(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "secret rotate")
	if err := v.rewrap(ctx); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	var tenants []string
	err := v.db.Read(ctx, func(q db.Q) (err error) {
		tenants, err = tenantsWithKeys(ctx, q)
		return err
	})
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	for _, t := range tenants {
		if err := v.rotateTenant(ctx, t); err != nil {
			return fmt.Errorf("rotate the data key of tenant %q: %w", t, err)
		}
	}
	return nil
}

func (v *Vault) rotateTenant(ctx context.Context, tenant string) error {
	if err := v.beginRotation(ctx, tenant); err != nil {
		return err
	}
	for {
		n, err := v.resealChunk(ctx, tenant)
		if err != nil {
			return err
		}
		if n < rotateChunk {
			break
		}
	}
	return v.db.Write(ctx, func(tx *db.Tx) error {
		return dropRetired(ctx, tx, tenant, v.db.Now().Add(-retiredKeep).UnixMilli())
	})
}

// beginRotation makes the tenant's new data key, unless an older change is not
// finished yet.
func (v *Vault) beginRotation(ctx context.Context, tenant string) error {
	return v.db.Write(ctx, func(tx *db.Tx) error {
		left, err := countUnderRetired(ctx, tx, tenant)
		if err != nil || left > 0 {
			return err
		}
		row, err := v.addKey(ctx, tx, v.db.NewID(), tenant)
		if err != nil {
			return err
		}
		return retireKeys(ctx, tx, tenant, row.ID, v.db.Now().UnixMilli())
	})
}

// resealChunk seals some of the tenant's secrets again that an older key holds,
// and returns how many.
func (v *Vault) resealChunk(ctx context.Context, tenant string) (n int, err error) {
	err = v.db.Write(ctx, func(tx *db.Tx) error {
		keyID, key, err := v.currentKey(ctx, tx, tenant)
		if err != nil {
			return err
		}
		rows, err := secretsNotUnder(ctx, tx, tenant, keyID, rotateChunk)
		if err != nil {
			return err
		}
		n = len(rows)
		for _, row := range rows {
			clear, err := v.open(ctx, tx, row)
			if err != nil {
				return err
			}
			row.Sealed, err = seal(key, []byte(clear.Reveal()), aboutSecret(row.ID, row.Version, row.owner()))
			if err != nil {
				return err
			}
			old := row.KeyID
			row.KeyID = keyID
			if err := moveSecret(ctx, tx, row, old); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// rewrap wraps what an older root key wraps with the one in use.
func (v *Vault) rewrap(ctx context.Context) error {
	root := v.root.keys[0]
	return v.db.Write(ctx, func(tx *db.Tx) error {
		rows, err := keysNotWrappedBy(ctx, tx, root.id)
		if err != nil {
			return err
		}
		for _, row := range rows {
			key, err := v.unwrap(row)
			if err != nil {
				return err
			}
			row.RootID = root.id
			if row.Wrapped, err = seal(root.wrap, key, aboutKey(row.ID, row.TenantID)); err != nil {
				return err
			}
			if err := rewrapKey(ctx, tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropOldRoots takes the older root key out of the key file. It fails with
// fault.Conflict while a data key still needs it: Rotate comes first.
func (v *Vault) DropOldRoots(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "secret rotate")
	var used []string
	err := v.db.Read(ctx, func(q db.Q) (err error) {
		used, err = rootsInUse(ctx, q)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop the old root key: %w", err)
	}
	for _, id := range used {
		if id != v.root.ID() {
			return fault.New(fault.Conflict, "root key %s still wraps data keys: rotate first", id)
		}
	}
	if v.root.path == "" {
		return nil
	}
	return replaceRoot(&Root{path: v.root.path, keys: v.root.keys[:1]})
}
