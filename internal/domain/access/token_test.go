package access_test

import (
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

func TestService_tokens(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("root", platformOwner())
		owner := b.operator("owner", tenant(access.RoleOwner, "t1"))
		ctx := b.as("owner")
		text, made, err := b.CreateToken(ctx, access.Token{TenantID: "t1", OrgID: "o1", RoleID: access.RoleReadOnly, Name: "report"}, time.Hour)
		b.ok("make a token", err)
		if !strings.HasPrefix(text.Reveal(), "bw_") || len(text.Reveal()) < 40 {
			b.t.Errorf("token of %d characters", len(text.Reveal()))
		}
		p, err := b.Authenticate(b.t.Context(), text, home)
		b.ok("use it", err)
		in, out := access.Where{TenantID: "t1", OrgID: "o1"}, access.Where{TenantID: "t1", OrgID: "o2"}
		if p.OperatorID != owner.ID || p.TokenID != made.ID || !p.May(access.DeviceRead, in) || p.May(access.DeviceWrite, in) || p.May(access.DeviceRead, out) {
			b.t.Errorf("%+v", p)
		}
		list, err := b.Tokens(ctx, "")
		if err != nil || len(list) != 1 || list[0].Login != "owner" || list[0].UsedAt.IsZero() {
			b.t.Errorf("Tokens = %+v, %v", list, err)
		}
		var stored string
		b.ok("read", b.db.Read(b.system(), func(q db.Q) error {
			return q.NewRaw("SELECT token_hash FROM api_tokens").Scan(b.system(), &stored)
		}))
		if strings.Contains(text.Reveal(), stored) || strings.Contains(stored, text.Reveal()[3:]) {
			b.t.Error("the token itself is stored")
		}

		// What the operator loses, the token loses.
		b.ok("revoke", b.Revoke(b.as("root"), owner.ID, owner.Grants[0].ID))
		p, err = b.Authenticate(b.t.Context(), text, home)
		if err != nil || p.May(access.DeviceRead, in) {
			b.t.Errorf("after its operator lost the role: %+v, %v", p, err)
		}
		b.clock.Advance(time.Hour)
		_, err = b.Authenticate(b.t.Context(), text, home)
		b.want("expired", err, fault.Denied)
	})
}

func TestService_CreateToken_refuses(t *testing.T) {
	t.Parallel()
	b := one(t)
	root := b.operator("root", platformOwner())
	clerk := b.operator("clerk", org(access.RoleOperator, "t1", "o1"))
	b.operator("admin", org(access.RoleAdministrator, "t1", "o1"))
	admin := b.as("admin")
	for name, tc := range map[string]struct {
		token access.Token
		want  fault.Kind
	}{
		"more than one has":   {access.Token{TenantID: "t1", OrgID: "o1", RoleID: access.RoleOwner}, fault.Denied},
		"where one is not":    {access.Token{TenantID: "t1", OrgID: "o2", RoleID: access.RoleReadOnly}, fault.NotFound},
		"unknown place":       {access.Token{TenantID: "t1", OrgID: "o9"}, fault.Invalid},
		"unknown role":        {access.Token{TenantID: "t1", OrgID: "o1", RoleID: "captain"}, fault.Invalid},
		"of someone above":    {access.Token{OperatorID: root.ID, TenantID: "t1", OrgID: "o1"}, fault.NotFound},
		"name with new lines": {access.Token{TenantID: "t1", OrgID: "o1", Name: "a\nb"}, fault.Invalid},
	} {
		_, _, err := b.CreateToken(admin, tc.token, 0)
		b.want(name, err, tc.want)
	}
	_, _, err := b.CreateToken(b.as("clerk"), access.Token{TenantID: "t1", OrgID: "o1"}, 0)
	b.want("without token.write", err, fault.Denied)
	text, made, err := b.CreateToken(admin, access.Token{OperatorID: clerk.ID, TenantID: "t1", OrgID: "o1"}, 0)
	b.ok("of someone below", err)
	p, _ := access.From(b.withToken(text))
	if p.OperatorID != clerk.ID || !p.May(access.DeviceWrite, access.Where{TenantID: "t1", OrgID: "o1"}) {
		t.Errorf("%+v", p)
	}
	b.want("delete what one may not see", b.DeleteToken(b.as("clerk"), "no-such-id"), fault.NotFound)
	b.ok("its operator deletes it", b.DeleteToken(b.as("clerk"), made.ID))
	_, err = b.Authenticate(t.Context(), text, home)
	b.want("a deleted token", err, fault.Denied)
}

// A token that leaked cannot make itself stronger.
func TestToken_does_not_climb(t *testing.T) {
	t.Parallel()
	b := one(t)
	root := b.operator("root", platformOwner())
	text, _, err := b.CreateToken(b.as("root"), access.Token{TenantID: "t1", OrgID: "o1", RoleID: access.RoleAdministrator}, 0)
	b.ok("make a token", err)
	ctx := b.withToken(text)
	for name, tok := range map[string]access.Token{
		"platform": {}, "tenant": {TenantID: "t1"}, "other org": {TenantID: "t1", OrgID: "o2"}, "other tenant": {TenantID: "t2"},
		"stronger role": {TenantID: "t1", OrgID: "o1", RoleID: access.RoleOwner}, "all that it has": {TenantID: "t1", OrgID: "o1"},
	} {
		_, _, err := b.CreateToken(ctx, tok, 0)
		if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
			t.Errorf("a token for %s: %v", name, err)
		}
	}
	_, err = b.NewSetupLink(ctx, access.SignIn, root.ID)
	b.want("a sign-in link", err, fault.Denied)
	_, err = b.UpdateOperator(ctx, root.ID, access.OperatorPatch{Email: str("mallory@example.org")}, root.Version)
	b.want("its operator's address", err, fault.Denied)
	b.want("sign out", b.Logout(ctx), fault.Invalid)
	_, err = b.Sessions(ctx, "")
	b.want("its operator's sessions", err, fault.Denied)
	session, _ := access.From(b.as("root"))
	b.want("end one of them", b.RevokeSession(ctx, session.SessionID), fault.NotFound)
	_, wide, err := b.CreateToken(b.as("root"), access.Token{Name: "wide"}, 0)
	b.ok("a wider token", err)
	b.want("delete that", b.DeleteToken(ctx, wide.ID), fault.NotFound)
	if list, err := b.Tokens(ctx, ""); err != nil || len(list) != 1 {
		t.Errorf("it sees %d tokens, %v", len(list), err)
	}
	g := tenant(access.RoleOwner, "t1")
	g.OperatorID = root.ID
	_, err = b.Grant(ctx, g)
	b.want("a grant", err, fault.Denied)
}

func TestService_CreateToken_for_the_command_line(t *testing.T) {
	t.Parallel()
	b := one(t)
	clerk := b.operator("clerk", site(access.RoleOperator, "lobby"))
	text, _, err := b.CreateToken(b.system(), access.Token{OperatorID: clerk.ID, TenantID: "t1", OrgID: "o1"}, 0)
	b.ok("make a token", err)
	p, _ := access.From(b.withToken(text))
	if !p.May(access.DeviceRead, access.Where{TenantID: "t1", OrgID: "o1", SitePath: []string{"hotel", "lobby"}}) || p.May(access.DeviceRead, access.Where{TenantID: "t1", OrgID: "o1"}) {
		t.Errorf("%+v", p)
	}
	_, _, err = b.CreateToken(b.system(), access.Token{OperatorID: clerk.ID, TenantID: "t1", OrgID: "o1", RoleID: access.RoleOwner}, 0)
	b.want("more than the operator has", err, fault.Denied)
}
