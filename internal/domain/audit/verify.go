package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Report is what Verify found.
type Report struct {
	Seals, Rows int64      // that were checked
	Unsealed    int64      // rows that wait for a seal
	Head        Checkpoint // of the chain as it is now
	Broken      string     // "" where everything fits; else the first thing that does not, in words
}

// Verify walks the whole chain. It notices every sealed row and every seal that
// was edited, deleted, moved or added. Seals cut off at the end are noticed
// against what this process sealed itself and against the known checkpoints,
// which the log keeps. An error means that it could not look.
func (s *Service) Verify(ctx context.Context, known ...Checkpoint) (Report, error) {
	ctx = scope.AsSystem(ctx, "audit.verify")
	s.mu.Lock()
	if s.head.Seq > 0 {
		known = append(known[:len(known):len(known)], s.head)
	}
	s.mu.Unlock()
	var r Report
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		r, err = s.verify(ctx, q, known)
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the operation log: %w", err)
	}
	return r, nil
}

func (s *Service) verify(ctx context.Context, q db.Q, known []Checkpoint) (r Report, err error) {
	if r.Unsealed, err = countRows(ctx, q, false); err != nil {
		return r, err
	}
	for {
		seals, err := sealsAfter(ctx, q, r.Head.Seq, 100)
		if err != nil {
			return r, err
		}
		for _, seal := range seals {
			if r.Broken, err = s.checkSeal(ctx, q, seal, r.Head); err != nil || r.Broken != "" {
				return r, err
			}
			r.Seals, r.Rows = r.Seals+1, r.Rows+seal.RowsSealed
			r.Head = Checkpoint{Seq: seal.Seq, Hash: seal.Hash}
			if r.Broken = atOdds(r.Head, known); r.Broken != "" {
				return r, nil
			}
		}
		if len(seals) == 0 {
			break
		}
	}
	for _, k := range known {
		if k.Seq > r.Head.Seq {
			r.Broken = fmt.Sprintf("the chain ends with seal %d, but seal %d is known to have existed", r.Head.Seq, k.Seq)
			return r, nil
		}
	}
	sealed, err := countRows(ctx, q, true)
	if err == nil && sealed != r.Rows {
		r.Broken = fmt.Sprintf("%d rows claim to be sealed, but the seals cover %d", sealed, r.Rows)
	}
	return r, err
}

// checkSeal returns in words what does not fit, "" where all does.
func (s *Service) checkSeal(ctx context.Context, q db.Q, seal sealRow, before Checkpoint) (string, error) {
	if seal.Seq != before.Seq+1 {
		return fmt.Sprintf("seal %d is missing", before.Seq+1), nil
	}
	if seal.PrevHash != before.Hash {
		return fmt.Sprintf("seal %d does not continue the one before", seal.Seq), nil
	}
	rows, err := sealedBy(ctx, q, seal.Seq)
	if err != nil {
		return "", err
	}
	if int64(len(rows)) != seal.RowsSealed {
		return fmt.Sprintf("seal %d covers %d rows, but %d are there", seal.Seq, seal.RowsSealed, len(rows)), nil
	}
	sum := sealHash(seal, rows)
	if hex.EncodeToString(sum) != seal.Hash {
		return fmt.Sprintf("a row or a field of seal %d was changed", seal.Seq), nil
	}
	key, err := s.openKey(ctx, q, seal.KeyID)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) {
		return fmt.Sprintf("seal %d names a key that is not ours", seal.Seq), nil
	}
	if err != nil {
		return "", err
	}
	sig, err := base64.StdEncoding.DecodeString(seal.Signature)
	if err != nil || !ed25519.Verify(key.Public().(ed25519.PublicKey), sum, sig) {
		return fmt.Sprintf("the signature of seal %d is not ours", seal.Seq), nil //nolint:nilerr // a finding, not a failure
	}
	return "", nil
}

// atOdds compares the chain with what is known of it.
func atOdds(c Checkpoint, known []Checkpoint) string {
	for _, k := range known {
		if k.Seq == c.Seq && k.Hash != c.Hash {
			return fmt.Sprintf("seal %d is not the one that is known", c.Seq)
		}
	}
	return ""
}
