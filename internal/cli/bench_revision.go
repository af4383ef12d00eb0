package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/task"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/platform/limit"
)

// The sizes that the goals name, and the goals.
const (
	planDevices    = 10_000
	planSeconds    = 5.0
	storageDevices = 2000
	storageRounds  = 12
	storageGoal    = 1700.0 // bytes a revision
	benchKey       = "datetime.ntp.server.1"
)

// benchPlan is P-11: compile and plan for many devices whose template changed.
func benchPlan(ctx context.Context, b *bench) ([]figure, error) {
	n := max(1, int(planDevices*b.scale))
	f, err := b.fleet(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := f.version(ctx, "two.example.org"); err != nil {
		return nil, err
	}
	wall, cpu := b.clock.Now(), cpuSeconds()
	p, err := b.Revisions.Plan(ctx, f.org, revision.Targets{All: true}, f.move(), "")
	if err != nil {
		return nil, err
	}
	took, used := b.clock.Now().Sub(wall).Seconds(), cpuSeconds()-cpu
	if len(p.Frozen.Devices) != n {
		return nil, fmt.Errorf("the plan is for %d devices, not for %d", len(p.Frozen.Devices), n)
	}
	return []figure{below(figure{ID: "P-11", What: "compile and plan", Ours: took, Goal: planSeconds * b.scale, Unit: "s", Size: fmt.Sprintf("%d devices", n),
		Note: fmt.Sprintf("%.2f ms CPU a device, %s", used*1000/float64(n), b.DB.Dialect())})}, nil
}

// benchStorage is what a published revision takes in the database, and whether
// that stays flat from round to round.
func benchStorage(ctx context.Context, b *bench) ([]figure, error) {
	n := max(1, int(storageDevices*b.scale))
	if err := b.MigrateJobs(ctx); err != nil {
		return nil, err
	}
	f, err := b.fleet(ctx, n)
	if err != nil {
		return nil, err
	}
	var revisions, whole []int64
	for round := range storageRounds {
		if round > 0 {
			if err := f.version(ctx, fmt.Sprintf("round-%d.example.org", round)); err != nil {
				return nil, err
			}
			if err := f.push(ctx); err != nil {
				return nil, err
			}
		}
		own, err := b.DB.Size(ctx, "revisions", "revision_parts")
		if err != nil {
			return nil, err
		}
		size, err := b.DB.Size(ctx)
		if err != nil {
			return nil, err
		}
		revisions, whole = append(revisions, own), append(whole, size)
	}
	half, last := storageRounds/2, storageRounds-1
	per := func(s []int64, from, to int) float64 { return float64(s[to]-s[from]) / float64((to-from)*n) }
	return []figure{below(figure{ID: "S-1", What: "a published revision in the database", Ours: per(revisions, 0, last), Goal: storageGoal, Unit: "bytes", Size: fmt.Sprintf("%d devices × %d", n, storageRounds),
		Note: fmt.Sprintf("first half %.0f, second half %.0f; with its run, command, plan and audit rows %.0f; %s", per(revisions, 0, half), per(revisions, half, last), per(whole, 0, last), b.DB.Dialect())})}, nil
}

// fleet is an organization full of devices that have their first revision.
type fleet struct {
	*bench
	org     org.Org
	tpl     string
	devices []string
}

func (b *bench) fleet(ctx context.Context, n int) (*fleet, error) {
	t, err := b.Orgs.CreateTenant(ctx, "Bench", org.Business)
	if err != nil {
		return nil, err
	}
	f := &fleet{bench: b}
	if f.org, err = b.Orgs.CreateOrg(ctx, t.ID, "Bench", ""); err != nil {
		return nil, err
	}
	name, model := "Every phone", demoModel
	src, err := b.Templates.Create(ctx, f.org, template.Input{Kind: template.Model, Name: &name, Model: &model})
	if err != nil {
		return nil, err
	}
	f.tpl = src.ID
	if err := f.version(ctx, "one.example.org"); err != nil {
		return nil, err
	}
	for i := range n {
		d, err := b.Devices.Create(ctx, f.org, device.Input{MAC: phone.FleetMAC(i).String(), Model: demoModel, Name: fmt.Sprintf("Room %d", i)})
		if err != nil {
			return nil, err
		}
		if _, err := b.Revisions.FirstContact(ctx, d); err != nil {
			return nil, err
		}
		f.devices = append(f.devices, d.ID)
	}
	return f, nil
}

func (f *fleet) move() revision.Move {
	return revision.Move{Templates: []revision.TemplateVersion{{ID: f.tpl}}}
}

// version saves a version of the fleet's template in which one value differs.
func (f *fleet) version(ctx context.Context, value string) error {
	items := []template.Item{{Key: benchKey, Value: value}}
	for i := range 10 {
		k := func(s string) param.Key { return param.Key(fmt.Sprintf("pks.mpk.%d.%s", i+1, s)) }
		items = append(items, template.Item{Key: k("description"), Value: fmt.Sprintf("Extension %d", 200+i)}, template.Item{Key: k("value"), Value: fmt.Sprint(200 + i)})
	}
	src, err := f.Templates.Get(ctx, f.tpl)
	if err != nil {
		return err
	}
	if src, err = f.Templates.Update(ctx, f.tpl, template.Input{Draft: &items}, src.Version); err != nil {
		return err
	}
	_, err = f.Templates.SaveVersion(ctx, f.tpl, "", src.Version)
	return err
}

// push pushes the template to the whole fleet, as many devices a plan as one
// takes, and publishes at once.
func (f *fleet) push(ctx context.Context) error {
	for some := range slices.Chunk(f.devices, limit.PlanDevices) {
		if err := f.pushTo(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) pushTo(ctx context.Context, devices []string) error {
	p, err := f.Revisions.Plan(ctx, f.org, revision.Targets{Devices: devices}, f.move(), "")
	if err != nil {
		return err
	}
	t, err := f.Tasks.Push(ctx, f.org, p.Hash, task.Consent{})
	if err != nil {
		return err
	}
	payload, err := json.Marshal(map[string]string{"TaskID": t.ID, "OrgID": t.OrgID, "TenantID": t.TenantID})
	if err != nil {
		return err
	}
	return f.Tasks.HandlePush(ctx, payload)
}
