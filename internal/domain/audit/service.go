package audit

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"sync"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// Service writes, lists and seals the log. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	vault  *secret.Vault
	log    *slog.Logger
	holder string // names this process to the sealer's lease

	mu   sync.Mutex // guards head, keys
	head Checkpoint // newest seal that this process made or saw
	keys map[string]ed25519.PrivateKey
}

// New returns the log of a database.
func New(d *db.DB, v *secret.Vault) *Service {
	return &Service{db: d, vault: v, log: d.Log(), holder: d.NewID(), keys: map[string]ed25519.PrivateKey{}}
}

// Record writes e in the caller's transaction; the actor comes from the
// context's scope. A change without an actor is fault.Internal: somebody forgot
// to say on whose behalf the work runs.
func (s *Service) Record(ctx context.Context, tx *db.Tx, e Entry) error {
	a := scope.From(ctx).Actor
	if a.Kind == "" || e.Action == "" || e.SubjectKind == "" {
		return fault.New(fault.Internal, "record %q in the operation log: no actor, action or subject", e.Action)
	}
	before, err := encode(e.Before)
	if err != nil {
		return fmt.Errorf("record %s: state before: %w", e.Action, err)
	}
	after, err := encode(e.After)
	if err != nil {
		return fmt.Errorf("record %s: state after: %w", e.Action, err)
	}
	row := &auditRow{
		ID: s.db.NewID(), TenantID: e.TenantID, OrgID: e.OrgID, At: s.db.Now().UnixMilli(),
		ActorKind: string(a.Kind), ActorID: clean(a.ID, 128), ActorName: clean(a.Name, 256), Address: clean(a.Address, 64),
		Action: e.Action, SubjectKind: e.SubjectKind, SubjectID: clean(e.SubjectID, 128), SubjectName: clean(e.SubjectName, 512),
		Before: before, After: after,
	}
	if err := db.Insert(ctx, tx, row); err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

// List returns the rows within the context's scope that match f, newest first.
// In a scope of single organizations it shows their rows alone, not those of
// the tenant as a whole. It fails with fault.Invalid for a bad cursor.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Row], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = list(ctx, q, f)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("list the operation log: %w", err)
	}
	return out, nil
}
