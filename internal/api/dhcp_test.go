package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/testkit"
)

// The lines hold where our doors really are, and no secret.
func TestDHCP(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory())
	w := h.World(t)
	c := h.API(t, access.RoleReadOnly)
	type dhcp struct {
		Text   string
		Scopes []struct {
			Vendor  string
			Options []struct {
				Code int
				Text string
			}
		}
	}
	_, port, _ := strings.Cut(h.Addr(t, "provision_https"), ":")
	for _, server := range []string{"kea", "dnsmasq", "dhcpd", "mikrotik", "windows"} {
		got := testkit.Call[dhcp](t, c, http.MethodGet, "/orgs/"+w.Org.ID+"/dhcp?server="+server+"&vlan=20&vendor=grandstream", nil)
		if want := "https://127.0.0.1:" + port + "/"; !strings.Contains(got.Text, want) || len(got.Scopes) != 1 || got.Scopes[0].Options[0].Text != want {
			t.Errorf("%s: %+v, want %s", server, got, want)
		}
		for _, p := range w.Phones {
			if strings.Contains(got.Text, p.Token) {
				t.Errorf("%s tells a phone's token", server)
			}
		}
	}
}
