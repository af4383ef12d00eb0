package access

import "time"

// The built-in roles (ruling 49). Their ids are their names. A reseller is an
// operator with roles on several tenants.
const (
	RolePlatformOwner = "platform-owner"
	RoleOwner         = "owner"
	RoleAdministrator = "administrator"
	RoleOperator      = "operator"
	RoleReadOnly      = "read-only"
)

// Role is a named set of permissions.
type Role struct {
	ID          string
	TenantID    string // a custom role of one tenant; "" = usable everywhere
	Name        string
	Permissions Set
	BuiltIn     bool
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// builtIn returns a built-in role's permissions.
func builtIn(id string) (Set, bool) {
	looks := SetOf(OrgRead, SiteRead, DeviceRead, TemplateRead, AccountRead, ResourceRead, RPSRead, TaskRead, RequestRead, AlarmRead)
	works := looks | SetOf(DeviceWrite, DeviceCommand, FreezeWrite, ClaimProve, TemplateWrite, AccountWrite, ResourceWrite, PlanPush, TaskWrite, AlarmWrite)
	runs := works | SetOf(TenantRead, OrgWrite, SiteWrite, RPSWrite, AuditRead, SecretReveal, OperatorRead, OperatorWrite, RoleRead, TokenWrite)
	switch id {
	case RolePlatformOwner:
		return everything, true
	case RoleOwner:
		return runs | SetOf(TenantWrite, RoleWrite), true
	case RoleAdministrator:
		return runs, true
	case RoleOperator:
		return works, true
	case RoleReadOnly:
		return looks, true
	}
	return 0, false
}

// builtInRoles lists them, strongest first.
func builtInRoles() []Role {
	var out []Role
	for _, id := range []string{RolePlatformOwner, RoleOwner, RoleAdministrator, RoleOperator, RoleReadOnly} {
		set, _ := builtIn(id)
		out = append(out, Role{ID: id, Name: id, Permissions: set, BuiltIn: true, Version: 1})
	}
	return out
}
