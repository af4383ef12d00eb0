package task_test

import (
	"context"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
)

const filePassword param.Key = "provisioning.config.filepassword"

func on(key param.Key, value string) template.Item { return template.Item{Key: key, Value: value} }

// TestInclude: the shared half is a file of its own, by content; mode and content
// are part of the revision.
func TestInclude(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		name, model, yes := "Shared", "420HD", true
		src, err := h.templates.Create(ctx, h.org, template.Input{Kind: template.Model, Name: &name, Model: &model, Include: &yes})
		ok(t, err)
		vlan := template.Item{Key: "network.vlan.mode", Value: "Disable", Private: true}
		h.template(t, ctx, src.ID, on(ntp, "one.example.org"), on("manager.password", "canary"), vlan)
		var ds []device.Device
		for _, mac := range []string{"00005e005311", "00005e005312"} {
			d, err := h.devices.Create(ctx, h.org, device.Input{MAC: mac, Model: model})
			ok(t, err)
			ds = append(ds, d)
		}
		a, b := h.fetch(t, ctx, ds[0]), h.fetch(t, ctx, ds[1])
		if a.GlobalFile() == "" || a.GlobalFile() != b.GlobalFile() || a.ID == b.ID {
			t.Fatalf("files %q and %q", a.GlobalFile(), b.GlobalFile())
		}
		if doc := a.GlobalDocument(); doc.MAC != "" || len(doc.Values) != 1 || doc.Values[0].Value != "one.example.org" {
			t.Fatalf("shared file %+v", doc)
		}
		h.override(t, ctx, ds[1], on("management.telnet", "no"))
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Overrides: true}, ds[1]))
		if own := h.fetch(t, ctx, ds[1]); own.GlobalFile() != a.GlobalFile() || own.ID == b.ID {
			t.Fatal("a value of its own moved the device to another shared file")
		}
		h.template(t, ctx, src.ID, on(ntp, "two.example.org"), on("manager.password", "canary"), vlan)
		p, err := h.revisions.Plan(ctx, h.org, revision.Targets{Bound: []string{src.ID}}, revision.Move{Templates: []revision.TemplateVersion{{ID: src.ID}}, Placeholders: true}, "")
		ok(t, err)
		if len(p.Frozen.Devices) != 2 || len(p.Groups) != 1 {
			t.Fatalf("%d phones in %d groups", len(p.Frozen.Devices), len(p.Groups))
		}
		h.push(t, ctx, p)
		next := h.fetch(t, ctx, ds[0])
		if next.GlobalFile() == a.GlobalFile() || next.GlobalFile() != h.fetch(t, ctx, ds[1]).GlobalFile() {
			t.Fatal("the shared file did not follow its content")
		}
		// back to an earlier revision is back to its file
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Restore: a.ID}, ds[0]))
		if back := h.fetch(t, ctx, ds[0]); back.ID != a.ID || back.GlobalFile() != a.GlobalFile() {
			t.Fatalf("restored %q, want %q", back.GlobalFile(), a.GlobalFile())
		}
	})
}

// TestHolds: what a phone holds follows its deliveries, and ends with a reset.
func TestHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		holds := func(d device.Device) revision.Holds {
			t.Helper()
			got, err := h.revisions.Holds(ctx, d)
			ok(t, err)
			return got
		}
		tpl := h.template(t, ctx, "", on(filePassword, "first"), on("provisioning.config.fileprefix", "a-"), on("provisioning.config.filepostfix", "-z"))
		d := h.device(t, ctx, "00005e005313")
		if got := holds(d); got != (revision.Holds{}) {
			t.Fatalf("a phone from the box holds %+v", got)
		}
		h.fetch(t, ctx, d)
		first := holds(d)
		if said(first.Prefix) != "a-" || said(first.Postfix) != "-z" || first.Password == "" {
			t.Fatalf("after its first file it holds %+v", first)
		}
		h.template(t, ctx, tpl, on(filePassword, "second"))
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Latest: true}, d))
		if got := holds(d); got.Password != first.Password || said(got.Prefix) != "a-" {
			t.Fatalf("before it took the second password it holds %+v", got)
		}
		h.fetch(t, ctx, d)
		second := holds(d)
		if second.Password == first.Password || said(second.Prefix) != "a-" {
			t.Fatalf("after the second it holds %+v", second)
		}
		h.template(t, ctx, tpl, on(ntp, "a.example.org"))
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Latest: true}, d))
		h.fetch(t, ctx, d)
		if got := holds(d); got.Password != second.Password || said(got.Postfix) != "-z" {
			t.Fatalf("what is mentioned no more it keeps, and it holds %+v", got)
		}
		ok(t, h.revisions.WasReset(ctx, d))
		if got := holds(d); got != (revision.Holds{}) {
			t.Fatalf("after a reset it holds %+v", got)
		}
		st, err := h.revisions.Status(ctx, d.ID)
		if err != nil || st.Delivered != "" || st.Desired == "" {
			t.Fatalf("status %+v, %v", st, err)
		}
		ok(t, h.revisions.WasReset(ctx, h.device(t, ctx, "00005e005314"))) // which never took anything
	})
}

// said is what is known, "?" for nothing.
func said(text *string) string {
	if text == nil {
		return "?"
	}
	return *text
}
