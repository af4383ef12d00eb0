package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// A phone whose sticker secret is on record gets its file with it from anywhere,
// and its replacement takes over all but what it could show.
func TestLabels_from_the_label_to_the_replacement(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const word, mac, next = "Kq7-printed", "020000009101", "020000009102"
	dev := testkit.Call[api.Device](t, d.c, http.MethodPost, d.org+"/devices",
		object{"mac": mac, "model": testkit.Model, "name": "Desk 4", "serial": "S1", "sticker_secret": word, "sync_configuration": true})
	same(t, "sync", dev.Sync, true)
	shown := d.c.Do(t, http.MethodGet, d.org+"/devices/"+mac, nil)
	if strings.Contains(string(shown.Body), word) {
		t.Fatal("the sticker secret is shown")
	}
	_, boot := d.knock("/cfg" + mac + ".xml")
	folder := sent(t, boot)
	if status, _ := d.knock(folder + "cfg" + mac + ".xml"); status != http.StatusNotFound {
		t.Fatalf("without the word: %d", status)
	}
	if err := d.Identity.FlushClaims(testkit.System()); err != nil {
		t.Fatal(err)
	}
	claims := testkit.Call[testkit.List[api.Claim]](t, d.c, http.MethodGet, d.org+"/devices/"+mac+"/claims", nil)
	prove := d.org + "/devices/" + mac + "/claims/" + claims.Items[0].ID + "/prove"
	problem(t, d.c.Do(t, http.MethodPost, prove, object{"sticker_secret": "other"}), http.StatusConflict)
	problem(t, d.c.Do(t, http.MethodPost, prove, object{}), http.StatusUnprocessableEntity)
	testkit.Call[api.Device](t, d.c, http.MethodPost, prove, object{"sticker_secret": word, "serial": "s1"})
	status, file := d.knock(folder + "cfg" + mac + ".xml")
	same(t, "proved", status, http.StatusOK)
	own := sent(t, file)
	status, _ = d.knock(own + "cfg" + mac + ".xml")
	same(t, "by its own address", status, http.StatusOK)

	now := d.c.Do(t, http.MethodGet, d.org+"/devices/"+mac, nil)
	match := now.Header.Get("ETag")
	problem(t, d.c.Do(t, http.MethodPost, d.org+"/devices/"+mac+"/replace", object{"mac": mac}, "If-Match: "+match), http.StatusUnprocessableEntity)
	got := d.c.Do(t, http.MethodPost, d.org+"/devices/"+mac+"/replace", object{"mac": next, "serial": "S2"}, "If-Match: "+match)
	same(t, "replaced", got.Status, http.StatusOK)
	says(t, string(got.Body), dev.ID, next, "Desk 4")
	if status, _ := d.knock(own + "cfg" + mac + ".xml"); status != http.StatusNotFound {
		t.Fatalf("the old phone by its address: %d", status)
	}
	fresh := testkit.Call[api.Provisioning](t, d.c, http.MethodGet, d.org+"/devices/"+next+"/provisioning", nil).URL
	if strings.HasSuffix(fresh, own) {
		t.Fatal("the new phone has the old one's address")
	}
}
