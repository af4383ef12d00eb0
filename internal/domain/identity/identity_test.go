package identity_test

import (
	"context"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

const (
	lobbyMAC = mac.Address("00005e005301")
	barMAC   = mac.Address("00005e005302")
	nobody   = mac.Address("00005e0053ff")
)

var (
	inside  = netip.MustParseAddr("192.0.2.20")
	outside = netip.MustParseAddr("198.51.100.20")
)

// bench is the service over two tenants with a phone each. The first one's site
// has the legacy flag for 192.0.2.0/24, which ends in a month.
type bench struct {
	*identity.Service
	t       *testing.T
	db      *db.DB
	clock   *clock.Fake
	devices *device.Service
	trust   *trust.Service
	audit   *audit.Service
	orgs    *org.Service
	restart func() *identity.Service
}

func each(t *testing.T, body func(b bench)) {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) { body(newBench(t, d, fake)) }, dbtest.WithClock(fake))
}

func one(t *testing.T) bench {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	return newBench(t, dbtest.New(t, dbtest.WithClock(fake)), fake)
}

func newBench(t *testing.T, d *db.DB, fake *clock.Fake) bench {
	t.Helper()
	root, err := secret.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	v, err := secret.New(t.Context(), d, root)
	if err != nil {
		t.Fatal(err)
	}
	au := audit.New(d, v)
	ac := access.New(d, v, au, access.Config{})
	orgs := org.New(d, ac, au)
	memory := bus.NewMemory()
	t.Cleanup(func() { _ = memory.Close() })
	devices := device.New(device.Deps{DB: d, Access: ac, Audit: au, Orgs: orgs, Bus: memory})
	trusted := trust.New(d, ac, au)
	restart := func() *identity.Service { return identity.New(d, v, au, devices, orgs, trusted) }
	b := bench{Service: restart(), t: t, db: d, clock: fake, devices: devices, trust: trusted, audit: au, orgs: orgs, restart: restart}
	b.exec(`INSERT INTO tenants (id, slug, name, created_at, updated_at) VALUES ('t1', 't1', 'One', 1, 1), ('t2', 't2', 'Two', 1, 1)`)
	b.exec(`INSERT INTO orgs (id, tenant_id, slug, name, created_at, updated_at) VALUES ('o1', 't1', 'o1', 'One', 1, 1), ('o2', 't2', 'o2', 'Two', 1, 1)`)
	b.exec(`INSERT INTO sites (id, tenant_id, org_id, name, name_key, depth, path, legacy_until, created_at, updated_at) VALUES
		('s1', 't1', 'o1', 'Lobby', 'lobby', 1, 's1', ?, 1, 1), ('s2', 't2', 'o2', 'Bar', 'bar', 1, 's2', 0, 1, 1)`, fake.Now().Add(30*24*time.Hour).UnixMilli())
	b.exec(`INSERT INTO site_subnets (site_id, tenant_id, org_id, cidr, legacy) VALUES ('s1', 't1', 'o1', '192.0.2.0/24', 1)`)
	b.exec(`INSERT INTO devices (id, tenant_id, org_id, site_id, mac, vendor, model, life, created_at, updated_at) VALUES
		('d1', 't1', 'o1', 's1', ?, 'grandstream', 'GHP621W', 'adopted', 1, 1), ('d2', 't2', 'o2', 's2', ?, 'grandstream', 'GHP621W', 'adopted', 1, 1)`,
		lobbyMAC.String(), barMAC.String())
	for _, id := range []string{"d1", "d2"} {
		b.in(id, func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.Issue(ctx, tx, d) })
	}
	return b
}

func (b bench) system() context.Context { return scope.AsSystem(b.t.Context(), "test") }

// in runs fn for a device in the scope of its organization.
func (b bench) in(id string, fn func(ctx context.Context, tx *db.Tx, d device.Device) error) {
	b.t.Helper()
	d, err := b.devices.Get(b.system(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx := scope.With(b.t.Context(), scope.Scope{Actor: scope.Actor{Kind: scope.Operator, ID: "op", Name: "anna"}, Tenant: d.TenantID, Orgs: []string{d.OrgID}})
	if err := b.db.Write(ctx, func(tx *db.Tx) error { return fn(ctx, tx, d) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b bench) exec(query string, args ...any) {
	b.t.Helper()
	err := b.db.Write(b.system(), func(tx *db.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(b.system())
		return err
	})
	if err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}

// token is a device's current path token.
func (b bench) token(id string) (text string) {
	b.t.Helper()
	err := b.db.Read(b.system(), func(q db.Q) error {
		s, err := b.URLToken(b.system(), q, id, secret.ForDevice(id))
		text = s.Reveal()
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

func (b bench) rotate(id string) string {
	b.t.Helper()
	b.in(id, func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.Rotate(ctx, tx, d) })
	return b.token(id)
}

// https is a fetch of the device's own file over TLS.
func https(token string, name mac.Address) identity.Evidence {
	return identity.Evidence{Door: vendors.HTTPS, Token: token, MACInName: name, Address: outside}
}

func (b bench) passes(what string, ev identity.Evidence, device string) {
	b.t.Helper()
	a, v := b.Authenticate(b.t.Context(), ev)
	if !v.OK || v.Err != nil || a.DeviceID() != device || v.DeviceID != device {
		b.t.Errorf("%s: %+v, %+v", what, a, v)
	}
}

func (b bench) fails(what string, ev identity.Evidence, words string) identity.Verdict {
	b.t.Helper()
	a, v := b.Authenticate(b.t.Context(), ev)
	if v.OK || v.Err != nil || a != (identity.AuthenticatedDevice{}) || !strings.Contains(v.Reason, words) {
		b.t.Errorf("%s: %+v, %+v; want a reason with %q", what, a, v, words)
	}
	return v
}

func TestService_Authenticate(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		lobby, bar := b.token("d1"), b.token("d2")
		a, v := b.Authenticate(b.t.Context(), https(lobby, lobbyMAC))
		if !v.OK || a.DeviceID() != "d1" || a.TenantID() != "t1" || a.OrgID() != "o1" || a.MAC() != lobbyMAC || a.Proof() != identity.PathToken {
			b.t.Fatalf("%+v, %+v", a, v)
		}
		b.passes("a name without a MAC", https(lobby, ""), "d1")
		b.passes("from memory", https(lobby, lobbyMAC), "d1")
		b.fails("a neighbour's token", https(bar, lobbyMAC), "another device")
		b.fails("a neighbour's name", https(lobby, barMAC), "another device")
		b.fails("nobody's name", https(lobby, nobody), "another device")
		ev := https(lobby, "")
		ev.AgentMAC = barMAC
		b.fails("a user agent of another phone", ev, "user agent")
		b.fails("an unknown token", https("aaaaaaaaaaaaaaaaaaaaaaaaaa", lobbyMAC), "not one of ours")
		b.fails("upper case", https(strings.ToUpper(lobby), lobbyMAC), "no token of ours")
		b.fails("the MAC as a token", https(lobbyMAC.String(), lobbyMAC), "no token of ours")
		b.fails("a token and more", https(lobby+"a", lobbyMAC), "no token of ours")
		if v := b.fails("no token", https("", lobbyMAC), "nothing proves"); !v.Bootstrap {
			b.t.Error("a bare name gets no bootstrap")
		}
	})
}

func TestService_Authenticate_life(t *testing.T) {
	t.Parallel()
	b := one(t)
	token := b.token("d1")
	for life, ok := range map[string]bool{"adopted": true, "waiting": true, "rejected": false, "quarantined": false, "retired": false, "seen": false} {
		b.exec("UPDATE devices SET life = ? WHERE id = 'd1'", life)
		b.clock.Advance(time.Minute) // what is in memory ends
		if _, v := b.Authenticate(t.Context(), https(token, lobbyMAC)); v.OK != ok {
			t.Errorf("%s: %+v", life, v)
		}
	}
}

func TestService_Authenticate_clear(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		lobby, bar := b.token("d1"), b.token("d2")
		for name, tc := range map[string]struct {
			door   vendors.Door
			token  string
			name   mac.Address
			from   netip.Addr
			device string // "" refused
			proof  identity.Proof
		}{
			"token, flag covers":              {vendors.HTTP, lobby, lobbyMAC, inside, "d1", identity.ClearToken},
			"token, mapped address":           {vendors.HTTP, lobby, "", netip.MustParseAddr("::ffff:192.0.2.20"), "d1", identity.ClearToken},
			"token, outside of the subnet":    {vendors.HTTP, lobby, lobbyMAC, outside, "", ""},
			"token, no flag":                  {vendors.HTTP, bar, barMAC, inside, "", ""},
			"name, flag covers":               {vendors.HTTP, "", lobbyMAC, inside, "d1", identity.LegacyNamed},
			"name over TLS, flag covers":      {vendors.HTTPS, "", lobbyMAC, inside, "d1", identity.LegacyNamed},
			"name, outside of the subnet":     {vendors.HTTP, "", lobbyMAC, outside, "", ""},
			"name, no flag":                   {vendors.HTTP, "", barMAC, inside, "", ""},
			"unknown name":                    {vendors.HTTP, "", nobody, inside, "", ""},
			"no name at all":                  {vendors.HTTP, "", "", inside, "", ""},
			"a neighbour's token, flag above": {vendors.HTTP, bar, lobbyMAC, inside, "", ""},
		} {
			a, v := b.Authenticate(b.t.Context(), identity.Evidence{Door: tc.door, Token: tc.token, MACInName: tc.name, Address: tc.from})
			if v.OK != (tc.device != "") || a.DeviceID() != tc.device || a.Proof() != tc.proof || v.Err != nil {
				b.t.Errorf("%s: %+v, %+v", name, a, v)
			}
			if !v.OK && !v.Bootstrap && name != "a neighbour's token, flag above" {
				b.t.Errorf("%s: no bootstrap: %+v", name, v)
			}
		}
		b.clock.Advance(45 * 24 * time.Hour)
		b.fails("token after the flag's end", identity.Evidence{Door: vendors.HTTP, Token: lobby, MACInName: lobbyMAC, Address: inside}, "legacy flag")
		b.fails("name after the flag's end", identity.Evidence{Door: vendors.HTTP, MACInName: lobbyMAC, Address: inside}, "nothing proves")
	})
}

// A name does not suffice for a device that is not adopted, flag or not.
func TestService_Authenticate_legacy_life(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.exec("UPDATE devices SET life = 'waiting' WHERE id = 'd1'")
	b.fails("a waiting device's name", identity.Evidence{Door: vendors.HTTP, MACInName: lobbyMAC, Address: inside}, "nothing proves")
}

// Whatever a stranger can do with names, the verdict is the same for a MAC that
// is known and one that is not.
func TestService_Authenticate_alike(t *testing.T) {
	t.Parallel()
	b := one(t)
	boot := b.Bootstrap(nobody, vendors.HTTP, outside)
	for name, ev := range map[string]identity.Evidence{
		"bare name":         {Door: vendors.HTTPS, Address: outside},
		"bare name, clear":  {Door: vendors.HTTP, Address: outside},
		"unknown token":     {Door: vendors.HTTPS, Address: outside, Token: "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		"foreign bootstrap": {Door: vendors.HTTPS, Address: inside, Token: boot},
	} {
		known, stranger := ev, ev
		known.MACInName, stranger.MACInName = barMAC, nobody
		_, a := b.Authenticate(t.Context(), known)
		_, z := b.Authenticate(t.Context(), stranger)
		if !cmp.Equal(a, z, cmpopts.IgnoreUnexported(identity.Verdict{})) || a.OK {
			t.Errorf("%s: %+v for the known MAC, %+v for the unknown one", name, a, z)
		}
	}
}

func TestService_database_away(t *testing.T) {
	t.Parallel()
	b := one(t)
	token := b.token("d1")
	b.exec("ALTER TABLE device_secrets RENAME TO elsewhere")
	a, v := b.restart().Authenticate(t.Context(), https(token, lobbyMAC))
	if v.OK || v.Err == nil || a != (identity.AuthenticatedDevice{}) {
		t.Errorf("%+v, %+v", a, v)
	}
}
