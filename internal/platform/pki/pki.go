// Package pki is Bellwether's own certificate authority: it signs the server
// certificates that phones meet, and later the client certificates that we give
// to phones. It is not the place for the makers' CAs (domain/identity), nor for
// a certificate that an operator brought along (the doors).
//
// There are two roots, each a key in the database that platform/secret sealed: by
// ECDSA P-256, and by RSA for phones that can check no other signature. Changing
// them takes two steps, so that no phone is left behind: StartRollover makes the
// next roots and Roots gives all; once every phone has them, FinishRollover lets
// the new ones sign.
package pki

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// How long our certificates are valid. Backdate is for phones whose clock is
// somewhat slow.
const (
	RootValid   = 20 * 365 * 24 * time.Hour
	ServerValid = 90 * 24 * time.Hour
	ClientValid = 365 * 24 * time.Hour
	Backdate    = time.Hour
)

type state string

const (
	active  state = "active"  // signs
	next    state = "next"    // is trusted already, signs after FinishRollover
	retired state = "retired" // signs no more
)

type root struct {
	id    string
	kind  string // of its key, and so of those that it signs
	state state
	cert  *x509.Certificate
	key   secret.Ref
}

// CA signs certificates. It is safe for concurrent use; New and then Ensure
// make it usable.
type CA struct {
	db    *db.DB
	vault *secret.Vault
	clock clock.Clock

	mu    sync.RWMutex // guards roots
	roots []root       // active first, then next; of each ECDSA before RSA
}

// New returns the CA of a database. Ensure comes before anything else.
func New(d *db.DB, v *secret.Vault) *CA { return &CA{db: d, vault: v, clock: d.Clock()} }

// Ensure loads the roots and makes those that a database has not got yet. Calling
// it again takes up what another node changed.
func (c *CA) Ensure(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "pki")
	roots, err := c.load(ctx)
	if err != nil {
		return fmt.Errorf("prepare the certificate authority: %w", err)
	}
	for _, k := range keyKinds() {
		if slices.ContainsFunc(roots, func(r root) bool { return r.kind == k.name }) {
			continue
		}
		if err = c.addRoots(ctx, active, k); err == nil || fault.Is(err, fault.Conflict) {
			roots, err = c.load(ctx) // on a conflict another node was first
		}
		if err != nil {
			return fmt.Errorf("prepare the certificate authority: %w", err)
		}
	}
	for _, k := range keyKinds() {
		if _, ok := signing(roots, k.name); !ok {
			return fault.New(fault.Internal, "prepare the certificate authority: no root for %s in the database is in use", k.name)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roots = roots
	return nil
}

// signing is the root of a kind that signs.
func signing(roots []root, kind string) (root, bool) {
	i := slices.IndexFunc(roots, func(r root) bool { return r.kind == kind && r.state == active })
	if i < 0 {
		return root{}, false
	}
	return roots[i], true
}

// Roots returns what a phone is to trust, as PEM: the roots that sign, ECDSA
// before RSA, and during a roll-over the next ones behind them. It is empty before
// Ensure.
func (c *CA) Roots() []byte {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var b bytes.Buffer
	for _, r := range c.roots {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.cert.Raw}))
	}
	return b.Bytes()
}

// Pool returns the same as Roots for verifying.
func (c *CA) Pool() *x509.CertPool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	pool := x509.NewCertPool()
	for _, r := range c.roots {
		pool.AddCert(r.cert)
	}
	return pool
}

// StartRollover makes the next roots. From then on Roots gives them too. It fails
// with fault.Conflict where a roll-over is under way.
func (c *CA) StartRollover(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "pki")
	if err := c.addRoots(ctx, next, keyKinds()...); err != nil {
		return fmt.Errorf("start the roll-over of the certificate authority: %w", err)
	}
	return c.Ensure(ctx)
}

// FinishRollover lets the next roots sign and retires those before. Phones that
// never fetched the next ones will not trust us any more. It fails with
// fault.Conflict where no roll-over is under way.
func (c *CA) FinishRollover(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "pki")
	err := c.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := moveState(ctx, tx, active, retired); err != nil {
			return err
		}
		n, err := moveState(ctx, tx, next, active)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "no roll-over is under way")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("finish the roll-over of the certificate authority: %w", err)
	}
	return c.Ensure(ctx)
}

// addRoots makes roots of those kinds, all or none.
func (c *CA) addRoots(ctx context.Context, s state, kinds ...keyKind) error {
	made := make([]newRoot, len(kinds))
	for i, k := range kinds {
		var err error
		if made[i], err = c.makeRoot(k, s); err != nil {
			return err
		}
	}
	return c.db.Write(ctx, func(tx *db.Tx) error {
		for _, m := range made {
			ref, err := c.vault.Seal(ctx, tx, secret.Owner{Kind: secret.OwnerPKI, ID: m.row.ID}, m.key)
			if err != nil {
				return err
			}
			m.row.KeySecret = string(ref)
			if err := insertRoot(ctx, tx, m.row); err != nil {
				return err
			}
		}
		return nil
	})
}

// newRoot is a root before it is written, with its key.
type newRoot struct {
	row rootRow
	key secret.String
}

func (c *CA) makeRoot(k keyKind, s state) (newRoot, error) {
	key, err := k.make()
	if err != nil {
		return newRoot{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return newRoot{}, err
	}
	now := c.clock.Now()
	serial := newSerial()
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		// The serial in the name tells two roots apart during a roll-over.
		Subject:   pkix.Name{CommonName: "Bellwether CA " + hex.EncodeToString(serial.Bytes()[:4])},
		NotBefore: now.Add(-Backdate), NotAfter: now.Add(RootValid),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return newRoot{}, err
	}
	return newRoot{
		row: rootRow{
			ID: c.db.NewID(), Kind: k.name, Cert: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
			State: string(s), CreatedAt: now.UnixMilli(), ExpiresAt: tmpl.NotAfter.UnixMilli(),
		},
		key: secret.NewString(string(der)),
	}, nil
}

// load reads the roots that are in use, those that sign first.
func (c *CA) load(ctx context.Context) (roots []root, err error) {
	var rows []rootRow
	err = c.db.Read(ctx, func(q db.Q) (err error) {
		rows, err = liveRoots(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		block, _ := pem.Decode([]byte(row.Cert))
		if block == nil {
			return nil, fault.New(fault.Internal, "root %s is not PEM", row.ID)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read root %s: %w", row.ID, err)
		}
		roots = append(roots, root{id: row.ID, kind: row.Kind, state: state(row.State), cert: cert, key: secret.Ref(row.KeySecret)})
	}
	return roots, nil
}

// newSerial returns 127 random bits with the highest one set, so that a serial
// is never short, zero or negative.
func newSerial() *big.Int {
	b := secret.Random(16)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}
