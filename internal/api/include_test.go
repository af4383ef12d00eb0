package api_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
)

const (
	acModel  = "420HD"
	acNTP    = "system/ntp/primary_server_address"
	acVLAN   = "network/lan/vlan/mode"
	acPass   = "manager.password"
	vlanMode = "network.vlan.mode"
)

// handset is a device of some model with its virtual phone, switched on.
type handset struct {
	api.Device
	*phone.Phone
	d      *desk
	folder string
}

// quiet adds a device whose virtual phone is not switched on.
func (d *desk) quiet(model string) handset {
	d.t.Helper()
	d.made++
	s := handset{d: d, Device: testkit.Call[api.Device](d.t, d.c, http.MethodPost, d.org+"/devices", object{"mac": phone.FleetMAC(900 + d.made).String(), "model": model, "life": "adopted"})}
	s.folder = testkit.Call[api.Provisioning](d.t, d.c, http.MethodGet, d.org+"/devices/"+s.mac()+"/provisioning", nil).URL
	s.Phone = d.Play(d.t, model, mac.Address(s.mac()), s.folder)
	return s
}

// handset adds a device and switches its virtual phone on.
func (d *desk) handset(model string) handset {
	d.t.Helper()
	s := d.quiet(model)
	testkit.SwitchOn(d.t, s.Phone)
	return s
}

// mac is the address of the record.
func (s handset) mac() string { return s.Device.MAC }

// get asks for a file under the device's own token; "" where there is none.
func (s handset) get(name string) (body, etag string) {
	s.d.t.Helper()
	transport := dial.Transport(s.d.Net)
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = &tls.Config{RootCAs: s.d.TLS(s.d.t).RootCAs, MinVersion: tls.VersionTLS12}
	resp, err := (&http.Client{Transport: transport}).Get(s.folder + name)
	if err != nil {
		s.d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNotFound {
		s.d.t.Fatalf("%s: %s %v", name, resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", ""
	}
	return string(b), resp.Header.Get("ETag")
}

// record is the device as the inventory has it now.
func (s handset) record() api.Device {
	s.d.t.Helper()
	return testkit.Call[api.Device](s.d.t, s.d.c, http.MethodGet, s.d.org+"/devices/"+s.Device.ID, nil)
}

// global is the name of the shared file that the phone's own pulls in.
func (s handset) global() string {
	s.d.t.Helper()
	own, _ := s.get(s.mac() + ".cfg")
	first, _, _ := strings.Cut(own, "\n")
	name, _ := strings.CutPrefix(first, "include ")
	if name == first {
		return ""
	}
	return name
}

// said waits for the ledger's row about a name and returns its reason.
func (s handset) said(name, verdict string) (reason string) {
	s.d.t.Helper()
	testkit.Wait(s.d.t, "the ledger says "+verdict+" of "+name, func() bool {
		rows := testkit.Call[testkit.List[api.Request]](s.d.t, s.d.c, http.MethodGet, s.d.org+"/requests?device="+s.Device.ID+"&limit=200", nil).Items
		i := slices.IndexFunc(rows, func(r api.Request) bool { return strings.EqualFold(r.Name, name) && r.Verdict == verdict })
		if i >= 0 {
			reason = rows[i].Reason
		}
		return i >= 0
	})
	return reason
}

// generate pushes what a template's button pushes, and returns its plan.
func (d *desk) generate(tpl api.Template) api.Plan {
	d.t.Helper()
	p := testkit.Call[api.Plan](d.t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/generate", object{})
	d.push(p)
	return p
}

// drafted is a draft with values that stay private.
func drafted(private []string, kv ...string) []object {
	out := draft(kv...)
	for _, o := range out {
		if slices.Contains(private, o["key"].(string)) {
			o["private"] = true
		}
	}
	return out
}

// saveDraft makes values a template's next version.
func (d *desk) saveDraft(tpl api.Template, items []object) api.Template {
	d.t.Helper()
	d.patch(tpl, object{"draft": items})
	testkit.Call[api.TemplateVersion](d.t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/versions", object{})
	return d.reload(tpl)
}

func TestInclude_mode(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	private := []string{vlanMode}
	values := []string{ntp, "one.example.org", "management.telnet", "no", vlanMode, "%ITCS_VLANMode%", acPass, "canary-include-1"}
	tpl := d.template(object{"vendor": "audiocodes", "model": acModel, "include": true, "draft": drafted(private, values...)})
	d.hold("system", "", "VLANMode", "Disable")
	a, b := d.handset(acModel), d.handset(acModel)
	first := a.global()
	t.Run("a phone gets its own file and the one that it shares", func(t *testing.T) {
		got := a.Settings()
		same(t, "shared", got[acNTP], "one.example.org")
		same(t, "private", got[acVLAN], "Disable")
		configs := 0
		for _, f := range a.Fetches() {
			if strings.HasSuffix(f.Name, ".cfg") {
				configs++
			}
		}
		same(t, "requests for configurations", configs, 2)
		shared, etag := a.get(first)
		own, ownTag := a.get(strings.ToUpper(a.mac()) + ".cfg")
		if !strings.Contains(shared, acNTP) || strings.Contains(shared, "canary") || strings.Contains(shared, acVLAN) || etag == "" || etag == ownTag {
			t.Fatalf("shared file %s\n%s", etag, shared)
		}
		if !strings.HasPrefix(own, "include "+first+"\n") || !strings.Contains(own, "canary-include-1") || strings.Contains(own, acNTP) {
			t.Fatalf("own file\n%s", own)
		}
	})
	t.Run("devices of equal content share one, and no other device gets it", func(t *testing.T) {
		same(t, "the other's", b.global(), first)
		d.override(set{Device: b.Device}, ntp, "own.example.org")
		d.push(d.plan(object{"devices": []string{b.mac()}}, object{"overrides": true}))
		testkit.Refetch(t, b.Phone)
		same(t, "its own value", b.Settings()[acNTP], "own.example.org")
		body, _ := b.get(first)
		same(t, "what is not its own", body, "")
		says(t, b.said(first, "refused"), "no configuration that this device has or should have")
		d.override(set{Device: b.Device})
		d.push(d.plan(object{"devices": []string{b.mac()}}, object{"overrides": true}))
		testkit.Refetch(t, b.Phone)
		same(t, "after all", b.global(), first)
	})
	t.Run("delivered counts by the own file alone", func(t *testing.T) {
		c := d.quiet(acModel)
		c.get(first)
		same(t, "delivered before the own file", c.record().Delivered, "")
		c.get(c.mac() + ".cfg")
		testkit.Wait(t, "it is delivered", func() bool { return c.record().State == "delivered" })
		says(t, a.said(first, "served"), "shared file", "own file alone")
	})
	t.Run("a change of the shared part reaches all by one plan", func(t *testing.T) {
		values[1] = "two.example.org"
		d.saveDraft(tpl, drafted(private, values...))
		p := d.generate(tpl)
		c, _ := change(p, "include", "change")
		if len(p.Groups) != 1 || p.Devices != 3 || c.Old != first || c.New == first || c.Label != "Shared file" {
			t.Fatalf("plan %+v", p.Groups)
		}
		old, _ := a.get(first)
		says(t, old, "one.example.org") // a phone that is half way through
		for _, h := range []handset{a, b} {
			testkit.Refetch(t, h.Phone)
			same(t, "value", h.Settings()[acNTP], "two.example.org")
			same(t, "name", h.global(), c.New)
		}
		old, _ = a.get(first)
		same(t, "after its delivery the old one", old, "")
	})
	t.Run("another mode is a plan that shows it", func(t *testing.T) {
		before := a.record().Desired
		d.patch(tpl, object{"include": false})
		testkit.Call[api.TemplateVersion](t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/versions", object{})
		p := d.generate(tpl)
		if c, ok := change(p, "include", ""); !ok || c.Label != "Shared file" || c.New != "" || p.Devices != 3 {
			t.Fatalf("plan %+v", p.Groups)
		}
		testkit.Refetch(t, a.Phone)
		own, _ := a.get(a.mac() + ".cfg")
		if a.global() != "" || !strings.Contains(own, acNTP+"=two.example.org") || a.record().Desired == before {
			t.Fatalf("flattened\n%s", own)
		}
	})
}

func TestInclude_mode_is_refused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, body := range map[string]object{
		"of another vendor": {"kind": "model", "name": "x", "model": testkit.Model, "include": true},
		"of a site":         {"kind": "site", "name": "x", "site_id": d.w.Lobby.ID, "include": true},
	} {
		a := d.c.Do(t, http.MethodPost, d.org+"/templates", body)
		p := problem(t, a, http.StatusUnprocessableEntity)
		if p.Code != "include_unsupported" || len(p.Errors) != 1 || p.Errors[0].Location != "body.include" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	q := d.quiet(acModel)
	if a := d.c.Do(t, http.MethodGet, d.org+"/devices/"+q.mac()+"/config/rendered?shared=true", nil); a.Status != http.StatusNotFound {
		t.Errorf("a shared file of one that shares none: %d", a.Status)
	}
	body, _ := q.get("AudioCodes_420HD_global_GENERIC.cfg")
	same(t, "a name that nothing pulls in", body, "")
}

// Where a site's flag lets names suffice, the shared file goes to whom the user
// agent says; a phone that has it already is told so.
func TestInclude_mode_by_name_alone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.flagged()
	d.template(object{"vendor": "audiocodes", "model": acModel, "include": true}, ntp, "one.example.org")
	q := d.quiet(acModel)
	testkit.Call[api.Device](t, d.c, http.MethodPatch, d.org+"/devices/"+q.mac(), object{"site_id": d.w.Hotel.ID}, match(q.Device.Version))
	door := "http://" + d.Addr(t, "provision_http") + "/"
	p := d.Play(t, acModel, mac.Address(q.mac()), door)
	testkit.SwitchOn(t, p)
	testkit.Wait(t, "the phone has both files", func() bool { return p.Status().Applied == 1 })
	same(t, "shared", p.Settings()[acNTP], "one.example.org")
	name := q.global()
	for agent, want := range map[string]int{"": http.StatusNotFound, "AUDC-IPPhone/2.2.16 (420HD-Rev0; 00005E0053FE)": http.StatusNotFound, "AUDC-IPPhone/2.2.16 (420HD-Rev0; " + q.mac() + ")": http.StatusOK} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, door+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("User-Agent", agent)
		resp := d.send(r)
		same(t, "as "+agent, resp.StatusCode, want)
		if want == http.StatusOK {
			r.Header.Set("If-None-Match", resp.Header.Get("ETag"))
			same(t, "once more", d.send(r).StatusCode, http.StatusNotModified)
		}
	}
	says(t, q.said(name, "not_modified"), "shared file already")
}

// send sends a request to a door and drops the body of the answer.
func (d *desk) send(r *http.Request) *http.Response {
	d.t.Helper()
	transport := dial.Transport(d.Net)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		d.t.Fatal(err)
	}
	return resp
}
