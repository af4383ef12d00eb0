package access

import (
	"context"
	"fmt"

	"bellwether/internal/platform/db"
)

// Hints tells for each organization that p may see what it may do there, for
// the console to hide what would be refused. It is no decision: what p holds on
// single sites counts for the whole organization here.
func (s *Service) Hints(ctx context.Context, p Principal) (map[string][]Permission, error) {
	out := map[string][]Permission{}
	ctx = platform(ctx)
	err := s.db.Read(ctx, func(q db.Q) error {
		orgs, err := listOrgs(ctx, q)
		for _, o := range orgs {
			set := p.At(Where{TenantID: o.TenantID, OrgID: o.ID, Any: true})
			if set != 0 {
				out[o.ID] = set.List()
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what an operator may do: %w", err)
	}
	return out, nil
}

// Tenants lists the tenants in which p holds perm somewhere, and whether it
// holds it on the platform, which means on all of them.
func (p Principal) Tenants(perm Permission) (ids []string, all bool) {
	if p.May(perm, Where{}) {
		return nil, true
	}
	seen := map[string]bool{}
	add := func(id string) {
		if id != "" && !seen[id] && p.May(perm, Where{TenantID: id, Any: true}) {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, h := range p.Grants {
		add(h.TenantID)
	}
	if p.Limit != nil {
		add(p.Limit.TenantID)
	}
	return ids, false
}

// places lists where p holds perm on a tenant or an organization as a whole.
func (p Principal) places(perm Permission) (out []Where) {
	add := func(w Where) {
		if w.TenantID != "" && p.May(perm, w) {
			out = append(out, w)
		}
	}
	for _, h := range p.Grants {
		if h.SiteID == "" {
			add(Where{TenantID: h.TenantID, OrgID: h.OrgID})
		}
		if p.Limit != nil { // what is left of a grant that is wider than the token
			add(Where{TenantID: p.Limit.TenantID, OrgID: p.Limit.OrgID})
		}
	}
	return out
}

// Platform reports whether p holds anything on the platform itself.
func (p Principal) Platform() bool { return p.At(Where{}) != 0 }
