package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/task"
)

// Plan is what a push would do.
type Plan struct {
	Hash      string        `json:"hash"`
	CreatedAt time.Time     `json:"created_at"`
	Author    string        `json:"author"`
	Note      string        `json:"note"`
	Devices   int           `json:"devices" doc:"phones that would get a new revision"`
	Unchanged int           `json:"unchanged"`
	Groups    []PlanGroup   `json:"groups"`
	Shadowed  []PlanGroup   `json:"shadowed" doc:"phones that stay as they are because a stronger layer hides all that moves"`
	Failed    []PlanFailure `json:"failed"`
	Reboots   int           `json:"reboots"`
	Warnings  []PlanWarning `json:"warnings"`
}

// PlanGroup is the same change on several phones.
type PlanGroup struct {
	ChangeID string       `json:"change_id"`
	Count    int          `json:"count"`
	Devices  []PlanDevice `json:"devices"`
	Changes  []PlanChange `json:"changes"`
	Reboot   bool         `json:"reboot"`
}

// PlanDevice is a phone of a plan.
type PlanDevice struct {
	ID   string `json:"id"`
	MAC  string `json:"mac"`
	Name string `json:"name"`
	Old  string `json:"old_revision"`
	New  string `json:"new_revision"`
}

// PlanChange is one key's difference.
type PlanChange struct {
	Key     string `json:"key"`
	Label   string `json:"label"`
	Kind    string `json:"kind" enum:"set,change,reset,residue,withdrawn,respelled,epoch,shadowed,undeliverable" doc:"withdrawn: published and never delivered; respelled: the same value, written otherwise; epoch: written by a newer renderer"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Layer   string `json:"layer"`
	ByLayer string `json:"by_layer" doc:"of a shadowed one: the stronger layer"`
	Why     string `json:"why" doc:"why it is undeliverable, or what else is to be said of it"`
}

// PlanFailure is a phone that the plan leaves alone.
type PlanFailure struct {
	ID      string `json:"id"`
	MAC     string `json:"mac"`
	Problem string `json:"problem"`
}

// PlanWarning is something to think of before pushing.
type PlanWarning struct {
	Code    string `json:"code"`
	Text    string `json:"text"`
	Devices int    `json:"devices"`
}

func planOf(p revision.Plan) Plan {
	out := Plan{Hash: p.Hash, CreatedAt: p.CreatedAt, Author: p.Author, Note: p.Frozen.Note, Devices: len(p.Frozen.Devices), Unchanged: p.Unchanged, Groups: []PlanGroup{}, Shadowed: []PlanGroup{}, Failed: []PlanFailure{}, Warnings: []PlanWarning{}}
	for _, g := range p.Groups {
		pg := planGroupOf(g)
		if g.Reboot {
			out.Reboots += pg.Count
		}
		out.Groups = append(out.Groups, pg)
	}
	for _, g := range p.Shadowed {
		out.Shadowed = append(out.Shadowed, planGroupOf(g))
	}
	for _, f := range p.Failed {
		out.Failed = append(out.Failed, PlanFailure{f.DeviceID, f.MAC, f.Problem})
	}
	for _, w := range p.Warnings {
		out.Warnings = append(out.Warnings, PlanWarning{w.Code, w.Text, w.Devices})
	}
	return out
}

func planGroupOf(g revision.ChangeGroup) PlanGroup {
	out := PlanGroup{ChangeID: g.ID, Count: len(g.Devices), Devices: []PlanDevice{}, Changes: []PlanChange{}, Reboot: g.Reboot}
	for _, d := range g.Devices {
		out.Devices = append(out.Devices, PlanDevice{d.ID, d.MAC, d.Name, d.Old, d.New})
	}
	for _, c := range g.Changes {
		out.Changes = append(out.Changes, PlanChange{string(c.Key), c.Label, string(c.Kind), c.Old, c.New, string(c.Layer), string(c.ByLayer), c.Why})
	}
	return out
}

// planBody asks for a plan.
type planBody struct {
	Targets struct {
		Devices   []string `json:"devices,omitempty" maxItems:"10000" doc:"MACs or ids"`
		Sites     []string `json:"sites,omitempty" maxItems:"1000"`
		Groups    []string `json:"groups,omitempty" maxItems:"1000" doc:"their members of now"`
		Templates []string `json:"templates,omitempty" maxItems:"100" doc:"the devices that have values from them"`
		Accounts  []string `json:"accounts,omitempty" maxItems:"1000" doc:"the devices whose lines carry them"`
		Servers   []string `json:"servers,omitempty" maxItems:"100" doc:"SIP servers: the devices with accounts there"`
		Profiles  []string `json:"profiles,omitempty" maxItems:"100" doc:"redirection profiles: the devices that they are for, or that still have them"`
		All       bool     `json:"all,omitempty"`
	} `json:"targets"`
	Move struct {
		Overrides    bool `json:"overrides,omitempty"`
		Lines        bool `json:"lines,omitempty"`
		Placeholders bool `json:"placeholders,omitempty"`
		ConfigFile   bool `json:"config_file,omitempty"`
		Renderer     bool `json:"renderer,omitempty" doc:"the newest way to write the file, and nothing else"`
		Redirection  bool `json:"redirection,omitempty" doc:"what the devices should have by their redirection profiles"`
		Latest       bool `json:"latest,omitempty" doc:"every bound source to its latest version, and the six above"`
		Templates    []struct {
			ID      string `json:"id" maxLength:"64"`
			Version int    `json:"version,omitempty" minimum:"0" doc:"0 is the latest"`
		} `json:"templates,omitempty" maxItems:"100"`
		Unbind  []string `json:"unbind,omitempty" maxItems:"100" doc:"templates to take away"`
		Restore string   `json:"restore,omitempty" maxLength:"64" doc:"the id of an earlier revision of the one target device, whose templates, own values and placeholders come back"`
	} `json:"move,omitempty"`
	Note string `json:"note,omitempty" maxLength:"1024"`
}

func (a *API) plans() {
	register(a, op(http.MethodPost, "/orgs/{org}/plans", "create-plan", "Work out what a push would do; changes nothing"), func(ctx context.Context, in *struct {
		OrgRef
		Body planBody
	}) (*Plain[Plan], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		t, m, err := a.planInput(ctx, in.Body)
		if err != nil {
			return nil, err
		}
		p, err := a.Revisions.Plan(ctx, o, t, m, in.Body.Note)
		return plain(planOf(p)), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/plans/{hash}/files/{device}", "get-plan-files", "The file that a phone has and the one that a plan gives it, with their secrets blanked"), func(ctx context.Context, in *struct {
		DeviceRef
		Hash string `path:"hash" maxLength:"64"`
	}) (*Plain[PlanFiles], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		now, then, err := a.Revisions.Files(ctx, o, in.Hash, d.ID)
		if err != nil {
			return nil, err
		}
		out, err := a.planFiles(now, then)
		return plain(out), err
	})
	push := op(http.MethodPost, "/orgs/{org}/plans/{hash}/push", "push-plan", "Push exactly the plan that was shown")
	push.DefaultStatus = http.StatusAccepted
	register(a, push, func(ctx context.Context, in *struct {
		OrgRef
		Hash string `path:"hash" maxLength:"64"`
		Body struct {
			Undeliverable bool `json:"confirm_undeliverable,omitempty" doc:"values without a spelling may stay behind"`
		}
	}) (*One[Task], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		t, err := a.Tasks.Push(ctx, o, in.Hash, task.Consent{Undeliverable: in.Body.Undeliverable})
		return one(taskOf(t), t.Version), err
	})
}

// PlanFiles are a phone's file before and after a plan.
type PlanFiles struct {
	Before      string `json:"before" doc:"empty where the phone has none yet"`
	BeforeEpoch int    `json:"before_epoch"`
	After       string `json:"after"`
	AfterEpoch  int    `json:"after_epoch"`
}

func (a *API) planFiles(now, then revision.Revision) (out PlanFiles, err error) {
	if now.ID != "" {
		b, err := a.Previews.Blanked(now)
		if err != nil {
			return out, err
		}
		out.Before, out.BeforeEpoch = string(b), now.Epoch
	}
	b, err := a.Previews.Blanked(then)
	out.After, out.AfterEpoch = string(b), then.Epoch
	return out, err
}

// planInput resolves MACs to ids; a device that the asker may not see is not
// found.
func (a *API) planInput(ctx context.Context, b planBody) (revision.Targets, revision.Move, error) {
	t := revision.Targets{Sites: b.Targets.Sites, Groups: b.Targets.Groups, Bound: b.Targets.Templates, Accounts: b.Targets.Accounts, Servers: b.Targets.Servers, Profiles: b.Targets.Profiles, All: b.Targets.All}
	for _, ref := range b.Targets.Devices {
		d, err := a.Devices.Get(ctx, ref)
		if err != nil {
			return t, revision.Move{}, err
		}
		t.Devices = append(t.Devices, d.ID)
	}
	m := revision.Move{Overrides: b.Move.Overrides, Lines: b.Move.Lines, Placeholders: b.Move.Placeholders, ConfigFile: b.Move.ConfigFile, Renderer: b.Move.Renderer, Redirection: b.Move.Redirection, Latest: b.Move.Latest,
		Unbind: b.Move.Unbind, Restore: b.Move.Restore}
	for _, v := range b.Move.Templates {
		m.Templates = append(m.Templates, revision.TemplateVersion{ID: v.ID, Version: v.Version})
	}
	return t, m, nil
}
