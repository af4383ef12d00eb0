package doortest

import (
	"crypto/tls"
	"testing"

	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/page"
	"bellwether/internal/testkit"
)

// Shows opens a door of a house for a phone that shows a certificate; the zero
// one is none.
type Shows func(t testing.TB, h *testkit.House, c tls.Certificate) Door

// Certificates runs what a device's certificate proves at a door (identity.md,
// proof 1). open connects with the certificate given.
func Certificates(t *testing.T, open Shows, options ...testkit.Option) {
	t.Helper()
	h := testkit.New(t, options...)
	s := &suite{h: h, w: h.World(t), door: open(t, h, tls.Certificate{})}
	for _, p := range s.w.Phones[:2] {
		s.publish(t, p)
	}
	maker := testkit.Root(t, h.Clock.Now(), "Maker CA")
	me, other := s.w.Phones[0], s.w.Phones[1]
	mine := maker.Issue(t, me.MAC.Colons())
	as := func(c tls.Certificate, path string) Answer {
		return open(t, h, c).Fetch(t, Ask{Path: path, Agent: agent})
	}
	bare := as(tls.Certificate{}, me.File())
	s.wantAlike(t, as(mine, me.File()), bare) // nobody knows the CA
	ca := h.TrustCA(t, trust.Place{}, maker)
	if !s.proves() {
		s.wantAlike(t, as(mine, me.File()), bare)
		return
	}
	a := as(mine, me.File())
	if got, err := read(t, me, a.Body); a.Kind != File || err != nil || got["account.1.sip.subscriber.password"] != me.Password {
		t.Fatalf("with its certificate the phone gets %s, %v\n%s", a.Kind, err, a.Shape)
	}
	if both := as(mine, own(me)); string(both.Body) != string(a.Body) {
		t.Errorf("with its token besides it gets %s and other bytes", both.Kind)
	}
	plain := as(tls.Certificate{}, under(strange(len(me.Token)), me.File()))
	for what, answer := range map[string]Answer{
		"a neighbour's certificate":              as(maker.Issue(t, other.MAC.String()), me.File()),
		"a neighbour's certificate and my token": as(maker.Issue(t, other.MAC.String()), own(me)),
		"my certificate, the neighbour's token":  as(mine, own(other)),
		"my certificate, nobody's token":         as(mine, under(strange(len(me.Token)), me.File())),
		"my certificate, the neighbour's name":   as(mine, other.File()),
		"a phone that waits":                     as(maker.Issue(t, s.w.Waiting.MAC.String()), s.w.Waiting.File()),
		"a phone that nobody has":                as(maker.Issue(t, "0200000000ee"), "cfg0200000000ee.xml"),
	} {
		s.wantNothing(t, what, answer)
		if answer.Shape != plain.Shape {
			t.Errorf("%s is refused in another way:\n%s\n%s", what, answer.Shape, plain.Shape)
		}
	}
	s.subjects(t)
	if err := h.Trust.Delete(testkit.System(), trust.Place{}, ca.ID, ca.Version); err != nil {
		t.Fatalf("delete the CA: %v", err)
	}
	s.wantAlike(t, as(mine, me.File()), bare)
}

// subjects: who was refused with a certificate is listed with its subject, the
// phone that waits among its claims and in the ledger, the one that nobody has in
// the pool.
func (s *suite) subjects(t *testing.T) {
	t.Helper()
	if err := s.h.Identity.FlushClaims(t.Context()); err != nil {
		t.Fatalf("write the claims: %v", err)
	}
	claims, err := s.h.Identity.Claims(testkit.System(), s.w.Waiting.OrgID, s.w.Waiting.ID)
	if err != nil || len(claims) != 1 || claims[0].Subject != "CN="+s.w.Waiting.MAC.String()+",O=Example" {
		t.Errorf("the claims of the phone that waits: %+v, %v", claims, err)
	}
	listed := false
	for _, e := range s.entries(t) {
		listed = listed || e.MAC == "0200000000ee" && e.Door == s.door.Kind()
	}
	pool, err := s.h.Devices.Unclaimed(testkit.System(), page.Page{})
	if err != nil || !listed {
		t.Fatalf("the ledger lists the phone that nobody has: %t, %v", listed, err)
	}
	for _, u := range pool.Items {
		if u.MAC == "0200000000ee" && u.Subject == "CN=0200000000ee,O=Example" {
			return
		}
	}
	t.Errorf("the pool has no phone with its subject: %+v", pool.Items)
}
