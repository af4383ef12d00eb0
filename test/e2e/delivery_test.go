package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDelivery_sealed: with curl in the phone's place and openssl as the one who
// opens: the file that brings the password is plain, the next is sealed with it,
// and one that brings another is sealed with the one before.
func TestDelivery_sealed(t *testing.T) {
	t.Parallel()
	h := demo(t, filepath.Join(t.TempDir(), "demo"))
	h.authorize(t)
	const mac, key = "00005e005381", "provisioning.config.filepassword"
	r := h.room(t, mac, "381", "line-password-381")
	file := r.folder + "cfg" + mac + ".xml"
	set := func(password string) {
		t.Helper()
		h.override(t, mac, item{Key: key, Value: password})
		h.push(t, h.plan(t, mac))
		eventually(t, "it is published", func() bool { d := h.device(t, mac); return d.Desired != d.Delivered })
	}
	h.fetch(t, file)
	set("Canary seal 1")
	if status, body := h.fetch(t, file); status != "200" || !strings.Contains(body, ">Canary seal 1<") {
		t.Fatalf("the file that brings the password: %s\n%s", status, body)
	}
	_, sealed := h.fetch(t, file)
	_, again := h.fetch(t, file)
	if sealed != again {
		t.Error("equal revisions are sealed to other bytes")
	}
	if plain := unseal(t, sealed, "Canary seal 1"); !strings.Contains(plain, "line-password-381") || !strings.Contains(plain, "<mac>"+mac+"</mac>") {
		t.Errorf("openssl opens\n%s", plain)
	}
	set("Canary seal 2")
	_, sealed = h.fetch(t, file)
	if plain := unseal(t, sealed, "Canary seal 1"); !strings.Contains(plain, ">Canary seal 2<") {
		t.Errorf("the file that brings the second password:\n%s", plain)
	}
	_, sealed = h.fetch(t, file)
	unseal(t, sealed, "Canary seal 2")
	call[any](t, h, http.MethodPost, org+"/devices/"+mac+"/was-reset", nil)
	if _, body := h.fetch(t, file); !strings.Contains(body, "<gs_provision") {
		t.Errorf("to a phone that was reset: %q", body[:min(len(body), 60)])
	}
}

// unseal opens a file with openssl.
func unseal(t *testing.T, sealed, password string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sealed")
	if err := os.WriteFile(name, []byte(sealed), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := other(t, "", "openssl", "enc", "-d", "-aes-256-cbc", "-md", "md5", "-pass", "pass:"+password, "-in", name)
	if code != 0 {
		t.Fatalf("openssl ended with %d on %q…: %s", code, sealed[:min(len(sealed), 60)], out)
	}
	return out
}

// TestDelivery_shared: with curl in the place of two AudioCodes phones: both pull
// in one file, and a change of it reaches both by one plan.
func TestDelivery_shared(t *testing.T) {
	t.Parallel()
	h := demo(t, filepath.Join(t.TempDir(), "demo"))
	h.authorize(t)
	type template struct {
		ID      string
		Version int64
	}
	values := func(ntp string) []item { return []item{{Key: "datetime.ntp.server.1", Value: ntp}} }
	tpl := call[template](t, h, http.MethodPost, org+"/templates", map[string]any{"kind": "model", "name": "Shared", "model": "420HD", "include": true, "draft": values("one.example.org")})
	at := org + "/templates/" + tpl.ID
	call[any](t, h, http.MethodPost, at+"/versions", map[string]any{})
	var folders, names []string
	for _, mac := range []string{"00005e005391", "00005e005392"} {
		call[any](t, h, http.MethodPost, org+"/devices", map[string]string{"mac": mac, "model": "420HD"})
		folder := call[struct{ URL string }](t, h, http.MethodGet, org+"/devices/"+mac+"/provisioning", nil).URL
		folders, names = append(folders, folder), append(names, folder+mac+".cfg")
	}
	pulled := func(i int) string {
		t.Helper()
		_, own := h.fetch(t, names[i])
		line, _, _ := strings.Cut(own, "\n")
		name, found := strings.CutPrefix(line, "include ")
		if !found {
			t.Fatalf("own file\n%s", own)
		}
		return name
	}
	first := pulled(0)
	if second := pulled(1); second != first {
		t.Errorf("they pull in %s and %s", first, second)
	}
	if status, body := h.fetch(t, folders[0]+first); status != "200" || body != "system/ntp/primary_server_address=one.example.org\n" {
		t.Fatalf("shared file: %s\n%s", status, body)
	}
	if status, _ := h.fetch(t, h.https+first); status != "404" {
		t.Errorf("without proof: %s", status)
	}
	now := call[template](t, h, http.MethodGet, at, nil).Version
	call[any](t, h, http.MethodPatch, at, map[string]any{"draft": values("two.example.org")}, fmt.Sprintf(`If-Match: "%d"`, now))
	call[any](t, h, http.MethodPost, at+"/versions", map[string]any{})
	p := call[plan](t, h, http.MethodPost, at+"/generate", map[string]any{})
	if p.Devices != 2 || len(p.Groups) != 1 {
		t.Errorf("plan for %d phones in %d groups", p.Devices, len(p.Groups))
	}
	h.push(t, p)
	eventually(t, "both pull in another file", func() bool { return pulled(0) != first && pulled(1) != first })
	if _, body := h.fetch(t, folders[1]+pulled(1)); !strings.Contains(body, "two.example.org") {
		t.Errorf("shared file\n%s", body)
	}
}
