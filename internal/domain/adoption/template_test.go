package adoption_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
)

const ntp2 = "datetime.ntp.server.2"

// quiet makes a template that binds itself nowhere, for a make and perhaps one of
// its models.
func (b bench) quiet(name, model, value string) template.Source {
	b.t.Helper()
	src, err := b.Templates.Create(testkit.System(), b.w.Org, template.Input{Kind: template.Model, Name: &name, Vendor: ptr("grandstream"), Model: &model, Auto: ptr(template.AutoNone), Draft: ptr(testkit.Items(map[string]string{ntp2: value}))})
	b.ok(err)
	_, err = b.Templates.SaveVersion(testkit.System(), src.ID, "", src.Version)
	b.ok(err)
	src, err = b.Templates.Get(testkit.System(), src.ID)
	b.ok(err)
	return src
}

// first is what a new phone has of a key by its first configuration.
func (b bench) first(d device.Device, key param.Key) string {
	b.t.Helper()
	_, err := b.Revisions.FirstContact(testkit.System(), d)
	b.ok(err)
	e, _, err := b.Revisions.Explain(testkit.System(), d)
	b.ok(err)
	v, _ := e.Lookup(key)
	return v.Value
}

// A rule's template comes with the first configuration, beside what binds itself;
// one that is gone or for other phones is left out, and the rule says so.
func TestMet_template(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		src := b.quiet("Rooms", "", "192.0.2.99")
		other := b.quiet("Large", "GRP2614", "192.0.2.98")
		proved := func(m mac.Address) device.Unclaimed {
			return device.Unclaimed{MAC: m, Address: "10.9.1.1", Proved: true}
		}
		_, err := b.Adoption.Create(testkit.System(), b.w.Org, adoption.Input{Name: ptr("X"), TemplateID: ptr("nobody's")})
		if !fault.Is(err, fault.Invalid) {
			b.t.Errorf("no such template: %v", err)
		}
		r := b.rule(b.w.Org, "All", adoption.Adopt, adoption.Match{}, func(in *adoption.Input) { in.TemplateID = &src.ID })
		d, taken := b.knocks(proved("020000009421"))
		if got, other := b.first(d, ntp2), b.first(d, "audio.volume.ring"); !taken || got != "192.0.2.99" || other != "4" {
			b.t.Errorf("it has %q by the rule's template, %q by what binds itself", got, other)
		}
		r, err = b.Adoption.Update(testkit.System(), b.w.Org, r.ID, adoption.Input{TemplateID: &other.ID, Action: ptr(adoption.Suggest)}, r.Version)
		b.ok(err)
		b.stays("suggested", proved("020000009422"))
		dry, err := b.Adoption.DryRun(testkit.System(), b.w.Org, nil)
		b.ok(err)
		if len(dry) != 1 || dry[0].Template.ID != "" || !strings.Contains(dry[0].Why, "other phones") {
			b.t.Errorf("a template for another model: %+v", dry)
		}
		r, err = b.Adoption.Update(testkit.System(), b.w.Org, r.ID, adoption.Input{TemplateID: &src.ID, Action: ptr(adoption.Adopt)}, r.Version)
		b.ok(err)
		src, err = b.Templates.Get(testkit.System(), src.ID)
		b.ok(err)
		d, _ = b.knocks(proved("020000009422"))
		_, err = b.Templates.Update(testkit.System(), src.ID, template.Input{Draft: ptr(testkit.Items(map[string]string{ntp2: "192.0.2.97"}))}, src.Version)
		b.ok(err)
		if got := b.first(d, ntp2); got != "192.0.2.99" {
			b.t.Errorf("a draft that nobody saved: %q", got)
		}
	})
}
