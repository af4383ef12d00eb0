package task_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/all"
	"bellwether/internal/vendors/grandstream/sim"

	"github.com/google/go-cmp/cmp"
)

// base is a DP750 with accounts at two SIP servers.
type base struct {
	*house
	device.Device
	east, west account.Server
	accounts   map[string]account.Account
	held       map[string]string // what the virtual base holds, by P-value
}

func newBase(t *testing.T, ctx context.Context, h *house, mac string) *base {
	t.Helper()
	d, err := h.devices.Create(ctx, h.org, device.Input{MAC: mac, Model: "DP750", Name: "Base"})
	ok(t, err)
	b := &base{house: h, Device: d, accounts: map[string]account.Account{}}
	text := func(s string) *string { return &s }
	b.east, err = h.accounts.CreateServer(ctx, h.org, account.ServerInput{Name: text("East"), Address: text("east.example.org")})
	ok(t, err)
	b.west, err = h.accounts.CreateServer(ctx, h.org, account.ServerInput{Name: text("West"), Address: text("west.example.org:5070")})
	ok(t, err)
	for user, srv := range map[string]string{"201": b.east.ID, "202": b.east.ID, "203": b.east.ID, "301": b.west.ID} {
		pw := secret.NewString("secret-of-" + user)
		b.accounts[user], err = h.accounts.Create(ctx, h.org, account.Input{ServerID: &srv, UserID: &user, Password: &pw})
		ok(t, err)
	}
	b.held = b.persona(t).Factory(phone.Device{MAC: d.MAC, Model: d.Model}, rand.New(rand.NewPCG(1, 1)))
	return b
}

func (b *base) persona(t *testing.T) *sim.Persona {
	t.Helper()
	all, err := sim.All()
	ok(t, err)
	i := slices.IndexFunc(all, func(p *sim.Persona) bool { return slices.Contains(p.Models(), b.Model) })
	return all[i]
}

func (b *base) assign(ctx context.Context, line int, user string, profile int, mode string) error {
	return b.house.accounts.Assign(ctx, b.Device, account.Assignment{Line: line, AccountID: b.accounts[user].ID, Profile: profile, Mode: mode}, "test")
}

// take is the base fetching its file, and keeping what the file does not mention.
func (b *base) take(t *testing.T, ctx context.Context) {
	t.Helper()
	r := b.fetch(t, ctx, b.Device)
	doc, err := r.Document(func(secret.Ref) (secret.String, error) { return secret.NewString("x"), nil })
	ok(t, err)
	v := maker(t)
	data, err := v.Render(doc)
	ok(t, err)
	f, err := b.persona(t).Read(phone.Device{MAC: b.MAC, Model: b.Model}, "cfg.xml", data)
	ok(t, err)
	for k, v := range f.Settings {
		b.held[k] = v
	}
}

func (b *base) pushLines(t *testing.T, ctx context.Context) {
	t.Helper()
	b.push(t, ctx, b.plan(t, ctx, revision.Move{Lines: true}, b.Device))
	b.take(t, ctx)
}

func (b *base) registers(t *testing.T, want ...sim.BaseAccount) {
	t.Helper()
	if diff := cmp.Diff(want, sim.Accounts(b.held)); diff != "" {
		t.Fatalf("the base registers otherwise (-want +got):\n%s", diff)
	}
}

func cells(of ...[3]int) []account.Cell {
	out := make([]account.Cell, len(of))
	for i, c := range of {
		out[i] = account.Cell{HandsetLine: account.HandsetLine{Handset: c[0], Line: c[1]}, Use: c[2]}
	}
	return out
}

func TestBase_profiles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		b := newBase(t, ctx, h, "000b8253d001")
		ok(t, b.assign(ctx, 1, "201", 0, ""))
		ok(t, b.assign(ctx, 2, "301", 0, "linear")) // another server: the next profile
		ok(t, b.assign(ctx, 3, "202", 0, "hs3"))    // the first server again
		err := b.assign(ctx, 4, "203", 2, "")
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Kind != fault.Invalid || len(refused.Fields) != 1 {
			t.Fatalf("two servers in one profile: %v", err)
		}
		if f := refused.Fields[0]; f.Path != "profile" || !strings.Contains(f.Message, "west.example.org:5070") {
			t.Fatalf("the refusal says %+v", f)
		}
		b.take(t, ctx)
		b.registers(t, sim.BaseAccount{Number: 1, User: "201", Server: "east.example.org", Rings: "circular"},
			sim.BaseAccount{Number: 2, User: "301", Server: "west.example.org:5070", Rings: "linear"},
			sim.BaseAccount{Number: 3, User: "202", Server: "east.example.org", Rings: "HS3"})
		_, err = h.accounts.Update(ctx, b.accounts["202"].ID, account.Input{ServerID: &b.west.ID}, 1)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), b.MAC.String()) {
			t.Fatalf("moving an account of a shared profile to another server: %v", err)
		}
		for n, in := range map[string]account.Assignment{"no such profile": {Line: 1, Profile: 5}, "no such mode": {Line: 1, Mode: "hs6"}, "no such line": {Line: 11}} {
			in.AccountID = b.accounts["201"].ID
			if err := h.accounts.Assign(ctx, b.Device, in, "test"); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", n, err)
			}
		}
	})
}

// The mode that nobody chose is the base's own, whatever the base had before.
func TestBase_mode_left_empty_is_circular(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		b := newBase(t, ctx, h, "000b8253d002")
		b.held["P27080"] = "103" // somebody set it at the base
		ok(t, b.assign(ctx, 1, "201", 0, ""))
		b.take(t, ctx)
		b.registers(t, sim.BaseAccount{Number: 1, User: "201", Server: "east.example.org", Rings: "circular"})
		ok(t, b.assign(ctx, 1, "201", 0, "parallel"))
		b.pushLines(t, ctx)
		b.registers(t, sim.BaseAccount{Number: 1, User: "201", Server: "east.example.org", Rings: "parallel"})
		ok(t, b.assign(ctx, 1, "201", 0, ""))
		b.pushLines(t, ctx)
		b.registers(t, sim.BaseAccount{Number: 1, User: "201", Server: "east.example.org", Rings: "circular"})
	})
}

func TestBase_handset_table(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		b := newBase(t, ctx, h, "000b8253d003")
		ok(t, b.assign(ctx, 1, "201", 0, "parallel"))
		ok(t, b.assign(ctx, 2, "301", 0, "parallel"))
		b.take(t, ctx)
		if got := sim.Ringing(b.held, sim.Accounts(b.held)[0]); !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
			t.Fatalf("without a table account 1 rings at %v", got)
		}
		for name, table := range map[string][]account.Cell{
			"an account that the base does not carry": cells([3]int{1, 1, 3}), "no such handset": cells([3]int{6, 1, 1}), "no such line": cells([3]int{1, 11, 1}),
			"a line twice": cells([3]int{1, 1, 1}, [3]int{1, 1, 2}),
		} {
			if err := h.accounts.SetHandsets(ctx, b.Device, table); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		ok(t, h.accounts.SetHandsets(ctx, b.Device, cells([3]int{1, 1, 1}, [3]int{1, 2, 2}, [3]int{4, 1, 2}, [3]int{4, 10, 1}, [3]int{5, 3, 2})))
		p := b.plan(t, ctx, revision.Move{Lines: true}, b.Device)
		b.push(t, ctx, p)
		b.take(t, ctx)
		for h, want := range map[int][]int{1: {1, 2, 0, 0, 0, 0, 0, 0, 0, 0}, 2: make([]int, 10), 4: {2, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 5: {0, 0, 2, 0, 0, 0, 0, 0, 0, 0}} {
			if got := sim.Handset(b.held, h); !slices.Equal(got, want) {
				t.Errorf("handset %d has %v, want %v", h, got, want)
			}
		}
		if got := sim.Ringing(b.held, sim.Accounts(b.held)[1]); !slices.Equal(got, []int{1, 4, 5}) {
			t.Errorf("account 2 rings at %v", got)
		}
	})
}

// What is taken away leaves the base: an account is switched off although the
// base's accounts are on out of the box, its profile too, and its handsets' lines
// are freed.
func TestBase_account_taken_off(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		b := newBase(t, ctx, h, "000b8253d004")
		ok(t, b.assign(ctx, 1, "201", 0, ""))
		ok(t, b.assign(ctx, 2, "301", 0, ""))
		ok(t, h.accounts.SetHandsets(ctx, b.Device, cells([3]int{1, 1, 1}, [3]int{2, 1, 2})))
		b.take(t, ctx)
		ok(t, b.assign(ctx, 2, "", 0, ""))
		b.pushLines(t, ctx)
		b.registers(t, sim.BaseAccount{Number: 1, User: "201", Server: "east.example.org", Rings: "circular"})
		if b.held["P401"] != "0" || b.held["P4596"] != "0" || sim.Handset(b.held, 2)[0] != 0 {
			t.Errorf("profile 2 %q, account 2 %q, handset 2 %v", b.held["P401"], b.held["P4596"], sim.Handset(b.held, 2))
		}
		// What is known of no default stays on the base and is told.
		r, err := h.revisions.Desired(ctx, b.ID)
		ok(t, err)
		for _, k := range []param.Key{"account.2.sip.userid", "profile.2.sip.server.1.address"} {
			if e, _ := entry(r, k); e.State != revision.Residue {
				t.Errorf("%s is %+v, want residue", k, e)
			}
		}
		// The whole table taken away: the base's own again.
		ok(t, h.accounts.SetHandsets(ctx, b.Device, nil))
		b.pushLines(t, ctx)
		if got := sim.Handset(b.held, 2); got[0] != 1 {
			t.Errorf("handset 2 has %v, want the factory's line 1", got)
		}
	})
}

// A base's table is a line's word alone; a template cannot say it, and a phone
// that is no base has none.
func TestBase_is_refused_elsewhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		b := newBase(t, ctx, h, "000b8253d005")
		plain := h.device(t, ctx, "02000000ad05")
		for name, err := range map[string]error{
			"a profile": h.accounts.Assign(ctx, plain, account.Assignment{Line: 1, AccountID: b.accounts["201"].ID, Profile: 1}, "test"),
			"a mode":    h.accounts.Assign(ctx, plain, account.Assignment{Line: 1, AccountID: b.accounts["201"].ID, Mode: "linear"}, "test"),
			"handsets":  h.accounts.SetHandsets(ctx, plain, cells([3]int{1, 1, 1})),
		} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s on a desk phone: %v", name, err)
			}
		}
		for _, k := range []param.Key{"handset.1.line.1.account", "account.1.dect.hsmode", "account.1.profile", "profile.1.sip.server.1.address"} {
			if p, _, ok := maker(t).Catalog().Lookup(k); !ok || !p.Role.Identity() {
				t.Errorf("%s may be set past the line", k)
			}
		}
	})
}

func maker(t *testing.T) vendors.Vendor {
	t.Helper()
	vs, err := all.New()
	ok(t, err)
	v, _ := vs.Get("grandstream")
	return v
}
