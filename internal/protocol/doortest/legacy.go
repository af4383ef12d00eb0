package doortest

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/domain/org"
	"bellwether/internal/testkit"
)

// legacy: where a site's flag covers the asker's address, its phones' names
// suffice at every door until the flag ends and two weeks more (identity.md,
// "Legacy flag").
func legacy(t *testing.T, open func(t testing.TB, h *testkit.House) Door, options []testkit.Option) {
	h := testkit.New(t, options...)
	s := &suite{h: h, w: h.World(t), door: open(t, h)}
	inside, outside := s.w.Phones[0], s.w.Phones[2] // in the lobby, on floor 2
	bare := s.get(t, inside.File())
	s.wantNoSecret(t, "before the flag", bare)

	s.flag(t, h.Clock.Now().Add(24*time.Hour))
	a := s.get(t, inside.File())
	got, err := read(t, inside, a.Body)
	if a.Kind != File || err != nil || got["account.1.sip.subscriber.password"] != inside.Password {
		t.Errorf("under the flag the phone gets %s, %v\n%s", a.Kind, err, a.Shape)
	}
	token := s.get(t, own(inside))
	if string(token.Body) != string(a.Body) {
		t.Errorf("under the flag its token gives it %s and other bytes than its name", token.Kind)
	}
	for what, p := range map[string]testkit.Phone{"a phone of another site": outside, "a phone that waits": s.w.Waiting, "another tenant's": s.w.ForeignPhone} {
		a := s.get(t, p.File())
		s.wantNoSecret(t, what, a)
		s.wantAlike(t, a, bare)
	}
	s.wantNothing(t, "a probe under the flag", s.get(t, "cfg.xml"))

	s.flag(t, h.Clock.Now().Add(time.Hour-org.LegacyGraceTime)) // its end date has passed
	if a := s.get(t, inside.File()); string(a.Body) != string(token.Body) {
		t.Errorf("in the last hour of warning the phone gets %s\n%s", a.Kind, a.Shape)
	}
	s.flag(t, h.Clock.Now().Add(-org.LegacyGraceTime))
	s.wantAlike(t, s.get(t, inside.File()), bare)
	s.flag(t, time.Time{})
	s.wantAlike(t, s.get(t, inside.File()), bare)
}

// flag sets the end of the lobby's legacy flag; zero takes it away.
func (s *suite) flag(t *testing.T, until time.Time) {
	t.Helper()
	site, err := s.h.Orgs.Site(testkit.System(), s.w.Lobby.ID)
	if err != nil {
		t.Fatalf("read the site: %v", err)
	}
	nets := []org.Subnet{{CIDR: netip.MustParsePrefix("192.0.2.0/26"), Legacy: !until.IsZero()}, {CIDR: netip.MustParsePrefix("127.0.0.1/32"), Legacy: !until.IsZero()}}
	if _, err := s.h.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version); err != nil {
		t.Fatalf("set the legacy flag: %v", err)
	}
}
