package identity_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

const day = 24 * time.Hour

// letIn is what is written down of the lobby's flag.
func (b bench) letIn() identity.LegacyUses {
	b.t.Helper()
	b.do(b.Flush(b.system()))
	out, err := b.Legacy(b.system(), "s1")
	b.do(err)
	return out
}

func (b bench) sweep(s *identity.Service) {
	b.t.Helper()
	b.do(s.HandleLegacy(b.system(), json.RawMessage(`{}`)))
}

func (h *heard) wants(t *testing.T, when string, want map[string]string, gone string) {
	t.Helper()
	if len(h.open) != len(want) {
		t.Errorf("%s stands %v", when, h.open)
	}
	for code, words := range want {
		if !strings.Contains(h.open[code], words) {
			t.Errorf("%s %s says %q, want %q in it", when, code, h.open[code], words)
		}
	}
	if all := strings.Join(h.gone, "; "); !strings.Contains(all, gone) || gone == "" && all != "" {
		t.Errorf("%s went %q, want %q", when, all, gone)
	}
	h.gone = nil
}

// The flag's whole life: a month ahead of its end the phones that need it are
// counted, from its end date on it serves for two weeks with a warning, then the
// phones get a bootstrap alone.
func TestLegacy_life(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		h := &heard{}
		b.Tell(h)
		named := identity.Evidence{Door: vendors.HTTP, MACInName: lobbyMAC, Address: inside}
		b.exec("UPDATE sites SET legacy_until = ? WHERE id = 's1'", b.clock.Now().Add(40*day).UnixMilli())
		b.sweep(b.Service)
		h.wants(b.t, "forty days ahead", nil, "")
		b.passes("a name", named, "d1")
		b.clock.Advance(11 * day)
		b.sweep(b.Service)
		h.wants(b.t, "a month ahead", map[string]string{identity.WarnLegacyEnding: "ends on 2026-"}, "")
		h.wants(b.t, "a month ahead", map[string]string{identity.WarnLegacyEnding: "1 phone needs it"}, "")
		b.clock.Advance(29 * day)
		b.passes("a name in the first days of warning", named, "d1")
		_, v := b.Authenticate(b.t.Context(), named)
		if len(v.Findings) != 1 || v.Findings[0].Reason != identity.LegacyGrace {
			b.t.Errorf("in the days of warning the verdict is %+v", v)
		}
		b.do(b.Flush(b.system()))
		next := b.restart()
		next.Tell(h)
		b.sweep(next)
		h.wants(b.t, "past the end date", map[string]string{identity.WarnLegacyGrace: "1 phone was let in by it in the last day"}, identity.WarnLegacyEnding)
		b.clock.Advance(2 * day)
		b.sweep(next)
		h.wants(b.t, "two days later", map[string]string{identity.WarnLegacyGrace: "No phone was let in"}, "")
		b.clock.Advance(12*day - time.Minute)
		b.passes("a name in the last minute", named, "d1")
		b.clock.Advance(time.Minute)
		b.fails("a name after the warning", named, "nothing proves")
		b.sweep(next)
		h.wants(b.t, "after the warning", nil, "is over")
		_, err := b.orgs.UpdateSite(b.system(), "s1", org.SiteInput{LegacyUntil: at(b.clock.Now().Add(day))}, 1)
		b.do(err)
		b.passes("a name once the flag was set again", named, "d1")
	})
}

func at(t time.Time) *time.Time { return &t }

// A phone breaks that used the flag lately and nothing better since.
func TestLegacy_uses(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.orgs.OnSite(b.SiteChanged)
		h := &heard{}
		b.Tell(h)
		breaks := func(what string, n int, listed bool) identity.LegacyUses {
			b.t.Helper()
			u := b.letIn()
			if u.Breaking != n || len(u.List) != 1 || u.List[0].Breaks != listed {
				b.t.Fatalf("%s: %+v", what, u)
			}
			return u
		}
		if u := b.letIn(); u.Breaking != 0 || len(u.List) != 0 {
			b.t.Fatalf("before any use: %+v", u)
		}
		token := b.token("d1")
		b.passes("its token in clear text", identity.Evidence{Door: vendors.TFTP, Token: token, MACInName: lobbyMAC, Address: inside}, "d1")
		b.passes("its name", identity.Evidence{Door: vendors.HTTP, MACInName: lobbyMAC, Address: inside}, "d1")
		u := breaks("after a use", 1, true).List[0]
		if u.DeviceID != "d1" || u.Door != "http" || u.Address != inside.String() || u.Proof != identity.LegacyNamed || !u.LastAt.Equal(b.clock.Now()) || !u.SafeAt.IsZero() {
			b.t.Errorf("the use %+v", u)
		}
		b.sweep(b.Service)
		h.wants(b.t, "with a phone", map[string]string{identity.WarnLegacyEnding: "1 phone needs it"}, "")
		b.clock.Advance(time.Hour)
		b.passes("its token over TLS", https(token, lobbyMAC), "d1")
		if u := breaks("after a better proof", 0, false); !u.List[0].SafeAt.Equal(b.clock.Now()) {
			b.t.Errorf("the better proof is not noted: %+v", u)
		}
		b.clock.Advance(time.Hour)
		b.passes("its token over TLS", https(token, lobbyMAC), "d1")
		b.clock.Advance(time.Minute)
		b.passes("its name again", identity.Evidence{Door: vendors.HTTP, MACInName: lobbyMAC, Address: inside}, "d1")
		breaks("after both, the name last", 1, true)
		b.clock.Advance(29 * day)
		breaks("after a month, nearly", 1, true)
		b.clock.Advance(2 * day)
		breaks("after a month", 0, false)
		site, err := b.orgs.Site(b.system(), "s1")
		b.do(err)
		_, err = b.orgs.UpdateSite(b.system(), "s1", org.SiteInput{LegacyUntil: &time.Time{}}, site.Version)
		b.do(err)
		h.wants(b.t, "once it was taken away", nil, "taken away")
		b.in("d1", func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.DropDevice(ctx, tx, d.ID) })
		if u := b.letIn(); len(u.List) != 0 {
			b.t.Errorf("of a device that is gone: %+v", u)
		}
	})
}

// A use that cannot be written down waits, and a newer one counts.
func TestLegacy_unwritten(t *testing.T) {
	t.Parallel()
	b := one(t)
	named := identity.Evidence{Door: vendors.HTTP, MACInName: lobbyMAC, Address: inside}
	b.passes("a name", named, "d1")
	b.exec("ALTER TABLE legacy_uses RENAME TO elsewhere")
	if err := b.Flush(b.system()); err == nil {
		t.Fatal("written into a table that is not there")
	}
	b.exec("ALTER TABLE elsewhere RENAME TO legacy_uses")
	b.clock.Advance(time.Minute)
	b.passes("its token over TLS", https(b.token("d1"), lobbyMAC), "d1")
	u := b.letIn()
	if len(u.List) != 1 || !u.List[0].LastAt.Equal(b.clock.Now().Add(-time.Minute)) || !u.List[0].SafeAt.Equal(b.clock.Now()) || u.Breaking != 0 {
		t.Errorf("%+v", u)
	}
}

var trustedLAN = netip.MustParseAddr("10.0.0.20")

// trustsLAN gives the lobby a private network and has it trusted.
func (b bench) trustsLAN(hours int) {
	b.t.Helper()
	b.exec("INSERT INTO site_subnets (site_id, tenant_id, org_id, cidr) VALUES ('s1', 't1', 'o1', '10.0.0.0/24') ON CONFLICT DO NOTHING")
	_, err := b.orgs.TrustLAN(b.system(), "s1", nil, time.Duration(hours)*time.Hour)
	b.do(err)
}

// While a network is trusted, phones of the record that were never claimed get in
// from there though their claim window is closed or they wait, and no other.
func TestTrustLAN(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		h := &heard{}
		b.Tell(h)
		b.orgs.OnSite(b.SiteChanged)
		b.exec(`INSERT INTO devices (id, tenant_id, org_id, site_id, mac, vendor, model, life, created_at, updated_at) VALUES ('d3', 't1', 'o1', 's1', '00005e005303', 'grandstream', 'GHP621W', 'waiting', 1, 1)`)
		b.in("d3", func(ctx context.Context, tx *db.Tx, d device.Device) error { return b.Issue(ctx, tx, d) })
		b.clock.Advance(25 * time.Hour)
		b.fails("before", b.asks(lobbyMAC, trustedLAN), "window of the device is closed")
		b.trustsLAN(2)
		h.wants(b.t, "trusted", map[string]string{identity.WarnTrusted: "from 10.0.0.0/24"}, "")
		b.fails("from the site's public network", b.asks(lobbyMAC, inside), "window of the device is closed")
		b.fails("from elsewhere", b.asks(lobbyMAC, outside), "window of the device is closed")
		b.fails("in clear text", identity.Evidence{Door: vendors.HTTP, Token: b.Bootstrap(lobbyMAC, vendors.HTTP, trustedLAN), MACInName: lobbyMAC, Address: trustedLAN}, "waits for its claim")
		b.passes("one whose window is closed", b.asks(lobbyMAC, trustedLAN), "d1")
		b.passes("one that waits", b.asks("00005e005303", trustedLAN), "d3")
		if d := b.dev("d3"); d.Life != device.Adopted {
			b.t.Errorf("it is %s", d.Life)
		}
		b.fails("another tenant's", b.asks(barMAC, trustedLAN), "closed")
		b.clock.Advance(time.Minute)
		b.passes("with its own token", https(b.token("d1"), lobbyMAC), "d1")
		b.fails("by name again", b.asks(lobbyMAC, trustedLAN), "used its own token")
		b.fails("a second party", b.asks("00005e005303", netip.MustParseAddr("10.0.0.21")), "second party")
		b.clock.Advance(2 * time.Hour)
		b.sweep(b.Service)
		if _, stands := h.open[identity.WarnTrusted]; stands {
			b.t.Errorf("after the hours stands %v", h.open)
		}
		if n := b.told("site.trust"); n != 1 {
			b.t.Errorf("%d rows in the operation log", n)
		}
	})
}

func TestTrustLAN_ends(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.clock.Advance(25 * time.Hour)
		b.trustsLAN(1)
		b.clock.Advance(time.Hour)
		b.fails("after its hour", b.asks(lobbyMAC, trustedLAN), "closed")
		b.trustsLAN(24)
		_, err := b.orgs.DistrustLAN(b.system(), "s1")
		b.do(err)
		b.fails("once it was ended", b.asks(lobbyMAC, trustedLAN), "closed")
		b.trustsLAN(24)
		b.exec("DELETE FROM site_subnets WHERE cidr = '10.0.0.0/24'")
		b.fails("once the site lost the subnet", b.asks(lobbyMAC, trustedLAN), "closed")
		b.exec("INSERT INTO site_subnets (site_id, tenant_id, org_id, cidr) VALUES ('s1', 't1', 'o1', '10.0.0.0/24')")
		b.exec("INSERT INTO trusted_cas (id, tenant_id, org_id, name, name_key, content, created_at, updated_at) VALUES ('ca', '', '', 'Maker', 'maker', '', 1, 1)")
		b.exec("INSERT INTO certificate_uses (device_id, tenant_id, org_id, ca_id, subject, fingerprint, ends_at, last_at) VALUES ('d1', 't1', 'o1', 'ca', 'CN=x', 'f', 1, 1)")
		b.fails("one that has a certificate", b.asks(lobbyMAC, trustedLAN), "closed")
	})
}

// A MAC that nobody entered stays a stranger, and is told nothing else than the
// others that wait.
func TestTrustLAN_unknown(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.trustsLAN(24)
		v := b.fails("a stranger", b.asks(nobody, trustedLAN), "waits for its claim")
		if !v.Waiting || v.DeviceID != "" {
			b.t.Errorf("%+v", v)
		}
		if _, err := b.devices.Get(b.system(), nobody.String()); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("the stranger became a record: %v", err)
		}
	})
}
