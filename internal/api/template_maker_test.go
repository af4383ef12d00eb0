package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// Templates stand side by side per model and type of server; of two for one
// model a phone has one.
func TestTemplates_per_model_and_server(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	made := map[string]api.Template{}
	for _, model := range []string{"420HD", "430HD", "440HD"} {
		for _, server := range []string{"generic", "lync"} {
			body := object{"vendor": "audiocodes", "model": model, "server": server, "auto": "all"}
			made[model+server] = d.template(body, ntp, server+".example.org")
		}
	}
	s := d.handset("420HD")
	t.Run("at first contact it is the generic one", func(t *testing.T) {
		same(t, "value", s.Settings()[acNTP], "generic.example.org")
		same(t, "phones of the other", d.reload(made["420HDlync"]).Devices, 0)
	})
	t.Run("pushing the other takes its place", func(t *testing.T) {
		d.push(d.plan(object{"devices": []string{s.mac()}}, object{"templates": []object{{"id": made["420HDlync"].ID}}}))
		testkit.Refetch(t, s.Phone)
		same(t, "value", s.Settings()[acNTP], "lync.example.org")
		same(t, "phones of the generic one", d.reload(made["420HDgeneric"]).Devices, 0)
	})
	t.Run("one that names the site goes before", func(t *testing.T) {
		d.patch(made["430HDlync"], object{"auto": "sites", "auto_sites": []string{d.w.Hotel.ID}})
		in := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices", object{"mac": "00005e005377", "model": "430HD", "life": "adopted", "site_id": d.w.Lobby.ID})
		q := handset{d: d, Device: in}
		q.folder = testkit.Call[api.Provisioning](t, d.c, http.MethodGet, d.org+"/devices/"+q.mac()+"/provisioning", nil).URL
		own, _ := q.get(q.mac() + ".cfg")
		says(t, own, "lync.example.org")
	})
	t.Run("a type that is none, and one without a model", func(t *testing.T) {
		d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "x", "model": "420HD", "server": "asterisk"}, http.StatusUnprocessableEntity)
		says(t, d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "x", "vendor": "audiocodes", "server": "lync"}, http.StatusUnprocessableEntity), "one model")
	})
}

func TestTemplates_of_the_maker(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := testkit.Call[api.Template](t, d.c, http.MethodPost, d.org+"/templates", object{"kind": "model", "name": "AudioCodes_420HD_LYNC", "model": "420HD", "server": "lync", "starter": true})
	t.Run("a model is added with its template", func(t *testing.T) {
		if len(tpl.Draft) != 6 || tpl.Changed { // the README's evidenced defaults
			t.Fatalf("%d values, changed %t", len(tpl.Draft), tpl.Changed)
		}
		d.refused(http.MethodPost, "/templates", object{"kind": "model", "name": "y", "vendor": "audiocodes", "starter": true}, http.StatusUnprocessableEntity)
	})
	restore := "/templates/" + tpl.ID + "/restore"
	t.Run("it is restored where it was changed", func(t *testing.T) {
		says(t, problem(t, d.c.Do(t, http.MethodPost, d.org+restore, nil, match(tpl.Version)), http.StatusConflict).Code, "unchanged")
		got := d.patch(tpl, object{"draft": draft(ntp, "a.example.org")})
		same(t, "changed", got.Changed, true)
		d.refused(http.MethodPost, restore, nil, http.StatusPreconditionFailed, match(got.Version-1))
		back := testkit.Call[api.Template](t, d.c, http.MethodPost, d.org+restore, nil, match(got.Version))
		if back.Changed || len(back.Draft) != 6 {
			t.Fatalf("restored: %+v", back.Draft)
		}
	})
}

func TestTemplateXML(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	items := drafted([]string{vlanMode}, ntp, "%ITCS_Primary_NTP%", "management.telnet", "%ITCS_Telnet%", vlanMode, "%ITCS_VLANMode%", acPass, "canary-xml-1", "hotel.room.number", `"<&> `)
	tpl := d.template(object{"vendor": "audiocodes", "model": "420HD", "server": "lync", "include": true, "draft": items})
	file := d.c.Do(t, http.MethodGet, d.org+"/templates/"+tpl.ID+"/download?format=xml&version=1", nil)
	text := string(file.Body)
	t.Run("it is downloaded in two sections", func(t *testing.T) {
		above, below, ok := strings.Cut(text, "</global>")
		if file.Status != http.StatusOK || !ok || strings.Contains(text, "canary") || !strings.HasPrefix(file.Header.Get("Content-Type"), "application/xml") {
			t.Fatalf("%d %s\n%s", file.Status, file.Header.Get("Content-Type"), text)
		}
		says(t, above, `<template model="420HD" server="lync" include="yes">`, acNTP+"=%ITCS_Primary_NTP%", "management/telnet/enabled=%ITCS_Telnet%", "hotel.room.number=&quot;")
		says(t, below, acVLAN+"=%ITCS_VLANMode%", "ems_server/user_password=***")
	})
	t.Run("and taken again as the model's template", func(t *testing.T) {
		d.patch(tpl, object{"include": false, "draft": draft(acPass, "***")})
		got := d.upload(tpl, "xml", text)
		same(t, "include", got.Include, true)
		same(t, "values", len(got.Draft), 5)
		for _, it := range got.Draft {
			same(t, it.Key+" is private", it.Private != nil && *it.Private, it.Key == vlanMode || it.Key == acPass)
		}
		same(t, "warnings", len(got.Warnings), 1) // the hotel's key is not AudioCodes'
		same(t, "an odd value", values(got.Draft)["hotel.room.number"], `"<&> `)
	})
	t.Run("who says nothing of it leaves a value private", func(t *testing.T) {
		var said []object
		for _, it := range d.reload(tpl).Draft {
			said = append(said, object{"key": it.Key, "value": it.Value})
		}
		got := d.patch(tpl, object{"draft": said})
		private := 0
		for _, it := range got.Draft {
			if it.Private != nil && *it.Private {
				private++
			}
		}
		same(t, "private values", private, 2)
		said = drafted([]string{}, vlanMode, "%ITCS_VLANMode%")
		said[0]["private"] = false
		same(t, "said", d.patch(tpl, object{"draft": said}).Draft[0].Private == nil, true)
		d.upload(tpl, "xml", text)
	})
	t.Run("edited on a PC it reaches the phones by generate", func(t *testing.T) {
		for _, h := range [][2]string{{"Primary_NTP", "one.example.org"}, {"Telnet", "no"}, {"VLANMode", "Disable"}} {
			d.hold("system", "", h[0], h[1])
		}
		d.upload(tpl, "xml", strings.ReplaceAll(text, "Primary_NTP", "Backup_NTP"))
		testkit.Call[api.TemplateVersion](t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/versions", object{})
		d.hold("system", "", "Backup_NTP", "backup.example.org")
		s := d.handset("420HD")
		same(t, "value", s.Settings()[acNTP], "backup.example.org")
		own := d.find("level=system&q=Backup")[0]
		testkit.Call[api.Placeholder](t, d.c, http.MethodPatch, d.org+"/placeholders/"+own.ID, object{"value": "new.example.org"}, match(own.Version))
		d.upload(tpl, "xml", `<template model="420HD"><global>`+acNTP+`=%ITCS_Backup_NTP%</global><private>`+acVLAN+`=Manual</private></template>`)
		testkit.Refetch(t, s.Phone)
		same(t, "before it is generated", s.Settings()[acVLAN], "Disable")
		testkit.Call[api.TemplateVersion](t, d.c, http.MethodPost, d.org+"/templates/"+tpl.ID+"/versions", object{})
		d.generate(tpl)
		testkit.Refetch(t, s.Phone)
		same(t, "the template's latest", s.Settings()[acVLAN], "Manual")
		same(t, "and the placeholders", s.Settings()[acNTP], "new.example.org")
	})
	t.Run("refused", func(t *testing.T) {
		put := func(data string) string {
			return d.refused(http.MethodPut, "/templates/"+tpl.ID+"/draft?format=xml", []byte(data), http.StatusUnprocessableEntity, match(d.reload(tpl).Version))
		}
		says(t, put(`<template model="440HD"/>`), "440HD")
		says(t, put(`<template server="generic"/>`), "generic")
		says(t, put("<template><global>\n"+acNTP+"=a.example.org\n</global><private>\nnonsense\n"+acNTP+"=b.example.org</private></template>"), "private, line 3", "global, line 2")
		says(t, put(bomb), "document type")
		none := d.template(object{"model": "", "vendor": "audiocodes"}, ntp, "a.example.org")
		if a := d.c.Do(t, http.MethodGet, d.org+"/templates/"+none.ID+"/download?format=xml", nil); a.Status != http.StatusUnprocessableEntity {
			t.Fatalf("a template without a model: %d", a.Status)
		}
	})
}
