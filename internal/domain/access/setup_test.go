package access_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

func (b bench) redeem(token secret.String, in access.SetupInput) (access.Principal, error) {
	b.t.Helper()
	_, p, err := b.RedeemSetup(b.t.Context(), token, in, home, "test")
	return p, err
}

func TestService_setup_first(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		made := 0
		b.OnFirst(func(_ context.Context, tx *db.Tx) error { made++; return nil })
		if has, err := b.HasOwner(b.t.Context()); has || err != nil {
			b.t.Fatal(has, err)
		}
		token, err := b.NewSetupLink(b.system(), access.First, "")
		b.ok("make a link", err)
		peek, err := b.PeekSetup(b.t.Context(), token)
		if err != nil || peek.Kind != access.First || peek.Login != "" || peek.ExpiresAt.Sub(b.clock.Now()) != 30*time.Minute {
			b.t.Errorf("PeekSetup = %+v, %v", peek, err)
		}
		for name, in := range map[string]access.SetupInput{
			"no password":    {Login: "anna"},
			"short password": {Login: "anna", Password: secret.NewString("elevenchars")},
			"no login":       {Password: secret.NewString(goodPassword)},
		} {
			_, err := b.redeem(token, in)
			b.want(name, err, fault.Invalid)
		}
		p, err := b.redeem(token, access.SetupInput{Login: "Anna", Name: "Anna B.", Password: secret.NewString(goodPassword)})
		b.ok("redeem it", err)
		if made != 1 || p.Name != "Anna B." || !p.Platform() || p.SessionID == "" {
			b.t.Errorf("OnFirst ran %d times, %+v", made, p)
		}
		_, err = b.redeem(token, access.SetupInput{Login: "Eve", Password: secret.NewString(goodPassword)})
		b.want("redeem it twice", err, fault.NotFound)
		_, err = b.PeekSetup(b.t.Context(), token)
		b.want("peek at it then", err, fault.NotFound)
		_, err = b.NewSetupLink(b.system(), access.First, "")
		b.want("another first link", err, fault.Conflict)
		_, err = b.NewSetupLink(access.With(b.t.Context(), p), access.First, "")
		b.want("by an operator", err, fault.Denied)
		b.ok("sign in", b.try("anna", goodPassword, home))
		if has, err := b.HasOwner(b.t.Context()); !has || err != nil {
			b.t.Error(has, err)
		}
	})
}

// Two first links, and a failure on the way: there is one platform owner, and a
// link that brought nothing about stays good.
func TestService_setup_first_twice(t *testing.T) {
	t.Parallel()
	b := one(t)
	one, err := b.NewSetupLink(b.system(), access.First, "")
	b.ok("make a link", err)
	two, err := b.NewSetupLink(b.system(), access.First, "")
	b.ok("make another", err)
	boom := errors.New("boom")
	b.OnFirst(func(context.Context, *db.Tx) error { return boom })
	in := access.SetupInput{Login: "anna", Password: secret.NewString(goodPassword)}
	if _, err := b.redeem(one, in); !errors.Is(err, boom) {
		t.Fatalf("redeem = %v", err)
	}
	b.OnFirst(nil)
	_, err = b.redeem(one, in)
	b.ok("redeem it again", err)
	_, err = b.redeem(two, access.SetupInput{Login: "eve", Password: secret.NewString(goodPassword)})
	b.want("redeem the other", err, fault.Conflict)
}

func TestService_setup_sign_in(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("root", platformOwner())
		clerk := b.operator("clerk", org(access.RoleOperator, "t1", "o1"))
		for range 7 { // also for an account that someone else locked
			_ = b.try("clerk", "wrong password", home)
		}
		token, err := b.NewSetupLink(b.system(), access.SignIn, clerk.ID)
		b.ok("make a link", err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 8 {
			wg.Go(func() {
				p, err := b.redeem(token, access.SetupInput{})
				mu.Lock()
				defer mu.Unlock()
				if err == nil && p.Login == "clerk" {
					won++
				} else if !fault.Is(err, fault.NotFound) {
					b.t.Errorf("redeem = %v", err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			b.t.Errorf("%d of 8 redeemed one link", won)
		}
		token, err = b.NewSetupLink(b.system(), access.SignIn, clerk.ID)
		b.ok("make a link", err)
		b.clock.Advance(30 * time.Minute)
		_, err = b.redeem(token, access.SetupInput{})
		b.want("half an hour later", err, fault.NotFound)
		_, err = b.redeem(secret.NewString("nonsense"), access.SetupInput{})
		b.want("nonsense", err, fault.NotFound)
		token, err = b.NewSetupLink(b.system(), access.SignIn, clerk.ID)
		b.ok("make a link", err)
		b.exec("UPDATE operators SET disabled = 1 WHERE id = ?", clerk.ID)
		_, err = b.redeem(token, access.SetupInput{})
		b.want("of a disabled operator", err, fault.NotFound)
	})
}

// A first link of an operator sets the password and ends old sessions.
func TestService_setup_invitation(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.operator("root", platformOwner())
	clerk := b.operator("clerk", org(access.RoleOperator, "t1", "o1"))
	session, _, err := b.Login(t.Context(), "clerk", secret.NewString(goodPassword), home, "old")
	b.ok("sign in", err)
	token, err := b.NewSetupLink(b.as("root"), access.First, clerk.ID)
	b.ok("make a link", err)
	peek, err := b.PeekSetup(t.Context(), token)
	if err != nil || peek.Login != "clerk" {
		t.Errorf("PeekSetup = %+v, %v", peek, err)
	}
	p, err := b.redeem(token, access.SetupInput{Login: "mallory", Name: "C.", Password: secret.NewString("a fresh password")})
	if err != nil || p.Login != "clerk" || p.Name != "C." {
		t.Fatalf("redeem = %+v, %v", p, err)
	}
	_, err = b.Authenticate(t.Context(), session, home)
	b.want("the old session", err, fault.Denied)
	b.want("the old password", b.try("clerk", goodPassword, home), fault.Denied)
	b.ok("the new password", b.try("clerk", "a fresh password", home))
}

func TestService_Hints(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.operator("clerk", site(access.RoleReadOnly, "lobby"), org(access.RoleOperator, "t2", "o3"))
	p, _ := access.From(b.as("clerk"))
	hints, err := b.Hints(t.Context(), p)
	if err != nil || len(hints) != 2 || len(hints["o1"]) == 0 || len(hints["o3"]) <= len(hints["o1"]) {
		t.Errorf("Hints = %v, %v", hints, err)
	}
	if ids, all := p.Tenants(access.OrgRead); all || len(ids) != 2 {
		t.Errorf("Tenants = %v, %v", ids, all)
	}
}
