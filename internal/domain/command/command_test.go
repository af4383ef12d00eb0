package command_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors/all"
)

// house is the queue on one database, with one channel that carries everything.
type house struct {
	db       *db.DB
	clock    *clock.Fake
	commands *command.Service
	devices  *device.Service
	org      org.Org
	channel  *channel
	changes  []command.Command
}

// channel carries what it is told to, and counts how often it was to wake.
type channel struct {
	mu    sync.Mutex
	reach command.Reach
	woken []string
}

func (c *channel) Name() string { return "test" }

func (c *channel) Reach(context.Context, device.Device) (command.Reach, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reach, nil
}

func (c *channel) Wake(_ context.Context, d device.Device) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.woken = append(c.woken, d.ID)
	return nil
}

func (c *channel) wakes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.woken)
}

func each(t *testing.T, body func(t *testing.T, ctx context.Context, h *house)) {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := scope.AsSystem(context.Background(), "test")
		body(t, ctx, build(t, ctx, d, fake))
	}, dbtest.WithClock(fake))
}

func build(t *testing.T, ctx context.Context, d *db.DB, fake *clock.Fake) *house {
	t.Helper()
	root, err := secret.LoadRoot(filepath.Join(t.TempDir(), "root.key"), func() (bool, error) { return false, nil })
	ok(t, err)
	v, err := secret.New(ctx, d, root)
	ok(t, err)
	vs, err := all.New()
	ok(t, err)
	b := bus.NewMemory()
	t.Cleanup(func() { ok(t, b.Close()) })
	log := slog.New(slog.DiscardHandler)
	au := audit.New(d, v)
	ac := access.New(d, v, au, access.Config{})
	orgs := org.New(d, ac, au)
	h := &house{db: d, clock: fake, channel: &channel{reach: command.Reach{Kinds: command.Kinds(), Wakes: true}}}
	h.devices = device.New(device.Deps{DB: d, Access: ac, Audit: au, Orgs: orgs, Vendors: vs, Bus: b, Twins: device.NewTwins(d, b, log, "node"), Removal: []device.Removal{command.DropDevice}})
	h.commands = command.New(command.Deps{DB: d, Access: ac, Audit: au, Devices: h.devices, Bus: b, Log: log})
	h.commands.Use(command.NextFetch{Now: fake.Now}, h.channel)
	h.commands.Listen(func(_ context.Context, _ *db.Tx, c command.Command) error {
		h.changes = append(h.changes, c)
		return nil
	})
	tn, err := orgs.CreateTenant(ctx, "Hotels", org.Business)
	ok(t, err)
	h.org, err = orgs.CreateOrg(ctx, tn.ID, "Bellwether", "")
	ok(t, err)
	return h
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) device(t *testing.T, ctx context.Context, mac string) device.Device {
	t.Helper()
	d, err := h.devices.Create(ctx, h.org, device.Input{MAC: mac, Model: "GHP621W"})
	ok(t, err)
	return d
}

func (h *house) ask(t *testing.T, ctx context.Context, d device.Device, o command.Order) command.Command {
	t.Helper()
	c, err := h.commands.Ask(ctx, d, o)
	ok(t, err)
	return c
}

// next claims, and returns "" where nothing is to do.
func (h *house) next(t *testing.T, ctx context.Context, d device.Device, kinds ...command.Kind) string {
	t.Helper()
	if kinds == nil {
		kinds = command.Kinds()
	}
	c, found, err := h.commands.Next(ctx, d.ID, "test", func(k command.Kind) bool { return slices.Contains(kinds, k) })
	ok(t, err)
	if found && (c.State != command.Sent || c.Channel != "test" || c.Attempts == 0) {
		t.Fatalf("claimed as %+v", c)
	}
	return c.ID
}

func (h *house) answer(t *testing.T, ctx context.Context, id string, o command.Outcome) {
	t.Helper()
	ok(t, h.db.Write(ctx, func(tx *db.Tx) error { return h.commands.Answer(ctx, tx, id, o) }))
}

func (h *house) state(t *testing.T, ctx context.Context, id string) command.State {
	t.Helper()
	c, err := h.commands.Get(ctx, id)
	ok(t, err)
	return c.State
}

func reboot() command.Order { return command.Order{Kind: command.Reboot} }

func read() command.Order {
	return command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"Device.DeviceInfo."}}}
}

func TestNext_keeps_the_order(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		first, second := h.ask(t, ctx, d, read()), h.ask(t, ctx, d, reboot())
		if got := h.next(t, ctx, d); got != first.ID {
			t.Fatalf("first claimed %q", got)
		}
		if got := h.next(t, ctx, d); got != "" {
			t.Fatalf("%q was claimed while the first is under way", got)
		}
		h.answer(t, ctx, first.ID, command.Outcome{State: command.Done, Result: command.Result{Values: []command.Value{{Name: "a", Value: "1"}}}})
		if got := h.next(t, ctx, d); got != second.ID {
			t.Fatalf("then claimed %q", got)
		}
		c, err := h.commands.Get(ctx, first.ID)
		ok(t, err)
		if diff := cmp.Diff([]command.Value{{Name: "a", Value: "1"}}, c.Result.Values); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestNext_a_delivery_holds_nobody_up(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		var del command.Command
		ok(t, h.db.Write(ctx, func(tx *db.Tx) (err error) {
			del, err = h.commands.Deliver(ctx, tx, d, "rev", "", h.clock.Now().Add(time.Hour))
			return err
		}))
		after := h.ask(t, ctx, d, reboot())
		if got := h.next(t, ctx, d, command.Reboot); got != after.ID {
			t.Fatalf("a channel that carries no delivery claimed %q", got)
		}
		h.answer(t, ctx, after.ID, command.Outcome{State: command.Delivered})
		if got := h.next(t, ctx, d); got != del.ID {
			t.Fatalf("claimed %q", got)
		}
		ok(t, h.db.Write(ctx, func(tx *db.Tx) error { return h.commands.Report(ctx, tx, d.ID, "rev") }))
		ok(t, h.db.Write(ctx, func(tx *db.Tx) error { return h.commands.Confirm(ctx, tx, d.ID, "rev") }))
		if got := h.state(t, ctx, del.ID); got != command.Confirmed {
			t.Fatalf("state %q", got)
		}
	})
}

func TestNext_a_kind_the_channel_does_not_carry_is_not_passed_over(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		h.ask(t, ctx, d, read())
		h.ask(t, ctx, d, reboot())
		if got := h.next(t, ctx, d, command.Reboot); got != "" {
			t.Fatalf("%q came before its turn", got)
		}
	})
}

func TestNext_one_claim_of_many(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		c := h.ask(t, ctx, d, reboot())
		var wg sync.WaitGroup
		var mu sync.Mutex
		var got []string
		for range 20 {
			wg.Go(func() {
				claimed, found, err := h.commands.Next(ctx, d.ID, "test", func(command.Kind) bool { return true })
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if found {
					got = append(got, claimed.ID)
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff([]string{c.ID}, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		r := h.ask(t, ctx, d, read())
		for range 3 {
			if got := h.next(t, ctx, d); got != r.ID {
				t.Fatalf("claimed %q", got)
			}
			ok(t, h.commands.Lost(ctx, r.ID, "the session broke off"))
		}
		if got := h.state(t, ctx, r.ID); got != command.Unknown {
			t.Fatalf("after three tries it is %q", got)
		}
		b := h.ask(t, ctx, d, reboot())
		h.next(t, ctx, d)
		ok(t, h.commands.Lost(ctx, b.ID, "the session broke off"))
		if got := h.state(t, ctx, b.ID); got != command.Unknown {
			t.Fatalf("a reboot is %q", got)
		}
		if got := h.next(t, ctx, d); got != "" {
			t.Fatalf("%q was handed out again", got)
		}
	})
}

func TestExpire(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, e := h.device(t, ctx, "020000000001"), h.device(t, ctx, "020000000002")
		o := reboot()
		o.Within = time.Hour
		never := h.ask(t, ctx, d, o)
		silent := h.ask(t, ctx, e, o)
		h.next(t, ctx, e)
		h.clock.Advance(2 * time.Minute)
		n, err := h.commands.Expire(ctx)
		ok(t, err)
		if n != 1 || h.state(t, ctx, silent.ID) != command.Unknown || h.state(t, ctx, never.ID) != command.Queued {
			t.Fatalf("%d moved, %s and %s", n, h.state(t, ctx, silent.ID), h.state(t, ctx, never.ID))
		}
		h.clock.Advance(time.Hour)
		if _, err := h.commands.Expire(ctx); err != nil || h.state(t, ctx, never.ID) != command.Expired {
			t.Fatalf("%v, %s", err, h.state(t, ctx, never.ID))
		}
		h.answer(t, ctx, silent.ID, command.Outcome{State: command.Done})
		c, err := h.commands.Get(ctx, silent.ID)
		ok(t, err)
		if c.State != command.Unknown || c.Late != command.Done {
			t.Fatalf("a late word made it %s, late %q", c.State, c.Late)
		}
		if last := h.changes[len(h.changes)-1]; last.ID != c.ID || last.Late != command.Done {
			t.Fatalf("listeners heard %+v", last)
		}
	})
}

func TestAnswer_twice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		c := h.ask(t, ctx, d, reboot())
		h.next(t, ctx, d)
		h.answer(t, ctx, c.ID, command.Outcome{State: command.Delivered})
		h.answer(t, ctx, c.ID, command.Outcome{State: command.Confirmed, Reason: "the phone booted"})
		heard := len(h.changes)
		h.answer(t, ctx, c.ID, command.Outcome{State: command.Confirmed})
		h.answer(t, ctx, c.ID, command.Outcome{State: command.Failed, Reason: "something else"})
		if got := h.state(t, ctx, c.ID); got != command.Confirmed || len(h.changes) != heard {
			t.Fatalf("state %s, %d changes after the end", got, len(h.changes)-heard)
		}
		err := h.db.Write(ctx, func(tx *db.Tx) error {
			return h.commands.Answer(ctx, tx, "nothing", command.Outcome{State: command.Done})
		})
		if !fault.Is(err, fault.NotFound) {
			t.Fatalf("an unknown id: %v", err)
		}
	})
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, other := h.device(t, ctx, "020000000001"), h.device(t, ctx, "020000000002")
		c := h.ask(t, ctx, d, reboot())
		if _, err := h.commands.Withdraw(ctx, other, c.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("over another device: %v", err)
		}
		_, err := h.commands.Withdraw(ctx, d, c.ID)
		ok(t, err)
		if got := h.next(t, ctx, d); got != "" {
			t.Fatalf("%q was handed out after it was cancelled", got)
		}
		sent := h.ask(t, ctx, d, reboot())
		h.next(t, ctx, d)
		if _, err := h.commands.Withdraw(ctx, d, sent.ID); !fault.Is(err, fault.Conflict) {
			t.Fatalf("one that was sent: %v", err)
		}
	})
}

func TestAsk_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		for name, o := range map[string]command.Order{
			"no kind":        {},
			"no such kind":   {Kind: "explode"},
			"a delivery":     {Kind: command.DeliverRevision},
			"stray argument": {Kind: command.Reboot, Args: command.Args{Text: "x"}},
			"no keys":        {Kind: command.GetValues},
			"empty key":      {Kind: command.GetValues, Args: command.Args{Keys: []string{""}}},
			"try for ever":   {Kind: command.TryValues, Args: command.Args{Values: map[string]string{"a": "b"}}},
			"a shell's host": {Kind: command.Ping, Args: command.Args{Host: "example.org;reboot"}},
			"an option":      {Kind: command.Ping, Args: command.Args{Host: "-f"}},
			"a flood":        {Kind: command.Ping, Args: command.Args{Host: "example.org", Count: 1000}},
			"two lines":      {Kind: command.Message, Args: command.Args{Text: "a\nb"}},
			"other upload":   {Kind: command.Upload, Args: command.Args{What: "shadow"}},
			"no image":       {Kind: command.Upgrade},
			"too long":       {Kind: command.Reboot, Within: 365 * 24 * time.Hour},
		} {
			if _, err := h.commands.Ask(ctx, d, o); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.channel.reach = command.Reach{Why: "the phone has no ACS"}
		if _, err := h.commands.Ask(ctx, d, reboot()); fault.CodeOf(err) != "no_channel" || fault.Message(err) != "the phone has no ACS" {
			t.Errorf("without a channel: %v", err)
		}
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		h.channel.reach = command.Reach{Kinds: []command.Kind{command.Reboot, command.DeliverRevision}, Within: time.Minute, Why: "behind NAT: it comes by itself"}
		got, err := h.commands.Options(ctx, d)
		ok(t, err)
		by := map[command.Kind]command.Option{}
		for _, o := range got {
			by[o.Kind] = o
		}
		if o := by[command.Reboot]; o.Channel != "test" || o.Now || o.Within != time.Minute || o.Why == "" {
			t.Errorf("reboot: %+v", o)
		}
		if o := by[command.DeliverRevision]; o.Channel != "test" {
			t.Errorf("the delivery goes over %q, though the other way is not known to be sooner", o.Channel)
		}
		if o := by[command.Ping]; o.Channel != "" || o.Why == "" {
			t.Errorf("ping: %+v", o)
		}
	})
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		c := h.ask(t, ctx, d, reboot())
		for name, e := range map[string]command.Extent{
			"platform":     {},
			"tenant":       {Where: access.Where{TenantID: d.TenantID}},
			"organization": {Where: access.Where{TenantID: d.TenantID, OrgID: d.OrgID}},
			"device":       {Where: d.Where(), DeviceID: d.ID},
		} {
			f, err := h.commands.Freeze(ctx, e, "a bad template is on its way")
			ok(t, err)
			if f.Covers() != name || f.Author == "" {
				t.Errorf("%s: %+v", name, f)
			}
			if _, err := h.commands.Freeze(ctx, e, "again"); fault.CodeOf(err) != "frozen" {
				t.Errorf("%s twice: %v", name, err)
			}
			if got := h.next(t, ctx, d); got != "" {
				t.Fatalf("%s: %q was handed out", name, got)
			}
			ok(t, h.commands.Refresh(ctx))
			if !h.commands.Frozen(d) {
				t.Errorf("%s: memory does not know", name)
			}
			before := h.channel.wakes()
			ok(t, h.commands.WakeDevice(ctx, d.ID))
			if h.channel.wakes() != before {
				t.Errorf("%s: the phone was woken", name)
			}
			held, err := h.commands.Freezes(ctx, d.TenantID, d.OrgID, d.ID)
			ok(t, err)
			if len(held) != 1 || held[0].Reason != "a bad template is on its way" {
				t.Errorf("%s: %+v", name, held)
			}
			ok(t, h.commands.Thaw(ctx, e))
			if err := h.commands.Thaw(ctx, e); fault.CodeOf(err) != "not_frozen" {
				t.Errorf("%s lifted twice: %v", name, err)
			}
		}
		ok(t, h.commands.Refresh(ctx))
		if h.commands.Frozen(d) {
			t.Error("memory still knows of a freeze")
		}
		if got := h.next(t, ctx, d); got != c.ID {
			t.Fatalf("after it was lifted %q was handed out", got)
		}
		if _, err := h.commands.Freeze(ctx, command.Extent{}, " "); !fault.Is(err, fault.Invalid) {
			t.Fatalf("without a reason: %v", err)
		}
	})
}

func TestWake_once_and_again_after_a_pause(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "020000000001")
		h.ask(t, ctx, d, reboot())
		if !h.commands.Pending(d.ID) {
			t.Error("no hint that a command waits")
		}
		for range 3 { // as several nodes would
			ok(t, h.commands.WakeDevice(ctx, d.ID))
		}
		if n := h.channel.wakes(); n != 1 {
			t.Fatalf("woken %d times", n)
		}
		h.clock.Advance(5 * time.Second)
		ok(t, h.commands.WakeDevice(ctx, d.ID))
		h.clock.Advance(5 * time.Second)
		ok(t, h.commands.WakeDevice(ctx, d.ID))
		if n := h.channel.wakes(); n != 2 {
			t.Fatalf("woken %d times within ten seconds", n)
		}
		h.next(t, ctx, d)
		h.clock.Advance(time.Hour)
		ok(t, h.commands.WakeDevice(ctx, d.ID))
		if n := h.channel.wakes(); n != 2 {
			t.Fatal("woken for a command that was sent")
		}
	})
}

func TestCommand_Key(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		c := h.ask(t, ctx, h.device(t, ctx, "020000000001"), reboot())
		if k := c.Key(); len(k) != 32 {
			t.Fatalf("%q has %d characters", k, len(k))
		}
	})
}
