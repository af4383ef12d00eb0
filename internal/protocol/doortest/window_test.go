package doortest_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

const openWindows = 1000

// TestWindows: while the claim windows of a thousand devices are open, somebody
// outside the subnets of their site who tries every name gets nothing; a device
// goes to the first who asks from inside; a second one there gets nothing and the
// device is quarantined, as nobody can say which of the two it is.
func TestWindows(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	nets := []org.Subnet{{CIDR: netip.MustParsePrefix("127.9.0.0/24")}}
	site, err := h.Orgs.CreateSite(testkit.System(), w.Org, org.SiteInput{Name: new("Annex"), ParentID: new(""), Subnets: &nets})
	if err != nil {
		t.Fatal(err)
	}
	var all []device.Device
	for i := range openWindows {
		d := enter(t, h, device.Input{MAC: phone.FleetMAC(1000 + i).String(), Model: testkit.Model, SiteID: site.ID, Life: device.Adopted})
		if _, err := h.Identity.OpenClaims(testkit.System(), d, time.Hour); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	outside, first, second := party(t, h, "127.8.0.1"), party(t, h, "127.9.0.5"), party(t, h, "127.9.0.6")
	claims := func(who func(string) doortest.Answer, d device.Device) bool {
		a := who("cfg" + d.MAC.String() + ".xml")
		return a.Kind == doortest.File && strings.Contains(string(a.Body), "/p/")
	}
	for _, d := range all {
		if claims(outside, d) {
			t.Fatalf("from outside the subnets %s was claimed", d.MAC)
		}
	}
	taken := all[:openWindows/5] // each costs some writes
	for i, d := range taken {
		if !claims(first, d) {
			t.Fatalf("the first from inside did not get %s", d.MAC)
		}
		if i%10 == 0 && (claims(second, d) || claims(first, d)) {
			t.Fatalf("%s was given to two parties", d.MAC)
		}
		if claims(outside, d) {
			t.Fatalf("from outside the subnets %s was claimed after its owner", d.MAC)
		}
	}
	for i, d := range taken {
		got, err := h.Devices.Get(testkit.System(), d.ID)
		if want := map[bool]device.Life{true: device.Quarantined, false: device.Adopted}[i%10 == 0]; err != nil || got.Life != want {
			t.Errorf("%s is %s, want %s: %v", d.MAC, got.Life, want, err)
		}
	}
}

func enter(t *testing.T, h *testkit.House, in device.Input) device.Device {
	t.Helper()
	d, err := h.Devices.Create(testkit.System(), h.World(t).Org, in)
	if err != nil {
		t.Fatalf("make the device %s: %v", in.MAC, err)
	}
	return d
}

// party is somebody at an address who asks by name and follows the bootstrap.
func party(t *testing.T, h *testkit.House, address string) func(name string) doortest.Answer {
	t.Helper()
	from := netip.MustParseAddr(address)
	clear := doortest.Kept(func(t testing.TB) net.Conn { return doortest.Call(t, h, "provision_http", from) })
	secure := doortest.Secure(t, h, from)
	return func(name string) doortest.Answer {
		t.Helper()
		boot := clear(t, name, "")
		_, rest, _ := strings.Cut(string(boot.Body), "/p/")
		token, _, ok := strings.Cut(rest, "/")
		if !ok {
			t.Fatalf("%s: no bootstrap: %s", name, fmt.Sprint(boot.Kind, boot.Shape))
		}
		return secure(t, "p/"+token+"/"+name, "")
	}
}
