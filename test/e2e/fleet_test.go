package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	devices "bellwether/internal/domain/device"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/platform/db"
	"bellwether/internal/testkit"
)

// have ends the test where something could not be made.
func have[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// park is a data folder with many phones of one model on one site, whose subnets
// are loopback and stand under the legacy flag.
type park struct {
	dir    string
	org    orgs.Org
	site   orgs.Site
	macs   []string
	tokens []string
}

// parkModel is the model of every phone in a park.
const parkModel = "GHP621W"

// newPark makes phones that hold that many settings each; their first revision is
// published and delivered where they are to have it. What more there is to be in the
// house is done by more.
func newPark(t testing.TB, phones, settings int, published bool, more func(h *testkit.House, o orgs.Org)) park {
	t.Helper()
	p := park{dir: t.TempDir()}
	h := testkit.New(t, testkit.InDir(p.dir))
	ctx := testkit.System()
	tenant := have(h.Orgs.CreateTenant(ctx, "Park", orgs.Business))(t)
	p.org = have(h.Orgs.CreateOrg(ctx, tenant.ID, "Park", ""))(t)
	name, until := "Everywhere", time.Now().Add(24*time.Hour)
	nets := []orgs.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/8"), Legacy: true}}
	p.site = have(h.Orgs.CreateSite(ctx, p.org, orgs.SiteInput{Name: &name, Subnets: &nets, LegacyUntil: &until}))(t)
	everyPhone(t, h, p.org, settings)
	took := map[string]string{}
	for i := range phones {
		d := have(h.Devices.Create(ctx, p.org, devices.Input{MAC: phone.FleetMAC(i).String(), Model: parkModel, Name: "Room " + strconv.Itoa(i), SiteID: p.site.ID, Life: devices.Adopted}))(t)
		if published {
			rev := have(h.Revisions.FirstContact(ctx, d))(t)
			took[d.ID] = rev.ID
		}
		url, _, err := h.Provision.Address(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		_, token, _ := strings.Cut(strings.TrimSuffix(url, "/"), "/p/")
		p.macs, p.tokens = append(p.macs, d.MAC.String()), append(p.tokens, token)
	}
	if err := h.DB.Write(ctx, func(tx *db.Tx) error {
		for id, rev := range took {
			if err := h.Revisions.Delivered(ctx, tx, id, rev); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if more != nil {
		more(h, p.org)
	}
	if err := h.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	return p
}

// everyPhone gives the organization a template that sets so many parameters.
func everyPhone(t testing.TB, h *testkit.House, o orgs.Org, settings int) {
	t.Helper()
	v, m, ok := h.Vendors.ByModel(parkModel)
	if !ok {
		t.Fatalf("no vendor makes %s", parkModel)
	}
	catalog := v.Catalog()
	target := param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
	var items []template.Item
	reaches := func(k param.Key) (param.Parameter, bool) { // accounts beyond the model's lines do not
		p, n, ok := catalog.On(k, target)
		return p, ok && p.Role == "" && (n <= m.Lines || !strings.HasPrefix(string(k), "account."))
	}
	for _, k := range catalog.Keys() {
		if p, ok := reaches(k); !ok || p.Type != param.Text {
			continue
		}
		if items = append(items, template.Item{Key: k, Value: "v" + strconv.Itoa(len(items))}); len(items) == settings {
			break
		}
	}
	for _, d := range catalog.Defaults(target) { // the rest says what holds anyway
		if len(items) == settings {
			break
		}
		if p, ok := reaches(d.Key); ok && p.Type != param.Text && !strings.HasPrefix(string(d.Key), "provisioning.") {
			items = append(items, template.Item{Key: d.Key, Value: d.Value})
		}
	}
	if len(items) != settings {
		t.Fatalf("the catalog of %s gives %d settings, not %d", parkModel, len(items), settings)
	}
	name, model := "Every phone", parkModel
	src := have(h.Templates.Create(testkit.System(), o, template.Input{Kind: template.Model, Model: &model, Name: &name, Draft: &items}))(t)
	have(h.Templates.SaveVersion(testkit.System(), src.ID, "", src.Version))(t)
}

// cpu is the processor time that a process has used, user and system, with that
// of its children that ended.
func cpu(t testing.TB, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ") // the name may hold spaces
	var ticks int64
	for _, f := range strings.Fields(rest)[11:15] { // utime, stime, cutime, cstime of proc(5)
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// resident is the memory that a process has at most had, in MiB.
func resident(t testing.TB, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	kB, err := strconv.Atoi(find(t, find(t, string(b), `VmHWM:\s+\d+`), `\d+`))
	if err != nil {
		t.Fatal(err)
	}
	return kB / 1024
}
