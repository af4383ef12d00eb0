package doortest_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

const searches = 5000

// TestGuess_PnP: who asks by plug and play in the name of phone after phone, known
// and unknown, is told a folder with a bootstrap token of one form and no secret;
// at the folder nobody is given anything.
func TestGuess_PnP(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	elsewhere := []org.Subnet{{CIDR: netip.MustParsePrefix("198.51.100.0/24")}}
	annex, err := h.Orgs.CreateSite(testkit.System(), w.Org, org.SiteInput{Name: new("Annex"), ParentID: new(""), Subnets: &elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	tokens, form := map[string]bool{}, ""
	for i := range 20 {
		d := enter(t, h, device.Input{MAC: seeking(2 * i).String(), Model: "GRP2612W", SiteID: annex.ID, Life: device.Adopted})
		address, _, err := h.Provision.Address(testkit.System(), d)
		if err != nil {
			t.Fatal(err)
		}
		tokens[address] = true
	}
	from := netip.MustParseAddr("127.0.0.1")
	follow := doortest.Secure(t, h, from)
	for i := range searches {
		m := seeking(i % 40) // each other one is known
		url, done := h.Provision.Seek(t.Context(), provision.Seeker{MAC: m, Model: "GRP2612W", Firmware: "1.0.5.67", UserAgent: "Grandstream GRP2612W 1.0.5.67", Address: from})
		done(true)
		head, rest, _ := strings.Cut(url, "/p/")
		token := strings.TrimSuffix(rest, "/")
		if ok, why := h.Identity.CheckBootstrap(token, m, from); !ok || tokens[url] {
			t.Fatalf("%s is told %s: %s", m, url, why.Text)
		}
		if shape := fmt.Sprint(head, len(token)); form == "" {
			form = shape
		} else if shape != form {
			t.Fatalf("answers can be told apart: %s, %s", shape, form)
		}
		if i%50 < 2 {
			if a := follow(t, "p/"+token+"/cfg"+m.String()+".xml", ""); a.Kind != doortest.Nothing {
				t.Fatalf("at the folder %s is given %s\n%s", m, a.Kind, a.Body)
			}
		}
	}
}

// seeking is the MAC of a phone that knows plug and play.
func seeking(i int) mac.Address { return mac.Address(fmt.Sprintf("c074ad0000%02x", i)) }
