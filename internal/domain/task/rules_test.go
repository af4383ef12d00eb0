package task_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
)

// value is what a device's published revision says of a key, "" for nothing.
func (h *house) value(t *testing.T, ctx context.Context, d device.Device, k param.Key) string {
	t.Helper()
	r, err := h.revisions.Desired(ctx, d.ID)
	ok(t, err)
	e, _ := entry(r, k)
	return e.Value
}

func TestTemplates_bind_at_first_contact_only(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		early := h.device(t, ctx, "02000000ab01")
		h.fetch(t, ctx, early)
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "one.example.org"})
		h.fetch(t, ctx, early)
		if got := h.value(t, ctx, early, ntp); got != "" {
			t.Fatalf("a device on the platform got the new template by itself: %q", got)
		}
		late := h.device(t, ctx, "02000000ab02")
		h.fetch(t, ctx, late)
		if got := h.value(t, ctx, late, ntp); got != "one.example.org" {
			t.Fatalf("a new device got %q", got)
		}
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "two.example.org"})
		h.fetch(t, ctx, late)
		if got := h.value(t, ctx, late, ntp); got != "one.example.org" {
			t.Fatalf("an edit reached a phone without a push: %q", got)
		}
		later := h.device(t, ctx, "02000000ab03")
		h.fetch(t, ctx, later)
		if got := h.value(t, ctx, later, ntp); got != "two.example.org" {
			t.Fatalf("a later device got %q, want the updated template", got)
		}
	})
}

func TestTemplates_differ_by_site(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		text := func(s string) *string { return &s }
		hotel, err := h.orgs.CreateSite(ctx, h.org, org.SiteInput{Name: text("Hotel")})
		ok(t, err)
		floor, err := h.orgs.CreateSite(ctx, h.org, org.SiteInput{Name: text("Floor 2"), ParentID: &hotel.ID})
		ok(t, err)
		for name, site := range map[string]org.Site{"hotel": hotel, "floor": floor} {
			items := []template.Item{{Key: ntp, Value: name + ".example.org"}}
			src, err := h.templates.Create(ctx, h.org, template.Input{Kind: template.Site, Name: text(name), SiteID: &site.ID, Draft: &items})
			ok(t, err)
			_, err = h.templates.SaveVersion(ctx, src.ID, "", src.Version)
			ok(t, err)
		}
		add := func(mac string, site org.Site) device.Device {
			d, err := h.devices.Create(ctx, h.org, device.Input{MAC: mac, Model: "GHP621W", SiteID: site.ID})
			ok(t, err)
			h.fetch(t, ctx, d)
			return d
		}
		if got := h.value(t, ctx, add("02000000ab11", hotel), ntp); got != "hotel.example.org" {
			t.Fatalf("in the hotel: %q", got)
		}
		below := add("02000000ab12", floor)
		if got := h.value(t, ctx, below, ntp); got != "floor.example.org" {
			t.Fatalf("on its floor: %q, the leaf wins over the root", got)
		}
		e, _, err := h.revisions.Explain(ctx, below)
		ok(t, err)
		if v, _ := e.Lookup(ntp); v.Layer != revision.Site || len(v.Shadowed) != 1 || v.Shadowed[0].Value != "hotel.example.org" {
			t.Fatalf("explained as %+v", v)
		}
	})
}

func TestTemplates_group_pushed_to_nonmembers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ab21")
		h.fetch(t, ctx, d)
		name := "Night shift"
		items := []template.Item{{Key: ntp, Value: "group.example.org"}}
		src, err := h.templates.Create(ctx, h.org, template.Input{Kind: template.Group, Name: &name, Draft: &items})
		ok(t, err)
		_, err = h.templates.SaveVersion(ctx, src.ID, "", src.Version)
		ok(t, err)
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Templates: []revision.TemplateVersion{{ID: src.ID}}}, d))
		if got := h.value(t, ctx, d, ntp); got != "group.example.org" {
			t.Fatalf("the device got %q", got)
		}
		src, err = h.templates.Get(ctx, src.ID)
		ok(t, err)
		if err := h.templates.Delete(ctx, src.ID, src.Version); !fault.Is(err, fault.Conflict) {
			t.Fatalf("deleting a template in use: %v", err)
		}
	})
}

func TestTemplates_values(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ab31")
		set := func(items ...template.Item) error {
			_, err := h.templates.SetOverrides(ctx, d, items, 0)
			return err
		}
		for name, it := range map[string]template.Item{
			"a number out of its range":   {Key: interval, Value: "4"},
			"a choice that there is not":  {Key: enabled, Value: "perhaps"},
			"a key that belongs to lines": {Key: "account.1.sip.userid", Value: "201"},
			"a key with a blank":          {Key: "two words", Value: "1"},
			"a value beyond bounds":       {Key: ntp, Value: strings.Repeat("a", 70000)},
		} {
			if err := set(it); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := set(template.Item{Key: "P99999", Value: "new in tomorrow's firmware"}, template.Item{Key: "tomorrow.s.setting", Value: "1"}); err != nil {
			t.Fatalf("an unknown key is accepted: %v", err)
		}
		e, _, err := h.revisions.Explain(ctx, d)
		ok(t, err)
		if v, _ := e.Lookup("P99999"); !v.Undeliverable {
			t.Fatalf("a key without a spelling in the dialect: %+v", v)
		}
		if v, _ := e.Lookup("tomorrow.s.setting"); v.Undeliverable || !v.Unlisted || v.Name != "tomorrow.s.setting" {
			t.Fatalf("a key that is a name in the dialect: %+v", v)
		}
	})
}

func TestPlan_warns(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		for i, tc := range []struct {
			items []template.Item
			want  string
		}{
			{[]template.Item{{Key: "security.webaccessmode", Value: "Disabled"}, {Key: "security.ssh", Value: "no"}}, "admin_locked_out"},
			{[]template.Item{{Key: "provisioning.config.protocol", Value: "TFTP"}}, "transport_downgraded"},
			{[]template.Item{{Key: "account.1.call.dialplan", Value: "{ 2xx }"}}, "emergency_not_dialable"},
			{[]template.Item{{Key: ntp, Value: "ntp.example.org"}}, ""},
		} {
			d := h.device(t, ctx, fmt.Sprintf("02000000ad%02x", i))
			h.override(t, ctx, d, template.Item{Key: "provisioning.config.protocol", Value: "HTTPS"})
			h.fetch(t, ctx, d)
			h.override(t, ctx, d, tc.items...)
			var codes []string
			for _, w := range h.plan(t, ctx, revision.Move{Overrides: true}, d).Warnings {
				if w.Code != "residue" {
					codes = append(codes, w.Code)
				}
			}
			if got := strings.Join(codes, " "); got != tc.want {
				t.Errorf("%s: warnings %q, want %q", tc.items[0].Key, got, tc.want)
			}
		}
	})
}
