package task_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/task"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/page"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/all"
)

const (
	ntp      param.Key = "datetime.ntp.server.1"
	interval param.Key = "datetime.ntp.updateinterval"
	enabled  param.Key = "account.1.enable"
)

// house is the nouns that a push goes through, on one database.
type house struct {
	db        *db.DB
	clock     *clock.Fake
	jobs      *dbtest.Recorder
	orgs      *org.Service
	devices   *device.Service
	accounts  *account.Service
	groups    *group.Service
	holders   *placeholder.Service
	lessons   *lesson.Service
	templates *template.Service
	redirects *rps.Service
	revisions *revision.Service
	commands  *command.Service
	tasks     *task.Service
	twins     *device.Twins
	org       org.Org
}

// each runs body in a fresh house on both databases.
func each(t *testing.T, body func(t *testing.T, ctx context.Context, h *house)) {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := scope.AsSystem(context.Background(), "test")
		body(t, ctx, build(t, ctx, d, fake))
	}, dbtest.WithClock(fake))
}

func build(t testing.TB, ctx context.Context, d *db.DB, fake *clock.Fake) *house {
	t.Helper()
	vs, err := all.New()
	ok(t, err)
	h := assemble(t, ctx, d, fake, vs, filepath.Join(t.TempDir(), "root.key"))
	tn, err := h.orgs.CreateTenant(ctx, "Hotels", org.Business)
	ok(t, err)
	h.org, err = h.orgs.CreateOrg(ctx, tn.ID, "Bellwether", "")
	ok(t, err)
	return h
}

// assemble is the nouns on a database that may hold something already.
func assemble(t testing.TB, ctx context.Context, d *db.DB, fake *clock.Fake, vs *vendors.Set, key string) *house {
	t.Helper()
	root, err := secret.LoadRoot(key, func() (bool, error) { return false, nil })
	ok(t, err)
	v, err := secret.New(ctx, d, root)
	ok(t, err)
	b := bus.NewMemory()
	t.Cleanup(func() { ok(t, b.Close()) })
	h := &house{db: d, clock: fake, jobs: dbtest.Record(d)}
	au := audit.New(d, v)
	ac := access.New(d, v, au, access.Config{})
	h.orgs = org.New(d, ac, au)
	h.twins = device.NewTwins(d, b, slog.New(slog.DiscardHandler), "node")
	h.devices = device.New(device.Deps{DB: d, Access: ac, Audit: au, Orgs: h.orgs, Vendors: vs, Bus: b, Twins: h.twins,
		Removal: []device.Removal{task.DropDevice, command.DropDevice, revision.DropDevice, rps.DropDevice, template.DropDevice, account.DropDevice, group.DropDevice, placeholder.DropDevice}})
	h.accounts = account.New(d, v, ac, au, h.devices, vs)
	h.groups = group.New(d, ac, au, h.devices)
	h.holders = placeholder.New(d, ac, au, h.orgs, h.devices, vs)
	h.lessons = lesson.New(d, ac, au, vs)
	h.templates = template.New(template.Deps{DB: d, Vault: v, Access: ac, Audit: au, Orgs: h.orgs, Devices: h.devices, Groups: h.groups, Lessons: h.lessons, Vendors: vs})
	h.redirects = rps.New(d, v, ac, au, h.orgs, h.devices)
	h.revisions = revision.New(revision.Deps{DB: d, Vault: v, Access: ac, Audit: au, Devices: h.devices, Accounts: h.accounts, Groups: h.groups, Holders: h.holders, Templates: h.templates, Lessons: h.lessons, Redirects: h.redirects, Elsewhere: elsewhere, Vendors: vs})
	h.commands = command.New(command.Deps{DB: d, Access: ac, Audit: au, Devices: h.devices, Bus: b, Log: slog.New(slog.DiscardHandler)})
	h.tasks = task.New(task.Deps{DB: d, Access: ac, Audit: au, Orgs: h.orgs, Devices: h.devices, Redirects: h.redirects, Revisions: h.revisions, Commands: h.commands, Bus: b})
	h.commands.Listen(h.tasks.OnCommand)
	return h
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) device(t testing.TB, ctx context.Context, mac string) device.Device {
	t.Helper()
	d, err := h.devices.Create(ctx, h.org, device.Input{MAC: mac, Model: "GHP621W", Name: "Room " + mac[10:]})
	ok(t, err)
	return d
}

// template saves a version of the house's model template and returns its id.
func (h *house) template(t testing.TB, ctx context.Context, id string, items ...template.Item) string {
	t.Helper()
	if id == "" {
		name, model := "Standard", "GHP621W"
		src, err := h.templates.Create(ctx, h.org, template.Input{Kind: template.Model, Name: &name, Model: &model})
		ok(t, err)
		id = src.ID
	}
	src, err := h.templates.Get(ctx, id)
	ok(t, err)
	src, err = h.templates.Update(ctx, id, template.Input{Draft: &items}, src.Version)
	ok(t, err)
	_, err = h.templates.SaveVersion(ctx, id, "", src.Version)
	ok(t, err)
	return id
}

// override saves a device's own values.
func (h *house) override(t *testing.T, ctx context.Context, d device.Device, items ...template.Item) {
	t.Helper()
	cur, err := h.templates.Overrides(ctx, d)
	ok(t, err)
	_, err = h.templates.SetOverrides(ctx, d, items, cur.Version)
	ok(t, err)
}

func (h *house) plan(t *testing.T, ctx context.Context, m revision.Move, ds ...device.Device) revision.Plan {
	t.Helper()
	var ids []string
	for _, d := range ds {
		ids = append(ids, d.ID)
	}
	p, err := h.revisions.Plan(ctx, h.org, revision.Targets{Devices: ids}, m, "")
	ok(t, err)
	return p
}

// push pushes a plan and runs its job.
func (h *house) push(t *testing.T, ctx context.Context, p revision.Plan) task.Task {
	t.Helper()
	tk, err := h.tasks.Push(ctx, h.org, p.Hash, task.Consent{Undeliverable: true})
	ok(t, err)
	h.work(t, ctx, tk)
	return tk
}

func (h *house) work(t testing.TB, ctx context.Context, tk task.Task) {
	t.Helper()
	payload, err := json.Marshal(map[string]string{"TaskID": tk.ID, "OrgID": tk.OrgID, "TenantID": tk.TenantID})
	ok(t, err)
	ok(t, h.tasks.HandlePush(ctx, payload))
}

// fetch is what a door does when a phone took its desired revision.
func (h *house) fetch(t *testing.T, ctx context.Context, d device.Device) revision.Revision {
	t.Helper()
	r, err := h.revisions.Desired(ctx, d.ID)
	if fault.Is(err, fault.NotFound) {
		r, err = h.revisions.FirstContact(ctx, d)
	}
	ok(t, err)
	ok(t, h.db.Write(ctx, func(tx *db.Tx) error {
		if err := h.revisions.Delivered(ctx, tx, d.ID, r.ID); err != nil {
			return err
		}
		return h.commands.Report(ctx, tx, d.ID, r.ID)
	}))
	return r
}

func (h *house) run(t *testing.T, ctx context.Context, tk task.Task) task.Run {
	t.Helper()
	runs, err := h.tasks.Runs(ctx, tk.ID, "", page.Page{})
	ok(t, err)
	if len(runs.Items) != 1 {
		t.Fatalf("%d runs, want 1", len(runs.Items))
	}
	return runs.Items[0]
}

func entry(r revision.Revision, k param.Key) (revision.Entry, bool) {
	for _, e := range r.Entries {
		if e.Key == k {
			return e, true
		}
	}
	return revision.Entry{}, false
}

func TestPush_reaches_the_phone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "ntp.example.org"})
		d := h.device(t, ctx, "02000000aa01")
		first := h.fetch(t, ctx, d)
		if e, _ := entry(first, ntp); e.Value != "ntp.example.org" || first.Seq != 1 {
			t.Fatalf("first contact gave %+v in revision %d", e, first.Seq)
		}
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "ntp2.example.org"})
		if again, err := h.revisions.Desired(ctx, d.ID); err != nil || again.ID != first.ID {
			t.Fatalf("saving a version changed the phone: %v", err)
		}
		p := h.plan(t, ctx, revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}, d)
		if len(p.Groups) != 1 || len(p.Groups[0].Changes) != 1 || p.Groups[0].Changes[0].Old != "ntp.example.org" || p.Groups[0].Changes[0].New != "ntp2.example.org" {
			t.Fatalf("plan %+v", p.Groups)
		}
		tk := h.push(t, ctx, p)
		if r := h.run(t, ctx, tk); r.State != task.RunRunning {
			t.Fatalf("before the fetch the run is %s", r.State)
		}
		second := h.fetch(t, ctx, d)
		if e, _ := entry(second, ntp); e.Value != "ntp2.example.org" || second.ID != p.Frozen.Devices[0].New {
			t.Fatalf("the phone got %+v of %s", e, second.ID)
		}
		tk, err := h.tasks.Get(ctx, tk.ID)
		ok(t, err)
		if r := h.run(t, ctx, tk); r.State != task.RunSuccess || tk.State != task.Success {
			t.Fatalf("run %s, task %s", r.State, tk.State)
		}
		_, st, err := h.revisions.History(ctx, d.ID)
		ok(t, err)
		if st.Delivered != second.ID || st.Confirmed != "" {
			t.Fatalf("status %+v: delivered and confirmed must stay apart", st)
		}
	})
}

func TestPush_takes_a_value_away(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000aa02")
		h.override(t, ctx, d, template.Item{Key: "account.1.enable", Value: "yes"}, template.Item{Key: ntp, Value: "ntp.example.org"})
		h.fetch(t, ctx, d)
		h.override(t, ctx, d)
		p := h.plan(t, ctx, revision.Move{Overrides: true}, d)
		kinds := map[param.Key]revision.ChangeKind{}
		for _, c := range p.Groups[0].Changes {
			kinds[c.Key] = c.Kind
		}
		if kinds[enabled] != revision.WasReset || kinds[ntp] != revision.WasLeft {
			t.Fatalf("plan says %v", kinds)
		}
		h.push(t, ctx, p)
		r := h.fetch(t, ctx, d)
		if e, _ := entry(r, enabled); e.State != revision.Reset || e.Value != "No" {
			t.Fatalf("switch %+v, want the evidenced default", e)
		}
		if e, _ := entry(r, ntp); e.State != revision.Residue || e.Value != "ntp.example.org" || e.Name != "" {
			t.Fatalf("time server %+v, want residue", e)
		}
		again := h.plan(t, ctx, revision.Move{}, d)
		if again.Unchanged != 1 || len(again.Frozen.Devices) != 0 {
			t.Fatalf("a second plan still changes %d", len(again.Frozen.Devices))
		}
	})
}

func TestPush_refuses_what_changed_since(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000aa03")
		h.fetch(t, ctx, d)
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "a.example.org"})
		p := h.plan(t, ctx, revision.Move{Overrides: true}, d)
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "b.example.org"})
		_, err := h.tasks.Push(ctx, h.org, p.Hash, task.Consent{})
		if fault.CodeOf(err) != "stale_plan" {
			t.Fatalf("pushing a stale plan: %v", err)
		}
		p = h.plan(t, ctx, revision.Move{Overrides: true}, d)
		_, err = h.tasks.Push(ctx, h.org, p.Hash, task.Consent{})
		ok(t, err)
		if _, err = h.tasks.Push(ctx, h.org, p.Hash, task.Consent{}); !fault.Is(err, fault.Conflict) {
			t.Fatalf("pushing a plan twice: %v", err)
		}
	})
}

func TestPush_superseded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000aa04")
		h.fetch(t, ctx, d)
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "a.example.org"})
		first, err := h.tasks.Push(ctx, h.org, h.plan(t, ctx, revision.Move{Overrides: true}, d).Hash, task.Consent{})
		ok(t, err)
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "b.example.org"})
		second, err := h.tasks.Push(ctx, h.org, h.plan(t, ctx, revision.Move{Overrides: true}, d).Hash, task.Consent{})
		ok(t, err)
		h.work(t, ctx, second)
		h.work(t, ctx, first)
		if r := h.run(t, ctx, first); r.State != task.RunSuperseded {
			t.Fatalf("the overtaken run is %s: %s", r.State, r.Reason)
		}
		if e, _ := entry(h.fetch(t, ctx, d), ntp); e.Value != "b.example.org" {
			t.Fatalf("the phone got %+v", e)
		}
	})
}

func TestPush_timeout_and_late_success(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000aa05")
		h.fetch(t, ctx, d)
		h.override(t, ctx, d, template.Item{Key: interval, Value: "120"})
		tk := h.push(t, ctx, h.plan(t, ctx, revision.Move{Overrides: true}, d))
		h.clock.Advance(task.StartWithin + time.Second)
		ok(t, h.tasks.Sweep(ctx, nil))
		if r := h.run(t, ctx, tk); r.State != task.RunTimeout {
			t.Fatalf("after five minutes the run is %s", r.State)
		}
		h.fetch(t, ctx, d)
		tk, err := h.tasks.Get(ctx, tk.ID)
		ok(t, err)
		if r := h.run(t, ctx, tk); r.State != task.RunSuccessLate || tk.State != task.Success {
			t.Fatalf("run %s, task %s after a late fetch", r.State, tk.State)
		}
	})
}

func TestPlan_says_what_is_shadowed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "one.example.org"})
		d := h.device(t, ctx, "02000000aa06")
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "mine.example.org"})
		h.fetch(t, ctx, d)
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "two.example.org"})
		p := h.plan(t, ctx, revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}, d)
		if p.Unchanged != 1 || len(p.Warnings) != 1 || p.Warnings[0].Code != "shadowed" {
			t.Fatalf("unchanged %d, warnings %+v", p.Unchanged, p.Warnings)
		}
		if len(p.Shadowed) != 1 || len(p.Shadowed[0].Devices) != 1 || p.Shadowed[0].Changes[0].ByLayer != revision.Override {
			t.Fatalf("the phone on which all is shadowed is not named: %+v", p.Shadowed)
		}
	})
}

func TestPlan_one_broken_phone_changes_nothing_for_the_others(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		good, bad := h.device(t, ctx, "02000000aa07"), h.device(t, ctx, "02000000aa08")
		h.fetch(t, ctx, good)
		before := h.fetch(t, ctx, bad)
		h.override(t, ctx, good, template.Item{Key: ntp, Value: "a.example.org"})
		h.override(t, ctx, bad, template.Item{Key: ntp, Value: "%ITCS_Nobody%"})
		p := h.plan(t, ctx, revision.Move{Overrides: true}, good, bad)
		if len(p.Failed) != 1 || p.Failed[0].DeviceID != bad.ID || len(p.Frozen.Devices) != 1 {
			t.Fatalf("failed %+v, %d to push", p.Failed, len(p.Frozen.Devices))
		}
		h.push(t, ctx, p)
		if e, _ := entry(h.fetch(t, ctx, good), ntp); e.Value != "a.example.org" {
			t.Fatalf("the good phone got %+v", e)
		}
		if after := h.fetch(t, ctx, bad); after.ID != before.ID {
			t.Fatal("the broken phone's revision changed")
		}
	})
}

func TestFirstContact_that_does_not_compile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000aa09")
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "%ITCS_Nobody%"})
		if _, err := h.revisions.FirstContact(ctx, d); !fault.Is(err, fault.Invalid) {
			t.Fatalf("error %v, want Invalid", err)
		}
		got, err := h.devices.Get(ctx, d.ID)
		ok(t, err)
		if got.Config.Word() != "failed" || got.Config.Problem == "" {
			t.Fatalf("state %q, problem %q", got.Config.Word(), got.Config.Problem)
		}
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "ntp.example.org"})
		h.fetch(t, ctx, d)
		if got, err = h.devices.Get(ctx, d.ID); err != nil || got.Config.Word() != "delivered" {
			t.Fatalf("after the mend: %q, %v", got.Config.Word(), err)
		}
	})
}

func TestLine_password_is_pinned_until_a_push(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000aa0a")
		text := func(s string) *string { return &s }
		srv, err := h.accounts.CreateServer(ctx, h.org, account.ServerInput{Name: text("PBX"), Address: text("pbx.example.org")})
		ok(t, err)
		one := secret.NewString("first-secret")
		acc, err := h.accounts.Create(ctx, h.org, account.Input{ServerID: &srv.ID, UserID: text("201"), Password: &one})
		ok(t, err)
		ok(t, h.accounts.SetLine(ctx, d, 1, acc.ID, "test"))
		before := h.fetch(t, ctx, d)
		two := secret.NewString("second-secret")
		_, err = h.accounts.Update(ctx, acc.ID, account.Input{Password: &two}, acc.Version)
		ok(t, err)
		if r, err := h.revisions.Desired(ctx, d.ID); err != nil || r.ID != before.ID {
			t.Fatalf("a new password changed the revision by itself: %v", err)
		}
		p := h.plan(t, ctx, revision.Move{Lines: true}, d)
		if len(p.Groups) != 1 || len(p.Groups[0].Changes) != 1 {
			t.Fatalf("plan %+v", p.Groups)
		}
		if c := p.Groups[0].Changes[0]; c.Old != "*** (version 1)" || c.New != "*** (version 2)" {
			t.Fatalf("change %+v", c)
		}
	})
}
