package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
)

func (b bench) count(query string, args ...any) (n int) {
	b.t.Helper()
	err := b.db.Read(b.system(), func(q db.Q) error { return q.NewRaw(query, args...).Scan(b.system(), &n) })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// A phone is never shut out by a lost answer: the old token is good until the
// phone has used the new one.
func TestService_Rotate(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		first := b.token("d1")
		b.passes("the first", https(first, lobbyMAC), "d1")
		second := b.rotate("d1")
		if first == second {
			b.t.Fatal("the token did not change")
		}
		b.passes("the first, while the second is unused", https(first, lobbyMAC), "d1")
		third := b.rotate("d1")
		b.passes("the first, while the third is unused", https(first, lobbyMAC), "d1")
		b.passes("the second, while the third is unused", https(second, lobbyMAC), "d1")
		// The use of the second one ended the first one.
		if v := b.fails("the first, after the second was used", https(first, lobbyMAC), "an old token"); !v.Old || v.DeviceID != "d1" {
			b.t.Errorf("%+v", v)
		}
		b.passes("the third", https(third, lobbyMAC), "d1")
		b.fails("the second, after the third was used", https(second, lobbyMAC), "an old token")
		b.passes("the third again", https(third, ""), "d1")
		if n := b.count("SELECT count(*) FROM secrets WHERE owner_kind = 'device' AND owner_id = 'd1'"); n != 1 {
			b.t.Errorf("%d sealed tokens are kept", n)
		}
		b.passes("the neighbour", https(b.token("d2"), barMAC), "d2")
		if other := b.restart(); other != nil {
			b.Service = other
			b.fails("after a restart", https(first, lobbyMAC), "an old token")
		}
	})
}

func TestService_Rotate_ends(t *testing.T) {
	t.Parallel()
	b := one(t)
	first := b.token("d1")
	b.passes("the first", https(first, lobbyMAC), "d1")
	second := b.rotate("d1")
	b.clock.Advance(30*24*time.Hour - time.Minute)
	b.passes("the first for 30 days", https(first, lobbyMAC), "d1")
	b.clock.Advance(time.Minute)
	b.fails("and no longer", https(first, lobbyMAC), "an old token")
	b.passes("the second", https(second, lobbyMAC), "d1")
}

func TestService_Issue(t *testing.T) {
	t.Parallel()
	b := one(t)
	token := b.token("d1")
	b.in("d1", func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.Issue(ctx, tx, d) })
	if b.token("d1") != token {
		t.Error("a device that has a token was given another")
	}
	if n := b.count("SELECT count(*) FROM device_secrets WHERE lookup LIKE '%' || ? || '%' OR secret_ref LIKE '%' || ? || '%'", token, token); n != 0 {
		t.Error("the table holds the token")
	}
}

func TestService_RevealToken(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		show := func() (token secret.String, state string) {
			b.in("d1", func(ctx context.Context, tx *db.Tx, d device.Device) (err error) {
				token, state, err = b.RevealToken(ctx, tx, d.ID)
				return err
			})
			return token, state
		}
		token, state := show()
		if token.Reveal() != b.token("d1") || state != "unused" {
			b.t.Errorf("state %q", state)
		}
		b.passes("use it", https(token.Reveal(), lobbyMAC), "d1")
		if _, state := show(); state != "used" {
			b.t.Errorf("state %q", state)
		}
		rows, err := b.audit.List(b.system(), audit.Filter{Action: "secret.reveal"})
		if err != nil || len(rows.Items) != 2 || rows.Items[0].ActorName != "anna" || rows.Items[0].SubjectID != "d1" || strings.Contains(rows.Items[0].After, token.Reveal()) {
			b.t.Errorf("%+v, %v", rows.Items, err)
		}
	})
}

func TestService_DropDevice(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		first := b.token("d1")
		b.passes("before", https(first, lobbyMAC), "d1")
		second := b.rotate("d1")
		b.in("d1", func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.DropDevice(ctx, tx, d.ID) })
		b.exec("DELETE FROM devices WHERE id = 'd1'")
		for _, token := range []string{first, second} {
			b.fails("after", https(token, lobbyMAC), "not one of ours")
		}
		if n := b.count("SELECT count(*) FROM secrets WHERE owner_id = 'd1'"); n != 0 {
			b.t.Errorf("%d sealed tokens are left", n)
		}
		b.passes("the neighbour", https(b.token("d2"), barMAC), "d2")
	})
}

// Only the first use of a token is written at once; the rest comes in batches.
func TestService_Flush(t *testing.T) {
	t.Parallel()
	b := one(t)
	token := b.token("d1")
	used := func() int64 {
		return int64(b.count("SELECT used_at FROM device_secrets WHERE device_id = 'd1' AND kind = 'path'"))
	}
	b.passes("first use", https(token, lobbyMAC), "d1")
	first := used()
	if first != b.clock.Now().UnixMilli() {
		t.Fatalf("used at %d", first)
	}
	b.clock.Advance(5 * time.Minute)
	for range 3 {
		b.passes("later use", https(token, lobbyMAC), "d1")
	}
	if used() != first {
		t.Error("a later use was written at once")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // Run writes once more when it ends
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if used() != b.clock.Now().UnixMilli() {
		t.Errorf("used at %d after the flush", used())
	}
}
