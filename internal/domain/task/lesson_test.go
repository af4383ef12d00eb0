package task_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors/grandstream"
)

// unspelled is a text setting of the catalog that a model has no word for.
func unspelled(t *testing.T, on param.Target) param.Key {
	t.Helper()
	v, err := grandstream.New()
	ok(t, err)
	for _, k := range v.Catalog().Keys() {
		if p, _, _ := v.Catalog().Lookup(k); p.Type == param.Text && p.MaxLen == 0 && !v.Catalog().Spelled(k, on) && !p.Role.Identity() {
			return k
		}
	}
	t.Fatalf("%s has a word for every text setting", on.Model)
	return ""
}

func names(alias string) []byte { return fmt.Appendf(nil, `[{"pvalue":"","alias":%q}]`, alias) }

func TestLesson_a_name_makes_a_setting_deliverable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		on := param.Target{Dialect: "gs-alias", Family: "grp26xx", Model: "GRP2614"}
		k := unspelled(t, on)
		d, err := h.devices.Create(ctx, h.org, device.Input{MAC: "02000000bb01", Model: "GRP2614"})
		ok(t, err)
		h.tells(t, ctx, d, "1.0.9.1")
		h.fetch(t, ctx, d)
		h.override(t, ctx, d, template.Item{Key: k, Value: "x"})
		p := h.plan(t, ctx, revision.Move{Overrides: true}, d)
		if c := changes(p)[k]; c.Kind != revision.IsUndelivered || c.Why != "this phone has no such setting" {
			t.Fatalf("before the lesson: %+v", c)
		}
		h.push(t, ctx, p)

		tenant := org.Tenant{ID: h.org.TenantID}
		in := lesson.Input{Name: "names.json", Data: names(string(k)), Model: "grp2614", Firmware: "1.0.9.103"}
		l, err := h.lessons.Learn(ctx, tenant, in)
		ok(t, err)
		if l.NewKeys != 0 || l.NewNames != 1 || l.NewDefaults != 0 || l.Vendor != "grandstream" || l.Model != "GRP2614" {
			t.Fatalf("learned %+v", l)
		}
		if _, err := h.lessons.Learn(ctx, tenant, in); fault.CodeOf(err) != "nothing_new" {
			t.Fatalf("the same again: %v", err)
		}
		if p := h.plan(t, ctx, revision.Move{Renderer: true}, d); p.Unchanged != 1 {
			t.Fatalf("a phone of an older firmware: %+v", p.Groups)
		}
		h.tells(t, ctx, d, "1.0.9.103")
		p = h.plan(t, ctx, revision.Move{Renderer: true}, d)
		if c := changes(p)[k]; c.Kind != revision.Respelled || c.New != string(k)+"=x" {
			t.Fatalf("after the lesson: %+v", p.Groups)
		}
		h.push(t, ctx, p)
		if e, _ := entry(h.fetch(t, ctx, d), k); e.Name != string(k) {
			t.Fatalf("the phone gets %+v", e)
		}

		ok(t, h.lessons.Delete(ctx, tenant, l.ID, lesson.Version))
		if e, _ := entry(h.fetch(t, ctx, d), k); e.Name != string(k) {
			t.Fatalf("taking the lesson back changed the phone: %+v", e)
		}
		p = h.plan(t, ctx, revision.Move{Renderer: true}, d)
		if c := changes(p)[k]; c.Kind != revision.IsUndelivered {
			t.Fatalf("after it was taken back: %+v", p.Groups)
		}
	})
}

func TestLesson_a_default_resets(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02000000bb11")
		h.override(t, ctx, d, template.Item{Key: ntp, Value: "mine.example.org"})
		h.fetch(t, ctx, d)
		h.override(t, ctx, d)
		if c := changes(h.plan(t, ctx, revision.Move{Overrides: true}, d))[ntp]; c.Kind != revision.WasLeft {
			t.Fatalf("without a known default: %+v", c)
		}
		tenant := org.Tenant{ID: h.org.TenantID}
		in := lesson.Input{Name: "config.xml", Data: []byte(`<gs_provision><config version="2"><item name="datetime.ntp.server.1">out-of-the-box.example.org</item><item name="audio.volume.ring">5</item></config></gs_provision>`), Model: "GHP621W"}
		if _, err := h.lessons.Learn(ctx, tenant, in); fault.CodeOf(err) != "nothing_new" {
			t.Fatalf("a phone in use tells no defaults: %v", err)
		}
		in.Factory = true
		l, err := h.lessons.Learn(ctx, tenant, in)
		ok(t, err)
		if l.NewDefaults < 1 || l.NewNames != 0 {
			t.Fatalf("learned %+v", l)
		}
		p := h.plan(t, ctx, revision.Move{Overrides: true}, d)
		if c := changes(p)[ntp]; c.Kind != revision.WasReset || c.New != "out-of-the-box.example.org" {
			t.Fatalf("with a learned default: %+v", c)
		}
		h.push(t, ctx, p)
		if e, _ := entry(h.fetch(t, ctx, d), ntp); e.State != revision.Reset || e.Value != "out-of-the-box.example.org" {
			t.Fatalf("the phone gets %+v", e)
		}

		tpl := h.template(t, ctx, "", template.Item{Key: ntp, Value: "one.example.org"})
		src, err := h.templates.Get(ctx, tpl)
		ok(t, err)
		src, unknown, err := h.templates.Defaults(ctx, tpl, nil, src.Version)
		ok(t, err)
		if len(unknown) != 0 || len(src.Draft) != 1 || src.Draft[0].Value != "out-of-the-box.example.org" {
			t.Fatalf("reset to defaults gives %+v, unknown %v", src.Draft, unknown)
		}

		other, err := h.orgs.CreateTenant(ctx, "Neighbours", org.Business)
		ok(t, err)
		cats, err := h.lessons.Of(ctx, other.ID)
		ok(t, err)
		if s, has := cats.Of("grandstream").Default(ntp, param.Target{Dialect: "gs-alias", Family: "ghp6xx", Model: "GHP621W"}); has {
			t.Fatalf("another tenant knows %+v", s)
		}
	})
}

func TestLesson_bad_input(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		good := lesson.Input{Name: "names.json", Data: names("brand.new.thing"), Model: "GRP2614"}
		for name, change := range map[string]func(*lesson.Input){
			"no name":             func(in *lesson.Input) { in.Name = " " },
			"a name of 65":        func(in *lesson.Input) { in.Name = strings.Repeat("n", 65) },
			"an unknown model":    func(in *lesson.Input) { in.Model = "XYZ1" },
			"a firmware of words": func(in *lesson.Input) { in.Firmware = "the newest" },
			"an empty file":       func(in *lesson.Input) { in.Data = nil },
			"no such form":        func(in *lesson.Input) { in.Data = []byte("hello") },
			"an XML bomb": func(in *lesson.Input) {
				in.Data = []byte(`<!DOCTYPE a [<!ENTITY b "c">]><gs_provision>&b;</gs_provision>`)
			},
			"more than fits":       func(in *lesson.Input) { in.Data = []byte(strings.Repeat(" ", limit.ImportBytes+1)) },
			"a list that names no": func(in *lesson.Input) { in.Data = []byte("[]") },
		} {
			in := good
			change(&in)
			if _, err := h.lessons.Learn(ctx, org.Tenant{ID: h.org.TenantID}, in); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		l, err := h.lessons.Learn(ctx, org.Tenant{ID: h.org.TenantID}, good)
		ok(t, err)
		if l.NewKeys != 1 || l.NewNames != 1 {
			t.Fatalf("learned %+v", l)
		}
		if err := h.lessons.Delete(ctx, org.Tenant{ID: h.org.TenantID}, l.ID, 2); fault.CodeOf(err) != "version" {
			t.Fatalf("deleting another version: %v", err)
		}
		list, err := h.lessons.List(ctx, org.Tenant{ID: h.org.TenantID})
		ok(t, err)
		if len(list) != 1 || list[0].Names != 1 || list[0].At.IsZero() {
			t.Fatalf("list %+v", list)
		}
	})
}
