package task_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream"
)

const pnp param.Key = "provisioning.pnp.enable" // since 1.0.1.37

// tells has a phone tell its firmware.
func (h *house) tells(t *testing.T, ctx context.Context, d device.Device, firmware string) {
	t.Helper()
	h.clock.Advance(time.Second)
	h.twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: h.clock.Now(), Firmware: firmware})
	ok(t, h.twins.Flush(ctx, true))
}

func changes(p revision.Plan) map[param.Key]revision.Change {
	out := map[param.Key]revision.Change{}
	for _, g := range p.Groups {
		for _, c := range g.Changes {
			out[c.Key] = c
		}
	}
	return out
}

func warned(p revision.Plan, code string) int {
	for _, w := range p.Warnings {
		if w.Code == code {
			return w.Devices
		}
	}
	return 0
}

func TestPlan_knows_the_firmware(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		early, late := h.device(t, ctx, "02000000ba01"), h.device(t, ctx, "02000000ba02")
		h.tells(t, ctx, early, "1.0.1.33")
		h.tells(t, ctx, late, "1.0.1.49")
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "ntp.example.org"})
		h.fetch(t, ctx, early)
		h.fetch(t, ctx, late)
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "ntp.example.org"}, template.Item{Key: pnp, Value: "yes"})
		p := h.plan(t, ctx, revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}, early, late)
		if len(p.Groups) != 2 || warned(p, "undeliverable") != 1 {
			t.Fatalf("groups %+v, warnings %+v", p.Groups, p.Warnings)
		}
		for _, g := range p.Groups {
			c := g.Changes[0]
			switch g.Devices[0].ID {
			case early.ID:
				if c.Kind != revision.IsUndelivered || c.Why != "needs firmware 1.0.1.37; the phone has 1.0.1.33" {
					t.Fatalf("the old phone: %+v", c)
				}
			default:
				if c.Kind != revision.Added || c.Why != "" {
					t.Fatalf("the new phone: %+v", c)
				}
			}
		}
		h.push(t, ctx, p)
		if e, _ := entry(h.fetch(t, ctx, early), pnp); e.Name != "" {
			t.Fatalf("a phone whose firmware does not know the key got %+v", e)
		}
		if e, _ := entry(h.fetch(t, ctx, late), pnp); e.Name != string(pnp) {
			t.Fatalf("the other got %+v", e)
		}
		h.tells(t, ctx, early, "1.0.1.37")
		if e, _ := entry(h.fetch(t, ctx, early), pnp); e.Name != "" {
			t.Fatalf("an upgrade alone changed the file: %+v", e)
		}
		p = h.plan(t, ctx, revision.Move{Renderer: true}, early, late)
		if c := changes(p)[pnp]; len(p.Frozen.Devices) != 1 || p.Unchanged != 1 || c.Kind != revision.Respelled || c.Old != "" || c.New != string(pnp)+"=Yes" {
			t.Fatalf("after the upgrade the plan says %+v for %d", c, len(p.Frozen.Devices))
		}
		h.push(t, ctx, p)
		if e, _ := entry(h.fetch(t, ctx, early), pnp); e.Value != "Yes" {
			t.Fatalf("after the push the phone gets %+v", e)
		}
	})
}

func TestPlan_names_what_is_withdrawn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ba11")
		h.fetch(t, ctx, d)
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "never.example.org"}, template.Item{Key: enabled, Value: "yes"})
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Overrides: true}, d))
		h.override(t, ctx, d)
		p := h.plan(t, ctx, revision.Move{Overrides: true}, d)
		got := changes(p)
		if c := got[ntp]; c.Kind != revision.Withdrawn || c.Old != "never.example.org" || c.New != "" {
			t.Fatalf("a value that no phone ever took: %+v", c)
		}
		if c := got[enabled]; c.Kind != revision.Withdrawn || c.Old != "yes" || c.New != "no" {
			t.Fatalf("one with a default: %+v", c)
		}
		h.push(t, ctx, p)
		if r := h.fetch(t, ctx, d); len(r.Entries) != 0 {
			t.Fatalf("the phone gets %+v", r.Entries)
		}
	})
}

func TestPlan_says_what_no_catalog_has(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ba21")
		h.fetch(t, ctx, d)
		h.override(t, ctx, d, template.Item{Key: "tomorrow.s.Setting", Value: "1"}, template.Item{Key: "P99999", Value: "2"}, template.Item{Key: "tomorrow.s.password", Value: "canary-unlisted"})
		p := h.plan(t, ctx, revision.Move{Overrides: true}, d)
		got := changes(p)
		if c := got["tomorrow.s.Setting"]; c.Kind != revision.Added || !strings.Contains(c.Why, "no catalog") {
			t.Fatalf("a name of the dialect: %+v", c)
		}
		if c := got["P99999"]; c.Kind != revision.IsUndelivered || !strings.Contains(c.Why, "no name that this phone's files can hold") {
			t.Fatalf("a name of the other dialect: %+v", c)
		}
		if c := got["tomorrow.s.password"]; c.Kind != revision.Added || strings.Contains(c.New, "canary") {
			t.Fatalf("what sounds like a secret: %+v", c)
		}
		if warned(p, "unlisted") != 1 || warned(p, "undeliverable") != 1 {
			t.Fatalf("warnings %+v", p.Warnings)
		}
		h.push(t, ctx, p)
		r := h.fetch(t, ctx, d)
		if e, _ := entry(r, "tomorrow.s.Setting"); e.Name != "tomorrow.s.Setting" || e.Value != "1" {
			t.Fatalf("the phone gets %+v", e)
		}
		if e, _ := entry(r, "tomorrow.s.password"); e.Secret == "" || e.Value != "" {
			t.Fatalf("the secret stands in the revision: %+v", e)
		}
		h.override(t, ctx, d)
		p = h.plan(t, ctx, revision.Move{Overrides: true}, d)
		if c := changes(p)["tomorrow.s.Setting"]; c.Kind != revision.WasLeft || c.Old != "1" {
			t.Fatalf("taken away: %+v", c)
		}
	})
}

// renewed is the vendor after its renderer was mended: the newest epoch has
// another line than the one before, which is still written as it was.
type renewed struct {
	*grandstream.Vendor
	epoch int
}

func (v renewed) Epoch() int { return v.epoch }

func (v renewed) Render(d vendors.Document) ([]byte, error) {
	epoch := d.Epoch
	if epoch != v.epoch && epoch != v.epoch-1 {
		return nil, fault.New(fault.Invalid, "renderer epoch %d is not kept", epoch)
	}
	d.Epoch = 1
	b, err := v.Vendor.Render(d)
	return append(b, strings.Repeat("<!-- mended -->\n", epoch-1)...), err
}

func TestPlan_of_a_new_renderer_epoch(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := scope.AsSystem(context.Background(), "test")
		key := filepath.Join(t.TempDir(), "root.key")
		inner, err := grandstream.New()
		ok(t, err)
		version := func(epoch int) *house {
			vs, err := vendors.NewSet(renewed{inner, epoch})
			ok(t, err)
			return assemble(t, ctx, d, fake, vs, key)
		}
		h := version(3)
		tn, err := h.orgs.CreateTenant(ctx, "Hotels", org.Business)
		ok(t, err)
		o, err := h.orgs.CreateOrg(ctx, tn.ID, "Bellwether", "")
		ok(t, err)
		h.org = o
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "one.example.org"})
		dev := h.device(t, ctx, "02000000ba31")
		first := h.fetch(t, ctx, dev)
		if first.Epoch != 3 {
			t.Fatalf("epoch %d", first.Epoch)
		}

		h = version(4) // the program was upgraded
		h.org = o
		if r := h.fetch(t, ctx, dev); r.ID != first.ID || r.Epoch != 3 {
			t.Fatalf("the upgrade alone changed the phone: epoch %d", r.Epoch)
		}
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "two.example.org"})
		p := h.plan(t, ctx, revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}, dev)
		if got := changes(p); len(got) != 1 || got[ntp].New != "two.example.org" {
			t.Fatalf("a push of a template moves %+v", got)
		}
		h.push(t, ctx, p)
		if r := h.fetch(t, ctx, dev); r.Epoch != 3 {
			t.Fatalf("a push that named a template moved the epoch to %d", r.Epoch)
		}
		p = h.plan(t, ctx, revision.Move{Renderer: true}, dev)
		if c := changes(p)[""]; len(p.Frozen.Devices) != 1 || c.Kind != revision.NewEpoch || c.Old != "3" || c.New != "4" || warned(p, "epoch") != 1 {
			t.Fatalf("plan %+v, warnings %+v", p.Groups, p.Warnings)
		}
		now, then, err := h.revisions.Files(ctx, o, p.Hash, dev.ID)
		ok(t, err)
		if now.Epoch != 3 || then.Epoch != 4 || !slices.Equal(now.Entries, then.Entries) {
			t.Fatalf("files of epoch %d and %d", now.Epoch, then.Epoch)
		}
		h.push(t, ctx, p)
		if r := h.fetch(t, ctx, dev); r.Epoch != 4 || r.ID != then.ID {
			t.Fatalf("after the push the phone is at epoch %d", r.Epoch)
		}

		h = version(6) // two upgrades in one: what is no longer kept moves with any push
		h.org = o
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "three.example.org"})
		p = h.plan(t, ctx, revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}, dev)
		if c := changes(p)[""]; c.Kind != revision.NewEpoch || c.Old != "4" || c.New != "6" {
			t.Fatalf("plan %+v", p.Groups)
		}
	}, dbtest.WithClock(fake))
}
