package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/testkit"
)

// A card leads to the door that is really open; every family has one.
func TestSetUpCards(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory())
	w := h.World(t)
	c := h.API(t, access.RoleReadOnly)
	type setUp struct {
		Doors []struct{ Door, URL string }
		Cards []struct {
			Vendor, Family string
			Models, Menu   []string
			Fields         []struct{ Name, Value string }
			Options        []struct {
				Code int
				Text string
			}
		}
	}
	at := "/orgs/" + w.Org.ID + "/setup-cards"
	_, port, _ := strings.Cut(h.Addr(t, "provision_https"), ":")
	t.Run("grandstream", func(t *testing.T) {
		got := testkit.Call[setUp](t, c, http.MethodGet, at+"?model=ghp621w", nil)
		if len(got.Cards) != 1 || len(got.Cards[0].Menu) != 3 || len(got.Cards[0].Fields) != 2 {
			t.Fatalf("%+v", got)
		}
		f := got.Cards[0].Fields
		if f[0].Value != "HTTPS" || f[1].Value != "127.0.0.1:"+port {
			t.Errorf("%+v, want the path without its scheme", f)
		}
		if got.Doors[0].URL != "https://127.0.0.1:"+port {
			t.Errorf("doors: %+v", got.Doors)
		}
	})
	t.Run("audiocodes", func(t *testing.T) {
		got := testkit.Call[setUp](t, c, http.MethodGet, at+"?model=420HD", nil)
		if len(got.Cards) != 1 || len(got.Cards[0].Menu) != 0 {
			t.Fatalf("%+v", got)
		}
		if f := got.Cards[0].Fields; len(f) != 2 || f[0].Value != "STATIC" || f[1].Value != "https://127.0.0.1:"+port+"/" {
			t.Errorf("%+v", f)
		}
		if o := got.Cards[0].Options; o[0].Code != 160 || !strings.HasSuffix(o[0].Text, "/dhcption160.cfg") {
			t.Errorf("%+v", o)
		}
	})
	t.Run("all", func(t *testing.T) {
		got := testkit.Call[setUp](t, c, http.MethodGet, at, nil)
		var names []string
		for _, card := range got.Cards {
			names = append(names, card.Family)
		}
		if len(names) < 9 || !slices.Contains(names, "400hd") || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
			t.Errorf("families: %v", names)
		}
	})
	t.Run("unknown model", func(t *testing.T) {
		problem(t, c.Do(t, http.MethodGet, at+"?model=X1", nil), http.StatusUnprocessableEntity)
	})
}
