package adoption_test

import (
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
)

// bench is a house with a site of the first organization on 10.9.0.0/16.
type bench struct {
	*testkit.House
	t    *testing.T
	w    *testkit.World
	site org.Site
}

func each(t *testing.T, body func(b bench)) {
	t.Helper()
	for name, options := range map[string]func(*testing.T) []testkit.Option{
		"sqlite": func(*testing.T) []testkit.Option { return []testkit.Option{testkit.InMemory()} },
		"postgres": func(t *testing.T) []testkit.Option {
			return []testkit.Option{testkit.InMemory(), testkit.OnDatabase(dbtest.URL(t))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := testkit.New(t, options(t)...)
			b := bench{House: h, t: t, w: h.World(t)}
			b.site = b.ground(b.w.Org, "Ground", "10.9.0.0/16")
			body(b)
		})
	}
}

func (b bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

func (b bench) ground(o org.Org, name, cidr string) org.Site {
	b.t.Helper()
	s, err := b.Orgs.CreateSite(testkit.System(), o, org.SiteInput{Name: &name, Subnets: &[]org.Subnet{{CIDR: netip.MustParsePrefix(cidr)}}})
	b.ok(err)
	return s
}

func (b bench) rule(o org.Org, name string, action adoption.Action, m adoption.Match, edits ...func(*adoption.Input)) adoption.Rule {
	b.t.Helper()
	in := adoption.Input{Name: &name, Action: &action, Match: &m}
	for _, e := range edits {
		e(&in)
	}
	r, err := b.Adoption.Create(testkit.System(), o, in)
	b.ok(err)
	return r
}

// knocks has a stranger ask, and returns the record that came of it.
func (b bench) knocks(u device.Unclaimed) (device.Device, bool) {
	b.t.Helper()
	u.Vendor, u.Door, u.LastAt, u.Requests = "grandstream", "https", b.Clock.Now(), 1
	if u.Model == "" {
		u.Model = testkit.Model
	}
	b.ok(b.Devices.NoteStrangers(testkit.System(), []device.Unclaimed{u}))
	b.ok(b.Adoption.Met(testkit.System(), []device.Unclaimed{u}))
	d, err := b.Devices.Get(testkit.System(), u.MAC.String())
	if err != nil && !fault.Is(err, fault.NotFound) {
		b.t.Fatal(err)
	}
	return d, err == nil
}

func (b bench) stays(what string, u device.Unclaimed) {
	b.t.Helper()
	if d, taken := b.knocks(u); taken {
		b.t.Errorf("%s: it became %+v", what, d)
	}
}

// A stranger that proves its MAC is taken in where the first rule that fits says,
// and one that does not is only suggested.
func TestMet(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		shelf := b.ground(b.w.Org, "Shelf", "10.10.0.0/16")
		g, err := b.Groups.Create(testkit.System(), b.w.Org, group.Input{Name: ptr("Rooms")})
		b.ok(err)
		proved := func(m mac.Address) device.Unclaimed {
			return device.Unclaimed{MAC: m, Address: "10.9.1.1", Subject: "CN=" + m.String(), Proved: true}
		}
		b.stays("without rules", proved("020000009401"))
		b.rule(b.w.Org, "Lab", adoption.Suggest, adoption.Match{MACs: []string{"0200000094ff"}})
		r := b.rule(b.w.Org, "Rooms", adoption.Adopt, adoption.Match{Model: "GHP6*"}, func(in *adoption.Input) { in.SiteID, in.GroupID = &shelf.ID, &g.ID })
		name := proved("020000009401")
		name.Proved = false
		b.stays("by its name alone", name)
		b.stays("one of the rule before, which suggests", proved("0200000094ff"))
		elsewhere := proved("020000009401")
		elsewhere.Address = "10.99.0.1"
		b.stays("from nobody's network", elsewhere)
		other := proved("020000009401")
		other.Model = "GXP2170"
		b.stays("another model", other)
		d, taken := b.knocks(proved("020000009401"))
		if !taken || d.Life != device.Adopted || d.SiteID != shelf.ID || d.OrgID != b.w.Org.ID || d.Model != testkit.Model {
			b.t.Fatalf("taken in: %v %+v", taken, d)
		}
		in, err := b.Groups.MemberIDs(testkit.System(), g.ID)
		b.ok(err)
		back, err := b.Adoption.Rule(testkit.System(), b.w.Org, r.ID)
		b.ok(err)
		if len(in) != 1 || in[0] != d.ID || back.Hits != 1 || back.LastHit.IsZero() || back.Version != r.Version {
			b.t.Errorf("group %v, rule %+v", in, back)
		}
		b.knocks(proved("020000009401"))
		if again, err := b.Adoption.Rule(testkit.System(), b.w.Org, r.ID); err != nil || again.Hits != 1 {
			b.t.Errorf("once more it is counted: %+v, %v", again, err)
		}
		_, err = b.Adoption.Update(testkit.System(), b.w.Org, r.ID, adoption.Input{Enabled: ptr(false)}, r.Version)
		b.ok(err)
		b.stays("a rule that is switched off", proved("020000009402"))
	})
}

// A name suffices while an operator trusts the network that it comes from.
func TestMet_trusted(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.rule(b.w.Org, "All", adoption.Adopt, adoption.Match{})
		u := device.Unclaimed{MAC: "020000009403", Address: "10.9.1.1"}
		b.stays("before", u)
		_, err := b.Orgs.TrustLAN(testkit.System(), b.site.ID, []netip.Prefix{netip.MustParsePrefix("10.9.1.0/24")}, time.Hour)
		b.ok(err)
		b.stays("from another part", device.Unclaimed{MAC: "020000009403", Address: "10.9.2.1"})
		if _, taken := b.knocks(u); !taken {
			b.t.Error("from the trusted network it stays a stranger")
		}
		_, err = b.Orgs.DistrustLAN(testkit.System(), b.site.ID)
		b.ok(err)
		b.stays("after", device.Unclaimed{MAC: "020000009404", Address: "10.9.1.1"})
	})
}

// What two may lay claim to, an operator decides on; and nobody takes in what asks
// from another tenant's network.
func TestMet_across(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		u := device.Unclaimed{MAC: "020000009405", Address: "10.9.1.1", Proved: true}
		b.rule(b.w.Foreign, "All", adoption.Adopt, adoption.Match{})
		b.stays("a rule of who has no such network", u)
		b.rule(b.w.Org, "All", adoption.Adopt, adoption.Match{})
		foreign := b.ground(b.w.Foreign, "Annex", "10.9.0.0/16")
		b.stays("two tenants on one network", u)
		b.ok(b.Orgs.DeleteSite(testkit.System(), foreign.ID, foreign.Version))
		sister := b.ground(b.w.Sister, "Annex", "10.9.0.0/16")
		b.rule(b.w.Sister, "All", adoption.Adopt, adoption.Match{})
		b.stays("two organizations that both take it", u)
		b.ok(b.Orgs.DeleteSite(testkit.System(), sister.ID, sister.Version))
		if d, taken := b.knocks(u); !taken || d.OrgID != b.w.Org.ID {
			b.t.Errorf("alone it is taken in: %v %+v", taken, d)
		}
	})
}

func TestRules(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		a := b.rule(b.w.Org, "A", adoption.Suggest, adoption.Match{})
		z := b.rule(b.w.Org, "Z", adoption.Adopt, adoption.Match{Model: "GHP*"})
		order := func(want ...string) {
			b.t.Helper()
			list, err := b.Adoption.Rules(testkit.System(), b.w.Org)
			b.ok(err)
			for i, r := range list {
				if i >= len(want) || r.Name != want[i] {
					b.t.Fatalf("rules %+v, want %v", list, want)
				}
			}
		}
		order("A", "Z")
		u := device.Unclaimed{MAC: "020000009406", Address: "10.9.1.1", Proved: true}
		b.stays("the first suggests", u)
		dry, err := b.Adoption.DryRun(testkit.System(), b.w.Org, nil)
		b.ok(err)
		if len(dry) != 1 || dry[0].Rule.ID != a.ID || dry[0].Adopts || len(dry[0].Passed) != 0 {
			b.t.Errorf("dry run %+v", dry)
		}
		_, err = b.Adoption.Update(testkit.System(), b.w.Org, z.ID, adoption.Input{Position: ptr(0)}, z.Version)
		b.ok(err)
		_, err = b.Adoption.Update(testkit.System(), b.w.Org, a.ID, adoption.Input{Position: ptr(1)}, a.Version)
		b.ok(err)
		order("Z", "A")
		dry, err = b.Adoption.DryRun(testkit.System(), b.w.Org, nil)
		b.ok(err)
		if len(dry) != 1 || dry[0].Rule.ID != z.ID || !dry[0].Adopts || dry[0].Site.ID != b.site.ID {
			b.t.Errorf("dry run %+v", dry)
		}
		tries := func(t adoption.Trial) adoption.Outcome {
			b.t.Helper()
			dry, err := b.Adoption.DryRun(testkit.System(), b.w.Org, &t)
			b.ok(err)
			if len(dry) != 1 {
				b.t.Fatalf("tried %+v", dry)
			}
			return dry[0]
		}
		if x := tries(adoption.Trial{Input: adoption.Input{Name: ptr("new"), Position: ptr(0), Action: ptr(adoption.Adopt), Match: &adoption.Match{MACs: []string{"0200"}}}}); x.Rule.ID != z.ID {
			b.t.Errorf("a new rule after another of its place: %+v", x)
		}
		if x := tries(adoption.Trial{ID: z.ID, Input: adoption.Input{Match: &adoption.Match{Model: "GXP*"}}}); x.Rule.ID != a.ID || len(x.Passed) != 1 || x.Passed[0].ID != z.ID {
			b.t.Errorf("a rule as it might be: %+v", x)
		}
		if x := tries(adoption.Trial{ID: a.ID, Input: adoption.Input{Position: ptr(0), Action: ptr(adoption.Adopt), SiteID: ptr(b.w.Lobby.ID)}}); x.Rule.ID != a.ID || !x.Adopts || x.Site.ID != b.w.Lobby.ID {
			b.t.Errorf("a rule as it might be, before another: %+v", x)
		}
		for what, t := range map[string]adoption.Trial{"no name": {}, "nobody's": {ID: "x"}, "no site": {Input: adoption.Input{Name: ptr("new"), SiteID: ptr("x")}}} {
			if _, err := b.Adoption.DryRun(testkit.System(), b.w.Org, &t); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
				b.t.Errorf("tried %s: %v", what, err)
			}
		}
		if back, err := b.Adoption.Rules(testkit.System(), b.w.Org); err != nil || len(back) != 2 || back[0].Match.Model != "GHP*" {
			b.t.Errorf("what was tried stays: %+v, %v", back, err)
		}
		for what, in := range map[string]adoption.Input{
			"no name": {Name: ptr(" ")}, "another organization's site": {Name: ptr("X"), SiteID: ptr(b.ground(b.w.Sister, "There", "10.11.0.0/16").ID)},
			"no such group": {Name: ptr("X"), GroupID: ptr("x")}, "no action": {Name: ptr("X"), Action: ptr(adoption.Action("all"))}, "a position": {Name: ptr("X"), Position: ptr(-1)},
		} {
			if _, err := b.Adoption.Create(testkit.System(), b.w.Org, in); !fault.Is(err, fault.Invalid) {
				b.t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := b.Adoption.Create(testkit.System(), b.w.Org, adoption.Input{Name: ptr("a")}); !fault.Is(err, fault.Conflict) {
			b.t.Errorf("a name twice: %v", err)
		}
		if _, err := b.Adoption.Rule(testkit.System(), b.w.Sister, a.ID); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("under another organization: %v", err)
		}
		if err := b.Adoption.Delete(testkit.System(), b.w.Org, a.ID, 1); fault.CodeOf(err) != "version" {
			b.t.Errorf("deleting an old version: %v", err)
		}
		b.ok(b.Adoption.Delete(testkit.System(), b.w.Org, a.ID, 2))
		order("Z")
		for i := 1; i < limit.AdoptionRules; i++ {
			b.rule(b.w.Org, "R"+string(rune('0'+i/10))+string(rune('0'+i%10)), adoption.Suggest, adoption.Match{})
		}
		if _, err := b.Adoption.Create(testkit.System(), b.w.Org, adoption.Input{Name: ptr("one more")}); !fault.Is(err, fault.Conflict) {
			b.t.Errorf("beyond the limit: %v", err)
		}
	})
}
