package audit

import (
	"context"

	"bellwether/internal/platform/db"
)

// Restarted returns s as the next start of the program has it.
func (s *Service) Restarted() *Service { return New(s.db, s.vault) }

// VerifyIn is Verify inside a transaction that is open.
func (s *Service) VerifyIn(ctx context.Context, q db.Q) (Report, error) {
	return s.verify(ctx, q, []Checkpoint{s.head})
}
