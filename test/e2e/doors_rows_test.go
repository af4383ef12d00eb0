package e2e

import (
	"net/http"
	"strings"
	"testing"
)

func anyClaim(claim) bool { return true }

func (d *doors) tokenAlone(t *testing.T) {
	for _, k := range d.all() {
		d.refused(t, k.what, "p/"+d.booted(t, k.mac)+"/"+k.file())
	}
	for _, k := range []knocker{d.adopted, d.waiting} {
		if c := d.claimed(t, k.mac, anyClaim); c.State != "open" {
			t.Errorf("%s: the claim is %s", k.what, c.State)
		}
	}
	d.pooled(t, d.unknown.mac, "")
}

func (d *doors) ownSecret(t *testing.T) {
	k := d.adopted
	d.served(t, "adopted, token", k.own(k.file()))
	d.served(t, "adopted, password", "d/"+k.file(), "--digest", "--user", k.user+":"+k.password)
	d.served(t, "adopted, password unasked", k.file(), "--basic", "--user", k.user+":"+k.password)
	want := ""
	for _, k := range d.others() {
		d.refused(t, k.what+", token", k.own(k.file()))
		status, head, body := d.ask(t, d.https+"d/"+k.file(), "--basic", "--user", k.user+":"+k.password)
		if want == "" {
			want = head + body
		}
		if status != "401" || head+body != want {
			t.Errorf("%s, password: %s\n%s\nand the one before\n%s", k.what, status, head+body, want)
		}
	}
}

// approved: an operator approves the very request; then comes a permanent address.
func (d *doors) approved(t *testing.T) {
	const known, waits, nobody = "00005e005303", "00005e005304", "00005e005305"
	for mac, life := range map[string]string{known: "adopted", waits: "waiting"} {
		call[any](t, d.house, http.MethodPost, org+"/devices", map[string]string{"mac": mac, "model": "GHP621W", "life": life})
	}
	for what, mac := range map[string]string{"adopted": known, "waiting": waits, "unknown": nobody} {
		token := d.booted(t, mac)
		path := "p/" + token + "/cfg" + mac + ".xml"
		d.refused(t, what+", before", path)
		switch what {
		case "adopted":
			c := d.claimed(t, mac, anyClaim)
			call[any](t, d.house, http.MethodPost, org+"/devices/"+mac+"/claims/"+c.ID+"/approve", map[string]any{})
		case "waiting":
			d.claimed(t, mac, anyClaim)
			call[any](t, d.house, http.MethodPost, org+"/devices/"+mac+"/adopt", map[string]any{})
		default:
			d.pooled(t, mac, "")
			row := map[string]string{"device": mac, "address": "127.0.0.1", "model": "GHP621W"}
			call[any](t, d.house, http.MethodPost, org+"/devices/approve", map[string]any{"devices": []any{row}})
		}
		status, body := d.fetch(t, d.https+path)
		if permanent := find(t, body, `/p/[a-z2-7]{26}/`); status != "200" || strings.Contains(body, token) {
			t.Errorf("%s, approved: %s\n%s", what, status, body)
		} else if status, _ := d.fetch(t, d.https+permanent[1:]+"cfg"+mac+".xml"); status != "200" {
			t.Errorf("%s: under its permanent token %s", what, status)
		}
	}
}

// bareName: alike for all but for the name and the token.
func (d *doors) bareName(t *testing.T) {
	want := d.everywhere(t, true, d.unknown.file())
	for _, k := range d.all() {
		for door, body := range d.everywhere(t, true, k.file()) {
			if !isBootstrap(body) || alike(k, body) != alike(d.unknown, want[door]) {
				t.Errorf("%s, %s:\n%s\nand the unknown one\n%s", door, k.what, body, want[door])
			}
		}
		status, head, _ := d.ask(t, d.http+k.file())
		if s, h, _ := d.ask(t, d.http+d.unknown.file()); s != status || h != head {
			t.Errorf("%s: told apart by\n%s\n%s", k.what, head, h)
		}
	}
}

func (d *doors) option160(t *testing.T) {
	_, want := d.fetch(t, d.http+"dhcption160.cfg")
	if !strings.Contains(want, "provisioning/configuration/url="+d.https) || strings.Contains(want, "/p/") {
		t.Fatalf("these are not addresses alone:\n%s", want)
	}
	for _, base := range []string{d.http, d.https} {
		for _, k := range d.all() {
			for _, name := range []string{"dhcption160.cfg", "dhcpoption160.cfg", "firmwarefiles;ipp/dhcption160.cfg"} {
				agent := "AUDC-IPPhone/2.2.16.142.46 (420HD-Rev0; " + strings.ToUpper(k.mac) + ")"
				if status, body := d.fetch(t, base+name, "--user-agent", agent, "--user", k.user+":"+k.password); status != "200" || body != want {
					t.Errorf("%s%s, %s: %s\n%s", base, name, k.what, status, body)
				}
			}
		}
	}
}

// clearSecret: whatever it shows, it gets what a bare name gets. The unknown phone
// has no token that it could show, and a password of nobody's.
func (d *doors) clearSecret(t *testing.T) {
	for _, k := range d.all() {
		if status, body := d.fetch(t, d.http+k.file(), "--basic", "--user", k.user+":"+k.password); status != "200" || !isBootstrap(body) {
			t.Errorf("%s, password: %s\n%s", k.what, status, body)
		}
		if k == d.unknown {
			continue
		}
		for door, body := range d.everywhere(t, false, k.own(k.file())) {
			if !isBootstrap(body) {
				t.Errorf("%s, %s, token:\n%s", door, k.what, body)
			}
		}
	}
}

// upload stores a file by the API with curl.
func (d *doors) upload(t *testing.T, kind, name, data string, fields ...string) {
	t.Helper()
	args := []string{"--silent", "--show-error", "--fail-with-body", "--header", d.cookie, "--form", "file=@-;filename=" + name, d.console + "/api/v1" + org + "/" + kind}
	for _, f := range fields {
		args = append(args, "--form", f)
	}
	if out, code := other(t, data, "curl", args...); code != 0 {
		t.Fatalf("curl ended with %d: %s", code, out)
	}
}

func (d *doors) image(t *testing.T) {
	const name = "ghp610fw.bin"
	data := strings.Repeat("an image of the table, ", 4000)
	d.upload(t, "firmware", name, data, "models=GHP621W", "file_version=1.0.1.55", "anyone=true")
	for _, k := range d.all() {
		for door, body := range d.everywhere(t, true, "firmware/"+name, "--user-agent", k.agent()) {
			if body != data {
				t.Errorf("%s, %s: %d bytes", door, k.what, len(body))
			}
		}
	}
}

// ringtone: here the path token is what proves.
func (d *doors) ringtone(t *testing.T) {
	const name = "resources/ring1.bin"
	data := strings.Repeat("a ringtone of the table, ", 400)
	d.upload(t, "resources", "ring1.bin", data, "kind=ringtone", "vendor=grandstream")
	k := d.adopted
	if status, body := d.fetch(t, d.https+k.own(name)); status != "200" || body != data {
		t.Errorf("adopted: %s, %d bytes", status, len(body))
	}
	for _, k := range d.others() {
		d.refused(t, k.what+", token", k.own(name))
	}
	for door, body := range d.everywhere(t, true, name) {
		if strings.Contains(body, "ringtone") {
			t.Errorf("%s: anybody gets it", door)
		}
	}
}
