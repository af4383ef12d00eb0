package task_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/page"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"

	"github.com/google/go-cmp/cmp"
)

const (
	cfgPath  param.Key = "provisioning.config.serverpath"
	cfgVia   param.Key = "provisioning.config.protocol"
	cfgUser  param.Key = "provisioning.config.username"
	cfgPass  param.Key = "provisioning.config.password"
	cfgFirst param.Key = "provisioning.alwaysauthenticatebeforechallenge"
	prefix   param.Key = "provisioning.config.fileprefix"
	postfix  param.Key = "provisioning.config.filepostfix"
)

// elsewhere is where the tests' program stands.
func elsewhere(address string) revision.Elsewhere {
	switch {
	case strings.HasPrefix(address, "https://phones.example.org"):
		return revision.Ours
	case strings.HasPrefix(address, "tftp://phones.example.org"):
		return revision.OursOpen
	}
	return revision.Others
}

func text(s string) *string { return &s }

func (h *house) tenant() org.Tenant { return org.Tenant{ID: h.org.TenantID} }

func (h *house) redirection(t *testing.T, ctx context.Context, name, path string) rps.Profile {
	t.Helper()
	pw, first := secret.NewString("s3cret-"+name), true
	p, err := h.redirects.Create(ctx, h.tenant(), rps.Input{Name: &name, Via: text("HTTPS"), Path: &path, User: text("gs"), Password: &pw, AuthFirst: &first, Prefix: text("gs_")})
	ok(t, err)
	return p
}

// deliver pushes what the assignments of a profile say.
func (h *house) deliver(t *testing.T, ctx context.Context, p rps.Profile) revision.Plan {
	t.Helper()
	plan, err := h.tasks.PlanRedirection(ctx, h.org, p.ID, p.Name)
	ok(t, err)
	h.push(t, ctx, plan)
	return plan
}

func told(r revision.Revision, keys ...param.Key) map[param.Key]string {
	out := map[param.Key]string{}
	for _, k := range keys {
		if e, there := entry(r, k); there {
			out[k] = e.Value + string(e.State)
		}
	}
	return out
}

func TestRedirection_own_beats_organization(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		plain, own := h.device(t, ctx, "02000000ae01"), h.device(t, ctx, "02000000ae02")
		h.fetch(t, ctx, plain)
		h.fetch(t, ctx, own)
		all, one := h.redirection(t, ctx, "all", "all.example.org/gs"), h.redirection(t, ctx, "one", "one.example.org")
		_, err := h.redirects.SetOrgs(ctx, h.tenant(), all.ID, []string{h.org.Slug})
		ok(t, err)
		_, err = h.redirects.SetDevices(ctx, h.tenant(), one.ID, []string{own.MAC.Colons()}, nil)
		ok(t, err)
		if e, there := entry(h.fetch(t, ctx, plain), cfgPath); there {
			t.Fatalf("assigning alone told the phone %+v", e)
		}
		p := h.deliver(t, ctx, all)
		if !p.Leaves() || len(p.Frozen.Devices) != 1 {
			t.Fatalf("the plan for one phone that is sent away says %+v of %d", p.Warnings, len(p.Frozen.Devices))
		}
		h.deliver(t, ctx, one)
		want := map[param.Key]string{cfgVia: "HTTPS", cfgPath: "all.example.org/gs", cfgUser: "gs", cfgFirst: "Yes", prefix: "gs_", postfix: ""}
		keys := []param.Key{cfgVia, cfgPath, cfgUser, cfgFirst, prefix, postfix}
		if diff := cmp.Diff(want, told(h.fetch(t, ctx, plain), keys...)); diff != "" {
			t.Errorf("by its organization (-want +got):\n%s", diff)
		}
		want[cfgPath] = "one.example.org"
		r := h.fetch(t, ctx, own)
		if diff := cmp.Diff(want, told(r, keys...)); diff != "" {
			t.Errorf("by itself (-want +got):\n%s", diff)
		}
		if e, _ := entry(r, cfgPass); e.Secret == "" || e.Value != "" {
			t.Errorf("the password is %+v", e)
		}
		// a phone that comes first gets it without a push
		if got := told(h.fetch(t, ctx, h.device(t, ctx, "02000000ae03")), cfgPath)[cfgPath]; got != "all.example.org/gs" {
			t.Errorf("a new phone gets %q", got)
		}
		// taken from the device, its organization's counts
		_, err = h.redirects.SetDevices(ctx, h.tenant(), one.ID, nil, []string{own.ID})
		ok(t, err)
		h.deliver(t, ctx, one)
		if got := told(h.fetch(t, ctx, own), cfgPath)[cfgPath]; got != "all.example.org/gs" {
			t.Errorf("after its own went it gets %q", got)
		}
	})
}

func TestRedirection_template_wins_and_says_so(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		h.template(t, ctx, "", template.Item{Key: cfgPath, Value: "template.example.org"})
		d := h.device(t, ctx, "02000000ae11")
		h.fetch(t, ctx, d)
		p := h.redirection(t, ctx, "weak", "weak.example.org")
		_, err := h.redirects.SetDevices(ctx, h.tenant(), p.ID, []string{d.ID}, nil)
		ok(t, err)
		plan := h.deliver(t, ctx, p)
		shadowed := slices.ContainsFunc(plan.Groups[0].Changes, func(c revision.Change) bool {
			return c.Key == cfgPath && c.Kind == revision.IsShadowed && c.Layer == revision.Redirection && c.ByLayer == revision.Model
		})
		if !shadowed || plan.Leaves() {
			t.Errorf("shadowed %v, warnings %+v", shadowed, plan.Warnings)
		}
		if got := told(h.fetch(t, ctx, d), cfgPath)[cfgPath]; got != "template.example.org" {
			t.Errorf("the phone gets %q", got)
		}
	})
}

func TestRedirection_edit_is_delivered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, p := h.device(t, ctx, "02000000ae21"), h.redirection(t, ctx, "moving", "phones.example.org")
		h.fetch(t, ctx, d)
		_, err := h.redirects.SetDevices(ctx, h.tenant(), p.ID, []string{d.ID}, nil)
		ok(t, err)
		if plan := h.deliver(t, ctx, p); plan.Leaves() {
			t.Errorf("our own address counts as another's: %+v", plan.Warnings)
		}
		h.fetch(t, ctx, d)
		h.jobs.Take()
		edit := func(path string, leaving bool) {
			t.Helper()
			cur, err := h.redirects.Get(ctx, h.tenant(), p.ID)
			ok(t, err)
			_, err = h.redirects.Update(ctx, h.tenant(), p.ID, rps.Input{Path: &path}, &rps.Deliver{Leaving: leaving}, cur.Version)
			ok(t, err)
		}
		// the program dies before it pushes: the job does it, once
		work := func() (tasks int) {
			t.Helper()
			for _, j := range h.jobs.Take() {
				b, err := json.Marshal(j.Payload)
				ok(t, err)
				if j.Kind == rps.JobDeliver {
					ok(t, h.tasks.HandleDeliver(ctx, b))
					ok(t, h.tasks.HandleDeliver(ctx, b)) // at least once
					for _, push := range h.jobs.Take() {
						b, err := json.Marshal(push.Payload)
						ok(t, err)
						ok(t, h.tasks.HandlePush(ctx, b))
						tasks++
					}
				}
			}
			return tasks
		}
		edit("phones.example.org:8443", false)
		if n := work(); n != 1 {
			t.Fatalf("an edit made %d tasks", n)
		}
		if got := told(h.fetch(t, ctx, d), cfgPath)[cfgPath]; got != "phones.example.org:8443" {
			t.Errorf("after the edit the phone gets %q", got)
		}
		edit("away.example.org", false)
		if n := work(); n != 0 {
			t.Fatalf("phones were sent away unasked by %d tasks", n)
		}
		edit("away.example.org/2", true)
		if n := work(); n != 1 {
			t.Fatalf("confirmed, and %d tasks", n)
		}
		vs, err := h.redirects.Versions(ctx, h.tenant(), p.ID)
		ok(t, err)
		if cur, _ := h.redirects.Get(ctx, h.tenant(), p.ID); len(vs) != 4 || cur.Pending != 0 {
			t.Errorf("%d versions, pending %d", len(vs), cur.Pending)
		}
	})
}

func TestRedirection_delete_leaves_the_phone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, p := h.device(t, ctx, "02000000ae31"), h.redirection(t, ctx, "gone", "gone.example.org")
		h.fetch(t, ctx, d)
		_, err := h.redirects.SetOrgs(ctx, h.tenant(), p.ID, []string{h.org.ID})
		ok(t, err)
		h.deliver(t, ctx, p)
		before := h.fetch(t, ctx, d)
		ok(t, h.redirects.Delete(ctx, h.tenant(), p.ID, p.Version))
		if _, err := h.redirects.Get(ctx, h.tenant(), p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("it is there still: %v", err)
		}
		if after := h.fetch(t, ctx, d); after.ID != before.ID {
			t.Error("deleting changed the phone's revision")
		}
		plan := h.plan(t, ctx, revision.Move{}, d)
		for _, c := range plan.Groups[0].Changes {
			if c.Kind == revision.WasReset {
				t.Errorf("%s is reset", c.Key)
			}
		}
		h.push(t, ctx, plan)
		r := h.fetch(t, ctx, d)
		for _, k := range []param.Key{cfgPath, cfgVia, cfgUser, cfgPass, cfgFirst, prefix} {
			if e, _ := entry(r, k); e.State != revision.Residue || !e.Left || e.Name != "" {
				t.Errorf("%s is %+v, want what the phone keeps", k, e)
			}
		}
		e, _, err := h.revisions.Explain(ctx, d)
		ok(t, err)
		if v, _ := e.Lookup(cfgPath); v.Kept != "gone.example.org" || v.Source != "gone" || v.Layer != revision.Left || !strings.Contains(v.Why, "keeps") {
			t.Errorf("explained as %+v", v)
		}
		hist, err := h.redirects.History(ctx, d)
		ok(t, err)
		if len(hist) != 1 || hist[0].Profile != "gone" || !hist[0].Deleted || hist[0].EndedAt.IsZero() {
			t.Errorf("history %+v", hist)
		}
		// the name is free again, and a new profile takes the place
		again := h.redirection(t, ctx, "gone", "back.example.org")
		_, err = h.redirects.SetOrgs(ctx, h.tenant(), again.ID, []string{h.org.ID})
		ok(t, err)
		h.deliver(t, ctx, again)
		if got := told(h.fetch(t, ctx, d), cfgPath)[cfgPath]; got != "back.example.org" {
			t.Errorf("then the phone gets %q", got)
		}
	})
}

// Phones that know but an address get that, and the plan says what they do not
// get; a protocol without a word in a family's dialect is told of too.
func TestRedirection_audiocodes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d, err := h.devices.Create(ctx, h.org, device.Input{MAC: "00908f53ae41", Model: "445HD"})
		ok(t, err)
		h.fetch(t, ctx, d)
		p := h.redirection(t, ctx, "both", "ac.example.org/configfiles/")
		_, err = h.redirects.SetDevices(ctx, h.tenant(), p.ID, []string{d.ID}, nil)
		ok(t, err)
		plan := h.deliver(t, ctx, p)
		if !plan.Undeliverable() {
			t.Error("nothing is said of what the phone cannot be told")
		}
		r := h.fetch(t, ctx, d)
		if e, _ := entry(r, "provisioning.config.url"); e.Value != "https://ac.example.org/configfiles/" || e.Name == "" {
			t.Errorf("the phone gets %+v", e)
		}
		for _, k := range []param.Key{param.Key(param.FilePrefix), param.Key(param.ConfigUser)} {
			if e, there := entry(r, k); !there || e.Name != "" {
				t.Errorf("%s: %+v", k, e)
			}
		}
	})
}

func TestRedirection_walls(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		other, err := h.orgs.CreateTenant(ctx, "Others", org.Business)
		ok(t, err)
		away, err := h.orgs.CreateOrg(ctx, other.ID, "Away", "")
		ok(t, err)
		sister, err := h.orgs.CreateOrg(ctx, h.org.TenantID, "Sister", "")
		ok(t, err)
		p := h.redirection(t, ctx, "mine", "mine.example.org")
		_, err = h.redirects.SetOrgs(ctx, h.tenant(), p.ID, []string{h.org.ID, sister.ID})
		ok(t, err)
		foreign, err := h.devices.Create(ctx, away, device.Input{MAC: "02000000ae51", Model: "GHP621W"})
		ok(t, err)
		if _, err := h.redirects.SetOrgs(ctx, h.tenant(), p.ID, []string{away.ID}); !fault.Is(err, fault.Invalid) {
			t.Errorf("an organization of another tenant: %v", err)
		}
		if _, err := h.redirects.SetDevices(ctx, h.tenant(), p.ID, []string{foreign.ID}, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("a device of another tenant: %v", err)
		}
		if _, err := h.redirects.Get(ctx, other, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("under another tenant: %v", err)
		}
		if _, err := h.redirects.Create(ctx, h.tenant(), rps.Input{Name: text("MINE"), Via: text("TFTP"), Path: text("x.example.org")}); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same name: %v", err)
		}
		// who sees one organization counts and takes away that one alone
		narrow := scope.With(ctx, scope.Scope{Actor: scope.Actor{Kind: scope.System, Name: "clerk"}, Tenant: h.org.TenantID, Orgs: []string{h.org.ID}})
		seen, err := h.redirects.List(narrow, rps.Filter{TenantID: h.org.TenantID, Page: page.Page{}})
		ok(t, err)
		if len(seen.Items) != 1 || seen.Items[0].Orgs != 1 {
			t.Errorf("seen %+v", seen.Items)
		}
		_, err = h.redirects.SetOrgs(narrow, h.tenant(), p.ID, nil)
		ok(t, err)
		left, err := h.redirects.Orgs(ctx, h.tenant(), p.ID)
		ok(t, err)
		if len(left) != 1 || left[0].OrgID != sister.ID {
			t.Errorf("left %+v", left)
		}
		if _, err := h.redirects.List(access.With(ctx, access.Principal{}), rps.Filter{TenantID: h.org.TenantID}); err != nil {
			t.Error(err)
		}
	})
}

func TestRedirection_export(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		p := h.redirection(t, ctx, "list", "list.example.org/gs")
		_, err := h.devices.Create(ctx, h.org, device.Input{MAC: "000b8253ae61", Model: "GRP2614", Name: "=HYPERLINK(1)", Serial: "20EZ53AE61"})
		ok(t, err)
		_, err = h.devices.Create(ctx, h.org, device.Input{MAC: "00908f53ae62", Model: "445HD", Name: "Desk"})
		ok(t, err)
		_, err = h.redirects.SetOrgs(ctx, h.tenant(), p.ID, []string{h.org.ID})
		ok(t, err)
		for vendor, want := range map[string]string{
			"grandstream": "MAC Address,Serial Number,Device Name,Upgrade Via,Config Server Path,Username,Password\r\n000B8253AE61,20EZ53AE61,'=HYPERLINK(1),HTTPS,list.example.org/gs,gs,***\r\n",
			"audiocodes":  "MAC Address,URL\r\n00908F53AE62,https://list.example.org/gs\r\n",
		} {
			f, err := h.redirects.Export(ctx, h.tenant(), p.ID, vendor, rps.Masked)
			ok(t, err)
			if diff := cmp.Diff(want, string(f.Body)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", vendor, diff)
			}
		}
		f, err := h.redirects.Export(ctx, h.tenant(), p.ID, "grandstream", rps.Revealed)
		ok(t, err)
		if !strings.Contains(string(f.Body), ",s3cret-list\r\n") {
			t.Errorf("revealed: %s", f.Body)
		}
		if _, err := h.redirects.Export(ctx, h.tenant(), p.ID, "yealink", rps.Masked); !fault.Is(err, fault.Invalid) {
			t.Errorf("another maker: %v", err)
		}
	})
}
