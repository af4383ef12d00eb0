package secret

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Vault seals and opens secrets. It is safe for concurrent use.
type Vault struct {
	db   *db.DB
	root *Root
	mac  []byte // see MAC; the same for the database's whole life

	mu     sync.Mutex        // guards keys, labels
	keys   map[string][]byte // data key by id, unwrapped; a key never changes under its id
	labels map[string][]byte // MAC's sub-keys
}

// macKeyID is the data key behind MAC. It is never changed, since rows are
// found by what it made.
const macKeyID = "mac"

// New opens the vault of a migrated database. It fails with fault.Unavailable
// where the database was sealed with another root key than root.
func New(ctx context.Context, d *db.DB, root *Root) (*Vault, error) {
	v := &Vault{db: d, root: root, keys: map[string][]byte{}, labels: map[string][]byte{}}
	ctx = scope.AsSystem(ctx, "secret")
	if err := v.checkRoots(ctx); err != nil {
		return nil, err
	}
	err := v.loadMAC(ctx)
	if fault.Is(err, fault.Conflict) { // another node was first: take its key
		err = v.loadMAC(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return v, nil
}

// loadMAC reads the key behind MAC, or makes it on the database's first day.
func (v *Vault) loadMAC(ctx context.Context) error {
	return v.db.Write(ctx, func(tx *db.Tx) error {
		row, err := findKey(ctx, tx, macKeyID)
		if fault.Is(err, fault.NotFound) {
			row, err = v.addKey(ctx, tx, macKeyID, "")
		}
		if err != nil {
			return err
		}
		v.mac, err = v.unwrap(row)
		return err
	})
}

// checkRoots refuses a root key that did not seal this database.
func (v *Vault) checkRoots(ctx context.Context) error {
	var used []string
	err := v.db.Read(ctx, func(q db.Q) (err error) {
		used, err = rootsInUse(ctx, q)
		return err
	})
	if err != nil {
		return fmt.Errorf("open the vault: %w", err)
	}
	for _, id := range used {
		if _, ok := v.root.find(id); !ok {
			return fault.New(fault.Unavailable, "the key file %s holds key %s, but this database was sealed with key %s: "+
				"put the key file back that belongs to this database", v.root.path, v.root.ID(), id)
		}
	}
	return nil
}

// Exists reports whether the database holds anything that a root key sealed.
// It is what LoadRoot wants to know where the database outlives the data folder.
func Exists(ctx context.Context, d *db.DB) (bool, error) {
	ctx = scope.AsSystem(ctx, "secret")
	var used []string
	err := d.Read(ctx, func(q db.Q) (err error) {
		used, err = rootsInUse(ctx, q)
		return err
	})
	return len(used) > 0, err
}

// Seal writes a new secret and returns the reference to its version 1.
func (v *Vault) Seal(ctx context.Context, tx *db.Tx, o Owner, value String) (Ref, error) {
	return v.put(ctx, tx, o, v.db.NewID(), 1, value)
}

// Reseal writes the next version of a secret and returns the reference to it;
// older versions stay readable. It fails with fault.NotFound where ref names
// nothing in the context's scope.
func (v *Vault) Reseal(ctx context.Context, tx *db.Tx, ref Ref, value String) (Ref, error) {
	row, err := findSecret(ctx, tx, ref.Current())
	if err != nil {
		return "", fmt.Errorf("write a new version of a secret: %w", err)
	}
	return v.put(ctx, tx, row.owner(), row.ID, row.Version+1, value)
}

// Copy seals a secret's clear text anew for another owner, as a secret of its
// own; nobody sees it on the way. The context's scope must cover both. It fails
// with fault.Denied where either is the program's own signing key.
func (v *Vault) Copy(ctx context.Context, tx *db.Tx, ref Ref, o Owner) (Ref, error) {
	row, err := findSecret(ctx, tx, ref)
	if err != nil {
		return "", fmt.Errorf("copy a secret: %w", err)
	}
	if row.OwnerKind == OwnerPKI || o.Kind == OwnerPKI {
		return "", fault.New(fault.Denied, "a signing key is never copied")
	}
	clear, err := v.open(ctx, tx, row)
	if err != nil {
		return "", err
	}
	return v.Seal(ctx, tx, o, clear)
}

// Owns reports whether a secret belongs to an owner.
func (v *Vault) Owns(ctx context.Context, q db.Q, ref Ref, o Owner) (bool, error) {
	row, err := findSecret(ctx, q, ref)
	if err != nil {
		return false, fmt.Errorf("look for the owner of a secret: %w", err)
	}
	return row.owner() == o, nil
}

func (v *Vault) put(ctx context.Context, tx *db.Tx, o Owner, id string, version int, value String) (Ref, error) {
	if o.Kind == "" || o.ID == "" {
		return "", fault.New(fault.Internal, "seal a secret: it has no owner")
	}
	keyID, key, err := v.currentKey(ctx, tx, o.TenantID)
	if err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	sealed, err := seal(key, []byte(value.Reveal()), aboutSecret(id, version, o))
	if err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	row := &secretRow{
		ID: id, Version: version, TenantID: o.TenantID, OrgID: o.OrgID, OwnerKind: o.Kind, OwnerID: o.ID,
		KeyID: keyID, Sealed: sealed, CreatedAt: v.db.Now().UnixMilli(),
	}
	if err := db.Insert(ctx, tx, row); err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	return makeRef(id, version), nil
}

// Open returns a secret's clear text. It fails with fault.NotFound where ref
// names nothing in the context's scope, with fault.Denied where the purpose
// does not fit the owner, and with fault.Internal where the row was tampered
// with.
func (v *Vault) Open(ctx context.Context, q db.Q, ref Ref, p Purpose) (String, error) {
	row, err := findSecret(ctx, q, ref)
	if err != nil {
		return String{}, fmt.Errorf("open a secret: %w", err)
	}
	if !p.allows(row.owner()) {
		return String{}, fault.New(fault.Denied, "a secret of kind %q is not opened for %q", row.OwnerKind, string(p.kind))
	}
	return v.open(ctx, q, row)
}

func (v *Vault) open(ctx context.Context, q db.Q, row secretRow) (String, error) {
	key, err := v.key(ctx, q, row.KeyID, row.TenantID)
	if err != nil {
		return String{}, fmt.Errorf("open secret %s: %w", row.ID, err)
	}
	clear, err := unseal(key, row.Sealed, aboutSecret(row.ID, row.Version, row.owner()))
	if err != nil {
		return String{}, fmt.Errorf("open secret %s: %w", row.ID, err)
	}
	return NewString(string(clear)), nil
}

// Find returns the newest secret of an owner, within the context's scope. It
// reports false where there is none.
func (v *Vault) Find(ctx context.Context, q db.Q, o Owner) (Ref, bool, error) {
	row, err := findOwned(ctx, q, o)
	if fault.Is(err, fault.NotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look for a secret: %w", err)
	}
	return makeRef(row.ID, row.Version), true, nil
}

// Delete removes the version that ref names, or every version where it names
// none. Deleting what is not there is no error.
func (v *Vault) Delete(ctx context.Context, tx *db.Tx, ref Ref) error {
	if err := deleteSecret(ctx, tx, ref); err != nil {
		return fmt.Errorf("delete a secret: %w", err)
	}
	return nil
}

// MAC returns the keyed HMAC-SHA256 over the parts in lower-case hex: for
// finding a row by a token that no row may hold, and for tokens that need no
// row. Each label has a key of its own; labels are constants of the program.
// The result for the same label and parts never changes in one database.
func (v *Vault) MAC(label string, parts ...string) string {
	h := hmac.New(sha256.New, v.labelKey(label))
	var size [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(size[:], uint32(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (v *Vault) labelKey(label string) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	if k, ok := v.labels[label]; ok {
		return k
	}
	k, err := subKey(v.mac, "mac "+label)
	if err != nil { // only for a key longer than SHA-256 can give
		panic(err)
	}
	v.labels[label] = k
	return k
}
