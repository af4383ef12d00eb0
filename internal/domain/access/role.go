package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Roles lists the built-in roles and the custom ones that the asker may see:
// those of the platform, and those of tenants where it holds role.read.
func (s *Service) Roles(ctx context.Context) (out []Role, err error) {
	ctx = platform(ctx)
	out = builtInRoles()
	err = s.db.Read(ctx, func(q db.Q) error {
		rows, err := listRoles(ctx, q)
		for _, row := range rows {
			if s.seesRole(ctx, row) {
				out = append(out, row.role())
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return out, nil
}

// GetRole returns one role, built-in or custom.
func (s *Service) GetRole(ctx context.Context, id string) (out Role, err error) {
	ctx = platform(ctx)
	for _, r := range builtInRoles() {
		if r.ID == id {
			return r, nil
		}
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		row, err := s.visibleRole(ctx, q, id)
		out = row.role()
		return err
	})
	if err != nil {
		return Role{}, fmt.Errorf("read a role: %w", err)
	}
	return out, nil
}

// CreateRole makes a custom role, on a tenant or (TenantID "") usable
// everywhere. The maker needs role.write there and everything that is in it.
func (s *Service) CreateRole(ctx context.Context, r Role) (Role, error) {
	ctx = platform(ctx)
	row := roleRow{ID: s.db.NewID(), TenantID: r.TenantID, Version: 1, CreatedAt: s.db.Now().UnixMilli()}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := placeOf(ctx, tx, Grant{TenantID: r.TenantID}); err != nil {
			return err
		}
		if err := s.mayShape(ctx, row.TenantID, r.Permissions); err != nil {
			return err
		}
		if err := s.setRole(&row, r.Name, r.Permissions); err != nil {
			return err
		}
		if err := db.Map(db.Insert(ctx, tx, &row)); err != nil {
			return roleTaken(err)
		}
		return s.auditRole(ctx, tx, "role.create", nil, &row)
	})
	if err != nil {
		return Role{}, fmt.Errorf("make a role: %w", err)
	}
	return row.role(), nil
}

// RolePatch changes what is not nil.
type RolePatch struct {
	Name        *string
	Permissions *Set
}

// UpdateRole changes a custom role, and with it what everyone may do who holds
// it. The changer needs everything that is and everything that was in it.
func (s *Service) UpdateRole(ctx context.Context, id string, p RolePatch, version int64) (Role, error) {
	ctx = platform(ctx)
	var row roleRow
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		before, err := s.customRole(ctx, tx, id)
		if err != nil {
			return err
		}
		row = before
		name, set := before.Name, before.set()
		if p.Name != nil {
			name = *p.Name
		}
		if p.Permissions != nil {
			set = *p.Permissions
		}
		if err := s.mayShape(ctx, row.TenantID, set|before.set()); err != nil {
			return err
		}
		if err := s.setRole(&row, name, set); err != nil {
			return err
		}
		row.Version = version + 1
		if err := db.Map(db.UpdateAt(ctx, tx, &row, version, "role")); err != nil {
			return roleTaken(err)
		}
		return s.auditRole(ctx, tx, "role.update", &before, &row)
	})
	if err != nil {
		return Role{}, fmt.Errorf("change a role: %w", err)
	}
	return row.role(), nil
}

// DeleteRole deletes a custom role that nobody holds; one in use is a
// fault.Conflict.
func (s *Service) DeleteRole(ctx context.Context, id string, version int64) error {
	ctx = platform(ctx)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		row, err := s.customRole(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.mayShape(ctx, row.TenantID, row.set()); err != nil {
			return err
		}
		n, err := countHolders(ctx, tx, id)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "%d grants or tokens use this role", n).WithCode("in_use")
		}
		if err := deleteRole(ctx, tx, id, version); err != nil {
			return err
		}
		return s.auditRole(ctx, tx, "role.delete", &row, nil)
	})
	if err != nil {
		return fmt.Errorf("delete a role: %w", err)
	}
	return nil
}

// setRole checks a role's fields and sets them.
func (s *Service) setRole(row *roleRow, name string, set Set) error {
	name = strings.TrimSpace(name)
	var wrong []fault.Field
	if name == "" || utf8.RuneCountInString(name) > limit.Name || name != printable(name, 4*limit.Name) {
		wrong = append(wrong, fault.Field{Path: "name", Message: "1 to 64 characters, none of them a control character"})
	}
	if _, taken := builtIn(strings.ToLower(name)); taken {
		wrong = append(wrong, fault.Field{Path: "name", Message: "a built-in role has that name"})
	}
	if set == 0 {
		wrong = append(wrong, fault.Field{Path: "permissions", Message: "at least one is needed"})
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("role is not valid", wrong...)
	}
	row.Name, row.NameKey, row.UpdatedAt = name, strings.ToLower(name), s.db.Now().UnixMilli()
	row.put(set)
	return nil
}

// mayShape fails unless the asker holds role.write and all of set on the tenant.
func (s *Service) mayShape(ctx context.Context, tenantID string, set Set) error {
	w := Where{TenantID: tenantID}
	if err := s.Authorize(ctx, RoleWrite, w); err != nil {
		return err
	}
	if p, _ := From(ctx); !system(ctx) && !set.Within(p.At(w)) {
		return fault.New(fault.Denied, "a role cannot hold more than you hold there yourself")
	}
	return nil
}

func (s *Service) seesRole(ctx context.Context, row roleRow) bool {
	who, ok := From(ctx)
	return system(ctx) || ok && (row.TenantID == "" || who.May(RoleRead, Where{TenantID: row.TenantID, Any: true}))
}

func (s *Service) visibleRole(ctx context.Context, q db.Q, id string) (roleRow, error) {
	row, err := findRole(ctx, q, id)
	if err == nil && !s.seesRole(ctx, row) {
		err = hidden("role")
	}
	return row, err
}

// customRole is visibleRole for a change.
func (s *Service) customRole(ctx context.Context, q db.Q, id string) (roleRow, error) {
	if _, ok := builtIn(id); ok {
		return roleRow{}, fault.New(fault.Denied, "a built-in role cannot be changed")
	}
	return s.visibleRole(ctx, q, id)
}

// usableRole returns a role that may be granted on a tenant ("" the platform).
func (s *Service) usableRole(ctx context.Context, q db.Q, id, tenantID string) (Role, error) {
	missing := fault.InvalidFields("grant is not valid", fault.Field{Path: "role_id", Message: "there is no such role here"})
	if set, ok := builtIn(id); ok {
		if id == RolePlatformOwner && tenantID != "" {
			return Role{}, fault.InvalidFields("grant is not valid", fault.Field{Path: "role_id", Message: "this role is held on the platform only"})
		}
		return Role{ID: id, Name: id, Permissions: set, BuiltIn: true}, nil
	}
	row, err := findRole(ctx, q, id)
	if fault.Is(err, fault.NotFound) || err == nil && row.TenantID != "" && row.TenantID != tenantID {
		return Role{}, missing
	}
	return row.role(), err
}

func roleTaken(err error) error {
	if fault.Is(err, fault.Conflict) && fault.CodeOf(err) == "" {
		return fault.New(fault.Conflict, "a role of that name exists").WithCode("name_taken")
	}
	return err
}

func (s *Service) auditRole(ctx context.Context, tx *db.Tx, action string, before, after *roleRow) error {
	e := audit.Entry{Action: action, SubjectKind: "role"}
	for _, r := range []*roleRow{before, after} {
		if r != nil {
			e.TenantID, e.SubjectID, e.SubjectName = r.TenantID, r.ID, r.Name
		}
	}
	if before != nil {
		e.Before = map[string]any{"name": before.Name, "permissions": before.set().Names()}
	}
	if after != nil {
		e.After = map[string]any{"name": after.Name, "permissions": after.set().Names()}
	}
	return s.audit.Record(ctx, tx, e)
}

func (r roleRow) set() Set {
	var names []Permission
	if json.Unmarshal([]byte(r.Permissions), &names) != nil {
		return 0
	}
	return SetOf(names...)
}

func (r *roleRow) put(s Set) {
	b, _ := json.Marshal(s.Names()) // strings always encode
	r.Permissions = string(b)
}

func (r roleRow) role() Role {
	return Role{
		ID: r.ID, TenantID: r.TenantID, Name: r.Name, Permissions: r.set(), Version: r.Version,
		CreatedAt: clock.FromMillis(r.CreatedAt), UpdatedAt: clock.FromMillis(r.UpdatedAt),
	}
}
