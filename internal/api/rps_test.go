package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
)

// other is a configuration server that is not ours, with what it was asked.
type other struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // "user:password path" of each request
}

func newOther(t *testing.T) *other {
	t.Helper()
	o := &other{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		o.mu.Lock()
		defer o.mu.Unlock()
		o.asked = append(o.asked, user+":"+password+" "+r.URL.Path)
		if user == "" && strings.HasSuffix(strings.ToLower(r.URL.Path), ".cfg") { // who can be told no credentials
			http.NotFound(w, r)
			return
		}
		if user == "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="other"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

// about are the requests whose path speaks of a phone.
func (o *other) about(mac string) (out []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range o.asked {
		if strings.Contains(a, mac) {
			out = append(out, a)
		}
	}
	return out
}

func (o *other) path() string { return strings.TrimPrefix(o.URL, "http://") + "/gs/" }

// redirection is the desk of the tenant's owner, and where profiles lie.
func redirection(t *testing.T) (*desk, string) {
	t.Helper()
	d := newDesk(t)
	d.c = d.API(t, access.RolePlatformOwner)
	return d, "/tenants/" + d.w.Tenant.ID + "/rps"
}

// pushAll pushes the plans of a profile and waits until they are published.
func (d *desk) pushAll(path string) (plans []api.RPSDelivery) {
	d.t.Helper()
	plans = testkit.Call[testkit.List[api.RPSDelivery]](d.t, d.c, http.MethodPost, path+"/plans", nil).Items
	for _, p := range plans {
		if p.Plan.Devices > 0 {
			d.push(p.Plan)
		}
	}
	return plans
}

func TestRPS_sends_phones_elsewhere(t *testing.T) {
	t.Parallel()
	d, base := redirection(t)
	o := newOther(t)
	p := testkit.Call[api.RPS](t, d.c, http.MethodPost, base, object{"name": "Away", "upgrade_via": "HTTP", "config_server_path": "http://" + o.path(),
		"username": "gs", "password": "canary-rps", "authenticate_first": true, "prefix": "gs_", "postfix": "_1"})
	same(t, "path", p.Path, o.path())
	one := base + "/" + p.ID
	if a := d.c.Do(t, http.MethodGet, one, nil); strings.Contains(string(a.Body), "canary-rps") || !p.Password {
		t.Errorf("the profile tells %s", a.Body)
	}
	// that the others write prefix and postfix in their own words is not evidenced
	names := map[string]string{"GHP621W": "/gs/gs_cfg%s.xml_1", "GRP2614": "/gs/cfg%s.xml", "HT802": "/gs/gs_cfg%s.xml_1", "445HD": "/gs/%s.cfg"}
	phones := map[string]handset{}
	var macs []string
	for model := range names {
		phones[model] = d.handset(model)
		macs = append(macs, phones[model].mac())
	}
	testkit.Call[testkit.List[api.NamedDevice]](t, d.c, http.MethodPost, one+"/devices", object{"add": macs})
	plans := d.pushAll(one)
	if len(plans) != 1 || plans[0].Plan.Devices != len(names) || !warns(plans[0].Plan, "leaves_us") || !warns(plans[0].Plan, "undeliverable") {
		t.Fatalf("plans %+v", plans)
	}
	for model, name := range names {
		s, mac := phones[model], phones[model].mac()
		want := strings.ReplaceAll(name, "%s", mac)
		user := "gs:canary-rps "
		if model == "445HD" {
			user = ": " // it can be told no credentials
		}
		testkit.Refetch(t, s.Phone)
		seen := func() bool {
			for _, a := range o.about(mac) {
				if strings.EqualFold(a, user+want) {
					return true
				}
			}
			return false
		}
		testkit.Refetch(t, s.Phone)
		testkit.Wait(t, model+" asks the other server for "+want, seen)
		for _, a := range o.about(mac) { // where the phone can be told to, it sent them before it was asked
			if model != "HT802" && !strings.HasPrefix(a, user) {
				t.Errorf("%s: %q", model, a)
			}
		}
	}
	t.Run("deleting leaves the phones as they are", func(t *testing.T) {
		testkit.Call[struct{}](t, d.c, http.MethodDelete, one, nil, match(p.Version))
		for model, s := range phones {
			held, asked := s.Settings(), len(o.about(s.mac()))
			s.Reboot()
			testkit.Wait(t, model+" asks the other server again", func() bool { return len(o.about(s.mac())) > asked })
			for k, v := range held {
				if s.Settings()[k] != v {
					t.Errorf("%s: %s became %q", model, k, s.Settings()[k])
				}
			}
			hist := testkit.Call[testkit.List[api.RPSAssignment]](t, d.c, http.MethodGet, d.org+"/devices/"+s.mac()+"/rps", nil)
			if len(hist.Items) != 1 || !hist.Items[0].Deleted || hist.Items[0].EndedAt == nil || hist.Items[0].Profile != "Away" {
				t.Errorf("%s: history %+v", model, hist.Items)
			}
		}
		if list := testkit.Call[testkit.List[api.RPS]](t, d.c, http.MethodGet, base, nil); list.Total != 0 {
			t.Errorf("listed still: %+v", list.Items)
		}
	})
}

// A profile that leads to our own door keeps the phone's token, so that it is
// proven under the new name too; an edit reaches all phones at once.
func TestRPS_leads_to_us(t *testing.T) {
	t.Parallel()
	d, base := redirection(t)
	door := strings.TrimPrefix(d.Provision.Config.BaseURL(), "https://")
	p := testkit.Call[api.RPS](t, d.c, http.MethodPost, base, object{"name": "Home", "upgrade_via": "HTTPS", "config_server_path": door,
		"username": "gs", "password": "canary-home", "authenticate_first": true, "prefix": "gs_"})
	one := base + "/" + p.ID
	s, fresh := d.handset(testkit.Model), handset{}
	testkit.Call[testkit.List[api.RPSAssignment]](t, d.c, http.MethodPut, one+"/orgs", object{"orgs": []string{d.w.Org.Slug}})
	if plans := d.pushAll(one); len(plans) != 1 || warns(plans[0].Plan, "leaves_us") {
		t.Fatalf("plans %+v", plans)
	}
	follows := func(what string, s handset, prefix string) {
		t.Helper()
		testkit.Refetch(t, s.Phone)
		same(t, what+": the prefix that it holds", s.Settings()[filePrefix], prefix)
		same(t, what+": the folder that it holds", "https://"+s.Settings()["provisioning.config.serverpath"], s.folder)
		name := prefix + s.file()
		s.Provision()
		testkit.Wait(t, what+" takes "+name, func() bool {
			for _, f := range s.Fetches() {
				if f.Name == name && f.Code == http.StatusOK {
					return true
				}
			}
			return false
		})
	}
	follows("the phone", s, "gs_")
	fresh = d.handset(testkit.Model)
	follows("a phone that comes first", fresh, "gs_")
	t.Run("an edit is delivered by itself", func(t *testing.T) {
		out := testkit.Call[api.EditedRPS](t, d.c, http.MethodPatch, one, object{"prefix": "hh_"}, match(p.Version))
		if len(out.Deliveries) != 1 || out.Deliveries[0].Task == "" || out.Deliveries[0].Plan.Devices < 2 || out.Pending {
			t.Fatalf("%+v", out)
		}
		testkit.Wait(t, "the edit is published", func() bool {
			tk := testkit.Call[api.Task](t, d.c, http.MethodGet, d.org+"/tasks/"+out.Deliveries[0].Task, nil)
			return tk.Counts["pending"] == 0
		})
		follows("the phone", s, "hh_")
		follows("the other", fresh, "hh_")
		p = testkit.Call[api.RPS](t, d.c, http.MethodGet, one, nil)
	})
	t.Run("one that sends phones away waits to be confirmed", func(t *testing.T) {
		out := testkit.Call[api.EditedRPS](t, d.c, http.MethodPatch, one, object{"config_server_path": "away.example.org"}, match(p.Version))
		if len(out.Deliveries) != 1 || out.Deliveries[0].Task != "" || out.Deliveries[0].Held == "" || !warns(out.Deliveries[0].Plan, "leaves_us") {
			t.Fatalf("%+v", out.Deliveries)
		}
		p = testkit.Call[api.RPS](t, d.c, http.MethodPatch, one, object{"config_server_path": door, "deliver": false}, match(out.Version))
	})
	t.Run("deleted and pushed, the phone keeps its names and comes still", func(t *testing.T) {
		testkit.Call[struct{}](t, d.c, http.MethodDelete, one, nil, match(p.Version))
		plan := d.plan(object{"devices": []string{s.mac()}}, object{"latest": true})
		if c, ok := change(plan, filePrefix, "residue"); !ok || c.Old != "hh_" {
			t.Fatalf("plan %+v", plan.Groups)
		}
		d.push(plan)
		s.Reboot()
		follows("the phone", s, "hh_")
		for _, it := range testkit.Call[api.Config](t, d.c, http.MethodGet, d.org+"/devices/"+s.mac()+"/config", nil).Items {
			if it.Key == filePrefix && (it.State != "residue" || it.Source != "Home") {
				t.Errorf("the configuration page tells %+v", it)
			}
		}
	})
}

func TestRPS_columns_and_refusals(t *testing.T) {
	t.Parallel()
	d, base := redirection(t)
	good := object{"name": "Server1", "upgrade_via": "HTTPS", "config_server_path": "fm.example.org/gs", "username": "gs", "password": "canary-list"}
	for _, via := range []string{"TFTP", "HTTP", "HTTPS", "FTP", "FTPS"} {
		p := testkit.Call[api.RPS](t, d.c, http.MethodPost, base, object{"name": "By " + via, "upgrade_via": via, "config_server_path": "192.0.2.7"})
		same(t, "protocol", p.Via, via)
	}
	p := testkit.Call[api.RPS](t, d.c, http.MethodPost, base, good)
	testkit.Call[testkit.List[api.RPSAssignment]](t, d.c, http.MethodPut, base+"/"+p.ID+"/orgs", object{"orgs": []string{d.w.Org.ID, d.w.Sister.ID}})
	list := testkit.Call[testkit.List[api.RPS]](t, d.c, http.MethodGet, base+"?q=server1&sort=-updated_at", nil)
	if len(list.Items) != 1 || list.Items[0].Orgs != 2 || list.Items[0].UpdatedAt.IsZero() || list.Items[0].Path != "fm.example.org/gs" || list.Items[0].Name != "Server1" {
		t.Errorf("listed %+v", list.Items)
	}
	for name, tc := range map[string]struct {
		body  object
		words []string
	}{
		"a long name":        {object{"name": strings.Repeat("n", 65)}, []string{"body.name", "1 to 64"}},
		"no protocol":        {object{"name": "x", "upgrade_via": "SMB"}, []string{"upgrade_via", "TFTP"}},
		"two protocols":      {object{"config_server_path": "http://fm.example.org"}, []string{"config_server_path", "without a scheme"}},
		"no host":            {object{"config_server_path": "/gs"}, []string{"config_server_path"}},
		"first over TFTP":    {object{"upgrade_via": "TFTP", "authenticate_first": true}, []string{"authenticate_first", "HTTPS"}},
		"a prefix with a /":  {object{"prefix": "../"}, []string{"prefix", "name"}},
		"a colon in a user":  {object{"username": "a:b"}, []string{"username", "colon"}},
		"a password too big": {object{"password": strings.Repeat("p", 257)}, []string{"password", "256"}},
	} {
		body := object{}
		for k, v := range good {
			body[k] = v
		}
		body["name"] = name
		for k, v := range tc.body {
			body[k] = v
		}
		pr := problem(t, d.c.Do(t, http.MethodPost, base, body), http.StatusUnprocessableEntity)
		text := pr.Detail
		for _, e := range pr.Errors {
			text += "\n" + e.Location + ": " + e.Message
		}
		says(t, text, tc.words...)
	}
	a := d.c.Do(t, http.MethodGet, base+"/"+p.ID+"/export?vendor=grandstream", nil)
	says(t, string(a.Body), "MAC Address,Serial Number", ",HTTPS,fm.example.org/gs,gs,"+secret.Redacted)
	a = d.c.Do(t, http.MethodGet, base+"/"+p.ID+"/export?vendor=grandstream&reveal=true", nil)
	says(t, string(a.Body), "canary-list")
	rows, err := d.Audit.List(testkit.System(), audit.Filter{SubjectKind: "rps", SubjectID: p.ID})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, r := range rows.Items {
		found[r.Action] = true
	}
	for _, action := range []string{"rps.create", "rps.assign", "rps.reveal"} {
		if !found[action] {
			t.Errorf("the audit has no %s", action)
		}
	}
}
