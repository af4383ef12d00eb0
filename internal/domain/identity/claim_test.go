package identity_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

var neighbour = netip.MustParseAddr("192.0.2.21") // in the site's subnet, as inside is

// asks is a request over HTTPS with the bootstrap token that the party was given.
func (b bench) asks(m mac.Address, from netip.Addr) identity.Evidence {
	b.t.Helper()
	return identity.Evidence{Door: vendors.HTTPS, Token: b.Bootstrap(m, vendors.HTTP, from), MACInName: m, Address: from, Agent: "agent"}
}

func (b bench) claims(id string) []identity.Claim {
	b.t.Helper()
	if err := b.FlushClaims(b.system()); err != nil {
		b.t.Fatal(err)
	}
	list, err := b.Claims(b.system(), "o1", id)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b bench) state(id string, want ...identity.ClaimState) []identity.Claim {
	b.t.Helper()
	list := b.claims(id)
	ok := len(list) == len(want)
	for i := range min(len(list), len(want)) {
		ok = ok && list[i].State == want[i]
	}
	if !ok {
		b.t.Fatalf("claims %+v, want %v", list, want)
	}
	return list
}

func (b bench) dev(id string) device.Device {
	b.t.Helper()
	d, err := b.devices.Get(b.system(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b bench) do(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// The first party from the site's subnet gets the device within the window, gets
// it again where its answer was lost, and no more once it uses its own token.
func TestClaim_window(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		token := b.token("d1")
		b.passes("the first from the subnet", b.asks(lobbyMAC, inside), "d1")
		a, v := b.Authenticate(b.t.Context(), b.asks(lobbyMAC, inside))
		if !v.OK || a.Proof() != identity.Claimed {
			b.t.Fatalf("after a lost answer: %+v", v)
		}
		if c := b.state("d1", identity.ClaimTaken)[0]; c.Address != inside.String() || c.TakenAt.IsZero() {
			b.t.Fatalf("claim %+v", c)
		}
		b.clock.Advance(time.Minute)
		b.passes("with its own token", https(token, lobbyMAC), "d1")
		b.fails("with nothing again", b.asks(lobbyMAC, inside), "used its own token")
		b.state("d1", identity.ClaimOpen)
		b.do(b.Approve(b.system(), b.dev("d1"), b.claims("d1")[0].ID))
		b.passes("approved after a reset", b.asks(lobbyMAC, inside), "d1")
	})
}

func TestClaim_outside_and_late(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.fails("outside the subnets", b.asks(lobbyMAC, outside), "outside the subnets")
		b.fails("a site without subnets", b.asks(barMAC, inside), "outside the subnets")
		b.clock.Advance(identity.ClaimWindow)
		b.fails("after the window", b.asks(lobbyMAC, inside), "window of the device is closed")
		list := b.state("d1", identity.ClaimOpen, identity.ClaimOpen)
		if list[0].Agent != "agent" || list[0].Requests != 1 {
			b.t.Fatalf("claims %+v", list)
		}
		b.fails("in clear text", identity.Evidence{Door: vendors.HTTP, Token: b.Bootstrap(lobbyMAC, vendors.HTTP, inside), MACInName: lobbyMAC, Address: inside}, "bootstrap token is good")
		if _, err := b.OpenClaims(b.system(), b.dev("d1"), 25*time.Hour); err == nil {
			b.t.Fatal("a window of 25 hours")
		}
		_, err := b.OpenClaims(b.system(), b.dev("d1"), time.Hour)
		b.do(err)
		b.passes("opened again", b.asks(lobbyMAC, inside), "d1")
	})
}

// Whoever comes with an expired bootstrap token from where it was given may ask
// anew, known or not; with another's or in another place nobody may.
func TestClaim_expired_bootstrap(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		for _, m := range []mac.Address{lobbyMAC, "0200000000ee"} {
			old, moved := b.asks(m, inside), b.asks(m, inside)
			moved.Address = neighbour
			if _, v := b.Authenticate(b.t.Context(), moved); v.Bootstrap {
				b.t.Fatalf("%s, from another address: %+v", m, v)
			}
			b.clock.Advance(25 * time.Hour)
			if a, v := b.Authenticate(b.t.Context(), old); v.OK || !v.Bootstrap || a.DeviceID() != "" || len(v.Findings) != 1 || v.Findings[0].Reason != identity.BootstrapOld {
				b.t.Fatalf("%s, expired: %+v", m, v)
			}
			if _, v := b.Authenticate(b.t.Context(), moved); v.Bootstrap {
				b.t.Fatalf("%s, expired and from another address: %+v", m, v)
			}
		}
	})
}

// A second party within the window quarantines the device; neither gets anything
// until an operator says which one it is, and the other one's token is dead then.
func TestClaim_second_party(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		token := b.token("d1")
		b.passes("the first", b.asks(lobbyMAC, neighbour), "d1")
		b.fails("the second", b.asks(lobbyMAC, inside), "second party")
		b.fails("the first again", b.asks(lobbyMAC, neighbour), "quarantined")
		b.fails("with the token that the first was told", https(token, lobbyMAC), "quarantined")
		if d := b.dev("d1"); d.Life != device.Quarantined {
			b.t.Fatalf("the device is %s", d.Life)
		}
		list := b.state("d1", identity.ClaimContested, identity.ClaimContested)
		for _, c := range list {
			if c.Address == inside.String() {
				b.do(b.Approve(b.system(), b.dev("d1"), c.ID))
			}
		}
		b.passes("the one that was approved", b.asks(lobbyMAC, inside), "d1")
		b.fails("the other one", b.asks(lobbyMAC, neighbour), "refused")
		b.fails("its token", https(token, lobbyMAC), "an old token")
		b.passes("the new token", https(b.token("d1"), lobbyMAC), "d1")
		rows := b.count("SELECT count(*) FROM audit WHERE subject_id = 'd1' AND action IN ('device.life', 'device.claimed', 'claim.approved')")
		if rows < 5 {
			b.t.Errorf("%d rows in the operation log", rows)
		}
	})
}

func TestClaim_refused_by_all(t *testing.T) {
	t.Parallel()
	b := one(t)
	token := b.token("d1")
	b.passes("the first", b.asks(lobbyMAC, neighbour), "d1")
	b.fails("the second", b.asks(lobbyMAC, inside), "second party")
	for i, c := range b.claims("d1") {
		b.do(b.Reject(b.system(), b.dev("d1"), c.ID))
		if life := b.dev("d1").Life; (life == device.Quarantined) != (i == 0) {
			t.Fatalf("after %d refusals the device is %s", i+1, life)
		}
	}
	b.fails("the token that the first was told", https(token, lobbyMAC), "an old token")
	b.passes("the new one", https(b.token("d1"), lobbyMAC), "d1")
}

func TestClaim_of_a_waiting_device(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.exec("UPDATE devices SET life = 'waiting' WHERE id = 'd1'")
		b.fails("waiting", b.asks(lobbyMAC, inside), "waits for an operator")
		c := b.state("d1", identity.ClaimOpen)[0]
		b.do(b.Approve(b.system(), b.dev("d1"), c.ID))
		if d := b.dev("d1"); d.Life != device.Adopted {
			b.t.Fatalf("the device is %s", d.Life)
		}
		b.passes("approved", b.asks(lobbyMAC, inside), "d1")
		b.do(b.Reject(b.system(), b.dev("d1"), c.ID))
		b.fails("refused", b.asks(lobbyMAC, inside), "refused")
	})
}

// Strangers fill neither table nor memory: as many parties as are kept, and one
// that an operator approved still gets in.
func TestClaim_many_parties(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.clock.Advance(identity.ClaimWindow)
	b.fails("the phone", b.asks(lobbyMAC, inside), "window of the device is closed")
	id := b.claims("d1")[0].ID
	for i := range 2 * limit.ClaimParties {
		b.fails("a stranger", b.asks(lobbyMAC, netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})), "an operator has to")
		b.claims("d1")
	}
	if n := len(b.claims("d1")); n != limit.ClaimParties {
		t.Fatalf("%d claims are kept", n)
	}
	b.do(b.Approve(b.system(), b.dev("d1"), id))
	b.passes("the phone, approved", b.asks(lobbyMAC, inside), "d1")
}

// Two requests at once, of one party or of two: one device, never two owners.
func TestClaim_at_once(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		type answer struct {
			from netip.Addr
			ok   bool
		}
		answers := make(chan answer)
		for _, from := range []netip.Addr{inside, inside, neighbour, neighbour} {
			ev := b.asks(lobbyMAC, from)
			go func() {
				_, v := b.Authenticate(context.WithoutCancel(b.t.Context()), ev)
				answers <- answer{from, v.OK}
			}()
		}
		got := map[netip.Addr]bool{}
		for range 4 {
			if a := <-answers; a.ok {
				got[a.from] = true
			}
		}
		if len(got) > 1 || b.dev("d1").Life != device.Quarantined {
			b.t.Fatalf("%d parties got the device, which is %s", len(got), b.dev("d1").Life)
		}
	})
}

func TestClaim_goes_with_its_device(t *testing.T) {
	t.Parallel()
	b := one(t)
	b.fails("outside", b.asks(lobbyMAC, outside), "outside the subnets")
	b.claims("d1")
	b.in("d1", func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.DropDevice(ctx, tx, d.ID) })
	if n := b.count("SELECT count(*) FROM claims") + b.count("SELECT count(*) FROM claim_windows WHERE device_id = 'd1'"); n != 0 {
		t.Fatalf("%d rows are left", n)
	}
}
