package dhcp_test

import (
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/domain/dhcp"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/all"
)

func doors() vendors.Doors {
	return vendors.Doors{HTTPS: "https://phones.example.org:9443", HTTP: "http://phones.example.org:9081"}
}

func plan(t testing.TB, d vendors.Doors, x dhcp.Extra) []dhcp.Scope {
	t.Helper()
	set, err := all.New()
	if err != nil {
		t.Fatal(err)
	}
	scopes, err := dhcp.Plan(set, d, x)
	if err != nil {
		t.Fatal(err)
	}
	return scopes
}

func TestPlan(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, s := range plan(t, doors(), dhcp.Extra{VLAN: 20, Priority: 5, Time: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}) {
		for _, o := range s.Options {
			got[s.Vendor+string(rune('0'+o.Code/100))+string(rune('0'+o.Code/10%10))+string(rune('0'+o.Code%10))] = string(o.Data)
		}
	}
	for key, want := range map[string]string{
		"grandstream066": "https://phones.example.org:9443/", "grandstream160": "https://phones.example.org:9443/", "grandstream132": "20", "grandstream133": "5",
		"grandstream042": "\xc0\x00\x02\x0a", "grandstream067": "", "audiocodes067": ";<MAC>.cfg",
		"audiocodes160": "http://phones.example.org:9081/firmwarefiles;ipp/dhcption160.cfg", "audiocodes066": "https://phones.example.org:9443/",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
}

func TestPlan_refuses(t *testing.T) {
	t.Parallel()
	set, err := all.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		doors vendors.Doors
		extra dhcp.Extra
		kind  fault.Kind
	}{
		"no door":                {kind: fault.Conflict},
		"a quote in the address": {doors: vendors.Doors{HTTPS: `https://x";}`}, kind: fault.Invalid},
		"a line break":           {doors: vendors.Doors{HTTPS: "https://x\ny"}, kind: fault.Invalid},
		"no such vendor":         {doors: doors(), extra: dhcp.Extra{Vendor: "nobody"}, kind: fault.Invalid},
		"a VLAN out of range":    {doors: doors(), extra: dhcp.Extra{VLAN: 5000}, kind: fault.Invalid},
		"option 43 for all":      {doors: doors(), extra: dhcp.Extra{Vendor43: []byte{1}}, kind: fault.Invalid},
		"no pairs in option 43":  {doors: doors(), extra: dhcp.Extra{Vendor: "grandstream", Vendor43: []byte{1, 9, 0}}, kind: fault.Invalid},
		"a long option 43":       {doors: doors(), extra: dhcp.Extra{Vendor: "grandstream", Vendor43: make([]byte, 256)}, kind: fault.Invalid},
		"time over IPv6":         {doors: doors(), extra: dhcp.Extra{Time: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}, kind: fault.Invalid},
	} {
		if _, err := dhcp.Plan(set, tc.doors, tc.extra); !fault.Is(err, tc.kind) {
			t.Errorf("%s: %v, want %v", name, err, tc.kind)
		}
	}
	if _, err := dhcp.Write("another", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("another server: %v", err)
	}
}

// What routers and Windows get is not tried on one: the test holds what is
// written for them to what stands in their manuals.
func TestWrite_consoles(t *testing.T) {
	t.Parallel()
	scopes := plan(t, doors(), dhcp.Extra{VLAN: 20, Vendor: "grandstream", Vendor43: []byte{1, 1, 0xab}})
	for server, wants := range map[dhcp.Server][]string{
		dhcp.MikroTik: {
			`/ip dhcp-server option add name=bellwether-grandstream-66 code=66 value="'https://phones.example.org:9443/'"`,
			`code=43 value="0x0101ab"`, `matching-type=substring value="Grandstream" option-set=bellwether-grandstream`,
		},
		dhcp.Windows: {
			`-Condition OR -MacAddress EQ,"000B82*","C074AD*","EC74D7*"`, `-OptionId 66 -Value "https://phones.example.org:9443/"`,
			`Add-DhcpServerv4OptionDefinition -OptionId 160`, `-OptionId 43 -Value 0x01,0x01,0xab`,
		},
	} {
		text, err := dhcp.Write(server, scopes)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s:\n%s", server, want, text)
			}
		}
	}
}
