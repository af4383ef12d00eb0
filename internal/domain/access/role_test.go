package access_test

import (
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
)

func TestService_roles(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("root", platformOwner())
		b.operator("owner", tenant(access.RoleOwner, "t1"))
		b.operator("admin", tenant(access.RoleAdministrator, "t1"))
		clerk := b.operator("clerk", org(access.RoleOperator, "t1", "o1"))
		owner := b.as("owner")
		desk := access.SetOf(access.DeviceRead, access.DeviceWrite)

		made, err := b.CreateRole(owner, access.Role{TenantID: "t1", Name: "Front desk", Permissions: desk})
		b.ok("make a role", err)
		_, err = b.CreateRole(owner, access.Role{TenantID: "t1", Name: "FRONT desk", Permissions: desk})
		b.want("the same name", err, fault.Conflict)
		for name, tc := range map[string]struct {
			role access.Role
			want fault.Kind
		}{
			"a built-in name":      {access.Role{TenantID: "t1", Name: "Owner", Permissions: desk}, fault.Invalid},
			"no permission":        {access.Role{TenantID: "t1", Name: "x"}, fault.Invalid},
			"no name":              {access.Role{TenantID: "t1", Permissions: desk}, fault.Invalid},
			"more than one has":    {access.Role{TenantID: "t1", Name: "x", Permissions: access.SetOf(access.SystemRead)}, fault.Denied},
			"another tenant":       {access.Role{TenantID: "t2", Name: "x", Permissions: desk}, fault.NotFound},
			"tenant that is none":  {access.Role{TenantID: "t9", Name: "x", Permissions: desk}, fault.Invalid},
			"usable everywhere":    {access.Role{Name: "x", Permissions: desk}, fault.Denied},
			"name with a new line": {access.Role{TenantID: "t1", Name: "a\nb", Permissions: desk}, fault.Invalid},
		} {
			_, err := b.CreateRole(owner, tc.role)
			b.want(name, err, tc.want)
		}
		_, err = b.CreateRole(b.as("admin"), access.Role{TenantID: "t1", Name: "x", Permissions: desk})
		b.want("without role.write", err, fault.Denied)

		g := org(made.ID, "t1", "o1")
		g.OperatorID = clerk.ID
		_, err = b.Grant(owner, g)
		b.ok("give it", err)
		g = tenant(made.ID, "t2")
		g.OperatorID = clerk.ID
		_, err = b.Grant(b.as("root"), g)
		b.want("give it on another tenant", err, fault.Invalid)
		b.want("delete it in use", b.DeleteRole(owner, made.ID, made.Version), fault.Conflict)

		more := desk | access.SetOf(access.SiteWrite)
		made, err = b.UpdateRole(owner, made.ID, access.RolePatch{Permissions: &more, Name: str("Desk")}, made.Version)
		b.ok("change it", err)
		p, _ := access.From(b.as("clerk"))
		if !p.May(access.SiteWrite, access.Where{TenantID: "t1", OrgID: "o1"}) {
			b.t.Error("who holds the role does not hold what was added")
		}
		none, beyond := access.Set(0), access.SetOf(access.UnclaimedRead)
		_, err = b.UpdateRole(owner, made.ID, access.RolePatch{Permissions: &none}, made.Version)
		b.want("empty it", err, fault.Invalid)
		_, err = b.UpdateRole(owner, made.ID, access.RolePatch{Permissions: &beyond}, made.Version)
		b.want("more than one has", err, fault.Denied)
		_, err = b.UpdateRole(owner, made.ID, access.RolePatch{Name: str("y")}, made.Version-1)
		b.want("a stale version", err, fault.Conflict)
		_, err = b.UpdateRole(b.as("root"), access.RoleOwner, access.RolePatch{Name: str("y")}, 1)
		b.want("a built-in one", err, fault.Denied)

		wide, err := b.CreateRole(b.as("root"), access.Role{Name: "Watcher", Permissions: access.SetOf(access.DeviceRead, access.UnclaimedRead)})
		b.ok("one for everywhere", err)
		b.want("delete what is above one", b.DeleteRole(owner, wide.ID, wide.Version), fault.Denied)
		for login, want := range map[string]int{"root": 7, "owner": 7, "clerk": 6} {
			roles, err := b.Roles(b.as(login))
			if err != nil || len(roles) != want {
				b.t.Errorf("%s sees %d roles, %v", login, len(roles), err)
			}
		}
		if _, err := b.GetRole(b.as("clerk"), made.ID); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("a role of the tenant to who may not read roles: %v", err)
		}
		b.ok("delete it", b.DeleteRole(b.as("root"), wide.ID, wide.Version))
	})
}

func TestBuiltInRoles(t *testing.T) {
	t.Parallel()
	b := one(t)
	roles, err := b.Roles(b.system())
	if err != nil || len(roles) != 5 {
		t.Fatal(roles, err)
	}
	for i, r := range roles[1:] {
		if !r.Permissions.Within(roles[i].Permissions) || r.Permissions == roles[i].Permissions || !r.BuiltIn {
			t.Errorf("%s is not less than %s", r.ID, roles[i].ID)
		}
	}
	for _, p := range roles[4].Permissions.List() {
		if p[len(p)-5:] != ".read" {
			t.Errorf("read-only holds %s", p)
		}
	}
	if roles[3].Permissions.Has(access.SecretReveal) {
		t.Error("an operator may reveal secrets")
	}
}
