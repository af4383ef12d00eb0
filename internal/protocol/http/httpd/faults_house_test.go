package httpd_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/provision"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/testkit"
)

// faulty is a house, and what asks it wrongly. The world's sites do not cover
// loopback, but for Hotel: Floor 1 is home of a phone that stands outside.
type faulty struct {
	*library
	p     testkit.Phone
	clock *clock.Fake // of the cause that takes weeks; nil for the machine's
	began time.Time
}

// ask has curl ask at the HTTPS door.
func (f *faulty) ask(t *testing.T, path string, args ...string) {
	f.curl(t, "provision_https", path, args...)
}

func (f *faulty) own() string { return "/p/" + f.p.Token + "/" }

// shake begins TLS at the HTTPS door, which has to fail.
func (f *faulty) shake(t *testing.T, change func(*tls.Config)) {
	t.Helper()
	cfg := f.TLS(t)
	change(cfg)
	c, err := net.Dial("tcp", f.Addr(t, "provision_https"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if tls.Client(c, cfg).HandshakeContext(t.Context()) == nil {
		t.Fatal("TLS was agreed")
	}
}

// phone makes the phone, which stands outside of its site.
func (f *faulty) phone(t *testing.T, i int) {
	t.Helper()
	d, err := f.Devices.Create(testkit.System(), f.w.Org, device.Input{MAC: phone.FleetMAC(600 + i).String(), Model: testkit.Model, SiteID: f.w.Floor1.ID, Life: device.Adopted})
	if err == nil {
		f.p.Device = d
		f.p.URL, _, err = f.Provision.Address(testkit.System(), d)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, f.p.Token, _ = strings.Cut(strings.TrimSuffix(f.p.URL, "/"), "/p/")
}

// inside puts the phone where its site covers loopback.
func (f *faulty) inside(t *testing.T) {
	t.Helper()
	d, err := f.Devices.Get(testkit.System(), f.p.ID)
	if err == nil {
		site := f.w.Hotel.ID
		_, err = f.Devices.Update(testkit.System(), d.ID, device.Patch{SiteID: &site}, d.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// become moves the phone to a stage of its life.
func (f *faulty) become(t *testing.T, to device.Life) {
	t.Helper()
	d, err := f.Devices.Get(testkit.System(), f.p.ID)
	if err == nil {
		err = f.DB.Write(testkit.System(), func(tx *db.Tx) error { return f.Devices.Become(testkit.System(), tx, d, to, "the test") })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// latest are the reasons of the newest row.
func (f *faulty) latest(t *testing.T) provision.Entry {
	t.Helper()
	var row provision.Entry
	testkit.Wait(t, "a row in the ledger", func() bool {
		if err := f.Ledger.Flush(testkit.System()); err != nil {
			t.Fatal(err)
		}
		s, err := f.Ledger.List(testkit.System(), provision.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Items) > 0 {
			row = s.Items[0]
		}
		return len(s.Items) > 0 && !row.LastAt.Before(f.began.Truncate(time.Millisecond))
	})
	return row
}

func agent(model, mac string) []string {
	return []string{"--user-agent", "Grandstream Model HW " + model + " SW 1.0.1.61 DevId " + mac}
}

// set gives the phone values of its own; they move with its first contact.
func (f *faulty) set(t *testing.T, values map[string]string) {
	t.Helper()
	items := []map[string]string{}
	for k, v := range values {
		items = append(items, map[string]string{"key": k, "value": v})
	}
	testkit.Call[any](t, f.boss, http.MethodPut, "/orgs/"+f.w.Org.ID+"/devices/"+f.p.ID+"/overrides", map[string]any{"items": items}, "If-Match: *")
}

// claim comes as from the box: with nothing, and then with what it was told.
func (f *faulty) claim(t *testing.T, args ...string) {
	t.Helper()
	boot, _, _ := f.curl(t, "provision_https", "/"+f.p.File(), args...)
	_, rest, _ := strings.Cut(string(boot), `<item name="provisioning.config.serverpath">`)
	path, _, ok := strings.Cut(rest, "<")
	_, folder, slash := strings.Cut(path, "/")
	if !ok || !slash {
		t.Fatalf("the bootstrap sends the phone nowhere:\n%s", boot)
	}
	f.ask(t, "/"+folder+f.p.File(), args...)
}

// window leaves so much of the phone's claim window.
func (f *faulty) window(t *testing.T, left time.Duration) {
	t.Helper()
	d, err := f.Devices.Get(testkit.System(), f.p.ID)
	if err == nil {
		_, err = f.Identity.OpenClaims(testkit.System(), d, left)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// rotate gives the phone another token and returns its path.
func (f *faulty) rotate(t *testing.T) string {
	t.Helper()
	d, err := f.Devices.Get(testkit.System(), f.p.ID)
	if err == nil {
		err = f.DB.Write(testkit.System(), func(tx *db.Tx) error { return f.Identity.Rotate(testkit.System(), tx, d) })
	}
	if err != nil {
		t.Fatal(err)
	}
	url, _, err := f.Provision.Address(testkit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	return url[strings.Index(url, "/p/"):]
}

// image stores firmware for anyone.
func (f *faulty) image(t *testing.T, size int) {
	t.Helper()
	f.upload(t, f.boss, f.w.Org.ID, "firmware", image, bytesOf(1, size), map[string]string{"models": testkit.Model, "anyone": "true"})
}

// openssl shakes hands as a phone does whose clock stands at a time.
func (f *faulty) openssl(t *testing.T, at time.Time) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "openssl", "s_client", "-connect", f.Addr(t, "provision_https"), "-CAfile", f.ca, "-verify_return_error", "-attime", strconv.FormatInt(at.Unix(), 10))
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState == nil {
		t.Fatalf("openssl agreed to TLS: %v\n%s", err, out)
	}
}

// otherCA is a file with an authority that is not ours.
func (f *faulty) otherCA(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "other.pem")
	if err := os.WriteFile(file, []byte(testkit.Root(t, f.Clock.Now(), "Another authority").PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// cut has a TFTP transfer of a file end after its first block.
func (f *faulty) cut(t *testing.T, name string) {
	t.Helper()
	door, err := net.ResolveUDPAddr("udp", f.Addr(t, "tftp"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.WriteToUDP([]byte("\x00\x01"+name+"\x00octet\x00"), door); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 600)
	n, peer, err := c.ReadFromUDP(b)
	if err != nil || n != 516 {
		t.Fatalf("the first block has %d bytes: %v", n, err)
	}
	for _, word := range []string{"\x00\x04\x00\x01", "\x00\x05\x00\x00gone\x00"} { // it takes the block, and gives up
		if _, err := c.WriteToUDP([]byte(word), peer); err != nil {
			t.Fatal(err)
		}
	}
}
