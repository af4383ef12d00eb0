package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// SetupKind is what a set-up link is good for.
type SetupKind string

// The kinds. First without an operator makes the platform owner of an empty
// installation; with one it sets that operator's password. SignIn signs its
// operator in and changes nothing.
const (
	First  SetupKind = "first"
	SignIn SetupKind = "signin"
)

// Setup is what a link that is still good says.
type Setup struct {
	Kind      SetupKind
	Login     string // "" where the platform owner is yet to be made
	ExpiresAt time.Time
}

// SetupInput is what comes with the redemption of a link. Login is used where
// the platform owner is made, Name and Password wherever the kind is First.
type SetupInput struct {
	Login, Name string
	Password    secret.String
}

// HasOwner reports whether an enabled platform owner exists. Where none does, a
// first start prints a link of kind First.
func (s *Service) HasOwner(ctx context.Context) (bool, error) {
	ctx = platform(ctx)
	var n int64
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		n, err = countOwners(ctx, q)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for a platform owner: %w", err)
	}
	return n > 0, nil
}

// NewSetupLink makes a link's token, good for half an hour and one use. With an
// operator it needs what changing that operator needs; without one only the
// system may ask, and only while there is no platform owner (fault.Conflict).
func (s *Service) NewSetupLink(ctx context.Context, kind SetupKind, operatorID string) (secret.String, error) {
	ctx = platform(ctx)
	token := secret.RandomText(tokenBytes)
	now := s.db.Now()
	row := setupRow{TokenHash: hashToken(token), OperatorID: operatorID, Kind: string(kind), CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(limit.SetupLife).UnixMilli()}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		name := "first operator"
		if operatorID == "" {
			if err := s.mayBegin(ctx, tx, kind); err != nil {
				return err
			}
		} else {
			op, err := s.over(ctx, tx, operatorID)
			if err != nil {
				return err
			}
			name = op.Login
		}
		if err := db.Insert(ctx, tx, &row); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{
			Action: "setup.create", SubjectKind: "operator", SubjectID: operatorID, SubjectName: name, After: map[string]string{"kind": string(kind)},
		})
	})
	if err != nil {
		return secret.String{}, fmt.Errorf("make a set-up link: %w", err)
	}
	return token, nil
}

// mayBegin judges a link that makes the platform owner.
func (s *Service) mayBegin(ctx context.Context, q db.Q, kind SetupKind) error {
	if !system(ctx) || kind != First {
		return fault.New(fault.Denied, "a set-up link needs an operator")
	}
	n, err := countOwners(ctx, q)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "there is a platform owner already").WithCode("set_up")
	}
	return err
}

// PeekSetup says what a link is good for without using it. It fails with
// fault.NotFound for one that is unknown, used or too old.
func (s *Service) PeekSetup(ctx context.Context, token secret.String) (out Setup, err error) {
	ctx = stranger(ctx, "")
	err = s.db.Read(ctx, func(q db.Q) error {
		row, op, err := s.setup(ctx, q, token)
		out = Setup{Kind: SetupKind(row.Kind), Login: op.Login, ExpiresAt: clock.FromMillis(row.ExpiresAt)}
		return err
	})
	if err != nil {
		return Setup{}, fmt.Errorf("read a set-up link: %w", err)
	}
	return out, nil
}

func (s *Service) setup(ctx context.Context, q db.Q, token secret.String) (row setupRow, op operatorRow, err error) {
	gone := fault.New(fault.NotFound, "this link was used already or is too old: make a new one")
	row, err = findSetup(ctx, q, hashToken(token))
	if err == nil && (row.UsedAt != 0 || row.ExpiresAt <= s.db.Now().UnixMilli()) || fault.Is(err, fault.NotFound) {
		return setupRow{}, op, gone
	}
	if err != nil || row.OperatorID == "" {
		return row, op, err
	}
	op, err = findOperator(ctx, q, row.OperatorID)
	if err == nil && op.Disabled != 0 || fault.Is(err, fault.NotFound) {
		return setupRow{}, operatorRow{}, gone
	}
	return row, op, err
}

// RedeemSetup uses a link up and signs its operator in. Input that will not do
// (fault.Invalid) leaves the link good. Of two at once one succeeds.
func (s *Service) RedeemSetup(ctx context.Context, token secret.String, in SetupInput, address, userAgent string) (session secret.String, p Principal, err error) {
	ctx = stranger(ctx, address)
	var link setupRow
	var op operatorRow
	err = s.db.Read(ctx, func(q db.Q) (err error) {
		link, op, err = s.setup(ctx, q, token)
		return err
	})
	if err != nil {
		return session, p, fmt.Errorf("use a set-up link: %w", err)
	}
	fresh := link.OperatorID == ""
	if op, err = s.prepare(ctx, SetupKind(link.Kind), op, in); err != nil {
		return session, p, fmt.Errorf("use a set-up link: %w", err)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		used, err := useSetup(ctx, tx, link.TokenHash, s.db.Now().UnixMilli())
		if err == nil && !used {
			err = fault.New(fault.NotFound, "this link was used already")
		}
		if err != nil {
			return err
		}
		// From here on the operator itself acts.
		ctx := scope.With(ctx, scope.Scope{Actor: Principal{OperatorID: op.ID, Login: op.Login, Address: address}.actor(), Platform: true})
		if err := s.settle(ctx, tx, op, link, fresh); err != nil {
			return err
		}
		session, p, err = s.begin(ctx, tx, op, address, userAgent, "session.create")
		return err
	})
	if err != nil {
		return secret.String{}, Principal{}, fmt.Errorf("use a set-up link: %w", err)
	}
	return session, p, nil
}

// prepare fills the operator's row from the input, hashing outside of any
// transaction.
func (s *Service) prepare(ctx context.Context, kind SetupKind, op operatorRow, in SetupInput) (operatorRow, error) {
	if kind == SignIn {
		return op, nil
	}
	if in.Password.IsZero() {
		return op, fault.InvalidFields("operator is not valid", fault.Field{Path: "password", Message: fmt.Sprintf("at least %d characters", limit.PasswordMin)})
	}
	now := s.db.Now().UnixMilli()
	if op.ID == "" {
		op = operatorRow{ID: s.db.NewID(), Login: strings.TrimSpace(in.Login), CreatedAt: now}
	}
	if name := strings.TrimSpace(in.Name); name != "" {
		op.Name = name
	}
	op.UpdatedAt, op.Version = now, op.Version+1
	return op, s.fill(ctx, &op, in.Password)
}

// settle writes what the link brings about, besides signing in.
func (s *Service) settle(ctx context.Context, tx *db.Tx, op operatorRow, link setupRow, fresh bool) error {
	switch {
	case SetupKind(link.Kind) == SignIn:
		return nil
	case !fresh:
		if err := db.UpdateAt(ctx, tx, &op, op.Version-1, "operator"); err != nil {
			return err
		}
		if err := deleteSessionsOf(ctx, tx, op.ID, ""); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{
			Action: "operator.update", SubjectKind: "operator", SubjectID: op.ID, SubjectName: op.Login, After: map[string]string{"password": "changed"},
		})
	}
	if err := tx.Lock(ctx, "access.owners"); err != nil {
		return err
	}
	if n, err := countOwners(ctx, tx); err != nil || n > 0 {
		if err == nil {
			err = fault.New(fault.Conflict, "there is a platform owner already").WithCode("set_up")
		}
		return err
	}
	if err := s.insertOperator(ctx, tx, op); err != nil {
		return err
	}
	g := Grant{ID: s.db.NewID(), OperatorID: op.ID, RoleID: RolePlatformOwner, RoleName: RolePlatformOwner, CreatedAt: s.db.Now()}
	if err := insertGrant(ctx, tx, g); err != nil {
		return err
	}
	if err := s.auditGrant(ctx, tx, "grant.create", op, g); err != nil {
		return err
	}
	if s.cfg.OnFirst == nil {
		return nil
	}
	return s.cfg.OnFirst(ctx, tx)
}
