// Package scope says on whose behalf a piece of work runs and how far it may
// see. It travels in the context from the door to the store; the store turns it
// into WHERE clauses, and on PostgreSQL into row-level security as well.
//
// A scope is not a permission: domain/access decides whether an operator may do
// something and then narrows the scope to where.
package scope

import (
	"context"
	"slices"
)

// ActorKind tells what kind of party acts.
type ActorKind string

// The kinds of actor.
const (
	Operator ActorKind = "operator" // a person at the console
	Token    ActorKind = "token"    // an API token of an operator
	Device   ActorKind = "device"   // a phone that proved who it is
	Stranger ActorKind = "stranger" // a party at a door that proved nothing
	System   ActorKind = "system"   // a job or a start-up step
)

// Actor is who acts: what the audit log records.
type Actor struct {
	Kind    ActorKind
	ID      string
	Name    string
	Address string // source IP, without port; empty for System
}

// Scope is an actor and the rows that it may touch. The zero value sees nothing.
type Scope struct {
	Actor Actor
	// Platform lifts the tenant wall: start-up, migrations, sweeps, the
	// platform owner's own pages. It is never set from a request's input.
	Platform bool
	Tenant   string   // the one tenant, "" for none
	AllOrgs  bool     // every organization of the tenant
	Orgs     []string // else these organizations
	// Sites narrows further to these sites and what lies under them; nil
	// means no narrowing. Stores of things that stand in a site honour it.
	Sites []string
}

type key struct{}

// With returns a context that carries s.
func With(ctx context.Context, s Scope) context.Context {
	return context.WithValue(ctx, key{}, s)
}

// From returns the scope in ctx, or one that sees nothing.
func From(ctx context.Context) Scope {
	s, _ := ctx.Value(key{}).(Scope)
	return s
}

// AsSystem returns a context in which name (a job, a sweep) acts on the whole
// platform. Use it only where no request is being served.
func AsSystem(ctx context.Context, name string) context.Context {
	return With(ctx, Scope{Actor: Actor{Kind: System, ID: name, Name: name}, Platform: true})
}

// InOrg returns a context narrowed to one organization of one tenant; the actor
// stays, the platform flag and the sites do not.
func InOrg(ctx context.Context, tenant, org string) context.Context {
	s := From(ctx)
	return With(ctx, Scope{Actor: s.Actor, Tenant: tenant, Orgs: []string{org}})
}

// MayOrg reports whether rows of the organization lie in the scope.
func (s Scope) MayOrg(tenant, org string) bool {
	if s.Platform {
		return true
	}
	return tenant != "" && s.Tenant == tenant && (s.AllOrgs || slices.Contains(s.Orgs, org))
}
