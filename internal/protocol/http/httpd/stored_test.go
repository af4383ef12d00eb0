package httpd_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/testkit"
)

// library is a house with stored files, on the machine's own network, and curl.
type library struct {
	*testkit.House
	w    *testkit.World
	boss *testkit.Client // owns the platform
	ca   string
}

func newLibrary(t *testing.T, options ...testkit.Option) *library {
	t.Helper()
	h := testkit.New(t, options...)
	l := &library{House: h, w: h.World(t), boss: h.API(t, access.RolePlatformOwner), ca: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(l.ca, h.CA.Roots(), 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

// stored is what the API tells of a file.
type stored struct {
	ID          string   `json:"id"`
	Vendor      string   `json:"vendor"`
	Models      []string `json:"models"`
	FileVersion string   `json:"file_version"`
	Names       []string `json:"names"`
	Hash        string   `json:"hash"`
	Present     bool     `json:"present"`
	Version     int      `json:"version"`
}

// bytesOf is content that differs for each seed.
func bytesOf(seed byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i*i>>3)
	}
	return b
}

func (l *library) upload(t *testing.T, c *testkit.Client, orgID, what, name string, data []byte, fields map[string]string) stored {
	t.Helper()
	return testkit.Call[stored](t, c, http.MethodPost, "/orgs/"+orgID+"/"+what, testkit.File{Field: "file", Name: name, Data: data, Fields: fields})
}

func (l *library) patch(t *testing.T, c *testkit.Client, orgID string, r stored, body any) testkit.Answer {
	t.Helper()
	return c.Do(t, http.MethodPatch, "/orgs/"+orgID+"/firmware/"+r.ID, body, fmt.Sprintf("If-Match: \"%d\"", r.Version))
}

// curl fetches from a door and returns what came, the status, and curl's own
// exit code.
func (l *library) curl(t *testing.T, door, path string, args ...string) (body []byte, status string, exit int) {
	t.Helper()
	scheme := "http"
	if door == "provision_https" {
		scheme = "https"
	}
	out := filepath.Join(t.TempDir(), "out")
	args = append([]string{"--silent", "--cacert", l.ca, "--output", out, "--write-out", "%{http_code} %header{etag} %header{content-length}", scheme + "://" + l.Addr(t, door) + path}, args...)
	cmd := exec.CommandContext(t.Context(), "curl", args...)
	said, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("start curl: %v", err)
	}
	body, err = os.ReadFile(out)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return body, string(said), cmd.ProcessState.ExitCode()
}

func (l *library) wants(t *testing.T, what string, want []byte, door, path string) {
	t.Helper()
	body, said, exit := l.curl(t, door, path)
	if want == nil {
		if !strings.HasPrefix(said, "404 ") {
			t.Errorf("%s: %s, want nothing", what, said)
		}
		return
	}
	sum := sha256.Sum256(want)
	if exit != 0 || !bytes.Equal(body, want) || said != fmt.Sprintf("200 \"%s\" %d", hex.EncodeToString(sum[:]), len(want)) {
		t.Errorf("%s: curl ends with %d after %d bytes: %s", what, exit, len(body), said)
	}
}

const image = "ghp610fw.bin"

// TestImages: who gets which image, over both doors, as curl sees it.
func TestImages(t *testing.T) {
	t.Parallel()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); images(t, newLibrary(t)) })
	t.Run(db.Postgres, func(t *testing.T) { t.Parallel(); images(t, newLibrary(t, testkit.OnDatabase(dbtest.URL(t)))) })
}

func images(t *testing.T, l *library) {
	w, secure, clear := l.w, "provision_https", "provision_http"
	data, other, rescue := bytesOf(1, 3<<20), bytesOf(2, 2<<20), bytesOf(3, 1<<20)
	clerk := l.API(t, access.RoleOperator)
	up := l.upload(t, clerk, w.Org.ID, "firmware", "Release_GHP_1.0.1.54.bin", data, map[string]string{"models": "ghp621w, GHP610"})
	if up.FileVersion != "1.0.1.54" || strings.Join(up.Names, " ") != image+" release_ghp_1.0.1.54.bin" || up.Vendor != "grandstream" || up.Models[0] != testkit.Model {
		t.Fatalf("uploaded: %+v", up)
	}
	mine, sister, foreign := "/p/"+w.Phones[0].Token+"/", "/p/"+w.SisterPhone.Token+"/", "/p/"+w.ForeignPhone.Token+"/"
	l.wants(t, "its phone", data, secure, mine+image)
	l.wants(t, "its phone, in the folder", data, secure, mine+"firmware/"+strings.ToUpper(image))
	l.wants(t, "its phone's token in clear text", data, clear, mine+image)
	l.wants(t, "a sister's phone", nil, secure, sister+image)
	l.wants(t, "another tenant's phone", nil, secure, foreign+image)
	for _, door := range []string{secure, clear} {
		l.wants(t, "a stranger", nil, door, "/"+image)
		l.wants(t, "a stranger in the folder", nil, door, "/firmware/"+image)
		l.wants(t, "a guessed token", nil, door, "/p/"+strings.Repeat("a", 26)+"/"+image)
	}
	if a := l.patch(t, clerk, w.Org.ID, up, map[string]any{"anyone": true}); a.Status != http.StatusForbidden {
		t.Errorf("an operator gives an image to anyone: %d %s", a.Status, a.Body)
	}
	two := l.upload(t, l.boss, w.Sister.ID, "firmware", image, other, map[string]string{"models": testkit.Model, "anyone": "true"})
	l.wants(t, "its phone, beside an image for anyone", data, secure, mine+image)
	l.wants(t, "the sister's phone", other, secure, sister+image)
	l.wants(t, "another tenant's phone has none of its own", other, secure, foreign+image)
	l.wants(t, "a stranger", other, clear, "/"+image)
	l.wants(t, "a guessed token", other, secure, "/p/"+strings.Repeat("a", 26)+"/"+image)
	if a := l.patch(t, l.boss, w.Org.ID, up, map[string]any{"anyone": true}); a.Status != http.StatusConflict {
		t.Errorf("two images for anyone under one name: %d %s", a.Status, a.Body)
	}
	l.upload(t, l.boss, w.Foreign.ID, "firmware", "ghp610recovery.bin", rescue, map[string]string{"models": testkit.Model, "anyone": "true"})
	l.wants(t, "a phone in recovery", rescue, clear, "/ghp610recovery.bin")
	l.wants(t, "recovery bytes do not answer to the image's name", other, secure, foreign+image)
	l.parts(t, data, mine)
	l.lives(t, up, two, data, other)
	l.told(t, w)
}

// parts: a phone asks for the head alone, for the rest of an image, and again.
func (l *library) parts(t *testing.T, data []byte, mine string) {
	t.Helper()
	if body, said, exit := l.curl(t, "provision_https", mine+image, "--head"); exit != 0 || !strings.HasPrefix(said, "200 ") || !strings.HasSuffix(said, fmt.Sprint(" ", len(data))) || bytes.Contains(body, data[:64]) {
		t.Errorf("HEAD: %d, %s", exit, said)
	}
	if body, said, _ := l.curl(t, "provision_https", mine+image, "--range", "1000000-"); !strings.HasPrefix(said, "206 ") || !bytes.Equal(body, data[1000000:]) {
		t.Errorf("the rest of it: %d bytes, %s", len(body), said)
	}
	if body, said, _ := l.curl(t, "provision_https", mine+image, "--range", "5-9"); !strings.HasPrefix(said, "206 ") || !bytes.Equal(body, data[5:10]) {
		t.Errorf("five bytes: %q, %s", body, said)
	}
	sum := sha256.Sum256(data)
	if _, said, _ := l.curl(t, "provision_https", mine+image, "--header", `If-None-Match: "`+hex.EncodeToString(sum[:])+`"`); !strings.HasPrefix(said, "304 ") {
		t.Errorf("again: %s", said)
	}
}

// lives: a held image is nobody's, a damaged one goes out to nobody as a whole,
// and a deleted one is gone.
func (l *library) lives(t *testing.T, up, two stored, data, other []byte) {
	t.Helper()
	mine := "/p/" + l.w.Phones[0].Token + "/" + image
	if a := l.patch(t, l.boss, l.w.Org.ID, up, map[string]any{"served": false}); a.Status != http.StatusOK {
		t.Fatalf("hold: %d %s", a.Status, a.Body)
	}
	l.wants(t, "a held image", other, "provision_https", mine)
	if a := l.patch(t, l.boss, l.w.Org.ID, up, map[string]any{"served": true}); a.Status != http.StatusPreconditionFailed {
		t.Fatalf("an old version: %d", a.Status)
	}
	up.Version++
	l.patch(t, l.boss, l.w.Org.ID, up, map[string]any{"served": true})
	up.Version++
	file := filepath.Join(l.Dir, "blobs", up.Hash[:2], up.Hash[2:4], up.Hash)
	bad := bytes.Clone(data)
	bad[2<<20] ^= 1
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"--range", "2000000-"}, {"--range", "2097152-2097152"}} {
		if body, said, exit := l.curl(t, "provision_https", mine, args...); exit == 0 || len(body) == len(data) {
			t.Errorf("a changed image goes out whole: curl %q ends with %d after %d bytes, %s", args, exit, len(body), said)
		}
	}
	if err := os.WriteFile(file, data[:1000], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, _ := l.curl(t, "provision_https", mine); !strings.HasPrefix(said, "503 ") {
		t.Errorf("an image that was cut short: %s", said)
	}
	if got := testkit.Call[stored](t, l.boss, http.MethodGet, "/orgs/"+l.w.Org.ID+"/firmware/"+up.ID, nil); got.Present {
		t.Error("a damaged image counts as present")
	}
	path := "/orgs/" + l.w.Sister.ID + "/firmware/" + two.ID
	if a := l.boss.Do(t, http.MethodGet, path+"/content", nil); !bytes.Equal(a.Body, other) {
		t.Errorf("downloaded %d bytes, %d", len(a.Body), a.Status)
	}
	if a := l.boss.Do(t, http.MethodDelete, path, nil, `If-Match: "1"`); a.Status != http.StatusNoContent {
		t.Errorf("deleted: %d %s", a.Status, a.Body)
	}
	l.wants(t, "a deleted image", nil, "provision_http", "/"+image)
	if _, err := os.Stat(filepath.Join(l.Dir, "blobs", two.Hash[:2], two.Hash[2:4], two.Hash)); !os.IsNotExist(err) {
		t.Errorf("its bytes are still there: %v", err)
	}
}

// told: the ledger says in plain words who got what, and why not.
func (l *library) told(t *testing.T, w *testkit.World) {
	t.Helper()
	if err := l.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := l.Ledger.List(testkit.System(), provision.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, e := range all.Items {
		fmt.Fprintf(&said, "%s %s %s: %s\n", e.OrgID, e.Name, e.Verdict, e.Reason)
	}
	for _, want := range []string{
		w.Org.ID + " " + image + " served: 1.0.1.54: the image of the device's organization for a GHP621W; proven by path token",
		w.Org.ID + " " + image + " served: 1.0.1.54: the image of the device's organization for a GHP621W; its own path token, which in clear text is enough for an image",
		w.Sister.ID + " " + image + " refused: the organization has no image of this name for the model GHP621W, and no image is for anyone under this name",
		" " + image + " served: nothing proves who asks, and this image is for anyone",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the ledger does not say %q:\n%s", want, said.String())
		}
	}
}

// TestResources: ringtones and phonebooks go to the proven of their organization
// alone.
func TestResources(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	w, secure := l.w, "provision_https"
	ring := bytesOf(7, 5000)
	l.upload(t, l.boss, w.Org.ID, "resources", "ring1.bin", ring, map[string]string{"kind": "ringtone", "vendor": "grandstream"})
	mine := "/p/" + w.Phones[0].Token + "/"
	l.wants(t, "its phone", ring, secure, mine+"resources/ring1.bin")
	l.wants(t, "the token in clear text", nil, "provision_http", mine+"resources/ring1.bin")
	l.wants(t, "a sister's phone", nil, secure, "/p/"+w.SisterPhone.Token+"/resources/ring1.bin")
	l.wants(t, "a phone that waits", nil, secure, "/p/"+w.Waiting.Token+"/resources/ring1.bin")
	l.wants(t, "a stranger", nil, secure, "/resources/ring1.bin")
	l.wants(t, "as an image", nil, secure, mine+"ring1.bin")
	org := "/orgs/" + w.Org.ID + "/resources"
	book := testkit.Call[stored](t, l.boss, http.MethodPost, org+"/phonebook", map[string]any{"model": testkit.Model,
		"contacts": []map[string]any{{"last_name": "Reception", "phones": []map[string]any{{"kind": "work", "number": "100"}}}}})
	for _, name := range []string{"phonebook.xml", "resources/phonebook.xml", "gs_phonebook.xml"} {
		body, said, _ := l.curl(t, secure, mine+name, "--user-agent", "Grandstream Model HW GHP621W SW 1.0.1.54")
		if !strings.HasPrefix(said, "200 ") || !strings.Contains(string(body), "Reception") || !strings.Contains(said, book.Hash) {
			t.Errorf("%s: %s\n%s", name, said, body)
		}
	}
	for words, f := range map[string]testkit.File{
		"unexpected EOF": {Field: "file", Name: "book.xml", Data: []byte("<no"), Fields: map[string]string{"kind": "phonebook", "vendor": "grandstream"}},
		"1048576 bytes":  {Field: "file", Name: "long.bin", Data: bytesOf(8, 1<<20+1), Fields: map[string]string{"kind": "ringtone", "vendor": "grandstream"}},
		"kind":           {Field: "file", Name: "fw.bin", Data: ring, Fields: map[string]string{"kind": "firmware", "vendor": "grandstream"}},
		"vendor":         {Field: "file", Name: "a.bin", Data: ring, Fields: map[string]string{"kind": "ringtone"}},
		"plain file":     {Field: "file", Name: "a b.bin", Data: ring, Fields: map[string]string{"kind": "ringtone", "vendor": "grandstream"}},
		"has no file":    {Field: "other", Name: "a.bin", Data: []byte("x")},
		"not known":      {Field: "file", Name: "a.bin", Data: ring, Fields: map[string]string{"kind": "ringtone", "models": "XYZ"}},
		"this very file": {Field: "file", Name: "a.bin", Data: ring, Fields: map[string]string{"kind": "ringtone", "vendor": "grandstream"}},
	} {
		if a := l.boss.Do(t, http.MethodPost, org, f); a.Status/100 != 4 || !strings.Contains(string(a.Body), words) {
			t.Errorf("%s: %d %s", words, a.Status, a.Body)
		}
	}
	l.wants(t, "after all the refused uploads", ring, secure, mine+"resources/ring1.bin")
}
