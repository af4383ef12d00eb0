// Package access knows the operators: who they are, how they sign in, and what
// each may do where. It is not the place for phones (domain/identity).
//
// A door hands a session or token to Service.Authenticate and puts the Principal
// into the context with With. Every verb of a noun then calls Authorize with the
// permission that it needs and the place of what it touches; Enter does the same
// and also narrows the scope to that place. Start reading at where.go for the
// rule, roles.go for the roles, login.go for signing in.
package access

import (
	"math/bits"
	"slices"
	"strconv"

	"bellwether/internal/platform/fault"
)

// Permission is one thing that an operator may do, as noun.verb. A noun's read
// permission is also what makes its objects visible.
type Permission string

// The permissions. Where one is held on the platform, it holds everywhere.
const (
	TenantRead    Permission = "tenant.read"
	TenantWrite   Permission = "tenant.write" // on the platform: also make tenants
	OrgRead       Permission = "org.read"
	OrgWrite      Permission = "org.write" // on a tenant: also make organizations
	SiteRead      Permission = "site.read"
	SiteWrite     Permission = "site.write"
	DeviceRead    Permission = "device.read"
	DeviceWrite   Permission = "device.write"
	DeviceCommand Permission = "device.command" // have a phone do something
	FreezeWrite   Permission = "freeze.write"   // hold back everything that would change phones
	TemplateRead  Permission = "template.read"
	TemplateWrite Permission = "template.write"
	ClaimProve    Permission = "claim.prove" // by what stands on a phone's label
	AccountRead   Permission = "account.read"
	AccountWrite  Permission = "account.write"
	ResourceRead  Permission = "resource.read"
	ResourceWrite Permission = "resource.write" // of an image for anyone: also tenant.write on the platform
	RPSRead       Permission = "rps.read"
	RPSWrite      Permission = "rps.write" // on a tenant: also make and edit redirection profiles
	PlanPush      Permission = "plan.push"
	TaskRead      Permission = "task.read"
	TaskWrite     Permission = "task.write"
	RequestRead   Permission = "request.read"
	AlarmRead     Permission = "alarm.read"
	AlarmWrite    Permission = "alarm.write" // acknowledge, mask, note and clear
	AuditRead     Permission = "audit.read"
	SecretReveal  Permission = "secret.reveal"
	OperatorRead  Permission = "operator.read"
	OperatorWrite Permission = "operator.write"
	RoleRead      Permission = "role.read"
	RoleWrite     Permission = "role.write"
	TokenWrite    Permission = "token.write" // make API tokens of one's own
	UnclaimedRead Permission = "unclaimed.read"
	SystemRead    Permission = "system.read"
)

// permissions gives each its bit in a Set. Sets live in memory alone, so that
// the order is free.
var permissions = [...]Permission{
	TenantRead, TenantWrite, OrgRead, OrgWrite, SiteRead, SiteWrite, DeviceRead, DeviceWrite, DeviceCommand, FreezeWrite,
	TemplateRead, TemplateWrite, AccountRead, AccountWrite, ResourceRead, ResourceWrite, RPSRead, RPSWrite, PlanPush, TaskRead, TaskWrite,
	RequestRead, AlarmRead, AlarmWrite, AuditRead, SecretReveal, OperatorRead, OperatorWrite, RoleRead, RoleWrite,
	TokenWrite, UnclaimedRead, SystemRead, ClaimProve,
}

// Permissions lists every permission.
func Permissions() []Permission { return slices.Clone(permissions[:]) }

// Set is a set of permissions.
type Set uint64

// everything is every permission.
const everything Set = 1<<len(permissions) - 1

// SetOf makes a set; what is no permission is left out.
func SetOf(list ...Permission) (s Set) {
	for _, p := range list {
		s |= bit(p)
	}
	return s
}

// ParseSet is SetOf for names from outside: an unknown one is fault.Invalid.
func ParseSet(names []string) (Set, error) {
	var s Set
	for _, n := range names {
		b := bit(Permission(n))
		if b == 0 {
			return 0, fault.InvalidFields("role is not valid", fault.Field{Path: "permissions", Message: "there is no permission " + strconv.Quote(n)})
		}
		s |= b
	}
	return s, nil
}

func bit(p Permission) Set {
	if i := slices.Index(permissions[:], p); i >= 0 {
		return 1 << i
	}
	return 0
}

// Has reports whether p is in the set.
func (s Set) Has(p Permission) bool { return bit(p) != 0 && s&bit(p) != 0 }

// Within reports whether other has everything that s has.
func (s Set) Within(other Set) bool { return s&^other == 0 }

// List returns the set's permissions in the order of Permissions.
func (s Set) List() []Permission {
	out := make([]Permission, 0, bits.OnesCount64(uint64(s)))
	for _, p := range permissions {
		if s.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// Names is List as text.
func (s Set) Names() []string {
	out := []string{}
	for _, p := range s.List() {
		out = append(out, string(p))
	}
	return out
}
