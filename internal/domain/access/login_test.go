package access_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

func (b bench) try(login, password, address string) error {
	_, _, err := b.Login(b.t.Context(), login, secret.NewString(password), address, "test")
	return err
}

func TestService_Login(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		made := b.operator("Anna.Bell", platformOwner())
		token, p, err := b.Login(b.t.Context(), "  anna.BELL ", secret.NewString(goodPassword), home, "Firefox\x00\n")
		b.ok("sign in", err)
		if p.OperatorID != made.ID || p.Login != "Anna.Bell" || p.SessionID == "" || !p.May(access.SystemRead, access.Where{}) {
			b.t.Errorf("%+v", p)
		}
		if want := b.clock.Now().Add(time.Hour); !p.ExpiresAt.Equal(want) {
			b.t.Errorf("ends %s, want %s", p.ExpiresAt, want)
		}
		again, err := b.Authenticate(b.t.Context(), token, home)
		if err != nil || again.SessionID != p.SessionID {
			b.t.Errorf("Authenticate = %+v, %v", again, err)
		}
		if got := b.actions()[0]; got != "session.create by Anna.Bell" {
			b.t.Errorf("log says %q", got)
		}
		var stored []string
		err = b.db.Read(b.system(), func(q db.Q) error {
			return q.NewRaw("SELECT token_hash FROM sessions UNION SELECT password_hash FROM operators").Scan(b.system(), &stored)
		})
		for _, s := range stored {
			if err != nil || strings.Contains(s, token.Reveal()) || strings.Contains(s, goodPassword) {
				b.t.Errorf("%v, stored %q", err, s)
			}
		}
	})
}

// A wrong login and a wrong password are told apart by nothing.
func TestService_Login_refused(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.operator("anna", platformOwner())
	b.operator("gone")
	b.exec("UPDATE operators SET disabled = 1 WHERE login_key = 'gone'")
	b.exec("UPDATE operators SET password_hash = '' WHERE login_key = 'nothing'")
	var texts []string
	for _, tc := range [][2]string{{"anna", "wrong password"}, {"nobody", goodPassword}, {"gone", goodPassword}, {"anna", ""}, {"", goodPassword},
		{strings.Repeat("x", 65), goodPassword}, {"anna", strings.Repeat("x", 300)}, {"anna' OR 1=1 --", goodPassword}} {
		err := b.try(tc[0], tc[1], home)
		if !fault.Is(err, fault.Denied) || fault.CodeOf(err) != access.CodeBadCredentials {
			t.Errorf("%q: %v", tc[0], err)
			continue
		}
		texts = append(texts, err.Error())
	}
	for _, s := range texts {
		if s != texts[0] {
			t.Errorf("%q and %q", s, texts[0])
		}
	}
}

func TestService_Login_locks(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("anna", platformOwner())
		for _, login := range []string{"anna", "nobody"} { // the unknown one looks the same
			for i := range limit.LoginFailures {
				if err := b.try(login, "wrong password", address(i)); fault.CodeOf(err) != access.CodeBadCredentials {
					b.t.Fatalf("%s, attempt %d: %v", login, i, err)
				}
			}
			err := b.try(login, goodPassword, home)
			wait, ok := access.RetryAfter(err)
			if fault.CodeOf(err) != access.CodeLocked || !ok || wait != time.Minute || !strings.Contains(err.Error(), "try again in 1m0s") {
				b.t.Fatalf("%s: %v, wait %s", login, err, wait)
			}
		}
		b.clock.Advance(time.Minute)
		b.ok("right password after the lock", b.try("anna", goodPassword, home))
		b.ok("and the count began anew", b.try("anna", goodPassword, home))
	})
}

func address(i int) string { return "198.51.100." + string(rune('0'+i%10)) }

// A day of guessing from many addresses gets few guesses, and never locks the
// account for good.
func TestService_Login_day_of_guesses(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.operator("anna", platformOwner())
	judged := 0
	for i := range 24 * 60 {
		err := b.try("anna", "wrong password", address(i))
		if fault.CodeOf(err) == access.CodeBadCredentials {
			judged++
		}
		if wait, ok := access.RetryAfter(err); ok && wait > limit.LoginLockMax {
			t.Fatalf("locked for %s", wait)
		}
		b.clock.Advance(time.Minute)
	}
	if judged > 100 || judged < limit.LoginFailures {
		t.Errorf("%d guesses were judged", judged)
	}
	b.clock.Advance(limit.LoginLockMax)
	b.ok("the owner afterwards", b.try("anna", goodPassword, home))
}

// One address that tries one password on many accounts is locked too, and its
// own account does not free it.
func TestService_Login_locks_address(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.operator("anna", platformOwner())
	b.operator("mallory", tenant(access.RoleReadOnly, "t2"))
	refused := 0
	for i := range 3 * limit.AddressFailures {
		err := b.try("user"+string(rune('a'+i%26))+string(rune('a'+i/26)), "wrong password", "2001:db8::"+string(rune('1'+i%9)))
		if fault.CodeOf(err) == access.CodeBadCredentials {
			refused++
		}
	}
	if refused != limit.AddressFailures {
		t.Errorf("%d guesses were judged", refused)
	}
	b.want("from the same network", b.try("mallory", goodPassword, "2001:db8::f"), fault.Denied)
	b.ok("from elsewhere", b.try("anna", goodPassword, "2001:db8:0:1::f"))
	b.clock.Advance(time.Minute)
	b.ok("after the lock", b.try("mallory", goodPassword, "2001:db8::f"))
	b.want("one more guess", b.try("anna", "wrong password", "2001:db8::f"), fault.Denied)
	if err := b.try("mallory", goodPassword, "2001:db8::f"); fault.CodeOf(err) != access.CodeLocked {
		t.Errorf("an own account freed the address: %v", err)
	}
}

// Guesses that come side by side do not outrun the count.
func TestService_Login_side_by_side(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("anna", platformOwner())
		var mu sync.Mutex
		var wg sync.WaitGroup
		judged := 0
		for i := range 20 {
			wg.Go(func() {
				err := b.try("anna", "wrong password", address(i))
				mu.Lock()
				defer mu.Unlock()
				if fault.CodeOf(err) == access.CodeBadCredentials {
					judged++
				}
			})
		}
		wg.Wait()
		if judged != limit.LoginFailures {
			b.t.Errorf("%d of 20 guesses were judged", judged)
		}
	})
}

func TestService_Login_rehashes(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.operator("anna", platformOwner())
	hash := func() (s string) {
		b.ok("read", b.db.Read(b.system(), func(q db.Q) error {
			return q.NewRaw("SELECT password_hash FROM operators").Scan(b.system(), &s)
		}))
		return s
	}
	cheap := hash()
	b.Service = b.Costlier()
	b.ok("sign in at the new cost", b.try("anna", goodPassword, home))
	if dear := hash(); dear == cheap || !strings.HasPrefix(dear, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("hash %q, then %q", cheap, dear)
	}
	b.ok("sign in again", b.try("anna", goodPassword, home))
}

func TestService_sessions(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.operator("anna", platformOwner())
		token, p, err := b.Login(b.t.Context(), "anna", secret.NewString(goodPassword), home, "first")
		b.ok("sign in", err)
		alive := func() error { _, err := b.Authenticate(b.t.Context(), token, home); return err }
		for range 13 { // used every 55 minutes it slides on, but not beyond 12 hours
			b.clock.Advance(55 * time.Minute)
			if b.clock.Now().Sub(p.ExpiresAt.Add(-time.Hour)) < 12*time.Hour {
				b.ok("used in time", alive())
			}
		}
		b.clock.Advance(6 * time.Minute)
		b.want("after 12 hours", alive(), fault.Denied)

		token, _, err = b.Login(b.t.Context(), "anna", secret.NewString(goodPassword), home, "second")
		b.ok("sign in", err)
		b.clock.Advance(61 * time.Minute)
		b.want("unused for an hour", alive(), fault.Denied)

		token, p, err = b.Login(b.t.Context(), "anna", secret.NewString(goodPassword), home, "third")
		b.ok("sign in", err)
		ctx := access.With(b.t.Context(), p)
		list, err := b.Sessions(ctx, "")
		if err != nil || len(list) != 1 || list[0].UserAgent != "third" || list[0].ID != p.SessionID {
			b.t.Errorf("Sessions = %+v, %v", list, err)
		}
		b.ok("sign out", b.Logout(ctx))
		b.want("after signing out", alive(), fault.Denied)
		b.want("twice", b.Logout(ctx), fault.NotFound)
		b.ok("sweep", b.Sweep(b.t.Context()))
		var n int
		b.ok("count", b.db.Read(b.system(), func(q db.Q) error {
			return q.NewRaw("SELECT count(*) FROM sessions").Scan(b.system(), &n)
		}))
		if n != 0 {
			b.t.Errorf("%d sessions are left", n)
		}
	})
}

func TestService_Authenticate_refuses(t *testing.T) {
	t.Parallel()
	b := one(t)
	for _, s := range []string{"", "x", "bw_", "bw_x", strings.Repeat("x", 10_000), "' OR 1=1 --"} {
		if _, err := b.Authenticate(t.Context(), secret.NewString(s), home); fault.CodeOf(err) != access.CodeNotSignedIn {
			t.Errorf("%.20q: %v", s, err)
		}
	}
}

// A disk that is full signs nobody out.
func TestService_Authenticate_without_writing(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	b := newBench(t, dbtest.New(t, dbtest.WithClock(fake)), fake)
	b.operator("anna", platformOwner())
	token, _, err := b.Login(t.Context(), "anna", secret.NewString(goodPassword), home, "test")
	b.ok("sign in", err)
	b.exec("CREATE TRIGGER full_disk BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'no room'); END")
	fake.Advance(5 * time.Minute)
	if _, err := b.Authenticate(context.Background(), token, home); err != nil {
		t.Fatal(err)
	}
}
