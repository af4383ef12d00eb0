package db

import (
	"github.com/uptrace/bun"

	"bellwether/internal/platform/scope"
)

// Scoped narrows a query to the rows that s may see, by the columns tenant_id
// and org_id of the table alias ("" = the only table). A row with an empty
// org_id belongs to the tenant as a whole.
func Scoped(q *bun.SelectQuery, s scope.Scope, alias string) *bun.SelectQuery {
	return q.ApplyQueryBuilder(Within(s, alias))
}

// ScopedUpdate is Scoped for an update.
func ScopedUpdate(q *bun.UpdateQuery, s scope.Scope, alias string) *bun.UpdateQuery {
	return q.ApplyQueryBuilder(Within(s, alias))
}

// ScopedDelete is Scoped for a delete.
func ScopedDelete(q *bun.DeleteQuery, s scope.Scope, alias string) *bun.DeleteQuery {
	return q.ApplyQueryBuilder(Within(s, alias))
}

// ScopedTenant narrows a query over a table without org_id to the tenant in s.
func ScopedTenant(q *bun.SelectQuery, s scope.Scope, alias string) *bun.SelectQuery {
	return q.ApplyQueryBuilder(func(b bun.QueryBuilder) bun.QueryBuilder { return tenant(b, s, alias) })
}

// Within is Scoped in the form that ApplyQueryBuilder takes.
func Within(s scope.Scope, alias string) func(bun.QueryBuilder) bun.QueryBuilder {
	return func(b bun.QueryBuilder) bun.QueryBuilder {
		b = tenant(b, s, alias)
		if s.Platform || s.AllOrgs || s.Tenant == "" {
			return b
		}
		org := column(alias, "org_id")
		if len(s.Orgs) == 0 {
			return b.Where("? = ''", org)
		}
		return b.Where("(? = '' OR ? IN (?))", org, org, bun.List(s.Orgs))
	}
}

func tenant(b bun.QueryBuilder, s scope.Scope, alias string) bun.QueryBuilder {
	if s.Platform {
		return b
	}
	if s.Tenant == "" {
		return b.Where("1 = 0")
	}
	return b.Where("? = ?", column(alias, "tenant_id"), s.Tenant)
}

func column(alias, name string) bun.Ident {
	if alias == "" {
		return bun.Ident(name)
	}
	return bun.Ident(alias + "." + name)
}
