package task_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/task"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/scope"
)

// benchDevices is a tenth of the size that goals.md names for P-11; the cost per
// device is what is compared.
const benchDevices = 1000

// BenchmarkPlan measures compile and plan for many devices whose model template
// changed one value: the work of P-11.
func BenchmarkPlan(b *testing.B) {
	ctx := scope.AsSystem(context.Background(), "bench")
	h := build(b, ctx, dbtest.New(b), clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)))
	items := []template.Item{{Key: ntp, Value: "one.example.org"}}
	for i := range 12 {
		items = append(items, template.Item{Key: param.Key(fmt.Sprintf("pks.mpk.%d.value", i+1)), Value: fmt.Sprint(200 + i)})
	}
	tpl := h.template(b, ctx, "", items...)
	for i := range benchDevices {
		d := h.device(b, ctx, fmt.Sprintf("0200%08x", i+1))
		if _, err := h.revisions.FirstContact(ctx, d); err != nil {
			b.Fatal(err)
		}
	}
	items[0].Value = "two.example.org"
	h.template(b, ctx, tpl, items...)
	move := revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}
	b.ResetTimer()
	for range b.N {
		p, err := h.revisions.Plan(ctx, h.org, revision.Targets{All: true}, move, "")
		if err != nil || len(p.Frozen.Devices) != benchDevices || len(p.Groups) != 1 {
			b.Fatalf("%d devices in %d groups: %v", len(p.Frozen.Devices), len(p.Groups), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchDevices), "µs/device")
}

// BenchmarkPush measures what publishing to one device costs in a push of many.
func BenchmarkPush(b *testing.B) {
	ctx := scope.AsSystem(context.Background(), "bench")
	h := build(b, ctx, dbtest.New(b), clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)))
	tpl := h.template(b, ctx, "", template.Item{Key: ntp, Value: "one.example.org"})
	for i := range benchDevices / 5 {
		d := h.device(b, ctx, fmt.Sprintf("0200%08x", i+1))
		if _, err := h.revisions.FirstContact(ctx, d); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for n := range b.N {
		h.template(b, ctx, tpl, template.Item{Key: ntp, Value: fmt.Sprintf("n%d.example.org", n)})
		p, err := h.revisions.Plan(ctx, h.org, revision.Targets{All: true}, revision.Move{Templates: []revision.TemplateVersion{{ID: tpl}}}, "")
		ok(b, err)
		tk, err := h.tasks.Push(ctx, h.org, p.Hash, task.Consent{})
		ok(b, err)
		h.work(b, ctx, tk)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchDevices/5), "µs/device")
}
