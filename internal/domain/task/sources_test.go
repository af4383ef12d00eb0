package task_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/group"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors/all"
)

func configFile(mac string, items ...string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><gs_provision version="1">`)
	if mac != "" {
		b.WriteString("<mac>" + mac + "</mac>")
	}
	b.WriteString(`<config version="2">`)
	for i := 0; i < len(items); i += 2 {
		fmt.Fprintf(&b, `<item name="%s">%s</item>`, items[i], items[i+1])
	}
	return []byte(b.String() + `</config></gs_provision>`)
}

func TestConfigFile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ac01")
		h.template(t, ctx, "", template.Item{Key: ntp, Value: "model.example.org"}, template.Item{Key: interval, Value: "60"})
		h.override(t, ctx, d, template.Item{Key: interval, Value: "120"})
		file := configFile("02000000ac01", string(ntp), "file.example.org", string(interval), "90", "account.1.sip.userid", "901", "account.1.sip.subscriber.password", "file-secret-4711", "not.in.the.catalog", "x")
		up, err := h.templates.UploadConfigFile(ctx, h.org, "02000000ac01.xml", file)
		ok(t, err)
		if len(up.Warnings) != 1 {
			t.Fatalf("warnings %q", up.Warnings)
		}
		r := h.fetch(t, ctx, d)
		// The override wins over the file, and a complete file without a line brings its own account.
		for k, want := range map[param.Key]string{ntp: "file.example.org", interval: "120", "account.1.sip.userid": "901"} {
			if e, _ := entry(r, k); e.Value != want {
				t.Errorf("%s = %q, want %q", k, e.Value, want)
			}
		}
		if e, _ := entry(r, "account.1.sip.subscriber.password"); e.Secret == "" || e.Value != "" {
			t.Errorf("the file's password stands in clear: %+v", e)
		}
		back, err := h.templates.Original(ctx, d)
		ok(t, err)
		if string(back) != string(file) {
			t.Error("the original does not come back as it was")
		}
		ok(t, h.templates.DropConfigFile(ctx, d, up.Source.Version))
		h.push(t, ctx, h.plan(t, ctx, revision.Move{ConfigFile: true}, d))
		if got := h.value(t, ctx, d, ntp); got != "model.example.org" {
			t.Errorf("after the file went the phone gets %q", got)
		}
	})
}

func TestConfigFile_refused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		h.device(t, ctx, "02000000ac02")
		good := configFile("02000000ac02", string(ntp), "a.example.org")
		for name, tc := range map[string]struct {
			file string
			data []byte
		}{
			"another name":         {"phone.xml", good},
			"colons in the name":   {"02:00:00:00:ac:02.xml", good},
			"not XML by its name":  {"02000000ac02.cfg", good},
			"an unknown device":    {"02000000acff.xml", good},
			"another phone's mac":  {"02000000ac02.xml", configFile("02000000ac03", string(ntp), "a.example.org")},
			"a value out of range": {"02000000ac02.xml", configFile("", string(interval), "4")},
			"no XML":               {"02000000ac02.xml", []byte("P47=x")},
			"a bomb": {"02000000ac02.xml", []byte(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>` +
				`<gs_provision version="1"><config version="2"><item name="datetime.ntp.server.1">&b;</item></config></gs_provision>`)},
			"too large": {"02000000ac02.xml", configFile("", string(ntp), strings.Repeat("a", limit.ImportBytes))},
			"too deep":  {"02000000ac02.xml", []byte(strings.Repeat("<a>", 5000))},
		} {
			if _, err := h.templates.UploadConfigFile(ctx, h.org, tc.file, tc.data); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestPlaceholders_four_levels(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		text := func(s string) *string { return &s }
		h.template(t, ctx, "", template.Item{Key: ntp, Value: "%ITCS_Primary_NTP%"})
		d := h.device(t, ctx, "02000000ac11")
		set := func(l placeholder.Level, key, value string) placeholder.Placeholder {
			p, err := h.holders.Create(ctx, h.org, placeholder.Input{Level: l, ScopeKey: key, Name: text("%ITCS_Primary_NTP%"), Value: &value})
			ok(t, err)
			return p
		}
		if _, err := h.revisions.FirstContact(ctx, d); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Primary_NTP") {
			t.Fatalf("without a value: %v", err)
		}
		sys := set(placeholder.System, "", "system.example.org")
		h.fetch(t, ctx, d)
		want := func(v string) {
			t.Helper()
			if got := h.value(t, ctx, d, ntp); got != v {
				t.Fatalf("the phone gets %q, want %q", got, v)
			}
		}
		push := func() { h.push(t, ctx, h.plan(t, ctx, revision.Move{Placeholders: true}, d)) }
		want("system.example.org")
		for _, l := range []struct {
			level placeholder.Level
			key   string
		}{{placeholder.Model, "ghp621w"}, {placeholder.Site, d.SiteID}, {placeholder.Device, d.MAC.Colons()}} {
			set(l.level, l.key, string(l.level)+".example.org")
			if got := h.value(t, ctx, d, ntp); got == string(l.level)+".example.org" {
				t.Fatal("a placeholder reached the phone without a push")
			}
			push()
			want(string(l.level) + ".example.org")
		}
		if _, err := h.holders.Create(ctx, h.org, placeholder.Input{Level: placeholder.System, Name: text("Primary_NTP"), Value: text("x")}); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a second value on one level: %v", err)
		}
		uses, err := h.templates.Uses(ctx, h.org.ID, "Primary_NTP")
		ok(t, err)
		if len(uses) != 1 || len(uses[0].Placeholders()) != 1 {
			t.Fatalf("used in %d templates", len(uses))
		}
		ok(t, h.holders.Delete(ctx, sys.ID, sys.Version))
	})
}

func TestGroups_bind_by_push(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		text := func(s string) *string { return &s }
		member, later := h.device(t, ctx, "02000000ac21"), h.device(t, ctx, "02000000ac22")
		h.fetch(t, ctx, member)
		h.fetch(t, ctx, later)
		g, err := h.groups.Create(ctx, h.org, group.Input{Name: text("Night shift"), Members: &[]string{member.ID}})
		ok(t, err)
		items := []template.Item{{Key: ntp, Value: "group.example.org"}}
		src, err := h.templates.Create(ctx, h.org, template.Input{Kind: template.Group, Name: text("Night"), GroupID: &g.ID, Draft: &items})
		ok(t, err)
		_, err = h.templates.SaveVersion(ctx, src.ID, "", src.Version)
		ok(t, err)
		p, err := h.revisions.Plan(ctx, h.org, revision.Targets{Groups: []string{g.ID}}, revision.Move{Templates: []revision.TemplateVersion{{ID: src.ID}}}, "")
		ok(t, err)
		h.push(t, ctx, p)
		if got := h.value(t, ctx, member, ntp); got != "group.example.org" {
			t.Fatalf("the member gets %q", got)
		}
		_, err = h.groups.Update(ctx, g.ID, group.Input{Members: &[]string{member.ID, later.ID}}, g.Version)
		ok(t, err)
		h.fetch(t, ctx, later)
		if got := h.value(t, ctx, later, ntp); got != "" {
			t.Fatalf("a new member got %q by joining", got)
		}
		h.fetch(t, ctx, member)
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Unbind: []string{src.ID}}, member))
		if e, _ := entry(h.fetch(t, ctx, member), ntp); e.State != revision.Residue {
			t.Fatalf("after the template was taken away: %+v", e)
		}
	})
}

func TestTemplates_follow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		yes := true
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "one.example.org"})
		d := h.device(t, ctx, "02000000ac31")
		h.fetch(t, ctx, d)
		src, err := h.templates.Get(ctx, tpl)
		ok(t, err)
		_, err = h.templates.Update(ctx, tpl, template.Input{Follow: &yes}, src.Version)
		ok(t, err)
		h.jobs.Take()
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "two.example.org"})
		var job *db.Job
		for _, j := range h.jobs.Take() {
			if j.Kind == template.JobFollow {
				job = &j
			}
		}
		if job == nil {
			t.Fatal("saving a followed template enqueued nothing")
		}
		payload, err := json.Marshal(job.Payload)
		ok(t, err)
		ok(t, h.tasks.HandleFollow(ctx, payload))
		ok(t, h.tasks.HandleFollow(ctx, payload)) // at least once
		tasks := h.jobs.Take()
		if len(tasks) != 1 {
			t.Fatalf("%d pushes of one version", len(tasks))
		}
		push, err := json.Marshal(tasks[0].Payload)
		ok(t, err)
		ok(t, h.tasks.HandlePush(ctx, push))
		if got := h.value(t, ctx, d, ntp); got != "two.example.org" {
			t.Fatalf("the follower gets %q", got)
		}
	})
}

func TestTemplates_auto_provision_sites(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "auto.example.org"})
		set := func(a template.Auto, sites ...string) {
			src, err := h.templates.Get(ctx, tpl)
			ok(t, err)
			_, err = h.templates.Update(ctx, tpl, template.Input{Auto: &a, AutoSites: &sites}, src.Version)
			ok(t, err)
		}
		first := func(mac string) string {
			d := h.device(t, ctx, mac)
			h.fetch(t, ctx, d)
			return h.value(t, ctx, d, ntp)
		}
		set(template.AutoNone)
		if got := first("02000000ac41"); got != "" {
			t.Fatalf("assigned by hand only, and yet %q", got)
		}
		def, err := h.orgs.DefaultSite(ctx, h.org.ID)
		ok(t, err)
		set(template.AutoSites, def.ID)
		if got := first("02000000ac42"); got != "auto.example.org" {
			t.Fatalf("in a chosen site %q", got)
		}
		set(template.AutoSites)
		if got := first("02000000ac43"); got != "" {
			t.Fatalf("in no chosen site %q", got)
		}
	})
}

func TestTemplates_copy_and_compare(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "one.example.org"}, template.Item{Key: "provisioning.config.password", Value: "template-secret"})
		h.template(t, ctx, tpl, template.Item{Key: ntp, Value: "two.example.org"}, template.Item{Key: interval, Value: "60"})
		diff, err := h.templates.Diff(ctx, tpl, 1, 2)
		ok(t, err)
		if len(diff) != 3 {
			t.Fatalf("difference %+v", diff)
		}
		other, err := h.orgs.CreateOrg(ctx, h.org.TenantID, "Mountain", "")
		ok(t, err)
		h.template(t, ctx, tpl, template.Item{Key: "provisioning.config.password", Value: "template-secret"})
		for _, want := range []string{"Standard_Copy", "Standard_Copy2"} {
			made, err := h.templates.Copy(ctx, tpl, other, template.AutoNone)
			ok(t, err)
			if made.Name != want || made.OrgID != other.ID || made.Auto != template.AutoNone || len(made.Draft) != 1 {
				t.Fatalf("copy %+v", made)
			}
			src, err := h.templates.Get(ctx, tpl)
			ok(t, err)
			if made.Draft[0].Secret == "" || made.Draft[0].Secret == src.Draft[0].Secret {
				t.Fatal("the copy shares the original's secret")
			}
		}
	})
}

func TestRestore_and_the_view_of_a_day(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ac51")
		var ids []string
		for i := range limit.RevisionsKept + 4 {
			h.override(t, ctx, d, template.Item{Key: ntp, Value: fmt.Sprintf("day-%d.example.org", i)})
			if i > 0 {
				h.push(t, ctx, h.plan(t, ctx, revision.Move{Overrides: true}, d))
			}
			ids = append(ids, h.fetch(t, ctx, d).ID)
			h.clock.Advance(24 * time.Hour)
		}
		start := h.clock.Now().Add(-time.Duration(len(ids)) * 24 * time.Hour)
		then, err := h.revisions.At(ctx, d.ID, start.Add(36*time.Hour))
		ok(t, err)
		if then.ID != ids[1] || then.Kept || len(then.Entries) != 0 {
			t.Fatalf("on the second day it had %s (kept %v), want %s without its content", then.ID, then.Kept, ids[1])
		}
		if _, err := h.revisions.At(ctx, d.ID, start.Add(-time.Hour)); !fault.Is(err, fault.NotFound) {
			t.Fatalf("before its first day: %v", err)
		}
		if p := h.plan(t, ctx, revision.Move{Restore: ids[0]}, d); len(p.Failed) != 1 {
			t.Fatalf("a revision whose content is gone can be restored: %+v", p)
		}
		back := ids[len(ids)-4]
		h.push(t, ctx, h.plan(t, ctx, revision.Move{Restore: back}, d))
		if r, err := h.revisions.Desired(ctx, d.ID); err != nil || r.ID != back {
			t.Fatalf("restored %s, want %s: %v", r.ID, back, err)
		}
		ok(t, h.revisions.Sweep(ctx))
		h.fetch(t, ctx, d)
	})
}

func TestOverrides_of_a_secret(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000ac61")
		h.override(t, ctx, d, template.Item{Key: "provisioning.config.password", Value: "canary-0815"})
		cur, err := h.templates.Overrides(ctx, d)
		ok(t, err)
		if cur.Draft[0].Value != "" || cur.Draft[0].Secret == "" {
			t.Fatalf("the secret stands in clear: %+v", cur.Draft)
		}
		ref := cur.Draft[0].Secret
		h.override(t, ctx, d, template.Item{Key: "provisioning.config.password", Value: "***"}, template.Item{Key: ntp, Value: "a.example.org"})
		cur, err = h.templates.Overrides(ctx, d)
		ok(t, err)
		if len(cur.Draft) != 2 || cur.Draft[1].Secret != ref {
			t.Fatalf("a masked secret that came back did not stay: %+v", cur.Draft)
		}
	})
}

// TestFirstContact_every_model publishes a revision with an account on a line for
// every model that there is, and has its vendor render and read it back.
func TestFirstContact_every_model(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		text := func(s string) *string { return &s }
		srv, err := h.accounts.CreateServer(ctx, h.org, account.ServerInput{Name: text("PBX"), Address: text("pbx.example.org:5070")})
		ok(t, err)
		vs, err := all.New()
		ok(t, err)
		n := 0
		for _, v := range vs.All() {
			for _, m := range v.Models() {
				n++
				d, err := h.devices.Create(ctx, h.org, device.Input{MAC: fmt.Sprintf("02000001%04x", n), Model: m.Name})
				ok(t, err)
				password := secret.NewString("line-secret")
				acc, err := h.accounts.Create(ctx, h.org, account.Input{ServerID: &srv.ID, UserID: text(fmt.Sprint(2000 + n)), Name: text("Room"), Password: &password})
				ok(t, err)
				ok(t, h.accounts.SetLine(ctx, d, 1, acc.ID, "test"))
				r, err := h.revisions.FirstContact(ctx, d)
				if err != nil {
					t.Errorf("%s %s: %v", v.Name(), m.Name, err)
					continue
				}
				rendered := 0
				for _, e := range r.Entries {
					if e.Name != "" {
						rendered++
					}
				}
				if rendered < 4 {
					t.Errorf("%s %s: a line gives only %d values: %+v", v.Name(), m.Name, rendered, r.Entries)
				}
			}
		}
	})
}
