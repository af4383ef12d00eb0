package access_test

import (
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

func logins(s db.Slice[access.Operator]) (out []string) {
	for _, o := range s.Items {
		out = append(out, o.Login)
	}
	return out
}

func TestService_CreateOperator(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("root", platformOwner())
		b.operator("owner", tenant(access.RoleOwner, "t1"))
		owner := b.as("owner")
		made, err := b.CreateOperator(owner, access.NewOperator{Login: "clerk", Name: "A. Clerk", Email: "clerk@example.org", Grants: []access.Grant{org(access.RoleOperator, "t1", "o1")}})
		b.ok("a tenant's owner makes an operator", err)
		if made.HasPassword || len(made.Grants) != 1 || made.Grants[0].RoleName != "operator" {
			b.t.Errorf("%+v", made)
		}
		b.want("who cannot sign in yet", b.try("clerk", "", home), fault.Denied)
		for name, tc := range map[string]struct {
			in   access.NewOperator
			want fault.Kind
		}{
			"login taken":           {access.NewOperator{Login: "CLERK", Grants: made.Grants}, fault.Conflict},
			"no login":              {access.NewOperator{Grants: made.Grants}, fault.Invalid},
			"spaces in login":       {access.NewOperator{Login: "a clerk", Grants: made.Grants}, fault.Invalid},
			"long login":            {access.NewOperator{Login: strings.Repeat("x", 65), Grants: made.Grants}, fault.Invalid},
			"bad mail address":      {access.NewOperator{Login: "x", Email: "Clerk <clerk@example.org>", Grants: made.Grants}, fault.Invalid},
			"control character":     {access.NewOperator{Login: "x", Name: "a\nb", Grants: made.Grants}, fault.Invalid},
			"short password":        {access.NewOperator{Login: "x", Password: secret.NewString("short"), Grants: made.Grants}, fault.Invalid},
			"password with login":   {access.NewOperator{Login: "clerk2", Password: secret.NewString("I am Clerk2 today"), Grants: made.Grants}, fault.Invalid},
			"one letter password":   {access.NewOperator{Login: "x", Password: secret.NewString("aaaaaaaaaaaaaaa"), Grants: made.Grants}, fault.Invalid},
			"without grants":        {access.NewOperator{Login: "x"}, fault.Denied},
			"on another tenant":     {access.NewOperator{Login: "x", Grants: []access.Grant{tenant(access.RoleReadOnly, "t2")}}, fault.NotFound},
			"on the platform":       {access.NewOperator{Login: "x", Grants: []access.Grant{platformOwner()}}, fault.Denied},
			"owner of the platform": {access.NewOperator{Login: "x", Grants: []access.Grant{tenant(access.RolePlatformOwner, "t1")}}, fault.Invalid},
			"unknown role":          {access.NewOperator{Login: "x", Grants: []access.Grant{tenant("captain", "t1")}}, fault.Invalid},
			"unknown organization":  {access.NewOperator{Login: "x", Grants: []access.Grant{org(access.RoleReadOnly, "t1", "o9")}}, fault.Invalid},
			"foreign organization":  {access.NewOperator{Login: "x", Grants: []access.Grant{org(access.RoleReadOnly, "t1", "o3")}}, fault.Invalid},
		} {
			_, err := b.CreateOperator(owner, tc.in)
			b.want(name, err, tc.want)
		}
		if a := b.actions(); !slices.Contains(a, "operator.create by owner") || !slices.Contains(a, "grant.create by owner") {
			b.t.Errorf("log says %q", a)
		}
	})
}

func TestService_ListOperators(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("root", platformOwner())
		b.operator("owner1", tenant(access.RoleOwner, "t1"))
		b.operator("admin-o1", org(access.RoleAdministrator, "t1", "o1"))
		b.operator("clerk-o1", org(access.RoleOperator, "t1", "o1"), org(access.RoleOperator, "t2", "o3"))
		b.operator("clerk-o2", org(access.RoleOperator, "t1", "o2"))
		b.operator("owner2", tenant(access.RoleOwner, "t2"))
		b.operator("site", site(access.RoleOperator, "lobby"))
		for login, want := range map[string]string{
			"root":     "admin-o1 clerk-o1 clerk-o2 owner1 owner2 root site",
			"owner1":   "admin-o1 clerk-o1 clerk-o2 owner1 site",
			"admin-o1": "admin-o1 clerk-o1 site",
			"owner2":   "clerk-o1 owner2",
			"clerk-o2": "clerk-o2",
			"site":     "site",
		} {
			got, err := b.ListOperators(b.as(login), access.OperatorFilter{})
			if s := strings.Join(logins(got), " "); err != nil || s != want || got.Total != len(got.Items) {
				b.t.Errorf("%s sees %q of %d, %v; want %q", login, s, got.Total, err, want)
			}
			for _, o := range got.Items {
				one, err := b.GetOperator(b.as(login), o.ID)
				if err != nil || len(one.Grants) != len(o.Grants) {
					b.t.Errorf("%s: %s in the list and alone differ: %v", login, o.Login, err)
				}
			}
		}
		clerk, err := b.FindOperator(b.system(), "Clerk-O1")
		b.ok("find", err)
		seen, err := b.GetOperator(b.as("owner2"), clerk.ID)
		if err != nil || len(clerk.Grants) != 2 || len(seen.Grants) != 1 || seen.Grants[0].OrgID != "o3" {
			b.t.Errorf("the other tenant's owner sees %+v, %v", seen.Grants, err)
		}
		_, err = b.GetOperator(b.as("clerk-o2"), clerk.ID)
		b.want("a colleague elsewhere", err, fault.NotFound)
		_, err = b.GetOperator(b.as("clerk-o2"), "no-such-id")
		b.want("nobody", err, fault.NotFound)
		got, err := b.ListOperators(b.as("root"), access.OperatorFilter{Query: "CLERK", Page: db.Page{Limit: 1, Sort: "-login"}})
		if err != nil || len(got.Items) != 1 || got.Items[0].Login != "clerk-o2" || got.Next == "" || got.Total != 2 {
			b.t.Errorf("%q, next %q, total %d, %v", logins(got), got.Next, got.Total, err)
		}
	})
}

func TestService_UpdateOperator(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		root := b.operator("root", platformOwner())
		clerk := b.operator("clerk", org(access.RoleOperator, "t1", "o1"))
		both := b.operator("both", org(access.RoleOperator, "t1", "o1"), tenant(access.RoleOwner, "t2"))
		b.operator("admin", org(access.RoleAdministrator, "t1", "o1"))
		admin := b.as("admin")
		yes, fresh := true, secret.NewString("another good password")

		_, err := b.UpdateOperator(admin, clerk.ID, access.OperatorPatch{Name: str("Clerk")}, clerk.Version+5)
		b.want("a stale version", err, fault.Conflict)
		clerk, err = b.UpdateOperator(admin, clerk.ID, access.OperatorPatch{Name: str("Clerk"), Email: str("c@example.org")}, clerk.Version)
		if err != nil || clerk.Name != "Clerk" || clerk.Version != 2 {
			b.t.Errorf("%+v, %v", clerk, err)
		}
		_, err = b.UpdateOperator(admin, clerk.ID, access.OperatorPatch{Login: str("ROOT")}, clerk.Version)
		b.want("a login that is taken", err, fault.Conflict)
		for name, id := range map[string]string{"the platform owner": root.ID, "who holds more elsewhere": both.ID} {
			_, err := b.UpdateOperator(admin, id, access.OperatorPatch{Password: &fresh}, 1)
			if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
				b.t.Errorf("%s: %v", name, err)
			}
			_, err = b.NewSetupLink(admin, access.SignIn, id)
			if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
				b.t.Errorf("sign-in link for %s: %v", name, err)
			}
		}

		mine := b.as("clerk")
		_, err = b.UpdateOperator(mine, clerk.ID, access.OperatorPatch{Password: &fresh}, clerk.Version)
		b.want("one's own password without the old one", err, fault.Invalid)
		_, err = b.UpdateOperator(mine, clerk.ID, access.OperatorPatch{Password: &fresh, Current: secret.NewString("wrong")}, clerk.Version)
		b.want("with a wrong one", err, fault.Invalid)
		_, err = b.UpdateOperator(mine, clerk.ID, access.OperatorPatch{Disabled: &yes}, clerk.Version)
		b.want("disable oneself", err, fault.Conflict)
		other, _, err := b.Login(b.t.Context(), "clerk", secret.NewString(goodPassword), home, "elsewhere")
		b.ok("a second session", err)
		clerk, err = b.UpdateOperator(mine, clerk.ID, access.OperatorPatch{Password: &fresh, Current: secret.NewString(goodPassword)}, clerk.Version)
		b.ok("with the right one", err)
		_, err = b.Authenticate(b.t.Context(), other, home)
		b.want("the other session", err, fault.Denied)
		if p, _ := access.From(mine); p.SessionID == "" {
			b.t.Error("no session")
		} else if list, err := b.Sessions(mine, ""); err != nil || len(list) != 1 || list[0].ID != p.SessionID {
			b.t.Errorf("sessions left: %+v, %v", list, err)
		}
		b.ok("the new password", b.try("clerk", fresh.Reveal(), home))
		b.want("the old one", b.try("clerk", goodPassword, home), fault.Denied)

		clerk, err = b.UpdateOperator(admin, clerk.ID, access.OperatorPatch{Disabled: &yes}, clerk.Version)
		if err != nil || !clerk.Disabled {
			b.t.Errorf("disable: %+v, %v", clerk, err)
		}
		b.want("a disabled one", b.try("clerk", fresh.Reveal(), home), fault.Denied)
		if list, err := b.Sessions(b.as("root"), clerk.ID); err != nil || len(list) != 0 {
			b.t.Errorf("sessions left: %+v, %v", list, err)
		}
	})
}

func TestService_last_owner(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		first := b.operator("first", platformOwner())
		ctx := b.as("first")
		b.want("revoke the last one", b.Revoke(ctx, first.ID, first.Grants[0].ID), fault.Conflict)
		second := b.operator("second", platformOwner())
		yes := true
		_, err := b.UpdateOperator(ctx, second.ID, access.OperatorPatch{Disabled: &yes}, second.Version)
		b.ok("disable the second", err)
		b.want("a disabled one does not count", b.Revoke(ctx, first.ID, first.Grants[0].ID), fault.Conflict)
		no := false
		_, err = b.UpdateOperator(ctx, second.ID, access.OperatorPatch{Disabled: &no}, second.Version+1)
		b.ok("enable it", err)
		b.ok("revoke the first", b.Revoke(ctx, first.ID, first.Grants[0].ID))
		_, err = b.UpdateOperator(b.system(), second.ID, access.OperatorPatch{Disabled: &yes}, second.Version+2)
		b.want("disable the last one", err, fault.Conflict)
	})
}

func TestService_Grant(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		root := b.operator("root", platformOwner())
		clerk := b.operator("clerk", org(access.RoleOperator, "t1", "o1"))
		boss := b.operator("boss", tenant(access.RoleOwner, "t1"))
		b.operator("admin", org(access.RoleAdministrator, "t1", "o1"))
		admin, owner := b.as("admin"), b.as("boss")

		give := func(who string, g access.Grant) access.Grant { g.OperatorID = who; return g }
		got, err := b.Grant(admin, give(clerk.ID, site(access.RoleAdministrator, "lobby")))
		b.ok("as much as one has, on a part", err)
		_, err = b.Grant(admin, give(clerk.ID, site(access.RoleAdministrator, "lobby")))
		b.want("twice", err, fault.Conflict)
		_, err = b.Grant(admin, give(clerk.ID, org(access.RoleOwner, "t1", "o1")))
		b.want("more than one has", err, fault.Denied)
		_, err = b.Grant(admin, give(clerk.ID, tenant(access.RoleReadOnly, "t1")))
		b.want("further than one reaches", err, fault.Denied)
		_, err = b.Grant(admin, give(clerk.ID, org(access.RoleReadOnly, "t1", "o2")))
		b.want("where one is not", err, fault.NotFound)
		_, err = b.Grant(b.as("clerk"), give(clerk.ID, org(access.RoleAdministrator, "t1", "o1")))
		b.want("to oneself", err, fault.Denied)
		_, err = b.Grant(owner, give(root.ID, org(access.RoleReadOnly, "t1", "o1")))
		b.want("to whom one cannot see", err, fault.NotFound)
		_, err = b.Grant(owner, give(clerk.ID, access.Grant{RoleID: access.RoleOwner, TenantID: "t1", SiteID: "lobby"}))
		b.want("a site without its organization", err, fault.Invalid)

		if err := b.Revoke(admin, boss.ID, boss.Grants[0].ID); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Denied) {
			b.t.Errorf("revoke from above: %v", err)
		}
		b.want("another's grant under this name", b.Revoke(admin, clerk.ID, boss.Grants[0].ID), fault.NotFound)
		b.ok("take it back", b.Revoke(admin, clerk.ID, got.ID))

		// What is taken away is gone at the next request.
		token, _, err := b.Login(b.t.Context(), "clerk", secret.NewString(goodPassword), home, "test")
		b.ok("sign in", err)
		b.ok("revoke", b.Revoke(admin, clerk.ID, clerk.Grants[0].ID))
		p, err := b.Authenticate(b.t.Context(), token, home)
		if err != nil || p.May(access.DeviceRead, access.Where{TenantID: "t1", OrgID: "o1"}) {
			b.t.Errorf("%+v, %v", p, err)
		}
		if a := b.actions(); !slices.Contains(a, "grant.delete by admin") {
			b.t.Errorf("log says %q", a)
		}
	})
}
