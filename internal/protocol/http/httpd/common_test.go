package httpd_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/testkit"
	audiocodes "bellwether/internal/vendors/audiocodes/sim"
)

// optionPaths are where phones look for what DHCP option 160 names.
func optionPaths() []string {
	return []string{
		"/firmwarefiles;ipp/dhcption160.cfg", "/firmwarefiles;ipp/dhcpoption160.cfg", "/firmwarefiles/dhcpoption160.cfg", "/configfiles/dhcption160.cfg",
		"//firmwarefiles;ipp//DHCPOPTION160.cfg", "/dhcpoption160.cfg",
	}
}

// TestOption160: the file of addresses is the same bytes for whoever asks, and an
// AudioCodes phone comes by it to its own file.
func TestOption160(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	w, h := l.w, l.House
	d, password := l.deskPhone(t)
	var file []byte
	for _, door := range []string{"provision_http", "provision_https"} {
		for _, path := range optionPaths() {
			for _, agent := range []string{"curl", "AUDC-IPPhone/2.2.16.142.46 (420HD-Rev0; " + strings.ToUpper(d.MAC.String()) + ")", "AUDC-IPPhone/2.2.16.142.46 (420HD-Rev0; 00908F0000FF)"} {
				body, said, _ := l.curl(t, door, path, "--user-agent", agent)
				if file == nil {
					file = body
				}
				if !strings.HasPrefix(said, "200 ") || string(body) != string(file) {
					t.Errorf("%s%s as %s: %s\n%s", door, path, agent, said, body)
				}
			}
		}
	}
	for _, secret := range []string{"/p/", d.MAC.String(), password, w.Org.ID} {
		if strings.Contains(string(file), secret) {
			t.Errorf("the file holds %q:\n%s", secret, file)
		}
	}
	persona, err := audiocodes.New()
	if err != nil {
		t.Fatal(err)
	}
	read, err := persona.Read(phone.Device{MAC: d.MAC, Model: d.Model}, "dhcpoption160.cfg", file)
	folder := read.Settings["provisioning/configuration/url"]
	if err != nil || len(read.Ignored) > 0 || folder == "" || read.Settings["provisioning/method"] != "STATIC" {
		t.Fatalf("the phone reads %+v: %v", read, err)
	}
	image := bytesOf(9, 100_000)
	firmware := read.Settings["provisioning/firmware/url"]
	up := l.upload(t, h.API(t, access.RolePlatformOwner), w.Org.ID, "firmware", "420HD_2.2.16.142.img", image, map[string]string{"models": "420HD", "anyone": "true"})
	_, path, _ := strings.Cut(strings.TrimPrefix(firmware, "https://"), "/")
	l.wants(t, "the image under "+firmware, image, "provision_https", "/"+path+"420HD.img")
	if up.FileVersion != "2.2.16.142" || up.Names[0] != "420hd.img" {
		t.Errorf("stored as %+v", up)
	}
	v := h.Play(t, d.Model, d.MAC, folder)
	testkit.SwitchOn(t, v)
	testkit.Wait(t, "the phone has its own file", func() bool { return v.Settings()["voip/line/0/auth_password"] == password })
}

// deskPhone is an adopted AudioCodes phone with a line, in a site that lets names
// suffice.
func (l *library) deskPhone(t *testing.T) (device.Device, string) {
	t.Helper()
	nets, until := []org.Subnet{{CIDR: netip.MustParsePrefix("127.0.0.0/8"), Legacy: true}}, l.Clock.Now().Add(time.Hour)
	site, err := l.Orgs.Site(testkit.System(), l.w.Hotel.ID)
	if err == nil {
		_, err = l.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version)
	}
	if err != nil {
		t.Fatalf("set the legacy flag: %v", err)
	}
	d, err := l.Devices.Create(testkit.System(), l.w.Org, device.Input{MAC: "00908f005301", Model: "420HD", SiteID: site.ID, Life: device.Adopted})
	if err != nil {
		t.Fatal(err)
	}
	p := l.w.Phones[0]
	if err := l.Accounts.SetLine(testkit.System(), d, 1, p.Account.ID, "test"); err != nil {
		t.Fatal(err)
	}
	return d, p.Password
}

// asked is a row of the ledger.
type asked struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// TestUnknownImage: a name that nobody has an image for is told to the operator,
// who adds it to an image; then the phone gets it.
func TestUnknownImage(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	data := bytesOf(4, 70_000)
	up := l.upload(t, l.boss, l.w.Org.ID, "firmware", image, data, map[string]string{"models": testkit.Model})
	path := "/p/" + l.w.Phones[0].Token + "/lobby_ghp610fw.bin_54"
	l.wants(t, "a name with prefix and postfix", nil, "provision_https", path)
	if err := l.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := testkit.Call[testkit.List[asked]](t, l.API(t, access.RoleReadOnly), http.MethodGet, "/orgs/"+l.w.Org.ID+"/requests?verdict=refused", nil)
	if list.Total != 1 || list.Items[0].Name != "lobby_ghp610fw.bin_54" || !strings.Contains(list.Items[0].Reason, "add the name to an image") {
		t.Errorf("the operator is told %+v", list.Items)
	}
	if a := l.patch(t, l.API(t, access.RoleOperator), l.w.Org.ID, up, map[string]any{"names": append(up.Names, "Lobby_ghp610fw.bin_54")}); a.Status != http.StatusOK {
		t.Fatalf("map the name: %d %s", a.Status, a.Body)
	}
	l.wants(t, "the mapped name", data, "provision_https", path)
}
