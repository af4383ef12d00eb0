package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
)

const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` +
	`<gs_provision version="1"><config version="2"><item name="datetime.ntp.server.1">&b;</item></config></gs_provision>`

// upload makes bytes the draft of a template.
func (d *desk) upload(tpl api.Template, format, data string) api.TakenDraft {
	d.t.Helper()
	return testkit.Call[api.TakenDraft](d.t, d.c, http.MethodPut, d.org+"/templates/"+tpl.ID+"/draft?format="+format, []byte(data), match(d.reload(tpl).Version))
}

// values are a draft as a map.
func values(items []api.Item) map[string]string {
	out := map[string]string{}
	for _, it := range items {
		out[it.Key] = it.Value
	}
	return out
}

func TestTemplateText_is_taken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, password, "canary-text-1")
	t.Run("key=value, where a key may be an alias or a P-value", func(t *testing.T) {
		got := d.upload(tpl, "text", "\ufeff# of the hotel\r\n\r\nP30 = 192.0.2.1\r\ndatetime.ntp.server.2=b.example.org\np5005=90\naccount.1.sip.transport=Tls Or Tcp\nP448=1\n"+password+"=***\n")
		want := map[string]string{ntp: "192.0.2.1", ntp2: "b.example.org", ntpEvery: "90", "account.1.sip.transport": "Tls Or Tcp", "account.2.sip.transport": "TCP", password: "***"}
		have := values(got.Draft)
		for k, v := range want {
			same(t, k, have[k], v)
		}
		same(t, "values", len(have), len(want))
		same(t, "warnings", len(got.Warnings), 0)
	})
	t.Run("unknown keys are kept with a warning", func(t *testing.T) {
		got := d.upload(tpl, "text", "P99999=new\nbrand.new.alias=1\n"+ring+"=3")
		same(t, "value", values(got.Draft)["P99999"], "new")
		says(t, strings.Join(got.Warnings, "\n"), "2 not in the catalog", "P99999", "brand.new.alias")
	})
	t.Run("what belongs to a line and blanked secrets are left out with a warning", func(t *testing.T) {
		got := d.upload(tpl, "text", "P35=201\nP34=line-secret\nprovisioning.config.username=u\n"+password+"=***\n")
		same(t, "values", len(got.Draft), 1)
		says(t, strings.Join(got.Warnings, "\n"), "2 belong to an account on a line", "1 blanked secrets")
	})
	t.Run("only what stands in it is set on the phone", func(t *testing.T) {
		only := d.template(object{"model": testkit.Model, "auto": "none"})
		d.upload(only, "text", "P8352=7")
		testkit.Call[api.TemplateVersion](t, d.c, http.MethodPost, d.org+"/templates/"+only.ID+"/versions", object{})
		s, before := d.phone("")
		p := d.plan(object{"devices": []string{s.MAC}}, object{"templates": []object{{"id": only.ID}}})
		if len(p.Groups) != 1 || len(p.Groups[0].Changes) != 1 || p.Groups[0].Changes[0].Key != ring {
			t.Fatalf("plan %+v", p.Groups)
		}
		d.push(p)
		after := d.fetch(s)
		before[ring] = "7"
		same(t, "all of the phone's file", fmt.Sprint(after), fmt.Sprint(before))
	})
}

func TestTemplateText_is_refused_with_the_line(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, ntp, "a.example.org")
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "P%d=1\n", 100_000+i)
	}
	for name, tc := range map[string]struct {
		text  string
		words []string
	}{
		"out of range":              {"# x\nP5005=4\n", []string{"line 2", "5", "1440"}},
		"no choice":                 {"account.1.sip.transport=Carrier pigeon", []string{"line 1"}},
		"no equals sign":            {ntp + "=a.example.org\nnonsense\n", []string{"line 2", "key=value"}},
		"no key":                    {"=1", []string{"line 1"}},
		"a name that is none":       {"two words=1", []string{"line 1", "name"}},
		"the same key in two words": {"P30=a.example.org\n" + ntp + "=b.example.org", []string{"line 2", "line 1"}},
		"not UTF-8":                 {"P30=\xff\xfe", []string{"UTF-8"}},
		"10,000 keys":               {many.String(), []string{"10000", "2000"}},
		"an XML file":               {bomb, []string{"line 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			says(t, d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft?format=text", []byte(tc.text), http.StatusUnprocessableEntity, match(tpl.Version)), tc.words...)
		})
	}
	t.Run("too large", func(t *testing.T) {
		d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft?format=text", []byte(strings.Repeat("#\n", limit.BodyBytes)), http.StatusRequestEntityTooLarge, match(tpl.Version))
	})
	t.Run("another version", func(t *testing.T) {
		d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft", []byte("P30=1"), http.StatusPreconditionRequired)
		d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft", []byte("P30=1"), http.StatusPreconditionFailed, match(tpl.Version-1))
		d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft?format=xlsx", []byte("P30=1"), http.StatusUnprocessableEntity, match(tpl.Version))
	})
	same(t, "the draft after all that", d.reload(tpl).Draft[0].Value, "a.example.org")
}

func TestTemplateFile_of_the_vendor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model}, ntp, "a.example.org")
	t.Run("a phone's own file is taken, aliases or P-values", func(t *testing.T) {
		got := d.upload(tpl, "native", string(configXML("000b82afd0b0", ntp, "b.example.org", "account.1.sip.userid", "201", "never.heard.of", "x")))
		same(t, "value", values(got.Draft)[ntp], "b.example.org")
		same(t, "warnings", len(got.Warnings), 2)
		got = d.upload(tpl, "native", `<gs_provision version="1"><config version="1"><P30>c.example.org</P30><P130>2</P130></config></gs_provision>`)
		same(t, "by P-value", values(got.Draft)[ntp], "c.example.org")
		same(t, "a choice by P-value", values(got.Draft)["account.1.sip.transport"], "Tls Or Tcp")
	})
	var many []string
	for i := range 10_000 {
		many = append(many, fmt.Sprintf("some.key.%d", i), "1")
	}
	for name, tc := range map[string]struct {
		file  string
		words []string
	}{
		"nothing of theirs":  {"MZ this is a program", nil},
		"a bomb":             {bomb, []string{"document type"}},
		"both dialects":      {`<gs_provision version="1"><config version="2"><item name="` + ntp + `">a</item><P30>b</P30></config></gs_provision>`, []string{"P30", "version 2"}},
		"two configurations": {`<gs_provision version="1"><config version="2"></config><config version="1"></config></gs_provision>`, []string{"config"}},
		"too deep":           {strings.Repeat("<a>", 5000), nil},
		"out of range":       {string(configXML("", ntpEvery, "4")), []string{ntpEvery, "5", "1440"}},
		"10,000 keys":        {string(configXML("", many...)), []string{"10000", "2000"}},
		"a mac that is none": {string(configXML("not-a-mac", ntp, "a.example.org")), nil},
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			says(t, d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft?format=native", []byte(tc.file), http.StatusUnprocessableEntity, match(d.reload(tpl).Version)), tc.words...)
		})
	}
}

func TestTemplateDownload(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.template(object{"model": testkit.Model, "name": "Rooms / east"}, ntp, "%ITCS_Primary_NTP%", ring, "3", password, "canary-down-1", "P99999", `"quoted" value`, "network.note", "two\nlines")
	get := func(query string) testkit.Answer {
		a := d.c.Do(t, http.MethodGet, d.org+"/templates/"+tpl.ID+"/download?"+query, nil)
		if a.Status != http.StatusOK || strings.Contains(string(a.Body), "canary") {
			t.Fatalf("download: %d %s", a.Status, a.Body)
		}
		return a
	}
	t.Run("as text, and back without a change", func(t *testing.T) {
		a := get("format=text&version=1")
		says(t, string(a.Body), "# Rooms / east, version 1\n", "\n"+ring+"=3\n", "\n"+password+"=***\n", "\n"+ntp+"=%ITCS_Primary_NTP%\n")
		same(t, "name of the file", a.Header.Get("Content-Disposition"), `attachment; filename=Rooms---east-version-1.txt`)
		before := d.reload(tpl)
		d.upload(tpl, "text", string(a.Body))
		same(t, "after the way back", fmt.Sprint(values(d.reload(tpl).Draft)), fmt.Sprint(values(before.Draft)))
	})
	t.Run("as the vendor's own file, secrets blanked, strangers left out", func(t *testing.T) {
		a := get("format=native")
		says(t, string(a.Body), "<gs_provision", ring, ">***<")
		same(t, "left out", a.Header.Get("Left-Out"), "2")
		same(t, "type", a.Header.Get("Content-Type"), "application/octet-stream")
	})
	t.Run("of a template for no one model, for the model that is named", func(t *testing.T) {
		site := d.template(object{"kind": "site", "site_id": d.w.Lobby.ID}, ring, "3")
		path := "/templates/" + site.ID + "/download?format=native"
		says(t, d.refused(http.MethodGet, path, nil, http.StatusUnprocessableEntity), "model")
		says(t, string(d.c.Do(t, http.MethodGet, d.org+path+"&model="+testkit.Model, nil).Body), ring)
	})
	d.refused(http.MethodGet, "/templates/"+tpl.ID+"/download?version=9", nil, http.StatusNotFound)
	problem(t, d.API(t, "").Do(t, http.MethodGet, d.org+"/templates/"+tpl.ID+"/download", nil), http.StatusUnauthorized)
}

func TestConfigFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s, _ := d.phone("")
	upload := func(name string, data []byte) testkit.Answer {
		return d.c.Do(t, http.MethodPost, d.org+"/config-files", testkit.File{Field: "file", Name: name, Data: data})
	}
	file := configXML(s.MAC, ntp, "file.example.org", ring, "6", "account.1.sip.userid", "900", "account.1.sip.subscriber.password", "canary-file-1", "never.heard.of", "x")
	t.Run("named by the MAC, XML only, for a device of the organization", func(t *testing.T) {
		good := configXML("", ntp, "a.example.org")
		for name, words := range map[string][]string{
			"phone.xml":                              {"MAC"},
			s.MAC + ".cfg":                           {"XML"},
			s.MAC:                                    {"XML"},
			"cfg" + s.MAC + ".xml":                   {"MAC"},
			"020000fffffe.xml":                       {"no device"},
			d.w.ForeignPhone.MAC.String() + ".xml":   {"no device"},
			"../" + s.MAC + "0.xml":                  {"MAC"},
			strings.Repeat("0", 65) + s.MAC + ".xml": {"MAC"},
		} {
			p := problem(t, upload(name, good), http.StatusUnprocessableEntity)
			says(t, fmt.Sprint(p.Errors), words...)
		}
		for _, bad := range [][]byte{[]byte("P30=1"), []byte(bomb), []byte(strings.Repeat("<a>", 5000)), configXML("000b82afd0b0", ntp, "x.example.org"), configXML("", ntpEvery, "4"), configXML(""), {}} {
			problem(t, upload(s.MAC+".xml", bad), http.StatusUnprocessableEntity)
		}
		problem(t, upload(s.MAC+".xml", []byte(strings.Repeat(" ", limit.BodyBytes))), http.StatusRequestEntityTooLarge)
		problem(t, d.c.Do(t, http.MethodPost, d.org+"/config-files", testkit.File{Field: "other", Name: s.MAC + ".xml", Data: good}), http.StatusUnprocessableEntity)
		if a := d.c.Do(t, http.MethodPost, d.org+"/config-files", object{}); a.Status < 400 || a.Status >= 500 {
			t.Fatalf("no form: %d %s", a.Status, a.Body)
		}
	})
	var up api.UploadedFile
	t.Run("uploaded, it is listed and changes no phone", func(t *testing.T) {
		up = testkit.Call[api.UploadedFile](t, d.c, http.MethodPost, d.org+"/config-files", testkit.File{Field: "file", Name: strings.ToUpper(s.MAC) + ".XML", Data: file})
		same(t, "values", up.Values, 5)
		same(t, "warnings", len(up.Warnings), 1)
		l := testkit.Call[testkit.List[api.ConfigFile]](t, d.c, http.MethodGet, d.org+"/config-files", nil)
		same(t, "files", l.Total, 1)
		f := l.Items[0]
		if f.MAC != s.MAC || f.Model != testkit.Model || f.Name != s.MAC+".xml" || f.Size != int64(len(file)) || f.UploadedAt.IsZero() || f.Number != 1 {
			t.Fatalf("file %+v", f)
		}
		same(t, "the phone", d.fetch(s)[ntp], "192.0.2.10")
	})
	t.Run("pushed, it wins over templates and loses to the device's own values", func(t *testing.T) {
		d.override(s, ring, "8")
		d.push(d.plan(object{"devices": []string{s.MAC}}, object{"config_file": true, "overrides": true}))
		got := d.fetch(s)
		same(t, "over the template", got[ntp], "file.example.org")
		same(t, "below the device's own", got[ring], "8")
		same(t, "its account, where no line has one", got["account.1.sip.userid"], "900")
		same(t, "its password", got["account.1.sip.subscriber.password"], "canary-file-1")
		if _, there := got["never.heard.of"]; there {
			t.Fatal("a name without a spelling was delivered")
		}
	})
	t.Run("downloaded as it was, with the right to see secrets, and that is audited", func(t *testing.T) {
		a := d.c.Do(t, http.MethodGet, d.org+"/config-files/"+s.MAC, nil)
		same(t, "bytes", string(a.Body), string(file))
		same(t, "name", a.Header.Get("Content-Disposition"), "attachment; filename="+s.MAC+".xml")
		problem(t, d.API(t, access.RoleOperator).Do(t, http.MethodGet, d.org+"/config-files/"+s.MAC, nil), http.StatusForbidden)
		l := testkit.Call[testkit.List[api.AuditRow]](t, d.c, http.MethodGet, d.org+"/audit?action=config_file.download", nil)
		same(t, "audit rows", len(l.Items), 1)
		for _, path := range []string{"/config-files", "/audit", "/devices/" + s.MAC + "/config", "/devices/" + s.MAC + "/revisions/2"} {
			if a := d.c.Do(t, http.MethodGet, d.org+path, nil); a.Status != http.StatusOK || strings.Contains(string(a.Body), "canary-file") {
				t.Fatalf("%s: %d, or it shows the secret", path, a.Status)
			}
		}
	})
	t.Run("a later file takes its place", func(t *testing.T) {
		next := testkit.Call[api.UploadedFile](t, d.c, http.MethodPost, d.org+"/config-files", testkit.File{Field: "file", Name: s.MAC + ".xml", Data: configXML("", ntp, "later.example.org")})
		same(t, "number", next.Number, 2)
		same(t, "files", testkit.Call[testkit.List[api.ConfigFile]](t, d.c, http.MethodGet, d.org+"/config-files", nil).Total, 1)
		p := d.plan(object{"devices": []string{s.MAC}}, object{"config_file": true})
		if c, ok := change(p, "account.1.sip.userid", "residue"); !ok {
			t.Fatalf("what the later file lacks: %+v in %+v", c, p.Groups)
		}
		d.push(p)
		same(t, "the phone", d.fetch(s)[ntp], "later.example.org")
		up.Version = next.Version
	})
	t.Run("deleted, the next push takes its values away", func(t *testing.T) {
		d.refused(http.MethodDelete, "/config-files/"+s.MAC, nil, http.StatusPreconditionRequired)
		d.refused(http.MethodDelete, "/config-files/"+s.MAC, nil, http.StatusPreconditionFailed, match(up.Version-1))
		if a := d.c.Do(t, http.MethodDelete, d.org+"/config-files/"+s.MAC, nil, match(up.Version)); a.Status != http.StatusNoContent {
			t.Fatalf("delete: %d %s", a.Status, a.Body)
		}
		same(t, "files", testkit.Call[testkit.List[api.ConfigFile]](t, d.c, http.MethodGet, d.org+"/config-files", nil).Total, 0)
		d.refused(http.MethodGet, "/config-files/"+s.MAC, nil, http.StatusNotFound)
		d.refused(http.MethodDelete, "/config-files/"+s.MAC, nil, http.StatusNotFound, match(up.Version+1))
		same(t, "the phone before the push", d.fetch(s)[ntp], "later.example.org")
		d.push(d.plan(object{"devices": []string{s.MAC}}, object{"config_file": true}))
		same(t, "the phone", d.fetch(s)[ntp], "192.0.2.10")
	})
}
