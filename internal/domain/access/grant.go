package access

import (
	"context"
	"fmt"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Grant is a role that an operator holds on a place. An empty TenantID is the
// platform, an empty OrgID the whole tenant, an empty SiteID the whole
// organization.
type Grant struct {
	ID         string
	OperatorID string
	RoleID     string
	RoleName   string
	TenantID   string
	OrgID      string
	SiteID     string
	CreatedAt  time.Time
}

// Grant gives an operator a role on a place. The giver needs operator.write
// there and itself everything that the role has; it fails with fault.Denied or
// fault.NotFound otherwise, with fault.Invalid where role or place do not
// exist, and with fault.Conflict where the operator has the grant.
func (s *Service) Grant(ctx context.Context, g Grant) (out Grant, err error) {
	ctx = platform(ctx)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		op, err := s.visible(ctx, tx, g.OperatorID)
		if err != nil {
			return err
		}
		out, err = s.grant(ctx, tx, op, g)
		return err
	})
	if err != nil {
		return Grant{}, fmt.Errorf("grant a role: %w", err)
	}
	return out, nil
}

func (s *Service) grant(ctx context.Context, tx *db.Tx, op operatorRow, g Grant) (Grant, error) {
	g.OperatorID = op.ID
	role, err := s.usableRole(ctx, tx, g.RoleID, g.TenantID)
	if err != nil {
		return Grant{}, err
	}
	w, err := placeOf(ctx, tx, g)
	if err != nil {
		return Grant{}, err
	}
	if err := s.mayGive(ctx, role.Permissions, w); err != nil {
		return Grant{}, err
	}
	g.ID, g.RoleName, g.CreatedAt = s.db.NewID(), role.Name, s.db.Now()
	if err := insertGrant(ctx, tx, g); err != nil {
		return Grant{}, err
	}
	return g, s.auditGrant(ctx, tx, "grant.create", op, g)
}

// Revoke takes a grant away. It needs what giving it needs, and the last
// enabled platform owner keeps its own (fault.Conflict).
func (s *Service) Revoke(ctx context.Context, operatorID, grantID string) error {
	ctx = platform(ctx)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "access.owners"); err != nil {
			return err
		}
		op, err := s.visible(ctx, tx, operatorID)
		if err != nil {
			return err
		}
		g, err := findGrant(ctx, tx, op.ID, grantID)
		if err != nil {
			return err
		}
		if err := s.mayUndo(ctx, tx, g); err != nil {
			return err
		}
		if err := remove(ctx, tx, &grantRow{}, g.ID); err != nil {
			return err
		}
		if g.RoleID == RolePlatformOwner {
			if err := s.keepsOwner(ctx, tx); err != nil {
				return err
			}
		}
		return s.auditGrant(ctx, tx, "grant.delete", op, g.grant())
	})
	if err != nil {
		return fmt.Errorf("revoke a role: %w", err)
	}
	return nil
}

// mayGive fails unless the context's principal holds operator.write and all of
// set on w: nobody gives more than it has.
func (s *Service) mayGive(ctx context.Context, set Set, w Where) error {
	if err := s.Authorize(ctx, OperatorWrite, w); err != nil {
		return err
	}
	if system(ctx) {
		return nil
	}
	p, _ := From(ctx)
	if missing := set &^ p.At(w); missing != 0 {
		return fault.New(fault.Denied, "nobody gives or takes more than they hold there themselves: %s is missing", missing.List()[0])
	}
	return nil
}

// mayUndo is mayGive for a grant that exists. Its place may be gone by now.
func (s *Service) mayUndo(ctx context.Context, q db.Q, g grantRow) error {
	w, err := placeOf(ctx, q, g.grant())
	if fault.Is(err, fault.Invalid) {
		w, err = Where{TenantID: g.TenantID, OrgID: g.OrgID}, nil
	}
	if err != nil {
		return err
	}
	return s.mayGive(ctx, g.set(), w)
}

// over fails unless the context's principal could take away everything that an
// operator holds. Only then may it change the operator itself: sign it in, set
// its password, end its sessions.
func (s *Service) over(ctx context.Context, q db.Q, operatorID string) (operatorRow, error) {
	op, err := s.visible(ctx, q, operatorID)
	if err != nil {
		return op, err
	}
	grants, err := grantsOf(ctx, q, op.ID)
	if err != nil {
		return op, err
	}
	for _, g := range grants {
		if err := s.mayUndo(ctx, q, g); err != nil {
			return op, fault.New(fault.Denied, "this operator holds rights that you do not")
		}
	}
	if len(grants) == 0 {
		return op, s.Authorize(ctx, OperatorWrite, Where{})
	}
	return op, nil
}

// keepsOwner fails where no enabled platform owner is left.
func (s *Service) keepsOwner(ctx context.Context, q db.Q) error {
	n, err := countOwners(ctx, q)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "this is the last platform owner: make another one first").WithCode("last_owner")
	}
	return err
}

func (s *Service) auditGrant(ctx context.Context, tx *db.Tx, action string, op operatorRow, g Grant) error {
	e := audit.Entry{TenantID: g.TenantID, OrgID: g.OrgID, Action: action, SubjectKind: "operator", SubjectID: op.ID, SubjectName: op.Login}
	state := map[string]string{"role": g.RoleID, "role_name": g.RoleName, "tenant": g.TenantID, "org": g.OrgID, "site": g.SiteID}
	if action == "grant.create" {
		e.After = state
	} else {
		e.Before = state
	}
	return s.audit.Record(ctx, tx, e)
}

func system(ctx context.Context) bool { return scope.From(ctx).Actor.Kind == scope.System }

// hideDenied turns "you may not" into "there is none", where knowing that it
// exists is more than the asker may have.
func hideDenied(err error, what string) error {
	if fault.Is(err, fault.Denied) {
		return hidden(what)
	}
	return err
}

func (g grantRow) set() Set {
	if s, ok := builtIn(g.RoleID); ok {
		return s
	}
	return roleRow{Permissions: g.Permissions}.set()
}

func (g grantRow) grant() Grant {
	name := g.RoleName
	if name == "" {
		name = g.RoleID
	}
	return Grant{
		ID: g.ID, OperatorID: g.OperatorID, RoleID: g.RoleID, RoleName: name,
		TenantID: g.TenantID, OrgID: g.OrgID, SiteID: g.SiteID, CreatedAt: clock.FromMillis(g.CreatedAt),
	}
}
