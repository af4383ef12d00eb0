package secret

import (
	"context"
	"fmt"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// currentKey returns the data key that a tenant's new secrets are sealed with,
// and makes the first one. It is read in the caller's transaction every time,
// so that a change of keys on another node takes hold at once.
func (v *Vault) currentKey(ctx context.Context, tx *db.Tx, tenant string) (id string, key []byte, err error) {
	row, err := newestKey(ctx, tx, tenant)
	if fault.Is(err, fault.NotFound) {
		row, err = v.addKey(ctx, tx, v.db.NewID(), tenant)
	}
	if err != nil {
		return "", nil, err
	}
	key, err = v.keep(row)
	return row.ID, key, err
}

// key returns the data key with that id, which must be the tenant's.
func (v *Vault) key(ctx context.Context, q db.Q, id, tenant string) ([]byte, error) {
	v.mu.Lock()
	key, ok := v.keys[tenant+"/"+id]
	v.mu.Unlock()
	if ok {
		return key, nil
	}
	row, err := findKey(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if row.TenantID != tenant {
		return nil, errSealed
	}
	return v.keep(row)
}

// keep unwraps a data key and remembers it.
func (v *Vault) keep(row keyRow) ([]byte, error) {
	name := row.TenantID + "/" + row.ID
	v.mu.Lock()
	defer v.mu.Unlock()
	if key, ok := v.keys[name]; ok {
		return key, nil
	}
	key, err := v.unwrap(row)
	if err != nil {
		return nil, err
	}
	v.keys[name] = key
	return key, nil
}

func (v *Vault) unwrap(row keyRow) ([]byte, error) {
	root, ok := v.root.find(row.RootID)
	if !ok {
		return nil, fault.New(fault.Unavailable, "data key %s was wrapped with root key %s, which is not in the key file", row.ID, row.RootID)
	}
	key, err := unseal(root.wrap, row.Wrapped, aboutKey(row.ID, row.TenantID))
	if err != nil {
		return nil, fmt.Errorf("unwrap data key %s: %w", row.ID, err)
	}
	return key, nil
}

// addKey makes a data key and writes it, wrapped with the root key in use.
func (v *Vault) addKey(ctx context.Context, tx *db.Tx, id, tenant string) (keyRow, error) {
	root := v.root.keys[0]
	wrapped, err := seal(root.wrap, Random(keySize), aboutKey(id, tenant))
	if err != nil {
		return keyRow{}, fmt.Errorf("make a data key: %w", err)
	}
	row := keyRow{ID: id, TenantID: tenant, RootID: root.id, Wrapped: wrapped, CreatedAt: v.db.Now().UnixMilli()}
	if err := db.Insert(ctx, tx, &row); err != nil {
		return keyRow{}, fmt.Errorf("make a data key: %w", err)
	}
	return row, nil
}
