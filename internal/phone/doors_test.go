package phone_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/testkit"
)

// doors is a house with every door open on the machine's network. Under the legacy
// flag of its lobby this machine's phones get their files in clear text.
func doors(t *testing.T) *testkit.House {
	t.Helper()
	h := testkit.New(t, testkit.WithDoors("tftp", "ftp", "ftps"))
	w := h.World(t)
	flag := map[string]any{"subnets": []map[string]any{{"cidr": "127.0.0.1/32", "legacy": true}}, "legacy_until": h.Clock.Now().Add(time.Hour)}
	if a := h.API(t, "administrator").Do(t, http.MethodPatch, "/orgs/"+w.Org.ID+"/sites/"+w.Lobby.ID, flag, fmt.Sprintf("If-Match: \"%d\"", w.Lobby.Version)); a.Status != http.StatusOK {
		t.Fatalf("set the legacy flag: %d %s", a.Status, a.Body)
	}
	return h
}

// at makes a phone of the house that has some settings and looks for its files at
// a folder of one of its doors, and switches it on.
func at(t *testing.T, h *testkit.House, p testkit.Phone, folder string, settings map[string]string) *phone.Phone {
	t.Helper()
	roots := h.TLS(t)
	roots.ServerName = "" // a phone checks the host that it calls
	v, err := phone.New(phone.Config{MAC: p.MAC, Model: testkit.Model, Persona: persona(t), ServerURL: folder, Network: h.Net, TLS: roots, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	testkit.SwitchOn(t, v)
	return v
}

// addresses are the doors' bases, by protocol.
func addresses(t *testing.T, h *testkit.House) map[string]string {
	t.Helper()
	out := map[string]string{}
	for protocol, door := range map[string]string{"http": "provision_http", "https": "provision_https", "tftp": "tftp", "ftp": "ftp", "ftps": "ftps"} {
		_, port, err := net.SplitHostPort(h.Addr(t, door))
		if err != nil {
			t.Fatal(err)
		}
		out[protocol] = protocol + "://localhost:" + port + "/"
	}
	return out
}

// TestPhone_at_our_doors: by each protocol the phone takes its own configuration,
// in clear text by its name under the legacy flag, else by its path token.
func TestPhone_at_our_doors(t *testing.T) {
	t.Parallel()
	h := doors(t)
	p := h.World(t).Phones[0]
	for protocol, base := range addresses(t, h) {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"security.validate.servercertificate": "Yes", "provisioning.validatehostnameincertificate": "Yes"}
			folders := []string{base + "p/" + p.Token + "/"}
			if !strings.HasSuffix(protocol, "s") {
				folders = append(folders, base)
			}
			for _, folder := range folders {
				v := at(t, h, p, folder, settings)
				testkit.Wait(t, "the phone has its file", func() bool { return v.Status().Applied > 0 || v.Status().LastError != "" })
				f := v.Fetches()[0]
				if v.Settings()["account.1.sip.subscriber.password"] != p.Password || f.Code != http.StatusOK || f.Name != p.File() || f.Bytes == 0 {
					t.Errorf("%s: %+v", strings.ReplaceAll(folder, p.Token, "<token>"), f)
				}
			}
			none := at(t, h, p, base+"p/"+strings.Repeat("a", len(p.Token))+"/", settings)
			testkit.Wait(t, "the phone has asked for all its files", func() bool { return none.Status().Fetches == 5 })
			if f := none.Fetches()[0]; f.Code != http.StatusNotFound || f.Err != "" || none.Status().LastError != "the server has none of the files" {
				t.Errorf("with nobody's token: %+v, %+v", f, none.Status())
			}
		})
	}
}

// TestPhone_signs_in: with the password that the phone holds, by digest where it is
// asked, by basic where it is told to authenticate first, and as a user of FTP.
func TestPhone_signs_in(t *testing.T) {
	t.Parallel()
	h := doors(t)
	w := h.World(t)
	p := w.Phones[0]
	user, password, err := h.Identity.NewPassword(testkit.System(), p.Device)
	if err != nil {
		t.Fatal(err)
	}
	base := addresses(t, h)
	for what, tc := range map[string]struct {
		folder, password, first string
		ok                      bool
	}{
		"HTTPS, asked":            {base["https"] + "d/", password.Reveal(), "No", true},
		"HTTPS, first":            {base["https"], password.Reveal(), "Yes", true},
		"HTTPS, first, challenge": {base["https"] + "d/", password.Reveal(), "Yes", true},
		"HTTPS, wrong":            {base["https"] + "d/", "wrong", "No", false},
		"HTTP, asked":             {base["http"] + "d/", password.Reveal(), "No", true},
		"HTTP, wrong":             {base["http"] + "d/", "wrong", "No", false},
		"FTPS":                    {base["ftps"], password.Reveal(), "No", true},
		"FTP":                     {base["ftp"], password.Reveal(), "No", true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			v := at(t, h, p, tc.folder, map[string]string{"provisioning.config.username": user, "provisioning.config.password": tc.password,
				"provisioning.alwaysauthenticatebeforechallenge": tc.first})
			testkit.Wait(t, "the phone has an answer", func() bool { return v.Status().Applied > 0 || v.Status().LastError != "" })
			if got := v.Settings()["account.1.sip.subscriber.password"] == p.Password; got != tc.ok {
				t.Errorf("it has its file: %t; %+v", got, v.Status())
			}
			if f := v.Fetches()[0]; !tc.ok && f.Code != http.StatusUnauthorized {
				t.Errorf("refused: %+v", f)
			}
		})
	}
}

// TestPhone_firmware_at_our_doors: by each protocol the phone takes its
// organization's image, as its own user or token, and moves to its version.
func TestPhone_firmware_at_our_doors(t *testing.T) {
	t.Parallel()
	h := doors(t)
	w := h.World(t)
	image := phone.Image{Models: []string{testkit.Model}, Version: "1.0.1.60", Payload: bytes.Repeat([]byte("firmware"), 100_000)}
	form := testkit.File{Field: "file", Name: "ghp610fw.bin", Data: image.Encode(), Fields: map[string]string{"models": testkit.Model}}
	testkit.Call[any](t, h.API(t, "operator"), http.MethodPost, "/orgs/"+w.Org.ID+"/firmware", form)
	p := w.Phones[0]
	for protocol, base := range addresses(t, h) {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			_, path, _ := strings.Cut(base, "://")
			roots := h.TLS(t)
			roots.ServerName = ""
			v, err := phone.New(phone.Config{MAC: p.MAC, Model: testkit.Model, Persona: persona(t), ServerURL: p.URL, Network: h.Net, TLS: roots, MinutesAs: time.Millisecond, Settings: map[string]string{
				"provisioning.firmware.protocol": strings.ToUpper(protocol), "provisioning.firmware.serverpath": path + "p/" + p.Token,
				"security.validate.servercertificate": "Yes", "provisioning.validatehostnameincertificate": "Yes",
			}})
			if err != nil {
				t.Fatal(err)
			}
			testkit.SwitchOn(t, v)
			testkit.Wait(t, "the phone has its firmware", func() bool { return v.Status().Upgrades == 1 && v.Status().Boots == 2 })
			for _, f := range v.Fetches() {
				if f.Name == "ghp610fw.bin" && f.Applied && (f.Bytes != len(image.Encode()) || !strings.HasPrefix(f.URL, protocol+"://")) {
					t.Errorf("%d bytes from %s", f.Bytes, f.URL)
				}
			}
		})
	}
}
