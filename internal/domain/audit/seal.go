package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// JobSeal is the kind of the job that seals, SealEvery how often it runs: twice
// as often as a row may go unsealed.
const (
	JobSeal   = "audit.seal"
	SealEvery = 30 * time.Second
)

// sealRows is how many rows one seal covers at most.
const sealRows = 500

// sealLease is longer than sealing one batch takes; it is renewed before each.
const sealLease = time.Minute

// Checkpoint is the head of the chain at some moment. Kept outside the database
// it lets Verify notice that the newest seals were cut off.
type Checkpoint struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// HandleSeal is JobSeal's handler.
func (s *Service) HandleSeal(ctx context.Context, _ json.RawMessage) error { return s.Seal(ctx) }

// Seal covers every row that no seal covers yet. Where another node is sealing
// it does nothing.
func (s *Service) Seal(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, JobSeal)
	for {
		_, ok, err := s.db.Lease(ctx, JobSeal, s.holder, sealLease)
		if err != nil {
			return fmt.Errorf("seal the operation log: %w", err)
		}
		if !ok {
			return nil
		}
		n, err := s.sealBatch(ctx)
		if err != nil {
			return fmt.Errorf("seal the operation log: %w", err)
		}
		if n < sealRows {
			return s.db.ReleaseLease(ctx, JobSeal, s.holder)
		}
	}
}

func (s *Service) sealBatch(ctx context.Context) (n int, err error) {
	var made sealRow
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		rows, err := unsealed(ctx, tx, sealRows)
		n = len(rows)
		if err != nil || n == 0 {
			return err
		}
		last, err := lastSeal(ctx, tx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		made = sealRow{
			Seq: last.Seq + 1, FromID: rows[0].ID, ToID: rows[n-1].ID, RowsSealed: int64(n),
			PrevHash: last.Hash, SealedAt: s.db.Now().UnixMilli(),
		}
		key, keyID, err := s.signingKey(ctx, tx)
		if err != nil {
			return err
		}
		sum := sealHash(made, rows)
		made.Hash, made.KeyID = hex.EncodeToString(sum), keyID
		made.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, sum))
		hit, err := markSealed(ctx, tx, rows, made.Seq)
		if err != nil {
			return err
		}
		if hit != int64(n) {
			return fault.New(fault.Conflict, "%d of %d rows were sealed by another node meanwhile", int64(n)-hit, n)
		}
		return db.Insert(ctx, tx, &made) // its number is unique: of two sealers one fails here
	})
	if err != nil || n == 0 {
		return n, err
	}
	s.saw(Checkpoint{Seq: made.Seq, Hash: made.Hash})
	// The line is the copy of the chain's head that lies outside the database.
	s.log.InfoContext(ctx, "audit sealed", "seq", made.Seq, "hash", made.Hash, "rows", n)
	return n, nil
}

func (s *Service) saw(c Checkpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Seq > s.head.Seq {
		s.head = c
	}
}

// sealHash covers the seal's own fields and every row, in the order of ids.
func sealHash(seal sealRow, rows []auditRow) []byte {
	h := sha256.New()
	h.Write(canonical("audit seal 1", seal.PrevHash, number(seal.Seq), number(seal.RowsSealed),
		seal.FromID, seal.ToID, number(seal.SealedAt)))
	for _, r := range rows {
		sum := sha256.Sum256(canonical("audit row 1", r.ID, r.TenantID, r.OrgID, number(r.At),
			r.ActorKind, r.ActorID, r.ActorName, r.Address,
			r.Action, r.SubjectKind, r.SubjectID, r.SubjectName, r.Before, r.After))
		h.Write(sum[:])
	}
	return h.Sum(nil)
}

// canonical writes the parts with their lengths in front, so that no two lists
// of parts give the same bytes.
func canonical(parts ...string) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// keyOwner is whose secret the signing key is.
var keyOwner = secret.Owner{Kind: secret.OwnerPKI, ID: "audit"}

// signingKey opens the key that signs, and makes the first one.
func (s *Service) signingKey(ctx context.Context, tx *db.Tx) (ed25519.PrivateKey, string, error) {
	ref, ok, err := s.vault.Find(ctx, tx, keyOwner)
	if err != nil {
		return nil, "", err
	}
	if !ok {
		seed := secret.NewString(string(secret.Random(ed25519.SeedSize)))
		if ref, err = s.vault.Seal(ctx, tx, keyOwner, seed); err != nil {
			return nil, "", err
		}
	}
	key, err := s.openKey(ctx, tx, string(ref))
	return key, string(ref), err
}

// openKey opens a signing key by the name that a seal carries. A name of any
// other secret is refused: the seal was forged.
func (s *Service) openKey(ctx context.Context, q db.Q, keyID string) (ed25519.PrivateKey, error) {
	s.mu.Lock()
	key, ok := s.keys[keyID]
	s.mu.Unlock()
	if ok {
		return key, nil
	}
	seed, err := s.vault.Open(ctx, q, secret.Ref(keyID), secret.ForPKI())
	if err != nil {
		return nil, err
	}
	if len(seed.Reveal()) != ed25519.SeedSize {
		return nil, fault.New(fault.Invalid, "%s is no signing key", keyID)
	}
	key = ed25519.NewKeyFromSeed([]byte(seed.Reveal()))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[keyID] = key
	return key, nil
}
