package identity_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

var byCN = trust.Rule{Field: trust.CommonName, Pattern: alone}

func TestService_Authenticate_certificate(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		maker := testkit.Root(b.t, b.clock.Now(), "Maker CA")
		ca := b.trusts(trust.Place{}, maker, byCN)
		mine, token := maker.Issue(b.t, lobbyMAC.String()), b.token("d1")
		a, v := b.Authenticate(b.t.Context(), shown(mine, lobbyMAC))
		if !v.OK || a.Proof() != identity.Certificate || a.OrgID() != "o1" || a.MAC() != lobbyMAC || !strings.Contains(v.Reason, "Maker CA: CN=00005e005301") {
			b.t.Fatalf("%+v, %+v", a, v)
		}
		b.passes("a name without a MAC", shown(mine, ""), "d1")
		ev := shown(mine, lobbyMAC)
		ev.AgentMAC = barMAC
		b.fails("another phone's user agent", ev, "than the one that the user agent")
		ev = shown(mine, lobbyMAC)
		ev.Door = vendors.HTTP
		b.fails("a clear door", ev, "nothing proves")
		ev.Door = vendors.FTPS
		b.passes("FTPS", ev, "d1")

		ev = shown(mine, lobbyMAC)
		ev.Token = token
		if a, v := b.Authenticate(b.t.Context(), ev); !v.OK || a.Proof() != identity.PathToken {
			b.t.Errorf("certificate and token: %+v, %+v", a, v)
		}
		ev.Token = b.token("d2")
		b.fails("a neighbour's token", ev, "another device")
		ev.MACInName = ""
		b.fails("a neighbour's token, no name", ev, "another device than the certificate")
		ev.Token = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
		b.fails("an unknown token", ev, "not one of ours")
		ev.Token = "nonsense"
		b.fails("nonsense for a token", ev, "the certificate is good, and the token is not")
		ev.Token = b.Bootstrap(lobbyMAC, vendors.HTTPS, outside)
		b.passes("a bootstrap token", ev, "d1")
		ev.Token = ev.Token[:len(ev.Token)-1]
		b.fails("a bootstrap token cut short", ev, "the token is not")
		ev = shown(maker.Issue(b.t, barMAC.String()), lobbyMAC)
		ev.Token = token
		b.fails("a neighbour's certificate with the right token", ev, "the certificate is that of another device")
		ev = shown(mine, lobbyMAC)
		ev.Asked = true
		b.fails("a path that asks for a password", ev, "asks for a user and a password")
		b.uses(ca, 1)
	})
}

// TestService_Authenticate_staleBootstrap: a phone that moved or was away comes
// with a bootstrap token that counts no more; its certificate still does.
func TestService_Authenticate_staleBootstrap(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		maker := testkit.Root(b.t, b.clock.Now(), "Maker CA")
		b.trusts(trust.Place{}, maker, byCN)
		mine, bars := maker.Issue(b.t, lobbyMAC.String()), maker.Issue(b.t, barMAC.String())
		elsewhere := shown(mine, lobbyMAC)
		elsewhere.Token = b.Bootstrap(lobbyMAC, vendors.HTTPS, inside)
		elsewhere.Address = outside
		expired := shown(mine, lobbyMAC)
		expired.Token = b.Bootstrap(lobbyMAC, vendors.HTTPS, expired.Address)
		neighbour := shown(bars, lobbyMAC)
		neighbour.Token = expired.Token
		b.clock.Advance(25 * time.Hour)
		for reason, ev := range map[string]identity.Evidence{"given to another address": elsewhere, "has expired": expired} {
			a, v := b.Authenticate(b.t.Context(), ev)
			if !v.OK || a.Proof() != identity.Certificate || a.MAC() != lobbyMAC || !strings.Contains(v.Reason, reason) {
				b.t.Errorf("%s: %+v, %+v", reason, a, v)
			}
			ev.TLS = nil
			b.fails("without the certificate", ev, reason)
		}
		b.fails("a neighbour's certificate", neighbour, "the certificate is that of another device")
	})
}

// uses checks how many devices last proved by a CA's certificate who they are.
func (b bench) uses(ca trust.CA, want int) {
	b.t.Helper()
	if err := b.trust.Flush(b.system()); err != nil {
		b.t.Fatal(err)
	}
	got, err := b.trust.Get(b.system(), trust.Place{TenantID: ca.TenantID, OrgID: ca.OrgID}, ca.ID)
	if err != nil || got.Devices != want {
		b.t.Errorf("%d devices prove by %s, %v; want %d", got.Devices, ca.Name, err, want)
	}
}

// TestService_Authenticate_certificate_password: a password and a certificate
// have to be one device's.
func TestService_Authenticate_certificate_password(t *testing.T) {
	t.Parallel()
	b := one(t)
	maker := testkit.Root(t, b.clock.Now(), "Maker CA")
	b.trusts(trust.Place{}, maker, byCN)
	d, err := b.devices.Get(b.system(), "d2")
	if err != nil {
		t.Fatal(err)
	}
	user, password, err := b.NewPassword(b.system(), d)
	if err != nil {
		t.Fatal(err)
	}
	ev := shown(maker.Issue(t, lobbyMAC.String()), "")
	ev.User, ev.Password = user, password
	b.fails("a neighbour's password", ev, "the password belongs to another device")
	ev.Password = secret.NewString("wrong")
	b.passes("a wrong password is as good as none", ev, "d1")
}

// TestService_Authenticate_certificate_ends: what an operator takes back counts
// from the next request on, whatever was resumed or kept open.
func TestService_Authenticate_certificate_ends(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		maker := testkit.Root(b.t, b.clock.Now(), "Maker CA")
		ca := b.trusts(trust.Place{}, maker, byCN)
		ev := shown(maker.Issue(b.t, lobbyMAC.String()), lobbyMAC)
		b.passes("before", ev, "d1")
		ev.TLS.DidResume = true
		b.passes("resumed", ev, "d1")
		other := trust.Rule{Field: trust.SerialNumber, Pattern: alone}
		ca, err := b.trust.Update(b.system(), trust.Place{}, ca.ID, trust.Patch{Rule: &other}, ca.Version)
		if err != nil || ca.Confirmed() {
			b.t.Fatalf("%+v, %v", ca, err)
		}
		b.fails("another rule", ev, "waiting")
		subjects, _, err := b.trust.Subjects(b.system(), trust.Place{}, ca.ID)
		if err != nil || len(subjects) != 1 {
			b.t.Fatalf("%d subjects, %v", len(subjects), err)
		}
		if ca, err = b.trust.Confirm(b.system(), trust.Place{}, ca.ID, subjects[0].ID, byCN, sample, ca.Version); err != nil {
			b.t.Fatal(err)
		}
		b.passes("confirmed again", ev, "d1")
		more := ca.PEM + testkit.Root(b.t, b.clock.Now(), "Second CA").PEM()
		if ca, err = b.trust.Update(b.system(), trust.Place{}, ca.ID, trust.Patch{PEM: &more}, ca.Version); err != nil || ca.Confirmed() || len(ca.Certificates) != 2 {
			b.t.Fatalf("%+v, %v", ca, err)
		}
		b.fails("other certificates", ev, "waiting")
		if err := b.trust.Delete(b.system(), trust.Place{}, ca.ID, ca.Version); err != nil {
			b.t.Fatal(err)
		}
		b.fails("deleted", ev, "its CA is not trusted here")
		if err := b.trust.Flush(b.system()); err != nil { // what was noted for the CA that is gone
			b.t.Fatal(err)
		}
	})
}

// TestService_Authenticate_certificate_life: a device that is not adopted gets
// nothing, and whoever showed its certificate stands among its claims.
func TestService_Authenticate_certificate_life(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		maker := testkit.Root(b.t, b.clock.Now(), "Maker CA")
		b.trusts(trust.Place{}, maker, byCN)
		ev := shown(maker.Issue(b.t, lobbyMAC.String()), lobbyMAC)
		for _, life := range []string{"rejected", "quarantined", "retired"} {
			b.exec("UPDATE devices SET life = ? WHERE id = 'd1'", life)
			if v := b.fails(life, ev, "the device is "+life); v.Bootstrap {
				b.t.Errorf("%s: it gets a bootstrap", life)
			}
		}
		b.fails("nobody's", shown(maker.Issue(b.t, nobody.String()), nobody), "no device with its MAC 00:00:5e:00:53:ff")
		b.exec("UPDATE devices SET life = 'waiting' WHERE id = 'd1'")
		b.fails("waiting", ev, "waits for an operator's approval: CN=00005e005301")
		claim := b.claim("CN=00005e005301,O=Example")
		d, err := b.devices.Get(b.system(), "d1")
		if err != nil {
			b.t.Fatal(err)
		}
		if err := b.Approve(b.system(), d, claim.ID); err != nil {
			b.t.Fatal(err)
		}
		b.passes("approved", ev, "d1")
	})
}

// claim is the only one of the lobby's phone, with the subject that was shown.
func (b bench) claim(subject string) identity.Claim {
	b.t.Helper()
	if err := b.FlushClaims(b.system()); err != nil {
		b.t.Fatal(err)
	}
	list, err := b.Claims(b.system(), "o1", "d1")
	if err != nil || len(list) != 1 || list[0].Subject != subject || list[0].State != identity.ClaimOpen || list[0].Address != outside.String() {
		b.t.Fatalf("claims: %+v, %v; want one with %s", list, err, subject)
	}
	return list[0]
}

// TestService_Authenticate_unconfirmed: until a rule is confirmed a certificate
// proves nothing, and its subject stands where the operator decides.
func TestService_Authenticate_unconfirmed(t *testing.T) {
	t.Parallel()
	b := one(t)
	maker := testkit.Root(t, b.clock.Now(), "Maker CA")
	if _, err := b.trust.Add(b.system(), trust.Place{}, "Fresh", maker.PEM()); err != nil {
		t.Fatal(err)
	}
	cert := maker.Issue(t, lobbyMAC.String())
	v := b.fails("unconfirmed", shown(cert, lobbyMAC), "the certificate CN=00005e005301,O=Example: waiting: nobody has confirmed yet how to read a MAC in certificates of the CA Fresh")
	if !v.Bootstrap {
		t.Error("it does not get what anybody gets")
	}
	b.claim("CN=00005e005301,O=Example")
	ev := shown(cert, lobbyMAC)
	ev.Token = b.token("d1")
	b.passes("with its own token", ev, "d1")
	own := testkit.Root(t, b.clock.Now(), "Two's CA")
	if _, err := b.trust.Add(b.system(), trust.Place{TenantID: "t2", OrgID: "o2"}, "", own.PEM()); err != nil {
		t.Fatal(err)
	}
	b.fails("another organization's CA", shown(own.Issue(t, "Phone"), lobbyMAC), "waiting")
	b.claim("CN=00005e005301,O=Example") // that one is nothing to this organization
}

// TestService_Authenticate_foreign_rule: an organization that trusts a maker's CA
// by itself, with a rule that reads one of its own phones everywhere, refuses
// nothing to another organization's phones.
func TestService_Authenticate_foreign_rule(t *testing.T) {
	t.Parallel()
	b := one(t)
	maker := testkit.Root(t, b.clock.Now(), "Maker CA")
	b.trusts(trust.Place{TenantID: "t2", OrgID: "o2"}, maker, trust.Rule{Field: trust.SerialNumber, Pattern: within}, serial(sample.String()))
	cert := maker.Issue(t, "", func(c *x509.Certificate) {
		c.Subject.CommonName, c.Subject.SerialNumber = lobbyMAC.String(), barMAC.String()
	})
	if v := b.fails("the bare name", shown(cert, lobbyMAC), "another organization's own"); !v.Bootstrap {
		t.Error("it does not get what anybody gets")
	}
	ev := shown(cert, "")
	ev.Token = b.token("d1")
	b.passes("its own token", ev, "d1")
	b.passes("the other organization's phone", shown(cert, barMAC), "d2")
}

func TestService_Authenticate_certificate_database_away(t *testing.T) {
	t.Parallel()
	b := one(t)
	cert := testkit.Root(t, b.clock.Now(), "Maker CA").Issue(t, lobbyMAC.String())
	b.exec("ALTER TABLE trusted_cas RENAME TO elsewhere")
	a, v := b.Authenticate(t.Context(), shown(cert, lobbyMAC))
	if v.OK || v.Err == nil || a != (identity.AuthenticatedDevice{}) {
		t.Errorf("%+v, %+v", a, v)
	}
}

// TestService_Authenticate_neighbours: 10,000 phones that each show their
// neighbour's certificate get nothing, and each with its own gets its own.
func TestService_Authenticate_neighbours(t *testing.T) {
	t.Parallel()
	const count = 10_000
	b := one(t)
	maker := testkit.Root(t, b.clock.Now(), "Maker CA")
	b.trusts(trust.Place{}, maker, byCN)
	b.fleet(count)
	key := testkit.Key(t)
	certs := make([]tls.Certificate, count)
	for i := range certs {
		certs[i] = maker.IssueTo(t, key, fleetMAC(i).String())
	}
	start := clock.System{}.Now()
	for i := range certs {
		if a, v := b.Authenticate(t.Context(), shown(certs[(i+1)%count], fleetMAC(i))); v.OK || v.Err != nil || v.Bootstrap || a != (identity.AuthenticatedDevice{}) {
			t.Fatalf("phone %d with its neighbour's certificate: %+v, %+v", i, a, v)
		}
	}
	each := clock.System{}.Now().Sub(start) / count
	for i := 0; i < count; i += 100 {
		b.passes("its own", shown(certs[i], fleetMAC(i)), fmt.Sprintf("f%d", i))
	}
	t.Logf("%d refusals, %s each on one of %d cores", count, each, runtime.NumCPU())
}

func fleetMAC(i int) mac.Address { return mac.Address(fmt.Sprintf("0200%08x", i+1)) }

// fleet makes adopted phones.
func (b bench) fleet(n int) {
	b.t.Helper()
	const part = 500
	for i := 0; i < n; i += part {
		var rows []string
		for j := i; j < min(i+part, n); j++ {
			rows = append(rows, fmt.Sprintf("('f%d', 't1', 'o1', 's1', '%s', 'grandstream', 'GHP621W', 'adopted', 1, 1)", j, fleetMAC(j)))
		}
		b.exec("INSERT INTO devices (id, tenant_id, org_id, site_id, mac, vendor, model, life, created_at, updated_at) VALUES " + strings.Join(rows, ", "))
	}
}
