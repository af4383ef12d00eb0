package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
)

func TestLessons(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.c = d.API(t, "")
	d.c.Session = d.session(t, "chain", d.w.Tenant.ID)
	path := "/tenants/" + d.w.Tenant.ID + "/lessons"
	send := func(data string, fields map[string]string) any {
		return testkit.File{Field: "file", Name: "export.xml", Data: []byte(data), Fields: fields}
	}
	export := `<gs_provision><config version="2"><item name="` + ntp2 + `">factory.example.org</item><item name="brand.new.Thing">7</item><item name="account.1.sip.subscriber.password">canary-lesson-1</item></config></gs_provision>`
	t.Run("refused with the reason", func(t *testing.T) {
		for words, body := range map[string]any{
			"form.model": send(export, nil),
			"not known":  send(export, map[string]string{"model": "XYZ"}),
			"firmware":   send(export, map[string]string{"model": testkit.Model, "firmware": "a b"}),
			"empty":      send("", map[string]string{"model": testkit.Model}),
		} {
			p := problem(t, d.c.Do(t, http.MethodPost, path, body), http.StatusUnprocessableEntity)
			says(t, fmt.Sprint(p.Detail, p.Errors), words)
		}
		problem(t, d.c.Do(t, http.MethodPost, path, send(strings.Repeat(" ", limit.BodyBytes), nil)), http.StatusRequestEntityTooLarge)
	})
	s, _ := d.phone("")
	d.own(s, ntp2, "mine.example.org")
	var l api.TakenLesson
	t.Run("learned from a phone fresh from the box", func(t *testing.T) {
		l = testkit.Call[api.TakenLesson](t, d.c, http.MethodPost, path, send(export, map[string]string{"model": strings.ToLower(testkit.Model), "factory": "true"}))
		if l.Model != testkit.Model || !l.Factory || l.Names != 3 || l.NewKeys != 1 || l.NewNames != 1 || l.NewDefaults != 2 {
			t.Fatalf("learned %+v", l)
		}
		list := testkit.Call[testkit.List[api.Lesson]](t, d.c, http.MethodGet, path, nil)
		if list.Total != 1 || list.Items[0].ID != l.ID || list.Items[0].Defaults != 2 {
			t.Fatalf("list %+v", list)
		}
	})
	t.Run("in the catalog of the tenant alone", func(t *testing.T) {
		find := func(query string) testkit.List[api.CatalogRow] {
			return testkit.Call[testkit.List[api.CatalogRow]](t, d.c, http.MethodGet, "/parameters?q=brand.new&model="+testkit.Model+query, nil)
		}
		same(t, "without the tenant", find("").Total, 0)
		with := find("&tenant=" + d.w.Tenant.ID)
		if with.Total != 1 || with.Items[0].Spelled[0] != "brand.new.Thing" || with.Items[0].Evidence != "export.xml" {
			t.Fatalf("with it %+v", with)
		}
		if a := d.c.Do(t, http.MethodGet, "/parameters?tenant="+d.w.OtherTenant.ID, nil); a.Status != http.StatusNotFound {
			t.Fatalf("of another tenant: %d", a.Status)
		}
	})
	t.Run("a value taken away goes back to the learned default", func(t *testing.T) {
		d.override(s)
		c, _ := change(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}), ntp2, "reset")
		same(t, "default", c.New, "factory.example.org")
	})
	t.Run("taken back", func(t *testing.T) {
		if a := d.c.Do(t, http.MethodDelete, path+"/"+l.ID, nil, match(7)); a.Status != http.StatusPreconditionFailed {
			t.Fatalf("another version: %d %s", a.Status, a.Body)
		}
		if a := d.c.Do(t, http.MethodDelete, path+"/"+l.ID, nil, match(1)); a.Status != http.StatusNoContent {
			t.Fatalf("deleted: %d %s", a.Status, a.Body)
		}
		if _, ok := change(d.plan(object{"devices": []string{s.MAC}}, object{"overrides": true}), ntp2, "residue"); !ok {
			t.Fatal("the default is known without the lesson")
		}
	})
}
