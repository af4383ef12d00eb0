package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"bellwether/internal/app"
	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/page"
)

type operatorCmd struct {
	Create operatorCreate `cmd:"" help:"Add an operator and print the link with which to set a password."`
	Reset  operatorReset  `cmd:"" help:"Print a link with which an operator sets a new password."`
	List   operatorList   `cmd:"" help:"List the operators."`
}

type operatorCreate struct {
	where
	Login  string `arg:"" help:"Name to sign in with."`
	Name   string `help:"The person's name."`
	Email  string `help:"The person's mail address."`
	Role   string `required:"" help:"Role: platform-owner, owner, administrator, operator, read-only, or the id of another one."`
	Tenant string `help:"Where the role holds: a tenant's id or slug."`
	Org    string `help:"Where the role holds: an organization's id or slug."`
	JSON   bool   `help:"For machines."`
}

// Run makes an operator without a password, and a link to set one.
func (c *operatorCreate) Run(ctx context.Context, s *session) error {
	if (c.Role == access.RolePlatformOwner) != (c.Tenant == "" && c.Org == "") {
		return wrongUse("a platform-owner holds everything, and every other role needs --tenant or --org")
	}
	return s.with(ctx, c.where, func(ctx context.Context, a *app.App) error {
		g, err := place(ctx, a, c.Tenant, c.Org)
		if err != nil {
			return err
		}
		g.RoleID = c.Role
		o, err := a.Access.CreateOperator(ctx, access.NewOperator{Login: c.Login, Name: c.Name, Email: c.Email, Grants: []access.Grant{g}})
		if err != nil {
			return err
		}
		return s.link(ctx, a, o, c.JSON)
	})
}

// place finds where a role is to hold.
func place(ctx context.Context, a *app.App, tenant, org string) (g access.Grant, err error) {
	switch {
	case org != "":
		o, err := a.Orgs.Org(ctx, org)
		if err != nil {
			return g, fmt.Errorf("organization %s: %w", org, err)
		}
		if t, err := a.Orgs.Tenant(ctx, o.TenantID); tenant != "" && (err != nil || t.ID != tenant && t.Slug != tenant) {
			return g, fault.New(fault.NotFound, "the tenant %s has no organization %s", tenant, org)
		}
		g.TenantID, g.OrgID = o.TenantID, o.ID
	case tenant != "":
		t, err := a.Orgs.Tenant(ctx, tenant)
		if err != nil {
			return g, fmt.Errorf("tenant %s: %w", tenant, err)
		}
		g.TenantID = t.ID
	}
	return g, nil
}

// link prints a link with which an operator sets its password.
func (s *session) link(ctx context.Context, a *app.App, o access.Operator, machine bool) error {
	link, err := a.Access.NewSetupLink(ctx, access.First, o.ID)
	if err != nil {
		return err
	}
	url := consoleURL(a) + "/setup/" + link.Reveal()
	if machine {
		return s.printJSON(map[string]string{"id": o.ID, "login": o.Login, "link": url})
	}
	s.print("%s sets a password here; the link works once, for 30 minutes:", o.Login)
	s.print("%s", url)
	return nil
}

type operatorReset struct {
	where
	Login string `arg:"" help:"Name to sign in with."`
	JSON  bool   `help:"For machines."`
}

// Run makes a link to set a new password. The old one holds until it is used.
func (c *operatorReset) Run(ctx context.Context, s *session) error {
	return s.with(ctx, c.where, func(ctx context.Context, a *app.App) error {
		o, err := a.Access.FindOperator(ctx, c.Login)
		if err != nil {
			return err
		}
		return s.link(ctx, a, o, c.JSON)
	})
}

type operatorList struct {
	where
	JSON bool `help:"For machines."`
}

// listed is an operator in a list for machines.
type listed struct {
	ID       string   `json:"id"`
	Login    string   `json:"login"`
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Disabled bool     `json:"disabled"`
	Roles    []string `json:"roles"`
}

// Run lists all operators, whatever their number.
func (c *operatorList) Run(ctx context.Context, s *session) error {
	return s.with(ctx, c.where, func(ctx context.Context, a *app.App) error {
		list := []listed{}
		for cursor := ""; ; {
			part, err := a.Access.ListOperators(ctx, access.OperatorFilter{Page: page.Page{Cursor: cursor}})
			if err != nil {
				return err
			}
			for _, o := range part.Items {
				l := listed{ID: o.ID, Login: o.Login, Name: o.Name, Email: o.Email, Disabled: o.Disabled, Roles: []string{}}
				for _, g := range o.Grants {
					l.Roles = append(l.Roles, g.RoleName)
				}
				list = append(list, l)
			}
			if cursor = part.Next; cursor == "" {
				return s.operators(list, c.JSON)
			}
		}
	})
}

func (s *session) operators(list []listed, machine bool) error {
	if machine {
		return s.printJSON(list)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "LOGIN\tNAME\tROLES\tSTATE")
	for _, l := range list {
		state := "enabled"
		if l.Disabled {
			state = "disabled"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Login, l.Name, strings.Join(l.Roles, ", "), state)
	}
	return w.Flush()
}
